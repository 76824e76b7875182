"""A packet as one JSON object for `topicscope read --packets`."""

from __future__ import annotations

import pytest

from tests.unit.mqtt.dissect.corpus import packet, said
from topicscope.mqtt.dissect import dissect, field_to_json


@pytest.mark.parametrize(
    ("name", "document"),
    [
        (
            "CONNECT 3.1.1 all",
            {
                "type": "CONNECT",
                "remaining_length": 35,
                "protocol_name": "MQTT",
                "protocol_version": 4,
                "will_retain": True,
                "will_qos": 1,
                "will_flag": True,
                "clean_session": True,
                "keep_alive": 10,
                "client_identifier": "dev",
                "will_topic": "lwt",
                "will_payload": "off",
                "user_name": "me",
                "password": "(hidden)",
            },
        ),
        (
            "CONNACK 5 refused",
            {
                "type": "CONNACK",
                "remaining_length": 9,
                "session_present": False,
                "reason_code": 0x87,
                "properties": {"reason_string": "no!"},
            },
        ),
        (
            "PUBLISH 5",
            {
                "type": "PUBLISH",
                "dup": False,
                "qos": 1,
                "retain": True,
                "remaining_length": 15,
                "topic_name": "a/b",
                "packet_identifier": 12,
                "properties": {"payload_format_indicator": 1, "topic_alias": 7},
                "payload": "{}",
            },
        ),
        (
            "SUBSCRIBE 5",
            {
                "type": "SUBSCRIBE",
                "remaining_length": 15,
                "packet_identifier": 5,
                "properties": {"subscription_identifier": [7]},
                "subscriptions": [
                    {
                        "topic_filter": "a/#",
                        "retain_handling": 2,
                        "retain_as_published": True,
                        "no_local": True,
                        "qos": 1,
                    },
                    {
                        "topic_filter": "+",
                        "retain_handling": 1,
                        "retain_as_published": True,
                        "no_local": False,
                        "qos": 0,
                    },
                ],
            },
        ),
        (
            "SUBACK 3.1.1",
            {
                "type": "SUBACK",
                "remaining_length": 4,
                "packet_identifier": 5,
                "reason_codes": [1, 0x80],
            },
        ),
        (
            "UNSUBSCRIBE 3.1.1",
            {
                "type": "UNSUBSCRIBE",
                "remaining_length": 10,
                "packet_identifier": 6,
                "topic_filters": ["a/#", "+"],
            },
        ),
        (
            "PUBACK 5 short",
            {"type": "PUBACK", "remaining_length": 2, "packet_identifier": 12, "reason_code": 0},
        ),
        ("PINGREQ", {"type": "PINGREQ", "remaining_length": 0}),
        ("DISCONNECT 3.1.1", {"type": "DISCONNECT", "remaining_length": 0}),
    ],
)
def test_that_the_json_says_all_fields_by_their_names(
    name: str, document: dict[str, object]
) -> None:
    assert field_to_json(said(name)) == document


def test_that_what_is_not_utf8_is_escaped_and_exact() -> None:
    document = field_to_json(dissect(packet(0x30, b"\0\2a\xff\xfe"), 4))
    assert document["topic_name"] == r"a\xff"
    assert document["topic_name_base64"] == "Yf8="
    assert document["payload_base64"] == "/g=="
    assert "payload" not in document


def test_that_problems_are_listed_with_their_place() -> None:
    document = field_to_json(dissect(packet(0x82, "0001 0001 61 03"), 4))
    assert document["problems"] == [
        "Payload > Subscription > Requested QoS > QoS: QoS 3 does not exist (Malformed Packet)"
    ]


def test_that_properties_read_before_a_broken_one_are_kept() -> None:
    document = field_to_json(dissect(packet(0x30, "0001 61 05 0101 7a0000 41"), 5))
    assert document["properties"] == {"payload_format_indicator": 1}
    assert document["payload"] == "A"
