"""Finding topics by a part of their name, a few milliseconds at a time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from topicscope.capture.topic_index import ROOT

if TYPE_CHECKING:
    from topicscope.capture.topic_index import TopicIndex

_NAMES_A_LOOK_AT_THE_CLOCK = 512


class TopicSearch:
    """The part of the tree that leads to topics whose name contains a text.

    Letters of both cases are alike when the text has no capitals (ASCII only: Topic Names are bytes).

    Attributes:
        text: what is looked for.
        found: number of topics found so far.

    """

    def __init__(self, topics: TopicIndex, text: str) -> None:
        self._topics = topics
        self.text = text
        self._bytes = text.encode(errors="replace")
        self._any_case = self._bytes == self._bytes.lower()
        self._next = 0
        self._children: dict[int, list[int]] = {ROOT: []}
        self.found = 0

    @property
    def pending(self) -> int:
        """Number of topics not looked at yet."""
        return len(self._topics) - self._topics.pending - self._next

    def children(self, node: int) -> list[int]:
        """Return the nodes below that lead to a topic found."""
        return self._children.get(node, [])

    def has_children(self, node: int) -> bool:
        """Tell whether there are such nodes."""
        return bool(self._children.get(node))

    def advance(self, deadline_s: float) -> list[int]:
        """Look on until `deadline_s` of ``time.perf_counter``; return the nodes that lead to what was found."""
        made: list[int] = []
        names, text, any_case = self._topics.names, self._bytes, self._any_case
        while self.pending:
            end = self._next + min(_NAMES_A_LOOK_AT_THE_CLOCK, self.pending)
            for topic_id, name in enumerate(names[self._next : end], self._next):
                if text in (name.lower() if any_case else name):
                    self.found += 1
                    self._add(self._topics.node_of_topic(topic_id), made)
            self._next = end
            if time.perf_counter() >= deadline_s:
                break
        return made

    def _add(self, node: int, made: list[int]) -> None:
        """Add a node and those above it that are not there yet, from the top down."""
        missing: list[int] = []
        while node not in self._children:
            missing.append(node)
            self._children[node] = []
            node = self._topics.parent(node)
        for child in reversed(missing):
            self._children[self._topics.parent(child)].append(child)
            made.append(child)
