"""Rows of sixteen bytes."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topicscope.payload.hex import (
    ascii_column,
    byte_column,
    hex_from_text,
    hex_row,
    hex_view,
    row_count,
)


def test_that_a_row_shows_offset_bytes_and_ascii() -> None:
    assert hex_view(b"Topicscope \x00\xff!~\x7f") == (
        "00000000  54 6f 70 69 63 73 63 6f  70 65 20 00 ff 21 7e 7f  Topicscope ..!~."
    )


def test_that_the_ascii_of_a_short_row_stands_below_that_of_a_full_one() -> None:
    full, short = hex_view(bytes(16) + b"ab").split("\n")
    assert full.index("....") == short.index("ab")


def test_that_a_window_begins_at_the_row_of_the_asked_byte() -> None:
    shown = hex_view(bytes(1000), start=100, rows=2).split("\n")
    assert [row[:8] for row in shown] == ["00000060", "00000070"]


def test_that_a_window_beyond_the_end_is_empty() -> None:
    assert hex_view(b"abc", start=16) == ""
    assert hex_view(b"") == ""


def test_that_offsets_can_be_told_from_the_start_of_the_packet() -> None:
    assert hex_row(b"abc", 0, 0x1000).startswith("00001000  61 62 63")


def test_that_a_window_of_ten_megabytes_costs_as_little_as_one_of_a_hundred_bytes() -> None:
    payload = bytes(10_000_000)
    started = time.perf_counter()
    hex_view(payload, start=9_000_000, rows=64)
    assert time.perf_counter() - started < 0.05


@given(st.binary(max_size=200))
def test_that_the_bytes_can_be_read_back(payload: bytes) -> None:
    rows = [hex_row(payload, row) for row in range(row_count(len(payload)))]
    assert b"".join(bytes.fromhex(row[10:59]) for row in rows) == payload


@pytest.mark.parametrize("width", [8, 16])
def test_that_each_byte_stands_in_the_column_that_is_said(width: int) -> None:
    row = hex_row(b"ABCDEFGHIJKLMNOP"[:width], 0, width=width)
    for place in range(width):
        assert row[byte_column(place) :][:2] == f"{0x41 + place:02x}"
        assert row[ascii_column(width) + place] == chr(0x41 + place)


def test_that_typed_hex_may_have_blanks_commas_colons_and_0x() -> None:
    assert hex_from_text("00 ff,0x12:AB\n cd") == b"\x00\xff\x12\xab\xcd"
    assert hex_from_text(" ") == b""


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("0g", "Not hex: 'g' at character 2"),
        ("12 345", "Not hex: '345' has an odd number of digits"),
        ("0x", "Not hex: 'x' at character 2"),
    ],
)
def test_that_what_is_not_hex_is_named(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        hex_from_text(text)


@given(st.binary(max_size=100))
def test_that_bytes_written_as_hex_are_read_back(data: bytes) -> None:
    assert hex_from_text(data.hex(" ")) == data
