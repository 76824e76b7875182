"""A connection's state as a dot and words, with the clock and the countdown in them."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer, Signal, Slot

from topicscope.connection.state import ConnectionState, Phase
from topicscope.gui.text import format_count, format_duration
from topicscope.gui.widgets.labels import label
from topicscope.gui.widgets.status import BETWEEN, GAP, StatusText
from topicscope.gui.widgets.style import set_kind, set_tone

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent, QKeyEvent, QMouseEvent, QResizeEvent, QShowEvent
    from PySide6.QtWidgets import QLabel, QWidget

QUIET_REASONS: Final = frozenset({"", "cancelled", "disconnected"})
"""Ends that somebody asked for: they need no notice."""

COUNTDOWN_S: Final = 600.0
"""From here on the time that is left to a token is counted down."""
_WARN_S: Final = 300.0
_MARK_HEIGHT: Final = 22
_HINT: Final = "What is known of this connection"

_DOTS: Final = {
    Phase.OFFLINE: ("faint", "ring"),
    Phase.DIALING: ("warning", "half"),
    Phase.HANDSHAKE: ("warning", "half"),
    Phase.CONNECTED: ("good", "full"),
    Phase.WAITING: ("warning", "ring"),
}
_FIRST_DETAILS: Final = 2
"""Version and encryption, which nobody should have to look for."""


class ConnectionStatus(StatusText):
    """Shows a ConnectionState; it ticks once a second, and only while there is a time to show."""

    clicked = Signal()
    """Somebody wants to know more."""
    wanted_width_changed = Signal()
    """There is more, or less, to say than before."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = ConnectionState()
        self._timer = QTimer(self)
        self._timer.setObjectName("connection clock")
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._tick)
        self._wanted: tuple[int, str, int] = (0, "", 0)
        self._insecure = self._mark("TLS not verified", "error")
        self._pinned = self._mark("Pinned", "warning")
        self._pinned.setToolTip(
            "One certificate is trusted by its fingerprint; its names and dates are not looked at"
        )
        self._read_only = self._mark("Read-only", "warning")
        self._token = self._mark("", "warning")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setToolTip(_HINT)
        self.set_state(self._state)

    def set_state(self, state: ConnectionState) -> None:
        """Show another state."""
        self._state = state
        role, shape = _DOTS[state.phase]
        if state.phase == Phase.OFFLINE and failed(state):
            role = "error"
        self.set_status(role, shape, _text(state), _details(state))
        self._show_marks()
        self.setAccessibleName(f"Connection: {_text(state)} {_details(state)}".strip())
        self._wind_up()

    def is_ticking(self) -> bool:
        """Say whether the clock runs."""
        return self._timer.isActive()

    def wanted_width(self) -> int:
        """Return the width at which the sentence, all marks and the first details are in sight, in pixels."""
        return self._wanted[2]

    def showEvent(self, event: QShowEvent) -> None:
        """Let the clock run again."""
        super().showEvent(event)
        self._tick()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say less where there is little room."""
        super().resizeEvent(event)
        self._show_marks()

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop the clock: nobody sees it."""
        super().hideEvent(event)
        self._timer.stop()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Take a click anywhere on it."""
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(
            event.position().toPoint()
        ):
            self.clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take the keys of a button."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            self.clicked.emit()
        else:
            super().keyPressEvent(event)

    @Slot()
    def _tick(self) -> None:
        self.set_text(_text(self._state))
        self._show_marks()
        self._wind_up()

    def _mark(self, text: str, tone: str) -> QLabel:
        mark = label(text, tone, self)
        set_kind(mark, "mark")
        mark.setFixedHeight(_MARK_HEIGHT)
        mark.hide()
        self.add_mark(mark)
        return mark

    def _show_marks(self) -> None:
        state = self._state
        connected = state.phase == Phase.CONNECTED
        tone, words = _token_words(state, time.time())
        set_tone(self._token, tone)
        self._token.setText(words)
        wanted = {
            self._insecure: connected and state.insecure and not state.pinned,
            self._pinned: connected and state.pinned,
            self._read_only: connected and state.read_only,
            self._token: bool(words),
        }
        marks = [mark for mark, is_wanted in wanted.items() if is_wanted]
        self._note_wanted(marks)
        if self._token in marks and not self._has_room_for(marks):
            self._token.setText(words.removeprefix("Token "))
        # The clock stays whole; the frame and the refusals of the window say that it is read-only, too.
        yielded: list[QLabel] = []
        for mark in (self._read_only, self._pinned, self._token):
            if mark in marks and not self._has_room_for(marks):
                marks.remove(mark)
                yielded.append(mark)
        for mark in wanted:
            mark.setVisible(mark in marks)
        self._token.setToolTip(words)
        self.setToolTip("\n".join([*(mark.text() for mark in yielded), _HINT]))

    def _note_wanted(self, marks: list[QLabel]) -> None:
        details = self.parts()[1]
        first = BETWEEN.join(details.text().split(BETWEEN)[:_FIRST_DETAILS])
        room = details.fontMetrics().horizontalAdvance(f"{first}{BETWEEN}…") + GAP if first else 0
        before, self._wanted = self._wanted, (len(marks), first, self._width_of(marks) + room)
        # A clock takes about the same room all the time.
        if before[:2] != self._wanted[:2]:
            self.wanted_width_changed.emit()

    def _has_room_for(self, marks: list[QLabel]) -> bool:
        return not self.isVisible() or self._width_of(marks) <= self.width()

    def _width_of(self, marks: list[QLabel]) -> int:
        sentence = self.parts()[0]
        shown: list[QWidget] = [self.dot, sentence, *marks]
        for one in shown:
            one.ensurePolished()
        return sum(one.sizeHint().width() for one in shown) + GAP * len(shown)

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


def _token_words(state: ConnectionState, now: float) -> tuple[str, str]:
    """Return tone and words on the time that is left to a token, once it is short."""
    if state.phase != Phase.CONNECTED or state.credentials_expire_at is None:
        return "", ""
    left = state.credentials_expire_at - now
    if left > COUNTDOWN_S:
        return "", ""
    if left <= 0:
        return "error", "Token expired"
    minutes, seconds = divmod(math.ceil(left), 60)
    return "error" if left <= _WARN_S else "warning", f"Token {minutes}:{seconds:02}"


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
    return BETWEEN.join(parts)


def _seconds_to_next_text(state: ConnectionState) -> float | None:
    if state.phase == Phase.CONNECTED and state.connected_at is not None:
        return 1.0 - (time.time() - state.connected_at) % 1.0
    if state.phase == Phase.WAITING and state.retry_at is not None:
        left = state.retry_at - time.monotonic()
        return left % 1.0 or 1.0 if left > 0 else None
    return None
