"""A field for a number with decimals, written with a point, and what is wrong with it in words."""

from __future__ import annotations

import math

from PySide6.QtWidgets import QLineEdit, QWidget

from topicscope.gui.theme import mono_font

WIDTH = 88


class DecimalField(QLineEdit):
    """Any number; an empty field is `empty`, or no number where that is None."""

    def __init__(
        self,
        name: str,
        empty: float | None = None,
        nothing: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._empty = empty
        self.setFont(mono_font())
        self.setFixedWidth(WIDTH)
        self.setMaxLength(20)
        self.setAccessibleName(name)
        self.setPlaceholderText(nothing)

    def value(self) -> float:
        """Return the number; raises ValueError with a sentence."""
        text = self.text().strip().replace(",", "")
        if not text and self._empty is not None:
            return self._empty
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise ValueError(f"{self.accessibleName()}: “{text}” is no number.")
        return number

    def value_up_to(self, most: float) -> float:
        """Return the number when it is more than 0 and `most` at most; raises ValueError with a sentence."""
        number = self.value()
        if not 0 < number <= most:
            raise ValueError(f"{self.accessibleName()}: more than 0, and {most:,g} at most.")
        return number

    def set_value(self, value: float) -> None:
        """Show a number; what an empty field means is shown as that."""
        self.setText("" if value == self._empty else f"{value:.15g}")
