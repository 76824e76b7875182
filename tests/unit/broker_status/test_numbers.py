"""Numbers and spans of time as brokers write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topicscope.broker_status.numbers import read_duration, read_number, read_text
from topicscope.payload.text import escape


@pytest.mark.parametrize(
    ("payload", "value"),
    [
        ("123", 123),
        (" 123 ", 123),
        ("-4", -4),
        ("123 seconds", 123),
        ("29.602", 29.602),
        ("29.5 MB", 29.5),
        ("1,234", 1234),
        ("1,234,567", 1_234_567),
        ("1.234.567", 1_234_567),
        ("1 234 567", 1_234_567),
        ("1\u202f234,5", 1234.5),
        ("1,234.5", 1234.5),
        ("1.234,5", 1234.5),
        ("12,5", 12.5),
        ("1'234", 1234),
        ("12%", 12),
        ("1.5e3", 1500.0),
        ("123456789012345678", 123_456_789_012_345_678),
        ("2.0.11", None),
        ("2026-11-21T11:35:23Z", None),
        ("1 2", None),
        ("mosquitto version 2", None),
        ("", None),
        ("nan", None),
        ("9" * 65, None),
    ],
)
def test_that_numbers_are_read_as_they_are_meant(payload: str, value: float | None) -> None:
    found = read_number(payload.encode())
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("payload", "seconds"),
    [
        ("123 seconds", 123),
        ("123", 123),
        ("1 days, 2 hours, 3 minutes, 4 seconds", 93_784),
        ("2 hours", 7_200),
        ("1:02:03", 3_723),
        ("3 days, 01:02:03", 262_923),
        ("1h 5m", 3_900),
        ("250 ms", 0.25),
        ("soon", None),
        ("2026-11-21 11:35:28+00:00", None),
    ],
)
def test_that_spans_of_time_are_read(payload: str, seconds: float | None) -> None:
    assert read_duration(payload.encode()) == seconds


@given(st.binary(max_size=100) | st.text(max_size=70).map(lambda t: t.encode(errors="replace")))
def test_that_no_bytes_raise(payload: bytes) -> None:
    read_number(payload)
    read_duration(payload)
    text = read_text(payload)
    assert escape(text) == text
