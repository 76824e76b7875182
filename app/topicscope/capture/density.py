"""How many messages crossed when, and when the connection was gone: the capture as a strip over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from topicscope.capture.batch import NOTE_TOPIC

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from topicscope.capture.log import CaptureLog
    from topicscope.capture.segment import Segment

LOST = b"Connection lost"
"""How a note begins that says that the connection is gone."""

_BINS = 1024


class _Event(NamedTuple):
    local: int
    time_ns: int
    connection: int
    is_lost: bool


@dataclass(slots=True, frozen=True, eq=False)
class _Part:
    """What is known of one segment.

    Attributes:
        rows: how many rows it had by then.
        begin_ns: earliest time in it.
        end_ns: latest time in it.
        times: latest time in each bin.
        messages: Application Messages in each bin.
        events: where connections are met first, and where they were lost, in order.

    """

    rows: int
    begin_ns: int
    end_ns: int
    times: NDArray[np.int64]
    messages: NDArray[np.int64]
    events: list[_Event]


class Density:
    """Messages over time of one log; for the thread that owns the log.

    What was found of a segment that no longer grows is kept, a thousand values at most, so that looking again costs
    the newest segment only, however much was captured.

    Attributes:
        begin_ns: earliest time of all rows, nanoseconds since the epoch; 0 without rows.
        end_ns: latest time of all rows.

    """

    def __init__(self, log: CaptureLog) -> None:
        self._log = log
        self._parts: dict[int, _Part] = {}
        self.begin_ns = 0
        self.end_ns = 0

    def refresh(self) -> None:
        """Take in what the log got, and forget what it gave up."""
        segments = [segment for segment in self._log.segments if segment.count]
        here = {segment.first_row for segment in segments}
        for row in [row for row in self._parts if row not in here]:
            del self._parts[row]
        for segment in segments:
            part = self._parts.get(segment.first_row)
            if part is None or part.rows != segment.count:
                self._parts[segment.first_row] = _part(segment)
        self.begin_ns = min((part.begin_ns for part in self._parts.values()), default=0)
        self.end_ns = max((part.end_ns for part in self._parts.values()), default=0)

    def bars(self, count: int) -> NDArray[np.int64]:
        """Return the messages in each of `count` equal stretches of the time from begin to end."""
        bars = np.zeros(count, np.int64)
        if not self._parts or count <= 0:
            return bars
        parts = self._parts.values()
        times = np.concatenate([part.times for part in parts])
        messages = np.concatenate([part.messages for part in parts])
        # As floats: a year in nanoseconds times the number of bars is beyond 64 bits.
        scale = count / (self.end_ns - self.begin_ns + 1)
        places = np.minimum(((times - self.begin_ns) * scale).astype(np.int64), count - 1)
        np.add.at(bars, places, messages)
        return bars

    def gaps(self) -> list[tuple[int, int]]:
        """Return from when to when there was no connection, in the order of the capture."""
        gaps: list[tuple[int, int]] = []
        lost: _Event | None = None
        for row in sorted(self._parts):
            for event in self._parts[row].events:
                if event.is_lost:
                    lost = lost or event
                elif lost is not None and event.connection != lost.connection:
                    gaps.append((lost.time_ns, event.time_ns))
                    lost = None
        if lost is not None:
            gaps.append((lost.time_ns, self.end_ns))
        return gaps


# Private


def _part(segment: Segment) -> _Part:
    rows, times = segment.run_times(segment.count)
    messages = np.diff(_messages_below(segment, np.append(rows, segment.count)))
    begin, end = int(times.min()), int(times.max())
    step = (end - begin) // _BINS + 1
    places = (times - begin) // step
    counts = np.zeros(int(places.max()) + 1, np.int64)
    np.add.at(counts, places, messages)
    latest = np.full(len(counts), begin, np.int64)
    np.maximum.at(latest, places, times)
    filled = np.flatnonzero(counts)
    return _Part(
        rows=segment.count,
        begin_ns=begin,
        end_ns=end,
        times=latest[filled],
        messages=counts[filled],
        events=_events(segment),
    )


def _messages_below(segment: Segment, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    return rows - np.searchsorted(segment.others, rows)


def _events(segment: Segment) -> list[_Event]:
    """Return in order where a connection is met first, and where one was lost."""
    begins, numbers = segment.run_connections(segment.count)
    # Of several runs of a connection the first one stays.
    first = dict(zip(numbers[::-1].tolist(), begins[::-1].tolist(), strict=True))
    events = [
        _Event(local, segment.time_of(local), number, is_lost=False)
        for number, local in first.items()
    ]
    notes = segment.others[segment.topic[segment.others] == NOTE_TOPIC].tolist()
    events += [
        _Event(local, segment.time_of(local), segment.connection_of(local), is_lost=True)
        for local in notes
        if segment.packet(local).startswith(LOST)
    ]
    return sorted(events)
