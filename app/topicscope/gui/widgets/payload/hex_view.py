"""Bytes in rows: offset, hex, ASCII. Only the rows in sight are made, so size does not matter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QGuiApplication, QKeySequence, QPainter
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from topicscope.gui.theme import colour, mono_font
from topicscope.payload.hex import (
    BYTES_PER_ROW,
    HEX_COLUMN,
    ascii_column,
    byte_column,
    hex_row,
    row_count,
)

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent, QResizeEvent

PADDING: Final = 8
NARROW: Final = 8
"""Bytes in a row where sixteen have no room."""
COPIED_BYTES: Final = 1 << 20
_SHORT_OFFSETS: Final = 1 << 16
_LEFT_OUT: Final = 4
"""Zeros that are not painted before the offsets of fewer bytes than `_SHORT_OFFSETS`."""


class HexView(QAbstractScrollArea):
    """Shows bytes; a span can be marked with the mouse or by the program, and copied as hex."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Bytes")
        self.viewport().setCursor(Qt.CursorShape.IBeamCursor)
        self._data = b""
        self._mark = (0, 0)
        self._pressed_at = 0
        self._font = mono_font()
        metrics = QFontMetricsF(self._font)
        self._advance = metrics.horizontalAdvance("0")
        self._row_height = round(metrics.height()) + 2
        self._baseline = metrics.ascent() + 1

    # Properties

    @property
    def mark(self) -> tuple[int, int]:
        """First marked byte and the byte behind the last."""
        return self._mark

    @property
    def bytes_per_row(self) -> int:
        """How many bytes have room beside each other: 16, or 8 where it is narrow."""
        return BYTES_PER_ROW if self.viewport().width() >= self._needed(BYTES_PER_ROW) else NARROW

    # Methods

    def set_bytes(self, data: bytes) -> None:
        """Show other bytes, from the first."""
        self._data = data
        self._mark = (0, 0)
        self.verticalScrollBar().setValue(0)
        self._fit()

    def set_mark(self, start: int, end: int) -> None:
        """Mark the bytes from `start` to before `end` and bring the first of them into sight."""
        self._mark = (max(0, start), min(end, len(self._data)))
        row = self._mark[0] // self.bytes_per_row
        bar = self.verticalScrollBar()
        in_sight = self._rows_in_sight()
        if not bar.value() <= row < bar.value() + in_sight:
            bar.setValue(row - in_sight // 3)
        self.viewport().update()

    def copy(self) -> None:
        """Copy the marked bytes as hex, or all when none are marked; at most 1 MB."""
        start, end = self._mark if self._mark[1] > self._mark[0] else (0, len(self._data))
        chosen = self._data[start : min(end, start + COPIED_BYTES)]
        QGuiApplication.clipboard().setText(chosen.hex(" "))

    def shown_text(self) -> str:
        """Return the rows in sight as text."""
        width, first = self.bytes_per_row, self.verticalScrollBar().value()
        last = min(first + self._rows_in_sight() + 1, row_count(len(self._data), width))
        return "\n".join(hex_row(self._data, row, width=width) for row in range(first, last))

    def sizeHint(self) -> QSize:
        """Return room for eight rows of eight bytes."""
        width = (ascii_column(NARROW) + NARROW) * self._advance
        return QSize(round(width) + 2 * PADDING, 8 * self._row_height)

    # Qt overrides

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rows that are in sight."""
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), colour("panel"))
        painter.setFont(self._font)
        width, first = self.bytes_per_row, self.verticalScrollBar().value()
        rows = min(self._rows_in_sight() + 2, row_count(len(self._data), width) - first)
        hidden = self._hidden()
        left = PADDING - self.horizontalScrollBar().value() - hidden * self._advance
        offset_pen, byte_pen = colour("faint"), colour("text")
        for row in range(first, first + rows):
            top = PADDING / 2 + (row - first) * self._row_height
            self._paint_mark(painter, row, left, top, width)
            text = hex_row(self._data, row, width=width)
            painter.setPen(offset_pen)
            place = QPointF(left + hidden * self._advance, top + self._baseline)
            painter.drawText(place, text[hidden:HEX_COLUMN])
            painter.setPen(byte_pen)
            place = QPointF(left + HEX_COLUMN * self._advance, top + self._baseline)
            painter.drawText(place, text[HEX_COLUMN:])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the scroll bars to what has room."""
        super().resizeEvent(event)
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy, mark all, or go to begin and end."""
        bar = self.verticalScrollBar()
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            self.set_mark(0, len(self._data))
        elif event.key() == Qt.Key.Key_Home:
            bar.setValue(bar.minimum())
        elif event.key() == Qt.Key.Key_End:
            bar.setValue(bar.maximum())
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to mark bytes."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed_at = self._byte_at(event.position().toPoint())
            self._mark = (self._pressed_at, self._pressed_at)
            self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Mark the bytes between where the button was pressed and here."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            here = self._byte_at(event.position().toPoint())
            low, high = sorted((self._pressed_at, here))
            self._mark = (low, min(high + 1, len(self._data)))
            self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Leave the mark as it is."""
        event.accept()

    # Private

    def _hidden(self) -> int:
        """Return how many characters at the begin of each row are left out."""
        return _LEFT_OUT if len(self._data) <= _SHORT_OFFSETS else 0

    def _needed(self, width: int) -> int:
        """Return the pixels that rows of `width` bytes take."""
        characters = ascii_column(width) + width - self._hidden()
        return round(characters * self._advance) + PADDING

    def _rows_in_sight(self) -> int:
        return max(1, (self.viewport().height() - PADDING // 2) // self._row_height)

    def _fit(self) -> None:
        width = self.bytes_per_row
        bar, in_sight = self.verticalScrollBar(), self._rows_in_sight()
        bar.setRange(0, max(0, row_count(len(self._data), width) - in_sight))
        bar.setPageStep(in_sight)
        across = self.horizontalScrollBar()
        across.setRange(0, max(0, self._needed(width) - self.viewport().width()))
        across.setPageStep(self.viewport().width())
        self.viewport().update()

    def _byte_at(self, point: QPoint) -> int:
        width = self.bytes_per_row
        row = self.verticalScrollBar().value() + int(point.y() - PADDING / 2) // self._row_height
        column = (point.x() - PADDING + self.horizontalScrollBar().value()) / self._advance
        column += self._hidden()
        if column >= ascii_column(width) - 1:
            place = int(column) - ascii_column(width)
        else:
            place = sum(byte_column(n) <= column for n in range(width)) - 1
        byte = row * width + min(max(place, 0), width - 1)
        return min(max(byte, 0), max(0, len(self._data) - 1))

    def _paint_mark(self, painter: QPainter, row: int, left: float, top: float, width: int) -> None:
        begin = max(self._mark[0] - row * width, 0)
        end = min(self._mark[1] - row * width, width)
        if begin >= end:
            return
        tint = colour("selection")
        in_ascii = ascii_column(width)
        for first, behind in (
            (byte_column(begin), byte_column(end - 1) + 2),
            (in_ascii + begin, in_ascii + end),
        ):
            x, across = left + first * self._advance, (behind - first) * self._advance
            painter.fillRect(QRectF(x, top, across, self._row_height), tint)
