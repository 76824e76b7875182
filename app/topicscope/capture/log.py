"""The capture log: every packet that crossed the connection, in order, within a budget of memory."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from topicscope.capture.record import Record
from topicscope.capture.segment import RAW_BYTES, ROWS, Segment
from topicscope.capture.topic_index import TopicIndex
from topicscope.mqtt.control_packets import ControlPacketType, Direction, ProtocolVersion

if TYPE_CHECKING:
    from topicscope.capture.batch import Batch

DEFAULT_MEMORY_BUDGET = 512 * 1024 * 1024


@dataclass(slots=True, frozen=True)
class Ledger:
    """What became of every Application Message: `received + sent == stored + evicted`.

    Attributes:
        received: messages that came in.
        sent: messages that went out.
        stored: messages in the capture now.
        evicted: messages given up to stay within the memory budget.

    """

    received: int = 0
    sent: int = 0
    stored: int = 0
    evicted: int = 0


class CaptureLog:
    """Rows of packets and notes, numbered from 0 and never renumbered. One thread owns it.

    Rows are kept in segments; when they need more than `memory_budget` bytes the oldest segment is given up
    whole, but for the last message of each topic, so that the last value of a quiet topic stays known.

    Attributes:
        memory_budget: bytes that rows may take.
        epoch: how often the capture had been cleared when this log began.
        segments: the rows, oldest first.
        topics: names, counters and tree of all topics met.
        versions: protocol version of each connection by its number.

    """

    def __init__(self, memory_budget: int = DEFAULT_MEMORY_BUDGET, epoch: int = 0) -> None:
        self.memory_budget = memory_budget
        self.epoch = epoch
        self.segments: deque[Segment] = deque()
        self.topics = TopicIndex()
        self._memory = 0
        self._kept: dict[int, Record] = {}
        self.versions: dict[int, ProtocolVersion] = {}
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
        """Bytes in use."""
        return self._memory

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
        while self._memory > self.memory_budget and len(self.segments) > 1:
            self._evict()

    def count_topics(self) -> None:
        """Bring the counters of `topics` up to the newest row; cheaper once for many batches."""
        for segment in self._segments_from(self._counted_row):
            begin = max(0, self._counted_row - segment.first_row)
            self.topics.count(segment, begin, segment.count)
        self._counted_row = self.end_row

    # Looking

    def segment_of(self, row: int) -> Segment:
        """Return the segment that holds a row; raises `IndexError` for a row that is not here."""
        if not self.first_row <= row < self.end_row:
            raise IndexError(f"row {row} is not in the capture")
        return self.segments[bisect_right(self._first_rows, row) - 1]

    def record(self, row: int) -> Record:
        """Return one row; raises `IndexError` for a row that is not here."""
        segment = self.segment_of(row)
        local = row - segment.first_row
        return self._record(segment, local)

    def last_record(self, topic_id: int) -> Record | None:
        """Return the last message of a topic, either way, even when its segment was given up."""
        row = int(self.topics.last_row[topic_id])
        if self.first_row <= row < self.end_row:
            return self.record(row)
        return self._kept.get(topic_id)

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
            self.end_row, messages, max(ROWS, len(batch)), max(RAW_BYTES, len(batch.raw))
        )
        self.segments.append(segment)
        self._first_rows.append(segment.first_row)
        return segment

    def _evict(self) -> None:
        self.count_topics()
        segment = self.segments.popleft()
        del self._first_rows[0]
        self._memory -= segment.memory
        self._evicted += segment.messages_below(segment.count)
        last = self.topics.last_row
        for topic_id in np.flatnonzero(
            (last >= segment.first_row) & (last < segment.end_row)
        ).tolist():
            self._kept[topic_id] = self._record(segment, int(last[topic_id]) - segment.first_row)

    def _record(self, segment: Segment, local: int) -> Record:
        topic_id = int(segment.topic[local])
        connection = segment.connection_of(local)
        is_message = segment.first_byte[local] >> 4 == ControlPacketType.PUBLISH
        number = segment.messages_before + segment.messages_below(local) + 1 if is_message else None
        return Record(
            row=segment.first_row + local,
            number=number,
            time_ns=segment.time_of(local),
            direction=segment.direction_of(local),
            connection=connection,
            version=self.versions[connection],
            topic_id=topic_id,
            topic=self.topics.names[topic_id] if topic_id >= 0 else b"",
            packet_identifier=int(segment.packet_identifier[local]) or None,
            payload_offset=int(segment.payload_offset[local]),
            packet=segment.packet(local),
        )
