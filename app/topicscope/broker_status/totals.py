"""A total that grows: its rate, and its averages over 1, 5 and 15 minutes, the same for every broker.

The averages follow Mosquitto's formula, ``average += (rate - average) * (1 - exp(-seconds / window))``. It begins
at nought when the broker starts; we begin in the middle, so what is missing is made up for: the average is divided
by the weight of the time that we have listened.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from topicscope.broker_status.status import Load

if TYPE_CHECKING:
    from topicscope.broker_status.numbers import Number

NS = 1_000_000_000
WINDOWS_S = (60.0, 300.0, 900.0)


class Total:
    """One counter of a broker; times are nanoseconds."""

    __slots__ = ("_averages", "_heard_s", "_rate", "restarts", "time_ns", "value")

    def __init__(self, value: Number, time_ns: int | None) -> None:
        """Begin with a value; `time_ns` is None when it is from before we listened."""
        self.value = value
        self.time_ns = time_ns
        self.restarts = 0
        self._rate: float | None = None
        self._heard_s = 0.0
        self._averages = [0.0] * len(WINDOWS_S)

    def take(self, value: Number, time_ns: int, held_until_ns: int | None = None) -> None:
        """Take the next value; the one before was still true at `held_until_ns`, where that is known."""
        begin = self._begin(held_until_ns)
        before, self.value = self.value, value
        told, self.time_ns = self.time_ns, max(time_ns, self.time_ns or 0)
        if value < before:
            # The broker was started again; how much it counted before it fell is not known.
            self.restarts += 1
            self._rate = None
            return
        if begin is None or time_ns <= begin:
            return
        if told is not None and begin > told:
            self._feed(0.0, (begin - told) / NS)
        self._rate = (value - before) * NS / (time_ns - begin)
        self._feed(self._rate, (time_ns - begin) / NS)

    def rate(self, held_until_ns: int | None = None) -> float | None:
        """Return the newest rate per second: nought when the value has still been true at `held_until_ns`."""
        return 0.0 if self._stood_still(held_until_ns) else self._rate

    def averages(self, held_until_ns: int | None = None) -> Load:
        """Return the averages per second over 1, 5 and 15 minutes; None while nothing is known."""
        averages, heard = self._averages, self._heard_s
        if self._stood_still(held_until_ns):
            still = self._still_s(held_until_ns)
            heard += still
            averages = [
                value * math.exp(-still / window)
                for value, window in zip(averages, WINDOWS_S, strict=True)
            ]
        if heard <= 0:
            return Load()
        return Load(
            *(
                value / -math.expm1(-heard / window)
                for value, window in zip(averages, WINDOWS_S, strict=True)
            )
        )

    def _begin(self, held_until_ns: int | None) -> int | None:
        known = [time for time in (self.time_ns, held_until_ns) if time is not None]
        return max(known) if known else None

    def _stood_still(self, held_until_ns: int | None) -> bool:
        return held_until_ns is not None and (self.time_ns is None or self.time_ns < held_until_ns)

    def _still_s(self, held_until_ns: int | None) -> float:
        if held_until_ns is None or self.time_ns is None:
            return 0.0
        return (held_until_ns - self.time_ns) / NS

    def _feed(self, rate: float, seconds: float) -> None:
        self._heard_s += seconds
        for place, window in enumerate(WINDOWS_S):
            self._averages[place] += (rate - self._averages[place]) * -math.expm1(-seconds / window)
