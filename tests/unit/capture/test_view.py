"""Views filled from the end and from the front: index order is row order, whoever found the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.packets import START_NS, filled_log, packet, publish
from topicscope.capture.log import CaptureLog
from topicscope.capture.tap import Tap
from topicscope.capture.view import LogView, messages, packets
from topicscope.mqtt.control_packets import Direction

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from topicscope.capture.segment import Segment


def odd(segment: Segment, begin: int, end: int) -> NDArray[np.bool_]:
    """See every row of an odd number."""
    return (np.arange(begin, end) + segment.first_row) % 2 == 1


def feed(tap: Tap, count: int) -> None:
    tap.feed(Direction.IN, b"".join(publish(b"a", b"%d" % n) for n in range(count)), START_NS)


def look_backwards(view: LogView, rows: list[tuple[Segment, int]], chunk: int) -> int:
    found = 0
    for segment, count in reversed(rows):
        for end in range(count, 0, -chunk):
            begin = max(0, end - chunk)
            found += view.prepend(segment, begin, end, odd(segment, begin, end))
    return found


def rows_of(view: LogView) -> list[int]:
    return [view.row_at(index) for index in range(len(view))]


@given(st.integers(0, 40), st.integers(1, 17), st.lists(st.integers(1, 9), max_size=4))
def test_that_rows_found_from_the_end_make_the_same_view(
    before: int, chunk: int, later: list[int]
) -> None:
    log, tap = filled_log()
    feed(tap, before)
    rows = [(segment, segment.count) for segment in log.segments]
    view = LogView(log, odd, log.end_row)
    for count in later[:2]:
        feed(tap, count)
        view.refresh()
    look_backwards(view, rows, chunk)
    for count in later[2:]:
        feed(tap, count)
        view.refresh()
    straight = LogView(log, odd)
    straight.refresh()
    assert rows_of(view) == rows_of(straight)
    assert list(view.selection()) == list(straight.selection())
    assert [view.position_of(row) for row in range(log.end_row + 1)] == [
        straight.position_of(row) for row in range(log.end_row + 1)
    ]


def test_that_rows_given_up_meanwhile_are_neither_put_in_front_nor_kept() -> None:
    log = CaptureLog(memory_budget=20_000_000)
    tap = Tap(log.append)
    tap.open_connection("", START_NS)

    def feed_large(count: int) -> None:
        for _ in range(count):
            tap.feed(Direction.IN, publish(b"busy", bytes(1_000_000)), START_NS)

    feed_large(18)
    rows = [(segment, segment.count) for segment in log.segments]
    view = LogView(log, odd, log.end_row)
    feed_large(8)
    assert log.first_row > 0
    look_backwards(view, rows, 4)
    feed_large(20)
    view.refresh()
    straight = LogView(log, odd)
    straight.refresh()
    assert rows_of(view) == rows_of(straight)


def test_that_new_rows_are_looked_at_within_a_budget_and_none_twice() -> None:
    log, tap = filled_log()
    asked: list[int] = []

    def slow(segment: Segment, begin: int, end: int) -> NDArray[np.bool_]:
        asked.extend(range(begin + segment.first_row, end + segment.first_row))
        return odd(segment, begin, end)

    view = LogView(log, slow)
    feed(tap, 30_000)
    assert view.plan(0) == (0, 0)
    assert view.pending == log.end_row
    while view.pending:
        view.plan(1e-6)
    assert view.plan(0)[1] == len(range(1, log.end_row, 2))
    assert len(view) == 0
    view.extend()
    assert asked == list(range(log.end_row))
    assert rows_of(view) == list(range(1, log.end_row, 2))


@pytest.mark.parametrize("predicate", [packets, messages, odd])
def test_that_notes_are_counted_apart(predicate: object) -> None:
    log, tap = filled_log()
    tap.note("one", START_NS)
    feed(tap, 2)
    tap.note("two", START_NS)
    tap.feed(Direction.IN, packet(0xD0), START_NS)
    tap.note("three", START_NS)
    view = LogView(log, predicate)  # type: ignore[arg-type]
    view.refresh()
    seen = [log.record(row).is_note for row in rows_of(view)]
    assert view.notes == sum(seen)


def test_that_notes_given_up_are_counted_no_more() -> None:
    log = CaptureLog(memory_budget=20_000_000)
    tap = Tap(log.append)
    tap.open_connection("", START_NS)
    tap.note("early", START_NS)
    view = LogView(log, messages)
    view.refresh()
    assert view.notes == 1
    for _ in range(40):
        tap.feed(Direction.IN, publish(b"busy", bytes(1_000_000)), START_NS)
    view.refresh()
    assert view.notes == 0
