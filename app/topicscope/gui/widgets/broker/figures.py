"""One figure of a broker: as a tile with a small line of what it was, as a row, or as a row of columns.

Each is a button: a click or Enter opens its history.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QToolTip, QWidget

from topicscope.gui.text import plain_tooltip
from topicscope.gui.theme import colour, mono_font, ui_font
from topicscope.gui.widgets.sparkline import paint_sparkline

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from topicscope.gui.widgets.broker.words import Figure

TILE_WIDTH: Final = 150
TILE_HEIGHT: Final = 76
ROW_HEIGHT: Final = 26
COLUMN_WIDTH: Final = 84
NODE_WIDTH: Final = 140
POINTS: Final = 60
"""Newest values that the small line shows."""
_RATE_WIDTH: Final = 84
_LINE_WIDTH: Final = 56
_TILE_LINE: Final = 76
_ROOM_FOR_LINE: Final = 360
_VALUE_PIXELS: Final = 18
_MARGIN: Final = 12
_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class StatusFigure(QAbstractButton):
    """A figure under its title; the key says whose history it opens."""

    def __init__(self, key: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.key = key
        self.title = title
        self.value = ""
        self.more = ""
        self.role = "accent"
        self.elided = Qt.TextElideMode.ElideRight
        self.points: Sequence[float] = ()
        self._explain: Callable[[], str] | None = None
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._name()

    def show_figure(self, figure: Figure, points: Sequence[float] = ()) -> None:
        """Show another value and what it was before."""
        if (figure.value, figure.more) != (self.value, self.more):
            self.value, self.more = figure.value, figure.more
            self._name()
            self.update()
        self._explain = figure.explain
        if points != self.points:
            self.points = points
            self.update()

    def event(self, event: QEvent) -> bool:
        """Explain the figure when somebody asks: sixty tooltips a second would be made for nobody."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), plain_tooltip(self.explanation()), self)
            return True
        return super().event(event)

    def explanation(self) -> str:
        """Return what the tooltip says."""
        words = self._explain() if self._explain is not None else ""
        return "\n".join(filter(None, (self.title, words, "Click: history")))

    def hint_text(self, text: str, font: QFont, width: int) -> str:
        """Return as much of a text as there is room for."""
        return QFontMetrics(font).elidedText(text, self.elided, max(0, width))

    def paint_ground(self, painter: QPainter, ground: QColor | None, radius: int) -> None:
        """Paint what shows that this can be clicked, and whether it has the focus."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        hovered = self.underMouse() and self.isEnabled()
        if hovered:
            ground = colour("hover")
        border = colour("accent") if self.hasFocus() else colour("line") if radius > 4 else None
        painter.setPen(QPen(border, 1) if border else Qt.PenStyle.NoPen)
        painter.setBrush(ground or Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def paint_text(
        self,
        painter: QPainter,
        area: QRect,
        text: str,
        font: QFont,
        role: str,
        align: Qt.AlignmentFlag = _LEFT,
    ) -> None:
        """Paint one line of text, cut where there is no room."""
        painter.setFont(font)
        painter.setPen(colour(role))
        painter.drawText(area, align, self.hint_text(text, font, area.width()))

    def _name(self) -> None:
        words = " ".join(filter(None, (self.value, self.more)))
        self.setText(f"{self.title}: {words}" if words else self.title)
        self.setAccessibleName(self.text())


class StatusTile(StatusFigure):
    """Title, value and addition below each other, and a line of the last values at the right."""

    def __init__(self, key: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(key, title, parent)
        self.setFixedHeight(TILE_HEIGHT)

    def sizeHint(self) -> QSize:
        """Return the least width and the fixed height."""
        return QSize(TILE_WIDTH, TILE_HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the tile."""
        painter = QPainter(self)
        self.paint_ground(painter, colour("panel"), 6)
        inside = self.rect().adjusted(_MARGIN, 7, -_MARGIN, -7)
        title = QRect(inside.left(), inside.top(), inside.width(), 18)
        self.paint_text(painter, title, self.title, ui_font(), "dim")
        value = QRect(inside.left(), inside.top() + 19, inside.width(), 24)
        bottom = QRect(inside.left(), inside.top() + 43, inside.width(), 18)
        font = mono_font(QFont.Weight.Medium, _VALUE_PIXELS)
        if len(self.points) > 1:
            wanted = QFontMetrics(font).horizontalAdvance(self.value) + 10
            left = max(inside.left() + wanted, inside.right() - _TILE_LINE)
            top = value.top() + 4
            area = QRectF(left, top, inside.right() - left, bottom.bottom() - 4 - top)
            if area.width() >= _TILE_LINE // 2:
                paint_sparkline(painter, area, self.points, self.role)
                bottom.setRight(left - 6)
        role = "text" if self.role == "accent" else self.role
        self.paint_text(painter, value, self.value, font, role)
        self.paint_text(painter, bottom, self.more, ui_font(pixels=12), "dim")


