"""A histogram of durations: bars on a logarithmic axis of time, with the half and the slowest hundredth marked."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from topicscope.automation.histogram import duration_text
from topicscope.gui.text import format_count, plain_tooltip
from topicscope.gui.theme import colour, ui_font

if TYPE_CHECKING:
    from topicscope.automation.histogram import Bin, Histogram

HEIGHT: Final = 112
LEAST_HEIGHT: Final = 64
"""Pixels below which it is left out."""
_LEAST_S: Final = 1e-6
_DECADE_STEPS: Final = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0, 100.0, 1000.0, 1e4, 1e5)
_MARGIN: Final = 12
_PIXELS: Final = 11
_AXIS_HEIGHT: Final = 18
_LABEL_HEIGHT: Final = 16


class HistogramView(QWidget):
    """Shows one histogram; `what` names it for screen readers, who also hear its figures.

    It gives way where there is little room: a window must not grow for its sake.
    """

    def __init__(self, what: str, nothing: str, parent: QWidget | None = None) -> None:
        """Take what is measured, and what to say while nothing was."""
        super().__init__(parent)
        self._what = what
        self._nothing = nothing
        self._bins: list[Bin] = []
        self._marks: list[tuple[str, float]] = []
        self.setMaximumHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setAccessibleName(what)
        self.show_histogram(None)

    def show_histogram(self, histogram: Histogram | None) -> None:
        """Show other counts; None shows that there are none."""
        if histogram is None or not histogram.count:
            self._bins, self._marks, words = [], [], self._nothing
        else:
            self._bins = histogram.bins()
            self._marks = [("p50", histogram.quantile(0.5)), ("p99", histogram.quantile(0.99))]
            words = f"{format_count(histogram.count)} measured: {histogram.words()}"
        if words != self.accessibleDescription():
            self.setAccessibleDescription(words)
            self.setToolTip(plain_tooltip(f"{self._what}: {words}"))
        self.update()

    def words(self) -> str:
        """Return the figures in words."""
        return self.accessibleDescription()

    def sizeHint(self) -> QSize:
        """Ask for some width."""
        return QSize(240, HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw bars, marks and the axis, where there is room for them."""
        if self.height() < LEAST_HEIGHT:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(ui_font(pixels=_PIXELS))
        area = QRectF(self.rect()).adjusted(_MARGIN, _LABEL_HEIGHT + 4, -_MARGIN, -_AXIS_HEIGHT)
        painter.setPen(QPen(colour("outline"), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        if not self._bins:
            painter.setPen(colour("dim"))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self._nothing)
            return
        begin, end = self._span()
        self._draw_axis(painter, area, begin, end)
        largest = max(one.number for one in self._bins)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour("accent"))
        for one in self._bins:
            if one.number:
                painter.drawRect(_bar(one, area, begin, end, largest))
        self._draw_marks(painter, area, begin, end)

    def _span(self) -> tuple[float, float]:
        """Return the whole decades that hold all bins, as powers of ten."""
        first = math.floor(math.log10(max(self._bins[0].begin_s, _LEAST_S)) + 1e-9)
        last = math.ceil(math.log10(max(self._bins[-1].end_s, _LEAST_S * 10)) - 1e-9)
        return float(first), float(max(last, first + 1))

    def _draw_axis(self, painter: QPainter, area: QRectF, begin: float, end: float) -> None:
        metrics = QFontMetricsF(painter.font())
        for step in _DECADE_STEPS:
            power = math.log10(step)
            if not begin - 1e-9 <= power <= end + 1e-9:
                continue
            x = _place(step, area, begin, end)
            painter.setPen(QPen(colour("line"), 1))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            text = duration_text(step)
            width = metrics.horizontalAdvance(text)
            left = min(max(x - width / 2, 2.0), self.width() - width - 2)
            painter.setPen(colour("dim"))
            painter.drawText(QPointF(left, area.bottom() + 13), text)

    def _draw_marks(self, painter: QPainter, area: QRectF, begin: float, end: float) -> None:
        metrics = QFontMetricsF(painter.font())
        right = -math.inf
        for name, seconds in self._marks:
            x = _place(seconds, area, begin, end)
            painter.setPen(QPen(colour("warning"), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, area.top() - 2), QPointF(x, area.bottom()))
            text = f"{name} {duration_text(seconds)}"
            width = metrics.horizontalAdvance(text)
            left = max(min(max(x - width / 2, 2.0), self.width() - width - 2), right + 8)
            painter.setPen(colour("text"))
            painter.drawText(QPointF(left, area.top() - 6), text)
            right = left + width


def _place(seconds: float, area: QRectF, begin: float, end: float) -> float:
    part = (math.log10(max(seconds, 10.0**begin)) - begin) / (end - begin)
    return area.left() + min(max(part, 0.0), 1.0) * area.width()


def _bar(one: Bin, area: QRectF, begin: float, end: float, largest: int) -> QRectF:
    left, right = _place(one.begin_s, area, begin, end), _place(one.end_s, area, begin, end)
    # One in ten thousand must be seen too.
    height = max(one.number / largest * area.height(), 1.5)
    return QRectF(left + 0.5, area.bottom() - height, max(right - left - 1, 1.5), height)
