"""A filter at work: live, backwards, remembered, with notes, and what it tells about itself."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from tests.unit.query.captures import Capture, payloads
from topicscope.capture import log as log_module
from topicscope.capture.view import LogView
from topicscope.query import FilterContext, compile_filter, snapshot
from topicscope.query.json_masks import JsonReader


def test_that_notes_are_seen_whatever_the_filter() -> None:
    capture = Capture()
    capture.tap.note("connection lost", capture.now)
    for text in ("", "qos == 2", "type == CONNACK", "json.a == 1 and changed"):
        assert capture.seen(text) == [1], text


def test_that_an_empty_filter_sees_all_messages_or_all_packets() -> None:
    capture = Capture()
    capture.message("a")
    assert capture.seen("") == [1]
    assert capture.seen("", FilterContext(capture.log, packets=True)) == [0, 1]
    assert compile_filter("", capture.context).is_empty


@pytest.mark.parametrize(
    "text", ["json.a == 1", "changed", 'topic == "t"', "gap > 1s", "value == 1"]
)
def test_that_a_view_grows_by_what_comes(text: str) -> None:
    capture = Capture()
    view = LogView(capture.log, compile_filter(text, capture.context).predicate)
    for number in range(6):
        capture.message("t" if number % 3 else "u", b'{"a": %d, "value": 1}' % (number % 2))
        view.refresh()
    assert [view.row_at(index) for index in range(len(view))] == capture.seen(text)


def test_that_new_topics_are_asked_about_when_they_come() -> None:
    capture = Capture()
    wanted = compile_filter('topic ~ "a/+"', capture.context)
    for topic in ("a/1", "b", "a/2"):
        capture.message(topic)
        segment = capture.log.segments[-1]
        seen = wanted.predicate(segment, segment.count - 1, segment.count)
        assert seen is not None
        assert seen.tolist() == [topic.startswith("a/")]


def test_that_rows_are_given_newest_first_in_chunks_from_a_snapshot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(log_module, "ROWS", 5)
    capture = payloads(*[b"%d" % number for number in range(12)])
    rows = snapshot(capture.log)
    capture.message("late")
    wanted = compile_filter("value >= 0", capture.context)
    spans = [
        (segment.first_row + begin, segment.first_row + end)
        for segment, begin, end, _ in wanted.evaluate_backwards(rows, 4)
    ]
    assert spans[0][1] == 13
    assert spans == sorted(spans, reverse=True)
    assert sum(end - begin for begin, end in spans) == 13


def test_that_old_rows_may_be_looked_at_on_another_thread_while_new_ones_come() -> None:
    capture = Capture()
    for number in range(3000):
        capture.message(f"t{number % 7}", b'{"a": %d}' % number)
    wanted = compile_filter(
        'json.a >= 0 and (changed or gap > 1ms) and topic ~ "#"', capture.context
    )
    found: list[int] = []

    def look() -> None:
        for _, _, _, seen in wanted.evaluate_backwards(rows, 100):
            assert seen is not None
            found.append(int(np.count_nonzero(seen)))

    rows = snapshot(capture.log)
    thread = threading.Thread(target=look)
    thread.start()
    for number in range(1000):
        capture.message(f"u{number}", b'{"a": 1}')
        segment = capture.log.segments[-1]
        seen = wanted.predicate(segment, segment.count - 1, segment.count)
        assert seen is not None
        assert seen.all()
    thread.join()
    assert sum(found) == 3000


def test_that_what_was_found_out_is_not_found_out_again(monkeypatch: pytest.MonkeyPatch) -> None:
    capture = payloads(b'{"a": 1}', b'{"a": 2}')
    assert capture.seen("json.a == 1") == [1]
    asked: list[int] = []
    values = JsonReader.values
    monkeypatch.setattr(
        JsonReader, "values", lambda self, some: asked.append(1) or values(self, some)
    )
    assert capture.seen("qos == 0 and json.a == 1") == [1]
    assert not asked
    assert capture.seen("json.a == 2") == [2]
    assert asked


def test_that_dear_parts_are_asked_only_about_what_the_cheap_ones_leave(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    capture = Capture()
    for number in range(20):
        capture.message("a" if number == 3 else "b", b'{"a": 1}')
    read: list[int] = []
    values = JsonReader.values

    def counted(self: JsonReader, some: object) -> list[object]:
        found = values(self, some)  # type: ignore[arg-type]
        read.append(len(found))
        return found

    monkeypatch.setattr(JsonReader, "values", counted)
    assert capture.seen('json.a == 1 and topic == "a"') == [4]
    assert len(capture.seen('json.a == 3 or topic == "b"')) == 19
    assert read == [1, 1]


def test_that_one_is_not_true_and_true_is_not_one_even_when_remembered() -> None:
    capture = payloads(b'{"a": 1}', b'{"a": true}')
    assert capture.seen("json.a == 1") == [1]
    assert capture.seen("json.a == true") == [2]
    assert capture.seen('json.a == "1"') == []


def test_that_rows_given_up_leave_a_view_and_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "ROWS", 4)
    capture = Capture()
    capture.log.memory_budget = 800
    view = LogView(
        capture.log, compile_filter("json.a >= 0 and gap >= 0ms", capture.context).predicate
    )
    for number in range(200):
        capture.message("t", b'{"a": %d}' % number)
        view.refresh()
    assert capture.log.first_row > 150
    assert [view.row_at(index) for index in range(len(view))] == list(
        range(capture.log.first_row, capture.log.end_row)
    )


@pytest.mark.parametrize(
    ("text", "cheap"),
    [
        ("", True),
        ('topic ~ "a/#" and qos == 1 and size > 10 and time > -5m', True),
        ("retain or packet_identifier == 5 or direction == out", True),
        ("gap > 5m", False),
        ("json.a == 1", False),
        ('qos == 1 and payload contains "x"', False),
        ("not changed", False),
        ("prop.content_type", False),
    ],
)
def test_that_a_filter_knows_whether_it_is_cheap(text: str, cheap: bool) -> None:
    assert compile_filter(text, Capture().context).is_cheap is cheap


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "All messages."),
        ("changed", "Messages where the payload differs from the one before on its topic."),
        (
            'topic ~ "plant/#" and (json.a.b[0] > 80 or not retain)',
            (
                'Messages where the topic matches the Topic Filter "plant/#" and '
                "(the JSON field a.b[0] is more than 80 or not (the message is retained))."
            ),
        ),
        ("qos in {1, 2}", "Messages where the QoS is one of 1, 2."),
        ("time in -5m..-1m", "Messages where the time is between -5m and -1m."),
        ('prop.user["k"]', "Messages where the User Property k is there."),
        ("type == SUBACK", "Control Packets where the packet type is SUBACK."),
    ],
)
def test_that_a_filter_says_in_words_what_it_sees(text: str, said: str) -> None:
    assert compile_filter(text, Capture().context).explain() == said


def test_that_an_expression_that_never_ends_is_given_up_and_says_so() -> None:
    capture = payloads(*[b"a" * 40 + b"%d" % number for number in range(30)])
    wanted = compile_filter(r'payload matches "^(a|aa)+$"', capture.context)
    segment = capture.log.segments[0]
    assert not wanted.warnings
    wanted.predicate(segment, 0, segment.count)
    assert "took too long" in wanted.warnings[0]
    assert "given up" in wanted.warnings[0]
