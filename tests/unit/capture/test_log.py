from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.packets import START_NS, filled_log, packet, publish
from topicscope.capture.batch import NOTE
from topicscope.capture.log import CaptureLog, Ledger
from topicscope.capture.tap import Tap
from topicscope.capture.topic_index import MAX_DEPTH, ROOT
from topicscope.capture.view import LogView, OnTopics, messages, packets
from topicscope.mqtt.control_packets import Direction


def test_that_the_ledger_counts_messages_and_nothing_else() -> None:
    log, tap = filled_log(publish(b"a", b"1"), packet(0xD0), publish(b"b", b"2", qos=1))
    tap.feed(Direction.OUT, packet(0x40, b"\x00\x07") + publish(b"c", b"3"), START_NS)
    tap.note("connection lost", START_NS)
    assert log.ledger == Ledger(received=2, sent=1, stored=3, evicted=0)


def test_that_a_note_is_a_row_of_its_own_between_the_packets() -> None:
    log, tap = filled_log(publish(b"a", b"1"))
    tap.note("connection lost: \N{LEFTWARDS ARROW} reset", START_NS)
    record = log.record(log.end_row - 1)
    assert record.is_note
    assert record.packet_type == NOTE
    assert record.text == "connection lost: ← reset"
    assert record.number is None


def test_that_messages_are_numbered_from_one_over_all_segments() -> None:
    log, _ = filled_log(packet(0xD0), publish(b"a", b"1"), packet(0xD0), publish(b"a", b"2"))
    assert [log.record(row).number for row in range(log.end_row)] == [None, None, 1, None, 2]


def test_that_the_oldest_are_given_up_beyond_the_budget_and_the_ledger_says_so() -> None:
    log = CaptureLog(memory_budget=20_000_000)
    tap = Tap(log.append)
    tap.open_connection("", START_NS)
    tap.feed(Direction.IN, publish(b"quiet", b"once", retain=True), START_NS)
    for _ in range(40):
        tap.feed(Direction.IN, publish(b"busy", bytes(1_000_000)), START_NS)
    ledger = log.ledger
    assert log.memory <= 20_000_000
    assert ledger.received == 41
    assert ledger.stored + ledger.evicted == 41
    assert ledger.evicted > 0
    assert log.first_row == ledger.evicted
    with pytest.raises(IndexError):
        log.record(0)
    last = log.last_record(0)
    assert last is not None
    assert last.payload == b"once"
    assert last.number == 1
    assert log.record(log.first_row).number == ledger.evicted + 1


def test_that_one_message_larger_than_the_budget_is_still_kept_whole() -> None:
    log = CaptureLog(memory_budget=1000)
    tap = Tap(log.append)
    tap.open_connection("", START_NS)
    tap.feed(Direction.IN, publish(b"big", bytes(9_000_000)), START_NS)
    assert len(log.record(log.end_row - 1).payload) == 9_000_000


TOPICS = st.sampled_from([b"a/b", b"a/c", b"a", b"/", b"a//b", b"x\xff/y"])


@given(st.lists(st.tuples(TOPICS, st.sampled_from([Direction.IN, Direction.OUT])), max_size=60))
def test_that_counters_of_topics_and_nodes_equal_a_plain_count(
    sent: list[tuple[bytes, Direction]],
) -> None:
    log, tap = filled_log()
    for topic, direction in sent:
        tap.feed(direction, publish(topic, b"p"), START_NS)
    log.count_topics()
    log.topics.grow(1.0)
    incoming = Counter(topic for topic, direction in sent if direction is Direction.IN)
    index = log.topics
    assert {
        name: int(n) for name, n in zip(index.names, index.messages, strict=True) if n
    } == incoming
    totals = index.node_messages()
    assert int(totals[ROOT]) == sum(incoming.values())
    for node in range(1, index.node_count):
        path = index.path(node)
        assert index.find(path) == node
        below = sum(
            n for topic, n in incoming.items() if topic == path or topic.startswith(path + b"/")
        )
        assert int(totals[node]) == below
    assert index.find(b"not/there") == -1
    for topic_id, name in enumerate(index.names):
        assert index.path(index.node_of_topic(topic_id)) == name
        assert log.record(int(index.last_row[topic_id])).topic == name


