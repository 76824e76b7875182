"""The subscriptions of a window as rows, with what the capture holds for each.

Each Topic Filter is asked once about each Topic Name; what matched stays as an array of topic ids,
so that counting is one sum of numpy per filter. `refresh` works within a time budget and says
whether Topic Names are left over: 100,000 new topics at once must not hold the window up.
"""

from __future__ import annotations

import time
from collections import deque
from enum import Enum
from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from topicscope.gui.icons import icon
from topicscope.gui.text import format_count, format_rate, format_short, plain_tooltip
from topicscope.gui.theme import colour, mono_font, series_colour
from topicscope.mqtt.topics import MULTI_LEVEL, SINGLE_LEVEL, TopicFilter
from topicscope.payload import safe_topic

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from PySide6.QtGui import QColor

    from topicscope.capture.log import CaptureLog

Index = QModelIndex | QPersistentModelIndex

REFRESH_BUDGET_S: Final = 0.008
RATE_WINDOW_S: Final = 3.0
"""Rates are those of the last so many seconds."""
_NAMES_A_LOOK_AT_THE_CLOCK: Final = 512

_ROOT = QModelIndex()
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class SubscriptionState(Enum):
    """What is known of one subscription."""

    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"
    PAUSED = "paused"


class Subscription:
    """One row: what was asked for, what the broker answered, and what the capture counted."""

    __slots__ = (
        "_checked",
        "_ids",
        "_samples",
        "answer",
        "colour",
        "granted",
        "matcher",
        "messages",
        "qos",
        "rate",
        "state",
    )

    def __init__(self, topic_filter: str, qos: int, shown: QColor) -> None:
        """Make a row; raises `ValueError` when the Topic Filter is not valid (section 4.7)."""
        self.matcher = TopicFilter(topic_filter)
        self.qos = qos
        self.colour = shown
        self.state = SubscriptionState.ASKED
        self.answer = ""
        self.granted: int | None = None
        self.messages = 0
        self.rate = 0.0
        self.forget_topics()

    @property
    def topic_filter(self) -> str:
        """The Topic Filter as it was asked for, share name included."""
        return self.matcher.text

    @property
    def specificity(self) -> tuple[int, int]:
        """Sort key: the more a filter says, the greater it is."""
        levels = self.matcher.filter.split("/")
        literal = sum(level not in {SINGLE_LEVEL, MULTI_LEVEL} for level in levels)
        return literal, len(levels) - (levels[-1] == MULTI_LEVEL)

    def forget_topics(self) -> None:
        """Begin again with another capture."""
        self._ids: NDArray[np.int64] = np.empty(0, np.int64)
        self._checked = 0
        self._samples: deque[tuple[float, int]] = deque()
        self.messages = 0
        self.rate = 0.0

    def match_new(self, names: list[bytes], deadline: float) -> bool:
        """Ask the filter about Topic Names not asked about before; returns whether some are left."""
        matches = self.matcher.matches
        found: list[int] = []
        end = len(names)
        while self._checked < end and time.perf_counter() < deadline:
            upto = min(end, self._checked + _NAMES_A_LOOK_AT_THE_CLOCK)
            found += [n for n in range(self._checked, upto) if matches(names[n])]
            self._checked = upto
        if found:
            self._ids = np.concatenate((self._ids, np.array(found, np.int64)))
        return self._checked < end

    def count(self, messages: NDArray[np.int64], now: float) -> None:
        """Sum the messages of the topics that match, and take a sample for the rate."""
        self.messages = int(messages[self._ids].sum())
        samples = self._samples
        samples.append((now, self.messages))
        while len(samples) > 2 and now - samples[1][0] >= RATE_WINDOW_S:
            samples.popleft()
        then, before = samples[0]
        self.rate = max(0.0, (self.messages - before) / (now - then)) if now > then else 0.0


