"""Painting of table rows in one go: no delegate, no style option, no call per cell but the one that draws its text."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPolygonF

from topicscope.gui.models.messages.cell import RowKind, RowText
from topicscope.gui.theme import ROW_HEIGHT, colour, mono_font

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QHeaderView

    from topicscope.gui.models.messages.columns import Column

PADDING = 5
_CUT = "…"
_LEAST_FRONT = 3
TINT_SHARE = 0.15
"""How much of the colour of a rule the ground of a row gets: dim text on it keeps a contrast of 4.5."""
_MARK_WIDTH = 3
_MARK_INSET = 3
MARK_ROOM = 11
"""What a bookmark takes of the first column."""
_BOOKMARK = QPolygonF(
    [QPointF(5, 5), QPointF(13, 5), QPointF(13, 17), QPointF(9, 13), QPointF(5, 17)]
)
_TIME_KEY = "time"
_LEAST_IN_SIGHT = ROW_HEIGHT // 2
"""A row of which less is in sight at the top is not painted: half letters are no text."""


class Span(NamedTuple):
    """Where a column stands: its number, its left edge and its width, in pixels of the viewport."""

    number: int
    left: int
    width: int


def cut_in_middle(text: str, characters: int) -> str:
    """Return a text in so many characters; of what stays, two thirds are its end, or its last level whole."""
    if len(text) <= characters:
        return text
    tail = (characters - 1) * 2 // 3
    level = len(text) - text.rfind("/")
    if tail < level < characters:
        # A letter or two in front say nothing; the end of the level above does.
        tail = level if level + _LEAST_FRONT < characters else characters - 1
    return text[: max(characters - 1 - tail, 0)] + _CUT + text[len(text) - tail :]


def column_spans(header: QHeaderView, width: int) -> list[Span]:
    """Return where the columns in sight stand, those moved or resized by hand too."""
    spans = [
        Span(number, header.sectionViewportPosition(number), header.sectionSize(number))
        for number in range(header.count())
        if not header.isSectionHidden(number)
    ]
    return [span for span in spans if span.left < width and span.left + span.width > 0]


class RowState(NamedTuple):
    """What a row looks like beside its text; `mark` is a colour at its left edge, `bookmarked` a sign there.

    `tint` lies under all of it.
    """

    odd: bool = False
    selected: bool = False
    current: bool = False
    mark: QColor | None = None
    bookmarked: bool = False
    tint: QColor | None = None


def mixed(ground: QColor, tint: QColor, share: float) -> QColor:
    """Return a colour between two; with little of the tint, text keeps its contrast."""
    return QColor.fromRgbF(
        ground.redF() + (tint.redF() - ground.redF()) * share,
        ground.greenF() + (tint.greenF() - ground.greenF()) * share,
        ground.blueF() + (tint.blueF() - ground.blueF()) * share,
    )


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
        middle: bool = False,
    ) -> None:
        """Draw a text into a cell, inside its padding; an ellipsis stands for what does not fit."""
        room = width - 2 * PADDING
        characters = int(room / self.advance + 0.01)
        if characters <= 0 or not text:
            return
        if text.isascii():
            if len(text) > characters:
                text = cut_in_middle(text, characters) if middle else text[: characters - 1] + _CUT
            wide = len(text) * self.advance
        else:
            # Two cells for each character is enough for all scripts; cutting first keeps it cheap.
            most = 2 * characters + 2
            mode = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
            if len(text) > 2 * most:
                text = text[:most] + text[-most:] if middle else text[:most]
            text = self._metrics.elidedText(text, mode, room)
            wide = self._metrics.horizontalAdvance(text) if right else 0
        shift = room - wide if right else 0
        painter.drawText(QPointF(left + PADDING + shift, top + self._baseline), text)


def paint_focus(painter: QPainter, top: int, width: int, tint: QColor) -> None:
    """Frame the row that keys act on."""
    painter.setPen(tint)
    painter.drawRect(0, top, width - 1, ROW_HEIGHT - 1)


def is_worth_painting(top: int) -> bool:
    """Tell whether enough of a row whose upper edge is here is in sight at the top."""
    return top >= _LEAST_IN_SIGHT - ROW_HEIGHT


class RowPainter(TextPainter):
    """Paints rows of messages or packets; made anew when the theme changes."""

    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__()
        self._styles = [(column.dim, column.right, column.middle) for column in columns]
        self._blanks = [column.blank for column in columns]
        self._time = next(
            (number for number, column in enumerate(columns) if column.key == _TIME_KEY), -1
        )
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
            paint_focus(painter, top, width, self._accent)
        if state.mark is not None:
            height = ROW_HEIGHT - 2 * _MARK_INSET
            painter.fillRect(0, top + _MARK_INSET, _MARK_WIDTH, height, state.mark)
        if state.bookmarked:
            self._paint_bookmark(painter, top)
            spans = beside_bookmark(spans)
        if row.note:
            self._paint_note(painter, top, width, spans, row, state.selected)
        elif state.selected:
            self._paint_cells(painter, top, spans, row, self._text, self._text)
        elif row.kind is RowKind.SENT:
            self._paint_cells(painter, top, spans, row, self._accent, self._accent)
        else:
            self._paint_cells(painter, top, spans, row, self._text, self._dim)

    def _ground(self, row: RowText, state: RowState) -> QColor:
        if state.selected:
            return self._selection
        if state.tint is not None:
            return mixed(self._panel, state.tint, TINT_SHARE)
        if row.kind is RowKind.NOTE:
            return self._note_ground
        return self._stripe if state.odd else self._panel

    def _paint_cells(
        self,
        painter: QPainter,
        top: int,
        spans: Sequence[Span],
        row: RowText,
        text: QColor,
        dim: QColor,
    ) -> None:
        pen = None
        for number, left, width in spans:
            is_dim, right, middle = self._styles[number]
            cell = row.cells[number]
            if not cell:
                cell, is_dim = self._blanks[number], True
                if not cell or row.kind is RowKind.EVICTED:
                    continue
            wanted = dim if is_dim else text
            if wanted is not pen:
                painter.setPen(wanted)
                pen = wanted
            self.draw(painter, left, top, width, cell, right, middle)

    def _paint_note(
        self,
        painter: QPainter,
        top: int,
        width: int,
        spans: Sequence[Span],
        row: RowText,
        selected: bool,
    ) -> None:
        painter.setPen(self._text if selected else self._dim)
        begin, end = MARK_ROOM, width
        for number, left, column_width in spans:
            if number == self._time:
                self.draw(painter, left, top, column_width, row.time)
                # Words go behind the time, or in front of it where somebody moved it far right.
                if left < width // 2:
                    begin = left + column_width
                else:
                    end = left
        if row.kind is RowKind.NOTE and not selected:
            painter.setPen(self._warning)
        self.draw(painter, begin, top, end - begin, row.note)

    def _paint_bookmark(self, painter: QPainter, top: int) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._accent)
        painter.drawPolygon(_BOOKMARK.translated(0, top))
        painter.restore()


def beside_bookmark(spans: Sequence[Span]) -> list[Span]:
    """Return where columns stand in a row that has a bookmark: the first one makes room for it."""
    first = min(spans, key=_left, default=None)
    if first is None or first.left > 0:
        return list(spans)
    room = min(MARK_ROOM, first.width)
    narrowed = Span(first.number, first.left + room, first.width - room)
    return [narrowed if span is first else span for span in spans]


def _left(span: Span) -> int:
    return span.left
