"""What became of a connection, in short: when it came about, when it was lost and why.

Fed with the states as they are told; no clock of its own, no thread.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from topicscope.connection.state import ConnectionState, Phase

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_ENTRIES = 200

What = Literal["dialing", "connected", "lost", "failed", "ended"]
"""``lost`` comes after ``connected``, ``failed`` after ``dialing``; ``ended`` was asked for."""

_ASKED_FOR = frozenset(("disconnected", "cancelled"))


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One event: `time` in epoch seconds, `why` a sentence; `lasted_s` how long the connection held, once lost."""

    time: float
    what: What
    why: str
    lasted_s: float | None = None


class ConnectionHistory:
    """The newest 200 entries, oldest first."""

    def __init__(self) -> None:
        self._entries: deque[HistoryEntry] = deque(maxlen=MOST_ENTRIES)
        self._before = ConnectionState()
        self.connects = 0
        """How often CONNACK accepted, those beyond the newest 200 entries too."""

    def __iter__(self) -> Iterator[HistoryEntry]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def take(self, state: ConnectionState, now: float) -> HistoryEntry | None:
        """Take the next state; ``now`` in epoch seconds. Returns the entry it makes, if it makes one."""
        before, self._before = self._before, state
        what = _what(before, state)
        if what is None:
            return None
        lasted = None
        if before.phase is Phase.CONNECTED and before.connected_at is not None:
            lasted = max(0.0, now - before.connected_at)
        if what == "connected":
            self.connects += 1
        entry = HistoryEntry(now, what, state.text, lasted)
        self._entries.append(entry)
        return entry

    def clear(self) -> None:
        """Forget all entries."""
        self._entries.clear()
        self.connects = 0


def _what(before: ConnectionState, state: ConnectionState) -> What | None:
    if state.phase is Phase.HANDSHAKE or state.phase is before.phase:
        return None
    if state.phase is Phase.DIALING:
        return "dialing"
    if state.phase is Phase.CONNECTED:
        return "connected"
    if state.reason in _ASKED_FOR:
        return "ended"
    return "lost" if before.phase is Phase.CONNECTED else "failed"
