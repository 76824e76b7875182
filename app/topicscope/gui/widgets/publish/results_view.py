"""The list of the messages published last: drop one that waits, publish one again, or edit it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QMenu, QTableView, QWidget

from topicscope.gui.models.publish.results import (
    PublishResult,
    PublishResultsModel,
    ResultColumn,
)
from topicscope.gui.theme import ROW_HEIGHT
from topicscope.gui.widgets.messages.actions import add_action

if TYPE_CHECKING:
    from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QResizeEvent

_DROP_WIDTH = 24
_STATE_SHARE = 0.66
"""Of the width, that the state may take where its words need it; a topic can be cut in its middle."""


class PublishResultsView(QTableView):
    """A table without headings; Delete and a click on the cross drop what is queued."""

    drop_requested = Signal(object)
    """A `PublishResult`."""
    resend_requested = Signal(object)
    """A `PublishResult`."""
    edit_requested = Signal(object)
    """A `PublishResult`."""

    def __init__(self, model: PublishResultsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setModel(model)
        self.setAccessibleName("Published last")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.horizontalHeader().hide()
        self.horizontalHeader().setMinimumSectionSize(_DROP_WIDTH)
        rows = self.verticalHeader()
        rows.hide()
        rows.setDefaultSectionSize(ROW_HEIGHT)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        model.rowsInserted.connect(self._share_width)
        model.dataChanged.connect(self._share_width)
        model.modelReset.connect(self._share_width)
        self.clicked.connect(self._on_clicked)
        self.doubleClicked.connect(self._on_double_clicked)

    # Methods

    def current_result(self) -> PublishResult | None:
        """Return the publish of the current row."""
        index = self.currentIndex()
        return self._model.results[index.row()] if index.isValid() else None

    def menu(self) -> QMenu:
        """Return a menu of what can be done with the current publish; it deletes itself when closed."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        result = self.current_result()
        queued = result is not None and result.is_queued
        some = result is not None
        add_action(menu, "Publish again", "send", self.request_resend, enabled=some)
        add_action(menu, "Edit", "pencil", self.request_edit, enabled=some)
        add_action(menu, "Drop", "x", self.request_drop, "Del", enabled=queued)
        menu.addSeparator()
        add_action(menu, "Remove those that are done", "", self._model.clear_finished)
        return menu

    # Slots

    @Slot()
    def request_drop(self) -> None:
        """Ask to drop the current publish, where it waits."""
        result = self.current_result()
        if result is not None and result.is_queued:
            self.drop_requested.emit(result)

    @Slot()
    def request_resend(self) -> None:
        """Ask to publish the current message again."""
        if result := self.current_result():
            self.resend_requested.emit(result)

    @Slot()
    def request_edit(self) -> None:
        """Ask to edit the current message."""
        if result := self.current_result():
            self.edit_requested.emit(result)

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        if index.column() == ResultColumn.DROP:
            self.request_drop()

    @Slot(QModelIndex)
    def _on_double_clicked(self, index: QModelIndex) -> None:
        if index.column() != ResultColumn.DROP:
            self.request_edit()

    # Qt overrides

    def minimumSizeHint(self) -> QSize:
        """Ask for two lines at least: the editor beside needs no more."""
        return QSize(super().minimumSizeHint().width(), 2 * ROW_HEIGHT)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Show what can be done."""
        self.menu().popup(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Drop with Delete, edit with Enter."""
        if event.key() == Qt.Key.Key_Delete:
            self.request_drop()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and not event.modifiers():
            self.request_edit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the width."""
        super().resizeEvent(event)
        self._share_width()

    # Private

    @Slot()
    def _share_width(self) -> None:
        queued = any(result.is_queued for result in self._model.results)
        self.setColumnHidden(ResultColumn.DROP, not queued)
        width = self.viewport().width() - (_DROP_WIDTH if queued else 0)
        state = min(self.sizeHintForColumn(ResultColumn.STATE), int(width * _STATE_SHARE))
        self.setColumnWidth(ResultColumn.TOPIC, width - state)
        self.setColumnWidth(ResultColumn.STATE, state)
        self.setColumnWidth(ResultColumn.DROP, _DROP_WIDTH)
