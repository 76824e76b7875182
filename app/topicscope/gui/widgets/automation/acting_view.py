"""The table of what acts by itself: choose lines, start and stop them, by menu and by keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QWidget

from topicscope.gui.theme import ROW_HEIGHT
from topicscope.gui.widgets.messages.actions import add_action
from topicscope.gui.widgets.plain_table import set_up_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QContextMenuEvent, QKeyEvent

    from topicscope.gui.models.automation.acting_rows import ActingRowsModel

_ENTER: Final = {Qt.Key.Key_Return, Qt.Key.Key_Enter}


class ActingView(QTableView):
    """Lines can be chosen together; Space starts or stops them, Enter edits, Delete deletes."""

    chosen_changed = Signal()
    toggle_requested = Signal()
    edit_requested = Signal()
    duplicate_requested = Signal()
    delete_requested = Signal()

    def __init__(
        self, model: ActingRowsModel, widths: Sequence[int], parent: QWidget | None = None
    ) -> None:
        """Take the model, and the widths of the columns behind the name."""
        super().__init__(parent)
        self._model = model
        self._kept: set[str] = set()
        self.setModel(model)
        set_up_table(self, "")
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        header = self.horizontalHeader()
        header.setMinimumSectionSize(56)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column, width in enumerate(widths, 1):
            header.resizeSection(column, width)
        model.modelAboutToBeReset.connect(self._keep_chosen)
        model.modelReset.connect(self._restore_chosen)
        self.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self.doubleClicked.connect(self._on_double_clicked)

    # Methods

    def chosen(self) -> list[str]:
        """Return the ids of the chosen lines, in their order."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [self._model.rows[row].identifier for row in rows if row < len(self._model.rows)]

    def choose(self, identifier: str) -> None:
        """Choose one line."""
        row = self._model.row_of(identifier)
        if row >= 0:
            self.selectRow(row)

    def menu(self) -> QMenu:
        """Return what can be done with the chosen lines; it deletes itself when closed."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        count = len(self.chosen())
        active = self.any_active()
        name = "square" if active else "play"
        add_action(menu, "Stop" if active else "Start", name, self.toggle_requested.emit, "Space")
        menu.addSeparator()
        add_action(menu, "Edit…", "pencil", self.edit_requested.emit, "Return", enabled=count == 1)
        add_action(menu, "Duplicate", "copy", self.duplicate_requested.emit, enabled=count == 1)
        add_action(menu, "Delete", "trash-2", self.delete_requested.emit, "Del")
        return menu

    def any_active(self) -> bool:
        """Tell whether one of the chosen lines runs."""
        chosen = set(self.chosen())
        return any(one.is_active for one in self._model.rows if one.identifier in chosen)

    # Slots

    @Slot()
    def _keep_chosen(self) -> None:
        self._kept = set(self.chosen())

    @Slot()
    def _restore_chosen(self) -> None:
        flags = QItemSelectionModel.SelectionFlag
        for row, one in enumerate(self._model.rows):
            if one.identifier in self._kept:
                self.selectionModel().select(self._model.index(row, 0), flags.Select | flags.Rows)
        self.chosen_changed.emit()

    @Slot()
    def _on_selection_changed(self) -> None:
        self.chosen_changed.emit()

    @Slot(QModelIndex)
    def _on_double_clicked(self, _index: QModelIndex) -> None:
        self.edit_requested.emit()

    # Qt overrides

    def sizeHint(self) -> QSize:
        """Ask for two lines only; what is left over comes by itself."""
        lines = self.horizontalHeader().height() + 2 * ROW_HEIGHT + 1
        return QSize(super().sizeHint().width(), lines)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Act on the chosen lines."""
        if not self.chosen():
            super().keyPressEvent(event)
        elif event.key() in _ENTER:
            self.edit_requested.emit()
        elif event.key() == Qt.Key.Key_Space:
            self.toggle_requested.emit()
        elif event.key() == Qt.Key.Key_Delete:
            self.delete_requested.emit()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with the chosen lines."""
        if self.chosen():
            self.menu().popup(event.globalPos())
