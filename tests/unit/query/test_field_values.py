"""Numbers of one field of one topic, as a chart needs them."""

from __future__ import annotations

import math
from typing import Any

import cbor2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.query.captures import SECOND, START_NS, Capture
from topicscope.mqtt.control_packets import Direction
from topicscope.query import snapshot
from topicscope.query.field_values import FieldValues, field_values, number_of

OUT = Direction.OUT


def read(capture: Capture, topic: bytes = b"t", *path: str | int, **more: Any) -> FieldValues:
    names = capture.log.topics.names
    options = {"direction": Direction.IN, "most": 1000} | more
    return field_values(snapshot(capture.log), names.index(topic), path=path, **options)


def test_that_only_messages_of_the_topic_that_went_the_same_way_are_read() -> None:
    capture = Capture()
    for number in range(3):
        capture.message("t", b'{"v": %d}' % number)
        capture.message("other", b'{"v": 9}')
        capture.message("t", b'{"v": 7}', direction=OUT)
    found = read(capture, b"t", "v")
    assert found.values.tolist() == [0, 1, 2]
    seconds = (START_NS + np.array([1, 4, 7]) * SECOND) / 1e9
    assert found.times.tolist() == pytest.approx(seconds.tolist())
    assert read(capture, b"t", "v", direction=OUT).values.tolist() == [7, 7, 7]


def test_that_json_and_cbor_lists_and_bare_numbers_are_read() -> None:
    capture = Capture()
    capture.message("t", b'{"a": [{"x": 1.5}]}')
    capture.message("t", cbor2.dumps({"a": [{"x": 2}]}))
    capture.message("t", b'{"a": [{"x": "3.5 degC"}]}')
    capture.message("t", b'{"a": [{"x": true}]}')
    assert read(capture, b"t", "a", 0, "x").values.tolist() == [1.5, 2, 3.5, 1]
    for payload in (b"21.5", b"-3", b"12 %", b"false"):
        capture.message("bare", payload)
    assert read(capture, b"bare").values.tolist() == [21.5, -3, 12, 0]


def test_that_what_has_no_number_there_is_counted_and_left_out() -> None:
    capture = Capture()
    for payload in (b'{"v": 1}', b'{"v": null}', b'{"w": 1}', b"", b"{", b'{"v": "on"}', b"\xff"):
        capture.message("t", payload)
    found = read(capture, b"t", "v")
    assert found.values.tolist() == [1]
    assert found.without == 6


def test_that_the_newest_messages_are_read_and_older_ones_are_said_to_be_there() -> None:
    capture = Capture()
    for number in range(10):
        capture.message("t", b"%d" % number)
    some = read(capture, b"t", most=4)
    assert (some.values.tolist(), some.more) == ([6, 7, 8, 9], True)
    assert not read(capture, b"t", most=10).more
    begin = capture.log.end_row - 2
    assert read(capture, b"t", begin_row=begin).values.tolist() == [8, 9]


@given(st.binary(max_size=64) | st.text(max_size=64).map(str.encode), st.booleans())
def test_that_no_payload_upsets_it(payload: bytes, bare: bool) -> None:
    capture = Capture()
    capture.message("t", payload)
    found = read(capture, b"t") if bare else read(capture, b"t", "v", 0)
    assert len(found.times) == len(found.values)
    assert len(found.values) + found.without == 1
    assert np.isfinite(found.values).all()


@given(st.integers() | st.floats() | st.text(max_size=40) | st.booleans() | st.none())
def test_that_every_value_is_a_finite_number_or_none(value: object) -> None:
    number = number_of(value)
    assert number is None or math.isfinite(number)
    if isinstance(value, bool):
        assert number == value
