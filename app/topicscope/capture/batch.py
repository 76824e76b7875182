"""A run of Control Packets that crossed the connection together: what the tap hands over."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from topicscope.mqtt.control_packets import ControlPacketType, Direction, ProtocolVersion

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOTE = ControlPacketType.RESERVED
"""Type of a row that is no packet but a note of ours: the standard forbids it on the wire (section 2.1.2)."""

NO_TOPIC = -1
"""Topic id of a packet without a Topic Name."""

NOTE_TOPIC = -2
"""Topic id of a note."""

_TYPE_AND_QOS = 0b1111_0110
_PUBLISH_QOS_0 = ControlPacketType.PUBLISH << 4


@dataclass(slots=True, frozen=True, eq=False)
class Batch:
    """Whole packets end to end in `raw`, and one value a packet in each column; immutable once made.

    Attributes:
        connection: number of the Network Connection in this capture, from 1.
        direction: which way all of them went.
        time_ns: wall clock when their last byte was read or written, nanoseconds since the epoch.
        version: protocol version of the connection.
        raw: the packets, or the UTF-8 text of one note.
        first_byte: type and flags.
        offset: begin of the packet in `raw`, in bytes.
        length: length of the whole packet, in bytes.
        topic: id of the Topic Name, or `NO_TOPIC` or `NOTE_TOPIC`.
        packet_identifier: Packet Identifier, 0 where there is none.
        payload_offset: begin of the payload in the packet, in bytes; `length` where there is none.
        new_topics: Topic Names met for the first time; their ids go on in order.
        epoch: how often the capture had been cleared by then; topic ids begin anew with each.
        times: a time for each packet in place of `time_ns`, where a file has them.

    """

    connection: int
    direction: Direction
    time_ns: int
    version: ProtocolVersion
    raw: bytes
    first_byte: NDArray[np.uint8]
    offset: NDArray[np.uint32]
    length: NDArray[np.uint32]
    topic: NDArray[np.int32]
    packet_identifier: NDArray[np.uint16]
    payload_offset: NDArray[np.uint32]
    new_topics: list[bytes] = field(default_factory=list)
    epoch: int = 0
    times: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.first_byte)

    def session_packets(self) -> bytes:
        """Return all packets but PUBLISH with QoS 0, end to end: those that somebody must answer or remember."""
        others = np.flatnonzero((self.first_byte & _TYPE_AND_QOS) != _PUBLISH_QOS_0)
        if not len(others):
            return b""
        if len(others) == len(self.first_byte):
            return self.raw
        begins = self.offset[others].tolist()
        lengths = self.length[others].tolist()
        return b"".join(
            [self.raw[begin : begin + n] for begin, n in zip(begins, lengths, strict=True)]
        )


def note_batch(
    connection: int, version: ProtocolVersion, text: str, time_ns: int, epoch: int, flags: int = 0
) -> Batch:
    """Make the batch of one note: what happened to the connection at that moment, in words."""
    raw = text.encode()
    length = np.array([len(raw)], np.uint32)
    return Batch(
        connection=connection,
        direction=Direction.IN,
        time_ns=time_ns,
        version=version,
        raw=raw,
        first_byte=np.array([NOTE << 4 | flags], np.uint8),
        offset=np.zeros(1, np.uint32),
        length=length,
        topic=np.full(1, NOTE_TOPIC, np.int32),
        packet_identifier=np.zeros(1, np.uint16),
        payload_offset=length,
        epoch=epoch,
    )
