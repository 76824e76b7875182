"""Saving what is already in the capture, in the same file format as a recording."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from topicscope.capture.batch import Batch
from topicscope.capture.recording import Recorder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from topicscope.capture.log import CaptureLog
    from topicscope.capture.segment import Segment


class CaptureSnapshot:
    """All rows that a log has at this moment; it may be read on another thread while the log grows."""

    def __init__(self, log: CaptureLog) -> None:
        self._parts = [(segment, segment.count) for segment in log.segments]
        self._versions = dict(log.versions)

    def batches(self) -> Iterator[Batch]:
        """Give the rows out again as runs that crossed the connection together."""
        for segment, count in self._parts:
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
