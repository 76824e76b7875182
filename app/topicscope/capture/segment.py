"""One run of the capture: the raw bytes of its packets, and numpy columns with one value a packet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from topicscope.mqtt.control_packets import ControlPacketType, Direction

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from topicscope.capture.batch import Batch

ROWS = 65_536
RAW_BYTES = 8 * 1024 * 1024
ROW_BYTES = 32
"""Bytes that the columns take for each row."""


class Segment:
    """Rows `first_row` to `first_row + count` of the capture.

    Only its end grows: rows below a `count` once read never change, so another thread may read them. Memory
    behind the end is reserved but not touched, so it costs nothing.
    """

    __slots__ = (
        "connection",
        "count",
        "direction",
        "first_byte",
        "first_row",
        "length",
        "messages_before",
        "offset",
        "others",
        "packet_identifier",
        "payload_offset",
        "raw",
        "size",
        "time",
        "topic",
    )

    def __init__(self, first_row: int, messages_before: int, rows: int, size: int) -> None:
        """Make an empty segment for up to `rows` packets of `size` bytes in all."""
        self.first_row = first_row
        self.messages_before = messages_before
        self.count = 0
        self.size = 0
        self.raw: NDArray[np.uint8] = np.empty(size, np.uint8)
        self.time: NDArray[np.int64] = np.empty(rows, np.int64)
        self.offset: NDArray[np.uint32] = np.empty(rows, np.uint32)
        self.length: NDArray[np.uint32] = np.empty(rows, np.uint32)
        self.payload_offset: NDArray[np.uint32] = np.empty(rows, np.uint32)
        self.topic: NDArray[np.int32] = np.empty(rows, np.int32)
        self.packet_identifier: NDArray[np.uint16] = np.empty(rows, np.uint16)
        self.connection: NDArray[np.uint32] = np.empty(rows, np.uint32)
        self.first_byte: NDArray[np.uint8] = np.empty(rows, np.uint8)
        self.direction: NDArray[np.uint8] = np.empty(rows, np.uint8)
        self.others: NDArray[np.uint32] = np.empty(0, np.uint32)
        """Local rows that are no Application Message, in order."""

    @property
    def end_row(self) -> int:
        """Row behind the last."""
        return self.first_row + self.count

    @property
    def memory(self) -> int:
        """Bytes in use."""
        return self.size + self.count * ROW_BYTES

    def has_room(self, batch: Batch) -> bool:
        """Tell whether the batch fits behind the end."""
        return self.count + len(batch) <= len(self.time) and self.size + len(batch.raw) <= len(
            self.raw
        )

    def append(self, batch: Batch) -> None:
        """Put the packets of the batch behind the end; there must be room."""
        begin, end = self.count, self.count + len(batch)
        base, top = self.size, self.size + len(batch.raw)
        self.raw[base:top] = np.frombuffer(batch.raw, np.uint8)
        self.time[begin:end] = batch.time_ns if batch.times is None else batch.times
        self.offset[begin:end] = batch.offset
        if base:
            self.offset[begin:end] += np.uint32(base)
        self.length[begin:end] = batch.length
        self.payload_offset[begin:end] = batch.payload_offset
        self.topic[begin:end] = batch.topic
        self.packet_identifier[begin:end] = batch.packet_identifier
        self.connection[begin:end] = batch.connection
        self.first_byte[begin:end] = batch.first_byte
        self.direction[begin:end] = batch.direction
        others = np.flatnonzero(batch.first_byte >> 4 != ControlPacketType.PUBLISH)
        if len(others):
            self.others = np.concatenate((self.others, (others + begin).astype(np.uint32)))
        self.size = top
        self.count = end

    def messages_below(self, local: int) -> int:
        """Count the Application Messages in front of a local row."""
        return local - int(np.searchsorted(self.others, local))

    def count_messages(self, direction: Direction, begin: int = 0) -> int:
        """Count the Application Messages that went one way, from local row `begin` on."""
        rows = slice(begin, self.count)
        if direction is Direction.OUT and not self.direction[rows].any():
            return 0
        matching = (self.first_byte[rows] >> 4 == ControlPacketType.PUBLISH) & (
            self.direction[rows] == direction
        )
        return int(np.count_nonzero(matching))

    def packet(self, local: int) -> bytes:
        """Return the bytes of one packet."""
        begin = int(self.offset[local])
        return self.raw[begin : begin + int(self.length[local])].tobytes()
