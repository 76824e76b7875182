"""Qt model over a view of the capture: one row a message (or packet), text made when a row is looked at.

No row has an object of its own. `update` announces all that came and went since the last call as one removal at
the front and one insertion at the end. A small cache keeps the texts of rows looked at lately, by their row in
the capture: rows never change, so it only needs to be emptied when another view is set.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from topicscope.gui.models.message_table_columns import (
    MESSAGE_COLUMNS,
    Cell,
    Column,
    RowKind,
    RowText,
)
from topicscope.gui.text import plain_tooltip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from topicscope.capture.record import Record
    from topicscope.capture.view import LogView

Index = QModelIndex | QPersistentModelIndex
ROW_ROLE = Qt.ItemDataRole.UserRole + 1
"""Role of the row in the capture."""

CACHED_ROWS = 512

_ROOT = QModelIndex()
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_FLAGS = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemNeverHasChildren


class MessageTableModel(QAbstractTableModel):
    """Rows of a `LogView` as a table; the columns say whether it is one of messages or of packets."""

    def __init__(
        self,
        view: LogView,
        columns: Sequence[Column] = MESSAGE_COLUMNS,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self._view = view
        self._cache: dict[int, RowText] = {}
        self._frozen = False
        self._waiting = 0
        self._dropped = 0
        view.refresh()

    # Properties

    @property
    def view(self) -> LogView:
        """The view shown."""
        return self._view

    @property
    def frozen(self) -> bool:
        """Whether the rows stand still while the capture goes on."""
        return self._frozen

    @property
    def waiting(self) -> int:
        """Rows that wait behind the last one because the model is frozen."""
        return self._waiting

    @property
    def dropped(self) -> int:
        """Rows taken from the front since the view was set: with it a row's stripe stays its own."""
        return self._dropped

    # Setters

    def set_view(self, view: LogView) -> None:
        """Show another view: everything is new."""
        self.beginResetModel()
        self._view = view
        view.refresh()
        self._cache.clear()
        self._waiting = 0
        self._dropped = 0
        self.endResetModel()

    def set_frozen(self, frozen: bool) -> None:
        """Stop the rows, or let them go on with all that came meanwhile."""
        self._frozen = frozen
        self.update()

    # Methods

    def update(self) -> int:
        """Take in what the capture got since the last call; return the number of new rows."""
        gone, new = self._view.plan()
        if self._frozen:
            self._waiting = new
            return 0
        self._waiting = 0
        if gone:
            self.beginRemoveRows(_ROOT, 0, gone - 1)
            self._view.drop()
            self._dropped += gone
            self.endRemoveRows()
        if new:
            count = len(self._view)
            self.beginInsertRows(_ROOT, count, count + new - 1)
            self._view.extend()
            self.endInsertRows()
        return new

    def row_at(self, position: int) -> int:
        """Return the row of the capture at a position in the table; raises `IndexError`."""
        return self._view.row_at(position)

    def record(self, position: int) -> Record | None:
        """Return the record at a position in the table, None when it was evicted meanwhile."""
        try:
            return self._view.log.record(self._view.row_at(position))
        except IndexError:
            return None

    def row_text(self, position: int) -> RowText:
        """Return the texts of one row."""
        row = self._view.row_at(position)
        text = self._cache.get(row)
        if text is None:
            text = self._make_text(position, row)
            if len(self._cache) >= CACHED_ROWS:
                del self._cache[next(iter(self._cache))]
            self._cache[row] = text
        return text

    # Qt overrides

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Return the number of rows shown."""
        return 0 if parent.isValid() else len(self._view)

    def columnCount(self, parent: Index = _ROOT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self.columns)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Return what can be done with a cell: select it."""
        return _FLAGS if index.isValid() else Qt.ItemFlag.NoItemFlags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        """Return the text of a cell, and what tooltips and screen readers ask for."""
        if not index.isValid() or index.row() >= len(self._view):
            return None
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return self._cell_text(index.row(), index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(self._cell_text(index.row(), index.column()))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if self.columns[index.column()].right else _LEFT
        if role == ROW_ROLE:
            return self._view.row_at(index.row())
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:  # noqa: ANN401
        """Return the heading of a column."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(column.meaning)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if column.right else _LEFT
        return None

    # Private

    def _cell_text(self, position: int, column: int) -> str:
        text = self.row_text(position)
        if text.note:
            # A note is one text over the whole row; who asks cell by cell finds it in the last.
            return text.note if column == len(self.columns) - 1 else ""
        return text.cells[column]

    def _make_text(self, position: int, row: int) -> RowText:
        log = self._view.log
        try:
            cell = Cell(log, row, self._previous_time(position))
        except IndexError:
            return RowText(RowKind.EVICTED, (), note="evicted to stay within the memory budget")
        kind = cell.kind
        if kind is RowKind.NOTE:
            return RowText(kind, (), self.columns[1].text(cell), cell.note())
        cells = tuple([column.text(cell) for column in self.columns])
        return RowText(kind, cells, topic_id=cell.topic_id)

    def _previous_time(self, position: int) -> int | None:
        if not position:
            return None
        row = self._view.row_at(position - 1)
        try:
            segment = self._view.log.segment_of(row)
        except IndexError:
            return None
        return segment.time_of(row - segment.first_row)
