"""Qt model over a snapshot of retained messages: searched by text or Topic Filter, sorted by any column."""

from __future__ import annotations

import time
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from topicscope.gui.text import format_bytes, format_date_time, format_elapsed, plain_tooltip
from topicscope.gui.theme import colour, mono_font
from topicscope.mqtt.properties import PROPERTIES
from topicscope.mqtt.topics import TopicFilter
from topicscope.payload.text import escape, preview, safe_topic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from PySide6.QtGui import QColor

    from topicscope.automation.retained.seen import RetainedMessage, Snapshot

Index = QModelIndex | QPersistentModelIndex
Row = tuple[bytes, "RetainedMessage | None"]


class RetainedColumn(IntEnum):
    """Number of each column."""

    TOPIC = 0
    VALUE = 1
    SIZE = 2
    QOS = 3
    SINCE = 4
    PROPERTIES = 5


_HEADINGS: Final = ("Topic", "Value", "Size", "QoS", "Seen since", "Properties")
_GIVEN_UP: Final = "no longer in the capture"
_WHY_GIVEN_UP: Final = (
    "\nRetained, but its message was given up by the capture: it can neither be cleared with Undo nor copied. "
    "Read from the broker to know it again."
)
_WHY_UNCERTAIN: Final = (
    "\n\nSomething came on this topic since, without RETAIN: before MQTT 5 the broker may keep that now. "
    "Read from the broker to be sure."
)
_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_ALIGNMENTS: Final[dict[int, Qt.AlignmentFlag]] = {
    RetainedColumn.SIZE: _RIGHT,
    RetainedColumn.QOS: Qt.AlignmentFlag.AlignCenter,
}
_TOOLTIP_BYTES: Final = 1500
_SORT_BYTES: Final = 64
_ROOT: Final = QModelIndex()


