from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.packets import SECOND, START_NS, filled_log, packet, publish
from topicscope.capture.log import CaptureLog
from topicscope.capture.moments import Changes, History, Moment, row_at_time, time_range
from topicscope.capture.tap import Tap
from topicscope.capture.topic_index import NO_ROW
from topicscope.mqtt.control_packets import ControlPacketType, Direction

NAMES = [b"a/b", b"a/c", b"a", b"/", b"x\xff/y"]


class Step(NamedTuple):
    """Packets that cross together."""

    direction: Direction
    messages: list[tuple[bytes, bytes]]
    later_s: int


MESSAGES = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from([b"", b"1", b"2", b"33"])), max_size=5
)
STEPS = st.lists(
    st.builds(
        Step,
        direction=st.sampled_from(Direction),
        messages=MESSAGES,
        later_s=st.integers(-3, 3),
    ),
    max_size=12,
)


def log_of(steps: list[Step], *, segment_bytes: int = 120, budget: int = 1 << 29) -> CaptureLog:
    """Return a log of many small segments, with a note and a packet without a topic in it."""
    log = CaptureLog(budget, segment_bytes=segment_bytes)
    tap = Tap(log.append)
    time_ns = START_NS
    tap.open_connection("", time_ns)
    for step in steps:
        time_ns += step.later_s * SECOND
        if not step.messages:
            tap.note("lost", time_ns)
            tap.feed(step.direction, packet(0xD0), time_ns)
            continue
        data = b"".join(publish(topic, payload) for topic, payload in step.messages)
        tap.feed(step.direction, data, time_ns)
    return log


class Known(NamedTuple):
    """What a plain loop finds out about one moment; all rows are still there."""

    last: dict[int, int]
    messages: dict[int, int]
    message_bytes: dict[int, int]


def known_at(log: CaptureLog, row: int) -> Known:
    known = Known({}, {}, {})
    for one in map(log.record, range(log.first_row, row + 1)):
        if one.topic_id < 0:
            continue
        known.last[one.topic_id] = one.row
        if one.direction is Direction.IN:
            known.messages[one.topic_id] = known.messages.get(one.topic_id, 0) + 1
            size = known.message_bytes.get(one.topic_id, 0) + len(one.packet)
            known.message_bytes[one.topic_id] = size
    return known


def values(array: np.ndarray | None, empty: int) -> dict[int, int]:
    assert array is not None
    return {topic: value for topic, value in enumerate(array.tolist()) if value != empty}


@given(STEPS, st.data())
def test_that_a_moment_equals_a_plain_loop_over_the_rows_before_it(
    steps: list[Step], data: st.DataObject
) -> None:
    log = log_of(steps)
    if not log.end_row:
        return
    row = data.draw(st.integers(0, log.end_row - 1))
    moment = History(log).moment(row, counts=True)
    known = known_at(log, row)
    assert values(moment.last_row, NO_ROW) == known.last
    assert set(np.flatnonzero(moment.met).tolist()) == set(known.last)
    assert values(moment.messages, 0) == known.messages
    assert values(moment.message_bytes, 0) == known.message_bytes
    assert moment.time_ns == log.record(row).time_ns
    assert not len(moment.unknown)
    for topic_id in range(len(log.topics)):
        record = moment.record(log, topic_id)
        assert (record.row if record else NO_ROW) == known.last.get(topic_id, NO_ROW)


@given(STEPS, st.data())
def test_that_what_was_given_up_is_unknown_or_right_but_never_wrong(
    steps: list[Step], data: st.DataObject
) -> None:
    whole = log_of(steps)
    small = log_of(steps, budget=600)
    if not small.end_row:
        return
    row = data.draw(st.integers(small.first_row, small.end_row - 1))
    moment, full = History(small).moment(row, counts=True), History(whole).moment(row, counts=True)
    assert np.array_equal(moment.met, full.met)
    assert moment.messages is not None
    assert np.array_equal(moment.messages, full.messages)
    unknown = set(moment.unknown.tolist())
    for topic_id in range(len(whole.topics)):
        right = full.record(whole, topic_id)
        seen = moment.record(small, topic_id)
        if topic_id in unknown:
            assert seen is None
            assert right is not None
            assert right.row < small.first_row
        else:
            assert (seen and seen.payload) == (right and right.payload)


def changes_by_hand(log: CaptureLog, first: int, second: int) -> tuple[set[int], ...]:
    payloads = []
    for row in (first, second):
        last = known_at(log, row).last
        payloads.append({topic: log.record(at).payload for topic, at in last.items()})
    before = {topic for topic, payload in payloads[0].items() if payload}
    after = {topic for topic, payload in payloads[1].items() if payload}
    changed = {topic for topic in before & after if payloads[0][topic] != payloads[1][topic]}
    return after - before, before - after, changed, set()


