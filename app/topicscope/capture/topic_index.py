"""Topics of a capture: ids, counters per topic, and the tree of their levels.

Counters are numpy arrays, added up for many messages at once. The tree grows separately and within a time budget,
because splitting 100,000 new Topic Names at once would hold its owner up; until a topic has its node it is counted
all the same, and its counts appear with the node.
"""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np

from topicscope.capture.retained import Retained
from topicscope.mqtt.control_packets import Direction

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from topicscope.capture.segment import Segment

ROOT = 0
NO_ROW = -1
MAX_DEPTH = 128
"""Deepest level that gets a node of its own; what lies below stays together in one name."""

_SEPARATOR = b"/"
_NAMES_A_LOOK_AT_THE_CLOCK = 64


class TopicIndex:
    """Names, counters and tree of all topics met. One thread owns it.

    Attributes:
        names: Topic Name of each topic id.
        births: row of the first message of each topic.
        retained: which topics have been seen retained, and not been cleared since.

    """

    def __init__(self) -> None:
        self.names: list[bytes] = []
        self.births = Births()
        self.retained = Retained()
        self._capacity = 0
        self._messages: NDArray[np.int64] = np.empty(0, np.int64)
        self._message_bytes: NDArray[np.int64] = np.empty(0, np.int64)
        self._last_row: NDArray[np.int64] = np.empty(0, np.int64)
        self._last_time: NDArray[np.int64] = np.empty(0, np.int64)
        self._without_node: deque[int] = deque()
        self._node_of_topic: list[int] = []
        self._parent: list[int] = [-1]
        self._level: list[bytes] = [b""]
        self._depth: list[int] = [0]
        self._topic: list[int] = [-1]
        self._children: list[dict[bytes, int] | None] = [None]
        self._totals_version = -1
        self._version = 0
        self._shape: _Shape | None = None
        self._node_messages: NDArray[np.int64] = np.zeros(1, np.int64)
        self._node_bytes: NDArray[np.int64] = np.zeros(1, np.int64)

    def __len__(self) -> int:
        return len(self.names)

    # Counters per topic

    @property
    def messages(self) -> NDArray[np.int64]:
        """Application Messages received on each topic."""
        return self._messages[: len(self.names)]

    @property
    def message_bytes(self) -> NDArray[np.int64]:
        """Bytes of the packets received on each topic."""
        return self._message_bytes[: len(self.names)]

    @property
    def last_row(self) -> NDArray[np.int64]:
        """Row of the last message of each topic, either way; `NO_ROW` before the first."""
        return self._last_row[: len(self.names)]

    @property
    def last_time_ns(self) -> NDArray[np.int64]:
        """Time of the last message of each topic, nanoseconds since the epoch."""
        return self._last_time[: len(self.names)]

    def add(self, names: Iterable[bytes]) -> None:
        """Take new Topic Names; their ids go on from the last."""
        for name in names:
            self._without_node.append(len(self.names))
            self.names.append(name)
            self._node_of_topic.append(-1)
        if len(self.names) > self._capacity:
            self._reserve(max(1024, 2 * len(self.names)))

    def count(self, segment: Segment, begin: int, end: int) -> None:
        """Add local rows `begin` to `end` of a segment to the counters."""
        ids = segment.topic[begin:end]
        with_topic = ids >= 0
        rows: NDArray[Any] | slice = slice(None)
        if not with_topic.all():
            rows = np.flatnonzero(with_topic)
            ids = ids[rows]
        if not len(ids):
            return
        size = len(self.names)
        self.retained.count(segment, begin, end, size)
        of_log = np.arange(begin, end, dtype=np.int64)[rows] + segment.first_row
        self._last_row[ids] = of_log
        self.births.count(ids, of_log, size)
        self._last_time[ids] = segment.times(begin, end)[rows]
        lengths = segment.lengths(begin, end)[rows]
        outgoing = segment.directions(begin, end)[rows] != Direction.IN
        if outgoing.any():
            ids, lengths = ids[~outgoing], lengths[~outgoing]
        self._messages[:size] += np.bincount(ids, minlength=size)
        self._message_bytes[:size] += np.bincount(ids, weights=lengths, minlength=size).astype(
            np.int64
        )
        self._version += 1

    # Tree of levels

    @property
    def node_count(self) -> int:
        """Number of nodes, the root included."""
        return len(self._parent)

    @property
    def pending(self) -> int:
        """Number of topics that have no node yet."""
        return len(self._without_node)

    def grow(self, budget_s: float = 0.005) -> list[int]:
        """Give nodes to topics that have none, for about `budget_s` seconds; return the nodes made, in order."""
        made: list[int] = []
        deadline = time.perf_counter() + budget_s
        while self._without_node:
            for _ in range(min(_NAMES_A_LOOK_AT_THE_CLOCK, len(self._without_node))):
                self._make_nodes(self._without_node.popleft(), made)
            if time.perf_counter() >= deadline:
                break
        if made:
            self._version += 1
        return made

    def parent(self, node: int) -> int:
        """Return the node above; -1 for the root."""
        return self._parent[node]

    def level(self, node: int) -> bytes:
        """Return the name of a node's level (section 4.7.1.1)."""
        return self._level[node]

    def depth(self, node: int) -> int:
        """Return the number of levels down to a node; the root has 0."""
        return self._depth[node]

    def children(self, node: int) -> list[int]:
        """Return the nodes below, in order of arrival."""
        below = self._children[node]
        return list(below.values()) if below else []

    def has_children(self, node: int) -> bool:
        """Tell whether there are nodes below."""
        return bool(self._children[node])

    def topic_of_node(self, node: int) -> int:
        """Return the id of the topic that ends at a node; -1 where none does."""
        return self._topic[node]

    def node_of_topic(self, topic_id: int) -> int:
        """Return the node of a topic; -1 while it has none."""
        return self._node_of_topic[topic_id]

    def path(self, node: int) -> bytes:
        """Return the levels from the root to a node, joined as in a Topic Name."""
        levels: list[bytes] = []
        while node > ROOT:
            levels.append(self._level[node])
            node = self._parent[node]
        return _SEPARATOR.join(reversed(levels))

    def find(self, topic: bytes) -> int:
        """Return the node with these levels, joined as in a Topic Name; -1 where there is none."""
        node = ROOT
        for level in topic.split(_SEPARATOR, MAX_DEPTH - 1):
            node = (self._children[node] or {}).get(level, -1)
            if node < 0:
                break
        return node

    def node_messages(self) -> NDArray[np.int64]:
        """Return for each node the messages received on it and below."""
        self._add_up()
        return self._node_messages

    def node_bytes(self) -> NDArray[np.int64]:
        """Return for each node the bytes received on it and below."""
        self._add_up()
        return self._node_bytes

    # Private

    def _reserve(self, capacity: int) -> None:
        for name, empty in (
            ("_messages", 0),
            ("_message_bytes", 0),
            ("_last_row", NO_ROW),
            ("_last_time", 0),
        ):
            grown = np.full(capacity, empty, np.int64)
            grown[: self._capacity] = getattr(self, name)
            setattr(self, name, grown)
        self._capacity = capacity

    def _make_nodes(self, topic_id: int, made: list[int]) -> None:
        node = ROOT
        for level in self.names[topic_id].split(_SEPARATOR, MAX_DEPTH - 1):
            below = self._children[node]
            if below is None:
                below = self._children[node] = {}
            child = below.get(level)
            if child is None:
                child = below[level] = len(self._parent)
                self._parent.append(node)
                self._level.append(level)
                self._depth.append(self._depth[node] + 1)
                self._topic.append(-1)
                self._children.append(None)
                made.append(child)
            node = child
        self._topic[node] = topic_id
        self._node_of_topic[topic_id] = node

    def _add_up(self) -> None:
        if self._totals_version == self._version:
            return
        self._totals_version = self._version
        shape = self._shape
        if shape is None or shape.size != self.node_count or shape.topics != len(self.names):
            shape = self._shape = _Shape(self._parent, self._depth, self._node_of_topic)
        self._node_messages = shape.subtree_totals(self.messages)
        self._node_bytes = shape.subtree_totals(self.message_bytes)


