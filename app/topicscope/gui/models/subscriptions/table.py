"""The subscriptions of a window as rows, with what the capture holds for each.

Each Topic Filter is asked once about each Topic Name; what matched stays as an array of topic ids,
so that counting is one sum of numpy per filter. `refresh` works within a time budget and says
whether Topic Names are left over: 100,000 new topics at once must not hold the window up.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Qt

from topicscope.connection.state import SubscriptionRequest
from topicscope.gui.icons import icon
from topicscope.gui.models.flat_table import LEFT, RIGHT, FlatTable
from topicscope.gui.models.subscriptions.hidden_topics import HiddenTopics
from topicscope.gui.models.subscriptions.subscription import (
    EXCLUSION_MARK,
    Subscription,
    SubscriptionState,
    describe,
    specificity,
)
from topicscope.gui.text import (
    format_bytes,
    format_rate,
    format_short,
    format_time,
    plain_tooltip,
)
from topicscope.gui.theme import colour, mono_font, ui_font
from topicscope.payload import safe_topic

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QColor

    from topicscope.capture.log import CaptureLog

Index = QModelIndex | QPersistentModelIndex

REFRESH_BUDGET_S: Final = 0.008
SERIES: Final = 8
"""Colours that tell subscriptions apart; they repeat."""

_ROOT = QModelIndex()


class SubscriptionsModel(FlatTable):
    """Rows of `Subscription`: alias or Topic Filter with its colour, QoS, rate, messages, bytes, time of the last."""

    FILTER, QOS, RATE, MESSAGES, BYTES, LAST = range(6)
    headings = ("Topic Filter", "QoS", "Rate", "Messages", "Bytes", "Last")
    numbers = (QOS, RATE, MESSAGES, BYTES, LAST)

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
        self._row_of_topic: dict[int, Subscription | None] = {}

    # Properties

    @property
    def subscriptions(self) -> tuple[Subscription, ...]:
        """The rows, in the order they were added; exclusions among them."""
        return tuple(self._rows)

    @property
    def hidden_topics(self) -> HiddenTopics:
        """What exclusions, mute and solo hide now."""
        return HiddenTopics(self._rows, self._log.topics)

    @property
    def moving(self) -> bool:
        """Whether a rate is shown that will fall when nothing more arrives."""
        return any(row.rate > 0 for row in self._rows)

    # Methods

    def set_log(self, log: CaptureLog) -> None:
        """Count another capture from now on."""
        self._log = log
        self._row_of_topic.clear()
        for row in self._rows:
            row.forget_topics()
        if self._rows:
            last = self.index(len(self._rows) - 1, self.LAST)
            self.dataChanged.emit(self.index(0, 0), last)

    def add(self, topic_filter: str, qos: int = 0) -> Subscription:
        """Add a row, or ask again for one that is there; raises `ValueError` for a bad filter."""
        return self.put(SubscriptionRequest(topic_filter, qos))

    def put(self, request: SubscriptionRequest) -> Subscription:
        """Add a row with all its options, or ask again for the one that is there; raises `ValueError`."""
        position = self.position_of(request.topic_filter)
        if position < 0:
            self._given_colours = self._given_colours if self._rows else 0
            added = Subscription(request, self._given_colours % SERIES)
            self._given_colours += 1
            return self._append(added)
        row = self._rows[position]
        row.request, row.granted = request, None
        row.state, row.answer = SubscriptionState.ASKED, ""
        self._row_changed(position)
        return row

    def exclude(self, topic_filter: str) -> None:
        """Hide what a Topic Filter matches, but go on counting it; raises `ValueError` for a bad filter."""
        if self.position_of(topic_filter, is_exclusion=True) < 0:
            request = SubscriptionRequest(topic_filter)
            self._append(Subscription(request, is_exclusion=True))

    def remove(self, position: int) -> Subscription:
        """Take a row out; raises `IndexError` when it is not there."""
        self.beginRemoveRows(_ROOT, position, position)
        row = self._rows.pop(position)
        self._row_of_topic.clear()
        self.endRemoveRows()
        return row

    def position_of(self, topic_filter: str, *, is_exclusion: bool = False) -> int:
        """Return the row of a subscription, or of an exclusion, by its Topic Filter; -1 when there is none."""
        wanted = (topic_filter, is_exclusion)
        return next(
            (
                n
                for n, row in enumerate(self._rows)
                if (row.topic_filter, row.is_exclusion) == wanted
            ),
            -1,
        )

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

    def set_muted(self, position: int, muted: bool) -> None:
        """Hide the messages of a subscription from the tables, or show them again."""
        self._rows[position].is_muted = muted
        self._row_changed(position)

    def set_solo(self, position: int, solo: bool) -> None:
        """Show only the messages of this subscription and of others that are solo, or end that."""
        self._rows[position].is_solo = solo
        self._row_changed(position)

    def set_series(self, position: int, series: int) -> None:
        """Show a subscription and its messages in another colour of the series of the theme."""
        self._rows[position].series = series
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
            row.count(topics, now)
        if self._rows:
            last = self.index(len(self._rows) - 1, self.LAST)
            self.dataChanged.emit(self.index(0, self.RATE), last, [Qt.ItemDataRole.DisplayRole])
        return left

    def colour_for_topic(self, topic_id: int) -> QColor | None:
        """Return the colour of the most specific filter that matches a topic, or None."""
        try:
            row = self._row_of_topic[topic_id]
        except KeyError:
            row = self._row_of_topic[topic_id] = self._find_row(topic_id)
        return row.colour if row is not None else None

    # Qt overrides

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Return the number of subscriptions."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what a cell shows."""
        answer = _BY_ROLE.get(role)
        if answer is None or not index.isValid() or not 0 <= index.row() < len(self._rows):
            return None
        return answer(self._rows[index.row()], index.column())

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Let the name be edited."""
        flags = super().flags(index)
        is_name = index.isValid() and index.column() == self.FILTER
        return flags | Qt.ItemFlag.ItemIsEditable if is_name else flags

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Give a subscription an alias; an empty one shows the Topic Filter again."""
        if role != Qt.ItemDataRole.EditRole or not index.isValid():
            return False
        self._rows[index.row()].alias = str(value).strip()
        self._row_changed(index.row())
        return True

    # Private

    def _append(self, row: Subscription) -> Subscription:
        self.beginInsertRows(_ROOT, len(self._rows), len(self._rows))
        self._rows.append(row)
        self._row_of_topic.clear()
        self.endInsertRows()
        return row

    def _find_row(self, topic_id: int) -> Subscription | None:
        names = self._log.topics.names
        if not 0 <= topic_id < len(names):
            return None
        subscribed = (row for row in self._rows if not row.is_exclusion)
        matching = [row for row in subscribed if row.matcher.matches(names[topic_id])]
        return max(matching, key=specificity) if matching else None

    def _row_changed(self, position: int) -> None:
        self.dataChanged.emit(self.index(position, 0), self.index(position, self.LAST))


