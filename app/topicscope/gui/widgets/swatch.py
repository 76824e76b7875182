"""A small square in the colour of a subscription or series."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from topicscope.gui.theme import colour


def paint_swatch(painter: QPainter, rect: QRectF, tint: QColor) -> None:
    """Paint a swatch of 10 pixels in the middle of a rectangle; for delegates."""
    side = QRectF(0, 0, 10, 10)
    side.moveCenter(rect.center())
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tint)
    painter.drawRoundedRect(side, 2, 2)
    painter.restore()


class ColourSwatch(QWidget):
    """A square that shows one colour and can be clicked."""

    clicked = Signal()

    def __init__(self, tint: QColor | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tint = tint or colour("faint")
        self.setFixedSize(self.sizeHint())

    def set_colour(self, tint: QColor) -> None:
        """Show another colour."""
        self._tint = tint
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size with room to click."""
        return QSize(16, 16)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the square."""
        paint_swatch(QPainter(self), QRectF(self.rect()), self._tint)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Tell of a click."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit()
            event.accept()
