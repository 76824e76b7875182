"""Numbers, times and tooltips as the window writes them."""

from __future__ import annotations

import time

import pytest
from PySide6.QtGui import QTextDocument

from topicscope.gui import text


def plain_text_of(tooltip: str) -> str:
    document = QTextDocument()
    document.setHtml(tooltip)
    return document.toPlainText()


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0, "0"),
        (0.14, "0.1"),
        (2, "2"),
        (180, "180"),
        (999, "999"),
        (999.6, "1.0 k"),
        (12_100, "12.1 k"),
        (120_400, "120 k"),
        (999_960, "1.0 M"),
        (1_200_000, "1.2 M"),
        (3_000_000_000, "3.0 G"),
    ],
)
def test_that_a_short_number_has_three_figures_at_most(number: float, shown: str) -> None:
    assert text.format_short(number) == shown


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (0, "0 B"),
        (38, "38 B"),
        (999, "999 B"),
        (1024, "1 kB"),
        (12_700, "12.4 kB"),
        (96 << 20, "96 MB"),
        (512 << 20, "512 MB"),
        (1 << 40, "1 TB"),
    ],
)
def test_that_a_size_is_told_in_steps_of_1024(size: int, shown: str) -> None:
    assert text.format_bytes(size) == shown


@pytest.mark.parametrize(
    ("rate", "shown"),
    [(0, "0 /s"), (0.01, "<0.1 /s"), (0.1, "0.1 /s"), (180, "180 /s"), (12_100, "12.1 k/s")],
)
def test_that_a_rate_names_its_unit(rate: float, shown: str) -> None:
    assert text.format_rate(rate) == shown


def test_that_a_count_is_written_in_full() -> None:
    assert text.format_count(1_204_311) == "1,204,311"


def test_that_a_time_of_day_has_milliseconds_cut_and_not_rounded_up_into_the_next_second() -> None:
    local = time.mktime((2026, 11, 21, 10, 41, 43, 0, 0, -1))
    moment = int(local) * 1_000_000_000 + 999_999_999
    assert text.format_time(moment) == "10:41:43.999"
    assert text.format_date_time(moment) == "2026-11-21 10:41:43.999"


@pytest.mark.parametrize(
    ("delta_ns", "shown"),
    [(73_000_000, "+0.073"), (-5_000_000, "-0.005"), (1_204_000_000_000, "+1,204 s")],
)
def test_that_a_delta_bears_its_sign(delta_ns: int, shown: str) -> None:
    assert text.format_delta(delta_ns) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(-1, "00:00:00"), (2467, "00:41:07"), (3 * 86_400 + 61, "3 d 00:01:01")]
)
def test_that_a_duration_reads_as_on_a_clock(seconds: float, shown: str) -> None:
    assert text.format_duration(seconds) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 ms"),
        (0.0061, "6.1 ms"),
        (0.25, "250 ms"),
        (2.4, "2.4 s"),
        (240, "4 min"),
        (12_600, "3.5 h"),
    ],
)
def test_that_a_span_is_told_in_the_unit_that_fits(seconds: float, shown: str) -> None:
    assert text.format_elapsed(seconds) == shown


@pytest.mark.parametrize(
    "hostile", ["<b>bold</b>", "<img src='file:///etc/passwd'>", "a < b && c > d", "&lt;"]
)
def test_that_a_tooltip_shows_markup_from_the_network_literally(qapp: object, hostile: str) -> None:
    assert plain_text_of(text.plain_tooltip(hostile)) == hostile


def test_that_a_tooltip_breaks_a_long_topic_and_says_how_much_it_leaves_out(qapp: object) -> None:
    lines = plain_text_of(text.plain_tooltip("x" * 65_535)).split("\n")
    assert max(len(line) for line in lines) <= text.TOOLTIP_COLUMNS
    assert lines[-1] == "… 64,035 more characters"


def test_that_there_is_no_tooltip_for_no_text() -> None:
    assert text.plain_tooltip("") == ""


@pytest.mark.parametrize(
    ("time_ns", "words"),
    [
        (0, "00:00:00.000Z"),
        (1_795_255_200_999_999_999, "10:00:00.999Z"),
        (86_399 * 10**9, "23:59:59.000Z"),
    ],
)
def test_that_times_in_utc_say_so(time_ns: int, words: str) -> None:
    assert text.format_utc_time(time_ns) == words


@pytest.mark.parametrize(
    ("span_ns", "words"), [(0, "0.000"), (73_000_000, "0.073"), (1_204_250_000_000, "1,204.250")]
)
def test_that_spans_are_seconds_and_thousandths(span_ns: int, words: str) -> None:
    assert text.format_seconds(span_ns) == words
