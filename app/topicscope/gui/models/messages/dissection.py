"""The fields of one dissected packet as a tree: name, value, bytes, section of the standard.

Qt gets small numbers instead of pointers; a field has a number as soon as its parent was opened,
so a packet with 100,000 fields costs nothing until somebody looks into it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import (
    QAbstractItemModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSize,
    Qt,
)

from topicscope.gui.icons import icon
from topicscope.gui.text import plain_tooltip
from topicscope.gui.theme import colour, mono_font
from topicscope.payload.text import CUT, escape

if TYPE_CHECKING:
    from collections.abc import Callable

    from topicscope.mqtt.dissect import Field

Index = QModelIndex | QPersistentModelIndex
SHOWN_CHARACTERS: Final = 300
ROW_HEIGHT: Final = 20
_ROOT = QModelIndex()


class _Node(NamedTuple):
    field: Field
    parent: int
    row: int


class DissectionModel(QAbstractItemModel):
    """Show the tree of `Field`; its first row is the packet itself."""

    NAME, VALUE, BYTES, SECTION = range(4)
    HEADERS: Final = ("Field", "Value", "Bytes", "Section")

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._nodes: list[_Node] = []
        self._first_child: dict[int, int] = {}

    # Methods

    def set_packet(self, field: Field | None) -> None:
        """Show another packet, or none."""
        self.beginResetModel()
        self._nodes = [] if field is None else [_Node(field, -1, 0)]
        self._first_child.clear()
        self.endResetModel()

    def field(self, index: Index) -> Field | None:
        """Return the field of an index, or None."""
        return self._nodes[index.internalId()].field if index.isValid() else None

    # Qt overrides

    def index(self, row: int, column: int, parent: Index = _ROOT) -> QModelIndex:
        """Return the index of a child."""
        if not 0 <= column < len(self.HEADERS) or row < 0:
            return QModelIndex()
        if not parent.isValid():
            return self.createIndex(0, column, 0) if row == 0 and self._nodes else QModelIndex()
        node = parent.internalId()
        if row >= len(self._nodes[node].field.children):
            return QModelIndex()
        return self.createIndex(row, column, self._numbered(node) + row)

    def parent(self, index: Index) -> QModelIndex:  # type: ignore[override]  # as in C++
        """Return the index of the field that holds this one."""
        above = self._nodes[index.internalId()].parent if index.isValid() else -1
        return QModelIndex() if above < 0 else self.createIndex(self._nodes[above].row, 0, above)

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Return the number of fields in a field."""
        if not parent.isValid():
            return min(1, len(self._nodes))
        if parent.column() != self.NAME:
            return 0
        return len(self._nodes[parent.internalId()].field.children)

    def columnCount(self, parent: Index = _ROOT) -> int:
        """Return the number of columns."""
        return len(self.HEADERS)

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        """Return the name of a column."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.HEADERS):
            return None
        return self.HEADERS[section] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what a cell shows."""
        field, answer = self.field(index), _BY_ROLE.get(role)
        return None if field is None or answer is None else answer(field, index.column())

    # Private

    def _numbered(self, node: int) -> int:
        first = self._first_child.get(node)
        if first is None:
            first = self._first_child[node] = len(self._nodes)
            children = self._nodes[node].field.children
            self._nodes += [_Node(child, node, row) for row, child in enumerate(children)]
        return first


def span_text(field: Field) -> str:
    """Return the bytes of a field, first and last as in the hex view; empty when it has none."""
    if field.end <= field.start:
        return ""
    last = field.end - 1
    return f"{field.start:x}" if last == field.start else f"{field.start:x}–{last:x}"


def describe(field: Field) -> str:
    """Say all about a field, for a tooltip or a line below the tree."""
    lines = [f"{field.name}: {field.value}" if field.value else field.name]
    if field.section:
        lines.append(f"Section {field.section}")
    if field.problem:
        lines.append(field.problem)
    return "\n".join(lines)


def _text(field: Field, column: int) -> str:
    match column:
        case DissectionModel.NAME:
            return field.name
        case DissectionModel.VALUE:
            value = f"{field.value}  {field.problem}".strip() if field.problem else field.value
            shown = escape(value[:SHOWN_CHARACTERS])
            return shown + CUT if len(value) > SHOWN_CHARACTERS else shown
        case DissectionModel.BYTES:
            return span_text(field)
    return field.section


def _decoration(field: Field, column: int) -> object:
    is_problem = field.problem and column == DissectionModel.NAME
    return icon("triangle-alert", "warning") if is_problem else None


def _foreground(field: Field, column: int) -> object:
    if field.problem and column in {DissectionModel.NAME, DissectionModel.VALUE}:
        return colour("warning")
    return colour("dim") if column in {DissectionModel.BYTES, DissectionModel.SECTION} else None


def _font(_field: Field, column: int) -> object:
    return mono_font() if column in {DissectionModel.VALUE, DissectionModel.BYTES} else None


def _size(_field: Field, _column: int) -> object:
    return QSize(0, ROW_HEIGHT)


def _tooltip(field: Field, _column: int) -> object:
    return plain_tooltip(describe(field))


_BY_ROLE: Final[dict[int, Callable[[Field, int], object]]] = {
    Qt.ItemDataRole.DisplayRole: _text,
    Qt.ItemDataRole.DecorationRole: _decoration,
    Qt.ItemDataRole.ForegroundRole: _foreground,
    Qt.ItemDataRole.FontRole: _font,
    Qt.ItemDataRole.SizeHintRole: _size,
    Qt.ItemDataRole.ToolTipRole: _tooltip,
}
