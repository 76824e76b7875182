"""A filtered, ordered window on the capture: which rows somebody looks at, and nothing else.

A view changes in two steps, so that whoever shows it can announce each change around the moment it happens: `plan`
looks what is gone from the front and what is new at the end, `drop` and `extend` make it so. A view may begin at a late
row; what was found in older rows, elsewhere and the newest first, is then put in front of it by `prepend`.
"""

from __future__ import annotations

from bisect import bisect_right
from time import perf_counter
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from topicscope.capture.batch import NOTE, NOTE_TOPIC
from topicscope.mqtt.control_packets import ControlPacketType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from topicscope.capture.log import CaptureLog
    from topicscope.capture.segment import Segment
    from topicscope.capture.topic_index import TopicIndex

_ROWS_AT_A_TIME = 8192
_PLANNED_AT_A_TIME = 8192
"""Rows that are looked at before the time is looked at."""

Predicate: TypeAlias = "Callable[[Segment, int, int], NDArray[np.bool_] | None]"
"""Says which local rows from begin to end of a segment are seen; None means all."""


def packets(segment: Segment, begin: int, end: int) -> NDArray[np.bool_] | None:
    """See every Control Packet and note."""
    del segment, begin, end
    return None


def messages(segment: Segment, begin: int, end: int) -> NDArray[np.bool_] | None:
    """See Application Messages and notes."""
    if not len(segment.others):
        return None
    types = segment.first_byte[begin:end] >> 4
    seen: NDArray[np.bool_] = (types == ControlPacketType.PUBLISH) | (types == NOTE)
    return seen


class OnTopics:
    """See Application Messages on the topics that `matches` says yes to, and notes.

    Each Topic Name is asked for once, however many messages it has; those that `known` answers for not at all.
    """

    def __init__(
        self,
        topics: TopicIndex,
        matches: Callable[[bytes], bool],
        known: NDArray[np.bool_] | None = None,
    ) -> None:
        self._topics = topics
        self._matches = matches
        self._answers: NDArray[np.bool_] = np.zeros(0, np.bool_) if known is None else known

    def __call__(self, segment: Segment, begin: int, end: int) -> NDArray[np.bool_]:
        """Return which rows are seen."""
        asked = len(self._answers)
        if asked < len(self._topics):
            new = [self._matches(name) for name in self._topics.names[asked:]]
            self._answers = np.concatenate((self._answers, np.array(new, np.bool_)))
        ids = segment.topic[begin:end]
        seen: NDArray[np.bool_] = ids == NOTE_TOPIC
        if len(self._answers):
            seen |= (ids >= 0) & self._answers[np.maximum(ids, 0)]
        return seen


class _Part:
    """Rows of one segment that are seen; `rows` None stands for `count` rows from `begin` on."""

    __slots__ = ("begin", "count", "first_row", "notes", "rows")

    def __init__(self, first_row: int, begin: int) -> None:
        self.first_row = first_row
        self.begin = begin
        self.count = 0
        self.notes = 0
        self.rows: NDArray[np.uint32] | None = None

    def add(self, begin: int, end: int, seen: NDArray[np.bool_] | None) -> int:
        """Take the rows seen from local `begin` to `end`; return their number."""
        if seen is None and self.rows is None and begin == self.begin + self.count:
            self.count += end - begin
            return end - begin
        new = np.arange(begin, end, dtype=np.uint32) if seen is None else _indices(seen, begin)
        if self.rows is None:
            self.rows = np.arange(self.begin, self.begin + self.count, dtype=np.uint32)
        needed = self.count + len(new)
        if needed > len(self.rows):
            grown = np.empty(max(256, 2 * needed), np.uint32)
            grown[: self.count] = self.rows[: self.count]
            self.rows = grown
        self.rows[self.count : needed] = new
        self.count = needed
        return len(new)

    def row(self, index: int) -> int:
        local = self.begin + index if self.rows is None else int(self.rows[index])
        return self.first_row + local

    def seen(self) -> NDArray[np.uint32] | range:
        """Return the local rows seen; what is returned never changes."""
        if self.rows is None:
            return range(self.begin, self.begin + self.count)
        return self.rows[: self.count]

    def position(self, row: int) -> int:
        """Return the index of the first row at or behind `row`."""
        local = row - self.first_row
        if self.rows is None:
            return min(max(local - self.begin, 0), self.count)
        return int(np.searchsorted(self.rows[: self.count], local))


class Selection:
    """Rows that a view showed at one time; another thread may go through them while the view changes."""

    def __init__(self, blocks: list[tuple[int, NDArray[np.uint32] | range]]) -> None:
        self._blocks = blocks

    def __len__(self) -> int:
        return sum(len(rows) for _, rows in self._blocks)

    def __iter__(self) -> Iterator[int]:
        for first_row, rows in self._blocks:
            for begin in range(0, len(rows), _ROWS_AT_A_TIME):
                some = rows[begin : begin + _ROWS_AT_A_TIME]
                for local in some if isinstance(some, range) else some.tolist():
                    yield first_row + local


