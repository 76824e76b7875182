"""What is written beside each node of the topic tree; read when it is painted."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from topicscope.capture.friendly_names import Named
from topicscope.gui.models.topics.columns import (
    AGE,
    BYTES,
    COLUMNS,
    COUNT_WIDTH,
    HEADINGS,
    LAST_VALUE,
    MEANINGS,
    MESSAGES,
    NUMBERS,
    RATE,
    RETAINED,
    TOPIC,
    Column,
)
from topicscope.gui.models.topics.facts import NodeFacts
from topicscope.gui.models.topics.moment import NodesThen
from topicscope.gui.models.topics.values import LastValue, LastValues
from topicscope.gui.text import count_of, format_bytes, format_elapsed, format_short
from topicscope.payload.text import safe_topic

if TYPE_CHECKING:
    from topicscope.capture.friendly_names import FriendlyNames
    from topicscope.capture.level_names import LevelNames
    from topicscope.capture.log import CaptureLog
    from topicscope.capture.moments import Moment
    from topicscope.gui.models.topics.facts import Pulse

__all__ = [
    "AGE",
    "BYTES",
    "COLUMNS",
    "COUNT_WIDTH",
    "HEADINGS",
    "LAST_VALUE",
    "MEANINGS",
    "MESSAGES",
    "NUMBERS",
    "RATE",
    "RETAINED",
    "TOPIC",
    "Column",
    "NodeTexts",
    "format_age",
]

EMPTY_LEVEL = "(empty)"
NO_RATE = "–"
SILENT = "silent"
RETAINED_MARK = "R"


class Counter(NamedTuple):
    """The text of a cell with a number, and its tone: empty, ``faint`` or ``warning``."""

    text: str
    tone: str = ""


class NodeTexts:
    """Names, last values and counters of the nodes of one capture.

    Attributes:
        facts: the numbers behind the texts.
        then: what was known at the moment that is shown; None for now.

    """

    def __init__(self, log: CaptureLog, pulse: Pulse) -> None:
        self._log = log
        self._topics = log.topics
        self._values = LastValues(log)
        self._level_names: LevelNames | None = None
        self._friendly_names: FriendlyNames | None = None
        self.facts = NodeFacts(log, pulse)
        self.then: NodesThen | None = None

    # Setters

    def set_naming(self, level_names: LevelNames | None, friendly: FriendlyNames | None) -> None:
        """Write these names beside the levels."""
        self._level_names, self._friendly_names = level_names, friendly

    def set_moment(self, moment: Moment | None) -> None:
        """Tell last values as of a moment; None for now."""
        self.then = None if moment is None else NodesThen(self._log, moment, self.facts.totals)

    # Names

    def level(self, node: int) -> str:
        """Return the name of a node's level as safe text."""
        level = self._topics.level(node)
        return safe_topic(level) if level else EMPTY_LEVEL

    def friendly_name(self, node: int) -> str:
        """Return what the id of a node is called, empty where nothing tells."""
        if self._friendly_names is None or not len(self._friendly_names):
            return ""
        return self._friendly_names.name_for_path(self._topics.path(node)) or ""

    def named(self, text: str) -> Named:
        """Return what has a friendly name with a text in it."""
        return self._friendly_names.named(text) if self._friendly_names is not None else Named()

    def level_name(self, node: int) -> str:
        """Return what people call the level that a node is, empty where they have no name for it."""
        if self._level_names is None:
            return ""
        return self._level_names.name_of_node(node) or ""

    # Values

    def value(self, node: int) -> LastValue | None:
        """Return the last value of a node that is a topic; None for others."""
        topic_id = self._topics.topic_of_node(node)
        if topic_id < 0:
            return None
        return self._values.of(topic_id) if self.then is None else self.then.value(topic_id)

    def counter(self, node: int, column: int) -> Counter:
        """Return the text of a cell with a number."""
        if column == AGE:
            return self._age(node)
        if self.then is not None:
            return Counter("")
        if column == MESSAGES:
            return Counter(self._total(node))
        if column == BYTES:
            totals = self._topics.node_bytes()
            return Counter(format_bytes(int(totals[node])) if node < len(totals) else "")
        if column == RATE:
            rate = self.facts.rates.rate(node)
            return Counter(format_short(round(rate, 1))) if rate >= 0.05 else _NONE
        return self._retained(node)

    def cell(self, node: int, column: int) -> str:
        """Return the text of a cell."""
        if column == TOPIC:
            return self.level(node)
        if column == LAST_VALUE:
            value = self.value(node)
            return value.text if value else ""
        return self.counter(node, column).text

    def explanation(self, node: int) -> str:
        """Return all that a tooltip says of a node: its whole Topic Name, its names, its rhythm."""
        lines = [safe_topic(self._topics.path(node))]
        if friendly := self.friendly_name(node):
            lines.append(friendly)
        if name := self.level_name(node):
            lines.append(f"level: {name}")
        if self.facts.is_retained(node):
            lines.append("retained")
        if below := self.facts.retained_below(node) if self._topics.has_children(node) else 0:
            lines.append(f"{count_of(below, 'retained topic')} here and below")
        if (usual := self.facts.usual_s(node)) is not None:
            lines.append(f"usually a message every {format_elapsed(usual)}")
        if self.then is None and self.facts.is_silent(node):
            lines.append(f"{self._age(node).text}: it has missed its usual rhythm")
        return "\n".join(lines)

    # Private

    def _total(self, node: int) -> str:
        totals = self._topics.node_messages()
        return format_short(int(totals[node])) if node < len(totals) else ""

    def _retained(self, node: int) -> Counter:
        if self.facts.is_retained(node):
            return Counter(RETAINED_MARK)
        below = self.facts.retained_below(node) if self._topics.has_children(node) else 0
        return Counter(format_short(below), "faint") if below else Counter("")

    def _age(self, node: int) -> Counter:
        if self.then is not None:
            topic_id = self._topics.topic_of_node(node)
            age = self.then.age_s(topic_id) if topic_id >= 0 else None
            return Counter("" if age is None else format_age(age))
        age = self.facts.age_s(node)
        if age is None:
            return Counter("")
        if self.facts.is_silent(node):
            return Counter(f"{SILENT} {format_age(age)}", "warning")
        return Counter(format_age(age))


_NONE = Counter(NO_RATE, "faint")


def format_age(seconds: float) -> str:
    """Return a time that has passed, in whole units: ``now``, ``4 s``, ``12 min``, ``3 h``, ``8 d``."""
    if seconds < 1:
        return "now"
    if seconds < 100:
        return f"{seconds:.0f} s"
    if seconds < 5970:
        return f"{seconds / 60:.0f} min"
    hours = seconds / 3600
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} d"
