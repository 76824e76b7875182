"""The capture as a strip over time: messages counted where they crossed, and gaps where the connection was gone."""

from __future__ import annotations

import numpy as np
import pytest

from tests.helpers.packets import SECOND, START_NS, connect, publish
from topicscope.capture.density import Density
from topicscope.capture.log import CaptureLog
from topicscope.capture.tap import Tap
from topicscope.mqtt.control_packets import Direction


class Line:
    """A log with the tap that feeds it, at seconds after the start."""

    def __init__(self, memory_budget: int = 1 << 29, segment_bytes: int = 1 << 20) -> None:
        self.log = CaptureLog(memory_budget, segment_bytes=segment_bytes)
        self.tap = Tap(self.log.append)
        self.density = Density(self.log)

    def open(self, seconds: float) -> None:
        self.tap.open_connection("Opened mqtt://lab.", self.at(seconds))
        self.tap.feed(Direction.OUT, connect(), self.at(seconds))

    def say(self, seconds: float, count: int = 1, size: int = 1) -> None:
        self.tap.feed(Direction.IN, publish(b"a/b", b"x" * size) * count, self.at(seconds))

    def lose(self, seconds: float) -> None:
        self.tap.note("Connection lost: closed.", self.at(seconds))

    @staticmethod
    def at(seconds: float) -> int:
        return START_NS + round(seconds * SECOND)


@pytest.fixture
def line() -> Line:
    made = Line()
    made.open(0)
    return made


def test_that_an_empty_log_has_no_time_and_no_messages() -> None:
    density = Density(CaptureLog())
    density.refresh()
    assert (density.begin_ns, density.end_ns) == (0, 0)
    assert not density.bars(10).any()
    assert density.gaps() == []


def test_that_messages_are_counted_where_they_crossed_and_packets_are_not(line: Line) -> None:
    line.say(2.5, 3)
    line.say(9.99, 5)
    line.density.refresh()
    assert line.density.bars(10).tolist() == [0, 0, 3, 0, 0, 0, 0, 0, 0, 5]


def test_that_a_moment_without_length_is_one_bar(line: Line) -> None:
    line.say(0, 4)
    line.density.refresh()
    assert line.density.bars(8).sum() == 4


def test_that_the_bars_of_a_year_do_not_overflow(line: Line) -> None:
    line.say(365 * 86_400, 2)
    line.density.refresh()
    assert line.density.bars(3000).tolist()[-1] == 2


def test_that_segments_that_are_known_give_the_same_as_a_look_at_all() -> None:
    line = Line(segment_bytes=4096)
    line.open(0)
    generator = np.random.default_rng(7)
    for second in range(300):
        line.say(second, int(generator.integers(0, 9)), size=50)
        if second % 20 == 0:
            line.density.refresh()
    line.density.refresh()
    fresh = Density(line.log)
    fresh.refresh()
    assert len(line.log.segments) > 5
    assert line.density.bars(97).tolist() == fresh.bars(97).tolist()
    assert line.density.bars(97).sum() == line.log.ledger.stored


def test_that_what_was_given_up_is_forgotten() -> None:
    line = Line(memory_budget=8192, segment_bytes=4096)
    line.open(0)
    for second in range(200):
        line.say(second, 4, size=50)
        line.density.refresh()
    assert line.log.ledger.evicted > 0
    assert line.density.bars(50).sum() == line.log.ledger.stored
    assert line.density.begin_ns > START_NS


def test_that_a_clock_that_jumps_back_widens_the_time(line: Line) -> None:
    line.say(10)
    line.say(-5)
    line.density.refresh()
    assert (line.density.begin_ns, line.density.end_ns) == (line.at(-5), line.at(10))
    assert line.density.bars(15).sum() == 2


def test_that_a_gap_lasts_until_the_next_connection(line: Line) -> None:
    line.say(1)
    line.lose(2)
    line.open(5)
    line.say(9)
    line.density.refresh()
    assert line.density.gaps() == [(line.at(2), line.at(5))]


def test_that_a_gap_that_has_not_ended_lasts_until_now(line: Line) -> None:
    line.say(1)
    line.lose(2)
    line.tap.note("Nothing listens on lab:1883.", line.at(7))
    line.density.refresh()
    assert line.density.gaps() == [(line.at(2), line.at(7))]


def test_that_a_gap_may_end_in_another_segment() -> None:
    line = Line(segment_bytes=512)
    line.open(0)
    line.say(1, size=400)
    line.lose(2)
    line.open(4)
    line.say(6, size=400)
    line.density.refresh()
    assert len(line.log.segments) > 1
    assert line.density.gaps() == [(line.at(2), line.at(4))]
