"""One line that somebody types, with a word on it while it is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from topicscope.gui.theme import mono_font
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.labels import label
from topicscope.gui.widgets.tone_line import ToneLine

if TYPE_CHECKING:
    from collections.abc import Callable

    Judge = Callable[[str], tuple[str, str]]

_WIDTH = 440


class LineDialog(QDialog):
    """A question, a field, and what its text means; Enter answers, Escape does not."""

    answered = Signal(str)

    def __init__(
        self, title: str, question: str, answer: str, judge: Judge, parent: QWidget
    ) -> None:
        """Ask; `judge` returns a tone and words on a text, and what has the tone ``error`` is no answer."""
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(_WIDTH)
        self._judge = judge
        self.edit = QLineEdit(self)
        self.edit.setFont(mono_font())
        self.edit.setAccessibleName(question)
        self.line = ToneLine(self)
        self.accept_button = push_button(title, kind="primary", parent=self)
        self.cancel_button = push_button("Cancel", parent=self)
        self._lay_out(question)
        self.accept_button.setDefault(True)
        self.accept_button.clicked.connect(self._on_accepted)
        self.cancel_button.clicked.connect(self.reject)
        self.edit.textChanged.connect(self._on_text_changed)
        self.edit.setText(answer)
        self.edit.selectAll()
        self._on_text_changed(answer)
        self.edit.setFocus()

    @Slot(str)
    def _on_text_changed(self, text: str) -> None:
        tone, words = self._judge(text)
        self.line.say(tone, words)
        self.accept_button.setEnabled(tone != "error")

    @Slot()
    def _on_accepted(self) -> None:
        self.answered.emit(self.edit.text())
        self.accept()

    def _lay_out(self, question: str) -> None:
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.accept_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(label(question, "dim"))
        column.addWidget(self.edit)
        column.addWidget(self.line)
        column.addSpacing(8)
        column.addLayout(buttons)