class StatusRow(StatusFigure):
    """Title at the left; the value, a small line and the rate at the right."""

    def __init__(self, key: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(key, title, parent)
        self.has_rates = False
        self.setFixedHeight(ROW_HEIGHT)

    def sizeHint(self) -> QSize:
        """Return the least width and the fixed height."""
        return QSize(200, ROW_HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the row."""
        painter = QPainter(self)
        self.paint_ground(painter, None, 4)
        rest = self.rect().adjusted(_MARGIN, 0, -_MARGIN, 0)
        if self.has_rates:
            area = QRect(rest.right() - _RATE_WIDTH, 0, _RATE_WIDTH, self.height())
            self.paint_text(painter, area, self.more, mono_font(), "dim", _RIGHT)
            rest.setRight(area.left())
        if self.width() >= _ROOM_FOR_LINE:
            area = QRect(rest.right() - _LINE_WIDTH, 0, _LINE_WIDTH, self.height())
            if len(self.points) > 1:
                line = QRectF(area).adjusted(0, 6, 0, -7)
                paint_sparkline(painter, line, self.points, self.role)
            rest.setRight(area.left() - 8)
        font = mono_font()
        wanted = QFontMetrics(font).horizontalAdvance(self.value) + 2
        area = QRect(rest)
        area.setLeft(max(rest.left() + rest.width() // 3, rest.right() - wanted))
        self.paint_text(painter, area, self.value, font, "text", _RIGHT)
        rest.setRight(area.left() - 8)
        self.paint_text(painter, rest, self.title, ui_font(), "dim")


class StatusColumns(StatusFigure):
    """Title at the left and values in columns at the right."""

    def __init__(self, key: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(key, title, parent)
        self._values: tuple[str, ...] = ()
        self.is_heading = False
        self.column_width = COLUMN_WIDTH
        self.setFixedHeight(ROW_HEIGHT)

    def sizeHint(self) -> QSize:
        """Return the least width and the fixed height."""
        return QSize(200, ROW_HEIGHT)

    def show_values(self, values: tuple[str, ...], explain: Callable[[], str]) -> None:
        """Show other values."""
        if values != self._values:
            self._values = values
            self.setText(f"{self.title} {' '.join(values)}".strip())
            self.setAccessibleName(self.text())
            self.update()
        self._explain = explain

    def make_heading(self) -> None:
        """Be the heading of columns, which opens and explains nothing."""
        self.is_heading = True
        self.elided = Qt.TextElideMode.ElideMiddle
        self.setEnabled(False)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.unsetCursor()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the row."""
        painter = QPainter(self)
        self.paint_ground(painter, None, 4)
        rest = self.rect().adjusted(_MARGIN, 0, -_MARGIN, 0)
        font = ui_font() if self.is_heading else mono_font()
        room = min(self.column_width, rest.width() * 2 // 3 // max(1, len(self._values)))
        left = rest.right() - room * len(self._values)
        for place, value in enumerate(self._values):
            area = QRect(left + place * room + 6, 0, room - 5, self.height())
            self.paint_text(
                painter, area, value, font, "dim" if self.is_heading else "text", _RIGHT
            )
        rest.setRight(left - 4)
        self.paint_text(painter, rest, self.title, ui_font(), "dim")
