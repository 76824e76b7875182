"""When the messages of a schedule are due, and what value a waveform has by then: pure arithmetic, no clock.

Message `index` is due `Pace.due(index)` seconds after the start. Each due time is reckoned from the start, so
being late once makes nothing behind it late.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from typing import TYPE_CHECKING, Protocol

from topicscope.automation.schedules.schedule import Burst, Interval, Ramp, Waveform

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from topicscope.automation.schedules.schedule import AnyPace


class Pace(Protocol):
    """Due times of a schedule."""

    def due(self, index: int) -> float:
        """Return when a message is due, in seconds from the start; never earlier than the one before it."""
        ...

    def newest_due(self, elapsed_s: float) -> int:
        """Return the first message of the newest moment that has come: where to go on after a long pause."""
        ...


class _EveryInterval:
    def __init__(self, interval: Interval) -> None:
        self._period_s = interval.every_ms / 1000

    def due(self, index: int) -> float:
        return index * self._period_s

    def newest_due(self, elapsed_s: float) -> int:
        return int(elapsed_s / self._period_s)


class _InBursts:
    def __init__(self, burst: Burst) -> None:
        self._count = burst.count
        self._period_s = burst.every_ms / 1000

    def due(self, index: int) -> float:
        return index // self._count * self._period_s

    def newest_due(self, elapsed_s: float) -> int:
        return int(elapsed_s / self._period_s) * self._count


class _Ramped:
    """The rate goes in a straight line from one to the other, and stays there.

    After t seconds `f·t + (l − f)·t² / 2T` messages are due; the due time of a message is where that reaches it.
    """

    def __init__(self, ramp: Ramp) -> None:
        self._first, self._last, self._over = ramp.from_rate, ramp.to_rate, ramp.over_s
        self._slope = (self._last - self._first) / self._over
        self._on_ramp = (self._first + self._last) / 2 * self._over

    def due(self, index: int) -> float:
        if index >= self._on_ramp:
            if not self._last:
                return math.inf
            return self._over + (index - self._on_ramp) / self._last
        # The stable form of the root: right where the slope is next to nothing, too.
        root = math.sqrt(max(0.0, self._first**2 + 2 * self._slope * index))
        return 2 * index / (self._first + root) if index else 0.0

    def newest_due(self, elapsed_s: float) -> int:
        if elapsed_s >= self._over:
            return int(self._on_ramp + (elapsed_s - self._over) * self._last)
        return int(self._first * elapsed_s + self._slope * elapsed_s**2 / 2)


class AtTimes:
    """Due at given times, in seconds from the start, in order; from `again_after_s` on all over, where it is given."""

    def __init__(self, times_s: Sequence[float], again_after_s: float | None = None) -> None:
        self._times = times_s
        self._period = again_after_s

    def due(self, index: int) -> float:
        """Return when a message is due; never, behind the last."""
        if self._period is None:
            return self._times[index] if index < len(self._times) else math.inf
        turn, place = divmod(index, len(self._times))
        return turn * self._period + self._times[place]

    def newest_due(self, elapsed_s: float) -> int:
        """Return the newest message that is due."""
        turn, rest = (0, elapsed_s) if self._period is None else divmod(elapsed_s, self._period)
        return int(turn) * len(self._times) + max(0, bisect_right(self._times, rest) - 1)


def pace_of(pace: AnyPace) -> Pace:
    """Make a stored pace ready to be asked; it must have no `problem`."""
    match pace:
        case Interval():
            return _EveryInterval(pace)
        case Burst():
            return _InBursts(pace)
        case Ramp():
            return _Ramped(pace)


# --- waveforms ---


def _sine(phase: float) -> float:
    return math.sin(2 * math.pi * phase)


def _square(phase: float) -> float:
    return 1.0 if phase < 0.5 else -1.0


def _sawtooth(phase: float) -> float:
    return 2 * phase - 1


def _triangle(phase: float) -> float:
    return 1 - 4 * abs((phase + 0.25) % 1 - 0.5)


_SHAPES: dict[str, Callable[[float], float]] = {
    "sine": _sine,
    "square": _square,
    "sawtooth": _sawtooth,
    "triangle": _triangle,
}
"""Each from −1 to 1 over one period, which lasts from 0 to 1."""


class Wave:
    """The value of a waveform at any moment; noise is drawn from `chance`."""

    def __init__(self, waveform: Waveform, chance: random.Random | None = None) -> None:
        self._waveform = waveform
        self._chance = chance or random.Random()

    def value(self, elapsed_s: float) -> float:
        """Return the value `elapsed_s` seconds after the start."""
        wave = self._waveform
        if wave.shape == "noise":
            unit = self._chance.uniform(-1.0, 1.0)
        else:
            unit = _SHAPES[wave.shape](elapsed_s / wave.period_s % 1.0)
        return round(wave.offset + wave.amplitude * unit, wave.decimals)
