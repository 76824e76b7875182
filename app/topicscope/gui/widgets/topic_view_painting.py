"""Painting of the rows of the topic tree: name, last value, counters, drawn without delegate or style."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter, QPen

from topicscope.gui.icons import icon_pixmap
from topicscope.gui.models.topic_tree import MORE
from topicscope.gui.models.topic_tree_texts import (
    EMPTY_LEVEL,
    LAST_VALUE,
    MESSAGES,
    NO_RATE,
    RATE,
    TOPIC,
    NodeTexts,
)
from topicscope.gui.theme import ROW_HEIGHT, colour
from topicscope.gui.widgets.message_view_painting import PADDING, RowState, Span, TextPainter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from topicscope.gui.models.topic_tree import TopicTreeModel

INDENT = 14
_ROOM_FOR_A_NAME = 96
_MARK_WIDTH = 2
_PIN = 12
_HALF = 3.5


def name_left(depth: int, column_left: int, column_width: int) -> int:
    """Return where the name of a node begins; below some depth names are not indented further."""
    deepest = max(column_width - _ROOM_FOR_A_NAME, 3 * INDENT)
    return column_left + min(depth * INDENT, deepest)


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
            painter.fillRect(0, top, _MARK_WIDTH, ROW_HEIGHT, self._accent)
        for number, left, span_width in spans:
            if number == TOPIC:
                self._paint_name(painter, top, left, span_width, node, opened)
            elif not node & MORE:
                self._paint_counter(painter, top, left, span_width, node, number)

    def _paint_name(
        self, painter: QPainter, top: int, left: int, width: int, node: int, opened: bool | None
    ) -> None:
        model = self._model
        depth = model.topics.depth(node & ~MORE) + bool(node & MORE)
        begin = name_left(depth, left, width)
        if opened is not None:
            self._paint_triangle(painter, begin - INDENT / 2, top + ROW_HEIGHT / 2, opened)
        text = model.cell_text(node, TOPIC)
        unreal = bool(node & MORE) or text == EMPTY_LEVEL
        painter.setPen(self._faint if unreal else self._text)
        begin += self._paint_pin(painter, begin, top, node)
        # The padding of a cell is already in the indentation.
        self.draw(painter, begin - PADDING + 2, top, left + width - begin + PADDING - 2, text)

    def _paint_pin(self, painter: QPainter, left: int, top: int, node: int) -> int:
        """Mark a topic whose last message had the RETAIN flag; return the room that it takes."""
        value = None if node & MORE else self._model.texts.value(node)
        if value is None or not value.retained:
            return 0
        pin = icon_pixmap("pin", "dim", _PIN, painter.device().devicePixelRatio())
        painter.drawPixmap(left + 1, top + (ROW_HEIGHT - _PIN) // 2, pin)
        return _PIN + 4

    def _paint_counter(
        self, painter: QPainter, top: int, left: int, width: int, node: int, column: int
    ) -> None:
        texts: NodeTexts = self._model.texts
        if column == LAST_VALUE:
            value = texts.value(node)
            if value is not None:
                painter.setPen(self._faint if value.absent else self._dim)
                self.draw(painter, left, top, width, value.text)
            return
        text = texts.count(node) if column == MESSAGES else texts.rate(node)
        painter.setPen(self._faint if column == RATE and text == NO_RATE else self._dim)
        self.draw(painter, left, top, width, text, right=True)

    def _paint_triangle(self, painter: QPainter, x: float, y: float, opened: bool) -> None:
        painter.setPen(QPen(self._dim, 1.4))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if opened:
            points = [(-_HALF, -_HALF / 2), (0, _HALF / 2), (_HALF, -_HALF / 2)]
        else:
            points = [(-_HALF / 2, -_HALF), (_HALF / 2, 0), (-_HALF / 2, _HALF)]
        painter.drawPolyline([QPointF(x + dx, y + dy) for dx, dy in points])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
