"""The tree of levels as arrays, to add up values of topics for all nodes at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from topicscope.capture.topic_index import ROOT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from topicscope.capture.topic_index import TopicIndex

_NODES_AT_A_TIME = 10_000


class Branches:
    """Follows the tree of an index as that grows; it makes no nodes itself."""

    def __init__(self, topics: TopicIndex) -> None:
        self._topics = topics
        self._parent: NDArray[np.int32] = np.full(1, -1, np.int32)
        self._nodes = 1
        self._node: NDArray[np.int32] = np.empty(0, np.int32)
        self._placed = 0

    def follow(self) -> None:
        """Take in new nodes and the nodes of new topics, some thousands at most."""
        topics = self._topics
        end = min(topics.node_count, self._nodes + _NODES_AT_A_TIME)
        if end > self._nodes:
            self._parent = _reserved(self._parent, end)
            self._parent[self._nodes : end] = list(map(topics.parent, range(self._nodes, end)))
            self._nodes = end
        # Topics get their nodes in order, and a node is younger than its parents.
        last = min(len(topics) - topics.pending, self._placed + _NODES_AT_A_TIME)
        nodes = np.array(list(map(topics.node_of_topic, range(self._placed, last))), np.int32)
        unknown = np.flatnonzero(nodes >= self._nodes)
        nodes = nodes[: unknown[0]] if len(unknown) else nodes
        self._node = _reserved(self._node, self._placed + len(nodes))
        self._node[self._placed : self._placed + len(nodes)] = nodes
        self._placed += len(nodes)

    def totals(self, values: NDArray[np.float64], first: int = 0) -> NDArray[np.float64]:
        """Return for each node the sum over the topics at it and below; `values` begin with topic id `first`."""
        totals = np.zeros(self._nodes)
        nodes = self._node[first : min(self._placed, first + len(values))]
        values = values[: len(nodes)]
        some = np.flatnonzero(values)
        nodes, values = nodes[some], values[some]
        while len(nodes):
            totals += np.bincount(nodes, weights=values, minlength=self._nodes)
            nodes = self._parent[nodes]
            inside = nodes >= ROOT
            if not inside.all():
                nodes, values = nodes[inside], values[inside]
        return totals

    def largest(self, values: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return for each node the largest value of the topics at it and below, 0 at least."""
        largest = np.zeros(self._nodes, np.int64)
        nodes = self._node[: min(self._placed, len(values))]
        values = values[: len(nodes)]
        while len(nodes):
            np.maximum.at(largest, nodes, values)
            nodes = self._parent[nodes]
            inside = nodes >= ROOT
            if not inside.all():
                nodes, values = nodes[inside], values[inside]
        return largest

    def forks(self, totals: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Tell which nodes have something, and not all of it from a single node below."""
        largest = np.zeros(self._nodes)
        np.maximum.at(largest, self._parent[1 : self._nodes], totals[1:])
        forks: NDArray[np.bool_] = (totals > 0) & (largest < totals)
        return forks


def _reserved(column: NDArray[np.int32], size: int) -> NDArray[np.int32]:
    if size <= len(column):
        return column
    grown = np.empty(size + size // 4 + 256, np.int32)
    grown[: len(column)] = column
    return grown
