"""Durations counted in bins that grow with them: small enough to be kept always, exact enough to be shown."""

from __future__ import annotations

import math
from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

_BINS_A_DECADE = 10
_FIRST_S = 1e-6
_DECADES = 11

BORDERS_S: tuple[float, ...] = tuple(
    _FIRST_S * 10 ** (step / _BINS_A_DECADE) for step in range(_DECADES * _BINS_A_DECADE + 1)
)
"""Where bins begin, in seconds: from one microsecond to more than a day, ten to a decade."""


class Bin(NamedTuple):
    """How many durations lay between two borders, in seconds."""

    begin_s: float
    end_s: float
    number: int


class Histogram:
    """Counts durations in seconds; below zero counts as zero. A quantile is right to about a tenth.

    One thread adds; others read copies.

    Attributes:
        count: how many there were.
        total_s: their sum.
        shortest_s: the smallest; 0 before the first.
        longest_s: the largest; 0 before the first.

    """

    __slots__ = ("_counts", "count", "longest_s", "shortest_s", "total_s")

    def __init__(self, durations_s: Iterable[float] = ()) -> None:
        self._counts = [0] * (len(BORDERS_S) + 1)
        self.count = 0
        self.total_s = 0.0
        self.shortest_s = 0.0
        self.longest_s = 0.0
        for duration in durations_s:
            self.add(duration)

    def add(self, duration_s: float) -> None:
        """Count one duration."""
        duration_s = max(duration_s, 0.0)
        self._counts[bisect_right(BORDERS_S, duration_s)] += 1
        self.longest_s = max(duration_s, self.longest_s)
        if duration_s < self.shortest_s or not self.count:
            self.shortest_s = duration_s
        self.count += 1
        self.total_s += duration_s

    def copy(self) -> Histogram:
        """Return the same counts, which no longer change."""
        other = Histogram()
        other._counts = self._counts.copy()
        other.count = sum(other._counts)
        other.total_s = self.total_s
        other.shortest_s, other.longest_s = self.shortest_s, self.longest_s
        return other

    @property
    def mean_s(self) -> float:
        """Their mean; 0 when there were none."""
        return self.total_s / self.count if self.count else 0.0

    def quantile(self, part: float) -> float:
        """Return the duration that `part` of all do not exceed (0.99 for p99), in seconds; 0 when there were none."""
        wanted = math.ceil(part * self.count)
        if not self.count or wanted <= 0:
            return self.shortest_s
        below = 0
        for index, count in enumerate(self._counts):
            if below + count >= wanted:
                begin, end = self._span(index)
                inside = begin + (end - begin) * (wanted - below) / count
                return min(max(inside, self.shortest_s), self.longest_s)
            below += count
        return self.longest_s

    def bins(self) -> list[Bin]:
        """Return the bins from the first that is not empty to the last."""
        filled = [index for index, count in enumerate(self._counts) if count]
        if not filled:
            return []
        return [
            Bin(*self._span(index), self._counts[index])
            for index in range(filled[0], filled[-1] + 1)
        ]

    def words(self) -> str:
        """Say the half, the slowest hundredth and the longest: ``p50 0.1 ms, p99 0.6 ms, longest 3 ms``."""
        if not self.count:
            return "nothing yet"
        half, most = duration_text(self.quantile(0.5)), duration_text(self.quantile(0.99))
        return f"p50 {half}, p99 {most}, longest {duration_text(self.longest_s)}"

    def _span(self, index: int) -> tuple[float, float]:
        begin = BORDERS_S[index - 1] if index else 0.0
        end = BORDERS_S[index] if index < len(BORDERS_S) else math.inf
        return begin, end if end != math.inf else max(self.longest_s, begin)


def duration_text(seconds: float) -> str:
    """Write a duration in the unit in which people say it."""
    for unit, name in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if seconds >= unit:
            return f"{seconds / unit:.3g} {name}" if seconds < 1000.0 else f"{seconds:,.0f} s"
    return "0 µs"
