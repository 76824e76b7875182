"""Names of topic levels: which template each topic of a capture lies on, evaluated once per topic.

Only the number of the template is kept for each topic. A level is cut out of the Topic Name when it is asked for,
and kept as a column of codes for those names that a display filter has asked about.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from topicscope.capture.topic_index import MAX_DEPTH, ROOT
from topicscope.mqtt.topic_templates import NO_TEMPLATE, TopicTemplates, level_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, KeysView

    from numpy.typing import NDArray

    from topicscope.capture.topic_index import TopicIndex
    from topicscope.mqtt.topic_templates import TopicTemplate

_AT_ONCE = 256


class LevelNames:
    """What the user calls the levels of the topics of one `TopicIndex`; the thread that owns that owns this.

    Attributes:
        templates: the templates, in the order in which they are tried.

    """

    def __init__(self, topics: TopicIndex, templates: Iterable[TopicTemplate]) -> None:
        self.templates = TopicTemplates(templates)
        self._topics = topics
        self._template_of_topic: NDArray[np.int32] = np.empty(0, np.int32)
        self._matched = 0
        self._marked = 0
        self._template_of_node: list[int] = []
        self._in_use = [False] * len(self.templates)
        self._columns: dict[str, _Column] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """All names of all templates, in order."""
        return self.templates.names

    @property
    def names_in_use(self) -> tuple[str, ...]:
        """The names of templates that a topic lies on, in order, as far as `update` has come."""
        used = (
            one
            for one, is_used in zip(self.templates.templates, self._in_use, strict=True)
            if is_used
        )
        return tuple(dict.fromkeys(name for one in used for name in one.names))

    def update(self, budget_s: float = float("inf")) -> int:
        """Look at new topics and nodes for about `budget_s` seconds; return how many topics wait."""
        deadline = time.perf_counter() + budget_s
        self._match(deadline)
        self._mark_nodes(deadline)
        return len(self._topics) - self._marked

    def template_of(self, topic_id: int) -> TopicTemplate | None:
        """Return the template that a topic lies on."""
        index = self._index_of(topic_id)
        return None if index < 0 else self.templates.templates[index]

    def value(self, topic_id: int, name: str) -> bytes | None:
        """Return the level of a topic that has this name; None when none has."""
        index = self._index_of(topic_id)
        if index < 0:
            return None
        return self.templates.value_on(index, self._topics.names[topic_id], name)

    def name_of_node(self, node: int) -> str | None:
        """Return the name of the level that a node of the tree is; None when it has none.

        Where topics below lie on several templates, the first of these counts. Nodes are known after `update`.
        """
        if not 0 <= node < len(self._template_of_node):
            return None
        index, depth = self._template_of_node[node], self._topics.depth(node)
        if index < 0 or depth >= MAX_DEPTH:
            return None
        names = self.templates.templates[index].level_names
        return names[depth - 1] if 0 < depth <= len(names) else None

    def mask(self, name: str, predicate: Callable[[bytes], bool]) -> NDArray[np.bool_]:
        """Return for each topic id whether it has a level of this name that `predicate` says yes to.

        Each distinct value is asked for once.
        """
        column = self._column(name)
        # The code of topics without the level is -1, so the last answer is theirs.
        answers = np.fromiter(
            (*map(predicate, column.values), False), np.bool_, len(column.values) + 1
        )
        return answers[column.codes]

    def values(self, name: str) -> list[bytes]:
        """Return the different values of a level, in order of arrival."""
        return list(self._column(name).values)

    # Private

    def _index_of(self, topic_id: int) -> int:
        if topic_id < self._matched:
            return int(self._template_of_topic[topic_id])
        return self.templates.index_of(self._topics.names[topic_id])

    def _match(self, deadline: float) -> None:
        names, index_of = self._topics.names, self.templates.index_of
        if self._matched == len(names):
            return
        self._reserve(len(names))
        while self._matched < len(names):
            found = [index_of(name) for name in names[self._matched : self._matched + _AT_ONCE]]
            for index in set(found):
                if index >= 0:
                    self._in_use[index] = True
            self._template_of_topic[self._matched : self._matched + len(found)] = found
            self._matched += len(found)
            if time.perf_counter() >= deadline:
                break

    def _reserve(self, size: int) -> None:
        if size > len(self._template_of_topic):
            grown = np.full(max(1024, 2 * size), NO_TEMPLATE, np.int32)
            grown[: self._matched] = self._template_of_topic[: self._matched]
            self._template_of_topic = grown

    def _mark_nodes(self, deadline: float) -> None:
        """Note the template at all nodes from a topic up to the root.

        A node with a template has one no later at each node above, so the way up ends there.
        """
        topics, marks = self._topics, self._template_of_node
        marks.extend([NO_TEMPLATE] * (topics.node_count - len(marks)))
        # Nodes are made in the order of topic ids, so the first without one ends the round.
        while self._marked < self._matched:
            chunk = self._template_of_topic[
                self._marked : min(self._matched, self._marked + _AT_ONCE)
            ]
            for index in chunk.tolist():
                node = topics.node_of_topic(self._marked)
                if node < 0:
                    return
                self._marked += 1
                while index >= 0 and node > ROOT and not 0 <= marks[node] <= index:
                    marks[node] = index
                    node = topics.parent(node)
            if time.perf_counter() >= deadline:
                return

    def _column(self, name: str) -> _Column:
        self._match(float("inf"))
        column = self._columns.get(name)
        if column is None:
            positions = [one.position(name) for one in self.templates.templates]
            column = self._columns[name] = _Column(positions)
        column.extend(self._topics.names, self._template_of_topic[: self._matched])
        return column


class _Column:
    """The level of one name for each topic, as a code for each different value."""

    def __init__(self, positions: list[int]) -> None:
        """Take for each template the position of the level; -1 where the template has none."""
        self._positions = np.array([*positions, -1], np.int64)
        self._code_of: dict[bytes, int] = {}
        self.codes: NDArray[np.int32] = np.empty(0, np.int32)

    @property
    def values(self) -> KeysView[bytes]:
        """The value of each code."""
        return self._code_of.keys()

    def extend(self, names: list[bytes], template_of_topic: NDArray[np.int32]) -> None:
        """Take in the topics behind those that are known."""
        begin = len(self.codes)
        if begin == len(template_of_topic):
            return
        positions = self._positions[template_of_topic[begin:]]
        codes = np.full(len(positions), -1, np.int32)
        having = np.flatnonzero(positions >= 0)
        code_of = self._code_of
        codes[having] = [
            code_of.setdefault(level_at(names[begin + at], position), len(code_of))
            for at, position in zip(having.tolist(), positions[having].tolist(), strict=True)
        ]
        self.codes = np.concatenate((self.codes, codes))
