"""The table of requests and responses: a click goes to the message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QWidget

from topicscope.gui.models.automation.exchange_rows import ExchangeColumn
from topicscope.gui.theme import ROW_HEIGHT
from topicscope.gui.widgets.messages.actions import add_action
from topicscope.gui.widgets.plain_table import set_up_table

if TYPE_CHECKING:
    from PySide6.QtGui import QContextMenuEvent, QKeyEvent

    from topicscope.gui.models.automation.exchange_rows import ExchangeRowsModel

_WIDTHS = {ExchangeColumn.TIME: 104, ExchangeColumn.LATENCY: 136}


class ExchangeView(QTableView):
    """Shows the request of a line on a click; on a click into the column of the response, that."""

    row_requested = Signal(int)
    """A row of the capture that somebody wants to see."""

    def __init__(self, model: ExchangeRowsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._is_at_end = True
        self.setModel(model)
        set_up_table(self, "Requests")
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        header = self.horizontalHeader()
        for column in (ExchangeColumn.REQUEST, ExchangeColumn.RESPONSE):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        for column, width in _WIDTHS.items():
            header.resizeSection(column, width)
        self.clicked.connect(self._on_clicked)
        model.rowsAboutToBeInserted.connect(self._on_about_to_grow)
        model.rowsInserted.connect(self._on_grown)

    # Slots

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        response = self._model.response_row(index.row())
        request = self._model.request_row(index.row())
        wants_response = index.column() == ExchangeColumn.RESPONSE or request is None
        row = response if wants_response and response is not None else request
        if row is not None:
            self.row_requested.emit(row)

    @Slot()
    def _show_request(self) -> None:
        row = self._model.request_row(self.currentIndex().row())
        if row is not None:
            self.row_requested.emit(row)

    @Slot()
    def _show_response(self) -> None:
        row = self._model.response_row(self.currentIndex().row())
        if row is not None:
            self.row_requested.emit(row)

    @Slot()
    def _on_about_to_grow(self) -> None:
        bar = self.verticalScrollBar()
        self._is_at_end = bar.value() >= bar.maximum()

    @Slot()
    def _on_grown(self) -> None:
        if self._is_at_end:
            self.scrollToBottom()

    # Qt overrides

    def sizeHint(self) -> QSize:
        """Ask for two lines only; what is left over comes by itself."""
        lines = self.horizontalHeader().height() + 2 * ROW_HEIGHT + 1
        return QSize(super().sizeHint().width(), lines)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Show the message on Enter."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.currentIndex().isValid():
            self._on_clicked(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer both messages."""
        line = self.currentIndex().row()
        if line < 0:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        has_request = self._model.request_row(line) is not None
        has_response = self._model.response_row(line) is not None
        add_action(menu, "Show the request", "", self._show_request, enabled=has_request)
        add_action(menu, "Show the response", "", self._show_response, enabled=has_response)
        menu.popup(event.globalPos())
