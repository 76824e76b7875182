"""The window of the session lab: experiments on the left, each explained; what happened on the right, with times."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from topicscope.connection.lab_words import EXPERIMENTS
from topicscope.gui.dialogs.session_lab.card import ExperimentCard
from topicscope.gui.text import format_count, format_time
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.card import CardFrame
from topicscope.gui.widgets.empty_state import EmptyState
from topicscope.gui.widgets.facts import FactsList
from topicscope.gui.widgets.style import set_kind
from topicscope.gui.widgets.tall_area import TallArea

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SIZE: Final = (1080, 700)
LEAST_WIDTH: Final = 536
"""Pixels that the experiments need."""
MOST_NOTES: Final = 1000
_HOLD: Final = "hold_acknowledgements"
_EMPTY: Final = (
    "What you do here, and what the broker makes of it, is written down here with its time."
)


class SessionLabWindow(QDialog):
    """Stays open beside the main window; it only shows and asks."""

    experiment_requested = Signal(str)
    """Key of an `Experiment`."""
    release_requested = Signal(int)
    """So many acknowledgements should be sent."""
    help_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("session-lab")
        self.setWindowTitle("Session lab")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(*SIZE)
        self._held = 0
        self.facts = FactsList(self, name_width=112)
        self.cards = {one.key: ExperimentCard(one, self) for one in EXPERIMENTS}
        self.notes = QPlainTextEdit(self)
        self.release_one = push_button("Release one", parent=self)
        self.release_all = push_button("Release all", parent=self)
        self.copy_button = push_button("Copy", "copy", parent=self)
        self.clear_button = push_button("Clear", "trash-2", parent=self)
        self.help_button = push_button("Help", "circle-question-mark", parent=self)
        self.close_button = push_button("Close", kind="primary", parent=self)
        self._pages = QStackedWidget(self)
        hold = self.cards[_HOLD]
        hold.add_button(self.release_one)
        hold.add_button(self.release_all)
        self._lay_out()
        for key, card in self.cards.items():
            card.button.clicked.connect(partial(self._on_clicked, key))
        self.release_one.clicked.connect(self._on_release_one)
        self.release_all.clicked.connect(self._on_release_all)
        self.copy_button.clicked.connect(self._on_copy)
        self.clear_button.clicked.connect(self._on_clear)
        self.help_button.clicked.connect(self.help_requested)
        self.close_button.clicked.connect(self.close)
        self.show_held(0, is_holding=False)
        self._renew_notes()
        # Else the space bar would begin the first experiment.
        self.close_button.setFocus()

    # Methods

    def show_facts(self, rows: Sequence[tuple[str, str, str]]) -> None:
        """Show what the connection is now."""
        self.facts.set_rows(rows)

    def show_reasons(self, reasons: Mapping[str, str]) -> None:
        """Offer what can be done now, and say why the rest cannot."""
        for key, card in self.cards.items():
            card.set_off(reasons.get(key, ""))

    def show_held(self, count: int, *, is_holding: bool) -> None:
        """Show how many acknowledgements are held back."""
        self._held = count
        words = f"{format_count(count)} held back now." if is_holding or count else ""
        card = self.cards[_HOLD]
        card.button.setText("Stop holding" if is_holding else card.experiment.title)
        card.set_state(words)
        for button in (self.release_one, self.release_all):
            button.setVisible(is_holding or count > 0)
            button.setEnabled(count > 0)

    def note(self, time_ns: int, text: str) -> None:
        """Write down what happened."""
        self.notes.appendPlainText(f"{format_time(time_ns)}  {text}")
        self._renew_notes()

    # Slots

    def _on_clicked(self, key: str, _checked: bool = False) -> None:
        self.experiment_requested.emit(key)

    @Slot()
    def _on_release_one(self) -> None:
        self.release_requested.emit(1)

    @Slot()
    def _on_release_all(self) -> None:
        self.release_requested.emit(self._held)

    @Slot()
    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.notes.toPlainText())

    @Slot()
    def _on_clear(self) -> None:
        self.notes.clear()
        self._renew_notes()

    # Private

    def _renew_notes(self) -> None:
        empty = self.notes.document().isEmpty()
        self._pages.setCurrentIndex(1 if empty else 0)
        self.copy_button.setEnabled(not empty)
        self.clear_button.setEnabled(not empty)

    def _lay_out(self) -> None:
        self.notes.setReadOnly(True)
        self.notes.setMaximumBlockCount(MOST_NOTES)
        self.notes.setAccessibleName("What happened")
        self.notes.setFrameShape(QFrame.Shape.NoFrame)
        set_kind(self.notes, "view")
        self.notes.document().setDocumentMargin(12)
        self._pages.addWidget(self.notes)
        self._pages.addWidget(EmptyState("history", _EMPTY, parent=self))
        body = QHBoxLayout()
        body.setSpacing(12)
        body.addWidget(self._experiments(), 5)
        body.addWidget(self._account(), 4)
        buttons = QHBoxLayout()
        buttons.addWidget(self.help_button)
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addLayout(body, 1)
        column.addLayout(buttons)

    def _experiments(self) -> QScrollArea:
        inside = QWidget(self)
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(8)
        for card in self.cards.values():
            column.addWidget(card)
        column.addStretch(1)
        area = TallArea(self)
        area.setWidget(inside)
        # Narrower, it would be cut at its side, where nothing scrolls.
        area.setMinimumWidth(LEAST_WIDTH)
        return area

    def _account(self) -> QWidget:
        now = CardFrame("Now", self)
        now.add(self.facts)
        card = CardFrame("What happened", self)
        card.header.add_widget(self.copy_button)
        card.header.add_widget(self.clear_button)
        card.add(self._pages, 1)
        holder = QWidget(self)
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(now)
        column.addWidget(card, 1)
        return holder
