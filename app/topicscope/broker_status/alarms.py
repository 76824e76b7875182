"""What is wrong with a broker, in words: it drops messages, its memory grows, clients fall off, it has gone silent."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from topicscope.broker_status.words import duration, number, size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from topicscope.broker_status.history import History, Point
    from topicscope.broker_status.reader import StatusReader
    from topicscope.broker_status.status import Status

_NS: Final = 1_000_000_000
WINDOW_S: Final = 300
"""How far back an alarm looks."""
_SILENT_ROUNDS: Final = 3
_SHORTEST_SILENCE_S: Final = 5.0
_FELL_BY: Final = 0.2
_FEW_CLIENTS: Final = 5
_AT_MAXIMUM: Final = 0.995
_GREW_BY: Final = 0.05
_GROWTH_POINTS: Final = 3
_WARM_S: Final = 600
"""A broker that has started takes memory for a while."""
_LEAST_GROWTH_S: Final = 120
"""Memory that has grown for a shorter time says nothing."""


class Alarm(NamedTuple):
    """Something that a person should look at.

    Attributes:
        kind: ``dropped``, ``heap``, ``clients``, ``silent`` or ``restarted``.
        text: a sentence.
        metric: the one whose history shows it; empty for none.

    """

    kind: str
    text: str
    metric: str = ""


def alarms(reader: StatusReader, now_ns: int) -> list[Alarm]:
    """Return what is wrong now, the worst first; `now_ns` is nanoseconds since the epoch."""
    status = reader.snapshot()
    since = now_ns - WINDOW_S * _NS
    found = (
        _silence(status, now_ns),
        _restart(reader, since),
        _dropped(reader.history, since),
        _clients(reader.history, since),
        _heap(status, reader.history, since),
    )
    return [alarm for alarm in found if alarm is not None]


def _silence(status: Status, now_ns: int) -> Alarm | None:
    interval = status.interval_s or status.usual_interval_s
    if interval is None or status.last_heard_ns is None:
        return None
    silent = (now_ns - status.last_heard_ns) / _NS
    if silent <= max(_SILENT_ROUNDS * interval, _SHORTEST_SILENCE_S):
        return None
    text = (
        f"Nothing has come on $SYS for {duration(silent)}, though it came every {duration(interval)}: "
        "the broker hangs, or the subscription is gone."
    )
    return Alarm("silent", text)


def _restart(reader: StatusReader, since: int) -> Alarm | None:
    if reader.restart is None or reader.restart[0] < since:
        return None
    ran = duration(reader.restart[1])
    return Alarm("restarted", f"The broker has started again; it had run for {ran}.")


def _dropped(history: History, since: int) -> Alarm | None:
    for metric, whom in (
        ("slow_dropped", " for subscribers that are too slow"),
        ("publish_dropped", ""),
    ):
        points = history.since(metric, since)
        grown = _growth(points)
        if grown and points[-1].value > points[max(0, len(points) - _GROWTH_POINTS)].value:
            spent = duration((points[-1].time_ns - points[0].time_ns) / _NS)
            text = f"The broker dropped {number(grown)} messages in {spent}{whom}."
            return Alarm("dropped", text, metric)
    return None


def _clients(history: History, since: int) -> Alarm | None:
    points = history.since("clients_connected", since)
    if len(points) < 2:
        return None
    most, now = max(point.value for point in points), points[-1].value
    gone = most - now
    if gone < _FEW_CLIENTS or gone < _FELL_BY * most:
        return None
    text = f"{number(gone)} of {number(most)} clients have gone within the last {WINDOW_S // 60} minutes."
    return Alarm("clients", text, "clients_connected")


def _heap(status: Status, history: History, since: int) -> Alarm | None:
    heap, most = status.value("heap"), status.value("heap_maximum")
    points = history.since("heap", since)
    if not heap or not most or heap < _AT_MAXIMUM * most or len(points) < _GROWTH_POINTS:
        return None
    if status.uptime_s is not None and status.uptime_s < _WARM_S:
        return None
    first, spent_s = points[0].value, (points[-1].time_ns - points[0].time_ns) / _NS
    if spent_s < _LEAST_GROWTH_S or first <= 0 or heap - first < _GREW_BY * first:
        return None
    spent = duration(spent_s)
    text = f"The heap is at its maximum, {size(heap)}; it has grown by {heap / first - 1:.0%} in {spent}."
    return Alarm("heap", text, "heap")


def _growth(points: Sequence[Point]) -> float:
    """Add up how much a total has grown; where it fell, the broker was started again."""
    pairs = pairwise(points)
    return sum(max(0, after.value - before.value) for before, after in pairs)
