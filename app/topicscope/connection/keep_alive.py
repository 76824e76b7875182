"""When to send PINGREQ, and when to give the other side up (MQTT 5.0 section 3.1.2.10).

paho's own timer looks once a second, reports a lost connection twice, and mistakes a PINGRESP behind
a long backlog for a missing one; here any byte that arrives proves that the other side is there.
"""

from __future__ import annotations

from enum import Enum


class Due(Enum):
    """What is to be done now."""

    NOTHING = 0
    PING = 1
    GIVE_UP = 2


class KeepAlive:
    """Times are ``time.monotonic`` seconds; an interval of 0 switches it off."""

    def __init__(self, interval_s: float, now: float) -> None:
        self.interval_s = interval_s
        self._sent = now
        self._received = now
        self._pinged: float | None = None

    def received(self, now: float) -> None:
        """Take note that bytes have arrived."""
        self._received = now
        self._pinged = None

    def sent(self, now: float) -> None:
        """Take note that bytes have left."""
        self._sent = now

    def silent_for(self, now: float) -> float:
        """Return for how many seconds nothing has arrived."""
        return now - self._received

    @property
    def deadline(self) -> float | None:
        """When to ask ``check`` next; None when never."""
        if not self.interval_s:
            return None
        begin = min(self._sent, self._received) if self._pinged is None else self._pinged
        return begin + self.interval_s

    def check(self, now: float) -> Due:
        """Say what is due; PING counts as sent now."""
        deadline = self.deadline
        if deadline is None or now < deadline:
            return Due.NOTHING
        if self._pinged is not None:
            return Due.GIVE_UP
        self._pinged = self._sent = now
        return Due.PING
