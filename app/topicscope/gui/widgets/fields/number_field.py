"""A field for a whole number that may be left out."""

from __future__ import annotations

from PySide6.QtCore import QRegularExpression
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import QLineEdit, QSpinBox, QWidget

from topicscope.gui.theme import mono_font

WIDTH = 120


class OptionalNumber(QLineEdit):
    """Digits, or nothing; the placeholder says what nothing means."""

    def __init__(self, nothing: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFont(mono_font())
        self.setPlaceholderText(nothing)
        self.setFixedWidth(WIDTH)
        digits = QRegularExpression(r"[0-9]{0,12}")
        self.setValidator(QRegularExpressionValidator(digits, self))

    def value(self) -> int | None:
        """Return the number, or None."""
        return int(self.text()) if self.text() else None

    def set_value(self, value: int | None) -> None:
        """Show a number, or None."""
        self.setText("" if value is None else str(value))


def number_field(least: int, most: int, suffix: str = "") -> QSpinBox:
    """Return a field for a number within limits."""
    made = QSpinBox()
    made.setRange(least, most)
    made.setSuffix(suffix)
    made.setFont(mono_font())
    made.setFixedWidth(96)
    # The style sheet takes the arrows away and, by a fault of Qt, the padding with them.
    made.lineEdit().setTextMargins(7, 0, 0, 0)
    return made
