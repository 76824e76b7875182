"""Topic Names and Topic Filters: validity and matching, held against a naive oracle."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topicscope.mqtt.topics import (
    TopicFilter,
    levels,
    topic_filter_problem,
    topic_matches,
    topic_name_problem,
    topic_name_warning,
)

LEVEL = st.sampled_from(["", "a", "b", "+", "#", "$", "$SYS", "a b", "ü", "\n", "."])
TOPIC = st.lists(LEVEL, min_size=1, max_size=5).map("/".join)
NAME_LEVEL = st.sampled_from(["", "a", "b", "$", "$SYS", "a b", "ü", "\n", "."])
NAME = st.lists(NAME_LEVEL, min_size=1, max_size=5).map("/".join)


def naive_match(topic_filter: str, topic: str) -> bool:
    """Walk both level by level, as section 4.7 says it."""
    if topic_filter[:1] in {"+", "#"} and topic[:1] == "$":
        return False
    wanted, given_levels = topic_filter.split("/"), topic.split("/")
    for index, level in enumerate(wanted):
        if level == "#":
            return True
        if index >= len(given_levels):
            return False
        if level not in {"+", given_levels[index]}:
            return False
    return len(wanted) == len(given_levels)


def oracle(topic_filter: str, topic: str) -> bool:
    if topic_filter.endswith("/#") and naive_match(topic_filter[:-2], topic):
        return True  # section 4.7.1.2: the multi-level wildcard includes the parent level
    return naive_match(topic_filter, topic)


@pytest.mark.parametrize(
    ("topic_filter", "topic", "expected"),
    [
        # Section 4.7.1.2
        ("sport/tennis/player1/#", "sport/tennis/player1", True),
        ("sport/tennis/player1/#", "sport/tennis/player1/ranking", True),
        ("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", True),
        ("sport/tennis/player1/#", "sport/tennis/player10", False),
        ("sport/#", "sport", True),
        ("#", "anything/at/all", True),
        # Section 4.7.1.3
        ("sport/tennis/+", "sport/tennis/player1", True),
        ("sport/tennis/+", "sport/tennis/player1/ranking", False),
        ("sport/+", "sport", False),
        ("sport/+", "sport/", True),
        ("+/+", "/finance", True),
        ("/+", "/finance", True),
        ("+", "/finance", False),
        ("+/tennis/#", "a/tennis", True),
        ("+/tennis/#", "a/b/tennis", False),
        ("sport/+/player1", "sport/tennis/player1", True),
        # Section 4.7.2
        ("#", "$SYS/broker/uptime", False),
        ("+/monitor/Clients", "$SYS/monitor/Clients", False),
        ("$SYS/#", "$SYS/broker/uptime", True),
        ("$SYS/monitor/+", "$SYS/monitor/Clients", True),
        ("#", "$", False),
        ("a/+", "a/$b", True),
        ("a/#", "a/$b", True),
        # Empty levels and exact text
        ("a//b", "a//b", True),
        ("a//b", "a/b", False),
        ("a/+/b", "a//b", True),
        ("/", "/", True),
        ("+/+/+", "//", True),
        ("a", "A", False),
        ("a.b", "axb", False),
        ("a/+", "a/line\nbreak", True),
        ("\u00e9", "e\u0301", False),
        # Section 4.8.2
        ("$share/group/sport/#", "sport/tennis", True),
        ("$share/group/sport/#", "$share/group/sport/tennis", False),
        ("$share/group/#", "$SYS/broker", False),
        ("$share/group//a", "/a", True),
        ("$share/group/$SYS/#", "$SYS/broker", True),
    ],
)
def test_that_matching_follows_the_examples_of_the_standard(
    topic_filter: str, topic: str, expected: bool
) -> None:
    assert topic_matches(topic_filter, topic) is expected
    assert TopicFilter(topic_filter).matches(topic.encode()) is expected


@settings(deadline=None, max_examples=500)
@given(TOPIC, NAME)
def test_that_matching_agrees_with_the_naive_walk(topic_filter: str, topic: str) -> None:
    if topic_filter_problem(topic_filter) is None and not topic_filter.startswith("$share/"):
        assert topic_matches(topic_filter, topic) is oracle(topic_filter, topic)


@settings(deadline=None)
@given(st.binary(max_size=30), TOPIC)
def test_that_any_bytes_can_be_asked_for(topic: bytes, topic_filter: str) -> None:
    if topic_filter_problem(topic_filter) is None:
        assert TopicFilter(topic_filter).matches(topic) in {True, False}


def test_that_topic_names_that_are_not_utf8_match_by_their_bytes() -> None:
    assert topic_matches("a/+/b", b"a/\xff\xfe/b")
    assert topic_matches("#", b"\xff")
    assert not topic_matches("a/b", b"a/\xff")


def test_that_a_shared_subscription_matches_the_filter_after_the_share_name() -> None:
    shared = TopicFilter("$share/consumers/plant/+/temperature")
    assert (shared.share_name, shared.filter) == ("consumers", "plant/+/temperature")
    assert shared.text == "$share/consumers/plant/+/temperature"
    assert shared.matches(b"plant/line1/temperature")
    plain = TopicFilter("plant/#")
    assert (plain.share_name, plain.filter) == (None, "plant/#")


def test_that_filters_with_the_same_text_are_equal() -> None:
    assert len({TopicFilter("a/#"), TopicFilter("a/#"), TopicFilter("a/+")}) == 2


NAME_PROBLEMS = [
    ("a/b", None),
    ("/", None),
    ("a//b", None),
    ("$SYS/broker", None),
    ("a b", None),
    ("\u0001", None),
    ("\ufeff", None),
    (b"a/b", None),
    ("x" * 65_535, None),
    ("", "at least one character"),
    (b"", "at least one character"),
    ("a/+/b", "wildcard +"),
    ("a/#", "wildcard #"),
    ("a\0b", "U+0000"),
    (b"a\0b", "U+0000"),
    ("a\ud800", "surrogate pair"),
    (b"a\xff", "byte 1"),
    (b"\xed\xa0\x80", "UTF-8"),
    ("x" * 65_536, "65,536"),
    ("ü" * 32_768, "65,536"),
]


@pytest.mark.parametrize(("name", "words"), NAME_PROBLEMS)
def test_that_a_topic_name_that_is_not_valid_is_explained(
    name: str | bytes, words: str | None
) -> None:
    problem = topic_name_problem(name)
    assert problem is None if words is None else words in problem


@pytest.mark.parametrize(
    ("topic_filter", "words"),
    [
        *((name, words) for name, words in NAME_PROBLEMS if "wildcard" not in (words or "")),
        ("#", None),
        ("+", None),
        ("+/+/#", None),
        ("a/+/b", None),
        ("$share/g/a", None),
        ("$share/g/+/#", None),
        ("$share/g//", None),
        ("$share", None),
        ("$shared/a/#", None),
        ("a/#/b", "last level"),
        ("#/", "last level"),
        ("a#", "alone in its level"),
        ("a/b+", "alone in its level"),
        ("a/##", "alone in its level"),
        ("a/+#", "alone in its level"),
        ("$share/", "needs a Share Name"),
        ("$share//a", "needs a Share Name"),
        ("$share/g", "behind the Share Name"),
        ("$share/g/", "behind the Share Name"),
        ("$share/g+/a", "Share Name must not contain the wildcard +"),
        ("$share/#/a", "Share Name must not contain the wildcard #"),
        ("$share/g/a#", "alone in its level"),
        (b"a/\xff/#", "UTF-8"),
    ],
)
def test_that_a_topic_filter_that_is_not_valid_is_explained(
    topic_filter: str | bytes, words: str | None
) -> None:
    problem = topic_filter_problem(topic_filter)
    assert problem is None if words is None else words in problem


def test_that_a_filter_that_is_not_valid_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="alone in its level"):
        TopicFilter("a/b#")
    with pytest.raises(ValueError, match="at least one character"):
        topic_matches("", "a")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a/b", None),
        ("Grüße/日本", None),
        (b"\xff", None),
        ("a\tb", "control character (U+0009)"),
        ("a\x7f", "control character (U+007F)"),
        (b"a\xc2\x85", "control character (U+0085)"),
        ("\ufdd0", "non-character (U+FDD0)"),
        ("a\uffff", "non-character (U+FFFF)"),
        ("\U0010fffe", "non-character (U+10FFFE)"),
        ("a\u202eb", "invisible character (U+202E)"),
        ("\ufeffa", "invisible character (U+FEFF)"),
    ],
)
def test_that_characters_that_ask_for_trouble_are_warned_of(
    name: str | bytes, words: str | None
) -> None:
    warning = topic_name_warning(name)
    assert warning is None if words is None else words in warning


@given(st.one_of(st.text(), st.binary()))
def test_that_every_question_about_a_topic_has_an_answer(topic: str | bytes) -> None:
    for ask in (topic_name_problem, topic_filter_problem, topic_name_warning):
        assert ask(topic) is None or isinstance(ask(topic), str)


@given(st.one_of(st.text(), st.binary()))
def test_that_levels_joined_again_are_the_topic(topic: str | bytes) -> None:
    separator = b"/" if isinstance(topic, bytes) else "/"
    assert separator.join(levels(topic)) == topic
