"""When the rounds of a broker begin, and how far they are apart."""

from __future__ import annotations

from collections import deque
from statistics import median
from typing import Final

_NS: Final = 1_000_000_000
_SHORTEST_NS: Final = 50_000_000
_GAPS: Final = 5
_MUCH_SHORTER: Final = 0.6
_SLACK_NS: Final = _NS // 4
_SPOKEN_S: Final = 5
"""Uptimes are whole seconds; a round of fewer is too short to be measured with them."""


class Interval:
    """Measures the pause between two rounds by the topic that is told most often."""

    def __init__(self) -> None:
        self._topic: bytes | None = None
        self._gaps: deque[int] = deque(maxlen=_GAPS)

    def take(self, topic: bytes, before_ns: int | None, time_ns: int) -> None:
        """Take the times of two news of one topic, one after the other."""
        if before_ns is None or time_ns - before_ns < _SHORTEST_NS:
            return
        gap = time_ns - before_ns
        if topic == self._topic:
            self._gaps.append(gap)
        elif self._topic is None or gap < _MUCH_SHORTER * median(self._gaps):
            self._topic = topic
            self._gaps.clear()
            self._gaps.append(gap)

    @property
    def seconds(self) -> float | None:
        """Seconds between two rounds; None while unknown."""
        return median(self._gaps) / _NS if self._gaps else None


class Marks:
    """The begins of rounds, told by a topic that changes each time, where a round has only what has changed."""

    def __init__(self) -> None:
        self._begins: deque[int] = deque(maxlen=2)
        self._uptime_s: float | None = None
        self._news = 0

    def take(self, uptime_s: float | None, time_ns: int, *, is_news: bool) -> None:
        """Take the topic that begins a round; a stale one says only how long ago the round before was."""
        if is_news:
            if not self._begins and uptime_s is not None and self._uptime_s is not None:
                pause = uptime_s - self._uptime_s
                if _SPOKEN_S <= pause < 86_400:
                    self._begins.append(time_ns - int(pause * _NS))
            self._begins.append(time_ns)
            self._news += 1
        self._uptime_s = uptime_s

    def before(self) -> int | None:
        """Return when the round before the newest began: values left out of the newest were true then."""
        return self._begins[0] if len(self._begins) > 1 else None

    def left_out_since(self) -> int | None:
        """Return the time before which a value must be from to have been left out of a whole round."""
        before = self.before() if self._news > 1 else None
        return None if before is None else before - _SLACK_NS

    def newest(self) -> int | None:
        """Return when the newest round began."""
        return self._begins[-1] if self._begins else None
