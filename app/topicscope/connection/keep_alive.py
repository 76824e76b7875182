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
        self._patience = interval_s

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
        if self._pinged is not None:
            return self._pinged + self._patience if self._patience else None
        return min(self._sent, self._received) + self.interval_s if self.interval_s else None

    def ping(self, now: float, patience_s: float | None = None) -> None:
        """Take note that PINGREQ leaves now, asked for by somebody; ``patience_s`` is how long to wait for any byte.

        Without it the interval holds, and with an interval of 0 the silence after it means nothing.
        """
        self._pinged = self._sent = now
        self._patience = self.interval_s if patience_s is None else patience_s

    def check(self, now: float) -> Due:
        """Say what is due; PING counts as sent now."""
        deadline = self.deadline
        if deadline is None or now < deadline:
            return Due.NOTHING
        if self._pinged is not None:
            return Due.GIVE_UP
        self.ping(now)
        return Due.PING
