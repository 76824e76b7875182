"""The newest state of a connection, and the one way by which events reach the listener."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from topicscope.connection.state import ConnectionState, Phase

if TYPE_CHECKING:
    from collections.abc import Callable

    from topicscope.connection.state import ConnectionEvent

_log = logging.getLogger(__name__)


class Teller:
    """Tell ``listener``, whose faults must not end the connection."""

    def __init__(self, listener: Callable[[ConnectionEvent], None]) -> None:
        self._listener = listener
        self._about = ConnectionState()
        self.state = ConnectionState()

    def about(self, **facts: object) -> None:
        """Change what all states from now on say alike: endpoint, attempt and so on."""
        self._about = replace(self._about, **facts)  # type: ignore[arg-type]

    def show(self, phase: Phase, text: str, **facts: object) -> None:
        """Make the whole state and tell it."""
        state = replace(self._about, phase=phase, text=text, **facts)  # type: ignore[arg-type]
        self.state = state
        self.tell(state)

    def tell(self, event: ConnectionEvent) -> None:
        """Hand one event to the listener."""
        try:
            self._listener(event)
        except Exception:  # noqa: BLE001 - logged; what the listener does wrong is not our end
            _log.exception("the listener failed on %s", type(event).__name__)
