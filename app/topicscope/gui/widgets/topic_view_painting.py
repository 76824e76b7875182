"""Painting of the rows of the topic tree: name, last value, counters, drawn without delegate or style."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPainter, QPen

from topicscope.gui.icons import icon_pixmap
from topicscope.gui.models.topic_tree import MORE
from topicscope.gui.models.topic_tree_texts import (
    EMPTY_LEVEL,
    LAST_VALUE,
    MESSAGES,
    NO_RATE,
    RATE,
    TOPIC,
)
from topicscope.gui.theme import ROW_HEIGHT, colour
from topicscope.gui.widgets.message_view_painting import (
    PADDING,
    RowState,
    Span,
    TextPainter,
    paint_focus,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from topicscope.gui.models.topic_tree import TopicTreeModel
    from topicscope.gui.models.topic_tree_values import LastValue

INDENT = 12
_ROOM_FOR_A_NAME = 96
_LEAST_VALUE = 7
"""Characters of a value that a long name beside it leaves in sight."""
_PIN = 12
_HALF = 3.5


def name_left(depth: int, column_left: int, column_width: int) -> int:
    """Return where the name of a node begins; below some depth names are not indented further."""
    deepest = max(column_width - _ROOM_FOR_A_NAME, 3 * INDENT)
    return column_left + min(depth * INDENT, deepest)


class _Row(NamedTuple):
    """One row while it is painted."""

    node: int
    top: int
    value: LastValue | None
    opened: bool | None
    dim: QColor


class NodePainter(TextPainter):
    """Paints rows of the topic tree; made anew when the theme changes."""

    def __init__(self, model: TopicTreeModel) -> None:
        super().__init__()
        self._model = model
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
        row = _Row(node, top, value, opened, self._text if state.selected else self._dim)
        places = {span.number: span for span in spans}
        if TOPIC in places:
            self._paint_name_and_value(painter, row, places[TOPIC], places.get(LAST_VALUE))
        if not node & MORE:
            for number in (MESSAGES, RATE):
                if number in places:
                    self._paint_counter(painter, row, places[number])

    def _paint_name_and_value(
        self, painter: QPainter, row: _Row, names: Span, values: Span | None
    ) -> None:
        """Paint both; a name takes the room of a value where there is none, or where the value is short."""
        begin = names.left + names.width
        end = begin if values is None else values.left + values.width
        text = row.value.text if row.value is not None and end > begin else ""
        kept = math.ceil(min(len(text), _LEAST_VALUE) * self.advance) + 2 * PADDING if text else 0
        name_end = self._paint_name(painter, row, names, max(begin, end - kept))
        if text and row.value is not None:
            begin = max(begin, name_end)
            painter.setPen(self._faint if row.value.absent else row.dim)
            self.draw(painter, begin, row.top, end - begin, text)

    def _paint_name(self, painter: QPainter, row: _Row, names: Span, most: int) -> int:
        """Paint the name, up to `most`; return where it ends."""
        model, node = self._model, row.node
        depth = model.topics.depth(node & ~MORE) + bool(node & MORE)
        begin = name_left(depth, names.left, names.width)
        if row.opened is not None:
            middle = row.top + ROW_HEIGHT / 2
            self._paint_triangle(painter, begin - INDENT / 2, middle, row.opened)
        text = model.cell_text(node, TOPIC)
        unreal = bool(node & MORE) or text == EMPTY_LEVEL
        painter.setPen(self._faint if unreal else self._text)
        # The padding of a cell is already in the indentation.
        begin += self._paint_pin(painter, row, begin) - PADDING + 2
        self.draw(painter, begin, row.top, most - begin, text)
        return min(most, begin + math.ceil(self.width(text)) + 2 * PADDING)

    def _paint_pin(self, painter: QPainter, row: _Row, left: int) -> int:
        """Mark a topic whose last message had the RETAIN flag; return the room that it takes."""
        if row.value is None or not row.value.retained:
            return 0
        pin = icon_pixmap("pin", "dim", _PIN, painter.device().devicePixelRatio())
        painter.drawPixmap(left + 1, row.top + (ROW_HEIGHT - _PIN) // 2, pin)
        return _PIN + 4

    def _paint_counter(self, painter: QPainter, row: _Row, span: Span) -> None:
        texts = self._model.texts
        is_rate = span.number == RATE
        text = texts.rate(row.node) if is_rate else texts.count(row.node)
        painter.setPen(self._faint if is_rate and text == NO_RATE else row.dim)
        self.draw(painter, span.left, row.top, span.width, text, right=True)

    def _paint_triangle(self, painter: QPainter, x: float, y: float, opened: bool) -> None:
        painter.setPen(QPen(self._dim, 1.4))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if opened:
            points = [(-_HALF, -_HALF / 2), (0, _HALF / 2), (_HALF, -_HALF / 2)]
        else:
            points = [(-_HALF / 2, -_HALF), (_HALF / 2, 0), (-_HALF / 2, _HALF)]
        painter.drawPolyline([QPointF(x + dx, y + dy) for dx, dy in points])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
