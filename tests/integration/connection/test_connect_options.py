"""What CONNECT can say, with a real Mosquitto and with the demo broker: Wills, sessions, limits, round trips."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helpers.mosquitto import Mosquitto
from tests.helpers.profiles import local_profile
from tests.helpers.watch import Watched
from tests.integration.connection.conftest import PATIENT
from topicscope.connection.state import Phase, RoundTrip
from topicscope.demo.server import BrokerThread
from topicscope.mqtt.control_packets import ControlPacketType, ProtocolVersion
from topicscope.mqtt.decode import decode_packet
from topicscope.mqtt.packets import Connect, Publish
from topicscope.mqtt.properties import properties_to_json
from topicscope.profiles.profile import Profile, Will

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def other() -> Iterator[Watched]:
    with Watched(PATIENT) as other:
        yield other


def profile(broker: Mosquitto, **settings: object) -> Profile:
    return local_profile(broker.port, **settings)


@pytest.mark.parametrize("version", [3, 4, 5])
def test_that_the_will_is_published_when_the_client_is_lost_and_not_when_it_leaves(
    mosquitto: Mosquitto, watched: Watched, other: Watched, version: int
) -> None:
    topic = f"wills/{version}"
    will = Will(
        topic=topic,
        payload="gone ü",
        qos=1,
        content_type="text/plain",
        response_topic="answers",
        correlation_data="00ff",
        message_expiry_interval=60,
        payload_format_indicator=True,
        user_properties=(("who", "me"),),
    )
    if version != 5:
        will = Will(topic=topic, payload="gone ü", qos=1)
    watched.connect(profile(mosquitto, protocol_version=version))
    watched.subscribe(topic, qos=1)
    there = profile(mosquitto, protocol_version=version, will=will)
    other.connect(there)
    other.connection.disconnect()
    other.wait_for_state(Phase.OFFLINE, after=0)
    assert other.connect(there).phase is Phase.CONNECTED
    assert watched.received() == []
    link = other.connection._life.link
    assert link is not None
    other.connection._post(link.close)
    (message,) = watched.wait_for_messages(1)
    packet = decode_packet(message, ProtocolVersion(version))
    assert isinstance(packet, Publish)
    assert (packet.topic, packet.payload, packet.qos) == (topic, "gone ü".encode(), 1)
    if version == 5:
        said = properties_to_json(packet.properties)
        assert said.pop("message_expiry_interval") in (59, 60)
        assert said == {
            "payload_format_indicator": 1,
            "content_type": "text/plain",
            "response_topic": "answers",
            "correlation_data": "AP8=",
            "user_property": [["who", "me"]],
        }


def test_that_mosquitto_takes_all_properties_of_connect_and_obeys_them(
    mosquitto: Mosquitto, watched: Watched
) -> None:
    asked = profile(
        mosquitto,
        session_expiry_interval=30,
        receive_maximum=5,
        maximum_packet_size=200,
        topic_alias_maximum=10,
        request_response_information=True,
        request_problem_information=False,
        user_properties=(("a", "1"), ("a", "2")),
    )
    state = watched.connect(asked)
    assert state.phase is Phase.CONNECTED
    assert state.server is not None
    assert state.server.topic_alias_maximum == 10, "the default of Mosquitto"
    (sent,) = watched.packets(ControlPacketType.CONNECT)
    connect = decode_packet(sent, ProtocolVersion.MQTT_5)
    assert isinstance(connect, Connect)
    assert len(connect.properties) == 8
    watched.subscribe("size/#")
    watched.connection.publish("size/t", b"x" * 400)
    watched.connection.publish("size/t", b"fits")
    (message,) = watched.wait_for_messages(1)
    assert message.endswith(b"fits")


def test_that_a_session_ends_when_its_expiry_says_so(tmp_path: Path, watched: Watched) -> None:
    with Mosquitto(tmp_path) as broker:
        kept = profile(broker, clean_start=False, client_identifier="keeper")
        for expiry, present in ((None, False), (0, True), (None, False)):
            # Each connect says how long its own session lives, and meets what the last one left.
            asked = profile(
                broker,
                clean_start=False,
                client_identifier="keeper",
                session_expiry_interval=expiry,
            )
            begin = len(watched.events)
            state = watched.connect(asked)
            assert state.session_present is present
            watched.connection.disconnect()
            watched.wait_for_state(Phase.OFFLINE, after=begin)
        assert watched.connect(kept).session_present


def test_that_the_limits_of_mosquitto_are_known_before_sending(
    tmp_path: Path, watched: Watched
) -> None:
    general = "max_packet_size 100\nretain_available false"
    own = "max_qos 1\nmax_topic_alias 3"
    with Mosquitto(tmp_path, extra=general, listener_extra=own) as broker:
        state = watched.connect(profile(broker))
        assert state.server is not None
        assert state.server.maximum_packet_size == 100
        for arguments, words in (
            (("t", b"x" * 98), "up to 100 bytes; this one has 104"),
            (("t", b"x", 2), "up to QoS 1 only"),
            (("t", b"x", 0, True), "not keep retained"),
            (("t", b"x", 0, False, [(35, 9)]), "up to 3; this one is 9"),
        ):
            with pytest.raises(ValueError, match=words):
                watched.connection.publish(*arguments)  # type: ignore[arg-type]
        # Exactly as many bytes as the broker takes arrive.
        watched.subscribe("t")
        watched.connection.publish("t", b"y" * 94)
        (message,) = watched.wait_for_messages(1)
        assert len(message) == 100
        assert watched.connection.state.phase is Phase.CONNECTED


@pytest.mark.parametrize("version", [3, 4, 5])
def test_that_the_demo_broker_answers_a_ping(watched: Watched, version: int) -> None:
    with BrokerThread(websocket_port=None) as demo:
        there = local_profile(demo.port, protocol_version=version)
        assert watched.connect(there).phase is Phase.CONNECTED
        watched.connection.ping()
        watched.wait_until(
            lambda: any(isinstance(event, RoundTrip) for event in watched.events), "PINGRESP"
        )
        watched.connection.disconnect()
        watched.wait_for_state(Phase.OFFLINE, after=0)
