"""How things stand: a dot whose shape says it too, a sentence, and dim details."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from topicscope.gui.theme import colour, ui_font
from topicscope.gui.widgets.labels import ElidedLabel
from topicscope.gui.widgets.style import set_tone

GAP: Final = 8
"""Between the parts of a status, in pixels."""
BETWEEN: Final = " · "
"""Between two details."""


class StatusDot(QWidget):
    """A dot in the colour of a role: full for what is on, a ring for what is off, half for between."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._role = "faint"
        self._shape = "ring"
        self.setFixedSize(self.sizeHint())

    def set_state(self, role: str, shape: str) -> None:
        """Show the dot in a role's colour as ``full``, ``half`` or ``ring``."""
        if (role, shape) != (self._role, self._shape):
            self._role, self._shape = role, shape
            self.update()

    def sizeHint(self) -> QSize:
        """Return the size of the dot with its margin."""
        return QSize(12, 12)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the dot."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tint = colour(self._role)
        if self._shape == "full":
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tint)
            painter.drawEllipse(QPointF(6, 6), 5, 5)
            return
        painter.setPen(QPen(tint, 1.8))
        painter.drawEllipse(QPointF(6, 6), 4.1, 4.1)
        if self._shape == "half":
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tint)
            painter.drawPie(QRectF(1.9, 1.9, 8.2, 8.2), 90 * 16, -180 * 16)


class _Details(ElidedLabel):
    """Details with `BETWEEN` between them; a piece of the first alone says nothing."""

    def shown_text(self) -> str:
        """Return what there is room for."""
        shown = super().shown_text()
        return shown if shown.startswith(self.text().partition(BETWEEN)[0]) else ""


class StatusText(QWidget):
    """A dot, a sentence, and dim details that give way first when there is no room."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.dot = StatusDot(self)
        self._text = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        self._text.setFont(ui_font(QFont.Weight.Medium))
        self._details = _Details(mode=Qt.TextElideMode.ElideRight)
        set_tone(self._details, "dim")
        self._details.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._marks: list[QLabel] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(GAP)
        self._row.addWidget(self.dot)
        self._row.addWidget(self._text)
        self._row.addWidget(self._details, 1)

    def add_mark(self, mark: QLabel) -> None:
        """Put a label between sentence and details, where it does not give way."""
        self._row.insertWidget(2 + len(self._marks), mark)
        self._marks.append(mark)

    def marks(self) -> list[QLabel]:
        """Return the labels between sentence and details."""
        return list(self._marks)

    def set_status(self, role: str, shape: str, text: str, details: str = "") -> None:
        """Say how things stand; the role colours the dot only."""
        self.dot.set_state(role, shape)
        self._text.setText(text)
        self._details.setText(details)

    def set_text(self, text: str) -> None:
        """Change the sentence only, such as a clock in it."""
        self._text.setText(text)

    def parts(self) -> tuple[ElidedLabel, ElidedLabel]:
        """Return the labels of sentence and details."""
        return self._text, self._details

    def text(self) -> str:
        """Return the sentence."""
        return self._text.text()

    def details(self) -> str:
        """Return the details."""
        return self._details.text()
