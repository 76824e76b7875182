"""Qt model over messages that were published in this and earlier sessions, the newest on top."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from topicscope.gui.text import format_bytes, format_date_time, plain_tooltip
from topicscope.gui.theme import mono_font
from topicscope.payload.text import escape, preview, safe_topic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from topicscope.automation.publish_history import PublishedMessage

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_TOO_LARGE = "(too large to be kept)"


class HistoryColumn(IntEnum):
    """Number of each column."""

    TIME = 0
    TOPIC = 1
    QOS = 2
    RETAIN = 3
    SIZE = 4
    PAYLOAD = 5
    RESULT = 6
    BROKER = 7


_HEADINGS = ("Time", "Topic", "QoS", "R", "Size", "Payload", "Result", "Broker")
_MONO = {
    HistoryColumn.TIME,
    HistoryColumn.TOPIC,
    HistoryColumn.QOS,
    HistoryColumn.SIZE,
    HistoryColumn.PAYLOAD,
}


class PublishHistoryModel(QAbstractTableModel):
    """Rows of `PublishedMessage`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.entries: list[PublishedMessage] = []

    def set_entries(self, entries: Sequence[PublishedMessage]) -> None:
        """Show these; where only results have changed, rows stay chosen."""
        new = list(entries)
        if [one.identifier for one in new] == [one.identifier for one in self.entries]:
            self.entries = new
            if new:
                last = self.index(len(new) - 1, len(_HEADINGS) - 1)
                self.dataChanged.emit(self.index(0, 0), last)
            return
        self.beginResetModel()
        self.entries = new
        self.endResetModel()

    # Qt overrides

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Return the number of messages."""
        return 0 if parent.isValid() else len(self.entries)

    def columnCount(self, parent: Index = _ROOT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(_HEADINGS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:  # noqa: ANN401
        """Return the heading of a column."""
        if orientation == Qt.Orientation.Horizontal:
            if role == Qt.ItemDataRole.DisplayRole:
                return _HEADINGS[section]
            if role == Qt.ItemDataRole.TextAlignmentRole and section == HistoryColumn.SIZE:
                return _RIGHT
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        """Return what a cell shows."""
        column = HistoryColumn(index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return _text(self.entries[index.row()], column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(_text(self.entries[index.row()], column))
        if role == Qt.ItemDataRole.FontRole and column in _MONO:
            return mono_font()
        if role == Qt.ItemDataRole.TextAlignmentRole and column is HistoryColumn.SIZE:
            return _RIGHT
        return None


def _text(message: PublishedMessage, column: HistoryColumn) -> str:
    return _TEXTS[column](message)


def _time(message: PublishedMessage) -> str:
    return format_date_time(int(message.time * 1e9))


def _topic(message: PublishedMessage) -> str:
    return safe_topic(message.topic.encode(errors="replace"))


def _qos(message: PublishedMessage) -> str:
    return str(message.qos)


def _retain(message: PublishedMessage) -> str:
    return "R" if message.retain else ""


def _size(message: PublishedMessage) -> str:
    return format_bytes(message.size)


def _payload(message: PublishedMessage) -> str:
    return _TOO_LARGE if message.payload is None else preview(message.payload)


def _result(message: PublishedMessage) -> str:
    return escape(message.result)


def _broker(message: PublishedMessage) -> str:
    return escape(message.broker)


_TEXTS = (_time, _topic, _qos, _retain, _size, _payload, _result, _broker)
"""What each column says, in their order."""
