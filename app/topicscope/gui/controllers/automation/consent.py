"""Whether something may publish by itself to a broker that others rely on: asked once for each connection."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from topicscope.gui.text import count_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from topicscope.gui.connection.bridge import ConnectionBridge
    from topicscope.gui.dialogs.caution import Caution


class Consent:
    """Remembers what somebody has said until the connection is over."""

    def __init__(self, bridge: ConnectionBridge, caution: Caution) -> None:
        self._bridge = bridge
        self._caution = caution
        self._is_given = False

    def ask(self, count: int, noun: str, then: Callable[[], object]) -> None:
        """Call `then` for so many schedules or responders, as soon as somebody agrees."""
        if self._is_given:
            then()
            return
        self._caution.guard(
            f"Publish by itself to a {self._caution.kind} broker?",
            f"{count_of(count, noun)} will publish to {self._bridge.state.endpoint} until stopped, "
            "and others there will receive it. You are not asked again during this connection.",
            "Start",
            "Do not start",
            partial(self._give, then),
        )

    def withdraw(self) -> None:
        """Ask again the next time."""
        self._is_given = False

    def _give(self, then: Callable[[], object]) -> None:
        self._is_given = True
        then()
