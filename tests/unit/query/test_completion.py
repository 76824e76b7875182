"""What is proposed at the cursor."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topicscope.capture.topic_index import TopicIndex
from topicscope.query import Completion, Known, complete


def known() -> Known:
    topics = TopicIndex()
    topics.add(
        [b"plant/line1/temp", b"plant/line2/temp", b"plant/line2/speed", b"$SYS/up", b"\xff/x"]
    )
    topics.grow(1.0)
    return Known(
        topics=topics,
        samples=lambda: [b'{"value": 1, "sensor": {"id x": [5]}}', b"{broken"],
        subscriptions=lambda: {1: "plant/#", 2: "$SYS/#"},
        level_names=("mod",),
    )


def texts(text: str) -> list[str]:
    return [one.text for one in complete(text, len(text), known())]


def applied(text: str, one: Completion) -> str:
    return text[: one.begin] + one.text + text[one.end :]


def test_that_an_empty_filter_begins_with_a_field_or_not() -> None:
    found = texts("")
    assert {"topic", "payload", "qos", "json.", "prop.content_type", "level.mod", "not"} <= set(
        found
    )
    assert "and" not in found
    assert "==" not in found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("to", ["topic"]),
        ("qos == 1 and ret", ["retain"]),
        ("prop.resp", ["prop.response_topic", "prop.response_information"]),
        ("type == sub", ["SUBSCRIBE", "SUBACK"]),
        ("direction == ", ["in", "out"]),
        ("retain == t", ["true"]),
        ("qos == 1 ", ["and", "or"]),
        ("(qos == 1 a", ["and"]),
        ("topic con", ["contains"]),
        ("gap > ", ["500ms", "2s", "5m"]),
        ("json.se", ["json.sensor", 'json.sensor["id x"]', 'json.sensor["id x"][0]']),
        ("subscription == ", ['""', "1", "2"]),
        ("id", ['json.sensor["id x"]', 'json.sensor["id x"][0]']),
        ("sens", ["json.sensor", 'json.sensor["id x"]', 'json.sensor["id x"][0]']),
        ("payload contains err", ['"err"']),
        ("value == ON", ['"ON"']),
        ("value == 12", []),
        ("qos == ab", []),
        ("topic ~ plant/#", ['"plant/#"']),
        ("topic ~ pl", ['"plant/', '"pl"']),
        ("topic in {plant/line2/s", ['"plant/line2/speed', '"plant/line2/s"']),
    ],
)
def test_that_what_fits_is_proposed(text: str, found: list[str]) -> None:
    assert texts(text) == found


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ('topic ~ "pl', ['topic ~ "plant/']),
        ('topic ~ "plant/', [f'topic ~ "plant/{one}' for one in ("line1/", "line2/", "+", "#")]),
        ('topic ~ "plant/+/', [f'topic ~ "plant/+/{one}' for one in ("temp", "speed", "+", "#")]),
        ('topic == "plant/line2/s', ['topic == "plant/line2/speed']),
        ('topic in {"x", "$', ['topic in {"x", "$SYS/']),
        ('subscription == "$', ['subscription == "$SYS/#']),
        ('payload contains "pl', []),
        ('qos == "pl', []),
    ],
)
def test_that_topics_are_proposed_level_by_level(text: str, whole: list[str]) -> None:
    assert [applied(text, one) for one in complete(text, len(text), known())] == whole


def test_that_each_property_is_explained_by_its_own_name() -> None:
    said = {one.text: one.help for one in complete("prop.", 5)}
    assert said["prop.content_type"] == "Content Type, a text."
    assert said["prop.message_expiry_interval"] == "Message Expiry Interval, a number."
    assert said["prop.correlation_data"] == "Correlation Data, bytes."
    assert said["prop.user"].startswith("A User Property")


def test_that_operators_are_those_of_the_field() -> None:
    assert texts("retain ") == ["==", "!=", "and", "or"]
    assert "~" in texts("topic ")
    assert "in {" in texts("qos ")


def test_that_what_stands_behind_the_cursor_is_left_alone() -> None:
    text = "to and qos == 1"
    (one,) = complete(text, 2, known())
    assert applied(text, one) == "topic and qos == 1"
    assert one.kind == "field"
    assert one.help.endswith(".")


def test_that_nothing_is_proposed_behind_what_is_no_filter() -> None:
    assert complete("qos = ", 6) == []
    assert complete("xyzzy == 1 and ", 15) == []


@given(st.text(st.sampled_from("topic ~\"plant/+#'()[]{}.json=1 andqos\\<>")), st.integers(0, 20))
def test_that_any_text_and_cursor_can_be_completed(text: str, cursor: int) -> None:
    for one in complete(text, min(cursor, len(text)), known()):
        assert 0 <= one.begin <= one.end <= len(text)
