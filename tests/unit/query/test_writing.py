"""Filters written by clicks, and values that come back as they were."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.query.captures import Capture, payloads
from topicscope.mqtt.control_packets import ControlPacketType, Direction
from topicscope.query import FilterError, combine, for_value, json_field, parse, user_property_field
from topicscope.query.literals import LITERALS, read_text, write_duration, write_text, write_time


@pytest.mark.parametrize(
    ("field", "value", "operator", "text"),
    [
        ("topic", b"a/b", "==", 'topic == "a/b"'),
        ("topic", b'a"\xff\\', "==", r'topic == "a\"\xff\\"'),
        ("topic", "plant/#", "~", 'topic ~ "plant/#"'),
        ("payload", b"\x00\x01", "!=", r'payload != "\x00\x01"'),
        ("payload", 'say "x"', "matches", r'payload matches "say \"x\""'),
        ("qos", 1, "==", "qos == 1"),
        ("retain", True, "==", "retain"),
        ("retain", False, "==", "retain == false"),
        ("retain", True, "!=", "retain != true"),
        ("direction", Direction.OUT, "==", "direction == out"),
        ("type", ControlPacketType.CONNACK, "==", "type == CONNACK"),
        ("time", 1_795_255_200_000_000_001, ">=", "time >= 2026-11-21T10:00:00.000000001Z"),
        ("gap", 1_500_000_000, ">", "gap > 1500ms"),
        ("json.a", None, "==", "json.a == null"),
        ("json.a", True, "==", "json.a == true"),
        ("json.a", 1.5, "<", "json.a < 1.5"),
        ("json.a", ["x", 2], "in", 'json.a in {"x", 2}'),
        ('prop.user["k"]', "v", "==", 'prop.user["k"] == "v"'),
    ],
)
def test_that_a_click_writes_the_filter(field: str, value: Any, operator: str, text: str) -> None:
    assert for_value(field, value, operator) == text
    parse(text)


def test_that_a_field_that_there_is_not_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="no field nothing"):
        for_value("nothing", 1)


@given(st.binary(max_size=30))
def test_that_any_bytes_come_back_from_their_text(data: bytes) -> None:
    text = write_text(data)
    assert text.isprintable()
    assert read_text(text).encode(errors="surrogateescape") == data


@given(st.text())
def test_that_any_text_comes_back_from_its_quotes(text: str) -> None:
    assert read_text(write_text(text)) == text


@given(st.integers(0, 4_000_000_000_000_000_000), st.integers(0, 10**15))
def test_that_times_and_durations_come_back_to_the_nanosecond(time_ns: int, span: int) -> None:
    assert LITERALS["TIME"].read(write_time(time_ns), 0).at(0) == time_ns
    assert LITERALS["DURATION"].read(write_duration(span), 0) == span


@given(st.binary(max_size=20))
def test_that_a_click_on_a_payload_finds_that_payload(payload: bytes) -> None:
    capture = payloads(payload, payload + b"!")
    assert capture.seen(for_value("payload", payload)) == [1]


paths = st.lists(st.text(max_size=5) | st.integers(0, 3), min_size=1, max_size=4)


@given(paths)
def test_that_the_name_of_any_json_field_is_read_as_its_path(path: list[str | int]) -> None:
    node = parse(json_field(path))
    assert node is not None
    assert node.detail == tuple(path)  # type: ignore[union-attr]


@given(st.text(max_size=8))
def test_that_the_name_of_any_user_property_is_read_as_its_key(key: str) -> None:
    node = parse(for_value(user_property_field(key), "v"))
    assert node is not None
    assert node.detail == key  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "joint", "more", "whole"),
    [
        ("", "and", "qos == 1", "qos == 1"),
        ("", "and not", "qos == 1", "not qos == 1"),
        ("", "and not", "dup or retain", "not (dup or retain)"),
        ("retain", "and", "", "retain"),
        (" retain ", "and", "dup", "retain and dup"),
        ("retain or qos == 1", "and", "dup", "(retain or qos == 1) and dup"),
        ("retain", "and", "dup or qos == 1", "retain and (dup or qos == 1)"),
        ("retain", "and not", "dup and qos == 1", "retain and not (dup and qos == 1)"),
        ("retain and dup", "or", "qos == 1", "retain and dup or qos == 1"),
        ("retain or dup", "and not", "qos == 1", "(retain or dup) and not qos == 1"),
    ],
)
def test_that_filters_are_joined_with_the_parentheses_they_need(
    text: str, joint: Any, more: str, whole: str
) -> None:
    assert combine(text, joint, more) == whole
    parse(whole)


def test_that_joined_filters_mean_what_their_parts_mean() -> None:
    capture = Capture()
    for retain in (False, True):
        for qos in (0, 1):
            capture.message("t", qos=qos, retain=retain)
    assert capture.seen(combine("retain or qos == 1", "and not", "retain and qos == 1")) == [2, 3]


def test_that_a_broken_filter_is_not_joined() -> None:
    with pytest.raises(FilterError):
        combine("qos ==", "and", "retain")
