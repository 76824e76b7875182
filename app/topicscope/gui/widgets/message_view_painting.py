"""Painting of table rows in one go: no delegate, no style option, no call per cell but the one that draws its text."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from topicscope.gui.models.message_table_columns import RowKind, RowText
from topicscope.gui.theme import ROW_HEIGHT, colour, mono_font

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QHeaderView

    from topicscope.gui.models.message_table_columns import Column

PADDING = 6
_CUT = "…"
_MARK_WIDTH = 2


class Span(NamedTuple):
    """Where a column stands: its number, its left edge and its width, in pixels of the viewport."""

    number: int
    left: int
    width: int


def column_spans(header: QHeaderView, width: int) -> list[Span]:
    """Return where the columns in sight stand, those moved or resized by hand too."""
    spans = [
        Span(number, header.sectionViewportPosition(number), header.sectionSize(number))
        for number in range(header.count())
        if not header.isSectionHidden(number)
    ]
    return [span for span in spans if span.left < width and span.left + span.width > 0]


class RowState(NamedTuple):
    """What a row looks like beside its text."""

    odd: bool = False
    selected: bool = False
    current: bool = False


class TextPainter:
    """Draws monospace text cut to a width; knows its font, so that no text needs to be measured."""

    def __init__(self) -> None:
        self.font = mono_font()
        self._metrics = QFontMetricsF(self.font)
        self.advance = self._metrics.horizontalAdvance("0")
        self._baseline = (ROW_HEIGHT + self._metrics.ascent() - self._metrics.descent()) / 2

    def width(self, text: str) -> float:
        """Return the width of a text, in pixels."""
        if text.isascii():
            return len(text) * self.advance
        return self._metrics.horizontalAdvance(text)

    def draw(
        self,
        painter: QPainter,
        left: float,
        top: float,
        width: float,
        text: str,
        right: bool = False,
    ) -> None:
        """Draw a text into a cell, inside its padding; what does not fit ends in an ellipsis."""
        room = width - 2 * PADDING
        if room <= 0 or not text:
            return
        characters = int(room / self.advance + 0.01)
        if text.isascii():
            if len(text) > characters:
                text = text[: max(characters - 1, 0)] + _CUT
            wide = len(text) * self.advance
        else:
            # Two cells for each character is enough for all scripts; cutting first keeps it cheap.
            text = self._metrics.elidedText(
                text[: 2 * characters + 2], Qt.TextElideMode.ElideRight, room
            )
            wide = self._metrics.horizontalAdvance(text) if right else 0
        shift = room - wide if right else 0
        painter.drawText(QPointF(left + PADDING + shift, top + self._baseline), text)


class RowPainter(TextPainter):
    """Paints rows of messages or packets; made anew when the theme changes."""

    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__()
        self._columns = columns
        self._text = colour("text")
        self._dim = colour("dim")
        self._accent = colour("accent")
        self._warning = colour("warning")
        self._stripe = colour("stripe")
        self._panel = colour("panel")
        self._selection = colour("selection")
        self._note_ground = colour("warning_ground")

    def paint(
        self,
        painter: QPainter,
        top: int,
        width: int,
        spans: Sequence[Span],
        row: RowText,
        state: RowState,
    ) -> None:
        """Paint one row across the viewport."""
        painter.fillRect(0, top, width, ROW_HEIGHT, self._ground(row, state))
        if state.current:
            painter.fillRect(0, top, _MARK_WIDTH, ROW_HEIGHT, self._accent)
        if row.note:
            self._paint_note(painter, top, width, spans, row)
        else:
            self._paint_cells(painter, top, spans, row)

    def _ground(self, row: RowText, state: RowState) -> QColor:
        if state.selected:
            return self._selection
        if row.kind is RowKind.NOTE:
            return self._note_ground
        return self._stripe if state.odd else self._panel

    def _paint_cells(
        self, painter: QPainter, top: int, spans: Sequence[Span], row: RowText
    ) -> None:
        sent = row.kind is RowKind.SENT
        text = self._accent if sent else self._text
        for number, left, width in spans:
            column = self._columns[number]
            painter.setPen(self._dim if column.dim and not sent else text)
            self.draw(painter, left, top, width, row.cells[number], column.right)

    def _paint_note(
        self, painter: QPainter, top: int, width: int, spans: Sequence[Span], row: RowText
    ) -> None:
        painter.setPen(self._dim)
        begin = 0
        for number, left, column_width in spans:
            if number == 1:
                self.draw(painter, left, top, column_width, row.time)
                begin = left + column_width
        painter.setPen(self._warning if row.kind is RowKind.NOTE else self._dim)
        self.draw(painter, begin, top, width - begin, row.note)
