"""A field for a secret that arrives later: until then it says so, and what was typed is not written over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from topicscope.gui.widgets.fields.password_field import PasswordField

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

READING: Final = "Reading the key store…"
LONGEST: Final = 1_000_000


class SecretField(PasswordField):
    """A masked line edit that knows whether its secret has been read, and whether somebody typed since."""

    def __init__(self, nothing: str = "", parent: QWidget | None = None) -> None:
        """Take what an empty field means."""
        super().__init__(parent)
        self._nothing = nothing
        self._typed = False
        # A signed token may be longer than what a line edit takes by itself.
        self.setMaxLength(LONGEST)
        self.setPlaceholderText(nothing)
        self.textEdited.connect(self._on_edited)

    @property
    def was_typed(self) -> bool:
        """Whether somebody has typed since the last text was shown."""
        return self._typed

    def set_nothing(self, words: str) -> None:
        """Say something else in the empty field."""
        self._nothing = words
        self.setPlaceholderText(words)

    def wait_for_text(self) -> None:
        """Say that the secret is being read."""
        self.reveal_action.setChecked(False)
        self.setText("")
        self._typed = False
        self.setPlaceholderText(READING)

    def show_secret(self, text: str) -> None:
        """Show what was read; what has been typed meanwhile stays."""
        self.setPlaceholderText(self._nothing)
        if not self._typed:
            self.setText(text)

    def put_secret(self, text: str) -> None:
        """Show another secret in place of anything, masked again."""
        self._typed = False
        self.reveal_action.setChecked(False)
        self.show_secret(text)

    def _on_edited(self) -> None:
        self._typed = True
