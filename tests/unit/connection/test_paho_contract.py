"""What we rest on in paho, its private names above all: when this fails, read connection/paho_client.py."""

from __future__ import annotations

import importlib.metadata

import paho.mqtt.client
import pytest

from topicscope.connection.paho_client import PRIVATE_NAMES, PahoClient, PahoRefusedError
from topicscope.connection.state import SubscriptionRequest
from topicscope.connection.tee import TeeSocket
from topicscope.mqtt.control_packets import ProtocolVersion
from topicscope.mqtt.decode import decode_packet
from topicscope.mqtt.encode import encode_connect, encode_puback, encode_pubcomp, encode_pubrec
from topicscope.mqtt.packets import Publish, Subscribe, Unsubscribe

V3, V4, V5 = ProtocolVersion
CONNACK = {V3: b"\x20\x02\0\0", V4: b"\x20\x02\0\0", V5: b"\x20\x03\0\0\0"}


def new_client(version: ProtocolVersion = V5, **changes: object) -> PahoClient:
    settings: dict[str, object] = {
        "client_identifier": "me",
        "version": version,
        "clean_start": True,
        "connect": encode_connect("me", version=version),
    }
    return PahoClient(**(settings | changes))  # type: ignore[arg-type]


def written(tee: TeeSocket) -> bytes:
    data = b""
    while (head := tee.head()) is not None:
        data += head
        tee.taken(len(head))
    return data


def connected(
    version: ProtocolVersion = V5, older: PahoClient | None = None
) -> tuple[PahoClient, TeeSocket]:
    client, tee = new_client(version), TeeSocket()
    if older is not None:
        client.adopt(older)
    client.begin(tee)
    written(tee)
    tee.lay_in(CONNACK[version])
    client.drain(tee)
    return client, tee


def test_that_paho_is_of_the_range_that_was_tested() -> None:
    version = importlib.metadata.version("paho-mqtt")
    assert version.startswith("2."), version


@pytest.mark.parametrize("name", PRIVATE_NAMES)
def test_that_each_private_name_is_still_there(name: str) -> None:
    client = paho.mqtt.client.Client(paho.mqtt.client.CallbackAPIVersion.VERSION2)
    assert hasattr(client, name)


@pytest.mark.parametrize("version", list(ProtocolVersion))
def test_that_paho_takes_its_socket_from_us_and_our_connect_takes_the_place_of_its_own(
    version: ProtocolVersion,
) -> None:
    ours = encode_connect("me", username="user", password=b"\xff\x00pass", version=version)
    client, tee = new_client(version, connect=ours), TeeSocket()
    client.begin(tee)
    assert (tee.accepted, tee.written) == (len(ours), 0)
    assert written(tee) == ours


def test_that_a_publish_carries_properties_as_given() -> None:
    client, tee = connected()
    properties = [(38, ("k", "\ufeff")), (9, b"\0"), (38, ("k", "2"))]
    client.publish("t/ü", b"payload", 1, properties, retain=True)  # type: ignore[arg-type]
    packet = decode_packet(written(tee), V5)
    assert packet == Publish("t/ü", b"payload", 1, True, False, 1, properties)  # type: ignore[arg-type]


@pytest.mark.parametrize("version", list(ProtocolVersion))
def test_that_subscriptions_are_written_with_their_options(version: ProtocolVersion) -> None:
    client, tee = connected(version)
    requests = [
        SubscriptionRequest("a/#", 1, no_local=True, retain_handling=2),
        SubscriptionRequest("$share/g/b", 2, retain_as_published=False),
    ]
    identifier = client.subscribe(requests)
    packet = decode_packet(written(tee), version)
    assert isinstance(packet, Subscribe)
    assert packet.packet_identifier == identifier
    assert [(s.topic_filter, s.qos) for s in packet.subscriptions] == [
        ("a/#", 1),
        ("$share/g/b", 2),
    ]
    if version is V5:
        first, second = packet.subscriptions
        assert (first.no_local, first.retain_as_published, first.retain_handling) == (True, True, 2)
        assert second.retain_as_published is False
    identifier = client.unsubscribe(["a/#", "b"])
    packet = decode_packet(written(tee), version)
    assert packet == Unsubscribe(identifier, ("a/#", "b"))


