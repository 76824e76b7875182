"""What is written beside each node of the topic tree; read when it is painted."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from topicscope.gui.models.topic_tree_rates import NodeRates
from topicscope.gui.models.topic_tree_values import LastValue, LastValues
from topicscope.gui.text import format_short
from topicscope.payload.text import safe_topic

if TYPE_CHECKING:
    from topicscope.capture.log import CaptureLog

TOPIC, LAST_VALUE, MESSAGES, RATE = range(4)
HEADINGS = ("Topic", "Last value", "Msgs", "Msg/s")
MEANINGS = (
    "Topic level",
    "What was last published on this topic",
    "Application Messages received on this topic and all below",
    "Messages per second on this topic and all below, over two seconds",
)
EMPTY_LEVEL = "(empty)"
NO_RATE = "–"


class NodeTexts:
    """Names, last values, counts and rates of the nodes of one capture."""

    def __init__(self, log: CaptureLog) -> None:
        self._topics = log.topics
        self._values = LastValues(log)
        self.rates = NodeRates(time.monotonic(), self._topics.node_messages())

    def sample_rates(self) -> bool:
        """Count the messages of all nodes; tell whether that must be done again though nothing arrives."""
        now = time.monotonic()
        if not self.rates.is_due(now):
            return True
        self.rates.sample(now, self._topics.node_messages())
        return not self.rates.settled

    def level(self, node: int) -> str:
        """Return the name of a node's level as safe text."""
        level = self._topics.level(node)
        return safe_topic(level) if level else EMPTY_LEVEL

    def value(self, node: int) -> LastValue | None:
        """Return the last value of a node that is a topic; None for others."""
        topic_id = self._topics.topic_of_node(node)
        return self._values.of(topic_id) if topic_id >= 0 else None

    def count(self, node: int) -> str:
        """Return the number of messages received on a node and below."""
        totals = self._topics.node_messages()
        return format_short(int(totals[node])) if node < len(totals) else ""

    def rate(self, node: int) -> str:
        """Return the messages per second on a node and below; a dash for none."""
        rate = self.rates.rate(node)
        return format_short(round(rate, 1)) if rate >= 0.05 else NO_RATE

    def cell(self, node: int, column: int) -> str:
        """Return the text of a cell."""
        if column == TOPIC:
            return self.level(node)
        if column == LAST_VALUE:
            value = self.value(node)
            return value.text if value else ""
        return self.count(node) if column == MESSAGES else self.rate(node)
