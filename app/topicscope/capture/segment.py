"""One run of the capture: the raw bytes of its packets, and numpy columns with one value a packet."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from topicscope.mqtt.control_packets import ControlPacketType, Direction

_Number = TypeVar("_Number", bound=np.generic)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from topicscope.capture.batch import Batch

ROWS = 131_072
RAW_BYTES = 8 * 1024 * 1024
ROW_BYTES = 15
RUN_BYTES = 24
"""Bytes that the columns take for each row at most, and for each run of rows."""


class Place(Enum):
    """Where the rows of a segment are."""

    MEMORY = "memory"
    LEAVING = "leaving"
    """In memory, while they are written to a file."""
    DISK = "disk"
    EVICTED = "evicted"


class Arrays(NamedTuple):
    """All that a segment, or a part of one, consists of; offsets and rows count from its begin."""

    run_row: NDArray[np.int64]
    run_time: NDArray[np.int64]
    offset: NDArray[np.uint32]
    payload_offset: NDArray[np.uint32]
    topic: NDArray[np.int32]
    others: NDArray[np.uint32]
    run_connection: NDArray[np.uint32]
    packet_identifier: NDArray[np.uint16]
    first_byte: NDArray[np.uint8]
    run_direction: NDArray[np.uint8]
    raw: NDArray[np.uint8]


class Segment:
    """Rows `first_row` to `first_row + count` of the capture.

    Only its end grows: rows below a `count` once read never change, so another thread may read them. Memory
    behind the end is reserved but not touched, so it costs nothing. Packets lie end to end, so a length is the
    way to the next offset; and packets that crossed together share time, direction and connection, so these
    are kept once for each such run.

    Attributes:
        place: where the rows are; the log that owns the segment keeps it true.
        file_size: bytes that the segment takes on disk, whether or not it is in memory too.

    """

    __slots__ = (
        "_run_connection",
        "_run_direction",
        "_run_row",
        "_run_time",
        "_runs",
        "count",
        "file_size",
        "first_byte",
        "first_row",
        "messages_before",
        "offset",
        "others",
        "packet_identifier",
        "payload_offset",
        "place",
        "raw",
        "size",
        "topic",
    )

    def __init__(self, first_row: int, messages_before: int, rows: int, size: int) -> None:
        """Make an empty segment for up to `rows` packets of `size` bytes in all."""
        self.first_row = first_row
        self.messages_before = messages_before
        self.count = 0
        self.size = 0
        self.place = Place.MEMORY
        self.file_size = 0
        self.raw: NDArray[np.uint8] = np.empty(size, np.uint8)
        self.offset: NDArray[np.uint32] = np.empty(rows + 1, np.uint32)
        """Begin of each packet in `raw`, and behind the last row the end of all."""
        # As narrow as they can be, and wider from the first value on that needs it.
        self.payload_offset: NDArray[Any] = np.empty(rows, np.uint16)
        self.topic: NDArray[Any] = np.empty(rows, np.int16)
        # Mostly zeros, which cost no memory where nobody writes them.
        self.packet_identifier: NDArray[np.uint16] = np.zeros(rows, np.uint16)
        self.first_byte: NDArray[np.uint8] = np.empty(rows, np.uint8)
        self.others: NDArray[np.uint32] = np.empty(0, np.uint32)
        """Local rows that are no Application Message, in order."""
        self.offset[0] = 0
        self._runs = 0
        self._run_row: NDArray[np.int64] = np.empty(64, np.int64)
        self._run_time: NDArray[np.int64] = np.empty(64, np.int64)
        self._run_connection: NDArray[np.uint32] = np.empty(64, np.uint32)
        self._run_direction: NDArray[np.uint8] = np.empty(64, np.uint8)

    @property
    def end_row(self) -> int:
        """Row behind the last."""
        return self.first_row + self.count

    @classmethod
    def of_arrays(cls, first_row: int, messages_before: int, arrays: Arrays) -> Segment:
        """Make a segment of arrays that came from a file; nothing can be appended."""
        segment = cls(first_row, messages_before, 0, 0)
        segment.count, segment.size = len(arrays.topic), len(arrays.raw)
        segment._runs = len(arrays.run_row)
        segment.take_over(arrays)
        return segment

    @property
    def memory(self) -> int:
        """Bytes in use, wherever they are."""
        return self.size + self.count * ROW_BYTES + self._runs * RUN_BYTES

    def has_room(self, batch: Batch) -> bool:
        """Tell whether the batch fits behind the end."""
        rows = self.count + len(batch)
        return rows < len(self.offset) and self.size + len(batch.raw) <= len(self.raw)

    # One packet

    def length_of(self, local: int) -> int:
        """Return the length of one packet in bytes."""
        return int(self.offset[local + 1]) - int(self.offset[local])

    def time_of(self, local: int) -> int:
        """Return when a packet crossed, in nanoseconds since the epoch."""
        return int(self._run_time[self._run_of(local)])

    def direction_of(self, local: int) -> Direction:
        """Return which way a packet went."""
        return Direction(int(self._run_direction[self._run_of(local)]))

    def connection_of(self, local: int) -> int:
        """Return the number of the Network Connection that a packet crossed."""
        return int(self._run_connection[self._run_of(local)])

    def crossing_of(self, local: int) -> tuple[int, Direction, int]:
        """Return when, which way and over which connection a packet went: the three for the search of one."""
        run = self._run_of(local)
        return (
            int(self._run_time[run]),
            Direction(int(self._run_direction[run])),
            int(self._run_connection[run]),
        )

    def packet(self, local: int) -> bytes:
        """Return the bytes of one packet."""
        return self.raw[int(self.offset[local]) : int(self.offset[local + 1])].tobytes()

    # Many packets

    def lengths(self, begin: int, end: int) -> NDArray[np.uint32]:
        """Return the length of each packet in bytes."""
        return np.diff(self.offset[begin : end + 1])

    def times(self, begin: int, end: int) -> NDArray[np.int64]:
        """Return when each packet crossed, in nanoseconds since the epoch."""
        return np.repeat(*self._of_runs(self._run_time, begin, end))

    def directions(self, begin: int, end: int) -> NDArray[np.uint8]:
        """Return which way each packet went, as numbers of `Direction`."""
        return np.repeat(*self._of_runs(self._run_direction, begin, end))

    def connections(self, begin: int, end: int) -> NDArray[np.uint32]:
        """Return the number of the Network Connection of each packet."""
        return np.repeat(*self._of_runs(self._run_connection, begin, end))

    def run_times(self, end: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the local row at which each run below `end` begins, and when it crossed."""
        runs = self._run_of(end - 1) + 1
        return self._run_row[:runs], self._run_time[:runs]

    def run_connections(self, end: int) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
        """Return the local row at which each run below `end` begins, and the number of its connection."""
        runs = self._run_of(end - 1) + 1
        return self._run_row[:runs], self._run_connection[:runs]

    def run_borders(self, begin: int, end: int) -> list[int]:
        """Return where runs begin between two local rows, and both ends."""
        rows = self._run_row[: self._runs]
        inside = rows[(rows > begin) & (rows < end)]
        return [begin, *inside.tolist(), end]

    def messages_below(self, local: int) -> int:
        """Count the Application Messages in front of a local row."""
        return local - int(self.others.searchsorted(local))

    # Going to disk

    def part(self, begin: int, end: int) -> Arrays:
        """Return local rows `begin` to `end`, which must be there; another thread may call."""
        first, last = self._run_of(begin), self._run_of(end - 1) + 1
        base, top = int(self.offset[begin]), int(self.offset[end])
        runs = np.maximum(self._run_row[first:last] - begin, 0)
        inside = slice(*np.searchsorted(self.others, (begin, end)).tolist())
        rows = slice(begin, end)
        return Arrays(
            run_row=runs,
            run_time=self._run_time[first:last],
            offset=self.offset[begin : end + 1] - np.uint32(base),
            payload_offset=self.payload_offset[rows].astype(np.uint32),
            topic=self.topic[rows].astype(np.int32),
            others=self.others[inside] - np.uint32(begin),
            run_connection=self._run_connection[first:last],
            packet_identifier=self.packet_identifier[rows],
            first_byte=self.first_byte[rows],
            run_direction=self._run_direction[first:last],
            raw=self.raw[base:top],
        )

    def take_over(self, arrays: Arrays) -> None:
        """Read from these arrays, which hold the same rows, from now on; the old ones are let go.

        Threads that read meanwhile need no lock: each look goes through one attribute, which is either
        the old or the new array, and both say the same about all rows there are.
        """
        self.raw = arrays.raw
        self.offset = arrays.offset
        self.payload_offset = arrays.payload_offset
        self.topic = arrays.topic
        self.packet_identifier = arrays.packet_identifier
        self.first_byte = arrays.first_byte
        self.others = arrays.others
        self._run_row = arrays.run_row
        self._run_time = arrays.run_time
        self._run_connection = arrays.run_connection
        self._run_direction = arrays.run_direction

    # Growing

    def append(self, batch: Batch) -> None:
        """Put the packets of the batch behind the end; there must be room."""
        begin, end = self.count, self.count + len(batch)
        base, top = self.size, self.size + len(batch.raw)
        self.raw[base:top] = np.frombuffer(batch.raw, np.uint8)
        self.offset[begin:end] = batch.offset
        if base:
            self.offset[begin:end] += np.uint32(base)
        self.offset[end] = top
        self.payload_offset = _put(self.payload_offset, begin, batch.payload_offset)
        self.topic = _put(self.topic, begin, batch.topic)
        if batch.packet_identifier.any():
            self.packet_identifier[begin:end] = batch.packet_identifier
        self.first_byte[begin:end] = batch.first_byte
        others = np.flatnonzero(batch.first_byte >> 4 != ControlPacketType.PUBLISH)
        if len(others):
            self.others = np.concatenate((self.others, (others + begin).astype(np.uint32)))
        self._append_runs(batch, begin)
        self.size = top
        self.count = end

    # Private

    def _append_runs(self, batch: Batch, begin: int) -> None:
        if batch.times is None:
            rows, times = np.array([begin]), np.array([batch.time_ns])
        else:
            starts = np.flatnonzero(np.diff(batch.times, prepend=batch.times[0] - 1))
            rows, times = starts + begin, batch.times[starts]
        first, last = self._runs, self._runs + len(rows)
        if last > len(self._run_row):
            for name in ("_run_row", "_run_time", "_run_connection", "_run_direction"):
                column = getattr(self, name)
                grown = np.empty(2 * last, column.dtype)
                grown[:first] = column[:first]
                setattr(self, name, grown)
        self._run_row[first:last] = rows
        self._run_time[first:last] = times
        self._run_connection[first:last] = batch.connection
        self._run_direction[first:last] = batch.direction
        self._runs = last

    def _run_of(self, local: int) -> int:
        return int(self._run_row[: self._runs].searchsorted(local, "right")) - 1

    def _of_runs(
        self, column: NDArray[_Number], begin: int, end: int
    ) -> tuple[NDArray[_Number], NDArray[np.int64]]:
        """Return the values of the runs between two local rows, and how many rows each has."""
        first, last = self._run_of(begin), self._run_of(end - 1) + 1
        rows = np.append(self._run_row[first:last], end)
        rows[0] = begin
        return column[first:last], np.diff(rows)


def _put(column: NDArray[Any], begin: int, values: NDArray[Any]) -> NDArray[Any]:
    """Write values into a column, or into a copy as wide as they are where one of them needs that; return it."""
    if values.dtype != column.dtype and values.max() > np.iinfo(column.dtype).max:
        wider = np.empty(len(column), values.dtype)
        wider[:begin] = column[:begin]
        column = wider
    column[begin : begin + len(values)] = values
    return column