def _text(row: Subscription, column: int) -> object:
    return _TEXTS[column](row)


def _name(row: Subscription) -> str:
    name = row.alias or row.topic_filter
    mark = EXCLUSION_MARK if row.is_exclusion else ""
    text: str = safe_topic(name.encode(errors="replace"))
    return mark + text


def _qos(row: Subscription) -> str:
    if row.is_exclusion:
        return ""
    lowered = row.granted is not None and row.granted < row.qos
    return f"q{row.qos}→{row.granted}" if lowered else f"q{row.qos}"


def _rate(row: Subscription) -> str:
    if row.state in {SubscriptionState.REFUSED, SubscriptionState.PAUSED}:
        return str(row.state.value)
    return format_rate(row.rate) if row.rate else "–"


def _messages(row: Subscription) -> str:
    return format_short(row.messages)


def _bytes(row: Subscription) -> str:
    return format_bytes(row.bytes)


def _last(row: Subscription) -> str:
    last: str = format_time(row.last_time_ns).partition(".")[0] if row.last_time_ns else "–"
    return last


def _edited(row: Subscription, column: int) -> object:
    return row.alias if column == SubscriptionsModel.FILTER else _text(row, column)


def _decoration(row: Subscription, column: int) -> object:
    if column != SubscriptionsModel.FILTER:
        return None
    if row.state is SubscriptionState.REFUSED:
        return icon("circle-alert", "error")
    if row.state is SubscriptionState.PAUSED:
        return icon("pause", "dim")
    if row.is_exclusion or row.is_muted:
        return icon("eye-off", "dim")
    return icon("eye", "accent") if row.is_solo else row.colour


def _foreground(row: Subscription, column: int) -> object:
    if row.state is SubscriptionState.REFUSED:
        return colour("error")
    if row.state is SubscriptionState.PAUSED:
        return colour("faint")
    if row.is_exclusion or row.is_muted:
        return colour("dim")
    is_granted = row.state is SubscriptionState.GRANTED
    return None if is_granted and column == SubscriptionsModel.FILTER else colour("dim")


def _font(row: Subscription, column: int) -> object:
    return ui_font() if row.alias and column == SubscriptionsModel.FILTER else mono_font()


def _alignment(_row: Subscription, column: int) -> object:
    return RIGHT if column in SubscriptionsModel.numbers else LEFT


def _tooltip(row: Subscription, _column: int) -> object:
    return plain_tooltip(describe(row))


_TEXTS: Final[tuple[Callable[[Subscription], str], ...]] = (
    _name,
    _qos,
    _rate,
    _messages,
    _bytes,
    _last,
)
_BY_ROLE: Final[dict[int, Callable[[Subscription, int], object]]] = {
    Qt.ItemDataRole.DisplayRole: _text,
    Qt.ItemDataRole.EditRole: _edited,
    Qt.ItemDataRole.DecorationRole: _decoration,
    Qt.ItemDataRole.ForegroundRole: _foreground,
    Qt.ItemDataRole.FontRole: _font,
    Qt.ItemDataRole.TextAlignmentRole: _alignment,
    Qt.ItemDataRole.ToolTipRole: _tooltip,
}
