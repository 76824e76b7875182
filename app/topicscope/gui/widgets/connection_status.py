"""A connection's state as a dot and words, with the clock and the countdown in them."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer, Slot

from topicscope.connection.state import ConnectionState, Phase
from topicscope.gui.text import format_count, format_duration
from topicscope.gui.widgets.labels import label
from topicscope.gui.widgets.status import StatusText

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent, QShowEvent
    from PySide6.QtWidgets import QWidget

QUIET_REASONS: Final = frozenset({"", "cancelled", "disconnected"})
"""Ends that somebody asked for: they need no notice."""

_DOTS: Final = {
    Phase.OFFLINE: ("faint", "ring"),
    Phase.DIALING: ("warning", "half"),
    Phase.HANDSHAKE: ("warning", "half"),
    Phase.CONNECTED: ("good", "full"),
    Phase.WAITING: ("warning", "ring"),
}


class ConnectionStatus(StatusText):
    """Shows a ConnectionState; it ticks once a second, and only while there is a time to show."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = ConnectionState()
        self._timer = QTimer(self)
        self._timer.setObjectName("connection clock")
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._tick)
        self._insecure = label("TLS not verified", "error", self)
        self._insecure.hide()
        self.add_mark(self._insecure)
        self.set_state(self._state)

    def set_state(self, state: ConnectionState) -> None:
        """Show another state."""
        self._state = state
        role, shape = _DOTS[state.phase]
        if state.phase == Phase.OFFLINE and failed(state):
            role = "error"
        self.set_status(role, shape, _text(state), _details(state))
        self._insecure.setVisible(state.phase == Phase.CONNECTED and state.insecure)
        self._wind_up()

    def is_ticking(self) -> bool:
        """Say whether the clock runs."""
        return self._timer.isActive()

    def showEvent(self, event: QShowEvent) -> None:
        """Let the clock run again."""
        super().showEvent(event)
        self._tick()

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop the clock: nobody sees it."""
        super().hideEvent(event)
        self._timer.stop()

    @Slot()
    def _tick(self) -> None:
        self.set_text(_text(self._state))
        self._wind_up()

    def _wind_up(self) -> None:
        delay = _seconds_to_next_text(self._state)
        if delay is None or not self.isVisible():
            self._timer.stop()
        else:
            self._timer.start(max(20, math.ceil(delay * 1000)))


def failed(state: ConnectionState) -> bool:
    """Say whether a state tells of something that went wrong."""
    return state.phase in {Phase.OFFLINE, Phase.WAITING} and state.reason not in QUIET_REASONS


def _text(state: ConnectionState) -> str:
    match state.phase:
        case Phase.CONNECTED:
            if state.connected_at is None:
                return "Connected"
            return f"Connected {format_duration(time.time() - state.connected_at)}"
        case Phase.WAITING:
            left = max(0, math.ceil((state.retry_at or 0.0) - time.monotonic()))
            return f"Retrying in {left} s" if left else "Retrying now"
        case Phase.DIALING:
            return f"Connecting to {state.endpoint}…" if state.endpoint else "Connecting…"
        case Phase.HANDSHAKE:
            return "Waiting for the broker's CONNACK…"
        case _:
            return "Not connected"


def _details(state: ConnectionState) -> str:
    parts: list[str] = []
    if state.phase == Phase.CONNECTED:
        if state.protocol_version is not None:
            parts.append(state.protocol_version.label)
        parts.append(state.tls or "not encrypted")
        if state.client_identifier:
            parts.append(state.client_identifier)
        if state.session_present:
            parts.append("session present")
    elif state.attempt > 1:
        parts.append(f"attempt {format_count(state.attempt)}")
    return " · ".join(parts)


def _seconds_to_next_text(state: ConnectionState) -> float | None:
    if state.phase == Phase.CONNECTED and state.connected_at is not None:
        return 1.0 - (time.time() - state.connected_at) % 1.0
    if state.phase == Phase.WAITING and state.retry_at is not None:
        left = state.retry_at - time.monotonic()
        return left % 1.0 or 1.0 if left > 0 else None
    return None
