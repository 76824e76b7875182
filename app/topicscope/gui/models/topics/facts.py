"""Counters of all nodes of the topic tree as arrays: what cells show, and what siblings are ordered by."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

import numpy as np

from topicscope.capture.branches import Branches
from topicscope.gui.models.topics.columns import Column
from topicscope.gui.models.topics.rates import NodeRates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from topicscope.capture.log import CaptureLog
    from topicscope.capture.talkers import Sampler


class Pulse(Protocol):
    """What is sampled of the topics of a capture, and the time that ages are counted to."""

    sampler: Sampler

    def now_ns(self) -> int:
        """Return that time, nanoseconds since the epoch."""

    def sample(self) -> bool:
        """Look at the counters; return False when the last look is too recent."""


REFRESH_S = 1.0
"""Ages, silence and retained topics are looked at so often at most."""
_SECOND = 1e9


class NodeFacts:
    """Counts, rates, ages, silence and retained topics of the nodes of one capture.

    Attributes:
        rates: messages per second of every node.
        newest_ns: time of the last message on each node and below; 0 where there was none.
        retained: how many topics at each node and below have been seen retained.

    """

    def __init__(self, log: CaptureLog, pulse: Pulse) -> None:
        self._topics = log.topics
        self._pulse = pulse
        self._branches = Branches(log.topics)
        self._refreshed_s = -REFRESH_S
        self.rates = NodeRates(time.monotonic(), self._topics.node_messages())
        self.newest_ns: NDArray[np.int64] = np.zeros(1, np.int64)
        self.retained: NDArray[np.float64] = np.zeros(1)
        self._lateness: NDArray[np.float64] = np.zeros(0)

    # Methods

    def refresh(self) -> bool:
        """Look at ages and silence again unless that was done just now; tell whether it was."""
        now_s = time.monotonic()
        if now_s - self._refreshed_s < REFRESH_S:
            return False
        self._refreshed_s = now_s
        self._pulse.sample()
        self._lateness = self._pulse.sampler.lateness()
        topics, branches = self._topics, self._branches
        branches.follow()
        self.newest_ns = branches.largest(topics.last_time_ns)
        flags = topics.retained.flags(len(topics))
        self.retained = branches.totals(flags.astype(np.float64))
        return True

    def sample_rates(self) -> bool:
        """Count the messages of all nodes; tell whether that must be done again though nothing arrives."""
        now = time.monotonic()
        if not self.rates.is_due(now):
            return True
        self.rates.sample(now, self._topics.node_messages())
        return not self.rates.settled

    def totals(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return for each node the sum of the values of the topics at it and below."""
        self._branches.follow()
        return self._branches.totals(values)

    def age_s(self, node: int) -> float | None:
        """Return the seconds since the last message on a node and below; None without one."""
        topics = self._topics
        topic_id = topics.topic_of_node(node)
        if topic_id >= 0 and not topics.has_children(node):
            last_ns = int(topics.last_time_ns[topic_id])
        else:
            last_ns = int(self.newest_ns[node]) if node < len(self.newest_ns) else 0
        return max(0.0, (self._pulse.now_ns() - last_ns) / _SECOND) if last_ns else None

    def is_silent(self, node: int) -> bool:
        """Tell whether a node is a topic that has missed its usual rhythm."""
        topic_id = self._topics.topic_of_node(node)
        if not 0 <= topic_id < len(self._lateness) or not self._lateness[topic_id]:
            return False
        # It may have spoken since the last look.
        last_ns = int(self._topics.last_time_ns[topic_id])
        usual = self.usual_s(node) or 0.0
        return (self._pulse.now_ns() - last_ns) / _SECOND > usual

    def usual_s(self, node: int) -> float | None:
        """Return the usual seconds between two messages of a topic; None where that is not known."""
        topic_id = self._topics.topic_of_node(node)
        return self._pulse.sampler.usual_s(topic_id) if topic_id >= 0 else None

    def is_retained(self, node: int) -> bool:
        """Tell whether a node is a topic that has been seen retained, and not been cleared since."""
        topic_id = self._topics.topic_of_node(node)
        return topic_id >= 0 and bool(self._topics.retained.flags(len(self._topics))[topic_id])

    def retained_below(self, node: int) -> int:
        """Return how many topics at a node and below have been seen retained."""
        return int(self.retained[node]) if node < len(self.retained) else 0

    def values(self, column: Column) -> NDArray[np.float64]:
        """Return what all nodes are ordered by in a column of numbers; nodes behind the end have 0."""
        if column is Column.MESSAGES:
            return self._topics.node_messages().astype(np.float64)
        if column is Column.BYTES:
            return self._topics.node_bytes().astype(np.float64)
        if column is Column.RATE:
            return self.rates.rates()
        if column is Column.AGE:
            # The time of the last message, turned round: the age itself never stands still.
            return -self.newest_ns.astype(np.float64)
        return self.retained
