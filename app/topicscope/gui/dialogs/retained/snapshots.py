"""Snapshots of retained messages that are kept on disk: brought back, compared, copied, exported, deleted."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QItemSelectionModel, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from topicscope.gui.text import format_count, format_date_time, plain_tooltip
from topicscope.gui.theme import mono_font
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.card import line
from topicscope.gui.widgets.empty_state import EmptyState
from topicscope.gui.widgets.plain_table import set_up_table
from topicscope.payload.text import escape

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from PySide6.QtCore import SignalInstance

    from topicscope.automation.retained.files import SnapshotHeader

_HEADINGS: Final = ("Taken", "Broker", "Why", "Messages")
_TAKEN, _BROKER, _NOTE, _MESSAGES = range(4)
_WIDTHS: Final = {_TAKEN: 164, _MESSAGES: 92}
_WHOLE_ROW: Final = (
    QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
)
_NONE: Final = (
    "No snapshots yet. One is kept before anything is cleared, so that it can be brought back even after a restart; "
    "select messages and take one by hand at any time."
)


class SnapshotsPage(QWidget):
    """A table of files; each wish names the files it is about."""

    bring_back_requested = Signal(object)
    compare_requested = Signal(object)
    copy_requested = Signal(object)
    export_requested = Signal(object)
    delete_requested = Signal(object)
    """Paths, in a list, as selected."""
    open_requested = Signal()
    """A file from elsewhere should be taken in."""
    count_changed = Signal(str)
    """The title of the tab."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._files: list[Path] = []
        self._is_connected = False
        self._is_busy = False
        self.table = QTableWidget(0, len(_HEADINGS), self)
        self.empty = EmptyState("history", _NONE, "Open a snapshot…", self)
        self.bring_back_button = push_button("Bring back…", "rotate-cw", parent=self)
        self.compare_button = push_button("Compare with now", parent=self)
        self.copy_button = push_button("Copy to a broker…", "send", parent=self)
        self.export_button = push_button("Export…", "save", parent=self)
        self.open_button = push_button("Open…", "folder-open", parent=self)
        self.delete_button = push_button("Delete…", "trash-2", parent=self)
        self._stack = QStackedWidget(self)
        self._set_up()
        self._lay_out()
        self._connect_parts()
        self._renew()

    # Methods

    def show_files(self, files: Sequence[tuple[Path, SnapshotHeader]]) -> None:
        """Show these snapshots; what is selected stays selected."""
        selected = set(self.selected())
        self._files = [path for path, _ in files]
        table = self.table
        table.clearSelection()
        table.setRowCount(len(files))
        for row, (path, header) in enumerate(files):
            for column, text in enumerate(_cells(header)):
                table.setItem(row, column, _item(text, column))
            if path in selected:
                # Not selectRow: that heeds the keys that are held down just now.
                table.selectionModel().select(table.model().index(row, 0), _WHOLE_ROW)
        self.count_changed.emit(f"Snapshots {format_count(len(files))}" if files else "Snapshots")
        self._renew()

    def set_connected(self, connected: bool) -> None:
        """Offer what needs a connection."""
        self._is_connected = connected
        self._renew()

    def set_busy(self, busy: bool) -> None:
        """Offer nothing that would be done while something else is."""
        self._is_busy = busy
        self._renew()

    def selected(self) -> list[Path]:
        """Return the files that are selected, newest first."""
        rows = sorted({index.row() for index in self.table.selectionModel().selectedRows()})
        return [self._files[row] for row in rows]

    # Slots

    @Slot()
    def _renew(self) -> None:
        count = len(self.selected())
        one, free = count == 1, not self._is_busy
        self._stack.setCurrentIndex(0 if self._files else 1)
        self.bring_back_button.setEnabled(one and free and self._is_connected)
        self.compare_button.setText("Compare the two" if count == 2 else "Compare with now")
        self.compare_button.setEnabled(count in {1, 2})
        self.copy_button.setEnabled(one and free)
        self.export_button.setEnabled(one)
        self.delete_button.setEnabled(count > 0 and free)

    def _on_button(self, wish: SignalInstance, _checked: bool = False) -> None:
        wish.emit(self.selected())

    # Private

    def _set_up(self) -> None:
        table = self.table
        set_up_table(table, "Snapshots of retained messages")
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        header = table.horizontalHeader()
        for column in (_BROKER, _NOTE):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        for column, width in _WIDTHS.items():
            header.resizeSection(column, width)
        for column, heading in enumerate(_HEADINGS):
            item = QTableWidgetItem(heading)
            item.setTextAlignment(_alignment(column))
            table.setHorizontalHeaderItem(column, item)

    def _lay_out(self) -> None:
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        buttons = QWidget(self)
        row = QHBoxLayout(buttons)
        row.setContentsMargins(8, 6, 8, 6)
        row.setSpacing(8)
        row.addWidget(self.open_button)
        row.addStretch(1)
        for button in (
            self.delete_button,
            self.export_button,
            self.copy_button,
            self.compare_button,
            self.bring_back_button,
        ):
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._stack, 1)
        column.addWidget(line(self))
        column.addWidget(buttons)

    def _connect_parts(self) -> None:
        self.table.itemSelectionChanged.connect(self._renew)
        self.open_button.clicked.connect(self.open_requested)
        self.empty.action_triggered.connect(self.open_requested)
        for button, wish in (
            (self.bring_back_button, self.bring_back_requested),
            (self.compare_button, self.compare_requested),
            (self.copy_button, self.copy_requested),
            (self.export_button, self.export_requested),
            (self.delete_button, self.delete_requested),
        ):
            button.clicked.connect(partial(self._on_button, wish))


def _cells(header: SnapshotHeader) -> tuple[str, ...]:
    taken = format_date_time(header.taken_ns).rpartition(".")[0]
    return taken, escape(header.broker), escape(header.note), format_count(header.messages)


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column == _MESSAGES else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def _item(text: str, column: int) -> QTableWidgetItem:
    made = QTableWidgetItem(text)
    made.setToolTip(plain_tooltip(text))
    made.setTextAlignment(_alignment(column))
    if column != _NOTE:
        made.setFont(mono_font())
    return made
