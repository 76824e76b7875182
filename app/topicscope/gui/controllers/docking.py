"""Where the panes of the window lie: docks round the tables, in a window of their own inside the window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QMainWindow

from topicscope.gui.widgets.dock import PaneDock

if TYPE_CHECKING:
    from PySide6.QtGui import QAction, QShowEvent
    from PySide6.QtWidgets import QWidget

    from topicscope.gui.widgets.card import PaneHeader

LEFT: Final = Qt.DockWidgetArea.LeftDockWidgetArea
RIGHT: Final = Qt.DockWidgetArea.RightDockWidgetArea
BOTTOM: Final = Qt.DockWidgetArea.BottomDockWidgetArea

SIDE_SHARES = (0.20, 0.24)
"""Parts of the width that the docks at the left and right get at first."""
FIRST_LEFT_HEIGHT = 210
BOTTOM_HEIGHT = 200


class Docking(QMainWindow):
    """Docks round one widget; Qt arranges them only once they are shown, so their first sizes wait for that."""

    def __init__(self, center: QWidget, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Widget)
        self.setObjectName("docking")
        self._center = center
        self.setCentralWidget(center)
        self.setCorner(Qt.Corner.BottomLeftCorner, LEFT)
        self.setCorner(Qt.Corner.BottomRightCorner, RIGHT)
        self.is_arranged = False
        self._docks: dict[Qt.DockWidgetArea, list[PaneDock]] = {LEFT: [], RIGHT: [], BOTTOM: []}
        self._dock_of: dict[QWidget, PaneDock] = {}

    def add_pane(
        self, title: str, pane: QWidget, header: PaneHeader, area: Qt.DockWidgetArea
    ) -> None:
        """Put a pane into a dock below those that are in that area already."""
        dock = PaneDock(title, pane, f"dock-{title.lower()}", header, self)
        action = dock.toggleViewAction()
        action.setText(f"Pane: {title}")
        action.setObjectName(f"action-pane-{title.lower()}")
        self.addDockWidget(area, dock)
        self._docks[area].append(dock)
        self._dock_of[pane] = dock

    def pane_actions(self) -> list[QAction]:
        """Return an action for each pane that opens or closes it."""
        return [dock.toggleViewAction() for dock in self._dock_of.values()]

    def reveal(self, pane: QWidget) -> None:
        """Bring a pane in sight, whether it was closed or lies behind another."""
        dock = self._dock_of[pane]
        dock.show()
        dock.raise_()

    def showEvent(self, event: QShowEvent) -> None:
        """Arrange the docks when they are seen first, unless that was remembered."""
        super().showEvent(event)
        if not event.spontaneous():
            # Else the first widget of the window, the profile button, would have it.
            self._center.setFocus(Qt.FocusReason.OtherFocusReason)
        if not self.is_arranged:
            self.is_arranged = True
            QTimer.singleShot(0, self, self._arrange)

    @Slot()
    def _arrange(self) -> None:
        across, down = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        left, right, bottom = self._docks[LEFT], self._docks[RIGHT], self._docks[BOTTOM]
        sides = [round(self.width() * share) for share in SIDE_SHARES]
        self.resizeDocks([left[0], right[0]], sides, across)
        rest = (self.height() - FIRST_LEFT_HEIGHT) // max(1, len(left) - 1)
        self.resizeDocks(left, [FIRST_LEFT_HEIGHT] + [rest] * (len(left) - 1), down)
        self.resizeDocks(bottom, [BOTTOM_HEIGHT] * len(bottom), down)
