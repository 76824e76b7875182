"""What the broker told of happenings, the newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Qt

from topicscope.broker_status.events import LENGTH
from topicscope.gui.models.flat_table import FlatTable
from topicscope.gui.text import format_date_time, format_time, plain_tooltip
from topicscope.gui.theme import colour, mono_font
from topicscope.payload.text import safe_topic

if TYPE_CHECKING:
    from topicscope.broker_status import StatusReader
    from topicscope.broker_status.events import Event

Index = QModelIndex | QPersistentModelIndex
TIME, KIND, TEXT = range(3)
HEADINGS: Final = ("Time", "Kind", "What happened")
_ROOT = QModelIndex()


class StatusEventsModel(FlatTable):
    """The events of a reader as rows of time, kind and words."""

    headings = HEADINGS

    def __init__(self, reader: StatusReader, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._reader = reader
        self._events: list[Event] = []
        self._count = 0
        self._nodes: set[str] = set()

    # Methods

    def set_reader(self, reader: StatusReader) -> None:
        """Show the events of another broker."""
        self.beginResetModel()
        self._reader, self._events, self._count = reader, [], 0
        self._nodes.clear()
        self.endResetModel()

    def grow(self) -> None:
        """Take in new events."""
        log = self._reader.events
        new = log.count - self._count
        if not new:
            return
        self._count = log.count
        events = log.events()
        self._nodes.update(event.node for event in events[-new:])
        if new >= LENGTH:
            self.beginResetModel()
            self._events = list(reversed(events))
            self.endResetModel()
            return
        self.beginInsertRows(_ROOT, 0, new - 1)
        self._events[:0] = reversed(events[-new:])
        self.endInsertRows()
        if len(self._events) > LENGTH:
            self.beginRemoveRows(_ROOT, LENGTH, len(self._events) - 1)
            del self._events[LENGTH:]
            self.endRemoveRows()

    def line(self, row: int) -> str:
        """Return a row as text."""
        event = self._events[row]
        return f"{format_date_time(event.time_ns)}  {event.kind}  {self._words(event)}"

    # Qt overrides

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Return the number of events."""
        return 0 if parent.isValid() else len(self._events)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what a cell shows."""
        if not index.isValid() or not 0 <= index.row() < len(self._events):
            return None
        event, column = self._events[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return (format_time(event.time_ns), event.kind, self._words(event))[column]
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(f"{self.line(index.row())}\n{safe_topic(event.topic)}")
        if role == Qt.ItemDataRole.FontRole:
            return mono_font() if column == TIME else None
        if role == Qt.ItemDataRole.ForegroundRole:
            return None if column == TEXT else colour("dim")
        return None

    # Private

    def _words(self, event: Event) -> str:
        # Kept by the broker, such an event may be from long before.
        text = f"{event.text}{' (retained)' if event.retained else ''}"
        return f"{text} · {event.node}" if event.node and len(self._nodes) > 1 else text
