"""What a broker may do to a connection that works, and how each end is told: once, exactly, and rightly followed."""

from __future__ import annotations

import itertools
import socket
import struct
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.helpers.profiles import local_profile
from tests.helpers.servers import FakeServer, accept_connect, drip, read_packet, silent
from tests.helpers.watch import QUICK, Watched
from topicscope.connection.state import Phase
from topicscope.connection.transports.stream import READ_SIZE
from topicscope.mqtt.control_packets import ControlPacketType, Direction, ProtocolVersion
from topicscope.mqtt.encode import (
    encode_connack,
    encode_disconnect,
    encode_publish,
    encode_pubrel,
)
from topicscope.mqtt.properties import BY_KEY

if TYPE_CHECKING:
    from collections.abc import Callable

    from topicscope.mqtt.properties import PropertyList, PropertyValue

V3, V4, V5 = ProtocolVersion
P = ControlPacketType


def says(**properties: PropertyValue) -> PropertyList:
    return [(BY_KEY[key].identifier, value) for key, value in properties.items()]


def after_connack(data: bytes) -> Callable[[socket.socket], None]:
    """Return a script that accepts, sends `data`, and listens."""

    def serve(sock: socket.socket) -> None:
        accept_connect(sock, V5)
        sock.sendall(data)
        silent(sock)

    return serve


# --- CONNACK ---


@pytest.mark.parametrize(
    ("version", "code", "reason", "words", "phase"),
    [
        (V4, 1, "version", "it does not speak MQTT 3.1.1 (0x01)", "OFFLINE"),
        (V3, 1, "version", "it does not speak MQTT 3.1 (0x01)", "OFFLINE"),
        (V4, 2, "client-identifier", "identifier rejected", "OFFLINE"),
        (V4, 3, "busy", "Server unavailable", "WAITING"),
        (V4, 4, "auth", "bad user name or password", "OFFLINE"),
        (V4, 5, "auth", "not authorized", "OFFLINE"),
        (V5, 1, "version", "it does not speak MQTT 5 (0x01)", "OFFLINE"),
        (V5, 0x84, "version", "it does not speak MQTT 5 (0x84)", "OFFLINE"),
        (V5, 0x85, "client-identifier", "Client Identifier not valid", "OFFLINE"),
        (V5, 0x86, "auth", "Bad User Name or Password (0x86)", "OFFLINE"),
        (V5, 0x87, "auth", "Not authorized (0x87)", "OFFLINE"),
        (V5, 0x88, "busy", "Server unavailable", "WAITING"),
        (V5, 0x89, "busy", "Server busy", "WAITING"),
        (V5, 0x8A, "banned", "Banned", "OFFLINE"),
        (V5, 0x8C, "auth", "Bad authentication method", "OFFLINE"),
        (V5, 0x97, "busy", "Quota exceeded", "WAITING"),
        (V5, 0x99, "refused-by-broker", "Payload format invalid", "OFFLINE"),
        (V5, 0x9F, "busy", "Connection rate exceeded", "WAITING"),
        (V5, 0xEE, "refused-by-broker", "unknown 0xEE", "OFFLINE"),
    ],
)
def test_that_each_refusal_is_named_and_rightly_followed(
    watched: Watched, version: ProtocolVersion, code: int, reason: str, words: str, phase: str
) -> None:
    def serve(sock: socket.socket) -> None:
        accept_connect(sock, version, reason_code=code)
        silent(sock)

    with FakeServer(serve) as server:
        state = watched.connect(local_profile(server.port, protocol_version=int(version)), "wrong")
        time.sleep(0.15)
        assert server.accepted == 1, "tried once"
    assert words in state.text
    assert state.reason == reason
    assert state.reason_code == code
    assert state.phase is Phase[phase]


def test_that_a_refused_login_can_be_tried_again_by_hand(watched: Watched) -> None:
    def serve(sock: socket.socket) -> None:
        accept_connect(sock, V5, reason_code=0x86)

    with FakeServer(serve) as server:
        state = watched.connect(local_profile(server.port, username="me"), "wrong")
        assert "only once" in state.remedy
        begin = len(watched.events)
        watched.connection.retry_now()
        watched.wait_for_state(Phase.OFFLINE, after=begin)
        assert server.accepted == 2


