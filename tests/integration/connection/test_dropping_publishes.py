"""Dropping publishes that wait or were in flight: what was dropped is not sent behind one's back."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.helpers.profiles import local_profile
from tests.helpers.servers import FakeServer, accept_connect, read_packet, silent
from tests.helpers.watch import Watched
from topicscope.connection.state import Phase
from topicscope.mqtt.control_packets import ProtocolVersion
from topicscope.mqtt.encode import encode_puback

if TYPE_CHECKING:
    import socket

    from topicscope.profiles.profile import Profile

V5 = ProtocolVersion.MQTT_5


def kept(port: int) -> Profile:
    return local_profile(port, clean_start=False, client_identifier="me")


def test_that_what_was_dropped_in_flight_is_not_sent_again_when_the_session_goes_on() -> None:
    seen: list[bytes] = []
    connections = iter(range(10))

    def serve(sock: socket.socket) -> None:
        number = next(connections)
        accept_connect(sock, V5, session_present=number > 0)
        if number == 0:
            for _ in range(3):
                read_packet(sock)
            silent(sock)
            return
        seen.append(packet := read_packet(sock))
        sock.sendall(encode_puback(int.from_bytes(packet[5:7]), version=V5))
        silent(sock)

    with FakeServer(serve) as server, Watched() as watched:
        watched.connect(kept(server.port))
        tokens = [watched.connection.publish("t", bytes((n,)), 1) for n in range(3)]
        for token in tokens:
            watched.wait_for_stage(token, "sent")
        watched.connection.drop(tokens[0])
        watched.wait_until(
            lambda: "cannot be dropped any more" in watched.progress(tokens[0])[-1].text, "a no"
        )
        begin = len(watched.events)
        watched.connection.drop_tcp()
        watched.wait_for_state(Phase.OFFLINE, after=begin)
        for token in (tokens[0], tokens[2]):
            watched.connection.drop(token)
            text = watched.wait_for_stage(token, "dropped").text
            assert text == "Dropped as asked. It had left before, so the broker may have it."
        watched.connection.retry_now()
        told = watched.wait_for_stage(tokens[1], "acknowledged")
        time.sleep(0.1)
    assert [packet[-1:] for packet in seen] == [b"\x01"]
    assert seen[0][0] & 0x08, "DUP"
    assert told.round_trip_s is None, "nobody knows which of the two was answered"


def test_that_a_publish_before_the_first_connection_waits_for_it() -> None:
    seen: list[bytes] = []

    def serve(sock: socket.socket) -> None:
        accept_connect(sock, V5)
        seen.append(packet := read_packet(sock))
        sock.sendall(encode_puback(int.from_bytes(packet[5:7]), version=V5))
        silent(sock)

    with FakeServer(serve) as server, Watched() as watched:
        token = watched.connection.publish("t", b"early", 1)
        assert watched.wait_for_stage(token, "queued").text.startswith("Waits for the connection")
        watched.connect(kept(server.port))
        watched.wait_for_stage(token, "acknowledged")
    assert seen[0].endswith(b"early")


def test_that_a_read_only_profile_drops_what_waits() -> None:
    def serve(sock: socket.socket) -> None:
        accept_connect(sock, V5)
        silent(sock)

    with FakeServer(serve) as server, Watched() as watched:
        token = watched.connection.publish("t", b"early", 1)
        watched.connect(local_profile(server.port, read_only=True))
        told = watched.wait_for_stage(token, "dropped")
        assert told.text == "Dropped: the connection is read-only now."
