"""A slider over the time of the capture: bursts and gaps in its groove, moments that were kept as flags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from topicscope.gui.text import count_of, format_date_time, plain_tooltip
from topicscope.gui.theme import colour, notifier, ui_font

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

HEIGHT: Final = 24
SIDE: Final = 6
"""Room beside the groove, so that the handle can stand at either end."""
PAGE: Final = 0.01
"""Part of the range that a page is."""

_GROOVE: Final = (3, 20)
_HANDLE_WIDTH: Final = 3.0


class TimeSlider(QWidget):
    """Chooses a time between the first row and the newest; at its right end it follows the newest."""

    time_chosen = Signal(object)
    """A time in nanoseconds since the epoch, as an int."""
    live_requested = Signal()
    first_requested = Signal()
    stepped = Signal(int)
    """So many messages later, or earlier when it is negative."""
    width_changed = Signal()
    """The groove has another width: it wants other bars."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._begin = self._end = 0
        self._time: int | None = None
        self._bars: list[int] = []
        self._gaps: list[tuple[int, int]] = []
        self._flags: dict[str, int] = {}
        self.setFixedHeight(HEIGHT)
        self.setMinimumWidth(80)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("Moment of the capture")
        notifier().theme_changed.connect(self.update)

    # Properties

    @property
    def groove(self) -> int:
        """Width of the groove in pixels."""
        return max(1, self.width() - 2 * SIDE)

    @property
    def bars(self) -> list[int]:
        """Messages in each pixel of the groove."""
        return self._bars

    @property
    def time_ns(self) -> int | None:
        """The time chosen; None while the newest row is followed."""
        return self._time

    # Setters

    def set_range(
        self, begin_ns: int, end_ns: int, bars: NDArray[np.int64], gaps: Sequence[tuple[int, int]]
    ) -> None:
        """Show the time from begin to end, the messages in it, and when there was no connection."""
        self._begin, self._end = begin_ns, end_ns
        self._bars = bars.tolist()
        self._gaps = list(gaps)
        self.update()

    def set_time(self, time_ns: int | None) -> None:
        """Put the handle at a time; None follows the newest row."""
        self._time = time_ns
        self.update()

    def set_flags(self, flags: Mapping[str, int]) -> None:
        """Mark times by a letter each."""
        self._flags = dict(flags)
        self.update()

    # Methods

    def x_of(self, time_ns: int) -> float:
        """Return where a time lies, in pixels."""
        span = max(1, self._end - self._begin)
        part = (time_ns - self._begin) / span
        return SIDE + min(max(part, 0.0), 1.0) * self.groove

    def time_at(self, x: float) -> int:
        """Return the time at a place."""
        part = min(max((x - SIDE) / self.groove, 0.0), 1.0)
        return self._begin + round(part * (self._end - self._begin))

    # Qt overrides

    def sizeHint(self) -> QSize:
        """Take the room there is."""
        return QSize(320, HEIGHT)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the time under the pointer."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._go_to_x(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go along with the pointer while the button is held."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go_to_x(event.position().x())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step by a message, by a hundredth of the time, or to either end."""
        key, page = event.key(), max(1, round((self._end - self._begin) * PAGE))
        now = self._end if self._time is None else self._time
        if key in {Qt.Key.Key_Left, Qt.Key.Key_Up}:
            self.stepped.emit(-1)
        elif key in {Qt.Key.Key_Right, Qt.Key.Key_Down}:
            self.stepped.emit(1)
        elif key == Qt.Key.Key_PageUp:
            self._choose(now - page)
        elif key == Qt.Key.Key_PageDown:
            self._choose(now + page)
        elif key == Qt.Key.Key_Home:
            self.first_requested.emit()
        elif key == Qt.Key.Key_End:
            self.live_requested.emit()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Tell time and messages under the pointer."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), plain_tooltip(self._words_at(event.x())), self)
            return True
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for bars that fit."""
        super().resizeEvent(event)
        self.width_changed.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint groove, gaps, bars, flags and handle."""
        del event
        painter = QPainter(self)
        try:
            top, bottom = _GROOVE
            painter.fillRect(QRectF(SIDE, top, self.groove, bottom - top), colour("ground"))
            self._paint_gaps(painter)
            self._paint_bars(painter)
            painter.fillRect(QRectF(SIDE, bottom, self.groove, 1), colour("outline"))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_flags(painter)
            self._paint_handle(painter)
            if self.hasFocus():
                painter.setPen(QPen(colour("accent"), 1))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
                painter.drawRoundedRect(frame, 4, 4)
        finally:
            painter.end()

    # Private

    def _go_to_x(self, x: float) -> None:
        if x >= SIDE + self.groove:
            self.live_requested.emit()
        else:
            self.time_chosen.emit(self.time_at(x))

    def _choose(self, time_ns: int) -> None:
        if time_ns >= self._end:
            self.live_requested.emit()
        else:
            self.time_chosen.emit(max(self._begin, time_ns))

    def _words_at(self, x: int) -> str:
        time_ns = self.time_at(x)
        words = [format_date_time(time_ns)]
        number = (x - SIDE) * len(self._bars) // self.groove
        if 0 <= number < len(self._bars):
            words.append(f"{count_of(self._bars[number], 'message')} around")
        if any(begin <= time_ns <= end for begin, end in self._gaps):
            words.append("The connection was lost.")
        words += [f"{name} was kept here" for name in self._flags_at(x)]
        return "\n".join(words)

    def _flags_at(self, x: int) -> list[str]:
        return [name for name, time in self._flags.items() if abs(self.x_of(time) - x) <= SIDE]

    def _paint_gaps(self, painter: QPainter) -> None:
        top, bottom = _GROOVE
        for begin, end in self._gaps:
            left, right = self.x_of(begin), self.x_of(end)
            area = QRectF(left, top, max(2.0, right - left), bottom - top)
            painter.fillRect(area, colour("warning_ground"))
            painter.fillRect(QRectF(area.left(), bottom - 2, area.width(), 2), colour("warning"))

    def _paint_bars(self, painter: QPainter) -> None:
        largest = max(self._bars, default=0)
        if not largest:
            return
        top, bottom = _GROOVE
        # A bar of one message must be seen beside one of a thousand: heights go by the square root.
        scale = (bottom - top - 1) / largest**0.5
        tint = QColor(colour("accent"))
        tint.setAlphaF(0.55)
        # After a change of width the bars of before are stretched until new ones come.
        wide = self.groove / len(self._bars)
        for number, messages in enumerate(self._bars):
            if messages:
                height = max(1.0, messages**0.5 * scale)
                left = SIDE + number * wide
                painter.fillRect(QRectF(left, bottom - height, wide, height), tint)

    def _paint_flags(self, painter: QPainter) -> None:
        painter.setFont(ui_font(QFont.Weight.DemiBold, 10))
        for name, time_ns in self._flags.items():
            x = round(self.x_of(time_ns)) + 0.5
            painter.setPen(QPen(colour("text"), 1))
            painter.drawLine(QPointF(x, 1), QPointF(x, HEIGHT - 2))
            # The letter stands on the side where there is room.
            left = x - 11 if x > self.width() - 14 else x
            box = QRectF(left, 1, 11, 11)
            painter.fillRect(box, colour("text"))
            painter.setPen(colour("panel"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name)

    def _paint_handle(self, painter: QPainter) -> None:
        role = "accent" if self._time is None else "warning"
        x = self.x_of(self._end if self._time is None else self._time)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(role))
        stem = QRectF(x - _HANDLE_WIDTH / 2, 1, _HANDLE_WIDTH, HEIGHT - 2)
        painter.drawRoundedRect(stem, 1.5, 1.5)
        painter.drawEllipse(QPointF(x, HEIGHT - 6), 5, 5)
