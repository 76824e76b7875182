"""The topic tree: rows painted whole, counters read when they are painted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QApplication, QFrame, QTreeView, QWidget

from topicscope.capture.topic_index import ROOT
from topicscope.gui.models.topics.columns import TOPIC
from topicscope.gui.models.topics.tree import MORE
from topicscope.gui.theme import notifier
from topicscope.gui.widgets.messages.painting import RowState, Span, column_spans
from topicscope.gui.widgets.topics.actions import TopicActions
from topicscope.gui.widgets.topics.branches import Branches
from topicscope.gui.widgets.topics.columns import TopicColumns
from topicscope.gui.widgets.topics.painting import INDENT, NodePainter, name_left

if TYPE_CHECKING:
    from collections.abc import Container

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

    from topicscope.gui.models.topics.tree import TopicTreeModel

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
        self.setModel(model)
        _set_up(self)
        self.columns = TopicColumns(self)
        self.setSortingEnabled(True)
        self.header().setSortIndicatorShown(False)
        self.branches = Branches(self, model)
        self.actions_of_node = TopicActions(self, model, self.branches)
        self.selectionModel().currentChanged.connect(self._on_current_changed)
        self.clicked.connect(self._on_clicked)
        notifier().theme_changed.connect(self._on_theme_changed)

    # Methods

    def show_node(self, node: int) -> bool:
        """Open what lies above a node and make it current; False where the search leaves it out."""
        index = self._model.reveal(node)
        if not index.isValid():
            return False
        self.setCurrentIndex(index)
        self.scrollTo(index)
        return True

    def is_open(self, node: int) -> bool:
        """Tell whether a node that has a row is open."""
        return self.isExpanded(self._model.index_of(node))

    def is_held(self) -> bool:
        """Tell whether somebody is about to act on a row, which must not move now."""
        busy = self.state() != QAbstractItemView.State.NoState
        return busy or QApplication.activePopupWidget() is not None

    def set_pins(self, pins: Container[bytes]) -> None:
        """Mark the topics with these names as pinned."""
        self._painter.pins = pins
        self.viewport().update()

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

    @Slot()
    def _on_theme_changed(self) -> None:
        self._painter = NodePainter(self._model, self._painter.pins)
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
        elif (depth := _digit_with_control(event)) is not None:
            self.actions_of_node.expand_to(depth)
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with the node."""
        if self.actions_of_node.current_node() != ROOT:
            self.actions_of_node.menu().popup(event.globalPos())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the room between names and values, until somebody moved a column."""
        super().resizeEvent(event)
        self.columns.share()


def _digit_with_control(event: QKeyEvent) -> int | None:
    """Return the digit from 1 to 9 that is pressed together with Ctrl."""
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    if modifiers != Qt.KeyboardModifier.ControlModifier:
        return None
    digit = event.key() - Qt.Key.Key_0
    return digit if 1 <= digit <= 9 else None


def _set_up(view: QTreeView) -> None:
    view.setFrameShape(QFrame.Shape.NoFrame)
    view.setUniformRowHeights(True)
    view.setAnimated(False)
    view.setIndentation(INDENT)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
    view.setAllColumnsShowFocus(True)
