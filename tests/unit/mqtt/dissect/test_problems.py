"""What the standard forbids in one packet is said where it stands."""

from __future__ import annotations

import pytest

from tests.unit.mqtt.dissect.corpus import packet
from topicscope.mqtt.control_packets import Direction
from topicscope.mqtt.dissect import dissect, find_problems

V5_CONNECT = "0004 4d515454 05"
V4_CONNECT = "0004 4d515454 04"
IN, OUT = Direction.IN, Direction.OUT

CASES: list[tuple[int, int, str, str, str]] = [
    # version, first byte, body, field, words
    # Fixed header
    (4, 0x00, "", "MQTT Control Packet type", "Type 0 is forbidden"),
    (4, 0xF0, "", "MQTT Control Packet type", "does not exist in MQTT 3.1.1"),
    (4, 0x41, "000c", "Flags", "PUBACK must have .... 0000"),
    (4, 0x60, "000c", "Flags", "PUBREL must have .... 0010"),
    (5, 0x80, "0001 00 0001 61 00", "Flags", "SUBSCRIBE must have .... 0010"),
    (4, 0x36, "0001 61 0001", "QoS", "QoS 3 does not exist"),
    (4, 0x38, "0001 61", "DUP", "DUP must be 0 with QoS 0"),
    (4, 0xC0, "00", "Extra bytes", "PINGREQ has nothing here"),
    (4, 0x40, "000c 00", "Extra bytes", "PUBACK has nothing here"),
    (4, 0xB0, "0006 00", "Extra bytes", "UNSUBACK has nothing here"),
    # CONNECT
    (4, 0x10, f"{V4_CONNECT} 03 003c 0001 61", "Reserved", "Must be 0"),
    (4, 0x10, f"{V4_CONNECT} 0a 003c 0001 61", "Will QoS", "Must be 0 without a Will Flag"),
    (4, 0x10, f"{V4_CONNECT} 22 003c 0001 61", "Will Retain", "Must be 0 without a Will Flag"),
    (4, 0x10, f"{V4_CONNECT} 1e 003c 0001 61 0001 61 0000", "Will QoS", "QoS 3 does not exist"),
    (4, 0x10, f"{V4_CONNECT} 42 003c 0001 61 0001 61", "Password Flag", "without a User Name"),
    (4, 0x10, f"{V4_CONNECT} 00 003c 0000", "Client Identifier", "needs Clean Session 1"),
    (4, 0x10, f"{V4_CONNECT} 06 003c 0001 61 0001 2b 0000", "Will Topic", "wildcard +"),
    (4, 0x10, "0004 4d515458 04 02 003c 0001 61", "Protocol Name", "announced as MQTT"),
    (4, 0x10, "0006 4d5149736470 04 02 003c 0001 61", "Protocol Name", "announced as MQTT"),
    (
        5,
        0x10,
        "0004 4d515454 09 02 003c 00 0001 61",
        "Protocol Version",
        "unknown Protocol Version",
    ),
    (3, 0x10, "0006 4d5149736470 03 02 003c 0000", "Client Identifier", "1 to 23 characters"),
    (5, 0x10, f"{V5_CONNECT} 02 003c 03 210000 0001 61", "Receive Maximum", "0 is not allowed"),
    (5, 0x10, f"{V5_CONNECT} 02 003c 05 2700000000 0001 61", "Maximum Packet Size", "0 is not"),
    (
        5,
        0x10,
        f"{V5_CONNECT} 02 003c 02 1702 0001 61",
        "Request Problem Information",
        "only 0 and 1",
    ),
    (
        5,
        0x10,
        f"{V5_CONNECT} 02 003c 04 160001ff 0001 61",
        "Properties",
        "without Authentication Method",
    ),
    (
        5,
        0x10,
        f"{V5_CONNECT} 06 003c 00 0001 61 02 0101 0001 61 0001 ff",
        "Will Payload",
        "says UTF-8, byte 0",
    ),
    (
        5,
        0x10,
        f"{V5_CONNECT} 06 003c 00 0001 61 02 2300 07 0001 61 0000",
        "Value",
        "Cut short",
    ),
    # CONNACK
    (4, 0x20, "02 00", "Reserved", "Reserved bits must be 0"),
    (4, 0x20, "01 05", "Variable header", "Session Present must be 0"),
    (4, 0x20, "00 06", "Return Code", "0x06 is no code of CONNACK"),
    (5, 0x20, "00 01", "Reason Code", "unacceptable protocol version"),
    (5, 0x20, "00 00", "Variable header", "speaks MQTT 3.1.1 only"),
    (5, 0x20, "00 7a 00", "Reason Code", "0x7A is no code of CONNACK in MQTT 5"),
    (5, 0x20, "00 00 02 2402", "Maximum QoS", "only 0 and 1"),
    (5, 0x20, "00 00 03 230001", "Topic Alias", "Not allowed in CONNACK"),
    (5, 0x20, "00 00 06 22000a 22000a", "Topic Alias Maximum", "more than once"),
    (5, 0x20, "00 00 02 7a00", "unknown 0x7A", "is not a property"),
    (5, 0x20, "00 00 05 1f0001ff", "Properties", "Property Length says 5 bytes, 4 are there"),
    (5, 0x20, "00 00 04 1f0001ff", "Reason String", "Not UTF-8: byte 0"),
    # PUBLISH
    (4, 0x30, "0000", "Variable header", "Topic Name is empty"),
    (5, 0x30, "0000 00", "Variable header", "no Topic Alias"),
    (4, 0x30, "0003 612f2b", "Topic Name", "wildcard +"),
    (4, 0x30, "0002 61ff", "Topic Name", "must be UTF-8, byte 1"),
    (4, 0x30, "0002 6100", "Topic Name", "U+0000"),
    (4, 0x30, "0002 6107", "Topic Name", "control character"),
    (4, 0x30, "0009 61", "Topic Name", "Length says 9 bytes, 1 are there"),
    (4, 0x32, "0001 61 0000 41", "Packet Identifier", "must not be 0"),
    (4, 0x32, "0001 61 00", "Packet Identifier", "Cut short: 1 of 2 bytes"),
    (5, 0x30, "0001 61 03 230000", "Topic Alias", "0 is not allowed"),
    (5, 0x30, "0001 61 05 080002612b", "Response Topic", "wildcard +"),
    (5, 0x30, "0001 61 02 0101 61ff", "Payload", "says UTF-8, byte 1 is not"),
    (5, 0x30, "0001 61 02 0102", "Payload Format Indicator", "only 0 and 1"),
    (5, 0x30, "0001 61 02 0b00", "Subscription Identifier", "0 is not allowed"),
    (5, 0x30, "0001 61 8000 41", "Property Length", "Written in 2 bytes, 1 must be used"),
    (5, 0x30, "0001 61 ffffffff01", "Property Length", "longer than four bytes"),
    (5, 0x30, "0001 61 06 260001ff0000", "Name", "Not UTF-8: byte 0"),
    # Acknowledgements
    (5, 0x40, "0000", "Packet Identifier", "must not be 0"),
    (5, 0x40, "000c 7a", "Reason Code", "0x7A is no code of PUBACK"),
    (5, 0x40, "000c 00 05 1100000000", "Session Expiry Interval", "Not allowed in PUBACK"),
    (5, 0x62, "000c 10", "Reason Code", "0x10 is no code of PUBREL"),
    # SUBSCRIBE and its kin
    (5, 0x82, "0001 00", "Subscription", "is missing"),
    (4, 0xA2, "0001", "Topic Filter", "is missing"),
    (5, 0x90, "0001 00", "Reason Code", "is missing"),
    (4, 0x82, "0001 0001 61 03", "QoS", "QoS 3 does not exist"),
    (4, 0x82, "0001 0001 61 04", "Reserved", "Must be 0"),
    (5, 0x82, "0001 00 0001 61 40", "Reserved", "Must be 0"),
    (5, 0x82, "0001 00 0001 61 30", "Retain Handling", "3 does not exist"),
    (5, 0x82, "0001 00 000a 2473686172652f672f61 04", "No Local", "Shared Subscription must not"),
    (5, 0x82, "0001 00 0002 6123 00", "Topic Filter", "alone in its level"),
    (5, 0x82, "0001 00 0009 2473686172652f2f61 00", "Topic Filter", "needs a Share Name"),
    (5, 0x82, "0001 04 0b070b07 0001 61 00", "Subscription Identifier", "more than once"),
    (5, 0x82, "0001 00 0001 61", "Subscription Options", "is missing"),
    (4, 0x90, "0001 03", "Return Code", "0x03 is no code of SUBACK"),
    # DISCONNECT and AUTH
    (4, 0xE0, "00", "Extra bytes", "DISCONNECT has nothing here"),
    (5, 0xE0, "10", "Reason Code", "0x10 is no code of DISCONNECT"),
    (5, 0xF0, "18 04 160001ff", "Properties", "without Authentication Method"),
]


