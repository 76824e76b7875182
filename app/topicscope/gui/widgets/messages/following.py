"""A table of rows of the capture: it keeps the newest in sight, or what somebody looks at while others come and go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Signal, Slot
from PySide6.QtWidgets import QTableView, QWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from topicscope.capture.record import Record
    from topicscope.capture.view import LogView
    from topicscope.gui.models.messages.table import MessageTableModel


class FollowingTable(QTableView):
    """Follows the newest row until somebody scrolls away from it; finds rows by their number in the capture."""

    follow_changed = Signal(bool)

    def __init__(self, model: MessageTableModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._following = True
        self._moving = False
        self._value = 0
        self.setModel(model)
        model.rowsInserted.connect(self._on_rows_inserted)
        model.rowsRemoved.connect(self._on_rows_removed)
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)

    # Properties

    @property
    def following(self) -> bool:
        """Whether the newest row is kept in sight."""
        return self._following

    @property
    def log_view(self) -> LogView:
        """The rows shown."""
        return self._model.view

    # Setters

    def set_following(self, following: bool) -> None:
        """Keep the newest row in sight from now on, or stop doing so."""
        if following:
            self._scroll_to_end()
        if following != self._following:
            self._following = following
            self.follow_changed.emit(following)

    # Methods

    def select_row(self, row: int) -> bool:
        """Make the row of the capture current and show it; tell whether it is in this table."""
        if not self.shows_row(row):
            return False
        self._go_to(self._model.view.position_of(row))
        return True

    def select_near(self, row: int) -> int:
        """Make the last row at or before a row of the capture current, or the first; return it, -1 for none."""
        count = self._model.rowCount()
        if not count:
            return -1
        position = min(self._model.view.position_of(row), count - 1)
        if position and self._model.row_at(position) > row:
            position -= 1
        self._go_to(position)
        return self.current_row()

    def record_of(self, row: int) -> Record | None:
        """Return the record of a row of the capture, None when it was evicted."""
        try:
            return self._model.view.log.record(row)
        except IndexError:
            return None

    def shows_row(self, row: int) -> bool:
        """Tell whether a row of the capture is in this table."""
        position = self._model.view.position_of(row)
        return position < self._model.rowCount() and self._model.row_at(position) == row

    def current_row(self) -> int:
        """Return the row of the capture that is current, -1 without one."""
        index = self.currentIndex()
        return self._model.row_at(index.row()) if index.isValid() else -1

    # Slots

    @Slot(QModelIndex, int, int)
    def _on_rows_inserted(self, _parent: QModelIndex, first: int, last: int) -> None:
        if self._following:
            self._scroll_to_end()
        elif not first:
            # The bar has no room for them yet.
            target = self.verticalScrollBar().value() + last + 1
            self.updateGeometries()
            self._scroll_to(target)

    @Slot(QModelIndex, int, int)
    def _on_rows_removed(self, _parent: QModelIndex, first: int, last: int) -> None:
        bar = self.verticalScrollBar()
        if not self._following and first < bar.value():
            self._scroll_to(max(first, bar.value() - (last - first + 1)))
        self.viewport().update()

    @Slot(int)
    def _on_scrolled(self, value: int) -> None:
        before, self._value = self._value, value
        maximum = self.verticalScrollBar().maximum()
        # Where the table has become higher the bar moves by itself, and nobody has asked to follow.
        if not self._moving and before <= maximum:
            self.set_following(value >= maximum)

    # Qt overrides

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the newest row in sight."""
        super().resizeEvent(event)
        if self._following:
            self._scroll_to_end()

    # Private

    def _go_to(self, position: int) -> None:
        if position >= 0:
            self.setCurrentIndex(self._model.index(position, 0))

    def _scroll_to(self, position: int) -> None:
        """Scroll so that the rows in sight stay where they are when others come or go above them."""
        self._moving = True
        self.verticalScrollBar().setValue(position)
        self._moving = False

    def _scroll_to_end(self) -> None:
        self._moving = True
        self.scrollToBottom()
        self._moving = False
