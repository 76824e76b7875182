from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.packets import SECOND, START_NS, filled_log, publish
from topicscope.capture.branches import Branches
from topicscope.capture.log import CaptureLog
from topicscope.capture.rhythm import OUTAGE, Rhythm
from topicscope.capture.talkers import SERIES, Measure, Sampler, Talker
from topicscope.capture.tap import Tap
from topicscope.capture.topic_index import ROOT
from topicscope.mqtt.control_packets import Direction

QUARTER = SECOND // 4
NAMES = [b"plant/a/x", b"plant/a/y", b"plant/b", b"house/1", b"/", b"plant/a"]


def grown(log: CaptureLog) -> CaptureLog:
    log.count_topics()
    while log.topics.pending:
        log.topics.grow(1.0)
    return log


def empty_log() -> tuple[CaptureLog, Tap]:
    log = CaptureLog()
    tap = Tap(log.append)
    tap.open_connection("", START_NS)
    return log, tap


def names_of(log: CaptureLog, talkers: list[Talker]) -> list[bytes]:
    return [log.topics.names[one.topic_id] for one in talkers]


def paths_of(log: CaptureLog, talkers: list[Talker]) -> list[bytes]:
    return [log.topics.path(one.node) for one in talkers]


# Rhythm


class Naive:
    """One topic by the words of the definition, a gap at a time."""

    def __init__(self) -> None:
        self.last: int | None = None
        self.mean = self.deviation = 0.0
        self.gaps = 0

    def gap(self, gap: float) -> None:
        if not self.gaps:
            self.mean, self.deviation = gap, gap / 2
        else:
            self.deviation += (abs(gap - self.mean) - self.deviation) / 4
            self.mean += (gap - self.mean) / 8
        self.gaps += 1

    @property
    def longest(self) -> float:
        return self.mean + max(4 * self.deviation, self.mean / 2)

    def hear(self, times: list[int]) -> None:
        if self.last is not None and times[0] >= self.last:
            gap = (times[0] - self.last) / SECOND
            self.gap(min(gap, OUTAGE * self.longest) if self.gaps >= 3 else gap)
        if times[-1] >= times[0]:
            for _ in times[1:]:
                self.gap((times[-1] - times[0]) / SECOND / (len(times) - 1))
        self.last = times[-1]

    def late(self, now: int) -> float:
        silence = (now - self.last) / SECOND if self.last is not None else 0.0
        missed = self.gaps >= 3 and silence > self.longest and silence > 2
        return silence / max(self.longest, 1e-3) if missed else 0.0


BATCHES = st.lists(
    st.lists(st.tuples(st.integers(0, 3), st.integers(-2, 40)), min_size=1, max_size=12),
    max_size=12,
)


@given(BATCHES, st.integers(0, 400))
def test_that_the_rhythm_equals_a_loop_over_every_gap(
    batches: list[list[tuple[int, int]]], after: int
) -> None:
    rhythm, naive = Rhythm(), [Naive() for _ in range(4)]
    now = START_NS
    for batch in batches:
        heard: dict[int, list[int]] = {}
        ids, times = [], []
        for topic, tenths in batch:
            now += tenths * SECOND // 10
            heard.setdefault(topic, []).append(now)
            ids.append(topic)
            times.append(now)
        rhythm.count(np.array(ids, np.int32), np.array(times, np.int64), 4)
        for topic, of_topic in heard.items():
            naive[topic].hear(of_topic)
    now += after * SECOND // 10
    late = rhythm.lateness(now) if batches else np.zeros(4)
    for topic, one in enumerate(naive):
        usual = rhythm.usual(topic)
        assert usual.gaps == one.gaps
        if one.gaps:
            assert usual.gap_s == pytest.approx(one.mean, rel=1e-4, abs=1e-4)
            assert usual.deviation_s == pytest.approx(one.deviation, rel=1e-4, abs=1e-4)
        else:
            assert usual.gap_s is None
        silence = (now - (one.last or now)) / SECOND
        if abs(silence - one.longest) > 1e-3:
            assert late[topic] == pytest.approx(one.late(now), rel=1e-2)