def test_that_the_words_of_the_server_are_shown_escaped(watched: Watched) -> None:
    def serve(sock: socket.socket) -> None:
        accept_connect(
            sock,
            V5,
            reason_code=0x9D,
            properties=says(reason_string="go \x1b[31m\u202e", server_reference="other.example"),
        )

    with FakeServer(serve) as server:
        state = watched.connect(local_profile(server.port))
    assert "It says: “go \\x1b[31m\\u202e”" in state.text
    assert "It names this server instead: “other.example”" in state.text
    assert state.phase is Phase.OFFLINE


def test_that_a_legal_connack_that_breaks_paho_connects(watched: Watched) -> None:
    properties = says(
        maximum_packet_size=0xFFFF_FFFF,
        reason_string="\ufeffwith a byte order mark",
        assigned_client_identifier="given-by-server",
        user_property=("a", "b"),
    )

    def serve(sock: socket.socket) -> None:
        accept_connect(sock, V5, properties=properties)
        silent(sock)

    with FakeServer(serve) as server:
        state = watched.connect(local_profile(server.port))
    assert state.phase is Phase.CONNECTED
    assert state.client_identifier == "given-by-server"


def test_that_unknown_properties_do_not_end_a_connection(watched: Watched) -> None:
    connack = bytes.fromhex("20 05 00 00 02 7a 01")
    suback = bytes.fromhex("90 06 00 01 02 7a 01 02")

    def serve(sock: socket.socket) -> None:
        read_packet(sock)
        sock.sendall(connack)
        read_packet(sock)
        sock.sendall(suback)
        silent(sock)

    with FakeServer(serve) as server:
        assert watched.connect(local_profile(server.port)).phase is Phase.CONNECTED
        assert watched.subscribe("a/#", qos=2)[0].reason_code == 2


# --- ends ---


@pytest.mark.parametrize(
    ("code", "reason", "words", "phase"),
    [
        (0x8E, "taken-over", "Session taken over (0x8E)", "OFFLINE"),
        (0x8B, "closed", "Server shutting down (0x8B)", "WAITING"),
        (0x98, "closed", "Administrative action", "OFFLINE"),
        (0x97, "busy", "Quota exceeded", "WAITING"),
        (0x9C, "moved", "Use another server", "OFFLINE"),
        (0x87, "auth", "Not authorized", "OFFLINE"),
    ],
)
def test_that_each_disconnect_of_the_server_is_named_and_rightly_followed(
    watched: Watched, code: int, reason: str, words: str, phase: str
) -> None:
    with FakeServer(after_connack(encode_disconnect(code, version=V5))) as server:
        begin = len(watched.events)
        watched.connect(local_profile(server.port))
        state = watched.wait_for_state(Phase.OFFLINE, Phase.WAITING, after=begin)
    assert words in state.text
    assert state.reason == reason
    assert state.phase is Phase[phase]
    assert f"Connection lost: {state.text}" in watched.notes()


def test_that_a_cut_in_the_middle_of_a_packet_says_how_far_it_came(watched: Watched) -> None:
    packet = encode_publish("t", b"x" * 4088, version=V5)
    assert len(packet) == 4096 - 1

    def serve(sock: socket.socket) -> None:
        accept_connect(sock, V5)
        sock.sendall(packet[:113])

    with FakeServer(serve) as server:
        begin = len(watched.events)
        watched.connect(local_profile(server.port))
        state = watched.wait_for_state(Phase.WAITING, after=begin)
        assert state.text == (
            f"127.0.0.1:{server.port} closed the connection"
            " while reading PUBLISH (113 of 4,095 bytes)."
        )


def test_that_a_reset_is_said(watched: Watched) -> None:
    def serve(sock: socket.socket) -> None:
        accept_connect(sock, V5)
        time.sleep(0.05)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with FakeServer(serve) as server:
        begin = len(watched.events)
        watched.connect(local_profile(server.port))
        state = watched.wait_for_state(Phase.WAITING, after=begin)
        assert state.text == (
            f"The connection to 127.0.0.1:{server.port} was lost: the other side cut it."
        )
        assert state.reason == "lost"


def test_that_the_last_words_of_a_server_are_heard_behind_a_failed_write(watched: Watched) -> None:
    said = threading.Event()

    def serve(sock: socket.socket) -> None:
        accept_connect(sock, V5)
        sock.sendall(encode_disconnect(0x95, version=V5))
        sock.close()
        said.set()

    with FakeServer(serve) as server:
        watched.connection.connect(local_profile(server.port))
        said.wait(5)
        watched.wait_for_note("Packet too large (0x95)")


