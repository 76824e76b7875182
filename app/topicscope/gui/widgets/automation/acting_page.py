"""One table of what acts by itself, the buttons for it, and what is said of the chosen line."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from topicscope.gui.models.automation.acting_rows import ActingRowsModel
from topicscope.gui.widgets.automation.acting_view import ActingView
from topicscope.gui.widgets.automation.histogram_view import HistogramView
from topicscope.gui.widgets.buttons import icon_button, push_button
from topicscope.gui.widgets.card import line
from topicscope.gui.widgets.empty_state import EmptyState
from topicscope.gui.widgets.labels import ElidedLabel, WrappedLabel
from topicscope.gui.widgets.style import set_tone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QShowEvent

    from topicscope.gui.models.automation.acting_rows import ActingRow, Details


class PageWords(NamedTuple):
    """What differs between the pages; `histogram` is empty where there is none."""

    table: str
    headings: tuple[str, ...]
    widths: tuple[int, ...]
    icon: str
    empty: str
    new: str
    histogram: str = ""
    nothing: str = ""


class ActingPage(QWidget):
    """Tells what somebody wants done with the chosen lines; it does nothing itself."""

    start_requested = Signal(object)
    """Ids to start."""
    stop_requested = Signal(object)
    """Ids to stop."""
    new_requested = Signal()
    edit_requested = Signal(str)
    duplicate_requested = Signal(str)
    delete_requested = Signal(object)
    """Ids to delete."""
    chosen_changed = Signal()

    def __init__(self, words: PageWords, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self.model = ActingRowsModel(words.headings, self)
        self.view = ActingView(self.model, words.widths, self)
        self.view.setAccessibleName(words.table)
        self.empty = EmptyState(words.icon, words.empty, words.new, self)
        self.start_button = push_button("Start", "play", parent=self)
        self.stop_button = push_button("Stop", "square", parent=self)
        self.new_button = push_button(words.new, "plus", parent=self)
        noun = words.table[:-1].lower()
        self.edit_button = icon_button("pencil", f"Edit the {noun}", parent=self)
        self.duplicate_button = icon_button("copy", f"Duplicate the {noun}", parent=self)
        self.delete_button = icon_button("trash-2", f"Delete the {noun}", parent=self)
        self.histogram = HistogramView(words.histogram, words.nothing, self)
        self.histogram.setVisible(bool(words.histogram))
        self._what = ElidedLabel(parent=self)
        self._said = WrappedLabel(0, self)
        self._foot = QWidget(self)
        self._stack = QStackedLayout()
        self._lay_out()
        self._connect()
        self._renew_buttons()

    # Methods

    def chosen(self) -> list[str]:
        """Return the ids of the chosen lines."""
        return self.view.chosen()

    def set_rows(self, rows: Sequence[ActingRow]) -> None:
        """Show these lines; the first is chosen where none was."""
        self.model.set_rows(rows)
        if rows and not self.chosen():
            self.view.selectRow(0)
        self._stack.setCurrentIndex(int(not rows))
        self._renew_buttons()

    def show_details(self, details: Details) -> None:
        """Say what there is to say of the chosen line; what nobody sees has no width to be broken for."""
        if not self.isVisible():
            return
        self._foot.setVisible(bool(details.what))
        self._what.setText(details.what)
        if self._said.text() != details.words:
            self._said.setText(details.words)
        set_tone(self._said, details.tone)
        self._said.setVisible(bool(details.words))
        if self._words.histogram:
            self.histogram.show_histogram(details.lateness)

    def said(self) -> str:
        """Return what is said of the chosen line."""
        return self._said.text()

    # Slots

    @Slot()
    def _on_start(self) -> None:
        self.start_requested.emit(self.chosen())

    @Slot()
    def _on_stop(self) -> None:
        self.stop_requested.emit(self.chosen())

    @Slot()
    def _on_toggle(self) -> None:
        (self._on_stop if self.view.any_active() else self._on_start)()

    @Slot()
    def _on_edit(self) -> None:
        if len(self.chosen()) == 1:
            self.edit_requested.emit(self.chosen()[0])

    @Slot()
    def _on_duplicate(self) -> None:
        if len(self.chosen()) == 1:
            self.duplicate_requested.emit(self.chosen()[0])

    @Slot()
    def _on_delete(self) -> None:
        if self.chosen():
            self.delete_requested.emit(self.chosen())

    @Slot()
    def _on_chosen_changed(self) -> None:
        self._renew_buttons()
        self.chosen_changed.emit()

    # Qt overrides

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for what is to be said of the chosen line."""
        super().showEvent(event)
        self.chosen_changed.emit()

    # Private

    def _renew_buttons(self) -> None:
        chosen = self.chosen()
        active = {one.identifier for one in self.model.rows if one.is_active}
        self.start_button.setEnabled(any(one not in active for one in chosen))
        self.stop_button.setEnabled(any(one in active for one in chosen))
        self.edit_button.setEnabled(len(chosen) == 1)
        self.duplicate_button.setEnabled(len(chosen) == 1)
        self.delete_button.setEnabled(bool(chosen))

    def _connect(self) -> None:
        for button, slot in (
            (self.start_button, self._on_start),
            (self.stop_button, self._on_stop),
            (self.new_button, self.new_requested),
            (self.empty.button, self.new_requested),
            (self.edit_button, self._on_edit),
            (self.duplicate_button, self._on_duplicate),
            (self.delete_button, self._on_delete),
        ):
            button.clicked.connect(slot)
        self.view.chosen_changed.connect(self._on_chosen_changed)
        self.view.toggle_requested.connect(self._on_toggle)
        self.view.edit_requested.connect(self._on_edit)
        self.view.duplicate_requested.connect(self._on_duplicate)
        self.view.delete_requested.connect(self._on_delete)

    def _lay_out(self) -> None:
        set_tone(self._what, "dim")
        below = QVBoxLayout(self._foot)
        below.setContentsMargins(12, 8, 12, 4 if self._words.histogram else 8)
        below.setSpacing(4)
        below.addWidget(self._what)
        below.addWidget(self._said)
        below.addWidget(self.histogram)
        full = QWidget(self)
        column = QVBoxLayout(full)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._button_row())
        column.addWidget(self.view, 1)
        column.addWidget(line(self))
        column.addWidget(self._foot)
        self._stack.addWidget(full)
        self._stack.addWidget(self.empty)
        self.setLayout(self._stack)

    def _button_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(8, 6, 8, 6)
        row.setSpacing(8)
        row.addWidget(self.start_button)
        row.addWidget(self.stop_button)
        row.addStretch(1)
        row.addWidget(self.edit_button)
        row.addWidget(self.duplicate_button)
        row.addWidget(self.delete_button)
        row.addWidget(self.new_button)
        return row
