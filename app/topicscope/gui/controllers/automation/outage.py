"""Connections that are lost and come back: what acts by itself has to rest meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from topicscope.connection.state import Phase

if TYPE_CHECKING:
    from topicscope.connection.state import ConnectionState
    from topicscope.gui.connection.bridge import ConnectionBridge


class Outage(QObject):
    """Tells a connection that was lost and is dialled again from one that is over."""

    began = Signal()
    """The connection was lost; it is dialled again."""
    passed = Signal()
    """It is back."""
    ended = Signal()
    """There is none any more: given up, disconnected, or begun to another broker."""

    def __init__(self, bridge: ConnectionBridge, parent: QObject) -> None:
        super().__init__(parent)
        self._endpoint = ""
        self.is_on = False
        """Whether a connection that was lost is waited for."""
        bridge.state_changed.connect(self._on_state_changed)

    @Slot(object)
    def _on_state_changed(self, state: ConnectionState) -> None:
        was_on = self.is_on
        if state.phase is Phase.CONNECTED:
            self._endpoint, self.is_on = state.endpoint, False
            if was_on:
                self.passed.emit()
        elif state.phase is Phase.WAITING and not was_on:
            self.is_on = True
            self.began.emit()
        elif not was_on or state.phase is Phase.OFFLINE or state.endpoint != self._endpoint:
            self.is_on = False
            self.ended.emit()
