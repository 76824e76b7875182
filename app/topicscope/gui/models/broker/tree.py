"""The topics below $SYS as the broker told them: a tree with values, and how fast they grow."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import (
    QAbstractItemModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSize,
    Qt,
)

from topicscope.broker_status.words import short_number
from topicscope.gui.text import format_time, plain_tooltip
from topicscope.gui.theme import ROW_HEIGHT, colour, mono_font
from topicscope.payload.text import safe_topic

if TYPE_CHECKING:
    from topicscope.broker_status import StatusReader
    from topicscope.broker_status.tree import Entry

Index = QModelIndex | QPersistentModelIndex
TOPIC, VALUE, RATE = range(3)
HEADINGS: Final = ("Topic", "Value", "Rate")
TOPICS_AT_ONCE: Final = 500
_ROOT = QModelIndex()
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_LONGEST: Final = 300


class _Node:
    __slots__ = ("children", "level", "levels", "number", "parent", "topic")

    def __init__(self, number: int, parent: _Node | None, level: bytes, topic: bytes) -> None:
        self.number = number
        self.parent = parent
        self.level = level
        self.topic = topic
        self.levels: list[bytes] = []
        self.children: list[_Node] = []


class StatusTreeModel(QAbstractItemModel):
    """Tree of a reader's topics; `grow` takes in new ones, values are read when they are painted."""

    def __init__(self, reader: StatusReader, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._begin(reader)

    # Methods

    def set_reader(self, reader: StatusReader) -> None:
        """Show the topics of another broker."""
        self.beginResetModel()
        self._begin(reader)
        self.endResetModel()

    def grow(self) -> bool:
        """Put new topics in place, some of them; returns whether more wait."""
        new = [topic for topic in self._reader.tree.entries if topic not in self._known]
        for topic in new[:TOPICS_AT_ONCE]:
            self._known.add(topic)
            self._place(topic)
        return len(new) > TOPICS_AT_ONCE

    def renew(self) -> None:
        """Say that values have changed."""
        rows = len(self._top.children)
        if rows:
            roles = [Qt.ItemDataRole.DisplayRole]
            self.dataChanged.emit(self.index(0, VALUE), self.index(rows - 1, RATE), roles)

    def topic(self, index: Index) -> bytes | None:
        """Return the Topic Name of a row that has a value."""
        node = self._node(index)
        return node.topic if node.topic in self._reader.tree.entries else None

    def index_of(self, topic: bytes) -> QModelIndex:
        """Return the row of a topic; invalid where there is none."""
        node = self._top
        for level in _levels(topic):
            place = bisect_left(node.levels, level)
            if place == len(node.levels) or node.levels[place] != level:
                return QModelIndex()
            node = node.children[place]
        return self._index(node)

    # Qt overrides

    def index(self, row: int, column: int, parent: Index = _ROOT) -> QModelIndex:
        """Return the index of a row below another."""
        children = self._node(parent).children
        if parent.column() > 0 or not 0 <= row < len(children) or not 0 <= column < len(HEADINGS):
            return QModelIndex()
        return self.createIndex(row, column, children[row].number)

    def parent(self, index: Index = _ROOT) -> QModelIndex:  # type: ignore[override]
        """Return the index above."""
        above = self._node(index).parent
        return QModelIndex() if above is None else self._index(above)

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Return the number of levels below."""
        return 0 if parent.column() > 0 else len(self._node(parent).children)

    def columnCount(self, _parent: Index = _ROOT) -> int:
        """Return the number of columns."""
        return len(HEADINGS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Return the heading of a column."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(HEADINGS):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return HEADINGS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if section == RATE else _LEFT
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what a cell shows."""
        if not index.isValid():
            return None
        node, column = self._node(index), index.column()
        entry = self._reader.tree.entries.get(node.topic)
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(node, entry, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(_explanation(node, entry))
        return _look(role, column, is_value=entry is not None)

    # Private

    def _begin(self, reader: StatusReader) -> None:
        self._reader = reader
        self._top = _Node(0, None, b"", b"")
        self._nodes = [self._top]
        self._known: set[bytes] = set()

    def _node(self, index: Index) -> _Node:
        return self._nodes[index.internalId()] if index.isValid() else self._top

    def _index(self, node: _Node, column: int = 0) -> QModelIndex:
        if node.parent is None:
            return QModelIndex()
        row = bisect_left(node.parent.levels, node.level)
        return self.createIndex(row, column, node.number)

    def _place(self, topic: bytes) -> None:
        node, path = self._top, b"$SYS"
        for level in _levels(topic):
            path += b"/" + level
            row = bisect_left(node.levels, level)
            if row == len(node.levels) or node.levels[row] != level:
                self.beginInsertRows(self._index(node), row, row)
                node.levels.insert(row, level)
                self._nodes.append(_Node(len(self._nodes), node, level, path))
                node.children.insert(row, self._nodes[-1])
                self.endInsertRows()
            node = node.children[row]

    def _text(self, node: _Node, entry: Entry | None, column: int) -> str:
        if column == TOPIC:
            return safe_topic(node.level)
        if entry is None:
            return ""
        if column == VALUE:
            return entry.text[:_LONGEST]
        rate = self._reader.rate_of(entry) if self._reader.is_total(node.topic) else None
        return "" if rate is None else f"{short_number(rate)}/s"


def _look(role: int, column: int, *, is_value: bool) -> object:
    if role == Qt.ItemDataRole.TextAlignmentRole:
        return _RIGHT if column == RATE else _LEFT
    if role == Qt.ItemDataRole.FontRole:
        return mono_font()
    if role == Qt.ItemDataRole.SizeHintRole:
        return QSize(0, ROW_HEIGHT)
    is_dim = column == RATE or (column == TOPIC and not is_value)
    return colour("dim") if role == Qt.ItemDataRole.ForegroundRole and is_dim else None


def _levels(topic: bytes) -> list[bytes]:
    """Return the levels below $SYS."""
    return topic.split(b"/")[1:]


def _explanation(node: _Node, entry: Entry | None) -> str:
    name = safe_topic(node.topic)
    if entry is None:
        return name
    lines = [name, entry.text, f"last told {format_time(entry.time_ns)}, {entry.size} bytes"]
    return "\n".join(lines)
