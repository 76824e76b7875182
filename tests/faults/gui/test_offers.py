"""What the window offers after a failure, one click further: another identifier, another server, another token."""

from __future__ import annotations

import base64
import json
import time
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPushButton

from tests.helpers.profiles import local_profile
from tests.helpers.servers import FakeServer, accept_connect, read_packet, silent
from topicscope.mqtt.control_packets import ProtocolVersion
from topicscope.mqtt.encode import encode_disconnect
from topicscope.profiles.profile import Profile

if TYPE_CHECKING:
    import socket

    from tests.helpers.window import Desk


V5 = ProtocolVersion.MQTT_5
SERVER_REFERENCE, MAXIMUM_QOS, RETAIN_AVAILABLE, MAXIMUM_PACKET_SIZE = 28, 36, 37, 39


def jwt(expires_in: float) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    claims = {"sub": "observer", "exp": time.time() + expires_in}
    return f"{part({'alg': 'HS256'})}.{part(claims)}.c2lnbmF0dXJl"


def accept(sock: socket.socket) -> None:
    accept_connect(sock, V5)
    silent(sock)


def connect(desk: Desk, server: FakeServer, secret: str = "", **fields: object) -> Profile:
    """Store a profile of these fields and connect to the server with it."""
    profile = local_profile(server.port, name="Lab", **fields)
    stored = desk.services.store.save(profile)
    desk.read_profiles()
    desk.window.connecting.connect_given(stored, {"secret": secret} if secret else {})
    return stored


def test_that_a_session_that_was_taken_over_gets_another_identifier_by_a_click(
    hasty: Desk,
) -> None:
    connects: list[bytes] = []

    def take_over_once(sock: socket.socket) -> None:
        accept_connect(sock, V5, into=connects)
        if len(connects) == 1:
            read_packet(sock)
            sock.sendall(encode_disconnect(0x8E, version=V5))
        silent(sock)

    with FakeServer(take_over_once) as server:
        connect(hasty, server, client_identifier="plant-viewer")
        hasty.wait_for_words("Session taken over", "Use a new Client Identifier")
        hasty.wait_for_state("Not connected")
        time.sleep(0.3)
        assert server.accepted == 1
        hasty.click("Use a new Client Identifier")
        hasty.wait_for_state("Connected")
        name = hasty.services.store.list().profiles[0].client_identifier
        assert name.startswith("plant-viewer-")
        assert name.encode() in connects[1]
        assert not hasty.window.bar.notice.isVisible()


def test_that_another_server_is_gone_to_only_after_a_question_and_without_the_password(
    hasty: Desk,
) -> None:
    connects: list[bytes] = []

    def take(sock: socket.socket) -> None:
        accept_connect(sock, V5, into=connects)
        silent(sock)

    with FakeServer(take) as other:

        def send_away(sock: socket.socket) -> None:
            reference = [(SERVER_REFERENCE, f"127.0.0.1:{other.port}")]
            accept_connect(sock, V5, reason_code=0x9C, properties=reference)
            silent(sock)

        with FakeServer(send_away) as server:
            connect(hasty, server, "canary", username="me")
            hasty.wait_for_words("Use another server", f"Go to 127.0.0.1:{other.port}")
            hasty.click(f"Go to 127.0.0.1:{other.port}")
            hasty.wait_for_words("Go there only if you trust that address.")
            hasty.click("Stay here", hasty.modal())
            hasty.settle()
            assert other.accepted == 0
            hasty.click(f"Go to 127.0.0.1:{other.port}")
            hasty.click("Connect there", hasty.modal())
            hasty.wait_for_words("Log in to")
            assert other.accepted == 0
            hasty.type("Password", "another", "Return")
            hasty.wait_for_state("Connected")
            assert b"another" in connects[0]
            assert b"canary" not in connects[0]
            assert [one.port for one in hasty.services.store.list().profiles] == [server.port]


def test_that_an_expired_token_is_said_before_anything_is_sent(hasty: Desk) -> None:
    with FakeServer(accept) as server:
        connect(hasty, server, jwt(-7200), login="token_as_user_name")
        hasty.wait_for_words("The token expired 2 h ago", "Give a new token…")
        assert server.accepted == 0
        hasty.click("Give a new token…")
        hasty.wait_for_words("Log in to “Lab”", "Token expired")
        hasty.type("Token", jwt(120), "Return")
        hasty.wait_for_state("Connected")
        hasty.wait_for_words("Token 1:", "The token expires in")


