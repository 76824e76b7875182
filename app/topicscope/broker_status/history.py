"""The last values of each metric with their times, bounded: what a chart is drawn from."""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from topicscope.broker_status.numbers import Number

LENGTH: Final = 2_000
_SAME_ROUND_NS: Final = 250_000_000


class Point(NamedTuple):
    """One value; nanoseconds since the epoch."""

    time_ns: int
    value: Number


def held_values(points: Sequence[Point], end_ns: int | None, count: int) -> list[Number]:
    """Return `count` values at even steps from the first point to `end_ns`: each holds until another is told."""
    if not points:
        return []
    begin = points[0].time_ns
    span = max(end_ns or 0, points[-1].time_ns) - begin
    if not span:
        return [points[-1].value]
    found, place = [], 0
    for step in range(count):
        at = begin + span * step // (count - 1)
        while place + 1 < len(points) and points[place + 1].time_ns <= at:
            place += 1
        found.append(points[place].value)
    return found


class History:
    """A ring of points for each name."""

    def __init__(self, length: int = LENGTH) -> None:
        self._length = length
        self._rings: dict[str, deque[Point]] = {}

    def add(self, name: str, time_ns: int, value: Number) -> None:
        """Add a point; in place of the last one when both are of one round, and a sum was not complete."""
        ring = self._rings.setdefault(name, deque(maxlen=self._length))
        if ring:
            time_ns = max(time_ns, ring[-1].time_ns)
            if time_ns - ring[-1].time_ns < _SAME_ROUND_NS:
                time_ns = ring.pop().time_ns
        ring.append(Point(time_ns, value))

    def points(self, name: str, last: int | None = None) -> Sequence[Point]:
        """Return the points of a name, the oldest first; only the `last` so many, if told."""
        ring = self._rings.get(name)
        if ring is None:
            return ()
        return tuple(ring if last is None else islice(ring, max(0, len(ring) - last), None))

    def since(self, name: str, time_ns: int) -> Sequence[Point]:
        """Return the points that are not older."""
        return tuple(p for p in self._rings.get(name, ()) if p.time_ns >= time_ns)

    def forget(self, name: str) -> None:
        """Forget the points of a name."""
        self._rings.pop(name, None)

    def clear(self) -> None:
        """Forget all points."""
        self._rings.clear()