def test_that_each_end_is_told_once(watched: Watched) -> None:
    def serve(sock: socket.socket) -> None:
        accept_connect(sock, V5)

    with FakeServer(serve) as server:
        watched.connect(local_profile(server.port))
        watched.wait_until(lambda: server.accepted >= 3, "reconnects")
    phases = [state.phase for state in watched.states]
    for first, second in itertools.pairwise(phases):
        assert first is not second


def test_that_a_half_open_connection_is_given_up_after_twice_the_keep_alive(
    watched: Watched,
) -> None:
    begun = time.monotonic()
    with FakeServer(after_connack(b"")) as server:
        begin = len(watched.events)
        watched.connect(local_profile(server.port, keep_alive=1))
        state = watched.wait_for_state(Phase.WAITING, after=begin)
    assert state.text.endswith("has not answered for 2 s.")
    assert time.monotonic() - begun > 1.8
    assert watched.packets(P.PINGREQ, Direction.OUT) == [b"\xc0\x00"]
    assert len([note for note in watched.notes() if "lost" in note]) == 1


def test_that_server_keep_alive_is_obeyed_and_not_kept_for_the_next_connect(
    watched: Watched,
) -> None:
    connects: list[bytes] = []
    pinged = threading.Event()

    def serve(sock: socket.socket) -> None:
        connects.append(accept_connect(sock, V5, properties=says(server_keep_alive=1)))
        assert read_packet(sock) == b"\xc0\x00"
        pinged.set()

    with FakeServer(serve) as server:
        watched.connect(local_profile(server.port, keep_alive=60))
        assert pinged.wait(3)
        watched.wait_until(lambda: len(connects) >= 2, "the next connect")
    assert connects[1][10:12] == (60).to_bytes(2)


def test_that_any_byte_proves_that_the_other_side_is_there(watched: Watched) -> None:
    def serve(sock: socket.socket) -> None:
        accept_connect(sock, V5)
        for _ in range(30):
            sock.sendall(encode_publish("t", b"busy", version=V5))
            time.sleep(0.1)

    with FakeServer(serve) as server:
        watched.connect(local_profile(server.port, keep_alive=1))
        watched.wait_for_messages(28)
    assert not [note for note in watched.notes() if "has not answered" in note]


# --- malformed and strange ---


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x30\xff\xff\xff\xff\x01", "longer than four bytes"),
        (b"\x36\x06\x00\x01t\x00\x01\x00", "PUBLISH has QoS 3, section 3.3.1.2"),
        (b"\x00\x00", "packet type 0 is reserved, section 2.1.2"),
        (b"\x40\x01\x00", "PUBACK ends inside its Packet Identifier"),
        (b"\x32\x02\x00\x09", "PUBLISH ends inside its Packet Identifier"),
    ],
)
def test_that_a_malformed_packet_ends_the_connection_with_disconnect_0x81(
    watched: Watched, data: bytes, words: str
) -> None:
    good = encode_publish("good", b"before", version=V5)
    last: list[bytes] = []

    def serve(sock: socket.socket) -> None:
        accept_connect(sock, V5)
        sock.sendall(good + data)
        last.append(read_packet(sock))

    with FakeServer(serve) as server:
        begin = len(watched.events)
        watched.connect(local_profile(server.port))
        state = watched.wait_for_state(Phase.WAITING, after=begin)
        watched.wait_until(lambda: last, "DISCONNECT")
    assert "sent a Malformed Packet" in state.text
    assert words in state.text
    assert state.reason == "malformed"
    assert last[0] == encode_disconnect(0x81, version=V5)
    assert watched.received()[0] == good
    assert last[0] in watched.packets(P.DISCONNECT, Direction.OUT)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xc0\x00", "The server sent PINGREQ, which only a client may."),
        (b"\x82\x06\x00\x01\x00\x01a\x00", "The server sent SUBSCRIBE"),
        (b"\x20\x03\x00\x87\x00", "The server sent a second CONNACK"),
        (b"\xf0\x02\x18\x00", "The server sent AUTH though no authentication is under way"),
        (b"\x32\x06\x00\x01t\x00\x00\x00", "PUBLISH has Packet Identifier 0"),
    ],
)
def test_that_a_breach_without_harm_is_noted_and_the_connection_goes_on(
    watched: Watched, data: bytes, words: str
) -> None:
    with FakeServer(after_connack(data + encode_publish("t", b"after", version=V5))) as server:
        watched.connect(local_profile(server.port))
        assert watched.wait_for_note("Protocol warning: ").startswith(f"Protocol warning: {words}")
        watched.wait_until(lambda: any(b"after" in p for p in watched.received()), "the next")


