"""Values that behave like measured ones: they wander, and now and then the sensor fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random


class RandomWalk:
    """A value that drifts between two limits and is drawn back to the middle."""

    def __init__(
        self, source: random.Random, low: float, high: float, step: float, digits: int = 1
    ) -> None:
        self._random = source
        self._low, self._high, self._step, self._digits = low, high, step, digits
        self.centre = (low + high) / 2
        self.value = source.uniform(low, high)

    def next(self) -> float:
        """Wander one step on and return the new value."""
        pull = (self.centre - self.value) * 0.02
        self.value += pull + self._random.gauss(0, self._step)
        self.value = min(self._high, max(self._low, self.value))
        return round(self.value, self._digits)


class Fault:
    """Tells whether something is out of order, from time to time and for a while; times in seconds."""

    def __init__(self, source: random.Random, good_for: float, bad_for: float) -> None:
        self._random = source
        self._good_for, self._bad_for = good_for, bad_for
        self._until = 0.0
        self.is_bad = False
        self.kind = 0

    def update(self, now: float) -> bool:
        """Return whether it is out of order at `now`."""
        if not self._until:
            self._until = now + self._random.uniform(0.2, 1.5) * self._good_for
        while now >= self._until:
            self.is_bad = not self.is_bad
            self.kind = self._random.randrange(3)
            mean = self._bad_for if self.is_bad else self._good_for
            self._until += self._random.uniform(0.5, 1.5) * mean
        return self.is_bad
