"""Noticing that this computer slept, or that its clock was set, between two looks.

While a computer sleeps no timer runs; where the monotonic clock stands still meanwhile (Linux, macOS)
the wall clock is ahead of it afterwards, where it goes on (Windows) a look comes much too late.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LEAST_JUMP_S = 5.0
"""Less than this is a busy machine, or a clock that is being brought to the right time."""


class ClockWatch:
    """Ask ``look`` each time something is done, at the latest when ``due`` said."""

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._monotonic = monotonic
        self._wall = wall
        self._ahead = wall() - monotonic()
        self._due: float | None = None

    def rest(self, timeout_s: float | None) -> None:
        """Take note that nothing is done for at most ``timeout_s``; None: that nobody knows for how long."""
        self._due = None if timeout_s is None else self._monotonic() + timeout_s

    def look(self) -> float:
        """Return by how many seconds the time has jumped since the last look, negative for back; mostly 0."""
        now = self._monotonic()
        ahead = self._wall() - now
        jump, self._ahead = ahead - self._ahead, ahead
        due, self._due = self._due, None
        if abs(jump) >= LEAST_JUMP_S:
            return jump
        late = 0.0 if due is None else now - due
        return late if late >= LEAST_JUMP_S else 0.0


def jump_text(jump_s: float) -> str:
    """Say for the capture what a jump means for what stands before and after it."""
    if jump_s < 0:
        return f"The clock of this computer was set back by {_length(-jump_s)}: times go back here."
    return (
        f"This computer slept, or its clock was set ahead: {_length(jump_s)} are missing here."
        " Asking whether the broker is still there."
    )


def _length(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
