"""What a server says of itself: another server, another identifier, its limits; shown, offered, never followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helpers.profiles import local_profile
from tests.helpers.servers import FakeServer, accept_connect, read_packet, silent
from topicscope.connection.state import Phase
from topicscope.mqtt.control_packets import ControlPacketType, Direction, ProtocolVersion
from topicscope.mqtt.encode import encode_disconnect
from topicscope.mqtt.properties import BY_KEY

if TYPE_CHECKING:
    import socket

    from tests.helpers.watch import Watched
    from topicscope.mqtt.properties import PropertyList, PropertyValue

V5 = ProtocolVersion.MQTT_5
P = ControlPacketType


def says(**properties: PropertyValue) -> PropertyList:
    return [(BY_KEY[key].identifier, value) for key, value in properties.items()]


@pytest.mark.parametrize("code", [0x9C, 0x9D])
@pytest.mark.parametrize("when", ["connack", "disconnect"])
def test_that_another_server_is_offered_and_never_gone_to(
    watched: Watched, code: int, when: str
) -> None:
    there = says(server_reference="other.example:1884 third.example")

    def serve(sock: socket.socket) -> None:
        if when == "connack":
            accept_connect(sock, V5, reason_code=code, properties=there)
        else:
            accept_connect(sock, V5)
            sock.sendall(encode_disconnect(code, properties=there, version=V5))

    with FakeServer(serve) as server:
        watched.connect(local_profile(server.port, username="me"), "secret")
        state = watched.wait_for_state(Phase.OFFLINE, after=0)
        assert (state.reason, state.reason_code) == ("moved", code)
        assert state.offer is not None
        assert (state.offer.kind, state.offer.value) == ("go_to", "other.example:1884")
        assert "other.example" in state.offer.text
        assert server.accepted == 1


@pytest.mark.parametrize("code", [0x85, 0x8E])
def test_that_a_new_client_identifier_is_offered_where_it_would_help(
    watched: Watched, code: int
) -> None:
    def serve(sock: socket.socket) -> None:
        if code == 0x85:
            accept_connect(sock, V5, reason_code=code)
        else:
            accept_connect(sock, V5)
            sock.sendall(encode_disconnect(code, version=V5))

    with FakeServer(serve) as server:
        watched.connect(local_profile(server.port, client_identifier="mine"))
        state = watched.wait_for_state(Phase.OFFLINE, after=0)
        assert state.offer is not None
        assert state.offer.kind == "new_client_identifier"
        assert state.client_identifier == "mine"
        assert server.accepted == 1


def test_that_all_the_server_said_stands_in_the_state_while_connected(watched: Watched) -> None:
    def serve(sock: socket.socket) -> None:
        accept_connect(
            sock,
            V5,
            session_present=True,
            properties=says(
                assigned_client_identifier="given",
                server_keep_alive=9,
                maximum_qos=1,
                topic_alias_maximum=7,
                reason_string="welcome",
                user_property=("k", "v"),
            ),
        )
        silent(sock)

    with FakeServer(serve) as server:
        state = watched.connect(local_profile(server.port))
        assert state.server is not None
        assert state.server.session_present
        assert state.server.assigned_client_identifier == state.client_identifier == "given"
        assert (state.server.server_keep_alive, state.server.maximum_qos) == (9, 1)
        assert (state.server.topic_alias_maximum, state.server.reason_string) == (7, "welcome")
        assert state.server.user_properties == (("k", "v"),)
        begin = len(watched.events)
        watched.connection.disconnect()
        ended = watched.wait_for_state(Phase.OFFLINE, after=begin)
        assert (ended.server, ended.offer, ended.certificate) == (None, None, None)


def test_that_a_subscription_the_server_rules_out_is_answered_without_asking_it(
    watched: Watched,
) -> None:
    def serve(sock: socket.socket) -> None:
        accept_connect(
            sock,
            V5,
            properties=says(wildcard_subscription_available=0, shared_subscription_available=0),
        )
        read_packet(sock)
        sock.sendall(bytes.fromhex("90 04 00 01 00 00"))
        silent(sock)

    with FakeServer(serve) as server:
        watched.connect(local_profile(server.port))
        answers = {one.topic_filter: one for one in watched.subscribe("a/#", "$share/g/b", "plain")}
    assert (answers["a/#"].refused, answers["a/#"].reason_code) == (True, 0xA2)
    assert answers["a/#"].text == "Not sent: the broker takes no wildcards."
    assert (answers["$share/g/b"].refused, answers["$share/g/b"].reason_code) == (True, 0x9E)
    assert not answers["plain"].refused
    (packet,) = watched.packets(P.SUBSCRIBE, Direction.OUT)
    assert b"plain" in packet
    assert b"$share" not in packet
