"""How long a connection waits for what, and how long it rests between two dials."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from topicscope.connection.outcomes import Retry

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Timing:
    """All durations of a connection, in seconds; tests make them short."""

    connect_s: float | None = None
    """For name, TCP, proxy, TLS and WebSocket together; None: what the profile says."""
    connack_s: float | None = None
    """From CONNECT to CONNACK. None: the profile says it (`connect_timeout`)."""
    next_address_s: float = 0.25
    """Head start of one address before the next is tried as well (RFC 8305 section 5)."""
    probe_s: float = 2.0
    """For finding out whether a port that cut the connection speaks TLS."""
    look_s: float = 15.0
    """How often to look, while connected, whether this computer has slept."""
    resumed_s: float = 10.0
    """For any byte from the server after this computer has slept."""
    farewell_s: float = 1.0
    """For what is still to be written, DISCONNECT last, when the user disconnects."""
    first_retry_s: float = 1.0
    longest_retry_s: float = 60.0
    slow_retry_s: float = 15.0
    """First rest after an end that will hardly mend itself (unknown host, quota)."""
    jitter: float = 0.2
    """Part of a rest that chance takes away, so that many clients do not dial in step."""


class BackOff:
    """Count failed dials and say how long to rest: 1, 2, 4 … 60 s, less some chance."""

    def __init__(self, timing: Timing, chance: Callable[[], float] = random.random) -> None:
        self._timing = timing
        self._chance = chance
        self.failures = 0

    def reset(self) -> None:
        """Begin again at the shortest rest: a connection was good."""
        self.failures = 0

    def next_rest(self, retry: Retry) -> float:
        """Count one more failure and return the seconds to rest."""
        first = self._timing.slow_retry_s if retry is Retry.SLOWLY else self._timing.first_retry_s
        doubled = first * float(1 << min(self.failures, 16))
        rest = min(doubled, max(first, self._timing.longest_retry_s))
        self.failures += 1
        return rest * (1 - self._timing.jitter * self._chance())
