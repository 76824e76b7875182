"""The log of what happened at a broker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHeaderView, QStackedLayout, QTableView, QWidget

from topicscope.gui.models.broker.events import KIND, TEXT, TIME
from topicscope.gui.widgets.empty_state import EmptyState
from topicscope.gui.widgets.plain_table import RightElided, set_up_table

if TYPE_CHECKING:
    from topicscope.gui.models.broker.events import StatusEventsModel

_NOTHING = (
    "Nothing has happened yet that this broker tells of. Mosquitto does with “log_dest topic”; EMQX, NanoMQ and "
    "aedes tell when clients come and go."
)


class StatusEventsView(QWidget):
    """A table of events, or words while there are none."""

    def __init__(self, model: StatusEventsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.view = _Table(self)
        self.view.setModel(model)
        set_up_table(self.view, "Broker events")
        self.view.setItemDelegate(RightElided(self.view))
        header = self.view.horizontalHeader()
        header.setSectionResizeMode(TEXT, QHeaderView.ResizeMode.Stretch)
        header.resizeSection(TIME, 110)
        header.resizeSection(KIND, 96)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(EmptyState("inbox", _NOTHING, parent=self))
        self._stack.addWidget(self.view)
        model.rowsInserted.connect(self._on_rows_changed)
        model.modelReset.connect(self._on_rows_changed)

    @Slot()
    def _on_rows_changed(self) -> None:
        self._stack.setCurrentIndex(int(self._model.rowCount() > 0))


class _Table(QTableView):
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy whole rows as text."""
        model = self.model()
        if event.matches(QKeySequence.StandardKey.Copy):
            rows = sorted(index.row() for index in self.selectionModel().selectedRows())
            lines = [model.line(row) for row in rows]  # type: ignore[attr-defined]
            QGuiApplication.clipboard().setText("\n".join(lines))
        else:
            super().keyPressEvent(event)
