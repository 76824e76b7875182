"""A field for a Topic Filter or Topic Name that is judged while it is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from topicscope.gui.text import plain_tooltip
from topicscope.gui.theme import mono_font
from topicscope.gui.widgets.labels import WrappedLabel
from topicscope.gui.widgets.style import set_tone, set_validity

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QKeyEvent

TOPIC_LENGTH = 65_535
"""Bytes that a Topic Name or Topic Filter may have (MQTT 5.0 section 4.7.3)."""


class TopicFilterEdit(QLineEdit):
    """A line edit with a green, red or neutral frame and the reason in its tooltip."""

    problem_changed = Signal(str)
    """The sentence that says what is wrong, or an empty text."""
    submitted = Signal(str)
    """Enter was pressed on a valid text."""

    def __init__(
        self, validator: Callable[[str], str | None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._validator = validator
        self._problem = ""
        self.setFont(mono_font())
        self.setMaxLength(TOPIC_LENGTH)
        self.textChanged.connect(self._on_text_changed)

    @property
    def problem(self) -> str:
        """What is wrong with the text, or an empty text; an empty field has no problem."""
        return self._problem

    def is_valid(self) -> bool:
        """Say whether there is a text and nothing is wrong with it."""
        return bool(self.text()) and not self._problem

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Submit a valid text on Enter; an invalid one stays as it is."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and not event.modifiers() & (
            Qt.KeyboardModifier.ControlModifier
        ):
            if self.is_valid():
                self.submitted.emit(self.text())
            event.accept()
            return
        super().keyPressEvent(event)

    @Slot(str)
    def _on_text_changed(self, text: str) -> None:
        problem = (self._validator(text) or "") if text else ""
        set_validity(self, None if not text else not problem)
        if problem != self._problem:
            self._problem = problem
            self.setToolTip(plain_tooltip(problem))
            self.setAccessibleDescription(problem)
            self.problem_changed.emit(problem)


class ReasonedEdit(QWidget):
    """A topic field with the reason written below it while something is wrong.

    `reason_label` may be put elsewhere, where there is more room.
    """

    def __init__(
        self, validator: Callable[[str], str | None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.edit = TopicFilterEdit(validator, self)
        self.reason_label = WrappedLabel(0, self)
        set_tone(self.reason_label, "error")
        self.reason_label.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.edit)
        column.addWidget(self.reason_label)
        self.setFocusProxy(self.edit)
        self.edit.problem_changed.connect(self._on_problem_changed)

    def reason(self) -> str:
        """Return the reason that is shown."""
        return self.reason_label.text()

    @Slot(str)
    def _on_problem_changed(self, problem: str) -> None:
        self.reason_label.setText(problem)
        self.reason_label.setVisible(bool(problem))
