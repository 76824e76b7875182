"""Each way in which connecting fails has its own sentence in the window, and Cancel works at every moment."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QPushButton

from tests.helpers.certificates import Authority
from tests.helpers.mosquitto import free_port
from tests.helpers.servers import FakeServer, accept_connect, read_packet, silent
from topicscope.mqtt.control_packets import ProtocolVersion

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from pathlib import Path

    from tests.helpers.window import Desk


V5 = ProtocolVersion.MQTT_5


def try_to_connect(desk: Desk, url: str) -> None:
    desk.type("Address of the broker as a URL", url, "Return")


def refuse_login(sock: socket.socket) -> None:
    accept_connect(sock, V5, reason_code=0x86)
    silent(sock)


def answer_http(sock: socket.socket) -> None:
    sock.recv(4096)
    sock.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n<h1>No</h1>")


def notice(desk: Desk) -> tuple[str, str]:
    """Return what happened and what to do next, as the strip below the bar says."""
    strip = desk.window.bar.notice
    desk.wait(strip.isVisible, "a notice")
    return strip.sentence(), strip.remedy()


def tls_of(folder: Path) -> ssl.SSLContext:
    import ssl

    authority = Authority(folder)
    pair = authority.issue("server")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    return context


def test_that_a_wrong_password_is_tried_once_and_said_so(hasty: Desk) -> None:
    with FakeServer(refuse_login) as server:
        try_to_connect(hasty, f"mqtt://me:wrong@127.0.0.1:{server.port}")
        sentence, remedy = notice(hasty)
        assert "user name or password" in sentence.lower()
        assert remedy
        hasty.wait_for_state("Not connected")
        time.sleep(0.4)
        hasty.settle()
        assert server.accepted == 1
        assert not any("wrong" in text for text in hasty.words())
        hasty.find(QPushButton, "Edit…")
        # A click is another try, and only one.
        hasty.click("Connect", within=hasty.window.bar)
        hasty.wait(lambda: server.accepted == 2)
        hasty.wait_for_state("Not connected")
        time.sleep(0.3)
        assert server.accepted == 2


def test_that_a_closed_port_is_named_with_a_countdown(desk: Desk) -> None:
    port = free_port()
    try_to_connect(desk, f"mqtt://127.0.0.1:{port}")
    sentence, remedy = notice(desk)
    assert sentence == f"Nothing listens on 127.0.0.1:{port}."
    assert "1883" in remedy
    desk.wait_for_state("Retrying")
    desk.find(QPushButton, "Retry now")


def test_that_an_unknown_host_is_named(hasty: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_args: object, **_more: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    try_to_connect(hasty, "mqtt://no-such-broker.example")
    assert notice(hasty)[0] == "The name no-such-broker.example was not found."


def test_that_a_web_server_is_told_from_a_broker(hasty: Desk) -> None:
    with FakeServer(answer_http) as server:
        try_to_connect(hasty, f"mqtt://127.0.0.1:{server.port}")
        sentence, remedy = notice(hasty)
    assert "is a web server" in sentence
    assert "HTTP/1.1 400" in sentence
    assert "WebSocket" in remedy
    hasty.wait_for_state("Not connected")


def test_that_a_server_that_does_not_answer_is_named(hasty: Desk) -> None:
    with FakeServer(silent) as server:
        try_to_connect(hasty, f"mqtt://127.0.0.1:{server.port}")
        hasty.wait_for_state("Waiting for the broker")
        assert "did not answer CONNECT" in notice(hasty)[0]
        hasty.click("Cancel")
        hasty.wait_for_state("Not connected")


def test_that_a_tls_port_spoken_to_in_plain_is_named(hasty: Desk, tmp_path: Path) -> None:
    with FakeServer(silent, tls=tls_of(tmp_path)) as server:
        try_to_connect(hasty, f"mqtt://127.0.0.1:{server.port}")
        sentence, remedy = notice(hasty)
    assert "speaks TLS" in sentence
    assert "TLS" in remedy


def test_that_a_certificate_of_an_unknown_authority_is_named(hasty: Desk, tmp_path: Path) -> None:
    with FakeServer(silent, tls=tls_of(tmp_path)) as server:
        try_to_connect(hasty, f"mqtts://localhost:{server.port}")
        sentence, remedy = notice(hasty)
    assert "authority" in sentence or "self-signed" in sentence
    assert "CA file" in remedy


def test_that_what_a_server_answers_is_shown_as_text(hasty: Desk) -> None:
    def answer(sock: socket.socket) -> None:
        sock.recv(4096)
        sock.sendall(b"<img src=x onerror=alert(1)>\x1b[31m\xe2\x80\xae")

    with FakeServer(answer) as server:
        try_to_connect(hasty, f"mqtt://127.0.0.1:{server.port}")
        sentence, _ = notice(hasty)
    assert "<img src=x" in sentence
    assert "\x1b" not in sentence
    assert "\u202e" not in sentence


# --- Cancel ---


@pytest.fixture
def slow_names(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    asked = threading.Event()

    def slowly(*_args: object, **_more: object) -> None:
        asked.wait(60)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", slowly)
    yield
    asked.set()


def cancel(desk: Desk) -> None:
    desk.click("Cancel")
    desk.wait_for_state("Not connected")
    assert not desk.window.bar.notice.isVisible()


@pytest.mark.usefixtures("slow_names")
def test_that_looking_up_a_name_can_be_cancelled(desk: Desk) -> None:
    try_to_connect(desk, "mqtt://slow.example")
    desk.wait_for_state("Connecting to")
    cancel(desk)


@pytest.mark.usefixtures("slow_names")
def test_that_the_window_closes_while_a_name_is_looked_up(desk: Desk) -> None:
    try_to_connect(desk, "mqtt://slow.example")
    desk.wait_for_state("Connecting to")
    desk.window.close()
    assert not desk.windows


@pytest.mark.parametrize(
    ("scheme", "state"),
    [
        ("mqtts", "Connecting"),
        ("ws", "Connecting"),
        ("wss", "Connecting"),
        ("mqtt", "Waiting for the broker"),
    ],
)
def test_that_each_hand_shake_can_be_cancelled(desk: Desk, scheme: str, state: str) -> None:
    with FakeServer(silent) as server:
        try_to_connect(desk, f"{scheme}://127.0.0.1:{server.port}")
        desk.wait_for_state(state)
        desk.wait(lambda: server.accepted)
        cancel(desk)


def test_that_the_wait_for_the_next_try_can_be_cancelled(desk: Desk) -> None:
    try_to_connect(desk, f"mqtt://127.0.0.1:{free_port()}")
    desk.wait_for_state("Retrying")
    cancel(desk)


def test_that_one_can_connect_elsewhere_while_connecting(desk: Desk) -> None:
    def accept(sock: socket.socket) -> None:
        accept_connect(sock, V5)
        silent(sock)

    with FakeServer(silent) as dead, FakeServer(accept) as alive:
        try_to_connect(desk, f"mqtt://127.0.0.1:{dead.port}")
        desk.wait_for_state("Waiting for the broker")
        desk.keys("Ctrl+Shift+N")
        desk.begin_form(f"mqtt://127.0.0.1:{alive.port}")
        desk.click("Save & Connect")
        desk.wait_for_state("Connected")
        assert f":{alive.port}" in desk.window.windowTitle()


def test_that_a_taken_over_session_stops_and_says_so(hasty: Desk) -> None:
    from topicscope.mqtt.encode import encode_disconnect

    def take_over(sock: socket.socket) -> None:
        accept_connect(sock, V5)
        read_packet(sock)
        sock.sendall(encode_disconnect(0x8E, version=V5))
        silent(sock)

    with FakeServer(take_over) as server:
        try_to_connect(hasty, f"mqtt://127.0.0.1:{server.port}")
        sentence, _ = notice(hasty)
        assert "Client Identifier" in sentence or "taken over" in sentence.lower()
        time.sleep(0.3)
        hasty.settle()
        assert server.accepted == 1
