"""The topic tree: rows painted whole, counters read when they are painted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTreeView, QWidget

from topicscope.capture.topic_index import ROOT
from topicscope.gui.models.topic_tree import MORE
from topicscope.gui.models.topic_tree_texts import LAST_VALUE, MESSAGES, RATE, TOPIC
from topicscope.gui.theme import ROW_HEIGHT, notifier
from topicscope.gui.widgets.message_view_painting import RowState, Span, column_spans
from topicscope.gui.widgets.topic_view_actions import TopicActions
from topicscope.gui.widgets.topic_view_branches import Branches
from topicscope.gui.widgets.topic_view_painting import INDENT, NodePainter, name_left

if TYPE_CHECKING:
    from PySide6.QtCore import QPersistentModelIndex
    from PySide6.QtGui import (
        QContextMenuEvent,
        QKeyEvent,
        QMouseEvent,
        QPainter,
        QPaintEvent,
        QResizeEvent,
    )
    from PySide6.QtWidgets import QStyleOptionViewItem

    from topicscope.gui.models.topic_tree import TopicTreeModel

COUNT_WIDTH = 50
MESSAGES_FROM_WIDTH = 330
"""A narrower tree does not show the number of messages."""
_SHARE_OF_TOPIC = 0.58
_ENTER = {Qt.Key.Key_Return, Qt.Key.Key_Enter}


class TopicView(QTreeView):
    """Tree of the topic levels with last values and rates."""

    topic_selected = Signal(object, bool)
    """The Topic Name down to the current node, in bytes, and whether nothing is below it."""

    def __init__(self, model: TopicTreeModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._painter = NodePainter(model)
        self._spans: list[Span] = []
        self._sized = False
        self._sharing = False
        self.setModel(model)
        _set_up(self)
        self.branches = Branches(self, model)
        self.actions_of_node = TopicActions(self, model, self.branches)
        self.selectionModel().currentChanged.connect(self._on_current_changed)
        self.clicked.connect(self._on_clicked)
        self.header().sectionResized.connect(self._on_section_resized)
        notifier().theme_changed.connect(self._on_theme_changed)

    # Slots

    @Slot(QModelIndex, QModelIndex)
    def _on_current_changed(self, _current: QModelIndex, _previous: QModelIndex) -> None:
        node = self.actions_of_node.current_node()
        if node != ROOT:
            topics = self._model.topics
            self.topic_selected.emit(topics.path(node), not topics.has_children(node))

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        node = self._model.node(index)
        if node & MORE:
            self._model.show_more(node ^ MORE)

    @Slot(int, int, int)
    def _on_section_resized(self, column: int, _old: int, _new: int) -> None:
        if column == TOPIC and not self._sharing:
            self._sized = True

    @Slot()
    def _on_theme_changed(self) -> None:
        self._painter = NodePainter(self._model)
        self.viewport().update()

    # Qt overrides

    def paintEvent(self, event: QPaintEvent) -> None:
        """Look where the columns stand, once for all rows."""
        self._spans = column_spans(self.header(), self.viewport().width())
        super().paintEvent(event)

    def drawRow(  # noqa: N802
        self,
        painter: QPainter,
        options: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Paint one row."""
        node = self._model.node(index)
        below = not node & MORE and self._model.has_nodes_below(node)
        state = RowState(
            selected=self.selectionModel().isSelected(index),
            current=self.hasFocus() and index.internalId() == self.currentIndex().internalId(),
        )
        painter.setFont(self._painter.font)
        self._painter.paint(
            painter,
            options.rect.top(),
            self.viewport().width(),
            self._spans,
            node,
            state,
            self.isExpanded(index) if below else None,
        )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Open and close where the triangle is painted, which Qt does not know for deep nodes."""
        position = event.position().toPoint()
        index = self.indexAt(position)
        node = self._model.node(index)
        if node != ROOT and not node & MORE and event.button() == Qt.MouseButton.LeftButton:
            left = self.columnViewportPosition(TOPIC)
            begin = name_left(self._model.topics.depth(node), left, self.columnWidth(TOPIC))
            if begin - INDENT <= position.x() < begin and self._model.has_nodes_below(node):
                self.setExpanded(index.siblingAtColumn(0), not self.isExpanded(index))
                return
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Show only the node, copy it, open all below it; all else as in any tree."""
        if event.key() in _ENTER:
            if self._model.node(self.currentIndex()) & MORE:
                self._on_clicked(self.currentIndex())
            else:
                self.actions_of_node.request_filter()
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.actions_of_node.copy_topic()
        elif event.key() == Qt.Key.Key_Asterisk:
            self.actions_of_node.expand_below()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with the node."""
        if self.actions_of_node.current_node() != ROOT:
            self.actions_of_node.menu().popup(event.globalPos())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the room between names and values, until somebody moved a column."""
        super().resizeEvent(event)
        self.setColumnHidden(MESSAGES, self.width() < MESSAGES_FROM_WIDTH)
        if not self._sized:
            counts = COUNT_WIDTH * (1 if self.isColumnHidden(MESSAGES) else 2)
            room = self.viewport().width() - counts
            self._sharing = True
            self.header().resizeSection(TOPIC, max(60, round(room * _SHARE_OF_TOPIC)))
            self._sharing = False


def _set_up(view: QTreeView) -> None:
    view.setFrameShape(QFrame.Shape.NoFrame)
    view.setUniformRowHeights(True)
    view.setAnimated(False)
    view.setIndentation(INDENT)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
    view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    view.setAllColumnsShowFocus(True)
    header = view.header()
    header.setStretchLastSection(False)
    header.setSectionsMovable(False)
    header.setMinimumSectionSize(36)
    header.setSectionResizeMode(TOPIC, QHeaderView.ResizeMode.Interactive)
    header.setSectionResizeMode(LAST_VALUE, QHeaderView.ResizeMode.Stretch)
    for column in (MESSAGES, RATE):
        header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
        header.resizeSection(column, COUNT_WIDTH)
    header.setFixedHeight(ROW_HEIGHT + 5)
