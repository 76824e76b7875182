"""A pane in a dock that looks like a card: header as title bar, body below."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Slot
from PySide6.QtWidgets import QDockWidget, QFrame, QMenu, QVBoxLayout, QWidget

from topicscope.gui.widgets.card import PaneHeader
from topicscope.gui.widgets.style import set_kind


class PaneDock(QDockWidget):
    """A dock with our header for a title bar; a right click on the header floats or closes it."""

    def __init__(
        self,
        title: str,
        body: QWidget,
        object_name: str,
        header: PaneHeader | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(title, parent)
        self.setObjectName(object_name)
        self.header = header if header is not None else PaneHeader(title, self)
        set_kind(self.header, "dock-header")
        self.header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.header.customContextMenuRequested.connect(self._on_menu_requested)
        self.setTitleBarWidget(self.header)
        frame = QFrame(self)
        set_kind(frame, "dock-body")
        column = QVBoxLayout(frame)
        column.setContentsMargins(1, 0, 1, 4)
        column.setSpacing(0)
        column.addWidget(body)
        self.setWidget(frame)

    @Slot(QPoint)
    def _on_menu_requested(self, position: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        float_action = menu.addAction("Dock again" if self.isFloating() else "Float")
        float_action.triggered.connect(self._on_float_toggled)
        menu.addAction("Close").triggered.connect(self.close)
        menu.popup(self.header.mapToGlobal(position))

    @Slot()
    def _on_float_toggled(self) -> None:
        self.setFloating(not self.isFloating())
