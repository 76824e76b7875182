"""A read-only view of text from the network."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextOption
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from topicscope.gui.theme import mono_font
from topicscope.gui.widgets.style import set_kind


class MonoView(QPlainTextEdit):
    """Plain text in the monospace font, to be read, searched and copied."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_kind(self, "view")
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(mono_font())
        self.setTabStopDistance(2 * self.fontMetrics().horizontalAdvance(" "))
        self.document().setDocumentMargin(8)
        self.set_wrapped(wrapped=False)
        # A line that begins in Hebrew or Arabic would else turn round what follows, in other order than in the tables.
        option = self.document().defaultTextOption()
        option.setTextDirection(Qt.LayoutDirection.LeftToRight)
        self.document().setDefaultTextOption(option)

    def set_wrapped(self, *, wrapped: bool) -> None:
        """Break long lines at any character, or not at all."""
        # Qt's default, breaking between words, takes minutes on one line of a megabyte.
        mode = QTextOption.WrapMode.WrapAnywhere if wrapped else QTextOption.WrapMode.NoWrap
        self.setWordWrapMode(mode)

    def is_wrapped(self) -> bool:
        """Say whether long lines are broken."""
        return self.wordWrapMode() == QTextOption.WrapMode.WrapAnywhere
