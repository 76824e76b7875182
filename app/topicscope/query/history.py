"""Which message came before each one on its topic, found for whole runs of rows at once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from topicscope.capture.segment import Segment
    from topicscope.query.chunk import Chunk

NO_ROW = -1
_SHORT = 1 << 16


class _Part:
    """What is known of one segment.

    Attributes:
        last: row of the last message of each topic, in front of local row `done`.
        distance: how many rows back the message before is; 0 where there is none.

    """

    __slots__ = ("distance", "done", "last")

    def __init__(self, last: NDArray[np.int64], rows: int) -> None:
        self.last = last
        self.distance = np.zeros(rows, np.uint32)
        self.done = 0

    def grow(self, topics: int) -> None:
        """Make room for topic ids below `topics`."""
        if topics > len(self.last):
            grown = np.full(max(1024, 2 * topics), NO_ROW, np.int64)
            grown[: len(self.last)] = self.last
            self.last = grown

    def advance(self, segment: Segment, count: int) -> None:
        """Find the messages before, for all rows up to `count`."""
        local = np.flatnonzero(segment.topic[self.done : count] >= 0) + self.done
        topics = segment.topic[local]
        rows = local + segment.first_row
        if len(rows):
            self.grow(int(topics.max()) + 1)
            self.distance[local] = _distances(topics, rows, self.last)
            self.last[topics] = rows
        self.done = count

    def after(self, segment: Segment) -> NDArray[np.int64]:
        """Return the row of the last message of each topic up to the end of a segment that grows no more."""
        topics = segment.topic[self.done : segment.count]
        local = np.flatnonzero(topics >= 0)
        if not len(local):
            return self.last.copy()
        self.grow(int(topics.max()) + 1)
        last = self.last.copy()
        last[topics[local]] = local + self.done + segment.first_row
        return last


def _distances(
    topics: NDArray[np.int32], rows: NDArray[np.int64], last: NDArray[np.int64]
) -> NDArray[np.int64]:
    # Numbers of 16 bits are sorted by radix, ten times faster than others.
    keys = topics.astype(np.uint16) if topics.max() < _SHORT else topics
    order = np.argsort(keys, kind="stable")
    by_topic, sorted_rows = topics[order], rows[order]
    before = np.empty(len(rows), np.int64)
    before[1:] = sorted_rows[:-1]
    first = np.ones(len(rows), np.bool_)
    first[1:] = by_topic[1:] != by_topic[:-1]
    before[first] = last[by_topic[first]]
    distance = np.empty(len(rows), np.int64)
    distance[order] = np.where(before == NO_ROW, 0, sorted_rows - before)
    return distance


class History:
    """The message before each message, either way, on its topic; may be asked from several threads, in any order."""

    def __init__(self) -> None:
        self._parts: dict[int, _Part] = {}
        self._lock = threading.Lock()

    def rows_before(self, chunk: Chunk) -> NDArray[np.int64]:
        """Return for each row of a chunk the row of the message before; `NO_ROW` where there is none."""
        with self._lock:
            segment = chunk.segment
            part = self._parts.get(segment.first_row)
            if part is None:
                part = self._new_part(segment, chunk.earlier())
            if part.done < chunk.end:
                part.advance(segment, chunk.end)
            distance = part.distance[chunk.begin : chunk.end].astype(np.int64)
        rows = np.arange(chunk.begin, chunk.end) + segment.first_row
        return np.where(distance > 0, rows - distance, NO_ROW)

    def _new_part(self, segment: Segment, earlier: Sequence[Segment]) -> _Part:
        first = earlier[0].first_row if earlier else segment.first_row
        for gone in [row for row in self._parts if row < first]:
            del self._parts[gone]
        part: _Part | None = None
        previous: Segment | None = None
        for one in (*earlier, segment):
            known = self._parts.get(one.first_row)
            if known is None:
                empty = np.full(1024, NO_ROW, np.int64)
                last = part.after(previous) if part and previous else empty
                known = self._parts[one.first_row] = _Part(last, len(one.topic))
                if part and previous and part.done == previous.count:
                    part.last = empty[:0]
            part, previous = known, one
        assert part
        return part