class LogView:
    """The rows of a log that a predicate lets through, by index from 0."""

    def __init__(
        self, log: CaptureLog, predicate: Predicate = packets, first_row: int | None = None
    ) -> None:
        """Look at a log from `first_row` on, from its oldest row where none is given."""
        self._log = log
        self._predicate = predicate
        self._parts: list[_Part] = []
        self._begins: list[int] = []
        self._dropped = 0
        self._end = 0
        self._notes = 0
        self._next_row = log.first_row if first_row is None else first_row
        self._planned: list[_Planned] = []
        self._planned_row = self._next_row

    def __len__(self) -> int:
        return self._end - self._dropped

    @property
    def log(self) -> CaptureLog:
        """The log looked at."""
        return self._log

    @property
    def notes(self) -> int:
        """Rows seen that are notes and no packets."""
        return self._notes

    @property
    def pending(self) -> int:
        """Rows of the log behind those that `plan` has looked at."""
        return max(0, self._log.end_row - max(self._planned_row, self._log.first_row))

    def plan(self, budget_s: float | None = None) -> tuple[int, int]:
        """Return how many rows are gone from the front, and how many new ones wait at the end.

        After `budget_s` seconds no more new rows are looked at; the next call goes on with them.
        """
        first = self._log.first_row
        gone = sum(part.count for part in self._parts[: self._count_gone()])
        self._planned = [one for one in self._planned if one.segment.first_row >= first]
        self._plan_on(None if budget_s is None else perf_counter() + budget_s)
        return gone, sum(one.count for one in self._planned)

    def drop(self) -> None:
        """Take the rows away that `plan` found gone."""
        keep = self._count_gone()
        for part in self._parts[:keep]:
            self._dropped += part.count
            self._notes -= part.notes
        del self._parts[:keep], self._begins[:keep]

    def extend(self) -> None:
        """Take the rows in that `plan` found."""
        for one in self._planned:
            if not self._parts or self._parts[-1].first_row != one.segment.first_row:
                self._parts.append(_Part(one.segment.first_row, one.begin))
                self._begins.append(self._end)
            part = self._parts[-1]
            self._end += part.add(one.begin, one.end, one.seen)
            self._add_notes(part, one)
        self._next_row = self._planned_row
        self._planned = []

    def refresh(self) -> None:
        """Do all three at once, for those who need not announce it."""
        self.plan()
        self.drop()
        self.extend()

    def prepend(
        self, segment: Segment, begin: int, end: int, seen: NDArray[np.bool_] | None
    ) -> int:
        """Put rows in front that are older than all seen so far; return their number, 0 for rows gone meanwhile."""
        if segment.first_row < self._log.first_row:
            return 0
        found = _Planned(segment, begin, end, seen)
        if not found.count:
            return 0
        part = _Part(segment.first_row, begin)
        part.add(begin, end, found.seen)
        self._add_notes(part, found)
        self._dropped -= part.count
        self._parts.insert(0, part)
        self._begins.insert(0, self._dropped)
        return part.count

    def row_at(self, index: int) -> int:
        """Return the row of the capture at an index; raises `IndexError`."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        absolute = index + self._dropped
        part = bisect_right(self._begins, absolute) - 1
        return self._parts[part].row(absolute - self._begins[part])

    def selection(self) -> Selection:
        """Return the rows seen now, for another thread to go through."""
        return Selection([(part.first_row, part.seen()) for part in self._parts])

    def position_of(self, row: int) -> int:
        """Return the index of the first row seen at or behind `row`; `len` when there is none."""
        part = bisect_right(self._parts, row, key=_begin_row) - 1
        if part < 0:
            return 0
        return self._begins[part] + self._parts[part].position(row) - self._dropped

    # Private

    def _count_gone(self) -> int:
        """Return how many parts in front are of segments that are gone."""
        first = self._log.first_row
        count = 0
        while count < len(self._parts) and self._parts[count].first_row < first:
            count += 1
        return count

    def _plan_on(self, deadline: float | None) -> None:
        for segment in self._log.segments:
            while segment.end_row > self._planned_row:
                if deadline is not None and perf_counter() >= deadline:
                    return
                begin, end = max(0, self._planned_row - segment.first_row), segment.count
                if deadline is not None:
                    end = min(end, begin + _PLANNED_AT_A_TIME)
                self._planned_row = segment.first_row + end
                self._add_planned(
                    _Planned(segment, begin, end, self._predicate(segment, begin, end))
                )

    def _add_planned(self, new: _Planned) -> None:
        last = self._planned[-1] if self._planned else None
        if last is not None and last.segment is new.segment and last.seen is new.seen is None:
            self._planned[-1] = _Planned(new.segment, last.begin, new.end, None)
        else:
            self._planned.append(new)

    def _add_notes(self, part: _Part, found: _Planned) -> None:
        notes = found.notes()
        part.notes += notes
        self._notes += notes


class _Planned:
    """Rows `begin` to `end` of a segment that were looked at; `seen` None stands for all."""

    __slots__ = ("begin", "count", "end", "seen", "segment")

    def __init__(
        self, segment: Segment, begin: int, end: int, seen: NDArray[np.bool_] | None
    ) -> None:
        count = end - begin if seen is None else int(np.count_nonzero(seen))
        self.segment = segment
        self.begin = begin
        self.end = end
        self.seen = None if count == end - begin else seen
        self.count = count

    def notes(self) -> int:
        """Return how many of the rows seen are notes."""
        others = self.segment.others
        first, last = np.searchsorted(others, (self.begin, self.end)).tolist()
        if first == last:
            return 0
        local = others[first:last]
        local = local[self.segment.topic[local] == NOTE_TOPIC]
        return len(local) if self.seen is None else int(self.seen[local - self.begin].sum())


def _begin_row(part: _Part) -> int:
    return part.first_row + part.begin


def _indices(seen: NDArray[np.bool_], begin: int) -> NDArray[np.uint32]:
    return (np.flatnonzero(seen) + begin).astype(np.uint32)