@pytest.mark.parametrize(("version", "first", "body", "name", "words"), CASES)
def test_that_what_is_forbidden_is_said_where_it_stands(
    version: int, first: int, body: str, name: str, words: str
) -> None:
    problems = find_problems(dissect(packet(first, body), version))
    assert any(field.name == name and words in field.problem for field in problems), problems


@pytest.mark.parametrize(
    ("version", "direction", "first", "body", "words"),
    [
        (4, IN, 0xC0, "", "A Server must not send PINGREQ"),
        (4, OUT, 0xD0, "", "A client must not send PINGRESP"),
        (4, IN, 0xE0, "", "A Server must not send DISCONNECT"),
        (5, IN, 0xE0, "", None),
        (4, OUT, 0x20, "0000", "A client must not send CONNACK"),
        (5, OUT, 0x30, "0001 61 02 0b01", "A client must not send a Subscription Identifier"),
        (5, IN, 0x30, "0001 61 02 0b01", None),
        (5, IN, 0xE0, "00 05 1100000000", "A Server must not send a Session Expiry Interval"),
        (5, OUT, 0xE0, "00 05 1100000000", None),
    ],
)
def test_that_each_end_sends_only_what_it_may(
    version: int, direction: Direction, first: int, body: str, words: str | None
) -> None:
    problems = [f.problem for f in find_problems(dissect(packet(first, body), version, direction))]
    if words is None:
        assert problems == []
    else:
        assert any(words in problem for problem in problems)