def as_sets(changes: Changes) -> tuple[set[int], ...]:
    return tuple(set(ids.tolist()) for ids in changes)


@given(STEPS, st.data())
def test_that_two_moments_differ_as_a_plain_loop_says(
    steps: list[Step], data: st.DataObject
) -> None:
    log = log_of(steps)
    if not log.end_row:
        return
    rows = st.integers(0, log.end_row - 1)
    first, second = data.draw(rows), data.draw(rows)
    history = History(log)
    changes = history.compare(history.moment(first), history.moment(second))
    assert as_sets(changes) == changes_by_hand(log, first, second)


@given(STEPS, st.data())
def test_that_a_change_of_what_was_given_up_is_unknown_or_right(
    steps: list[Step], data: st.DataObject
) -> None:
    whole, small = log_of(steps), log_of(steps, budget=600)
    if not small.end_row:
        return
    rows = st.integers(small.first_row, small.end_row - 1)
    first, second = data.draw(rows), data.draw(rows)
    history = History(small)
    found = as_sets(history.compare(history.moment(first), history.moment(second)))
    right = changes_by_hand(whole, first, second)
    for some, all_of_them in zip(found[:3], right[:3], strict=True):
        assert some == all_of_them - found[3]


def test_that_a_moment_taken_before_rows_were_given_up_can_still_be_compared() -> None:
    log = CaptureLog(30_000, segment_bytes=10_000)
    tap = Tap(log.append)
    tap.open_connection("", START_NS)
    tap.feed(Direction.IN, publish(b"quiet", b"once") + publish(b"busy", b"0"), START_NS)
    early = History(log).moment(1)
    for number in range(100):
        tap.feed(Direction.IN, publish(b"busy", b"%d" % number * 500), START_NS)
    assert log.first_row > 1
    history = History(log)
    changes = history.compare(early, history.moment(log.end_row - 1))
    assert as_sets(changes) == (set(), set(), set(), {1})
    quiet = early.record(log, 0)
    assert quiet is not None
    assert quiet.payload == b"once"
    assert early.record(log, 1) is None


def test_that_large_payloads_of_the_same_size_are_compared_to_their_last_byte() -> None:
    big = bytes(5_000_000)
    log, _ = filled_log(
        *(publish(b"t/%d" % n, big) for n in range(4)),
        publish(b"t/2", big[1:] + b"\x01"),
        publish(b"t/3", big),
    )
    history = History(log)
    changes = history.compare(history.moment(4), history.moment(log.end_row - 1))
    assert as_sets(changes) == (set(), set(), {2}, set())


def test_that_an_empty_message_clears_a_topic_whatever_its_retain_bit_says() -> None:
    log, _ = filled_log(
        publish(b"a", b"1", retain=True),
        publish(b"b", b"1"),
        publish(b"a", b"", retain=True),
        publish(b"b", b""),
    )
    history = History(log)
    changes = history.compare(history.moment(2), history.moment(4))
    assert as_sets(changes) == (set(), {0, 1}, set(), set())
    back = history.compare(history.moment(4), history.moment(2))
    assert as_sets(back) == ({0, 1}, set(), set(), set())


def test_that_a_moment_does_not_see_what_comes_after_it_was_asked_for() -> None:
    log, tap = filled_log(publish(b"a", b"1"))
    history = History(log)
    tap.feed(Direction.IN, publish(b"a", b"2") + publish(b"new", b"1"), START_NS)
    moment = history.moment(1)
    assert isinstance(moment, Moment)
    assert moment.last_row.tolist() == [1]
    assert moment.record(log, 1) is None
    with pytest.raises(IndexError):
        history.moment(2)


def test_that_an_empty_log_has_no_moments_and_no_times() -> None:
    log = CaptureLog()
    assert row_at_time(log, START_NS) is None
    assert time_range(log) is None
    with pytest.raises(IndexError):
        History(log).moment(0)


@given(STEPS, st.integers(-5, 25))
def test_that_the_row_at_a_time_is_the_last_one_not_later_even_where_the_clock_jumped_back(
    steps: list[Step], seconds: int
) -> None:
    log = log_of(steps)
    time_ns = START_NS + seconds * SECOND // 2
    times = [log.record(row).time_ns for row in range(log.end_row)]
    in_time = [row for row, time in enumerate(times) if time <= time_ns]
    assert row_at_time(log, time_ns) == (in_time[-1] if in_time else None)
    assert time_range(log) == ((min(times), max(times)) if times else None)


def test_that_acknowledgements_and_notes_are_no_messages_of_a_moment() -> None:
    log, tap = filled_log(publish(b"a", b"1"), packet(ControlPacketType.PUBACK << 4, b"\x00\x07"))
    tap.note("lost", START_NS)
    moment = History(log).moment(log.end_row - 1, counts=True)
    assert moment.last_row.tolist() == [1]
    assert values(moment.messages, 0) == {0: 1}
