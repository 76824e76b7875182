"""Retained messages: the last one of each topic, found by filter, cleared by an empty payload."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from topicscope.demo.message import Message
from topicscope.demo.retained import RetainedMessages
from topicscope.mqtt.topics import topic_filter_problem, topic_matches

level = st.sampled_from(["", "a", "b", "$SYS"])
topics = st.lists(level, min_size=1, max_size=4).map("/".join).filter(bool)
filters = (
    st.lists(st.sampled_from(["", "a", "b", "$SYS", "+", "#"]), min_size=1, max_size=4)
    .map("/".join)
    .filter(lambda text: topic_filter_problem(text) is None)
)


@given(st.lists(st.tuples(topics, st.binary(max_size=2)), max_size=20), filters)
def test_that_a_filter_finds_the_last_message_of_each_matching_topic(
    published: list[tuple[str, bytes]], topic_filter: str
) -> None:
    retained = RetainedMessages()
    expected: dict[str, bytes] = {}
    for topic, payload in published:
        retained.store(Message(topic, payload, retain=True))
        expected[topic] = payload
        if not payload:
            del expected[topic]
    found = retained.matching(topic_filter.split("/"), 0)
    assert {message.topic: message.payload for message in found} == {
        topic: payload for topic, payload in expected.items() if topic_matches(topic_filter, topic)
    }
    assert len(found) == len({message.topic for message in found})
    assert retained.count == len(expected)
    assert retained.payload_bytes == sum(map(len, expected.values()))


def test_that_an_expired_message_is_neither_found_nor_kept() -> None:
    retained = RetainedMessages()
    retained.store(Message("a", b"x", properties=[(2, 10)], now=100))
    assert len(retained.matching(["#"], 109)) == 1
    assert retained.matching(["#"], 110) == []
    assert retained.count == 0


def test_that_a_topic_of_thousands_of_levels_is_no_problem() -> None:
    retained = RetainedMessages()
    deep = "/".join(["x"] * 30_000)
    retained.store(Message(deep, b"1"))
    assert len(retained.matching(["#"], 0)) == 1
    assert len(retained.matching(deep.replace("x", "+").split("/"), 0)) == 1
    retained.clear(deep)
    assert retained.count == 0
