"""The help pages, as plain text in the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QPlainTextEdit, QVBoxLayout

from topicscope.gui.theme import mono_font
from topicscope.gui.widgets.style import set_kind
from topicscope.paths import resource_dir

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


class HelpDialog(QDialog):
    """One page of ``resources/help``; it stays open beside the window."""

    def __init__(self, page: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("help")
        self.setWindowTitle("Help — Topicscope")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        # As wide as the longest line of the pages.
        self.resize(960, 700)
        self._text = QPlainTextEdit(self)
        self._text.setReadOnly(True)
        self._text.setFont(mono_font())
        self._text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        set_kind(self._text, "view")
        self._text.setPlainText(
            (resource_dir() / "help" / f"{page}.txt").read_text(encoding="utf-8")
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 0, 16)
        column.addWidget(self._text)


class HelpKey(QShortcut):
    """F1 in a dialog: its own help page, above it."""

    def __init__(self, page: str, dialog: QDialog) -> None:
        super().__init__(QKeySequence(Qt.Key.Key_F1), dialog)
        self._page = page
        self._dialog = dialog
        self.activated.connect(self._show)

    @Slot()
    def _show(self) -> None:
        HelpDialog(self._page, self._dialog).show()