class SubscriptionsModel(QAbstractTableModel):
    """Rows of `Subscription`: Topic Filter with its colour, QoS, rate, messages."""

    FILTER, QOS, RATE, MESSAGES = range(4)
    HEADERS: Final = ("Topic Filter", "QoS", "Rate", "Messages")

    def __init__(
        self,
        log: CaptureLog,
        parent: QObject | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._log = log
        self._clock = clock
        self._rows: list[Subscription] = []
        self._given_colours = 0
        self._colour_of_topic: dict[int, QColor | None] = {}

    # Properties

    @property
    def subscriptions(self) -> tuple[Subscription, ...]:
        """The rows, in the order they were added."""
        return tuple(self._rows)

    @property
    def moving(self) -> bool:
        """Whether a rate is shown that will fall when nothing more arrives."""
        return any(row.rate > 0 for row in self._rows)

    # Methods

    def set_log(self, log: CaptureLog) -> None:
        """Count another capture from now on."""
        self._log = log
        self._colour_of_topic.clear()
        for row in self._rows:
            row.forget_topics()
        self._all_changed()

    def add(self, topic_filter: str, qos: int) -> Subscription:
        """Add a row, or ask again for one that is there; raises `ValueError` for a bad filter."""
        position = self.position_of(topic_filter)
        if position >= 0:
            row = self._rows[position]
            row.qos, row.granted = qos, None
            row.state, row.answer = SubscriptionState.ASKED, ""
            self._row_changed(position)
            return row
        if not self._rows:
            self._given_colours = 0
        row = Subscription(topic_filter, qos, series_colour(self._given_colours))
        self._given_colours += 1
        self.beginInsertRows(_ROOT, len(self._rows), len(self._rows))
        self._rows.append(row)
        self._colour_of_topic.clear()
        self.endInsertRows()
        return row

    def remove(self, position: int) -> Subscription:
        """Take a row out; raises `IndexError` when it is not there."""
        self.beginRemoveRows(_ROOT, position, position)
        row = self._rows.pop(position)
        self._colour_of_topic.clear()
        self.endRemoveRows()
        return row

    def position_of(self, topic_filter: str) -> int:
        """Return the row of a Topic Filter, or -1."""
        return next((n for n, row in enumerate(self._rows) if row.topic_filter == topic_filter), -1)

    def set_state(
        self,
        position: int,
        state: SubscriptionState,
        answer: str = "",
        granted: int | None = None,
    ) -> None:
        """Say what became of a subscription: the broker's answer in words, the QoS it granted."""
        row = self._rows[position]
        row.state, row.answer, row.granted = state, answer, granted
        self._row_changed(position)

    def set_colour(self, position: int, shown: QColor) -> None:
        """Show a subscription and its messages in another colour."""
        self._rows[position].colour = shown
        self._colour_of_topic.clear()
        self._row_changed(position)

    def refresh(self, budget_s: float = REFRESH_BUDGET_S) -> bool:
        """Count again; returns whether Topic Names are left for another call."""
        self._log.count_topics()
        topics = self._log.topics
        deadline = time.perf_counter() + budget_s
        now = self._clock()
        left = False
        for row in self._rows:
            left = row.match_new(topics.names, deadline) or left
            row.count(topics.messages, now)
        if self._rows:
            last = self.index(len(self._rows) - 1, self.MESSAGES)
            self.dataChanged.emit(self.index(0, self.RATE), last, [Qt.ItemDataRole.DisplayRole])
        return left

    def colour_for_topic(self, topic_id: int) -> QColor | None:
        """Return the colour of the most specific filter that matches a topic, or None."""
        try:
            return self._colour_of_topic[topic_id]
        except KeyError:
            found = self._colour_of_topic[topic_id] = self._find_colour(topic_id)
            return found

    # Qt overrides

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Return the number of subscriptions."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _ROOT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self.HEADERS)

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        """Return the name of a column."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.HEADERS):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.HEADERS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _LEFT if section == self.FILTER else _RIGHT
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what a cell shows."""
        answer = _BY_ROLE.get(role)
        if answer is None or not index.isValid() or not 0 <= index.row() < len(self._rows):
            return None
        return answer(self._rows[index.row()], index.column())

    # Private

    def _find_colour(self, topic_id: int) -> QColor | None:
        names = self._log.topics.names
        if not 0 <= topic_id < len(names):
            return None
        matching = [row for row in self._rows if row.matcher.matches(names[topic_id])]
        return max(matching, key=_specificity).colour if matching else None

    def _row_changed(self, position: int) -> None:
        self.dataChanged.emit(self.index(position, 0), self.index(position, self.MESSAGES))

    def _all_changed(self) -> None:
        if self._rows:
            last = self.index(len(self._rows) - 1, self.MESSAGES)
            self.dataChanged.emit(self.index(0, 0), last)


def describe(row: Subscription) -> str:
    """Say in words what is known of a subscription."""
    lines = [row.topic_filter, f"QoS {row.qos} · {format_count(row.messages)} messages captured"]
    match row.state:
        case SubscriptionState.ASKED:
            lines.append("Not answered by the broker yet.")
        case SubscriptionState.GRANTED:
            lines.append(row.answer or "Granted.")
        case SubscriptionState.REFUSED:
            lines.append(f"Refused by the broker: {row.answer}")
        case SubscriptionState.PAUSED:
            lines.append("Paused: not subscribed, kept for later.")
    return "\n".join(lines)


def _specificity(row: Subscription) -> tuple[int, int]:
    return row.specificity


def _text(row: Subscription, column: int) -> object:
    if column == SubscriptionsModel.FILTER:
        return safe_topic(row.topic_filter.encode(errors="replace"))
    if column == SubscriptionsModel.QOS:
        lowered = row.granted is not None and row.granted < row.qos
        return f"q{row.qos}→{row.granted}" if lowered else f"q{row.qos}"
    if column == SubscriptionsModel.MESSAGES:
        return format_short(row.messages)
    if row.state in {SubscriptionState.REFUSED, SubscriptionState.PAUSED}:
        return row.state.value
    return format_rate(row.rate) if row.rate else "–"


def _decoration(row: Subscription, column: int) -> object:
    if column != SubscriptionsModel.FILTER:
        return None
    if row.state is SubscriptionState.REFUSED:
        return icon("circle-alert", "error")
    return icon("pause", "dim") if row.state is SubscriptionState.PAUSED else row.colour


def _foreground(row: Subscription, column: int) -> object:
    if row.state is SubscriptionState.REFUSED:
        return colour("error")
    if row.state is SubscriptionState.PAUSED:
        return colour("faint")
    is_granted = row.state is SubscriptionState.GRANTED
    return None if is_granted and column == SubscriptionsModel.FILTER else colour("dim")


def _font(_row: Subscription, _column: int) -> object:
    return mono_font()


def _alignment(_row: Subscription, column: int) -> object:
    return _LEFT if column == SubscriptionsModel.FILTER else _RIGHT


def _tooltip(row: Subscription, _column: int) -> object:
    return plain_tooltip(describe(row))


_BY_ROLE: Final[dict[int, Callable[[Subscription, int], object]]] = {
    Qt.ItemDataRole.DisplayRole: _text,
    Qt.ItemDataRole.DecorationRole: _decoration,
    Qt.ItemDataRole.ForegroundRole: _foreground,
    Qt.ItemDataRole.FontRole: _font,
    Qt.ItemDataRole.TextAlignmentRole: _alignment,
    Qt.ItemDataRole.ToolTipRole: _tooltip,
}
