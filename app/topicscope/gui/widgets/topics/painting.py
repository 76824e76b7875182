"""Painting of the rows of the topic tree: name, last value, counters, drawn without delegate or style."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from topicscope.gui.icons import icon_pixmap
from topicscope.gui.models.topics.columns import (
    AGE,
    LAST_VALUE,
    NUMBERS,
    RATE,
    RETAINED,
    TOPIC,
)
from topicscope.gui.models.topics.texts import EMPTY_LEVEL, RETAINED_MARK, SILENT, Counter
from topicscope.gui.models.topics.tree import MORE
from topicscope.gui.theme import ROW_HEIGHT, colour, ui_font
from topicscope.gui.widgets.messages.painting import (
    PADDING,
    RowState,
    Span,
    TextPainter,
    paint_focus,
)

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from topicscope.gui.models.topics.tree import TopicTreeModel
    from topicscope.gui.models.topics.values import LastValue

INDENT = 12
_ROOM_FOR_A_NAME = 96
_SMALL_STEP = 4
"""How far a level stands behind the one above where there is no room for more: enough to tell them from siblings."""
_MOST_SMALL_STEPS = 12
_LEAST_VALUE = 7
"""Characters of a value that a long name beside it leaves in sight."""
_PIN = 12
_MARK = 10
_HALF = 3.5
_NOTE_PIXELS = 11
_NOTE_GAP = 7
_LEAST_NOTE = 22
"""Pixels of a name beside a level that are worth showing."""


def name_left(depth: int, column_left: int, column_width: int) -> int:
    """Return where the name of a node begins; below some depth names are indented less, and at last no further."""
    deepest = max(column_width - _ROOM_FOR_A_NAME, 3 * INDENT)
    indent = depth * INDENT
    if indent > deepest:
        levels_below = depth - deepest // INDENT
        indent = deepest + min(levels_below, _MOST_SMALL_STEPS) * _SMALL_STEP
    return column_left + indent


class _Row(NamedTuple):
    """One row while it is painted."""

    node: int
    top: int
    value: LastValue | None
    opened: bool | None
    dim: QColor
    text: QColor


class NodePainter(TextPainter):
    """Paints rows of the topic tree; made anew when the theme changes."""

    def __init__(self, model: TopicTreeModel, pins: Container[bytes] = ()) -> None:
        super().__init__()
        self.pins = pins
        self._model = model
        self._note_font = ui_font(pixels=_NOTE_PIXELS)
        self._notes = QFontMetricsF(self._note_font)
        self._warning = colour("warning")
        self._text = colour("text")
        self._dim = colour("dim")
        self._faint = colour("faint")
        self._accent = colour("accent")
        self._selection = colour("selection")

    def paint(
        self,
        painter: QPainter,
        top: int,
        width: int,
        spans: Sequence[Span],
        node: int,
        state: RowState,
        opened: bool | None,
    ) -> None:
        """Paint one row; `opened` is None for a node with nothing below."""
        if state.selected:
            painter.fillRect(0, top, width, ROW_HEIGHT, self._selection)
        if state.current:
            paint_focus(painter, top, width, self._accent)
        value = None if node & MORE else self._model.texts.value(node)
        then = self._model.texts.then
        there = then is None or node & MORE or then.is_met(node)
        dim = self._text if state.selected else self._dim
        row = _Row(node, top, value, opened, dim, self._text if there else self._faint)
        places = {span.number: span for span in spans}
        if TOPIC in places:
            marked = RETAINED not in places
            values = places.get(LAST_VALUE)
            self._paint_name_and_value(painter, row, places[TOPIC], values, marked=marked)
        if not node & MORE:
            for span in spans:
                if span.number in NUMBERS:
                    self._paint_counter(painter, row, span, aged=AGE in places)

    def _paint_name_and_value(
        self, painter: QPainter, row: _Row, names: Span, values: Span | None, *, marked: bool
    ) -> None:
        """Paint both; a name takes the room of a value where there is none, or where the value is short."""
        begin = names.left + names.width
        end = begin if values is None else values.left + values.width
        text = row.value.text if row.value is not None and end > begin else ""
        kept = math.ceil(min(len(text), _LEAST_VALUE) * self.advance) + 2 * PADDING if text else 0
        # What things are called may not push a value aside, the name itself may.
        name_end = self._paint_name(painter, row, names, max(begin, end - kept), marked=marked)
        noted = begin if text else end
        name_end = self._paint_notes(painter, row, name_end, max(noted, name_end))
        if text and row.value is not None:
            begin = max(begin, name_end)
            faint = row.value.absent and row.dim is self._dim
            painter.setPen(self._faint if faint else row.dim)
            self.draw(painter, begin, row.top, end - begin, text)

    def _paint_name(
        self, painter: QPainter, row: _Row, names: Span, most: int, *, marked: bool
    ) -> int:
        """Paint the name, up to `most`; return where it ends."""
        model, node = self._model, row.node
        depth = model.topics.depth(node & ~MORE) + bool(node & MORE)
        begin = name_left(depth, names.left, names.width)
        if row.opened is not None:
            middle = row.top + ROW_HEIGHT / 2
            self._paint_triangle(painter, begin - INDENT / 2, middle, row.opened)
        text = model.cell_text(node, TOPIC)
        unreal = bool(node & MORE) or text == EMPTY_LEVEL
        # The padding of a cell is already in the indentation.
        begin += self._paint_marks(painter, row, begin, marked=marked) - PADDING + 2
        painter.setPen(self._faint if unreal else row.text)
        self.draw(painter, begin, row.top, most - begin, text)
        return min(most, begin + math.ceil(self.width(text)) + 2 * PADDING)

    def _paint_marks(self, painter: QPainter, row: _Row, left: int, *, marked: bool) -> int:
        """Mark a topic that is pinned, or retained where no column says so; return the room that it takes."""
        if row.node & MORE:
            return 0
        room = 0
        if self.pins and self._model.topics.path(row.node) in self.pins:
            pin = icon_pixmap("pin", "accent", _PIN, painter.device().devicePixelRatio())
            painter.drawPixmap(left + 1, row.top + (ROW_HEIGHT - _PIN) // 2, pin)
            room += _PIN + 4
        if marked and self._model.texts.facts.is_retained(row.node):
            painter.setFont(self._note_font)
            painter.setPen(self._accent)
            painter.drawText(QPointF(left + room + 2, self._note_base(row)), RETAINED_MARK)
            painter.setFont(self.font)
            room += _MARK
        return room

    def _paint_notes(self, painter: QPainter, row: _Row, left: int, right: int) -> int:
        """Paint what people call a node beside its name, as far as there is room; return where it ends."""
        if row.node & MORE:
            return left
        texts = self._model.texts
        friendly, level = texts.friendly_name(row.node), texts.level_name(row.node)
        if not friendly and not level:
            return left
        painter.setFont(self._note_font)
        for text, pen in ((friendly, row.dim), (level, self._faint)):
            room = right - left - _NOTE_GAP
            if text and room >= _LEAST_NOTE:
                shown = self._notes.elidedText(text, Qt.TextElideMode.ElideRight, room)
                painter.setPen(pen)
                painter.drawText(QPointF(left, self._note_base(row)), shown)
                left += math.ceil(self._notes.horizontalAdvance(shown)) + _NOTE_GAP
        painter.setFont(self.font)
        return left

    def _note_base(self, row: _Row) -> float:
        return row.top + (ROW_HEIGHT + self._notes.ascent() - self._notes.descent()) / 2

    def _paint_counter(self, painter: QPainter, row: _Row, span: Span, *, aged: bool) -> None:
        texts = self._model.texts
        counter = texts.counter(row.node, span.number)
        if span.number == RATE and not aged and counter.tone and texts.facts.is_silent(row.node):
            counter = Counter(SILENT, "warning")
        pens = {"faint": self._faint, "warning": self._warning}
        painter.setPen(pens.get(counter.tone, row.dim))
        self.draw(painter, span.left, row.top, span.width, counter.text, right=True)

    def _paint_triangle(self, painter: QPainter, x: float, y: float, opened: bool) -> None:
        painter.setPen(QPen(self._dim, 1.4))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if opened:
            points = [(-_HALF, -_HALF / 2), (0, _HALF / 2), (_HALF, -_HALF / 2)]
        else:
            points = [(-_HALF / 2, -_HALF), (_HALF / 2, 0), (-_HALF / 2, _HALF)]
        painter.drawPolyline([QPointF(x + dx, y + dy) for dx, dy in points])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
