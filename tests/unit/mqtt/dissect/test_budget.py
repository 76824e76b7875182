"""Packets with a great many entries make few fields, and say what they leave out."""

from __future__ import annotations

import pytest

from tests.unit.mqtt.dissect.corpus import find, packet, tree
from topicscope.mqtt.dissect import Field, dissect, field_to_json, leaves
from topicscope.mqtt.properties import write_properties


def left_out(root: Field) -> Field:
    (field,) = [each for each in tree(root) if each.name.endswith("not shown")]
    return field


@pytest.mark.parametrize(
    ("first", "body", "value", "key"),
    [
        (0x90, b"\0\1\0" + b"\0" * 100_000, "99,000 more in 99,000 bytes", "reason_codes_left_out"),
        (
            0x82,
            b"\0\1\0" + b"\0\1a\0" * 100_000,
            "99,000 more in 396,000 bytes",
            "subscriptions_left_out",
        ),
        (
            0xA2,
            b"\0\1\0" + b"\0\1a" * 100_000,
            "99,000 more in 297,000 bytes",
            "topic_filters_left_out",
        ),
    ],
)
def test_that_long_lists_make_a_thousand_fields_and_one(
    first: int, body: bytes, value: str, key: str
) -> None:
    data = packet(first, body)
    root = dissect(data, 5)
    rest = left_out(root)
    assert rest.value == value
    assert rest.end == len(data)
    assert len(find(root, "Payload").children) == 1_001
    assert find(root, "Payload").value.startswith("100,000 ")
    assert field_to_json(root)[key] == 99_000


def test_that_ten_thousand_properties_make_a_thousand_fields_and_one() -> None:
    wire = write_properties([(38, ("a", "b"))] * 10_000)
    data = packet(0x30, b"\0\1a" + wire + b"payload")
    root = dissect(data, 5)
    assert left_out(root).value == "9,000 more in 63,000 bytes"
    assert find(root, "Properties").value == "10,000 properties"
    assert find(root, "Payload").value == "7 bytes: payload"
    assert len(field_to_json(root)["properties"]["user_property"]) == 1_000  # type: ignore[index,call-overload]


def test_that_what_is_too_much_to_count_is_told_in_bytes() -> None:
    data = packet(0x82, b"\0\1\0" + b"\0\1a\0" * 300_000)
    assert left_out(dissect(data, 5)).value == "1,196,000 bytes more"


def test_that_entries_that_cannot_be_counted_are_told_in_bytes() -> None:
    data = packet(0x82, b"\0\1\0" + b"\0\1a\0" * 1_000 + b"\xff\xff")
    assert left_out(dissect(data, 5)).value == "2 bytes more"


def test_that_a_large_payload_costs_no_copy() -> None:
    data = packet(0x30, b"\0\1a" + b"\2\1\1" + b"x" * 30_000_000)
    payload = find(dissect(data, 5), "Payload")
    assert payload.value.startswith("30,000,000 bytes: xxx")
    assert isinstance(payload.raw, memoryview)
    assert sum(1 for _ in leaves(dissect(data, 5))) < 30
