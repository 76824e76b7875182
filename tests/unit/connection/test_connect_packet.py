"""CONNECT carries everything a profile says, in each version, read back by our own decoder."""

from __future__ import annotations

import pytest

from topicscope.connection.connect_packet import connect_packet
from topicscope.mqtt.control_packets import ProtocolVersion
from topicscope.mqtt.decode import decode_packet
from topicscope.mqtt.packets import Connect, WillMessage
from topicscope.mqtt.properties import properties_to_json
from topicscope.profiles.profile import Profile, Will

V3, V4, V5 = ProtocolVersion


def made(profile: Profile, username: str | None = None, password: bytes | None = None) -> Connect:
    data = connect_packet(profile, "me", username, password)
    packet = decode_packet(data, ProtocolVersion(profile.protocol_version))
    assert isinstance(packet, Connect)
    return packet


@pytest.mark.parametrize("version", [3, 4, 5])
def test_that_a_plain_profile_makes_a_plain_connect(version: int) -> None:
    packet = made(Profile(protocol_version=version, keep_alive=7), "user", b"\xff\0")  # type: ignore[arg-type]
    assert packet == Connect("me", True, 7, "user", b"\xff\0", None, [], ProtocolVersion(version))


def test_that_all_properties_of_the_profile_are_carried() -> None:
    profile = Profile(
        clean_start=False,
        session_expiry_interval=3600,
        receive_maximum=10,
        maximum_packet_size=1_000_000,
        topic_alias_maximum=20,
        request_response_information=True,
        request_problem_information=False,
        user_properties=(("a", "1"), ("a", "2")),
    )
    packet = made(profile)
    assert not packet.clean_start
    assert properties_to_json(packet.properties) == {
        "session_expiry_interval": 3600,
        "receive_maximum": 10,
        "maximum_packet_size": 1_000_000,
        "topic_alias_maximum": 20,
        "request_response_information": 1,
        "request_problem_information": 0,
        "user_property": [["a", "1"], ["a", "2"]],
    }
    before = Profile(protocol_version=4, receive_maximum=10, session_expiry_interval=9)
    assert made(before).properties == []


@pytest.mark.parametrize(
    ("clean_start", "expiry", "properties"),
    [
        (True, None, []),
        (False, None, [(17, 0xFFFF_FFFF)]),
        (False, 0, [(17, 0)]),
        (True, 60, [(17, 60)]),
    ],
)
def test_that_a_kept_session_never_expires_unless_it_is_said(
    clean_start: bool, expiry: int | None, properties: list[tuple[int, int]]
) -> None:
    profile = Profile(clean_start=clean_start, session_expiry_interval=expiry)
    assert made(profile).properties == properties


WILL = Will(
    topic="me/status",
    payload="gone \u2013 ü",
    qos=2,
    retain=True,
    delay_interval=5,
    payload_format_indicator=True,
    message_expiry_interval=0,
    content_type="text/plain",
    response_topic="answers",
    correlation_data="00ff",
    user_properties=(("k", "v"),),
)


def test_that_a_will_carries_all_its_properties() -> None:
    will = made(Profile(will=WILL)).will
    assert will is not None
    assert (will.topic, will.payload, will.qos, will.retain) == (
        "me/status",
        "gone \u2013 ü".encode(),
        2,
        True,
    )
    assert properties_to_json(will.properties) == {
        "will_delay_interval": 5,
        "payload_format_indicator": 1,
        "message_expiry_interval": 0,
        "content_type": "text/plain",
        "response_topic": "answers",
        "correlation_data": "AP8=",
        "user_property": [["k", "v"]],
    }


@pytest.mark.parametrize("version", [3, 4])
def test_that_a_will_before_mqtt_5_has_no_properties(version: int) -> None:
    will = made(Profile(protocol_version=version, will=WILL)).will  # type: ignore[arg-type]
    assert will == WillMessage("me/status", "gone \u2013 ü".encode(), 2, True)


def test_that_mqtt_5_carries_a_password_without_a_user_name() -> None:
    packet = made(Profile(), None, b"token")
    assert (packet.username, packet.password) == (None, b"token")
