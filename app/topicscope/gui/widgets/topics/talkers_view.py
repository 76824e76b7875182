"""The table of talkers: click one to see only that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QMenu,
    QStyledItemDelegate,
    QTableView,
    QWidget,
)

from topicscope.capture.talkers import SERIES
from topicscope.gui.models.topics.talkers import SERIES_ROLE, TalkerColumn, columns_for
from topicscope.gui.theme import colour
from topicscope.gui.widgets.messages.actions import add_action
from topicscope.gui.widgets.messages.clipboard import copy_topic
from topicscope.gui.widgets.plain_table import set_up_table

if TYPE_CHECKING:
    from PySide6.QtGui import QContextMenuEvent, QKeyEvent
    from PySide6.QtWidgets import QStyleOptionViewItem

    from topicscope.capture.talkers import Measure
    from topicscope.gui.models.topics.talkers import TalkersModel

_WIDTHS = {
    TalkerColumn.MESSAGES: 90,
    TalkerColumn.BYTES: 100,
    TalkerColumn.GROWTH: 90,
    TalkerColumn.SILENCE: 90,
    TalkerColumn.USUAL: 110,
    TalkerColumn.SERIES: 160,
}
_MARGIN = 6


class TalkersView(QTableView):
    """A ranking as a table; `activated` in its sense of Enter or a click."""

    filter_requested = Signal(int)
    """The row of a talker: only what it says should be shown."""
    reveal_requested = Signal(int)
    """The row of a talker that should be shown in the tree of topics."""

    def __init__(self, model: TalkersModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._sparklines = _Sparklines(self)
        self.setModel(model)
        self.setItemDelegateForColumn(TalkerColumn.SERIES, self._sparklines)
        set_up_table(self, "Talkers")
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        header = self.horizontalHeader()
        header.setSectionResizeMode(TalkerColumn.TOPIC, QHeaderView.ResizeMode.Stretch)
        for column, width in _WIDTHS.items():
            header.resizeSection(column, width)
        self.clicked.connect(self._on_clicked)

    # Methods

    def show_columns(self, measure: Measure) -> None:
        """Show the columns that say something in a ranking."""
        shown = columns_for(measure)
        for column in TalkerColumn:
            self.setColumnHidden(column, column not in shown)

    def menu(self) -> QMenu:
        """Return a menu of what can be done with the current talker; it deletes itself when closed."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        add_action(menu, "Show only this", "list-filter", self._request_filter)
        add_action(menu, "Show in the tree of topics", "list-tree", self._request_reveal)
        add_action(menu, "Copy topic", "copy", self._copy)
        return menu

    # Slots

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        self.filter_requested.emit(index.row())

    @Slot()
    def _request_filter(self) -> None:
        if self.currentIndex().isValid():
            self.filter_requested.emit(self.currentIndex().row())

    @Slot()
    def _request_reveal(self) -> None:
        if self.currentIndex().isValid():
            self.reveal_requested.emit(self.currentIndex().row())

    @Slot()
    def _copy(self) -> None:
        if self.currentIndex().isValid():
            copy_topic(self._model.path(self.currentIndex().row()))

    # Qt overrides

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Show only the talker on Enter."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._request_filter()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with the talker."""
        if self.currentIndex().isValid():
            self.menu().popup(event.globalPos())


class _Sparklines(QStyledItemDelegate):
    """Draws the last minute of a talker, scaled to its own largest second."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draw the ground as in any cell, and the line over it."""
        super().paint(painter, option, index)
        values = index.data(SERIES_ROLE)
        area = QRectF(option.rect).adjusted(_MARGIN, 3, -_MARGIN, -4)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour("outline"), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        if values is not None and len(values) and values.max() > 0:
            step, scale = area.width() / (SERIES - 1), area.height() / float(values.max())
            left = area.right() - step * (len(values) - 1)
            heights = values.tolist()
            points = [
                QPointF(left + place * step, area.bottom() - height * scale)
                for place, height in enumerate(heights)
            ]
            if len(points) == 1:
                points.insert(0, QPointF(left - 2, points[0].y()))
            painter.setPen(QPen(colour("accent"), 1.2))
            painter.drawPolyline(points)
        painter.restore()
