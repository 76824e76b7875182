"""A read-only connection publishes nothing: not when asked, and not when something else goes wrong in here."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.profiles import local_profile
from tests.helpers.servers import FakeServer, accept_connect, read_packet
from topicscope.connection.state import Phase
from topicscope.connection.tee import TeeSocket
from topicscope.mqtt.control_packets import ControlPacketType, Direction, ProtocolVersion
from topicscope.mqtt.encode import encode_pingreq, encode_publish, encode_subscribe
from topicscope.mqtt.packets import Subscription
from topicscope.profiles.profile import Profile, Will

if TYPE_CHECKING:
    import socket

    from tests.helpers.watch import Watched

V5 = ProtocolVersion.MQTT_5
P = ControlPacketType


class Listening:
    """A server that accepts and writes down which packets came."""

    def __init__(self) -> None:
        self.kinds: list[int] = []
        self.pinged = threading.Event()

    def __call__(self, sock: socket.socket) -> None:
        accept_connect(sock, V5)
        while True:
            kind = read_packet(sock)[0] >> 4
            self.kinds.append(kind)
            if kind == P.PINGREQ:
                sock.sendall(b"\xd0\x00")
                self.pinged.set()


def read_only(port: int, **settings: object) -> Profile:
    return local_profile(port, read_only=True, **settings)


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_that_publishing_is_refused_where_it_is_asked(watched: Watched, qos: int) -> None:
    listening = Listening()
    with FakeServer(listening) as server:
        state = watched.connect(read_only(server.port))
        assert (state.phase, state.read_only) == (Phase.CONNECTED, True)
        with pytest.raises(ValueError, match="read-only: nothing is published"):
            watched.connection.publish("t", b"x", qos)


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_that_no_byte_of_a_publish_leaves_even_when_paho_writes_it(
    watched: Watched, qos: int
) -> None:
    listening = Listening()
    with FakeServer(listening) as server:
        watched.connect(read_only(server.port))
        link = watched.connection._life.link
        assert link is not None

        def go_behind_the_guard() -> None:
            link.client.publish("canary", b"x" * 10_000, qos, [], retain=True)

        watched.connection._post(go_behind_the_guard)
        watched.wait_for_note("1 PUBLISH held back: This connection is read-only")
        watched.connection.ping()
        assert listening.pinged.wait(5)
        assert watched.connection.state.phase is Phase.CONNECTED
    assert P.PUBLISH not in listening.kinds
    assert not watched.packets(P.PUBLISH, Direction.OUT)
    assert not any(b"canary" in packet for packet in watched.packets())


def test_that_what_was_queued_before_is_held_back_too(watched: Watched) -> None:
    listening = Listening()
    with FakeServer(listening) as server:
        writable = local_profile(server.port, client_identifier="me")
        watched.connection._asked = writable
        watched.connection._life._teller.about(endpoint=writable.url)
        token = watched.connection.publish("t", b"queued", 1)
        watched.wait_for_stage(token, "queued")
        watched.connect(read_only(server.port, client_identifier="me"))
        dropped = watched.wait_for_stage(token, "dropped", "refused", "sent")
        assert dropped.stage != "sent"
    assert P.PUBLISH not in listening.kinds


def test_that_a_will_on_a_read_only_profile_is_a_problem(watched: Watched) -> None:
    state = watched.connect(read_only(1, will=Will(topic="t")))
    assert (state.phase, state.reason) == (Phase.OFFLINE, "profile")
    assert "Will" in state.text


# --- the last guard by itself ---

_PUBLISHES = st.binary(max_size=50).map(lambda payload: encode_publish("t", payload, version=V5))
_OTHERS = st.sampled_from(
    [
        encode_pingreq(),
        encode_subscribe(1, (Subscription("a/#"),), version=V5),
        b"\x40\x02\x00\x01",
    ]
)


def _left(tee: TeeSocket) -> bytes:
    data = b""
    while (head := tee.head()) is not None:
        data += head
        tee.taken(len(head))
    return data


@given(st.lists(st.tuples(st.booleans(), _PUBLISHES, _OTHERS), max_size=8))
def test_that_a_publish_among_other_packets_is_cut_out(
    turns: list[tuple[bool, bytes, bytes]],
) -> None:
    packets = [publish if is_publish else other for is_publish, publish, other in turns]
    tee = TeeSocket(is_read_only=True)
    assert tee.send(b"".join(packets)) == sum(map(len, packets))
    assert _left(tee) == b"".join(packet for packet in packets if packet[0] >> 4 != P.PUBLISH)
    assert tee.held_back == sum(is_publish for is_publish, _, _ in turns)
    assert tee.accepted == tee.written


@given(st.binary(max_size=60))
def test_that_no_bytes_at_all_get_a_publish_past_the_guard(data: bytes) -> None:
    tee = TeeSocket(is_read_only=True)
    tee.send(data)
    tee.send(data)
    left, at = _left(tee), 0
    while at < len(left):
        assert left[at] >> 4 != P.PUBLISH
        at += 2 + left[at + 1] if left[at + 1] < 0x80 else len(left)
