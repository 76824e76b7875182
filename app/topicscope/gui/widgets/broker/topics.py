"""The topics of a broker beside its figures: the tree, and a button that makes a tile of one."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from topicscope.gui.icons import icon
from topicscope.gui.models.broker.tree import RATE, TOPIC, VALUE, StatusTreeModel
from topicscope.gui.text import format_count
from topicscope.gui.theme import ROW_HEIGHT
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.card import PaneHeader, line
from topicscope.gui.widgets.plain_table import RightElided
from topicscope.payload.text import safe_topic

MAKE_TILE = "Make this a tile"
_OPEN_AT_ONCE = 60
"""A tree of so few topics is shown with all branches open."""


class StatusTopics(QWidget):
    """The tree with its header and button."""

    tile_wanted = Signal(object)
    """A Topic Name, in bytes."""

    def __init__(self, model: StatusTreeModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.header = PaneHeader("All topics")
        self.view = QTreeView(self)
        self.button = push_button(MAKE_TILE, "plus", parent=self)
        self.button.setEnabled(False)
        self._set_up_view()
        bottom = QHBoxLayout()
        bottom.setContentsMargins(8, 6, 8, 6)
        bottom.addWidget(self.button)
        bottom.addStretch(1)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(line(self, vertical=True))
        column = QVBoxLayout()
        column.setSpacing(0)
        whole.addLayout(column, 1)
        column.addWidget(self.header)
        column.addWidget(self.view, 1)
        column.addWidget(line(self))
        column.addLayout(bottom)
        self.button.clicked.connect(self._on_tile_asked)
        self.view.activated.connect(self._on_tile_asked)
        self.view.customContextMenuRequested.connect(self._on_menu_asked)
        self.view.selectionModel().currentChanged.connect(self._on_current_changed)

    # Methods

    def grow(self, count: int) -> bool:
        """Take in new topics of `count` in all; returns whether more wait."""
        before = self._model.rowCount()
        more = self._model.grow()
        self._model.renew()
        text = format_count(count)
        if text != self.header.extra():
            self.header.set_extra(text)
        if not before and self._model.rowCount():
            if count <= _OPEN_AT_ONCE:
                self.view.expandAll()
            else:
                self.view.expandToDepth(0)
        return more

    # Slots

    @Slot()
    def _on_tile_asked(self) -> None:
        topic = self._model.topic(self.view.currentIndex())
        if topic is not None:
            self.tile_wanted.emit(topic)

    @Slot(QPoint)
    def _on_menu_asked(self, place: QPoint) -> None:
        topic = self._model.topic(self.view.currentIndex())
        if topic is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(icon("plus"), MAKE_TILE, self._on_tile_asked)
        menu.addAction(icon("copy"), "Copy topic", self._copy_topic)
        menu.addAction("Copy value", self._copy_value)
        menu.popup(self.view.viewport().mapToGlobal(place))

    @Slot(QModelIndex)
    def _on_current_changed(self, index: QModelIndex) -> None:
        self.button.setEnabled(self._model.topic(index) is not None)

    # Private

    def _copy_topic(self) -> None:
        topic = self._model.topic(self.view.currentIndex())
        QGuiApplication.clipboard().setText(safe_topic(topic or b""))

    def _copy_value(self) -> None:
        index = self.view.currentIndex().siblingAtColumn(VALUE)
        QGuiApplication.clipboard().setText(str(index.data() or ""))

    def _set_up_view(self) -> None:
        view = self.view
        view.setModel(self._model)
        view.setItemDelegate(RightElided(view))
        view.setAccessibleName("$SYS topics")
        view.setFrameShape(QFrame.Shape.NoFrame)
        view.setUniformRowHeights(True)
        view.setAlternatingRowColors(True)
        view.setIndentation(14)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.setExpandsOnDoubleClick(False)
        header = view.header()
        header.setFixedHeight(ROW_HEIGHT + 5)
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(40)
        header.setSectionResizeMode(TOPIC, QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(VALUE, QHeaderView.ResizeMode.Stretch)
        header.resizeSection(TOPIC, 150)
        header.resizeSection(RATE, 70)
