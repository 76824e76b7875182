"""A field for what may have a secret in it, such as an address: masked only while it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QLineEdit

from topicscope.gui.widgets.fields.password_field import PasswordField

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget


class GuardedField(PasswordField):
    """A line edit that masks itself as soon as its text has a secret in it; an eye shows it."""

    def __init__(
        self, what: str, has_secret: Callable[[str], bool], parent: QWidget | None = None
    ) -> None:
        """Take what the text is called, such as ``path``, and what tells whether there is a secret in it."""
        super().__init__(parent, what)
        self._has_secret = has_secret
        self.textChanged.connect(self._guard)
        self._guard()

    def conceal(self) -> None:
        """Show a secret no longer."""
        self.reveal_action.setChecked(False)
        self._guard()

    @Slot()
    def _guard(self) -> None:
        secret = self._has_secret(self.text())
        self.reveal_action.setVisible(secret)
        if not secret:
            self.reveal_action.setChecked(False)
        shown = not secret or self.reveal_action.isChecked()
        self.setEchoMode(QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password)