def test_that_a_topic_that_is_not_utf_8_arrives_exactly(watched: Watched) -> None:
    packets = [
        encode_publish(b"a\xff\xfe/b", b"0", version=V5),
        encode_publish(b"a\x00b", b"1", qos=1, packet_identifier=5, version=V5),
        encode_publish(b"\xed\xa0\x80", b"2", qos=2, packet_identifier=6, version=V5),
    ]
    answers: list[bytes] = []

    def serve(sock: socket.socket) -> None:
        accept_connect(sock, V5)
        sock.sendall(b"".join(packets))
        answers.extend((read_packet(sock), read_packet(sock)))
        sock.sendall(encode_pubrel(6, version=V5))
        answers.append(read_packet(sock))
        silent(sock)

    with FakeServer(serve) as server:
        watched.connect(local_profile(server.port))
        assert watched.wait_for_messages(3) == packets
        watched.wait_until(lambda: len(answers) == 3, "the acknowledgements")
    assert answers == [b"\x40\x02\x00\x05", b"\x50\x02\x00\x06", b"\x70\x02\x00\x06"]


def test_that_packets_in_one_byte_pieces_arrive(watched: Watched) -> None:
    packets = [encode_publish(f"t/{n}", b"x" * n, version=V5) for n in range(30)]

    def serve(sock: socket.socket) -> None:
        accept_connect(sock, V5)
        drip(sock, b"".join(packets), 1, 0)
        silent(sock)

    with FakeServer(serve) as server:
        watched.connect(local_profile(server.port))
        assert watched.wait_for_messages(30) == packets


# --- the reader's pace ---


def test_that_the_reader_rests_as_far_as_the_window_is_behind() -> None:
    asked: list[None] = []

    def lag() -> float:
        asked.append(None)
        return 0.5

    data = encode_publish("t", bytes(1000), version=V5) * 2000
    with Watched(QUICK, lag) as watched, FakeServer(after_connack(data)) as server:
        watched.connect(local_profile(server.port))
        watched.wait_for_messages(2000)
    assert len(asked) >= len(data) / READ_SIZE


def test_that_an_exception_in_the_listener_does_not_end_the_connection(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with Watched() as watched, FakeServer(after_connack(b"")) as server:
        listen = watched.connection._life.teller._listener

        def fails(event: object) -> None:
            listen(event)  # type: ignore[arg-type]
            raise RuntimeError("a fault of the listener")

        watched.connection._life.teller._listener = fails
        assert watched.connect(local_profile(server.port)).phase is Phase.CONNECTED
    assert "the listener failed" in caplog.text


def test_that_a_fault_of_our_own_is_said_and_the_thread_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with Watched() as watched, FakeServer(after_connack(b"")) as server:
        watched.connect(local_profile(server.port))
        begin = len(watched.events)
        watched.connection._post(lambda: 1 / 0)  # type: ignore[arg-type, return-value]
        state = watched.wait_for_state(Phase.WAITING, after=begin)
        assert "Topicscope made a mistake: ZeroDivisionError" in state.text
        watched.wait_for_state(Phase.CONNECTED, after=begin)
    assert "unforeseen" in caplog.text


def test_that_a_connack_and_the_first_messages_may_come_together(watched: Watched) -> None:
    publish = encode_publish("t", b"x", qos=1, packet_identifier=9, version=V4)
    acknowledged: list[bytes] = []

    def serve(sock: socket.socket) -> None:
        read_packet(sock)
        sock.sendall(encode_connack(version=V4) + publish)
        acknowledged.append(read_packet(sock))
        silent(sock)

    with FakeServer(serve) as server:
        watched.connect(local_profile(server.port, protocol_version=4))
        assert watched.wait_for_messages(1) == [publish]
        watched.wait_until(lambda: acknowledged, "PUBACK")
    assert acknowledged == [b"\x40\x02\x00\x09"]
