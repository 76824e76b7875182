"""The live table: fixed rows, painted whole; follows the newest one until somebody looks at another."""

from __future__ import annotations

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

from topicscope.gui.theme import ROW_HEIGHT, notifier
from topicscope.gui.widgets.message_view_actions import MessageActions
from topicscope.gui.widgets.message_view_painting import (
    PADDING,
    RowPainter,
    RowState,
    column_spans,
    is_worth_painting,
)
from topicscope.gui.widgets.message_view_sizes import ColumnSizes

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QColor

    from topicscope.gui.models.message_table import Index, MessageTableModel

    ColourSource = Callable[[int], QColor | None]

_STEPS = {Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown}


class MessageView(QTableView):
    """Table of messages or packets."""

    row_selected = Signal(int)
    """The row of the capture that is current now, -1 for none."""
    follow_changed = Signal(bool)

    def __init__(self, model: MessageTableModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._painter = RowPainter(model.columns)
        self._following = True
        self._moving = False
        self._colour_of: ColourSource | None = None
        self.setModel(model)
        _set_up(self)
        self._sizes = ColumnSizes(self.horizontalHeader(), model.columns, self._painter.advance)
        self.actions_of_row = MessageActions(self, model)
        model.rowsInserted.connect(self._on_rows_inserted)
        model.rowsRemoved.connect(self._on_rows_removed)
        self.selectionModel().currentRowChanged.connect(self._on_current_row_changed)
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        notifier().theme_changed.connect(self._on_theme_changed)

    # Properties

    @property
    def following(self) -> bool:
        """Whether the newest row is kept in sight."""
        return self._following

    # Setters

    def set_colour_source(self, colour_of: ColourSource) -> None:
        """Mark rows with the colour that `colour_of` tells for the number of their topic."""
        self._colour_of = colour_of
        self.viewport().update()

    # Methods

    def set_following(self, following: bool) -> None:
        """Keep the newest row in sight from now on, or stop doing so."""
        if following:
            self._scroll_to_end()
        if following != self._following:
            self._following = following
            self.follow_changed.emit(following)

    def select_row(self, row: int) -> bool:
        """Make the row of the capture current and show it; tell whether it is in this table."""
        position = self._model.view.position_of(row)
        if position >= self._model.rowCount() or self._model.row_at(position) != row:
            return False
        self.setCurrentIndex(self._model.index(position, 0))
        return True

    def current_row(self) -> int:
        """Return the row of the capture that is current, -1 without one."""
        index = self.currentIndex()
        return self._model.row_at(index.row()) if index.isValid() else -1

    # Slots

    @Slot()
    def follow(self) -> None:
        """Keep the newest row in sight from now on."""
        self.set_following(True)

    @Slot()
    def _on_rows_inserted(self) -> None:
        if self._sizes.fit_number(self._model.view.log.end_row):
            self._share_room()
        if self._following:
            self._scroll_to_end()

    @Slot(QModelIndex, int, int)
    def _on_rows_removed(self, _parent: QModelIndex, first: int, last: int) -> None:
        bar = self.verticalScrollBar()
        if not self._following and first < bar.value():
            self._moving = True
            bar.setValue(max(first, bar.value() - (last - first + 1)))
            self._moving = False
        self.viewport().update()

    @Slot(QModelIndex, QModelIndex)
    def _on_current_row_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid() and current.row() < self._model.rowCount() - 1:
            self.set_following(False)
        self.row_selected.emit(self.current_row())

    @Slot(int)
    def _on_scrolled(self, value: int) -> None:
        if not self._moving:
            self.set_following(value >= self.verticalScrollBar().maximum())

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
        super().resizeEvent(event)
        self._share_room()
        if self._following:
            self._scroll_to_end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy, go to the first row, or to the last and follow; all else as in any table."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.actions_of_row.copy_rows()
        elif event.key() == Qt.Key.Key_End:
            self._go_to(self._model.rowCount() - 1)
            self.set_following(True)
        elif event.key() == Qt.Key.Key_Home:
            self._go_to(0)
        elif event.key() in _STEPS and not self.currentIndex().isValid():
            self._go_to(self._model.rowCount() - 1 if self._following else self.rowAt(0))
        else:
            super().keyPressEvent(event)

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
            text = index.data() or ""
            if self._painter.width(text) <= self.columnWidth(index.column()) - 2 * PADDING:
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
        for position in range(
            first, min(first + (bottom - top) // ROW_HEIGHT + 1, model.rowCount())
        ):
            row = model.row_text(position)
            state = RowState(
                bool((position + model.dropped) & 1),
                any(begin <= position <= end for begin, end in selected),
                position == current,
                self._colour_of(row.topic_id) if self._colour_of and row.topic_id >= 0 else None,
            )
            self._painter.paint(painter, top, width, spans, row, state)
            top += ROW_HEIGHT

    def _share_room(self) -> None:
        self._sizes.share(self.viewport().width())

    def _go_to(self, position: int) -> None:
        if position >= 0:
            self.setCurrentIndex(self._model.index(position, 0))

    def _scroll_to_end(self) -> None:
        self._moving = True
        self.scrollToBottom()
        self._moving = False


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
