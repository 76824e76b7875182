"""What a crash has left of a capture: found, counted, read back as far as it is whole, or deleted."""

from __future__ import annotations

import contextlib
import os
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from topicscope.capture.batch import NOTE_TOPIC, Batch, note_batch
from topicscope.capture.loading import LoadedRecording
from topicscope.capture.spill import SpillError, read_block, read_heads
from topicscope.capture.spill_folder import JOURNALS, SEGMENTS, delete_folder, folders
from topicscope.capture.tap import TopicIds
from topicscope.mqtt.control_packets import ProtocolVersion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from topicscope.capture.segment import Segment
    from topicscope.capture.spill import Block, Head

ROWS_A_BATCH = 8192


class LeftCapture:
    """A folder of files that nobody writes any more; ours alone until `release` or `discard`.

    Attributes:
        path: the folder.
        messages: Application Messages that can be had back, if no block is damaged.
        begun_ns: when the first of them crossed, nanoseconds since the epoch.
        is_loaded: whether all has been read back.

    """

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self.is_loaded = False
        self._lock = lock
        self._problems: list[str] = []
        self._blocks = list(self._find_blocks())
        self.messages = sum(head.messages for _, _, head in self._blocks)
        self.begun_ns = min((head.time_ns for _, _, head in self._blocks), default=0)

    def load(self, _path: Path, sink: Callable[[Batch], None]) -> LoadedRecording:
        """Hand over what can be read to `sink`; what is missing or damaged is a note in the capture and a problem.

        It takes the place of `load_recording` and runs on any thread.
        """
        loaded = LoadedRecording(problems=list(self._problems))
        ids = TopicIds()
        connections: set[int] = set()
        next_row = 0
        for path, at, head in self._blocks:
            try:
                block = read_block(path, at)
            except SpillError as error:
                loaded.problems.append(_sentence(path, error))
                continue
            if head.first_row > next_row:
                missing = f"{head.first_row - next_row:,} rows are missing here."
                sink(note_batch(0, ProtocolVersion.MQTT_3_1_1, missing, head.time_ns, 0))
            next_row = head.end_row
            connections.update(block.versions)
            for batch in _batches(block, ids):
                sink(batch)
        loaded.connections = len(connections - {0})
        self.is_loaded = True
        return loaded

    def discard(self) -> None:
        """Delete it."""
        delete_folder(self.path, self._lock)
        self._lock = -1

    def release(self) -> None:
        """Leave it to the next start."""
        if self._lock >= 0:
            with contextlib.suppress(OSError):
                os.close(self._lock)
            self._lock = -1

    def _find_blocks(self) -> Iterator[tuple[Path, int, Head]]:
        """Give out in order where the rows are; a row that is in two files is taken from one."""
        found: list[tuple[Path, int, Head]] = []
        for pattern in (SEGMENTS, JOURNALS):
            for path in sorted(self.path.glob(pattern)):
                problems: list[SpillError] = []
                found += [(path, at, head) for at, head in read_heads(path, problems)]
                self._problems += [_sentence(path, problem) for problem in problems]
        found.sort(key=_order)
        next_row = 0
        for path, at, head in found:
            if head.first_row >= next_row:
                next_row = head.end_row
                yield path, at, head


def find_left(root: Path) -> list[LeftCapture]:
    """Return what crashes have left in a folder of captures, newest first, and delete what is of no use."""
    left: list[LeftCapture] = []
    for path, lock in folders(root, "file"):
        delete_folder(path, lock)
    for path, lock in folders(root, "capture"):
        capture = LeftCapture(path, lock)
        if capture.messages:
            left.append(capture)
        else:
            capture.discard()
    return sorted(left, key=_begun, reverse=True)


def _begun(capture: LeftCapture) -> int:
    return capture.begun_ns


def _order(found: tuple[Path, int, Head]) -> tuple[int, int]:
    return found[2].first_row, -found[2].rows


def _sentence(path: Path, error: SpillError) -> str:
    return f"{path.name} cannot be read: {error}."


def _batches(block: Block, ids: TopicIds) -> Iterator[Batch]:
    """Give the rows out as runs of one connection and direction; a note stands alone."""
    segment, rows = block.segment(), block.head.rows
    known = np.array(sorted(block.names), np.int32)
    renamed = np.array([ids[block.names[number]] for number in known.tolist()], np.int32)
    topic = segment.topic.copy()
    named = topic >= 0
    topic[named] = renamed[np.searchsorted(known, topic[named])]
    notes = topic == NOTE_TOPIC
    connections, directions = segment.connections(0, rows), segment.directions(0, rows)
    borders = np.diff(connections.astype(np.int64)) != 0
    borders |= (directions[1:] != directions[:-1]) | notes[1:] | notes[:-1]
    begins = [0, *(np.flatnonzero(borders) + 1).tolist(), rows]
    times = segment.times(0, rows)
    for first, last in pairwise(begins):
        version = block.versions[int(connections[first])]
        for begin in range(first, last, ROWS_A_BATCH):
            end = min(last, begin + ROWS_A_BATCH)
            part = slice(begin, end)
            yield _batch(segment, version, begin, end, topic[part], times[part], ids.take_new())


def _batch(
    segment: Segment,
    version: ProtocolVersion,
    begin: int,
    end: int,
    topic: NDArray[np.int32],
    times: NDArray[np.int64],
    new_topics: list[bytes],
) -> Batch:
    rows = slice(begin, end)
    base, top = int(segment.offset[begin]), int(segment.offset[end])
    return Batch(
        connection=segment.connection_of(begin),
        direction=segment.direction_of(begin),
        time_ns=int(times[-1]),
        version=version,
        raw=segment.raw[base:top].tobytes(),
        first_byte=segment.first_byte[rows],
        offset=segment.offset[rows] - np.uint32(base),
        length=segment.lengths(begin, end),
        topic=topic,
        packet_identifier=segment.packet_identifier[rows],
        payload_offset=segment.payload_offset[rows],
        new_topics=new_topics,
        times=None if (times == times[0]).all() else times,
    )
