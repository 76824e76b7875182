"""A coloured frame round a window, so that nobody forgets where it is connected to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QRegion
from PySide6.QtWidgets import QWidget

from topicscope.gui.theme import colour

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMainWindow

THICKNESS: Final = 3


class WindowFrame(QWidget):
    """Stands in the margins of its window and lets everything through that the mouse does; hidden until shown."""

    def __init__(self, window: QMainWindow, role: str = "error") -> None:
        super().__init__(window)
        self.setObjectName("window-frame")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._role = role
        self._framed = window
        self.hide()

    def set_shown(self, shown: bool) -> None:
        """Show the frame and make room for it, or take it away."""
        if shown != self.isHidden():
            return
        if shown:
            self._framed.installEventFilter(self)
        else:
            self._framed.removeEventFilter(self)
        width = THICKNESS if shown else 0
        self._framed.setContentsMargins(width, width, width, width)
        self.setVisible(shown)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Grow and shrink with the window."""
        if event.type() in {QEvent.Type.Resize, QEvent.Type.LayoutRequest}:
            self._fit()
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the frame in the colour of its role."""
        QPainter(self).fillRect(event.rect(), colour(self._role))

    def _fit(self) -> None:
        if self.isHidden():
            return
        whole = QRect(0, 0, self._framed.width(), self._framed.height())
        inside = whole.adjusted(THICKNESS, THICKNESS, -THICKNESS, -THICKNESS)
        self.setGeometry(whole)
        # What is not in the mask is not painted anew each time something below it changes.
        self.setMask(QRegion(whole).subtracted(QRegion(inside)))
        self.raise_()
