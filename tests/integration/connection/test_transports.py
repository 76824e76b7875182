"""A real Mosquitto on TCP, TLS, ws and wss, with each version of MQTT: subscribe, publish, retain, leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helpers.watch import Watched
from topicscope.connection.state import Phase
from topicscope.mqtt.control_packets import (
    RETAIN_BIT,
    ControlPacketType,
    Direction,
    ProtocolVersion,
)
from topicscope.mqtt.decode import decode_packet
from topicscope.mqtt.packets import Publish
from topicscope.profiles.profile import Profile

if TYPE_CHECKING:
    from tests.helpers.mosquitto import Mosquitto

TRANSPORTS = ("mqtt", "mqtts", "ws", "wss")
VERSIONS = tuple(ProtocolVersion)


def profile(mosquitto: Mosquitto, scheme: str, version: int = 5, **settings: object) -> Profile:
    port = {
        "mqtt": mosquitto.port,
        "mqtts": mosquitto.tls_port,
        "ws": mosquitto.websocket_port,
        "wss": mosquitto.secure_websocket_port,
    }[scheme]
    return Profile(
        host="127.0.0.1",
        port=port,
        transport="websocket" if scheme.startswith("ws") else "tcp",
        tls=scheme.endswith("s") and scheme != "ws",
        ca_file=mosquitto.ca_file,
        protocol_version=version,  # type: ignore[arg-type]
        **settings,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.label)
@pytest.mark.parametrize("scheme", TRANSPORTS)
def test_that_messages_of_each_qos_come_back(
    mosquitto: Mosquitto, watched: Watched, scheme: str, version: ProtocolVersion
) -> None:
    state = watched.connect(profile(mosquitto, scheme, version))
    assert state.phase is Phase.CONNECTED
    assert state.protocol_version is version
    assert (state.tls is not None) == scheme.endswith("ss" if scheme == "wss" else "qtts")
    topic = f"{scheme}/{version}"
    answer = watched.subscribe(f"{topic}/+", qos=2)[0]
    assert (answer.refused, answer.reason_code) == (False, 2)
    tokens = [watched.connection.publish(f"{topic}/{qos}", b"q%d" % qos, qos) for qos in range(3)]
    for qos, token in enumerate(tokens):
        watched.wait_for_stage(token, "sent")
        if qos:
            told = watched.wait_for_stage(token, "acknowledged", "refused")
            assert told.stage == "acknowledged"
            assert told.reason_code == (0 if version == ProtocolVersion.MQTT_5 else None)
    packets = [decode_packet(packet, version) for packet in watched.wait_for_messages(3)]
    back = {p.qos: (p.topic, p.payload) for p in packets if isinstance(p, Publish)}
    assert back == {qos: (f"{topic}/{qos}", b"q%d" % qos) for qos in range(3)}
    assert watched.unsubscribe(f"{topic}/+")[0].refused is False
    begin = len(watched.events)
    watched.connection.disconnect()
    assert watched.wait_for_state(Phase.OFFLINE, after=begin).reason == "disconnected"
    assert watched.packets(ControlPacketType.DISCONNECT, Direction.OUT) == [b"\xe0\x00"]


@pytest.mark.parametrize("scheme", TRANSPORTS)
def test_that_a_large_message_arrives_whole(
    mosquitto: Mosquitto, watched: Watched, scheme: str
) -> None:
    payload = bytes(range(256)) * 4 * 2048
    with Watched() as other:
        other.connect(profile(mosquitto, "mqtt"))
        other.subscribe(f"large/{scheme}", qos=1)
        watched.connect(profile(mosquitto, scheme))
        token = watched.connection.publish(f"large/{scheme}", payload, 1)
        watched.connection.publish(f"large/{scheme}", b"after it", 1)
        watched.wait_for_stage(token, "acknowledged")
        packets = other.wait_for_messages(2)
        assert packets[0].endswith(payload)
        assert packets[1].endswith(b"after it")
        # Mosquitto 2.0.11 sends 4 KiB in 100 ms over WebSocket; this takes half a second there.
        watched.subscribe("large/back")
        other.connection.publish("large/back", payload[:20_000])
        assert watched.wait_for_messages(1)[0].endswith(payload[:20_000])


@pytest.mark.parametrize("scheme", TRANSPORTS)
def test_that_a_burst_is_received_whole_and_in_order(
    mosquitto: Mosquitto, watched: Watched, scheme: str
) -> None:
    watched.connect(profile(mosquitto, scheme))
    watched.subscribe(f"burst/{scheme}", qos=1)
    for number in range(500):
        watched.connection.publish(f"burst/{scheme}", b"%d" % number, 1)
    packets = [decode_packet(p, ProtocolVersion.MQTT_5) for p in watched.wait_for_messages(500)]
    assert [p.payload for p in packets if isinstance(p, Publish)] == [
        b"%d" % number for number in range(500)
    ]


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.label)
def test_that_a_retained_message_is_marked_and_can_be_cleared(
    mosquitto: Mosquitto, watched: Watched, version: ProtocolVersion
) -> None:
    topic = f"retained/{version}"
    watched.connect(profile(mosquitto, "mqtt", version))
    token = watched.connection.publish(topic, b"kept", 1, retain=True)
    watched.wait_for_stage(token, "acknowledged")
    watched.subscribe(topic)
    assert watched.wait_for_messages(1)[0][0] & RETAIN_BIT
    watched.connection.publish(topic, b"", 1, retain=True)
    watched.wait_for_messages(2)
    watched.subscribe(topic)
    assert len(watched.received()) == 2


def test_that_properties_arrive(mosquitto: Mosquitto, watched: Watched) -> None:
    properties = [(3, "application/json"), (38, ("one", "1")), (38, ("one", "2")), (9, b"\0\xff")]
    watched.connect(profile(mosquitto, "mqtt"))
    watched.subscribe("properties")
    watched.connection.publish("properties", b"{}", 0, False, properties)  # type: ignore[arg-type]
    packet = decode_packet(watched.wait_for_messages(1)[0], ProtocolVersion.MQTT_5)
    assert isinstance(packet, Publish)
    assert sorted(packet.properties, key=str) == sorted(properties, key=str)  # type: ignore[arg-type]


def test_that_the_statistics_of_the_broker_arrive(mosquitto: Mosquitto, watched: Watched) -> None:
    watched.connect(profile(mosquitto, "mqtt"))
    watched.subscribe("$SYS/#")
    watched.wait_until(
        lambda: any(b"$SYS/broker/version" in packet for packet in watched.received()), "$SYS"
    )


def test_that_a_host_name_with_two_addresses_connects(
    mosquitto: Mosquitto, watched: Watched
) -> None:
    # Nothing listens on ::1, which may be the first address of localhost.
    assert watched.connect(Profile(host="localhost", port=mosquitto.port)).phase is Phase.CONNECTED


@pytest.mark.parametrize(
    ("scheme", "spoken", "words"),
    [
        ("mqtt", {"tls": True}, "cut the connection during the TLS hand-shake"),
        ("mqtt", {"transport": "websocket"}, "cut the connection during the WebSocket hand-shake"),
        ("mqtts", {"tls": False}, "speaks TLS, and was spoken to without"),
        ("ws", {"transport": "tcp"}, "is a web server, not an MQTT server"),
        ("ws", {"transport": "tcp", "tls": True}, "does not speak TLS. It answered: “HTTP/1.0 403"),
        ("wss", {"tls": False}, "cut the connection during the WebSocket hand-shake"),
    ],
)
def test_that_each_port_that_is_spoken_to_wrongly_is_named(
    mosquitto: Mosquitto, watched: Watched, scheme: str, spoken: dict[str, object], words: str
) -> None:
    import msgspec

    wrong = msgspec.structs.replace(profile(mosquitto, scheme), **spoken)
    state = watched.connect(wrong)
    assert words in state.text
    assert state.phase is Phase.OFFLINE
