"""Saving what is already in the capture, in the same file format as a recording."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from topicscope.capture.batch import NOTE_TOPIC, Batch
from topicscope.capture.recording import Recorder
from topicscope.mqtt.control_packets import Direction

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
            yield from self._runs(segment, count)

    def _runs(self, segment: Segment, count: int) -> Iterator[Batch]:
        if not count:
            return
        rows = slice(0, count)
        keys = segment.time[rows], segment.connection[rows], segment.direction[rows]
        differs = np.zeros(count - 1, np.bool_)
        for key in keys:
            differs |= key[1:] != key[:-1]
        is_note = segment.topic[rows] == NOTE_TOPIC
        differs |= is_note[1:] | is_note[:-1]
        borders = [0, *(np.flatnonzero(differs) + 1).tolist(), count]
        for index, begin in enumerate(borders[:-1]):
            yield self._batch(segment, begin, borders[index + 1])

    def _batch(self, segment: Segment, begin: int, end: int) -> Batch:
        rows = slice(begin, end)
        base = int(segment.offset[begin])
        top = int(segment.offset[end - 1]) + int(segment.length[end - 1])
        connection = int(segment.connection[begin])
        return Batch(
            connection=connection,
            direction=Direction(int(segment.direction[begin])),
            time_ns=int(segment.time[begin]),
            version=self._versions[connection],
            raw=segment.raw[base:top].tobytes(),
            first_byte=segment.first_byte[rows],
            offset=segment.offset[rows] - np.uint32(base),
            length=segment.length[rows],
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
