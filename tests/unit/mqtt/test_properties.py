"""Properties: table 2-4, reading, writing, what makes no sense."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from topicscope.mqtt.control_packets import ControlPacketType
from topicscope.mqtt.framing import MalformedPacket
from topicscope.mqtt.properties import (
    ALLOWED,
    ALLOWED_IN_WILL,
    BY_KEY,
    PROPERTIES,
    PropertyType,
    may_repeat,
    properties_problem,
    properties_to_json,
    read_properties,
    write_properties,
)

if TYPE_CHECKING:
    from topicscope.mqtt.properties import PropertyList

# Table 2-4 of MQTT 5.0, in its own order: identifier, name, type, packets (W: Will Properties).
TABLE_2_4 = [
    (0x01, "Payload Format Indicator", "Byte", "PUBLISH W"),
    (0x02, "Message Expiry Interval", "Four Byte Integer", "PUBLISH W"),
    (0x03, "Content Type", "UTF-8 Encoded String", "PUBLISH W"),
    (0x08, "Response Topic", "UTF-8 Encoded String", "PUBLISH W"),
    (0x09, "Correlation Data", "Binary Data", "PUBLISH W"),
    (0x0B, "Subscription Identifier", "Variable Byte Integer", "PUBLISH SUBSCRIBE"),
    (0x11, "Session Expiry Interval", "Four Byte Integer", "CONNECT CONNACK DISCONNECT"),
    (0x12, "Assigned Client Identifier", "UTF-8 Encoded String", "CONNACK"),
    (0x13, "Server Keep Alive", "Two Byte Integer", "CONNACK"),
    (0x15, "Authentication Method", "UTF-8 Encoded String", "CONNECT CONNACK AUTH"),
    (0x16, "Authentication Data", "Binary Data", "CONNECT CONNACK AUTH"),
    (0x17, "Request Problem Information", "Byte", "CONNECT"),
    (0x18, "Will Delay Interval", "Four Byte Integer", "W"),
    (0x19, "Request Response Information", "Byte", "CONNECT"),
    (0x1A, "Response Information", "UTF-8 Encoded String", "CONNACK"),
    (0x1C, "Server Reference", "UTF-8 Encoded String", "CONNACK DISCONNECT"),
    (
        0x1F,
        "Reason String",
        "UTF-8 Encoded String",
        "CONNACK PUBACK PUBREC PUBREL PUBCOMP SUBACK UNSUBACK DISCONNECT AUTH",
    ),
    (0x21, "Receive Maximum", "Two Byte Integer", "CONNECT CONNACK"),
    (0x22, "Topic Alias Maximum", "Two Byte Integer", "CONNECT CONNACK"),
    (0x23, "Topic Alias", "Two Byte Integer", "PUBLISH"),
    (0x24, "Maximum QoS", "Byte", "CONNACK"),
    (0x25, "Retain Available", "Byte", "CONNACK"),
    (
        0x26,
        "User Property",
        "UTF-8 String Pair",
        (
            "CONNECT CONNACK PUBLISH PUBACK PUBREC PUBREL PUBCOMP "
            "SUBSCRIBE SUBACK UNSUBSCRIBE UNSUBACK DISCONNECT AUTH W"
        ),
    ),
    (0x27, "Maximum Packet Size", "Four Byte Integer", "CONNECT CONNACK"),
    (0x28, "Wildcard Subscription Available", "Byte", "CONNACK"),
    (0x29, "Subscription Identifiers Available", "Byte", "CONNACK"),
    (0x2A, "Shared Subscription Available", "Byte", "CONNACK"),
]

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
VALUES = {
    PropertyType.BYTE: st.integers(0, 0xFF),
    PropertyType.TWO_BYTE: st.integers(0, 0xFFFF),
    PropertyType.FOUR_BYTE: st.integers(0, 0xFFFF_FFFF),
    PropertyType.VARIABLE: st.integers(0, 268_435_455),
    PropertyType.UTF8: TEXT,
    PropertyType.BINARY: st.binary(max_size=20),
    PropertyType.PAIR: st.tuples(TEXT, TEXT),
}
ITEM = st.sampled_from(sorted(PROPERTIES)).flatmap(
    lambda identifier: st.tuples(st.just(identifier), VALUES[PROPERTIES[identifier].type])
)


@pytest.mark.parametrize(("identifier", "name", "kind", "packets"), TABLE_2_4)
def test_that_each_line_of_table_2_4_is_there(
    identifier: int, name: str, kind: str, packets: str
) -> None:
    spec = PROPERTIES[identifier]
    assert (spec.identifier, spec.name, spec.type.value) == (identifier, name, kind)
    carriers = {packet.name for packet, allowed in ALLOWED.items() if identifier in allowed}
    carriers |= {"W"} if identifier in ALLOWED_IN_WILL else set()
    assert carriers == set(packets.split())


def test_that_there_is_no_property_besides_table_2_4() -> None:
    assert list(PROPERTIES) == [line[0] for line in TABLE_2_4]


def test_that_keys_are_the_names_in_snake_case() -> None:
    assert BY_KEY["session_expiry_interval"].identifier == 0x11
    assert all(key.isidentifier() and key.islower() for key in BY_KEY)
    assert len(BY_KEY) == len(PROPERTIES)


@pytest.mark.parametrize("sections", [*ALLOWED.values(), ALLOWED_IN_WILL])
def test_that_no_two_properties_of_a_packet_stand_in_the_same_section(
    sections: dict[int, str],
) -> None:
    assert len(set(sections.values())) == len(sections)


@pytest.mark.parametrize(
    ("wire", "items"),
    [
        ("00", []),
        ("05 11 00 00 00 3c", [(0x11, 60)]),
        ("03 21 00 14", [(0x21, 20)]),
        ("02 01 01", [(1, 1)]),
        ("03 0b 80 01", [(11, 128)]),
        ("06 08 00 03 61 2f 62", [(8, "a/b")]),
        ("05 09 00 02 00 ff", [(9, b"\x00\xff")]),
        ("07 26 00 01 61 00 01 62", [(38, ("a", "b"))]),
        ("05 03 00 02 c3 bc", [(3, "ü")]),
        ("06 03 00 03 ef bb bf", [(3, "\ufeff")]),
    ],
)
def test_that_the_wire_and_the_list_say_the_same(wire: str, items: PropertyList) -> None:
    data = bytes.fromhex(wire)
    assert read_properties(data, 0) == (items, len(data))
    assert write_properties(items) == data


@pytest.mark.parametrize(
    ("wire", "words", "offset"),
    [
        ("", "cut short", 0),
        ("80", "cut short", 0),
        ("05 11 00", "beyond the end", 0),
        ("ff ff ff 7f", "beyond the end", 0),
        ("ff ff ff ff 01", "longer than four", 0),
        ("01 7a", "unknown property 0x7A", 1),
        ("02 11 00", "cut short", 1),
        ("02 11 00 00 00 3c", "reaches beyond", 1),
        ("04 03 00 01 ff", "not UTF-8", 4),
        ("05 03 00 02 61 00", "U+0000", 5),
        ("06 03 00 03 ed a0 80", "not UTF-8", 4),
    ],
)
def test_that_bytes_that_cannot_be_read_are_malformed(wire: str, words: str, offset: int) -> None:
    with pytest.raises(MalformedPacket, match=words.replace("+", r"\+")) as caught:
        read_properties(bytes.fromhex(wire), 0)
    assert caught.value.offset == offset


@settings(deadline=None)
@given(st.lists(ITEM, max_size=8), st.binary(max_size=5), st.binary(max_size=5))
def test_that_what_is_written_is_read_back_wherever_it_stands(
    items: PropertyList, before: bytes, behind: bytes
) -> None:
    wire = write_properties(items)
    buffer = before + wire + behind
    assert read_properties(buffer, len(before)) == (items, len(before) + len(wire))
    assert read_properties(memoryview(buffer), len(before))[0] == items


@settings(deadline=None, max_examples=400)
@given(st.binary(max_size=60))
@example(b"\xff\xff\xff\x7f\x26")
@example(b"\x04\x26\xff\xff\x00")
def test_that_arbitrary_bytes_are_read_or_malformed(data: bytes) -> None:
    try:
        items, position = read_properties(data, 0)
    except MalformedPacket as error:
        offset = error.offset
    else:
        offset = position
        assert len(write_properties(items)) <= position
    assert 0 <= offset <= len(data)


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ((0x7A, 1), "no property"),
        ((1, 256), "Payload Format Indicator"),
        ((1, -1), "Payload Format Indicator"),
        ((33, 65_536), "Receive Maximum"),
        ((11, 268_435_456), "Subscription Identifier"),
        ((3, b"bytes"), "Content Type"),
        ((9, "text"), "Correlation Data"),
        ((38, "text"), "User Property"),
        ((3, "x" * 65_536), "Content Type"),
        ((3, "\ud800"), "Content Type"),
        ((3, "a\0b"), "Content Type"),
        ((9, b"x" * 65_536), "Correlation Data"),
    ],
)
def test_that_a_value_that_does_not_fit_is_refused_by_name(
    item: tuple[int, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        write_properties([item])


@pytest.mark.parametrize(
    ("kind", "items", "words"),
    [
        ("PUBLISH", [(38, ("a", "b")), (38, ("a", "b")), (11, 1), (11, 2)], None),
        ("SUBSCRIBE", [(11, 1), (11, 2)], "Subscription Identifier stands more than once"),
        ("CONNECT", [(17, 1), (17, 1)], "Session Expiry Interval stands more than once"),
        ("CONNECT", [(33, 0)], "Receive Maximum: 0 is not allowed"),
        ("CONNECT", [(39, 0)], "Maximum Packet Size: 0 is not allowed"),
        ("PUBLISH", [(35, 0)], "Topic Alias: 0 is not allowed"),
        ("SUBSCRIBE", [(11, 0)], "Subscription Identifier: 0 is not allowed"),
        ("CONNACK", [(36, 2)], "Maximum QoS: only 0 and 1"),
        ("CONNACK", [(36, 1), (34, 0), (17, 0)], None),
        ("PUBLISH", [(17, 1)], "Session Expiry Interval is not allowed in PUBLISH"),
        ("PINGREQ", [(38, ("a", "b"))], "not allowed in PINGREQ"),
        ("PUBLISH", [(0x7A, 1)], "property 0x7A is not allowed"),
    ],
)
def test_that_senseless_lists_are_explained(
    kind: str, items: PropertyList, words: str | None
) -> None:
    problem = properties_problem(ControlPacketType[kind], items)
    assert problem is None if words is None else words in problem


def test_that_the_will_has_properties_of_its_own() -> None:
    assert properties_problem(ControlPacketType.CONNECT, [(24, 5)], will=True) is None
    assert "not allowed in CONNECT" in properties_problem(ControlPacketType.CONNECT, [(24, 5)])
    assert "Will Properties" in properties_problem(ControlPacketType.CONNECT, [(17, 5)], will=True)


def test_that_only_two_properties_may_repeat() -> None:
    repeating = [i for i in PROPERTIES if may_repeat(i, ControlPacketType.PUBLISH)]
    assert repeating == [11, 38]
    assert not may_repeat(11, ControlPacketType.SUBSCRIBE)


def test_that_json_keeps_the_order_of_user_properties_and_encodes_bytes() -> None:
    items = [(38, ("b", "1")), (9, b"\xff"), (38, ("a", "2")), (11, 7), (1, 1)]
    assert properties_to_json(items) == {
        "user_property": [["b", "1"], ["a", "2"]],
        "correlation_data": "/w==",
        "subscription_identifier": [7],
        "payload_format_indicator": 1,
    }


def test_that_json_loses_no_property_that_wrongly_stands_twice() -> None:
    assert properties_to_json([(17, 1), (17, 2), (17, 3)]) == {"session_expiry_interval": [1, 2, 3]}


@settings(deadline=None)
@given(st.lists(ITEM, max_size=8))
def test_that_every_list_of_properties_can_become_json(items: PropertyList) -> None:
    json.dumps(properties_to_json(items))
