"""Each packet in words: names, values, sections, bits."""

from __future__ import annotations

import pytest

from tests.unit.mqtt.dissect.corpus import PACKETS, find, packet, said, tree
from topicscope.mqtt.dissect import dissect


@pytest.mark.parametrize(
    ("name", "field", "value", "section"),
    [
        ("CONNECT 3.1", "Protocol Name", "MQIsdp", "3.1"),
        ("CONNECT 3.1", "Protocol Level", "3 (MQTT 3.1)", "3.1"),
        ("CONNECT 3.1.1", "Protocol Level", "4 (MQTT 3.1.1)", "3.1.2.2"),
        ("CONNECT 3.1.1 bridge", "Protocol Level", "4 (MQTT 3.1.1, a bridge)", "3.1.2.2"),
        ("CONNECT 3.1.1", "Clean Session", ".... ..1. Set", "3.1.2.4"),
        ("CONNECT 3.1.1", "Client Identifier", "dev", "3.1.3.1"),
        ("CONNECT 3.1.1 all", "Will QoS", "...0 1... At least once delivery (1)", "3.1.2.6"),
        ("CONNECT 3.1.1 all", "Will Message", "3 bytes: off", "3.1.3.3"),
        ("CONNECT 3.1.1 all", "User Name", "me", "3.1.3.4"),
        ("CONNECT 5", "Protocol Version", "5 (MQTT 5)", "3.1.2.2"),
        ("CONNECT 5", "Clean Start", ".... ..1. Set", "3.1.2.4"),
        ("CONNECT 5", "Keep Alive", "60 s", "3.1.2.10"),
        ("CONNECT 5 all", "User Name Flag", "1... .... Set", "3.1.2.8"),
        ("CONNECT 5 all", "Will Retain", "..1. .... Set", "3.1.2.7"),
        ("CONNECT 5 all", "Will Topic", "lwt", "3.1.3.3"),
        ("CONNECT 5 all", "Will Payload", "3 bytes: off", "3.1.3.4"),
        ("CONNECT 5 all", "User Name", "me", "3.1.3.5"),
        (
            "CONNECT 5 all",
            "Session Expiry Interval",
            "4,294,967,295 (the Session never expires)",
            "3.1.2.11.2",
        ),
        ("CONNECT 5 all", "Maximum Packet Size", "65,536 bytes", "3.1.2.11.4"),
        ("CONNECT 5 all", "Request Response Information", "1 (yes)", "3.1.2.11.6"),
        ("CONNECT 5 all", "Authentication Method", "SCRAM", "3.1.2.11.9"),
        ("CONNECT 5 all", "Will Delay Interval", "5 s", "3.1.3.2.2"),
        ("CONNACK 3.1.1", "Session Present", ".... ...1 Set", "3.2.2.2"),
        ("CONNACK 3.1.1 refused", "Return Code", "0x05 Connection Refused, not authorized", "3.2.2.3"),
        ("CONNACK 5 refused", "Reason Code", "0x87 Not authorized", "3.2.2.2"),
        ("CONNACK 5 refused", "Reason String", "no!", "3.2.2.3.9"),
        ("CONNACK 5", "Maximum QoS", "QoS 1", "3.2.2.3.4"),
        ("CONNACK 5", "Retain Available", "1 (available)", "3.2.2.3.5"),
        ("CONNACK 5", "Server Keep Alive", "30 s", "3.2.2.3.14"),
        ("PUBLISH 3.1.1 QoS 2", "QoS", ".... .10. Exactly once delivery (2)", "3.3.1.2"),
        ("PUBLISH 3.1.1 QoS 2", "DUP", ".... 1... Set", "3.3.1.1"),
        ("PUBLISH 3.1.1 QoS 2", "RETAIN", ".... ...1 Set", "3.3.1.3"),
        ("PUBLISH 3.1.1 QoS 2", "Packet Identifier", "12", "2.3.1"),
        ("PUBLISH 3.1.1", "Payload", "5 bytes: hello", "3.3.3"),
        ("PUBLISH 3.1.1", "Remaining Length", "10", "2.2.3"),
        ("PUBLISH 3.1.1 empty retained", "Payload", "0 bytes: removes the retained message", "3.3.3"),
        ("PUBLISH 5", "Payload Format Indicator", "1 (UTF-8 text)", "3.3.2.3.2"),
        ("PUBLISH 5", "Packet Identifier", "12", "2.2.1"),
        ("PUBLISH 5 alias only", "Topic Name", "(empty)", "3.3.2.1"),
        ("PUBLISH 5 alias only", "Topic Alias", "7", "3.3.2.3.4"),
        ("PUBLISH 5 all", "Correlation Data", r"1 byte: \xff", "3.3.2.3.6"),
        ("PUBLISH 5 all", "User Property", "a: b", "3.3.2.3.7"),
        ("PUBLISH 5 all", "Message Expiry Interval", "60 s", "3.3.2.3.3"),
        ("PUBACK 5 short", "Reason Code", "0x00 Success (not sent, the default)", "3.4.2.1"),
        ("PUBACK 5 reason", "Reason Code", "0x10 No matching subscribers", "3.4.2.1"),
        ("PUBACK 5 properties", "Reason String", "no!", "3.4.2.2.2"),
        ("PUBREL 5", "Reason Code", "0x92 Packet Identifier not found", "3.6.2.1"),
        ("SUBSCRIBE 3.1.1", "Payload", "2 Subscriptions", "3.8.3"),
        ("SUBSCRIBE 5", "Subscription Identifier", "7", "3.8.2.1.2"),
        ("SUBACK 3.1.1", "Payload", "2 Return Codes", "3.9.3"),
        ("UNSUBSCRIBE 5", "Topic Filter", "a/#", "3.10.3"),
        ("UNSUBACK 5", "Payload", "1 Reason Code", "3.11.3"),
        ("DISCONNECT 5 short", "Reason Code", "0x00 Normal disconnection (not sent, the default)", "3.14.2.1"),
        ("DISCONNECT 5", "Reason Code", "0x8E Session taken over", "3.14.2.1"),
        ("DISCONNECT 5 properties", "Server Reference", "other:1", "3.14.2.2.5"),
        ("AUTH", "Reason Code", "0x18 Continue authentication", "3.15.2.1"),
        ("AUTH", "Authentication Method", "SCRAM", "3.15.2.2.2"),
    ],
)  # fmt: skip
def test_that_a_field_reads_as_the_standard_says(
    name: str, field: str, value: str, section: str
) -> None:
    found = find(said(name), field)
    assert (found.value, found.section) == (value, section)


