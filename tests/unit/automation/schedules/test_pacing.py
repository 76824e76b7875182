from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topicscope.automation.schedules.pacing import AtTimes, Wave, pace_of
from topicscope.automation.schedules.schedule import AnyPace, Burst, Interval, Ramp, Shape, Waveform

PACES = st.one_of(
    st.builds(Interval, st.floats(0.1, 3_600_000)),
    st.builds(Burst, st.integers(1, 500), st.floats(100, 3_600_000)),
    st.builds(Ramp, st.floats(0.01, 10_000), st.floats(0.01, 10_000), st.floats(0.1, 1000)),
)


@given(PACES, st.integers(0, 100_000))
def test_that_no_message_is_due_before_the_one_in_front_of_it(pace: AnyPace, index: int) -> None:
    times = pace_of(pace)
    assert 0 <= times.due(index) <= times.due(index + 1)


@given(PACES, st.floats(0, 100_000))
def test_that_going_on_after_a_pause_begins_with_what_is_just_due(
    pace: AnyPace, elapsed: float
) -> None:
    times = pace_of(pace)
    newest = times.newest_due(elapsed)
    slack = 1e-6 * max(1.0, elapsed)
    assert times.due(newest) <= elapsed + slack
    following = newest + (pace.count if isinstance(pace, Burst) else 1)
    assert times.due(following) >= elapsed - slack


def test_that_an_interval_adds_no_error_up() -> None:
    assert pace_of(Interval(0.1)).due(10_000_000) == pytest.approx(1000.0, rel=1e-12)


def test_that_a_burst_is_due_at_once() -> None:
    times = pace_of(Burst(3, 500))
    assert [times.due(index) for index in range(7)] == [0, 0, 0, 0.5, 0.5, 0.5, 1.0]


def test_that_a_ramp_sends_the_area_below_its_line() -> None:
    times = pace_of(Ramp(0, 100, 10))
    assert times.due(500) == pytest.approx(10.0)
    assert times.due(600) == pytest.approx(11.0)
    assert times.due(125) == pytest.approx(5.0)


def test_that_a_ramp_down_to_nothing_ends() -> None:
    times = pace_of(Ramp(10, 0, 10))
    assert times.due(49) < 10.0
    assert times.due(51) == math.inf


def test_that_recorded_times_begin_again_behind_the_last() -> None:
    times = AtTimes([0.0, 1.0, 5.0], 7.5)
    assert [times.due(index) for index in range(6)] == [0.0, 1.0, 5.0, 7.5, 8.5, 12.5]
    assert times.newest_due(8.6) == 4
    assert AtTimes([0.0, 1.0]).due(2) == math.inf


@pytest.mark.parametrize(
    ("shape", "values"),
    [
        ("sine", [10, 14, 10, 6]),
        ("square", [14, 14, 6, 6]),
        ("sawtooth", [6, 8, 10, 12]),
        ("triangle", [10, 14, 10, 6]),
    ],
)
def test_that_a_waveform_has_its_shape(shape: Shape, values: list[float]) -> None:
    wave = Wave(Waveform(shape, 4, 10, period_s=8))
    assert [wave.value(at) for at in (0, 2, 4, 6)] == pytest.approx(values)


def test_that_noise_stays_within_its_amplitude_and_can_be_repeated() -> None:
    waveform = Waveform("noise", 2, 20)
    values = [Wave(waveform, random.Random(1)).value(0) for _ in range(3)]
    assert len(set(values)) == 1
    wave = Wave(waveform)
    assert all(18 <= wave.value(0) <= 22 for _ in range(200))