class RetainedMessagesModel(QAbstractTableModel):
    """Topics with what is retained on them; texts are made when a cell is looked at."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: list[Row] = []
        self._rows: list[Row] = []
        self._matches: Callable[[bytes], bool] | None = None
        self._column = int(RetainedColumn.TOPIC)
        self._order = Qt.SortOrder.AscendingOrder

    # Properties

    @property
    def total(self) -> int:
        """How many there are, whatever the filter shows."""
        return len(self._all)

    # Setters

    def set_snapshot(self, snapshot: Snapshot) -> None:
        """Show other messages."""
        self._all = [*snapshot.messages.items(), *((topic, None) for topic in snapshot.unknown)]
        self._select()

    def set_filter(self, text: str) -> None:
        """Show topics that match a Topic Filter, or, without a wildcard, that contain the text."""
        self._matches = _matcher(text.strip())
        self._select()

    # Methods

    def topic(self, row: int) -> bytes:
        """Return the Topic Name of a row."""
        return self._rows[row][0]

    def topics(self, rows: Iterable[int] | None = None) -> list[bytes]:
        """Return the Topic Names of some rows, or of all that are shown."""
        if rows is None:
            return [topic for topic, _ in self._rows]
        return [self._rows[row][0] for row in rows]

    def rows_of(self, topics: set[bytes]) -> list[range]:
        """Return the rows of these topics as runs."""
        runs: list[range] = []
        begin = -1
        for row, (topic, _) in enumerate(self._rows):
            if topic in topics:
                begin = row if begin < 0 else begin
            elif begin >= 0:
                runs.append(range(begin, row))
                begin = -1
        if begin >= 0:
            runs.append(range(begin, len(self._rows)))
        return runs

    # Qt overrides

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Return the number of topics shown."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _ROOT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(_HEADINGS)

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        """Return the heading of a column."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(_HEADINGS):
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _ALIGNMENTS.get(section, _LEFT)
        return _HEADINGS[section] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the text of a cell, its tooltip, font, alignment and colour."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row, column = self._rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return _text(row, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(_tooltip(row, column))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _ALIGNMENTS.get(column, _LEFT)
        if role == Qt.ItemDataRole.FontRole:
            return mono_font()
        return _tint(row, column) if role == Qt.ItemDataRole.ForegroundRole else None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column."""
        self._column, self._order = column, order
        self._select()

    # Private

    def _select(self) -> None:
        matches = self._matches
        rows = self._all if matches is None else [row for row in self._all if matches(row[0])]
        self.beginResetModel()
        falling = self._order == Qt.SortOrder.DescendingOrder
        self._rows = sorted(rows, key=_KEYS[self._column], reverse=falling)
        self.endResetModel()


def properties_text(message: RetainedMessage) -> str:
    """Return the names of the properties of a message, and what is left of its life."""
    left = message.expires_in_s(time.time_ns())
    words = (
        [] if left is None else [f"expires in {format_elapsed(left)}" if left > 0 else "expired"]
    )
    names = [PROPERTIES[number].name for number, _ in message.properties]
    for name in dict.fromkeys(names):
        if name != "Message Expiry Interval":
            count = names.count(name)
            words.append(f"{name} ×{count}" if count > 1 else name)
    return ", ".join(words)


def _text(row: Row, column: int) -> str:
    topic, message = row
    if column == RetainedColumn.TOPIC:
        return safe_topic(topic)
    if message is None:
        return _GIVEN_UP if column == RetainedColumn.VALUE else ""
    return _TEXTS[column](message)


def _since_text(message: RetainedMessage) -> str:
    return format_date_time(message.seen_since_ns).rpartition(".")[0]


_TEXTS: dict[int, Callable[[RetainedMessage], str]] = {
    RetainedColumn.VALUE: lambda message: preview(message.payload),
    RetainedColumn.SIZE: lambda message: format_bytes(len(message.payload)),
    RetainedColumn.QOS: lambda message: str(message.qos),
    RetainedColumn.SINCE: _since_text,
    RetainedColumn.PROPERTIES: properties_text,
}


def _tint(row: Row, column: int) -> QColor | None:
    message = row[1]
    if column == RetainedColumn.TOPIC:
        return None
    if message is None:
        return colour("faint")
    return None if column == RetainedColumn.VALUE and message.is_certain else colour("dim")


def _tooltip(row: Row, column: int) -> str:
    topic, message = row
    if message is None:
        return safe_topic(topic) + _WHY_GIVEN_UP
    if column == RetainedColumn.VALUE:
        text = preview(message.payload, _TOOLTIP_BYTES)
        return text if message.is_certain else text + _WHY_UNCERTAIN
    if column == RetainedColumn.PROPERTIES:
        return "\n".join(
            f"{PROPERTIES[number].name}: {escape(_value(value))}"
            for number, value in message.properties
        )
    return _text(row, column)


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return " = ".join(map(str, value))
    return value.hex(" ") if isinstance(value, bytes) else str(value)


def _matcher(text: str) -> Callable[[bytes], bool] | None:
    if not text:
        return None
    if "#" in text or "+" in text:
        try:
            return TopicFilter(text).matches
        except ValueError:
            pass
    part = text.lower()
    return lambda topic: part in safe_topic(topic).lower()


def _key(value_of: Callable[[RetainedMessage], Any], nothing: object) -> Callable[[Row], Any]:
    def key(row: Row) -> Any:  # noqa: ANN401
        return nothing if row[1] is None else value_of(row[1])

    return key


_KEYS: dict[int, Callable[[Row], Any]] = {
    RetainedColumn.TOPIC: lambda row: row[0],
    RetainedColumn.VALUE: _key(lambda message: message.payload[:_SORT_BYTES], b""),
    RetainedColumn.SIZE: _key(lambda message: len(message.payload), -1),
    RetainedColumn.QOS: _key(lambda message: message.qos, -1),
    RetainedColumn.SINCE: _key(lambda message: message.seen_since_ns, 0),
    RetainedColumn.PROPERTIES: _key(lambda message: len(message.properties), -1),
}