def test_that_the_unused_flags_of_mqtt_3_1_are_no_problem() -> None:
    resent = packet(0x8A, "0001 0001 61 00")
    assert find_problems(dissect(resent, 3)) == []
    assert find_problems(dissect(resent, 4)) != []


def test_that_a_remaining_length_beyond_the_bytes_is_cut_short() -> None:
    (problem,) = find_problems(dissect(bytes.fromhex("30 0a 0001 61 4142"), 4))
    assert (problem.name, problem.problem) == (
        "Remaining Length",
        "Cut short: 5 of 10 bytes are there",
    )


def test_that_bytes_behind_the_packet_are_no_part_of_it() -> None:
    root = dissect(bytes.fromhex("c000 d000"), 4)
    assert root.name == "PINGREQ"
    assert (root.children[-1].name, root.children[-1].start) == ("Bytes behind the packet", 2)


def test_that_what_follows_broken_properties_is_still_read() -> None:
    root = dissect(packet(0x30, "0001 61 03 7a0102 6869"), 5)
    assert root.children[-1].value == "2 bytes: hi"
    assert [field.name for field in find_problems(root)] == ["unknown 0x7A"]


def test_that_several_problems_of_one_field_are_all_said() -> None:
    root = dissect(packet(0x20, "01 87"), 5)
    (header,) = [field for field in find_problems(root) if field.name == "Variable header"]
    assert "Session Present" in header.problem
    assert "No properties" in header.problem