class Births:
    """The row of the first message of each topic, either way; it stays known when that row is given up."""

    def __init__(self) -> None:
        self._rows: NDArray[np.int64] = np.empty(0, np.int64)
        self._born = 0

    def rows(self, size: int) -> NDArray[np.int64]:
        """Return the row of each of the first `size` topics; `NO_ROW` before its first message."""
        self._reserve(size)
        return self._rows[:size]

    def count(self, ids: NDArray[np.int32], rows: NDArray[np.int64], size: int) -> None:
        """Take in the next messages: the topic of each, its row, and how many topics there are by now."""
        if self._born == size:
            return
        self._reserve(size)
        new = np.flatnonzero(self._rows[ids] == NO_ROW)[::-1]
        self._rows[ids[new]] = rows[new]
        # Not np.unique: its first call imports all of numpy.ma.
        self._born += int(np.count_nonzero(np.bincount(ids[new])))

    def _reserve(self, size: int) -> None:
        if size > len(self._rows):
            grown = np.full(max(1024, 2 * size), NO_ROW, np.int64)
            grown[: len(self._rows)] = self._rows
            self._rows = grown


class _Shape:
    """The tree as arrays, made again only when it has grown."""

    def __init__(self, parent: list[int], depth: list[int], node_of_topic: list[int]) -> None:
        self.size = len(parent)
        self.topics = len(node_of_topic)
        nodes = np.array(node_of_topic, np.int64)
        self._placed = np.flatnonzero(nodes >= 0)
        self._nodes = nodes[self._placed]
        parents, depths = np.array(parent, np.int64), np.array(depth, np.int64)
        order = np.argsort(-depths, kind="stable")
        borders = np.flatnonzero(np.diff(depths[order])) + 1
        levels = np.split(order, borders)[:-1]
        self._levels = [(level, parents[level]) for level in levels]

    def subtree_totals(self, of_topics: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return for each node the sum over the topics at it and below."""
        totals = np.zeros(self.size, np.int64)
        totals[self._nodes] = of_topics[self._placed]
        for nodes, parents in self._levels:
            totals += np.bincount(parents, weights=totals[nodes], minlength=self.size).astype(
                np.int64
            )
        return totals
