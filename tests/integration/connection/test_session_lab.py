"""The session lab against a real Mosquitto, in MQTT 3.1.1 and 5: each experiment shows what it promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helpers.mosquitto import Mosquitto
from tests.helpers.profiles import local_profile
from tests.helpers.watch import Watched
from tests.integration.connection.conftest import PATIENT
from topicscope.connection.state import AcknowledgementsHeld, ConnectionState, Phase
from topicscope.demo import BrokerThread
from topicscope.mqtt.control_packets import ControlPacketType, Direction
from topicscope.mqtt.encode import encode_disconnect
from topicscope.mqtt.properties import BY_KEY, USER_PROPERTY
from topicscope.profiles.profile import Profile, Will

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from topicscope.connection.state import ConnectionEvent

IN_FLIGHT = 20
"""What Mosquitto has on its way to one client at once, unless it is told otherwise."""

BOTH = pytest.mark.parametrize("version", [4, 5])


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path, tls=True, websocket=True) as broker:
        yield broker


@pytest.fixture
def other(broker: Mosquitto) -> Iterator[Watched]:
    with Watched(PATIENT) as other:
        other.connect(profile(broker))
        yield other


def profile(broker: Mosquitto, **settings: object) -> Profile:
    return local_profile(**({"port": broker.port} | settings))


def held(watched: Watched) -> int:
    counts = [event.count for event in watched.events if isinstance(event, AcknowledgementsHeld)]
    return counts[-1] if counts else 0


def publish_all(other: Watched, topic: str, count: int, qos: int = 1) -> None:
    tokens = [other.connection.publish(topic, b"%d" % n, qos) for n in range(count)]
    for token in tokens:
        other.wait_for_stage(token, "acknowledged")


@pytest.mark.parametrize("way", ["tcp", "tls", "websocket"])
@BOTH
def test_that_a_cut_without_disconnect_fires_the_will(
    broker: Mosquitto, watched: Watched, other: Watched, version: int, way: str
) -> None:
    ways: dict[str, dict[str, object]] = {
        "tcp": {},
        "tls": {"port": broker.tls_port, "tls": True, "ca_file": broker.ca_file},
        "websocket": {"port": broker.websocket_port, "transport": "websocket", "path": "/"},
    }
    will = Will(topic="gone", payload="without a word", qos=1)
    settings = {"protocol_version": version, "will": will, **ways[way]}
    other.subscribe("gone", qos=1)
    watched.connect(profile(broker, **settings))
    begin = len(watched.events)
    watched.connection.drop_tcp()
    state = watched.wait_for_state(Phase.OFFLINE, after=begin)
    assert state.reason == "cut-as-asked"
    assert "without DISCONNECT" in state.text
    assert other.wait_for_messages(1)[0].endswith(b"without a word")
    assert not watched.packets(ControlPacketType.DISCONNECT, Direction.OUT)


@BOTH
def test_that_held_acknowledgements_stop_the_broker_until_they_are_released(
    broker: Mosquitto, watched: Watched, other: Watched, version: int
) -> None:
    watched.connect(profile(broker, protocol_version=version))
    watched.subscribe("lab/t", qos=1)
    watched.connection.hold_acknowledgements(True)
    watched.wait_for_note("From here on acknowledgements are held back")
    publish_all(other, "lab/t", 50)
    watched.wait_until(lambda: held(watched) == IN_FLIGHT, "the limit of the broker")
    assert len(watched.received()) == IN_FLIGHT
    assert not watched.packets(ControlPacketType.PUBACK, Direction.OUT)
    watched.connection.release_acknowledgements(5)
    watched.wait_for_messages(IN_FLIGHT + 5)
    watched.connection.hold_acknowledgements(False)
    assert len(watched.wait_for_messages(50)) == 50
    watched.wait_until(
        lambda: len(watched.packets(ControlPacketType.PUBACK, Direction.OUT)) == 50, "50 PUBACKs"
    )
    assert held(watched) == 0


def test_that_the_broker_stops_at_our_receive_maximum_with_qos_2(
    broker: Mosquitto, watched: Watched, other: Watched
) -> None:
    watched.connect(profile(broker, receive_maximum=7))
    watched.subscribe("lab/t", qos=2)
    watched.connection.hold_acknowledgements(True)
    watched.wait_for_note("From here on")
    publish_all(other, "lab/t", 12, qos=2)
    watched.wait_until(lambda: held(watched) == 7, "our Receive Maximum")
    assert len(watched.received()) == 7
    watched.connection.hold_acknowledgements(False)
    watched.wait_for_messages(12)
    watched.wait_until(
        lambda: len(watched.packets(ControlPacketType.PUBCOMP, Direction.OUT)) == 12, "12 PUBCOMPs"
    )


@BOTH
def test_that_what_was_held_when_the_connection_was_cut_comes_again_with_dup(
    broker: Mosquitto, watched: Watched, other: Watched, version: int
) -> None:
    watched.connect(
        profile(broker, protocol_version=version, clean_start=False, client_identifier="lab")
    )
    watched.subscribe("lab/t", qos=1)
    watched.connection.hold_acknowledgements(True)
    watched.wait_for_note("From here on")
    publish_all(other, "lab/t", 3)
    watched.wait_until(lambda: held(watched) == 3, "three held answers")
    begin = len(watched.events)
    watched.connection.drop_tcp()
    watched.wait_for_state(Phase.OFFLINE, after=begin)
    watched.connection.hold_acknowledgements(False)
    watched.connection.resume()
    again = watched.wait_for_messages(6)[3:]
    assert all(packet[0] & 0x08 for packet in again), "DUP"


@BOTH
def test_that_a_resumed_session_brings_what_was_queued(
    broker: Mosquitto, watched: Watched, other: Watched, version: int
) -> None:
    watched.connect(
        profile(broker, protocol_version=version, clean_start=False, client_identifier="lab")
    )
    watched.subscribe("lab/#", qos=1)
    begin = len(watched.events)
    watched.connection.drop_tcp()
    watched.wait_for_state(Phase.OFFLINE, after=begin)
    publish_all(other, "lab/t", 5)
    watched.connection.resume()
    state = watched.wait_for_state(Phase.CONNECTED, after=begin)
    assert state.session_present
    assert [packet[-1:] for packet in watched.wait_for_messages(5)] == [
        b"0",
        b"1",
        b"2",
        b"3",
        b"4",
    ]
    assert len(watched.packets(ControlPacketType.SUBSCRIBE, Direction.OUT)) == 1


def test_that_a_session_with_an_expiry_is_resumed_though_it_began_clean(
    broker: Mosquitto, watched: Watched, other: Watched
) -> None:
    watched.connect(profile(broker, session_expiry_interval=60))
    watched.subscribe("lab/#", qos=1)
    begin = len(watched.events)
    watched.connection.drop_tcp()
    watched.wait_for_state(Phase.OFFLINE, after=begin)
    publish_all(other, "lab/t", 2)
    watched.connection.resume()
    assert watched.wait_for_state(Phase.CONNECTED, after=begin).session_present
    watched.wait_for_messages(2)


@pytest.mark.parametrize("version", [4, 5])
def test_that_a_session_that_ended_with_its_connection_cannot_be_resumed(
    broker: Mosquitto, watched: Watched, version: int
) -> None:
    watched.connect(profile(broker, protocol_version=version))
    watched.connection.drop_tcp()
    with pytest.raises(ValueError, match="keeps no session for this profile"):
        watched.connection.resume()


@pytest.mark.parametrize(("code", "fires"), [(0x04, True), (0x00, False)])
def test_that_disconnect_with_will_message_fires_the_will_and_a_normal_one_does_not(
    broker: Mosquitto, watched: Watched, other: Watched, code: int, *, fires: bool
) -> None:
    other.subscribe("gone", qos=1)
    watched.connect(profile(broker, will=Will(topic="gone", payload="will", qos=1)))
    begin = len(watched.events)
    user = [(USER_PROPERTY, ("why", "the lab"))]
    watched.connection.disconnect(code, user)
    state = watched.wait_for_state(Phase.OFFLINE, after=begin)
    assert state.reason == "disconnected"
    sent = watched.packets(ControlPacketType.DISCONNECT, Direction.OUT)
    assert sent == [encode_disconnect(code, properties=user, version=5)]  # type: ignore[arg-type]
    token = other.connection.publish("gone", b"behind it", 1)
    other.wait_for_stage(token, "acknowledged")
    messages = other.wait_for_messages(2 if fires else 1)
    assert messages[0].endswith(b"will" if fires else b"behind it")
    if fires:
        assert "Disconnect with Will Message (0x04)" in state.text


def test_that_disconnect_can_end_the_session_that_connect_asked_to_keep(
    broker: Mosquitto, watched: Watched
) -> None:
    kept = profile(broker, clean_start=False, client_identifier="lab")
    watched.connect(kept)
    begin = len(watched.events)
    watched.connection.disconnect(0, [(BY_KEY["session_expiry_interval"].identifier, 0)])
    watched.wait_for_state(Phase.OFFLINE, after=begin)
    watched.connection.resume()
    assert not watched.wait_for_state(Phase.CONNECTED, after=begin).session_present


@BOTH
def test_that_a_second_client_takes_over_and_does_not_fight(
    broker: Mosquitto, watched: Watched, version: int
) -> None:
    watched.connect(profile(broker, protocol_version=version, client_identifier="twin"))
    begin = len(watched.events)
    told: list[ConnectionEvent] = []
    rival = watched.connection.take_over(told.append)
    watched.wait_until(lambda: rival.has_taken_over, "the second client")
    lost = watched.wait_for_state(Phase.WAITING, Phase.OFFLINE, after=begin)
    assert lost.text
    # The first one connects again by itself, as a client does, and the second one leaves it at that.
    watched.wait_for_state(Phase.CONNECTED, after=begin)

    def is_out() -> bool:
        states = [event for event in told if isinstance(event, ConnectionState)]
        return states[-1].phase is Phase.OFFLINE

    watched.wait_until(is_out, "the end of the second client")
    rival.close()
    assert watched.connection.state.phase is Phase.CONNECTED


@BOTH
def test_that_one_queued_publish_is_dropped_and_the_others_are_sent(
    broker: Mosquitto, watched: Watched, other: Watched, version: int
) -> None:
    other.subscribe("lab/#", qos=1)
    watched.connect(profile(broker, protocol_version=version))
    begin = len(watched.events)
    watched.connection.drop_tcp()
    watched.wait_for_state(Phase.OFFLINE, after=begin)
    tokens = [watched.connection.publish("lab/t", b"%d" % n, 1) for n in range(3)]
    watched.wait_for_stage(tokens[2], "queued")
    watched.connection.drop(tokens[1])
    assert watched.wait_for_stage(tokens[1], "dropped").text == "Dropped as asked."
    watched.connection.retry_now()
    for token in (tokens[0], tokens[2]):
        watched.wait_for_stage(token, "acknowledged")
    assert [packet[-1:] for packet in other.wait_for_messages(2)] == [b"0", b"2"]


@BOTH
def test_that_the_demo_broker_can_be_experimented_with(watched: Watched, version: int) -> None:
    with BrokerThread() as demo, Watched(PATIENT) as other:
        own = Profile(
            host="127.0.0.1",
            port=demo.port,
            protocol_version=version,  # type: ignore[arg-type]
            clean_start=False,
            client_identifier="lab",
            receive_maximum=5 if version == 5 else None,
            will=Will(topic="gone", payload="will", qos=1),
        )
        other.connect(local_profile(demo.port))
        other.subscribe("gone", qos=1)
        watched.connect(own)
        watched.subscribe("lab/t", qos=1)
        watched.connection.hold_acknowledgements(True)
        watched.wait_for_note("From here on")
        publish_all(other, "lab/t", 5)
        watched.wait_until(lambda: held(watched) == 5, "five held answers")
        begin = len(watched.events)
        watched.connection.drop_tcp()
        watched.wait_for_state(Phase.OFFLINE, after=begin)
        assert other.wait_for_messages(1)[0].endswith(b"will")
        publish_all(other, "lab/t", 2)
        watched.connection.hold_acknowledgements(False)
        watched.connection.resume()
        assert watched.wait_for_state(Phase.CONNECTED, after=begin).session_present
        again = watched.wait_for_messages(12)[5:]
        assert [bool(packet[0] & 0x08) for packet in again] == [True] * 5 + [False] * 2
