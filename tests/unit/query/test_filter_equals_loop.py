"""Whatever the filter and the capture: the masks see the rows that a plain loop over records sees."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.query.reference import SUBSCRIPTIONS, Described, captures, filters, is_seen, rows_of
from topicscope.capture.log import CaptureLog
from topicscope.capture.view import LogView
from topicscope.query import FilterContext, compile_filter, snapshot

SLOW = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.function_scoped_fixture,
    ],
)


def context_of(log: CaptureLog, *, packets: bool) -> FilterContext:
    return FilterContext(log, packets=packets, subscriptions=lambda: SUBSCRIPTIONS)


@SLOW
@given(log=captures(), described=filters, packets=st.booleans())
def test_that_a_view_holds_the_rows_that_a_loop_over_records_finds(
    log: CaptureLog, described: Described, packets: bool
) -> None:
    text, decides = described
    view = LogView(log, compile_filter(text, context_of(log, packets=packets)).predicate)
    view.refresh()
    expected = [
        row.record.row for row in rows_of(log) if is_seen(row, text, decides, packets=packets)
    ]
    assert [view.row_at(index) for index in range(len(view))] == expected


@SLOW
@given(log=captures(), described=filters, chunk_rows=st.integers(1, 9))
def test_that_looking_backwards_in_chunks_finds_the_same_twice(
    log: CaptureLog, described: Described, chunk_rows: int
) -> None:
    text, decides = described
    context = context_of(log, packets=False)
    expected = [
        row.record.row for row in rows_of(log) if is_seen(row, text, decides, packets=False)
    ]
    for _ in range(2):
        wanted = compile_filter(text, context)
        found: list[int] = []
        for segment, begin, end, seen in wanted.evaluate_backwards(snapshot(log), chunk_rows):
            assert end - begin <= chunk_rows
            mask = np.ones(end - begin, np.bool_) if seen is None else seen
            found[:0] = (np.flatnonzero(mask) + segment.first_row + begin).tolist()
        assert found == expected


@SLOW
@given(described=filters)
def test_that_every_filter_can_be_said_in_words(described: Described) -> None:
    wanted = compile_filter(described[0], context_of(CaptureLog(), packets=False))
    assert " where " in wanted.explain()
    assert wanted.explain().endswith(".")
