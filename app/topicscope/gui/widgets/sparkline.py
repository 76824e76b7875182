"""A small line of the last rates."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from topicscope.gui.theme import colour

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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
        area = QRectF(0, 0, self.width() - 1, self.height() - 2.5)
        paint_sparkline(painter, area, self._values, self._role, KEPT_VALUES)


def paint_sparkline(
    painter: QPainter, area: QRectF, values: Sequence[float], role: str, room: int = 0
) -> None:
    """Paint values as a line over a base line; with `room` for more of them they begin at the right."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    left, right, bottom = area.left(), area.right(), area.bottom()
    largest = max(values, default=0.0)
    # The whole base line keeps the room of values to come from looking like a gap.
    painter.setPen(QPen(colour("outline"), 1))
    painter.drawLine(QPointF(left, bottom), QPointF(right, bottom))
    if largest > 0:
        step = area.width() / max(1, max(room, len(values)) - 1)
        scale = (area.height() - 2) / largest
        begin = right - step * (len(values) - 1)
        points = [QPointF(begin + i * step, bottom - v * scale) for i, v in enumerate(values)]
        painter.setPen(QPen(colour(role), 1.2))
        painter.drawPolyline(points)
    painter.restore()
