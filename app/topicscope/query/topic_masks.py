"""Tests of the topic: each Topic Name is asked about once, however many messages it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from topicscope.mqtt.control_packets import Direction

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from numpy.typing import NDArray

    from topicscope.mqtt.topics import TopicFilter
    from topicscope.query.chunk import Chunk
    from topicscope.query.context import FilterContext
    from topicscope.query.masks import Rows

    TopicsTest = Callable[[Sequence[bytes]], Sequence[bool]]


class OfTopic:
    """Rows on the topics that a test says yes to; the answers for topics are kept for the next filter."""

    cost = 2

    def __init__(
        self,
        test: TopicsTest,
        question: Hashable,
        context: FilterContext,
        *,
        received_only: bool = False,
    ) -> None:
        self._test = test
        self._question = question
        self._context = context
        self._received_only = received_only

    def mask(self, chunk: Chunk, wanted: Rows) -> Rows:
        """Return which rows are seen."""
        del wanted
        seen: Rows = self._answers().take(chunk.topics, mode="wrap")
        if self._received_only:
            seen &= chunk.segment.directions(chunk.begin, chunk.end) == Direction.IN
        return seen

    def _answers(self) -> NDArray[np.bool_]:
        """Return an answer for each topic id, and no for the ids -1 and -2."""
        names, answers = self._context.log.topics.names, self._context.answers
        known = answers.topics(self._question)
        asked, count = len(known) - 2, len(names)
        if asked < count:
            new = np.array(self._test(names[asked:count]), np.bool_)
            known = np.concatenate((known[:asked], new, np.zeros(2, np.bool_)))
            answers.keep_topics(self._question, known)
        return known


def text_test(test: Callable[[str], bool]) -> TopicsTest:
    """Return a test of topics from one of texts."""
    return lambda names: [test(name.decode(errors="surrogateescape")) for name in names]


def filter_test(topic_filter: TopicFilter) -> TopicsTest:
    """Return a test for topics that match a Topic Filter; its longest fixed part is looked for first."""
    parts = topic_filter.filter.encode().removesuffix(b"#").removesuffix(b"/").split(b"+")
    fixed = max(reversed(parts), key=len)
    matches = topic_filter.matches
    return lambda names: [fixed in name and matches(name) for name in names]
