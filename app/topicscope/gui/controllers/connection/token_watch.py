"""Warning in good time that the token of a connection ends: most brokers cut the connection then."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from topicscope.connection.state import Phase
from topicscope.profiles.jwt import clock_words, span_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from topicscope.connection.state import ConnectionState
    from topicscope.gui.connection.bridge import ConnectionBridge

WARN_S: Final = 300.0
_LONGEST_MS: Final = 3_600_000
"""A longer rest is taken in pieces: a computer may sleep meanwhile."""


class TokenWatch(QObject):
    """Tells five minutes before the end of the token, and at its end, once each."""

    told = Signal(str, str)
    """A sentence, and what to do."""

    def __init__(
        self, bridge: ConnectionBridge, parent: QObject, clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__(parent)
        self._clock = clock
        self._expires_at: float | None = None
        self._said = 0
        self._timer = QTimer(self)
        self._timer.setObjectName("token-watch")
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._look)
        bridge.state_changed.connect(self._on_state_changed)

    @Slot(object)
    def _on_state_changed(self, state: ConnectionState) -> None:
        expires_at = state.credentials_expire_at if state.phase is Phase.CONNECTED else None
        if expires_at != self._expires_at:
            self._expires_at, self._said = expires_at, 0
        # The bar shows the new state first, and takes away what it said of the one before.
        self._timer.start(0)

    @Slot()
    def _look(self) -> None:
        if self._expires_at is None:
            self._timer.stop()
            return
        now = self._clock()
        left = self._expires_at - now
        stage = 2 if left <= 0 else 1 if left <= WARN_S else 0
        if stage > self._said:
            self._said = stage
            self._tell(stage, self._expires_at, now)
        if stage < 2:
            due = left if stage else left - WARN_S
            self._timer.start(max(20, min(_LONGEST_MS, int(due * 1000) + 20)))

    def _tell(self, stage: int, expires_at: float, now: float) -> None:
        when = clock_words(expires_at, now)
        if stage == 1:
            sentence = f"The token expires in {span_words(expires_at - now)} ({when})."
            self.told.emit(sentence, "The broker may cut the connection then.")
        else:
            self.told.emit(
                f"The token has expired ({when}).",
                "The broker may cut the connection at any moment, and will not take this token again.",
            )
