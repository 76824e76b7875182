"""The live table: fixed rows, painted whole; follows the newest one until somebody looks at another."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, Qt, Signal, Slot
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractScrollArea,
    QFrame,
    QHeaderView,
    QTableView,
    QToolTip,
    QWidget,
)

from topicscope.gui.text import plain_tooltip
from topicscope.gui.theme import ROW_HEIGHT, notifier
from topicscope.gui.widgets.messages.actions import MessageActions
from topicscope.gui.widgets.messages.columns import ColumnChoice
from topicscope.gui.widgets.messages.following import FollowingTable
from topicscope.gui.widgets.messages.painting import (
    MARK_ROOM,
    PADDING,
    RowPainter,
    RowState,
    column_spans,
    is_worth_painting,
)
from topicscope.gui.widgets.messages.sizes import ColumnSizes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QColor

    from topicscope.gui.models.messages.columns import Column
    from topicscope.gui.models.messages.marks import RowMarks
    from topicscope.gui.models.messages.table import Index, MessageTableModel

    ColourSource = Callable[[int], QColor | None]

_MARK_REACH = PADDING + MARK_ROOM
_WIDEST = 1200
_STEPS = {Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown}


class MessageView(FollowingTable):
    """Table of messages or packets.

    Attributes:
        colour_of_row: tells the tint of a row of the capture; None while nobody gives rows a colour.

    """

    row_selected = Signal(int)
    """The row of the capture that is current now, -1 for none."""

    def __init__(self, model: MessageTableModel, parent: QWidget | None = None) -> None:
        super().__init__(model, parent)
        self._painter = RowPainter(model.columns)
        self._colour_of: ColourSource | None = None
        self.colour_of_row: ColourSource | None = None
        _set_up(self)
        self._sizes = ColumnSizes(self.horizontalHeader(), model.columns, self._painter.advance)
        self.columns = ColumnChoice(self.horizontalHeader(), model, self._sizes)
        self.actions_of_row = MessageActions(self, model)
        model.rowsInserted.connect(self._on_more_rows)
        self.selectionModel().currentRowChanged.connect(self._on_current_row_changed)
        model.dataChanged.connect(self._on_texts_changed)
        notifier().theme_changed.connect(self._on_theme_changed)

    # Setters

    def set_colour_source(self, colour_of: ColourSource) -> None:
        """Mark rows with the colour that `colour_of` tells for the number of their topic."""
        self._colour_of = colour_of
        self.viewport().update()

    def set_more_columns(self, more: Sequence[Column]) -> None:
        """Offer columns behind those of the table, in place of the ones offered before."""
        self.columns.set_more_columns(more)
        self._painter = RowPainter(self._model.columns)
        self.viewport().update()

    def set_topic_words(self, describe: Callable[[bytes], list[str]]) -> None:
        """Let tooltips of topics say what `describe` tells; call again when names are others."""
        self._model.set_topic_words(describe)

    def set_marks(self, marks: RowMarks) -> None:
        """Show these bookmarks, and set them by key."""
        self.actions_of_row.set_marks(marks)
        marks.changed.connect(self.viewport().update)

    # Slots

    @Slot()
    def _on_more_rows(self) -> None:
        if self._sizes.fit_number(self._model.view.log.end_row):
            self._sizes.share(self.viewport().width())

    @Slot()
    def _on_texts_changed(self) -> None:
        self.viewport().update()

    @Slot(QModelIndex, QModelIndex)
    def _on_current_row_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid() and current.row() < self._model.rowCount() - 1:
            self.set_following(False)
        self.row_selected.emit(self.current_row())

    @Slot()
    def _on_theme_changed(self) -> None:
        self._painter = RowPainter(self._model.columns)
        self.viewport().update()

    # Qt overrides

    def reset(self) -> None:
        """Begin anew after the model did: nothing is selected, the newest row is followed."""
        super().reset()
        self.row_selected.emit(-1)
        self.set_following(True)

    def rowsAboutToBeRemoved(self, parent: Index, start: int, end: int) -> None:  # noqa: N802
        """Let go of the current row when it is evicted; Qt would take the next one instead."""
        if start <= self.currentIndex().row() <= end:
            self.selectionModel().clear()
        super().rowsAboutToBeRemoved(parent, start, end)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the room among the columns, and keep the newest row in sight."""
        self._sizes.share(self.viewport().width())
        super().resizeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy, go to the first row, or to the last and follow; all else as in any table."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.actions_of_row.copy_rows()
        elif event.key() == Qt.Key.Key_End:
            self._go_to(self._model.rowCount() - 1)
            self.set_following(True)
        elif event.key() == Qt.Key.Key_Home:
            self._go_to(0)
        elif event.key() == Qt.Key.Key_M and not event.modifiers():
            self.actions_of_row.toggle_mark()
        elif event.key() in _STEPS and not self.currentIndex().isValid():
            self._go_to(self._model.rowCount() - 1 if self._following else self.rowAt(0))
        else:
            super().keyPressEvent(event)

    def sizeHintForColumn(self, column: int) -> int:  # noqa: N802
        """Return the width that the texts in sight need; Qt would measure them in another font."""
        first = max(0, self.rowAt(0))
        count = self.viewport().height() // ROW_HEIGHT + 1
        texts = [
            self._model.index(position, column).data()
            for position in range(first, min(first + count, self._model.rowCount()))
            if not self._model.row_text(position).note
        ]
        widest = max(map(self._painter.width, texts), default=0)
        return min(math.ceil(widest) + 2 * PADDING + MARK_ROOM * (not column), _WIDEST)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Take the focus without making the first row current, as item views do: that ends following."""
        QAbstractScrollArea.focusInEvent(self, event)
        self.viewport().update()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with the row."""
        if self.currentIndex().isValid():
            self.actions_of_row.menu().popup(event.globalPos())

    def viewportEvent(self, event: QEvent) -> bool:
        """Show a tooltip only where a cell could not show all of its text."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            index = self.indexAt(event.pos())
            words = (
                self.actions_of_row.words_of_mark(index) if event.pos().x() < _MARK_REACH else ""
            )
            if words:
                QToolTip.showText(event.globalPos(), plain_tooltip(words), self.viewport())
                return True
            text = index.data() or ""
            says_more = index.data(Qt.ItemDataRole.ToolTipRole) != plain_tooltip(text)
            room = self.columnWidth(index.column()) - 2 * PADDING
            if not says_more and self._painter.width(text) <= room:
                QToolTip.hideText()
                return True
        return super().viewportEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rows that are in sight."""
        area = event.rect()
        first = self.rowAt(max(area.top(), 0))
        if first < 0:
            return
        painter = QPainter(self.viewport())
        try:
            painter.setFont(self._painter.font)
            self._paint_rows(painter, first, area.bottom())
        finally:
            # A painter left open by an exception takes the process down at the next one.
            painter.end()

    # Private

    def _paint_rows(self, painter: QPainter, first: int, bottom: int) -> None:
        model, width = self._model, self.viewport().width()
        spans = column_spans(self.horizontalHeader(), width)
        selected = [
            (part.top(), part.bottom()) for part in self.selectionModel().selection().toList()
        ]
        current = self.currentIndex().row() if self.hasFocus() else -1
        top = self.rowViewportPosition(first)
        if not is_worth_painting(top):
            first, top = first + 1, top + ROW_HEIGHT
        marks = self.actions_of_row.marks or ()
        for position in range(
            first, min(first + (bottom - top) // ROW_HEIGHT + 1, model.rowCount())
        ):
            row = model.row_text(position)
            state = RowState(
                bool((position + model.dropped) & 1),
                any(begin <= position <= end for begin, end in selected),
                position == current,
                self._colour_of(row.topic_id) if self._colour_of and row.topic_id >= 0 else None,
                bool(marks) and model.row_at(position) in marks,
                self.colour_of_row(model.row_at(position)) if self.colour_of_row else None,
            )
            self._painter.paint(painter, top, width, spans, row, state)
            top += ROW_HEIGHT


def _set_up(view: QTableView) -> None:
    view.setFrameShape(QFrame.Shape.NoFrame)
    view.setShowGrid(False)
    view.setWordWrap(False)
    view.setCornerButtonEnabled(False)
    view.setTabKeyNavigation(False)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
    view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    # Rows that are all alike and fixed cost Qt no memory and no time, however many there are.
    rows = view.verticalHeader()
    rows.setVisible(False)
    rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    rows.setMinimumSectionSize(ROW_HEIGHT)
    rows.setDefaultSectionSize(ROW_HEIGHT)
    header = view.horizontalHeader()
    header.setHighlightSections(False)
    header.setSectionsMovable(True)
    header.setMinimumSectionSize(22)