def test_that_a_topic_of_thousands_of_levels_has_a_bounded_depth_and_its_exact_name() -> None:
    deep = b"/".join([b"x"] * 5000)
    log, _ = filled_log(publish(deep, b"1"))
    log.count_topics()
    log.topics.grow(1.0)
    node = log.topics.node_of_topic(0)
    assert log.topics.depth(node) == MAX_DEPTH
    assert log.topics.path(node) == deep


def test_that_the_tree_grows_within_its_budget_and_counts_meanwhile() -> None:
    log, tap = filled_log()
    tap.feed(Direction.IN, b"".join(publish(b"t/%d" % n, b"") for n in range(20_000)), START_NS)
    log.count_topics()
    first = log.topics.grow(0.0)
    assert 0 < len(first) < 20_000
    assert log.topics.pending > 0
    assert int(log.topics.messages.sum()) == 20_000
    while log.topics.pending:
        log.topics.grow(0.002)
    assert int(log.topics.node_messages()[ROOT]) == 20_000


def naive_view(log: CaptureLog, wanted: str) -> list[int]:
    rows = []
    for row in range(log.first_row, log.end_row):
        record = log.record(row)
        is_message = record.number is not None
        if (
            wanted == "packets"
            or record.is_note
            or (wanted == "messages" and is_message)
            or (wanted == "topic" and record.topic.startswith(b"a"))
        ):
            rows.append(row)
    return rows


STEPS = st.lists(
    st.one_of(
        st.lists(st.tuples(TOPICS, st.integers(0, 3_000_000)), min_size=1, max_size=4),
        st.sampled_from(["ping", "note", "look"]),
    ),
    max_size=20,
)


@given(STEPS)
def test_that_a_view_shows_what_a_plain_loop_finds_whatever_comes_and_goes(
    steps: list[object],
) -> None:
    log, tap = filled_log(memory_budget=18_000_000)
    views = {
        "packets": LogView(log, packets),
        "messages": LogView(log, messages),
        "topic": LogView(log, OnTopics(log.topics, lambda name: name.startswith(b"a"))),
    }
    for step in [*steps, "look"]:
        if step == "ping":
            tap.feed(Direction.IN, packet(0xD0), START_NS)
        elif step == "note":
            tap.note("something", START_NS)
        elif isinstance(step, list):
            tap.feed(
                Direction.IN,
                b"".join(publish(topic, bytes(size)) for topic, size in step),
                START_NS,
            )
        else:
            for wanted, view in views.items():
                before = len(view)
                gone, new = view.plan()
                view.drop()
                assert len(view) == before - gone
                view.extend()
                assert len(view) == before - gone + new
                rows = naive_view(log, wanted)
                assert [view.row_at(index) for index in range(len(view))] == rows
                for index, row in enumerate(rows):
                    assert view.position_of(row) == index
                assert view.position_of(log.end_row) == len(rows)


def test_that_an_index_outside_the_view_is_refused() -> None:
    log, _ = filled_log(publish(b"a"))
    view = LogView(log, messages)
    view.refresh()
    for index in (-1, 1):
        with pytest.raises(IndexError):
            view.row_at(index)


def test_that_rows_once_read_stay_the_same_while_the_end_grows() -> None:
    log, tap = filled_log(publish(b"a", b"1"))
    segment = log.segments[-1]
    count = segment.count
    before = segment.topic[:count].copy(), segment.raw[: segment.size].copy()
    tap.feed(Direction.IN, publish(b"b", b"2" * 500), START_NS)
    assert np.array_equal(segment.topic[:count], before[0])
    assert np.array_equal(segment.raw[: len(before[1])], before[1])
