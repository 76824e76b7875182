"""The capture log: every packet that crossed the connection, in order, within budgets of memory and disk.

The log decides which segment must leave memory, and which is given up; it neither writes nor waits. Whoever writes
(`gui.spiller`) asks it for the next segment that must go, and tells it when that lies in a file.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from topicscope.capture.record import record_of
from topicscope.capture.segment import RAW_BYTES, ROWS, Place, Segment
from topicscope.capture.topic_index import TopicIndex
from topicscope.mqtt.control_packets import Direction

if TYPE_CHECKING:
    from topicscope.capture.batch import Batch
    from topicscope.capture.record import Record
    from topicscope.capture.segment import Arrays
    from topicscope.mqtt.control_packets import ProtocolVersion

DEFAULT_MEMORY_BUDGET = 512 * 1024 * 1024
DEFAULT_DISK_BUDGET = 4 * 1024 * 1024 * 1024
_COUNTED_AT_A_TIME = 8192
"""Rows that are counted together; more where there are more topics, each of which costs something too."""


@dataclass(slots=True, frozen=True)
class Ledger:
    """What became of every Application Message: `received + sent == stored + evicted`.

    Attributes:
        received: messages that came in.
        sent: messages that went out.
        stored: messages in the capture now, in memory or on disk.
        evicted: messages given up to stay within the budgets.

    """

    received: int = 0
    sent: int = 0
    stored: int = 0
    evicted: int = 0


class CaptureLog:
    """Rows of packets and notes, numbered from 0 and never renumbered. One thread owns it.

    Rows are kept in segments. When they need more than `memory_budget` bytes, the oldest segments in memory go to
    disk if somebody takes them there (`slack` is not 0); where that is not so, or there is no room on disk, the
    oldest segment of all is given up whole, but for the last message of each topic, so that the last value of a
    quiet topic stays known. Rows are therefore always without gaps.

    Attributes:
        memory_budget: bytes that rows may take in memory.
        disk_budget: bytes that segments may take on disk.
        slack: bytes beyond the memory budget for segments that wait for a slow disk; 0 while nobody writes.
        epoch: how often the capture had been cleared when this log began.
        segments: the rows, oldest first; those on disk before those in memory.
        topics: names, counters and tree of all topics met.
        versions: protocol version of each connection by its number.
        kept: last message of topics whose segment was given up, by topic id; some have had newer ones since.

    """

    def __init__(
        self,
        memory_budget: int = DEFAULT_MEMORY_BUDGET,
        epoch: int = 0,
        segment_bytes: int = RAW_BYTES,
    ) -> None:
        self.memory_budget = memory_budget
        self.disk_budget = 0
        self.slack = 0
        self.epoch = epoch
        self.segments: deque[Segment] = deque()
        self.topics = TopicIndex()
        self.versions: dict[int, ProtocolVersion] = {}
        self._segment_bytes = segment_bytes
        self._memory = 0
        self._leaving: Segment | None = None
        self._spilled_row = 0
        self._disk_used = 0
        self._on_disk = 0
        self._evicted_rows: list[int] = []
        self.kept: dict[int, Record] = {}
        self._counted_row = 0
        self._first_rows: list[int] = []
        self._received = 0
        self._sent = 0
        self._evicted = 0

    # Properties

    @property
    def first_row(self) -> int:
        """Oldest row that is still here."""
        return self.segments[0].first_row if self.segments else 0

    @property
    def end_row(self) -> int:
        """Row behind the newest."""
        return self.segments[-1].end_row if self.segments else 0

    @property
    def memory(self) -> int:
        """Bytes in use in memory; what is on disk does not count."""
        return self._memory

    @property
    def on_disk(self) -> int:
        """Bytes in files of segments that are no longer in memory."""
        return self._on_disk

    @property
    def disk_used(self) -> int:
        """Bytes in files of segments, copies of what is still in memory included."""
        return self._disk_used

    @property
    def ledger(self) -> Ledger:
        """What became of every Application Message so far."""
        seen = self._received + self._sent
        return Ledger(self._received, self._sent, seen - self._evicted, self._evicted)

    # Growing

    def append(self, batch: Batch) -> None:
        """Put a batch behind the newest row, and give up the oldest rows beyond the budget.

        A batch of another epoch belongs to what was cleared, and is left out.
        """
        if batch.epoch != self.epoch:
            return
        self.topics.add(batch.new_topics)
        segment = self.segments[-1] if self.segments else None
        if segment is None or not segment.has_room(batch):
            segment = self._new_segment(batch)
        begin, before = segment.count, segment.memory
        segment.append(batch)
        self._memory += segment.memory - before
        self.versions[batch.connection] = batch.version
        messages = segment.messages_below(segment.count) - segment.messages_below(begin)
        if batch.direction is Direction.IN:
            self._received += messages
        else:
            self._sent += messages
        if self._memory > self.memory_budget + self.slack:
            self._keep_within_memory()

    def count_topics(self) -> None:
        """Bring the counters of `topics` up to the newest row; cheaper once for many batches."""
        # Some at a time: what is made on the way takes ten times the room of the rows.
        step = max(_COUNTED_AT_A_TIME, len(self.topics))
        for segment in self._segments_from(self._counted_row):
            first = max(0, self._counted_row - segment.first_row)
            for begin in range(first, segment.count, step):
                self.topics.count(segment, begin, min(begin + step, segment.count))
        self._counted_row = self.end_row

    # Going to disk

    def next_to_spill(self) -> Segment | None:
        """Return the oldest segment that must leave memory, with room made for it on disk; None when none must.

        It stays readable. It counts as leaving until `spilled` or `not_spilled` tells what came of it; meanwhile
        no other is given out.
        """
        while self._leaving is None and self.slack and self._memory > self.memory_budget:
            segment = self.segment_of(max(self._spilled_row, self.first_row))
            if segment is self.segments[-1]:
                break
            if not self._make_room(segment):
                self._evict()
                continue
            segment.place = Place.LEAVING
            self._leaving = segment
        return self._leaving

    def spilled(self, segment: Segment, arrays: Arrays, size: int) -> bool:
        """Let a segment be read from its file of `size` bytes; False when the log has no use for that any more."""
        if segment is not self._leaving:
            return False
        self._leaving = None
        self._memory -= segment.memory
        segment.take_over(arrays)
        segment.place = Place.DISK
        self._set_file_size(segment, size)
        self._on_disk += size
        self._spilled_row = segment.end_row
        return True

    def not_spilled(self, segment: Segment) -> None:
        """Take a segment back that could not be written."""
        if segment is self._leaving:
            self._leaving = None
            segment.place = Place.MEMORY

    def copied(self, segment: Segment, size: int) -> bool:
        """Count the file of a segment that is still in memory; False when it was evicted meanwhile."""
        if segment.place is Place.EVICTED:
            return False
        self._set_file_size(segment, size)
        return True

    def stop_spilling(self) -> None:
        """Do without a disk from now on; what lies there stays readable until it is evicted."""
        if self._leaving is not None:
            self.not_spilled(self._leaving)
        self.slack = 0
        self._keep_within_memory()

    def take_evicted(self) -> list[int]:
        """Return the first rows of segments that were evicted since the last call and had a file."""
        rows, self._evicted_rows = self._evicted_rows, []
        return rows

    # Looking

    def segment_of(self, row: int) -> Segment:
        """Return the segment that holds a row; raises `IndexError` for a row that is not here."""
        if not self.first_row <= row < self.end_row:
            raise IndexError(f"row {row} is not in the capture")
        return self.segments[bisect_right(self._first_rows, row) - 1]

    def record(self, row: int) -> Record:
        """Return one row; raises `IndexError` for a row that is not here."""
        segment = self.segment_of(row)
        return record_of(segment, row - segment.first_row, self.versions, self.topics.names)

    def last_record(self, topic_id: int) -> Record | None:
        """Return the last message of a topic, either way, even when its segment was given up."""
        row = int(self.topics.last_row[topic_id])
        if self.first_row <= row < self.end_row:
            return self.record(row)
        return self.kept.get(topic_id)

    def message_number(self, row: int) -> int:
        """Return the number among the Application Messages, from 1, of the first one at or behind a row."""
        segment = self.segment_of(row)
        return segment.messages_before + segment.messages_below(row - segment.first_row) + 1

    # Private

    def _segments_from(self, row: int) -> list[Segment]:
        if row >= self.end_row:
            return []
        position = max(0, bisect_right(self._first_rows, row) - 1)
        return [self.segments[index] for index in range(position, len(self.segments))]

    def _new_segment(self, batch: Batch) -> Segment:
        messages = self._received + self._sent
        segment = Segment(
            self.end_row,
            messages,
            max(ROWS, len(batch)),
            max(self._segment_bytes, len(batch.raw)),
        )
        self.segments.append(segment)
        self._first_rows.append(segment.first_row)
        return segment

    def _keep_within_memory(self) -> None:
        while self._memory > self.memory_budget + self.slack and len(self.segments) > 1:
            self._evict()

    def _make_room(self, segment: Segment) -> bool:
        """Give up what is oldest on disk until a segment fits there; tell whether it does."""
        needed = 0 if segment.file_size else segment.memory
        while self._disk_used + needed > self.disk_budget:
            if self.segments[0].place is not Place.DISK:
                return False
            self._evict()
        return True

    def _set_file_size(self, segment: Segment, size: int) -> None:
        self._disk_used += size - segment.file_size
        segment.file_size = size

    def _evict(self) -> None:
        self.count_topics()
        segment = self.segments.popleft()
        del self._first_rows[0]
        if segment is self._leaving:
            self._leaving = None
        if segment.place is Place.DISK:
            self._on_disk -= segment.file_size
        else:
            self._memory -= segment.memory
        if segment.file_size:
            self._set_file_size(segment, 0)
            self._evicted_rows.append(segment.first_row)
        segment.place = Place.EVICTED
        self._evicted += segment.messages_below(segment.count)
        last = self.topics.last_row
        for topic_id in np.flatnonzero(
            (last >= segment.first_row) & (last < segment.end_row)
        ).tolist():
            local = int(last[topic_id]) - segment.first_row
            self.kept[topic_id] = record_of(segment, local, self.versions, self.topics.names)
