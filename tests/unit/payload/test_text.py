"""Text that is safe to show."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topicscope.payload import preview, safe_topic
from topicscope.payload.text import CUT, escape_lines, text_view, utf8_problem


@pytest.mark.parametrize(
    ("payload", "shown"),
    [
        (b"21.5", "21.5"),
        ("grün °C ✓".encode(), "grün °C ✓"),
        (b"a\nb\tc\0", "a\\nb\\tc\\x00"),
        (b"\x7f", "\\x7f"),
        (b"\xc2\x85", "\\u0085"),
        ("\u202etxt.exe".encode(), "\\u202etxt.exe"),
        ("a\u200bb\ufeff".encode(), "a\\u200bb\\ufeff"),
        ("\U000e0041".encode(), "\\U000e0041"),
        (b"ok\xff\xfe", "ok\\xff\\xfe"),
        (b"\xed\xa0\x80", "\\xed\\xa0\\x80"),
        (b"<img src=x>", "<img src=x>"),
        (b"", ""),
    ],
)
def test_that_a_preview_hides_nothing(payload: bytes, shown: str) -> None:
    assert preview(payload) == shown
    assert safe_topic(payload) == shown


def test_that_a_cut_preview_says_so() -> None:
    assert preview(b"x" * 300, 256) == "x" * 256 + CUT
    assert preview(b"x" * 256, 256) == "x" * 256


def test_that_a_character_cut_by_the_preview_is_left_out() -> None:
    payload = ("x" * 254 + "€€").encode()
    assert preview(payload, 256) == "x" * 254 + CUT


def test_that_a_character_cut_by_the_sender_is_shown_as_bytes() -> None:
    assert preview("€".encode()[:2]) == "\\xe2\\x82"
    assert text_view("€".encode()[:2]).problem == "not UTF-8: byte 0xe2 at offset 0"


def test_that_a_topic_name_is_never_cut() -> None:
    assert safe_topic(b"a" * 65_535) == "a" * 65_535


def test_that_the_text_view_keeps_lines_and_tabs() -> None:
    assert text_view(b"a\r\n\tb\0").text == "a\\r\n\tb\\x00"


def test_that_the_text_view_tells_what_it_left_out() -> None:
    view = text_view("ü".encode() * 10, 5)
    assert view.text == "üü"
    assert view.cut
    assert view.problem is None


def test_that_the_first_byte_that_is_not_utf8_is_named() -> None:
    assert utf8_problem(b"abc\xff") == "not UTF-8: byte 0xff at offset 3"
    assert utf8_problem(b"abc") is None


@given(st.binary(max_size=600), st.integers(1, 300))
def test_that_any_bytes_become_one_visible_line(payload: bytes, limit: int) -> None:
    shown = preview(payload, limit)
    assert not any(unicodedata.category(c) in {"Cc", "Zl", "Zp", "Cs"} for c in shown)
    assert not any(unicodedata.bidirectional(c) in _BIDI_CONTROLS for c in shown)
    shown.encode()


@given(st.text())
def test_that_escaping_lines_leaves_nothing_hidden_but_line_ends_and_tabs(text: str) -> None:
    shown = escape_lines(text)
    hidden = {"\n", "\t"}
    assert not any(unicodedata.category(c) in {"Cc", "Zl"} for c in shown if c not in hidden)


_BIDI_CONTROLS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
