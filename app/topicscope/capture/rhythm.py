"""How often each topic speaks, and which of them have missed their turn.

The usual gap between two messages and how much it varies are kept as TCP keeps its round-trip time (RFC 6298 section
2): both are exponential means, so that a topic that changes its pace is understood after some messages. All topics
are brought up to date together. Of the messages of one topic that come in one go only the first and the last time are
looked at, and those between count as evenly spaced. A gap far longer than usual is an outage before it is a new pace,
so it counts as `OUTAGE` times the longest usual one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Seconds = NDArray[np.float32]

GAPS_FOR_A_RHYTHM = 3
DEVIATIONS = 4.0
MARGIN = 0.5
"""A topic may be late by so many deviations, and at least by this part of its usual gap."""

SHORTEST_SILENCE_S = 2.0
OUTAGE = 3.0

_MEAN_KEEPS = (7 / 8) ** np.arange(256.0)
_DEVIATION_KEEPS = (3 / 4) ** np.arange(256.0)
"""What is left of the old value after so many gaps; nothing after 255."""
_GAIN = (1 - _DEVIATION_KEEPS[1]) / (_MEAN_KEEPS[1] - _DEVIATION_KEEPS[1])
_NEVER = np.iinfo(np.int64).min
_SECOND = 1e9


class Usual(NamedTuple):
    """What is known of the rhythm of one topic.

    Attributes:
        gap_s: usual time between two messages, in seconds; None before the second message.
        deviation_s: how much that varies, in seconds.
        gaps: how many gaps this rests on.

    """

    gap_s: float | None
    deviation_s: float
    gaps: int


class Rhythm:
    """The usual gap between messages of each topic id."""

    def __init__(self) -> None:
        self._size = 0
        self._last: NDArray[np.int64] = np.empty(0, np.int64)
        self._mean: Seconds = np.empty(0, np.float32)
        self._deviation: Seconds = np.empty(0, np.float32)
        self._gaps: NDArray[np.uint32] = np.empty(0, np.uint32)

    def count(self, ids: NDArray[np.int32], times: NDArray[np.int64], size: int) -> None:
        """Take in the next messages: topic and time (ns since the epoch) of each, and how many topics there are."""
        self._reserve(size)
        numbers = np.bincount(ids, minlength=size)
        topics = np.flatnonzero(numbers)
        numbers = numbers[topics]
        before = self._last[topics]
        scratch = np.empty(size, np.int64)
        scratch[ids[::-1]] = times[::-1]
        first = scratch[topics]
        self._last[ids] = times
        last = self._last[topics]
        # Where the clock was put back there is no telling how long it was.
        heard = (before != _NEVER) & (first >= before)
        single = np.minimum((first[heard] - before[heard]) / _SECOND, self._longest(topics[heard]))
        self._learn(topics[heard], single, np.ones(1, np.int64))
        several = (numbers > 1) & (last >= first)
        between = numbers[several] - 1
        self._learn(topics[several], (last[several] - first[several]) / between / _SECOND, between)

    def forget_last(self) -> None:
        """Do not take the time to the next message for a gap: some messages were missed."""
        self._last[: self._size] = _NEVER

    def usual(self, topic_id: int) -> Usual:
        """Return what is known of one topic."""
        if topic_id >= self._size or not self._gaps[topic_id]:
            return Usual(None, 0.0, 0)
        return Usual(
            float(self._mean[topic_id]),
            float(self._deviation[topic_id]),
            int(self._gaps[topic_id]),
        )

    def silence(self, now_ns: int) -> NDArray[np.float64]:
        """Return the time since the last message of each topic, in seconds; 0 where none was heard."""
        last = self._last[: self._size]
        silence = np.maximum(now_ns - last, 0) / _SECOND
        silence[last == _NEVER] = 0.0
        return silence

    def lateness(self, now_ns: int) -> NDArray[np.float64]:
        """Return how many times the silence that is still usual each topic has been silent; 0 where not too long."""
        silence, known = self.silence(now_ns), slice(self._size)
        usual = self._usual_silence(known)
        missed = (
            (self._gaps[known] >= GAPS_FOR_A_RHYTHM)
            & (silence > usual)
            & (silence > SHORTEST_SILENCE_S)
        )
        # Messages that always come in the same instant have a usual silence of nothing.
        late: NDArray[np.float64] = np.where(missed, silence / np.maximum(usual, 1e-3), 0.0)
        return late

    # Private

    def _usual_silence(self, topics: NDArray[np.intp] | slice) -> Seconds:
        mean = self._mean[topics]
        late: Seconds = np.maximum(DEVIATIONS * self._deviation[topics], MARGIN * mean)
        return mean + late

    def _longest(self, topics: NDArray[np.intp]) -> Seconds:
        has_rhythm = self._gaps[topics] >= GAPS_FOR_A_RHYTHM
        return np.where(has_rhythm, OUTAGE * self._usual_silence(topics), np.float32(np.inf))

    def _learn(
        self, topics: NDArray[np.intp], gap: NDArray[np.float64], times: NDArray[np.int64]
    ) -> None:
        """Take a gap in seconds in as often as `times` says, by the formula of RFC 6298 done so often."""
        new = self._gaps[topics] == 0
        mean = np.where(new, gap, self._mean[topics])
        deviation = np.where(new, gap / 2, self._deviation[topics])
        again = np.minimum(times - new, len(_MEAN_KEEPS) - 1)
        off = np.abs(gap - mean)
        mean_keeps, deviation_keeps = _MEAN_KEEPS[again], _DEVIATION_KEEPS[again]
        self._mean[topics] = gap + (mean - gap) * mean_keeps
        self._deviation[topics] = deviation_keeps * deviation + _GAIN * off * (
            mean_keeps - deviation_keeps
        )
        self._gaps[topics] += times.astype(np.uint32)

    def _reserve(self, size: int) -> None:
        self._size = size
        have = len(self._last)
        if size <= have:
            return
        capacity = size + size // 4 + 1024
        for name, empty in (("_last", _NEVER), ("_mean", 0), ("_deviation", 0), ("_gaps", 0)):
            column = getattr(self, name)
            grown = np.full(capacity, empty, column.dtype)
            grown[:have] = column
            setattr(self, name, grown)
