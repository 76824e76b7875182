"""Publishing and subscribing to brokers that refuse, limit, cut and stall; each step is told."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.helpers.profiles import local_profile
from tests.helpers.servers import FakeServer, accept_connect, read_packet, silent
from topicscope.mqtt.control_packets import ControlPacketType, Direction, ProtocolVersion
from topicscope.mqtt.encode import (
    encode_puback,
    encode_pubcomp,
    encode_pubrec,
    encode_suback,
)
from topicscope.mqtt.properties import BY_KEY

if TYPE_CHECKING:
    import socket

    from tests.helpers.watch import Watched
    from topicscope.mqtt.properties import PropertyList, PropertyValue

V3, V4, V5 = ProtocolVersion
P = ControlPacketType


def says(**properties: PropertyValue) -> PropertyList:
    return [(BY_KEY[key].identifier, value) for key, value in properties.items()]


# --- publishing ---


def test_that_a_publish_refused_by_pubrec_is_told_and_has_no_pubrel(watched: Watched) -> None:
    behind: list[bytes] = []

    def serve(sock: socket.socket) -> None:
        accept_connect(sock, V5)
        read_packet(sock)
        sock.sendall(encode_pubrec(1, 0x87, version=V5))
        behind.append(read_packet(sock))
        silent(sock)

    with FakeServer(serve) as server:
        watched.connect(local_profile(server.port))
        token = watched.connection.publish("secret", b"x", 2)
        refused = watched.wait_for_stage(token, "refused", "acknowledged")
        watched.connection.publish("next", b"y", 0)
        watched.wait_until(lambda: behind, "the next packet")
    assert (refused.stage, refused.reason_code) == ("refused", 0x87)
    assert refused.text == "Not authorized (0x87)"
    assert refused.elapsed_s is not None
    assert behind[0][0] >> 4 == P.PUBLISH


def test_that_no_matching_subscribers_is_told_as_a_kind_of_success(watched: Watched) -> None:
    def serve(sock: socket.socket) -> None:
        accept_connect(sock, V5)
        read_packet(sock)
        sock.sendall(encode_puback(1, 0x10, version=V5))
        silent(sock)

    with FakeServer(serve) as server:
        watched.connect(local_profile(server.port))
        token = watched.connection.publish("t", b"x", 1)
        told = watched.wait_for_stage(token, "acknowledged", "refused")
    assert (told.stage, told.text) == ("acknowledged", "No matching subscribers (0x10)")


def test_that_receive_maximum_is_obeyed(watched: Watched) -> None:
    most: list[int] = []

    def serve(sock: socket.socket) -> None:
        accept_connect(sock, V5, properties=says(receive_maximum=2))
        for _ in range(5):
            waiting = [read_packet(sock), read_packet(sock)]
            sock.settimeout(0.05)
            with contextlib.suppress(TimeoutError):
                waiting.append(read_packet(sock))
            sock.settimeout(10)
            most.append(len(waiting))
            for packet in waiting:
                sock.sendall(encode_puback(int.from_bytes(packet[5:7]), version=V5))
        silent(sock)

    with FakeServer(serve) as server:
        watched.connect(local_profile(server.port))
        tokens = [watched.connection.publish("t", b"x", 1) for _ in range(10)]
        for token in tokens:
            watched.wait_for_stage(token, "acknowledged")
    assert most == [2] * 5
    assert watched.progress(tokens[-1])[0].stage == "queued"


@pytest.mark.parametrize(
    ("limits", "arguments", "words"),
    [
        ({"maximum_packet_size": 256}, ("t", b"x" * 400), "takes packets up to 256 bytes"),
        ({"maximum_qos": 1}, ("t", b"x", 2), "up to QoS 1 only"),
        ({"topic_alias_maximum": 0}, ("t", b"x", 0, False, [(35, 1)]), "takes no Topic Alias"),
        ({"topic_alias_maximum": 5}, ("t", b"x", 0, False, [(35, 6)]), "up to 5; this one is 6"),
        ({"retain_available": 0}, ("t", b"x", 0, True), "does not keep retained messages"),
    ],
)
def test_that_the_limits_of_the_broker_are_told_before_sending(
    watched: Watched, limits: dict[str, int], arguments: tuple[object, ...], words: str
) -> None:
    def serve(sock: socket.socket) -> None:
        accept_connect(sock, V5, properties=says(**limits))
        silent(sock)

    with FakeServer(serve) as server:
        watched.connect(local_profile(server.port))
        with pytest.raises(ValueError, match=words):
            watched.connection.publish(*arguments)  # type: ignore[arg-type]
    assert not watched.packets(P.PUBLISH, Direction.OUT)


def test_that_what_was_in_flight_is_sent_again_after_a_cut(watched: Watched) -> None:
    seen: list[tuple[int, bytes]] = []
    connections = iter(range(10))

    def serve(sock: socket.socket) -> None:
        number = next(connections)
        accept_connect(sock, V5)
        for _ in range(3):
            seen.append((number, packet := read_packet(sock)))
            if number == 0 and len(seen) == 2:
                return
            identifier = int.from_bytes(packet[5:7]) if packet[0] >> 4 == P.PUBLISH else 0
            if packet[0] & 0b110 == 0b010 and packet[0] >> 4 == P.PUBLISH and number:
                sock.sendall(encode_puback(identifier, version=V5))
            elif packet[0] & 0b110 == 0b100 and packet[0] >> 4 == P.PUBLISH:
                sock.sendall(encode_pubrec(identifier, version=V5))
                release = read_packet(sock)
                sock.sendall(encode_pubcomp(int.from_bytes(release[2:4]), version=V5))
        silent(sock)

    with FakeServer(serve) as server:
        watched.connect(local_profile(server.port))
        tokens = [watched.connection.publish("t", bytes((n,)), 1) for n in range(2)]
        for token in tokens:
            watched.wait_for_stage(token, "acknowledged")
    again = [packet for number, packet in seen if number == 1]
    assert [packet[-1:] for packet in again] == [b"\x00", b"\x01"]
    assert all(packet[0] & 0x08 == 0 for packet in again), "a new session knows no DUP"


def test_that_a_session_that_is_present_goes_on_with_dup_and_pubrel(watched: Watched) -> None:
    seen: list[bytes] = []
    connections = iter(range(10))

    def serve(sock: socket.socket) -> None:
        number = next(connections)
        accept_connect(sock, V5, session_present=number > 0)
        if number == 0:
            packets = [read_packet(sock), read_packet(sock)]
            sock.sendall(encode_pubrec(int.from_bytes(packets[1][5:7]), version=V5))
            read_packet(sock)
            return
        seen.extend((read_packet(sock), read_packet(sock)))
        sock.sendall(encode_puback(1, version=V5) + encode_pubcomp(2, version=V5))
        silent(sock)

    with FakeServer(serve) as server:
        watched.connect(local_profile(server.port, clean_start=False, client_identifier="me"))
        tokens = [
            watched.connection.publish("t", b"one", 1),
            watched.connection.publish("t", b"two", 2),
        ]
        for token in tokens:
            assert watched.wait_for_stage(token, "acknowledged").reason_code == 0
    assert seen[0][0] == 0x3A, "PUBLISH with QoS 1 and DUP"
    assert seen[1] == b"\x62\x02\x00\x02"


def test_that_a_changed_profile_sends_what_was_in_flight_anew(watched: Watched) -> None:
    seen: list[bytes] = []

    def serve(sock: socket.socket) -> None:
        accept_connect(sock, V5, session_present=bool(seen))
        seen.append(packet := read_packet(sock))
        if len(seen) > 1:
            sock.sendall(encode_puback(int.from_bytes(packet[5:7]), version=V5))
        silent(sock)

    with FakeServer(serve) as server:
        kept = {"clean_start": False, "client_identifier": "me"}
        watched.connect(local_profile(server.port, **kept))
        token = watched.connection.publish("t", b"x", 1)
        watched.wait_until(lambda: seen, "the first PUBLISH")
        watched.connect(local_profile(server.port, keep_alive=30, **kept))
        watched.wait_for_stage(token, "acknowledged")


def test_that_a_publish_to_a_stalled_broker_is_refused_before_memory_runs_out(
    watched: Watched,
) -> None:
    release = threading.Event()

    def serve(sock: socket.socket) -> None:
        accept_connect(sock, V5)
        release.wait(20)

    with FakeServer(serve) as server:
        watched.connect(local_profile(server.port))
        payload = bytes(20 * 2**20)
        tokens = [watched.connection.publish("t", payload) for _ in range(6)]
        refused = watched.wait_for_stage(tokens[-1], "refused")
        assert "MiB wait to be sent already" in refused.text
        watched.connection.disconnect()
        dropped = watched.wait_for_stage(tokens[1], "dropped")
        assert "with QoS 0 it is lost" in dropped.text
        release.set()


# --- subscribing ---


def test_that_a_refused_subscription_is_told_in_words(watched: Watched) -> None:
    def serve(sock: socket.socket) -> None:
        accept_connect(sock, V5)
        packet = read_packet(sock)
        sock.sendall(encode_suback(int.from_bytes(packet[2:4]), (0x87, 0x01), version=V5))
        silent(sock)

    with FakeServer(serve) as server:
        watched.connect(local_profile(server.port))
        answers = watched.subscribe("secret/#", "open/#", qos=2)
    assert answers[0].refused
    assert answers[0].text == "Refused: Not authorized (0x87)"
    assert not answers[1].refused
    assert answers[1].text == "Granted QoS 1, asked for QoS 2"


@pytest.mark.parametrize("present", [True, False])
def test_that_a_session_that_is_present_is_not_subscribed_again(
    watched: Watched, *, present: bool
) -> None:
    subscribed: list[int] = []
    connections = iter(range(10))
    cut = threading.Event()

    def serve(sock: socket.socket) -> None:
        number = next(connections)
        accept_connect(sock, V5, session_present=present and number > 0)
        if number:
            cut.set()
        while True:
            packet = read_packet(sock)
            if packet[0] >> 4 == P.SUBSCRIBE:
                subscribed.append(number)
                sock.sendall(encode_suback(int.from_bytes(packet[2:4]), (0,), version=V5))
                if number == 0:
                    time.sleep(0.05)
                    return

    with FakeServer(serve) as server:
        watched.connect(local_profile(server.port, clean_start=False, client_identifier="me"))
        watched.subscribe("a/#")
        assert cut.wait(5)
        time.sleep(0.1)
    assert subscribed == ([0] if present else [0, 1])
    watched.wait_for_note("session present" if present else "session not present")


def test_that_many_filters_go_in_packets_that_every_broker_takes(watched: Watched) -> None:
    sizes: list[int] = []

    def serve(sock: socket.socket) -> None:
        accept_connect(sock, V5)
        while True:
            packet = read_packet(sock)
            count = packet.count(b"filter/")
            sizes.append(count)
            sock.sendall(encode_suback(int.from_bytes(packet[2:4]), (0,) * count, version=V5))

    with FakeServer(serve) as server:
        watched.connect(local_profile(server.port))
        watched.subscribe(*(f"filter/{n}" for n in range(20)))
    assert sizes == [8, 8, 4]