@pytest.mark.parametrize("version", list(ProtocolVersion))
def test_that_the_flow_of_qos_2_runs_in_both_directions(version: ProtocolVersion) -> None:
    client, tee = connected(version)
    identifier = client.publish("t", b"x", 2, [], retain=False)
    written(tee)
    tee.lay_in(b"\x50\x02" + identifier.to_bytes(2))
    client.drain(tee)
    assert written(tee) == b"\x62\x02" + identifier.to_bytes(2)
    tee.lay_in(encode_pubcomp(identifier, version=V4))
    client.drain(tee)
    assert not client.session[0]
    tee.lay_in(b"\x34\x05\0\1t\0\x09" if version < V5 else b"\x34\x06\0\1t\0\x09\0")
    client.drain(tee)
    assert written(tee) == b"\x50\x02\0\x09"
    tee.lay_in(b"\x62\x02\0\x09")
    client.drain(tee)
    assert written(tee) == b"\x70\x02\0\x09"
    assert not client.session[1]


def test_that_many_packets_are_drained_in_one_call() -> None:
    client, tee = connected(V4)
    tee.lay_in(b"".join(b"\x32\x05\0\1t" + n.to_bytes(2) for n in range(1, 2001)))
    client.drain(tee)
    assert len(written(tee)) == 2000 * 4


def test_that_paho_never_limits_what_is_in_flight() -> None:
    client, tee = connected(V5)
    for _ in range(100):
        client.publish("t", b"", 1, [], retain=False)
    assert written(tee).count(b"\0\1t") == 100


def test_that_a_new_client_goes_on_with_an_adopted_session() -> None:
    older, tee = connected(V4)
    first = older.publish("t", b"one", 1, [], retain=False)
    second = older.publish("t", b"two", 2, [], retain=False)
    tee.lay_in(encode_pubrec(second, version=V4))
    older.drain(tee)
    client = new_client(V4, clean_start=False)
    client.adopt(older)
    again = TeeSocket()
    client.begin(again)
    written(again)
    again.lay_in(b"\x20\x02\1\0")
    client.drain(again)
    assert written(again) == b"\x3a\x08\0\1t" + first.to_bytes(
        2
    ) + b"one" + b"\x62\x02" + second.to_bytes(2)
    assert client.publish("t", b"", 1, [], retain=False) == second + 1


def test_that_a_forgotten_session_sends_nothing_again() -> None:
    older, _ = connected()
    older.publish("t", b"one", 1, [], retain=False)
    client = new_client()
    client.adopt(older)
    tee = TeeSocket()
    client.begin(tee)
    written(tee)
    client.forget_session()
    tee.lay_in(CONNACK[V5])
    client.drain(tee)
    assert written(tee) == b""


def test_that_a_packet_identifier_in_flight_is_not_given_out_twice() -> None:
    client, tee = connected()
    kept = client.publish("t", b"kept", 1, [], retain=False)
    for _ in range(65_536):
        identifier = client.publish("t", b"", 1, [], retain=False)
        assert identifier != kept
        tee.lay_in(encode_puback(identifier, version=V4))
        client.drain(tee)


def test_that_disconnect_closes_the_tee_and_not_what_was_written() -> None:
    client, tee = connected()
    client.disconnect()
    assert tee.closed
    assert written(tee) == b"\xe0\x00"


def test_that_what_paho_does_not_understand_is_said() -> None:
    client, tee = connected()
    tee.lay_in(b"\xf0\x00")
    with pytest.raises(PahoRefusedError, match="Unrecognised command 240"):
        client.drain(tee)


def test_that_paho_has_no_thread_and_no_loop_of_its_own() -> None:
    client, _ = connected()
    assert client._client._thread is None
    assert client._client._sockpairR is None
