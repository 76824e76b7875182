"""The messages published last in this window and how each of them stands, the newest on top."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from topicscope.gui.icons import icon
from topicscope.gui.models.publish.words import HANDED_OVER, Outcome, is_final, outcome_of
from topicscope.gui.text import count_of, format_time, plain_tooltip
from topicscope.gui.theme import colour, mono_font
from topicscope.payload.text import safe_topic

if TYPE_CHECKING:
    from topicscope.connection.state import PublishProgress
    from topicscope.gui.models.publish.message import Message

MOST_RESULTS: Final = 200
TONE_ICONS: Final = {
    "good": "check",
    "warning": "triangle-alert",
    "error": "circle-alert",
    "dim": "clock",
}
Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_DROP_HINT = "Drop it: it will not be sent"


class ResultColumn(IntEnum):
    """Number of each column."""

    TOPIC = 0
    STATE = 1
    DROP = 2


@dataclass(slots=True, eq=False)
class PublishResult:
    """One publish; `message` is what was handed over, `identifier` its own in the history.

    `lost` counts how often the connection ended after it was sent and before it was acknowledged.
    """

    token: int
    message: Message
    time_ns: int
    identifier: str = ""
    progress: PublishProgress | None = None
    echo_s: float | None = None
    lost: int = 0
    outcome: Outcome = field(default=HANDED_OVER)

    @property
    def is_queued(self) -> bool:
        """Whether it waits, and may be dropped."""
        return self.progress is not None and self.progress.stage == "queued"

    @property
    def is_over(self) -> bool:
        """Whether nothing more will become of it."""
        return self.progress is not None and is_final(self.progress, self.message.qos)

    def take(self, progress: PublishProgress) -> None:
        """Take note of how far it has come; what comes late changes nothing."""
        if self.is_over:
            return
        was_sent = self.progress is not None and self.progress.stage == "sent"
        self.lost += was_sent and progress.stage == "queued"
        self.progress = progress
        self._judge()

    def take_echo(self, seconds: float) -> None:
        """Take note that it came back to us."""
        self.echo_s = seconds
        self._judge()

    def _judge(self) -> None:
        if self.progress is not None:
            self.outcome = outcome_of(self.progress, self.message.qos, self.echo_s, self.lost)


class PublishResultsModel(QAbstractTableModel):
    """Rows of `PublishResult`; only so many are kept, those that wait the longest."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.results: list[PublishResult] = []

    # Methods

    def add(self, result: PublishResult) -> None:
        """Put a publish on top."""
        self.beginInsertRows(_ROOT, 0, 0)
        self.results.insert(0, result)
        self.endInsertRows()
        if len(self.results) > MOST_RESULTS:
            places = range(len(self.results) - 1, 0, -1)
            row = next((row for row in places if self.results[row].is_over), places[0])
            self.beginRemoveRows(_ROOT, row, row)
            del self.results[row]
            self.endRemoveRows()

    def renew(self, result: PublishResult) -> None:
        """Show what has become of a publish."""
        if result in self.results:
            row = self.results.index(result)
            self.dataChanged.emit(self.index(row, 0), self.index(row, len(ResultColumn) - 1))

    def clear_finished(self) -> None:
        """Show only those that are still under way."""
        self.beginResetModel()
        self.results = [one for one in self.results if not one.is_over]
        self.endResetModel()

    # Qt overrides

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Return the number of publishes."""
        return 0 if parent.isValid() else len(self.results)

    def columnCount(self, parent: Index = _ROOT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(ResultColumn)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        """Return what a cell shows."""
        result = self.results[index.row()]
        column = ResultColumn(index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            drops = column is ResultColumn.DROP and result.is_queued
            return plain_tooltip(_DROP_HINT if drops else _story(result))
        match column:
            case ResultColumn.TOPIC:
                return _topic_cell(result, role)
            case ResultColumn.STATE:
                return _state_cell(result, role)
        if role == Qt.ItemDataRole.DecorationRole and result.is_queued:
            return icon("x", "dim")
        return None


def _topic_cell(result: PublishResult, role: int) -> object:
    if role == Qt.ItemDataRole.DisplayRole:
        return safe_topic(result.message.topic.encode(errors="replace"))
    if role == Qt.ItemDataRole.FontRole:
        return mono_font()
    if role == Qt.ItemDataRole.DecorationRole:
        tone = result.outcome.tone
        return icon(TONE_ICONS.get(tone, "clock"), tone)
    return None


def _state_cell(result: PublishResult, role: int) -> object:
    if role == Qt.ItemDataRole.DisplayRole:
        return result.outcome.short
    if role == Qt.ItemDataRole.TextAlignmentRole:
        return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    if role == Qt.ItemDataRole.ForegroundRole:
        tone = result.outcome.tone
        return colour("dim" if tone == "good" else tone)
    return None


def _story(result: PublishResult) -> str:
    message, outcome = result.message, result.outcome
    retained = ", retained" if message.retain else ""
    size = count_of(len(message.payload), "byte")
    lines = [
        safe_topic(message.topic.encode(errors="replace")),
        f"{format_time(result.time_ns)} · QoS {message.qos}{retained} · {size}",
        outcome.sentence,
        outcome.explanation,
    ]
    return "\n".join(line for line in lines if line)
