"""Qt model over a view of the capture: one row a message (or packet), text made when a row is looked at.

No row has an object of its own. `update` announces all that came and went since the last call as one removal at
the front and one insertion at the end. A small cache keeps the texts of rows looked at lately, by their row in
the capture: rows never change, so it only needs to be emptied when another view is set.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from topicscope.gui.models.messages.cell import Cell, RowKind, RowText, TableContext, TimeMode
from topicscope.gui.models.messages.columns import MESSAGE_COLUMNS, Column, row_time
from topicscope.gui.text import plain_tooltip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from topicscope.capture.log import CaptureLog
    from topicscope.capture.record import Record
    from topicscope.capture.segment import Segment
    from topicscope.capture.view import LogView

    Found = tuple[Segment, int, int, NDArray[np.bool_] | None]

Index = QModelIndex | QPersistentModelIndex
ROW_ROLE = Qt.ItemDataRole.UserRole + 1
"""Role of the row in the capture."""

CACHED_ROWS = 512
PLAN_BUDGET_S = 0.015
"""Longest time that filtering new rows takes from the window at a time."""

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
        self._own_columns = len(self.columns)
        self._describe: Callable[[bytes], list[str]] | None = None
        self._note_column = max(range(len(columns)), key=lambda number: columns[number].share)
        self._shown = frozenset(range(len(columns)))
        self._view = view
        self.context = TableContext(view.log)
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

    @property
    def time_mode(self) -> TimeMode:
        """How times are written."""
        return self.context.time_mode

    # Setters

    def set_time_mode(self, mode: TimeMode) -> None:
        """Write times in another way."""
        if mode is not self.context.time_mode:
            self.context.time_mode = mode
            self._texts_changed()

    def set_shown_columns(self, numbers: Iterable[int]) -> None:
        """Make texts for these columns beforehand; those of others are made when somebody asks."""
        self._shown = frozenset(numbers)
        self._texts_changed()

    def set_more_columns(self, more: Sequence[Column]) -> None:
        """Put columns behind those of the table, in place of the ones put there before; nothing shows them yet."""
        own, end = self._own_columns, len(self.columns)
        if end > own:
            self.beginRemoveColumns(_ROOT, own, end - 1)
            self.columns = self.columns[:own]
            self.endRemoveColumns()
        if more:
            self.beginInsertColumns(_ROOT, own, own + len(more) - 1)
            self.columns = (*self.columns, *more)
            self.endInsertColumns()
        self._cache.clear()

    def set_topic_words(self, describe: Callable[[bytes], list[str]] | None) -> None:
        """Let tooltips say what `describe` tells about a Topic Name; call again when it tells something else."""
        self._describe = describe
        self._texts_changed()

    def set_view(self, view: LogView) -> None:
        """Show another view: everything is new."""
        self.beginResetModel()
        self._view = view
        if not self.context.is_of(view.log):
            self.context = TableContext(view.log, self.context.time_mode)
        view.plan(PLAN_BUDGET_S)
        view.extend()
        self._cache.clear()
        self._waiting = 0
        self._dropped = 0
        self.endResetModel()

    def set_frozen(self, frozen: bool) -> None:
        """Stop the rows, or let them go on with all that came meanwhile."""
        self._frozen = frozen
        self.update()

    # Methods

    def update(self, budget_s: float | None = PLAN_BUDGET_S) -> int:
        """Take in what the capture got since the last call; return the number of new rows.

        After `budget_s` seconds no more rows are filtered; `view.pending` says how many are left for the next call.
        """
        gone, new = self._view.plan(budget_s)
        self.context.look()
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

    def prepend(self, found: Sequence[Found]) -> int:
        """Put rows in front that were found elsewhere, the newest first; return their number."""
        count = sum(
            np.count_nonzero(seen) if seen is not None else end - begin
            for segment, begin, end, seen in found
            if segment.first_row >= self._view.log.first_row
        )
        if count:
            if len(self._view):
                # Another row will be above it, so its Δ is another.
                self._cache.pop(self._view.row_at(0), None)
            self.beginInsertRows(_ROOT, 0, int(count) - 1)
            for one in found:
                self._dropped -= self._view.prepend(*one)
            self.endInsertRows()
        return int(count)

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
            text = self._make_text(position)
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
            words = [self._cell_text(index.row(), index.column())]
            if self._describe is not None and self.columns[index.column()].key == "topic":
                words += _told(self._describe, self._view.log, self.row_text(index.row()).topic_id)
            return plain_tooltip("\n".join(words))
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
            # A note is one text over the whole row; who asks cell by cell finds it in the widest.
            return text.note if column == self._note_column else ""
        if column not in self._shown:
            try:
                return self.columns[column].text(_cell_at(self._view, position, self.context))
            except IndexError:
                return ""
        return text.cells[column]

    def _make_text(self, position: int) -> RowText:
        try:
            cell = _cell_at(self._view, position, self.context)
        except IndexError:
            return RowText(RowKind.EVICTED, (), note=_why_evicted(self._view.log))
        kind = cell.kind
        if kind in (RowKind.NOTE, RowKind.NEWS):
            return RowText(kind, (), row_time(cell), cell.note())
        shown = self._shown
        cells = tuple(
            [
                column.text(cell) if number in shown else ""
                for number, column in enumerate(self.columns)
            ]
        )
        return RowText(kind, cells, topic_id=cell.topic_id)

    def _texts_changed(self) -> None:
        self._cache.clear()
        if len(self._view):
            last = self.index(len(self._view) - 1, len(self.columns) - 1)
            self.dataChanged.emit(self.index(0, 0), last, [Qt.ItemDataRole.DisplayRole])


def cell_of(model: MessageTableModel, position: int) -> Cell | None:
    """Return what cells read of a row; None when it was evicted."""
    try:
        return _cell_at(model.view, position, model.context)
    except IndexError:
        return None


def _why_evicted(log: CaptureLog) -> str:
    """Say which budget a row was given up for: only what is on disk is evicted while anything is there."""
    what = "on disk" if log.on_disk else "of memory"
    return f"evicted to stay within the budget {what}"


def _told(describe: Callable[[bytes], list[str]], log: CaptureLog, topic_id: int) -> list[str]:
    return describe(log.topics.names[topic_id]) if topic_id >= 0 else []


def _cell_at(view: LogView, position: int, context: TableContext) -> Cell:
    """Return the packet at a position; raises `IndexError` when it was evicted."""
    return Cell(view.log, view.row_at(position), _time_above(view, position), context)


def _time_above(view: LogView, position: int) -> int | None:
    """Return when the row above crossed; None for the first, and for one that was evicted."""
    if not position:
        return None
    row = view.row_at(position - 1)
    try:
        segment = view.log.segment_of(row)
    except IndexError:
        return None
    return segment.time_of(row - segment.first_row)
