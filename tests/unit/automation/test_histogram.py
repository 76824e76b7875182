from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topicscope.automation.histogram import Histogram, duration_text
from topicscope.automation.schedules.drift import Drift

DURATIONS = st.lists(st.floats(-1, 1e7), min_size=1, max_size=200)


@given(DURATIONS)
def test_that_all_durations_are_counted_in_bins_that_hold_them(durations: list[float]) -> None:
    histogram = Histogram(durations)
    assert histogram.count == len(durations) == sum(one.number for one in histogram.bins())
    assert histogram.longest_s == max(0.0, *durations) if len(durations) > 1 else True
    for one in histogram.bins():
        assert one.begin_s <= one.end_s


@given(DURATIONS, st.floats(0, 1))
def test_that_a_quantile_lies_between_the_shortest_and_the_longest(
    durations: list[float], part: float
) -> None:
    histogram = Histogram(durations)
    assert histogram.shortest_s <= histogram.quantile(part) <= histogram.longest_s


def test_that_quantiles_are_right_to_about_a_tenth() -> None:
    histogram = Histogram(number / 1000 for number in range(1, 1001))
    assert histogram.quantile(0.5) == pytest.approx(0.5, rel=0.15)
    assert histogram.quantile(0.99) == pytest.approx(0.99, rel=0.15)
    assert histogram.mean_s == pytest.approx(0.5005)


def test_that_a_copy_stays_as_it_was() -> None:
    histogram = Histogram([0.001])
    copy = histogram.copy()
    histogram.add(5.0)
    assert (copy.count, copy.longest_s) == (1, 0.001)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0, "0 µs"), (0.000_15, "150 µs"), (0.0123, "12.3 ms"), (2.5, "2.5 s"), (7200.0, "7,200 s")],
)
def test_that_durations_are_said_in_the_unit_people_use(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


def test_that_drift_says_whether_the_times_were_kept() -> None:
    assert Drift(Histogram()).words() == "Nothing was sent yet."
    assert Drift(Histogram([0.0001] * 3)).words().startswith("On time: p50 ")
    late = Drift(Histogram([0.5]), 0.5, 1200)
    assert late.words().startswith("Late: ")
    assert late.words().endswith("1,200 left out, because they were too late.")