def test_that_a_token_is_counted_down_and_its_end_is_told(hasty: Desk) -> None:
    with FakeServer(accept) as server:
        connect(hasty, server, jwt(1.5), login="token_as_password", username="me")
        hasty.wait_for_state("Connected")
        hasty.wait_for_words("Token 0:0")
        hasty.wait_for_words("Token expired", "The token has expired", "Give a new token…")
        hasty.wait_for_state("Connected")


def test_that_a_long_token_is_not_counted_down(hasty: Desk) -> None:
    with FakeServer(accept) as server:
        connect(hasty, server, jwt(3600), login="token_as_password", username="me")
        hasty.wait_for_state("Connected")
        assert not hasty.says("Token")


def test_that_limits_of_the_broker_are_said_while_somebody_types(hasty: Desk) -> None:
    limits = [(MAXIMUM_QOS, 1), (RETAIN_AVAILABLE, 0), (MAXIMUM_PACKET_SIZE, 40)]

    def limited(sock: socket.socket) -> None:
        accept_connect(sock, V5, properties=limits)
        silent(sock)

    with FakeServer(limited) as server:
        connect(hasty, server)
        hasty.wait_for_state("Connected")
        hasty.type("Topic to publish to", "plant/line1")
        pane = hasty.window.publish
        assert pane.button.isEnabled()
        hasty.choose("Quality of Service of the message", "QoS 2")
        assert pane.result_text == "The broker takes messages up to QoS 1 only."
        assert not pane.button.isEnabled()
        hasty.choose("Quality of Service of the message", "QoS 1")
        hasty.click("Retain")
        assert pane.result_text == "The broker does not keep retained messages."
        hasty.click("Retain")
        hasty.type("Payload", "x" * 30)
        assert "packets up to 40 bytes" in pane.result_text
        hasty.type("Payload", "x")
        assert pane.button.isEnabled()


def test_that_a_read_only_connection_says_so_and_publishes_nothing(hasty: Desk) -> None:
    with FakeServer(accept) as server:
        connect(hasty, server, read_only=True)
        hasty.wait_for_state("Connected")
        hasty.wait_for_words("Read-only")
        hasty.type("Topic to publish to", "plant/line1")
        assert "read-only" in hasty.window.publish.result_text
        assert not hasty.find(QPushButton, "Publish", hasty.window.publish).isEnabled()
        hasty.window.on_topics.clearing.clear(b"plant")
        hasty.wait_for_words("This connection is read-only")


def test_that_production_frames_the_window_and_asks_before_clearing(hasty: Desk) -> None:
    sent: list[bytes] = []

    def listen(sock: socket.socket) -> None:
        accept_connect(sock, V5)
        while True:
            sent.append(read_packet(sock))

    frame = hasty.window.watching.frame
    assert not frame.isVisible()
    with FakeServer(listen) as server:
        stored = connect(hasty, server, kind="production", subscriptions=("plant/#",))
        hasty.wait_for_state("Connected")
        assert frame.isVisible()
        assert frame.size() == hasty.window.size()
        # Another choice in the bar changes nothing while the connection is open.
        hasty.window.bar.set_current(Profile(name="Other"))
        assert frame.isVisible()
        hasty.type("Topic to publish to", "plant/line1")
        hasty.click("Retain")
        hasty.keys("Ctrl+Return", hasty.window.publish.editor)
        hasty.wait_for_words("Clear the retained message of plant/line1?", "production broker")
        hasty.click("Keep it", hasty.modal())
        hasty.settle()
        assert not any(packet[0] >> 4 == 3 for packet in sent)
        hasty.keys("Ctrl+Return", hasty.window.publish.editor)
        hasty.click("Clear it", hasty.modal())
        hasty.wait(lambda: any(packet[0] >> 4 == 3 for packet in sent), "the PUBLISH")
        hasty.click("Disconnect")
        hasty.wait_for_state("Not connected")
        assert not frame.isVisible()
        hasty.window.bar.set_current(stored)
        assert frame.isVisible()
