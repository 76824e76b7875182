"""A small line of the last rates."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from topicscope.gui.theme import colour

if TYPE_CHECKING:
    from collections.abc import Iterable

KEPT_VALUES = 90
WIDTH = 96
HEIGHT = 20


class Sparkline(QWidget):
    """The last 90 values from left to right, scaled to the largest of them; it has no timer."""

    def __init__(self, role: str = "accent", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._role = role
        self._values: deque[float] = deque(maxlen=KEPT_VALUES)
        self.setFixedSize(self.sizeHint())

    def add_value(self, value: float) -> None:
        """Append one value; the oldest one falls out."""
        was_flat = not any(self._values)
        self._values.append(value)
        if value or not was_flat:
            self.update()

    def set_values(self, values: Iterable[float]) -> None:
        """Show these values instead."""
        self._values = deque(values, maxlen=KEPT_VALUES)
        self.update()

    def values(self) -> list[float]:
        """Return the values shown, oldest first."""
        return list(self._values)

    def sizeHint(self) -> QSize:
        """Return the fixed size."""
        return QSize(WIDTH, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the line over its base line."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width, bottom = float(self.width() - 1), self.height() - 2.5
        largest = max(self._values, default=0.0)
        # The whole base line keeps the room of values to come from looking like a gap.
        painter.setPen(QPen(colour("outline"), 1))
        painter.drawLine(QPointF(0, bottom), QPointF(width, bottom))
        if largest <= 0:
            return
        step, scale = width / (KEPT_VALUES - 1), (bottom - 2) / largest
        left = width - step * (len(self._values) - 1)
        points = [QPointF(left + i * step, bottom - v * scale) for i, v in enumerate(self._values)]
        painter.setPen(QPen(colour(self._role), 1.2))
        painter.drawPolyline(points)
