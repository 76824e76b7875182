"""Saving what is already in the capture, in the same file format as a recording."""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from topicscope.capture.batch import Batch
from topicscope.capture.record import record_of
from topicscope.capture.recording import Recorder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from topicscope.capture.log import CaptureLog
    from topicscope.capture.record import Record
    from topicscope.capture.segment import Segment


class CaptureSnapshot:
    """All rows that a log has at this moment; it may be read on another thread while the log grows.

    Attributes:
        parts: the segments, oldest first, each with the number of its rows.
        names: Topic Name of each topic id; newer ones may come behind those that the rows know.

    """

    def __init__(self, log: CaptureLog) -> None:
        self.parts = [(segment, segment.count) for segment in log.segments]
        self.names: Sequence[bytes] = log.topics.names
        self._first_rows = [segment.first_row for segment, _ in self.parts]
        self._versions = dict(log.versions)

    @property
    def rows(self) -> range:
        """Rows that are here."""
        if not self.parts:
            return range(0)
        segment, count = self.parts[-1]
        return range(self._first_rows[0], segment.first_row + count)

    def record(self, row: int) -> Record:
        """Return one row; raises `IndexError` for a row that is not here."""
        if row not in self.rows:
            raise IndexError(f"row {row} is not in the capture")
        segment, _ = self.parts[bisect_right(self._first_rows, row) - 1]
        return record_of(segment, row - segment.first_row, self._versions, self.names)

    def batches(self) -> Iterator[Batch]:
        """Give the rows out again as runs that crossed the connection together."""
        for segment, count in self.parts:
            for begin, end in pairwise(segment.run_borders(0, count)):
                yield self._batch(segment, begin, end)

    def _batch(self, segment: Segment, begin: int, end: int) -> Batch:
        rows = slice(begin, end)
        base = int(segment.offset[begin])
        top = int(segment.offset[end])
        connection = segment.connection_of(begin)
        return Batch(
            connection=connection,
            direction=segment.direction_of(begin),
            time_ns=segment.time_of(begin),
            version=self._versions[connection],
            raw=segment.raw[base:top].tobytes(),
            first_byte=segment.first_byte[rows],
            offset=segment.offset[rows] - np.uint32(base),
            length=segment.lengths(begin, end),
            topic=segment.topic[rows],
            packet_identifier=segment.packet_identifier[rows],
            payload_offset=segment.payload_offset[rows],
        )


def save_capture(path: Path, batches: Iterable[Batch], label: str = "") -> int:
    """Write batches to a capture file and return the number of Application Messages in it.

    An existing file is only replaced once the new one is complete. Raises `RecordingError` with a sentence.
    """
    recorder = Recorder(path, label)
    for batch in batches:
        recorder.write(batch)
    recorder.close()
    return recorder.messages
