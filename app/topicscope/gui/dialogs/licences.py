"""The licences of everything that is shipped, each with its text."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QListWidget, QVBoxLayout, QWidget

from topicscope.gui.licences import Licence, shipped_licences
from topicscope.gui.tasks import in_worker_for, spawn
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.card import CardFrame
from topicscope.gui.widgets.labels import label, strong_label
from topicscope.gui.widgets.mono_view import MonoView

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZE: Final = (920, 600)
_LIST_WIDTH = 220
_LINE = 82
"""Letters that fit beside the list; some licences have lines of a whole paragraph."""


class LicencesDialog(QDialog):
    """Names at the left, the text of the chosen one at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("licences")
        self.setWindowTitle("Licences")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(*SIZE)
        self._licences: Sequence[Licence] = ()
        self.names = QListWidget(self)
        self.names.setFrameShape(QFrame.Shape.NoFrame)
        self.names.setSpacing(1)
        self.names.setAccessibleName("Parts")
        self.expression = strong_label(parent=self)
        self.expression.setTextFormat(Qt.TextFormat.PlainText)
        self.text = MonoView(self)
        self.text.setAccessibleName("Text of the licence")
        self.close_button = push_button("Close", kind="primary", parent=self)
        self._lay_out()
        self.names.currentRowChanged.connect(self._on_row_changed)
        self.close_button.clicked.connect(self.accept)
        spawn(self._load(), "licences")

    def show_licences(self, licences: Sequence[Licence]) -> None:
        """Fill the list, and show the first."""
        self._licences = licences
        self.names.clear()
        self.names.addItems([one.name for one in licences])
        self.names.setCurrentRow(0)

    async def _load(self) -> None:
        self.show_licences(await in_worker_for(self, shipped_licences))

    @Slot(int)
    def _on_row_changed(self, row: int) -> None:
        if not 0 <= row < len(self._licences):
            return
        chosen = self._licences[row]
        self.expression.setText(f"{chosen.name}: {chosen.expression}")
        self.text.setPlainText(folded(chosen.text))

    def _lay_out(self) -> None:
        self.expression.setIndent(8)
        left = _card(self.names)
        left.setFixedWidth(_LIST_WIDTH)
        parts = QHBoxLayout()
        parts.setSpacing(16)
        parts.addWidget(left)
        parts.addWidget(_card(self.expression, self.text), 1)
        buttons = QHBoxLayout()
        buttons.addWidget(label("Topicscope is made with these, and ships some of them.", "dim"))
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(16)
        column.addLayout(parts, 1)
        column.addLayout(buttons)


def _card(*widgets: QWidget) -> CardFrame:
    card, inside = CardFrame(), QWidget()
    column = QVBoxLayout(inside)
    column.setContentsMargins(8, 8, 8, 4)
    column.setSpacing(4)
    for widget in widgets:
        column.addWidget(widget)
    card.add(inside)
    return card


def folded(text: str) -> str:
    """Break lines that are longer than the view is wide between words, and leave all others as they are."""
    return "\n".join(
        textwrap.fill(line, _LINE, break_long_words=False) if len(line) > _LINE else line
        for line in text.splitlines()
    )
