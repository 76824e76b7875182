"""Finding topics by a part of their name, a Topic Filter or a regular expression, a few milliseconds at a time."""

from __future__ import annotations

import time
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING

from topicscope.capture.friendly_names import Named
from topicscope.capture.topic_index import ROOT
from topicscope.mqtt.topics import TopicFilter, topic_filter_problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from topicscope.capture.topic_index import TopicIndex

    Matches = Callable[[bytes], bool]

_NAMES_A_LOOK_AT_THE_CLOCK = 512
_PATTERNS_A_LOOK_AT_THE_CLOCK = 16
"""A regular expression may take long for a single name."""


_NOTHING = Named()


class SearchMode(Enum):
    """How the text of a search is meant; the value is what it is called where choices are kept."""

    CONTAINS = "contains"
    TOPIC_FILTER = "filter"
    PATTERN = "pattern"


class SearchError(ValueError):
    """The text of a search cannot be understood."""


def matcher(text: str, mode: SearchMode) -> Callable[[bytes], bool]:
    """Return what tells whether a Topic Name is looked for; raises `SearchError` with a sentence.

    Letters of both cases are alike when a text has no capitals (ASCII only: Topic Names are bytes).
    """
    if mode is SearchMode.TOPIC_FILTER:
        if problem := topic_filter_problem(text):
            raise SearchError(problem)
        return TopicFilter(text).matches
    if mode is SearchMode.PATTERN:
        # Reading the language of filters takes longer than painting the window.
        from topicscope.query.errors import FilterError
        from topicscope.query.patterns import Pattern

        try:
            pattern = Pattern(text)
        except FilterError as error:
            raise SearchError(str(error)) from None
        return lambda name: pattern.is_in(name.decode(errors="replace"))
    wanted = text.encode(errors="replace")
    if wanted == wanted.lower():
        return lambda name: wanted in name.lower()
    return lambda name: wanted in name


def _either(first: Matches, second: Matches, name: bytes) -> bool:
    return first(name) or second(name)


class TopicSearch:
    """The part of the tree that leads to the topics looked for; raises `SearchError` for a text without sense.

    Attributes:
        text: what is looked for.
        mode: how that is meant.
        named: what has a friendly name with the text in it; it is found too.
        found: number of topics found so far.

    """

    def __init__(
        self,
        topics: TopicIndex,
        text: str,
        mode: SearchMode = SearchMode.CONTAINS,
        named: Named = _NOTHING,
    ) -> None:
        self._topics = topics
        self.text = text
        self.mode = mode
        self.named = named
        self._matches = matches = matcher(text, mode)
        if named:
            self._matches = partial(_either, matches, named.is_in)
        slow = mode is SearchMode.PATTERN
        self._at_once = _PATTERNS_A_LOOK_AT_THE_CLOCK if slow else _NAMES_A_LOOK_AT_THE_CLOCK
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

    def includes(self, node: int) -> bool:
        """Tell whether a node leads to a topic found."""
        return node in self._children

    def advance(self, deadline_s: float) -> list[int]:
        """Look on until `deadline_s` of ``time.perf_counter``; return the nodes that lead to what was found."""
        made: list[int] = []
        names, matches = self._topics.names, self._matches
        while self.pending:
            end = self._next + min(self._at_once, self.pending)
            for topic_id, name in enumerate(names[self._next : end], self._next):
                if matches(name):
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