def speak(rhythm: Rhythm, seconds: list[float]) -> None:
    for second in seconds:
        time = np.array([START_NS + int(second * SECOND)], np.int64)
        rhythm.count(np.zeros(1, np.int32), time, 1)


def late_after(rhythm: Rhythm, seconds: float) -> bool:
    return bool(rhythm.lateness(START_NS + int(seconds * SECOND))[0])


def test_that_a_topic_is_missed_after_its_rhythm_and_not_before() -> None:
    rhythm = Rhythm()
    speak(rhythm, [10.0 * n for n in range(20)])
    assert not late_after(rhythm, 190 + 14)
    assert late_after(rhythm, 190 + 16)


def test_that_two_gaps_are_no_rhythm_yet() -> None:
    rhythm = Rhythm()
    speak(rhythm, [0, 1, 2])
    assert not late_after(rhythm, 1000)
    speak(rhythm, [3])
    assert late_after(rhythm, 1000)


def test_that_a_fast_topic_is_not_missed_within_two_seconds() -> None:
    rhythm = Rhythm()
    speak(rhythm, [n / 100 for n in range(100)])
    assert not late_after(rhythm, 0.99 + 1.9)
    assert late_after(rhythm, 0.99 + 2.1)


def test_that_a_topic_that_speaks_in_bursts_is_not_missed_between_them() -> None:
    rhythm = Rhythm()
    for burst in range(30):
        times = START_NS + np.array([0, 1, 2, 3], np.int64) * (SECOND // 100) + burst * 10 * SECOND
        rhythm.count(np.zeros(4, np.int32), times, 1)
    assert not late_after(rhythm, 290 + 10.1)


def test_that_an_hour_of_outage_does_not_spoil_the_rhythm() -> None:
    rhythm = Rhythm()
    speak(rhythm, [float(n) for n in range(30)])
    speak(rhythm, [3600.0 + n for n in range(20)])
    assert late_after(rhythm, 3619 + 5)


def test_that_a_slower_pace_is_learned() -> None:
    rhythm = Rhythm()
    speak(rhythm, [float(n) for n in range(30)])
    speak(rhythm, [60.0 * n for n in range(1, 30)])
    assert not late_after(rhythm, 60 * 29 + 61)


# Branches


@given(st.lists(st.sampled_from(NAMES), min_size=1), st.integers(0, 3))
def test_that_totals_of_nodes_equal_a_sum_over_the_topics_below(
    sent: list[bytes], first: int
) -> None:
    log, tap = empty_log()
    for topic in sent:
        tap.feed(Direction.IN, publish(topic, b"p"), START_NS)
    topics = grown(log).topics
    branches = Branches(topics)
    branches.follow()
    values = topics.messages[first:].astype(np.float64)
    totals = branches.totals(values, first=first)
    forks = branches.forks(totals)
    for node in range(topics.node_count):
        path = topics.path(node)
        below = [
            topic_id
            for topic_id, name in enumerate(topics.names)
            if topic_id >= first and (node == ROOT or name == path or name.startswith(path + b"/"))
        ]
        assert totals[node] == sum(int(topics.messages[topic_id]) for topic_id in below)
        children = [totals[child] for child in topics.children(node)]
        assert forks[node] == (totals[node] > 0 and totals[node] not in children)


def test_that_branches_catch_up_with_a_tree_that_grows_faster() -> None:
    log, tap = empty_log()
    tap.feed(Direction.IN, b"".join(publish(b"t/%d/v" % n) for n in range(15_000)), START_NS)
    topics = grown(log).topics
    branches = Branches(topics)
    seen = []
    for _ in range(10):
        branches.follow()
        seen.append(int(branches.totals(np.ones(15_000))[ROOT]))
    assert seen == sorted(seen)
    assert seen[0] < 15_000
    assert seen[-1] == 15_000


# Sampler


def test_that_rates_are_those_of_the_window() -> None:
    log, tap = empty_log()
    sampler = Sampler(log)
    sampler.sample(START_NS)
    for second in range(1, 31):
        now = START_NS + second * SECOND
        # The slow one stops, the quick one begins in the last ten seconds.
        if second <= 15:
            tap.feed(Direction.IN, publish(b"slow", b"x") * 3, now)
        if second > 20:
            tap.feed(Direction.IN, publish(b"quick", b"x") * 50, now)
        tap.feed(Direction.OUT, publish(b"mine", b"x") * 500, now)
        sampler.sample(now)
    assert sampler.window_s == 10.0
    (quick,) = sampler.rank(Measure.MESSAGES)
    assert log.topics.names[quick.topic_id] == b"quick"
    assert quick.messages_per_s == 50.0
    assert quick.bytes_per_s == 50.0 * len(publish(b"quick", b"x"))


def test_that_a_sample_too_soon_after_the_last_one_is_not_taken() -> None:
    log, tap = empty_log()
    sampler = Sampler(log)
    assert sampler.sample(START_NS)
    tap.feed(Direction.IN, publish(b"a"), START_NS)
    assert not sampler.sample(START_NS + QUARTER - 1)
    assert sampler.rank(Measure.MESSAGES) == []
    assert sampler.sample(START_NS + QUARTER)
    assert [one.messages_per_s for one in sampler.rank(Measure.MESSAGES)] == [4.0]


@given(st.lists(st.lists(st.sampled_from(NAMES), max_size=8), max_size=60), st.integers(1, 7))
def test_that_rankings_equal_a_plain_count_of_the_window(
    quarters: list[list[bytes]], n: int
) -> None:
    log, tap = empty_log()
    sampler = Sampler(log, window_s=5.0)
    counts: list[Counter[bytes]] = []
    looked = [0]
    sampler.sample(START_NS)
    for number, sent in enumerate(quarters, 1):
        now = START_NS + number * QUARTER
        for topic in sent:
            tap.feed(Direction.IN, publish(topic, b"12"), now)
        counts.append(Counter(sent))
        sampler.sample(now)
        if number % 4 == 0:
            looked.append(number)
    grown(log)
    sampler.sample(START_NS + (len(quarters) + 1) * QUARTER)
    end = len(quarters) + 1
    begin = max([0, *(at for at in looked if end - at >= 20)])
    window = sum(counts[begin:], Counter())
    seconds = (end - begin) / 4
    ids = {name: topic_id for topic_id, name in enumerate(log.topics.names)}
    right = sorted(window.items(), key=lambda item: (-item[1], ids[item[0]]))[:n]
    ranked = sampler.rank(Measure.MESSAGES, n)
    assert names_of(log, ranked) == [name for name, _ in right]
    rates = [one.messages_per_s for one in ranked]
    assert rates == pytest.approx([number / seconds for _, number in right])
    whole = sampler.rank(Measure.MESSAGES, 100, nodes=True)
    below: Counter[bytes] = Counter()
    for name, number in window.items():
        levels = name.split(b"/")
        for depth in range(1, len(levels) + 1):
            below[b"/".join(levels[:depth])] += number
    for one in whole:
        if one.node != ROOT:
            path = log.topics.path(one.node)
            assert one.messages_per_s == pytest.approx(below[path] / seconds)


def test_that_growth_is_told_of_the_branch_in_which_the_topics_are_new() -> None:
    log, tap = filled_log(publish(b"plant/line/old"), publish(b"house/old"))
    sampler = Sampler(grown(log))
    sampler.sample(START_NS)
    for number in range(30):
        tap.feed(Direction.IN, publish(b"plant/line/session/%d" % number), START_NS)
    tap.feed(Direction.IN, publish(b"house/new"), START_NS)
    grown(log)
    sampler.sample(START_NS + SECOND)
    ranked = sampler.rank(Measure.GROWTH, 3)
    assert paths_of(log, ranked) == [b"", b"plant/line/session", b"plant/line/session/0"]
    assert [one.new_topics for one in ranked] == [31, 30, 1]
    assert ranked[1].topic_id == -1
    sampler.sample(START_NS + 12 * SECOND)
    sampler.sample(START_NS + 24 * SECOND)
    assert sampler.rank(Measure.GROWTH) == []


def test_that_topics_that_missed_their_turn_are_ranked_by_how_late_they_are() -> None:
    log, tap = empty_log()
    sampler = Sampler(log)
    gaps = {b"each second": 1, b"each 5 s": 5, b"each 20 s": 20}
    for second in range(100):
        now = START_NS + second * SECOND
        for name, gap in gaps.items():
            if second % gap == 0:
                tap.feed(Direction.IN, publish(name), now)
        sampler.sample(now)
    last = START_NS + 100 * SECOND
    sampler.sample(last)
    assert sampler.rank(Measure.SILENCE) == []
    sampler.sample(last + 14 * SECOND)
    ranked = sampler.rank(Measure.SILENCE)
    assert names_of(log, ranked) == [b"each second", b"each 5 s"]
    assert [one.missed for one in ranked] == [True, True]
    assert ranked[0].usual_s == pytest.approx(1.0)
    assert ranked[0].silence_s == pytest.approx(15.0)
    assert not sampler.talker(log.topics.names.index(b"each 20 s")).missed


def test_that_a_series_has_a_value_a_second_and_old_ones_leave_it() -> None:
    log, tap = empty_log()
    sampler = Sampler(log)
    sampler.sample(START_NS)
    right = []
    for second in range(1, 100):
        now = START_NS + second * SECOND
        number = 0 if second % 3 == 0 else second
        tap.feed(Direction.IN, publish(b"a") * number + publish(b"b"), now)
        sampler.sample(now)
        right.append(number)
    series = sampler.series(log.topics.names.index(b"a"))
    assert series == pytest.approx(right[-SERIES:], rel=0.03)
    sampler.sample(START_NS + 104 * SECOND)
    assert sampler.series(0)[-5:].tolist() == [0.0] * 5
    tap.feed(Direction.IN, publish(b"new"), START_NS)
    sampler.sample(START_NS + 105 * SECOND)
    assert sampler.series(2).tolist() == [0.0] * 59 + [1.0]


def test_that_a_clock_that_is_put_back_begins_a_new_window() -> None:
    log, tap = empty_log()
    sampler = Sampler(log)
    sampler.sample(START_NS)
    tap.feed(Direction.IN, publish(b"a") * 100, START_NS)
    assert sampler.sample(START_NS - 3600 * SECOND)
    assert sampler.rank(Measure.MESSAGES) == []
    tap.feed(Direction.IN, publish(b"a") * 2, START_NS)
    assert sampler.sample(START_NS - 3598 * SECOND)
    assert [one.messages_per_s for one in sampler.rank(Measure.MESSAGES)] == [1.0]


def test_that_messages_given_up_unseen_make_no_gap() -> None:
    log = CaptureLog(20_000, segment_bytes=5_000)
    tap = Tap(log.append)
    tap.open_connection("", START_NS)
    sampler = Sampler(log)
    tap.feed(Direction.IN, publish(b"a", bytes(500)), START_NS)
    sampler.sample(START_NS)
    for second in range(200):
        tap.feed(Direction.IN, publish(b"a", bytes(500)), START_NS + second * SECOND)
    assert log.first_row > 2
    sampler.sample(START_NS + 200 * SECOND)
    assert sampler.talker(0).usual_s == pytest.approx(1.0)


def test_that_nothing_is_ranked_before_the_first_sample_or_without_topics() -> None:
    log, _ = empty_log()
    sampler = Sampler(log)
    assert sampler.rank(Measure.MESSAGES) == []
    assert sampler.window_s == 0.0
    sampler.sample(START_NS)
    for by in Measure:
        assert sampler.rank(by) == []
        assert sampler.rank(by, nodes=True) == []
