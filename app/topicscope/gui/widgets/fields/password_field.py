"""A field for a secret: masked, with an eye to reveal it."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLineEdit, QWidget

from topicscope.gui.icons import icon


class PasswordField(QLineEdit):
    """A masked line edit; its eye shows the text until it is pressed again."""

    def __init__(self, parent: QWidget | None = None, what: str = "password") -> None:
        """Take what its text is called."""
        super().__init__(parent)
        self._what = what
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.reveal_action = QAction(icon("eye", "dim"), f"Show the {what}", self)
        self.reveal_action.setCheckable(True)
        self.reveal_action.toggled.connect(self._on_reveal_toggled)
        self.addAction(self.reveal_action, QLineEdit.ActionPosition.TrailingPosition)

    @Slot(bool)
    def _on_reveal_toggled(self, revealed: bool) -> None:
        mode = QLineEdit.EchoMode.Normal if revealed else QLineEdit.EchoMode.Password
        self.setEchoMode(mode)
        self.reveal_action.setIcon(icon("eye-off" if revealed else "eye", "dim"))
        self.reveal_action.setText(f"{'Hide' if revealed else 'Show'} the {self._what}")