@pytest.mark.parametrize("name", PACKETS)
def test_that_the_tree_is_named_after_the_packet(name: str) -> None:
    root = said(name)
    assert root.name == name.split(maxsplit=1)[0]
    groups = [child.name for child in root.children]
    order = ["Fixed header", "Variable header", "Payload"]
    assert groups == [group for group in order if group in groups]


def test_that_subscription_options_are_shown_bit_by_bit() -> None:
    first = next(field for field in tree(said("SUBSCRIBE 5")) if field.name == "Subscription")
    assert first.value == "a/# QoS 1"
    assert [(bit.name, bit.value) for bit in first.children[-1].children] == [
        ("Reserved", "00.. .... 0"),
        ("Retain Handling", "..10 .... Send no retained messages (2)"),
        ("Retain As Published", ".... 1... Set"),
        ("No Local", ".... .1.. Set"),
        ("QoS", ".... ..01 At least once delivery (1)"),
    ]


def test_that_defaults_of_the_capability_exchange_are_shown_without_bytes() -> None:
    absent = [
        f for f in tree(said("CONNACK 5 refused")) if f.value.endswith("(not sent, the default)")
    ]
    assert {field.name for field in absent} >= {
        "Receive Maximum",
        "Maximum QoS",
        "Retain Available",
    }
    assert all(field.start == field.end and not field.key for field in absent)


def test_that_a_connect_is_read_in_the_version_it_names() -> None:
    data, _ = PACKETS["CONNECT 5"]
    assert dissect(data, 4) == dissect(data, 5)


def test_that_spans_point_at_the_bytes() -> None:
    data, version = PACKETS["PUBLISH 5"]
    root = dissect(data, version)
    assert data[slice(*_span(root, "Text"))] == b"a/b"
    assert data[slice(*_span(root, "Payload"))] == b"{}"
    assert data[slice(*_span(root, "Topic Alias"))] == b"\x23\x00\x07"


def test_that_nothing_shown_can_reorder_or_break_a_line() -> None:
    topic = "a\n\u202e\u200b\x1b[31m".encode() + b"\xff"
    root = dissect(packet(0x30, len(topic).to_bytes(2, "big") + topic), 4)
    assert find(root, "Topic Name").value == r"a\x0a\u202e\u200b\x1b[31m\xff"


def test_that_a_long_payload_is_previewed_without_cutting_a_character() -> None:
    payload = "x" * 199 + "ü" * 100
    root = dissect(packet(0x30, b"\0\1a" + payload.encode()), 4)
    assert find(root, "Payload").value == "399 bytes: " + "x" * 199 + "…"


def _span(root: object, name: str) -> tuple[int, int]:
    field = find(root, name)  # type: ignore[arg-type]
    return field.start, field.end
