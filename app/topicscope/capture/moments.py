"""Time travel: what was known of each topic when a row of the capture had just crossed, and what changed since.

A moment is a row, not a time, because the clock of the computer may jump: the order of rows is what happened. The
time of a moment is for people, and `row_at_time` is the way from one to the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from topicscope.capture.saving import CaptureSnapshot
from topicscope.capture.topic_index import NO_ROW
from topicscope.mqtt.control_packets import Direction

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from topicscope.capture.log import CaptureLog
    from topicscope.capture.record import Record
    from topicscope.capture.segment import Segment

    Ids = NDArray[np.intp]
    Rows = NDArray[np.int64]

_ROWS_AT_A_TIME = 32_768
_BYTES_AT_A_TIME = 8 << 20
_NOT_HERE = -1


@dataclass(slots=True, frozen=True, eq=False)
class Moment:
    """What was known of each topic right after a row; index each array with a topic id.

    Attributes:
        row: the newest row of the moment.
        time_ns: when that row crossed, nanoseconds since the epoch.
        met: which topics had been seen by then.
        last_row: row of the last message of each topic, either way; `NO_ROW` where there was none yet, and
            where it was given up since.
        messages: Application Messages received on each topic by then, if asked for.
        message_bytes: bytes of the packets received on each topic by then, if asked for.

    """

    row: int
    time_ns: int
    met: NDArray[np.bool_]
    last_row: Rows
    messages: Rows | None = None
    message_bytes: Rows | None = None

    @property
    def unknown(self) -> Ids:
        """Topics that had been seen by then, but whose last message was given up since."""
        return np.flatnonzero(self.met & (self.last_row == NO_ROW))

    def record(self, log: CaptureLog, topic_id: int) -> Record | None:
        """Return the last message of a topic at this moment; None where there is none, or none any more.

        `log` is the log of the moment; only the thread that owns it may call.
        """
        row = int(self.last_row[topic_id]) if topic_id < len(self.last_row) else NO_ROW
        if log.first_row <= row < log.end_row:
            return log.record(row)
        kept = log.kept.get(topic_id)
        return kept if kept is not None and kept.row == row else None


class Changes(NamedTuple):
    """Topic ids, in order, by what became of their last message from one moment to another.

    A topic whose last message is empty counts as not there: it was cleared. RETAIN is not looked at, because a broker
    passes an empty retained message on to old subscriptions with RETAIN 0 (section 3.3.1.3).

    Attributes:
        added: not there at the first moment, there at the second.
        gone: there at the first moment, cleared (or not yet seen) at the second.
        changed: there at both, with different payloads.
        unknown: with a message that was given up since, so that nobody can tell.

    """

    added: Ids
    gone: Ids
    changed: Ids
    unknown: Ids


class History:
    """All that a log holds now, for moments to be found in.

    Making one is quick, and for the thread that owns the log; everything else may be done on another thread. It
    keeps the rows of the log alive, so nobody should keep it.
    """

    def __init__(self, log: CaptureLog) -> None:
        log.count_topics()
        topics = log.topics
        self._snapshot = CaptureSnapshot(log)
        self._last = topics.last_row.copy()
        self._births = topics.births.rows(len(topics)).copy()
        self._messages = topics.messages.copy()
        self._bytes = topics.message_bytes.copy()
        self._payloads = _Payloads(self._snapshot, log.kept.copy())

    def moment(self, row: int, *, counts: bool = False) -> Moment:
        """Return the moment right after a row; raises `IndexError` for a row that is not here."""
        time_ns = self._snapshot.record(row).time_ns
        met = (self._births != NO_ROW) & (self._births <= row)
        last = self._last_rows(row, met)
        if not counts:
            return Moment(row, time_ns, met, last)
        return Moment(row, time_ns, met, last, *self._counts(row))

    def compare(self, first: Moment, second: Moment) -> Changes:
        """Tell what changed from one moment of this log to another, whichever was earlier."""
        size = max(len(first.met), len(second.met))
        met = [_padded(moment.met, size, fill=False) for moment in (first, second)]
        rows = [_padded(moment.last_row, size, fill=NO_ROW) for moment in (first, second)]
        unknown = (met[0] & (rows[0] == NO_ROW)) | (met[1] & (rows[1] == NO_ROW))
        ids = np.flatnonzero((rows[0] != rows[1]) & ~unknown)
        sizes = [self._payloads.sizes(ids, of_moment[ids]) for of_moment in rows]
        lost = [
            (size == _NOT_HERE) & of_moment[ids] for size, of_moment in zip(sizes, met, strict=True)
        ]
        given_up = lost[0] | lost[1]
        there = [size > 0 for size in sizes]
        both = np.flatnonzero(there[0] & there[1] & ~given_up)
        differs = sizes[0] != sizes[1]
        same_size = both[~differs[both]]
        for some in _portions(same_size, sizes[0][same_size]):
            topics = ids[some]
            differs[some] = self._payloads.differ(topics, rows[0][topics], rows[1][topics])
        unknown[ids[given_up]] = True
        return Changes(
            added=ids[there[1] & ~there[0] & ~given_up],
            gone=ids[there[0] & ~there[1] & ~given_up],
            changed=ids[both[differs[both]]],
            unknown=np.flatnonzero(unknown),
        )

    # Private

    def _last_rows(self, row: int, met: NDArray[np.bool_]) -> Rows:
        """Look for the topics that have had messages since, from `row` back until all are found."""
        last = np.where(met & (self._last <= row), self._last, NO_ROW)
        wanted = np.zeros(len(met) + 2, np.bool_)  # the ids of rows without a topic are -1 and -2
        wanted[:-2] = met & (last == NO_ROW)
        for segment, count in reversed(self._snapshot.parts):
            end = min(count, row + 1 - segment.first_row)
            while end > 0:
                if not wanted.any():
                    return last
                begin = max(0, end - _ROWS_AT_A_TIME)
                ids = segment.topic[begin:end]
                found = np.flatnonzero(wanted[ids])
                topics = ids[found]
                last[topics] = found + (begin + segment.first_row)
                wanted[topics] = False
                end = begin
        return last

    def _counts(self, row: int) -> tuple[Rows, Rows]:
        """Count what came up to `row`, or take what came after it from the whole: whichever is less work."""
        here = self._snapshot.rows
        if here.start == 0 and row < here.stop // 2:
            return self._count(0, row + 1)
        messages, message_bytes = self._count(row + 1, here.stop)
        return self._messages - messages, self._bytes - message_bytes

    def _count(self, first: int, stop: int) -> tuple[Rows, Rows]:
        size = len(self._last)
        messages, message_bytes = np.zeros(size, np.int64), np.zeros(size, np.int64)
        for segment, count in self._snapshot.parts:
            begin, end = max(0, first - segment.first_row), min(count, stop - segment.first_row)
            if begin >= end:
                continue
            ids, lengths = segment.topic[begin:end], segment.lengths(begin, end)
            counted = (ids >= 0) & (segment.directions(begin, end) == Direction.IN)
            if not counted.all():
                ids, lengths = ids[counted], lengths[counted]
            messages += np.bincount(ids, minlength=size)
            sums = np.bincount(ids, weights=lengths, minlength=size)
            message_bytes += sums.astype(np.int64)
        return messages, message_bytes


class _Payloads:
    """Payloads of messages by topic id and row, many at once."""

    def __init__(self, snapshot: CaptureSnapshot, kept: Mapping[int, Record]) -> None:
        self._parts = snapshot.parts
        self._rows = snapshot.rows
        self._first_rows = np.array([segment.first_row for segment, _ in self._parts], np.int64)
        self._kept = kept

    def sizes(self, ids: Ids, rows: Rows) -> NDArray[np.int64]:
        """Return the size of each payload in bytes; `_NOT_HERE` for a row that is not here."""
        sizes = np.full(len(rows), _NOT_HERE, np.int64)
        for segment, at in self._by_segment(rows):
            local = rows[at] - segment.first_row
            sizes[at] = _ends(segment, local) - _begins(segment, local)
        for index in np.flatnonzero((rows < self._rows.start) & (rows != NO_ROW)).tolist():
            record = self._kept_record(int(ids[index]), int(rows[index]))
            if record is not None:
                sizes[index] = len(record.payload)
        return sizes

    def differ(self, ids: Ids, first: Rows, second: Rows) -> NDArray[np.bool_]:
        """Tell for pairs of rows that are here whether their payloads differ."""
        pairs = zip(self._bytes(ids, first), self._bytes(ids, second), strict=True)
        return np.array([one != other for one, other in pairs], np.bool_)

    # Private

    def _bytes(self, ids: Ids, rows: Rows) -> list[bytes]:
        payloads = [b""] * len(rows)
        for segment, at in self._by_segment(rows):
            raw, local = segment.raw, rows[at] - segment.first_row
            spans = zip(
                at.tolist(),
                _begins(segment, local).tolist(),
                _ends(segment, local).tolist(),
                strict=True,
            )
            for index, begin, end in spans:
                payloads[index] = raw[begin:end].tobytes()
        for index in np.flatnonzero(rows < self._rows.start).tolist():
            record = self._kept_record(int(ids[index]), int(rows[index]))
            payloads[index] = b"" if record is None else record.payload
        return payloads

    def _kept_record(self, topic_id: int, row: int) -> Record | None:
        record = self._kept.get(topic_id)
        return record if record is not None and record.row == row else None

    def _by_segment(self, rows: Rows) -> list[tuple[Segment, NDArray[np.intp]]]:
        """Return the segments that hold some of the rows, each with the indices of those."""
        here = np.flatnonzero((rows >= self._rows.start) & (rows < self._rows.stop))
        numbers = np.searchsorted(self._first_rows, rows[here], side="right") - 1
        return [
            (self._parts[number][0], here[numbers == number])
            for number in np.unique(numbers).tolist()
        ]


# Rows and times


def row_at_time(log: CaptureLog, time_ns: int) -> int | None:
    """Return the last row that crossed at or before a time; None when all crossed later.

    Where the clock jumped back, several rows have the same time: it is the last of them, so that a later time never
    gives an earlier row.
    """
    for segment in reversed(log.segments):
        rows, times = segment.run_times(segment.count)
        if times[-1] <= time_ns:
            return segment.end_row - 1
        in_time = np.flatnonzero(times <= time_ns)
        if len(in_time):
            return segment.first_row + int(rows[in_time[-1] + 1]) - 1
    return None


def time_range(log: CaptureLog) -> tuple[int, int] | None:
    """Return the earliest and the latest time of all rows, nanoseconds since the epoch; None without rows."""
    ranges = [
        (int(times.min()), int(times.max()))
        for times in (segment.run_times(segment.count)[1] for segment in log.segments)
    ]
    if not ranges:
        return None
    return min(begin for begin, _ in ranges), max(end for _, end in ranges)


# Private


def _portions(indices: Ids, sizes: NDArray[np.int64]) -> list[Ids]:
    """Split indices so that each portion has about `_BYTES_AT_A_TIME`, whatever the sizes are."""
    portion = (np.cumsum(sizes) - sizes) // _BYTES_AT_A_TIME
    return np.split(indices, np.flatnonzero(np.diff(portion)) + 1)


def _begins(segment: Segment, local: Rows) -> NDArray[np.int64]:
    begins: Rows = segment.offset[local].astype(np.int64) + segment.payload_offset[local]
    return begins


def _ends(segment: Segment, local: Rows) -> NDArray[np.int64]:
    return segment.offset[local + 1].astype(np.int64)


def _padded(values: NDArray[np.generic], size: int, *, fill: int) -> NDArray[np.int64]:
    padded = np.full(size, fill, values.dtype)
    padded[: len(values)] = values
    return padded
