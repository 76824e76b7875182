"""Columns of the message table and the packet table: headings, widths, and how a row of the capture becomes text."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from topicscope.capture.batch import NOTE_TOPIC
from topicscope.gui.text import format_bytes, format_count, format_delta, format_time
from topicscope.mqtt.control_packets import (
    QOS_BITS,
    RETAIN_BIT,
    ControlPacketType,
    ProtocolVersion,
)
from topicscope.payload.text import preview, safe_topic

if TYPE_CHECKING:
    from collections.abc import Callable

    from topicscope.capture.log import CaptureLog
    from topicscope.capture.segment import Segment

ARROW_IN = "←"
ARROW_OUT = "→"
_PREVIEW_BYTES = 256
_LONGEST_SUMMARISED = 64 * 1024
_NAMES = {int(kind): kind.name for kind in ControlPacketType}


class RowKind(Enum):
    """What a row of the table is."""

    RECEIVED = "received"
    SENT = "sent"
    NOTE = "note"
    EVICTED = "evicted"


class RowText(NamedTuple):
    """One row as it is painted: a text per column; for a note only `time` and `note`; -1 for no topic."""

    kind: RowKind
    cells: tuple[str, ...]
    time: str = ""
    note: str = ""
    topic_id: int = -1


class Cell:
    """One packet in its segment; reads no more of it than a cell needs, however large the packet is.

    Attributes:
        kind: what the row is.

    """

    __slots__ = (
        "_local",
        "_log",
        "_segment",
        "delta_ns",
        "first_byte",
        "kind",
        "length",
        "row",
        "time_ns",
    )

    def __init__(self, log: CaptureLog, row: int, previous_time_ns: int | None) -> None:
        """Look at a row of the capture; raises `IndexError` when it is not there any more."""
        self._log = log
        self._segment: Segment = log.segment_of(row)
        self._local = local = row - self._segment.first_row
        self.row = row
        self.first_byte = int(self._segment.first_byte[local])
        self.time_ns = self._segment.time_of(local)
        self.length = self._segment.length_of(local)
        if self._segment.topic[local] == NOTE_TOPIC:
            self.kind = RowKind.NOTE
        else:
            self.kind = RowKind.SENT if self._segment.direction_of(local) else RowKind.RECEIVED
        self.delta_ns = None if previous_time_ns is None else self.time_ns - previous_time_ns

    @property
    def is_publish(self) -> bool:
        """Whether the packet is a PUBLISH (section 3.3)."""
        return self.first_byte >> 4 == ControlPacketType.PUBLISH

    @property
    def topic_id(self) -> int:
        """Number of the topic in the capture, a Topic Alias resolved; negative where there is none."""
        return int(self._segment.topic[self._local])

    @property
    def topic(self) -> bytes:
        """Topic Name, a Topic Alias resolved; empty where there is none."""
        topic_id = self.topic_id
        return self._log.topics.names[topic_id] if topic_id >= 0 else b""

    @property
    def packet_identifier(self) -> int:
        """Packet Identifier, 0 where there is none."""
        return int(self._segment.packet_identifier[self._local])

    @property
    def payload_length(self) -> int:
        """Bytes of the payload."""
        return self.length - int(self._segment.payload_offset[self._local])

    def payload_head(self, limit: int) -> bytes:
        """Return the first `limit` bytes of the payload."""
        begin = int(self._segment.offset[self._local])
        end = begin + self.length
        begin += int(self._segment.payload_offset[self._local])
        return self._segment.raw[begin : min(begin + limit, end)].tobytes()

    def note(self) -> str:
        """Return the words of a note."""
        return safe_topic(self._segment.packet(self._local))

    def number(self) -> int:
        """Return the number among the Application Messages, from 1."""
        return self._segment.messages_before + self._segment.messages_below(self._local) + 1

    def summary(self) -> str:
        """Return one line that says what the packet means."""
        if self.is_publish:
            return f"{safe_topic(self.topic)}  {_payload(self)}"
        if self.length > _LONGEST_SUMMARISED:
            return f"{_type(self)} of {format_bytes(self.length)}"
        from topicscope.mqtt.dissect import summary

        line: str = summary(self._segment.packet(self._local), self._version())
        # The columns beside it say type and Packet Identifier already.
        return line.removeprefix(f"{_type(self)} ").removeprefix(f"{self.packet_identifier} ")

    def _version(self) -> ProtocolVersion:
        return self._log.record(self.row).version


class Column(NamedTuple):
    """One column: what stands in it, and how.

    Attributes:
        title: heading.
        meaning: the heading in words.
        width: least width, in characters.
        text: makes the text of a cell.
        right: whether the text stands at the right.
        dim: whether it is painted dim.
        share: the column gets this part of the room that the others leave; 0 for none.
        middle: whether a text too long is cut in its middle: the last levels of a topic say the most.

    """

    title: str
    meaning: str
    width: int
    text: Callable[[Cell], str]
    right: bool = False
    dim: bool = False
    share: float = 0
    middle: bool = False


def _number(cell: Cell) -> str:
    return format_count(cell.number())


def _row_number(cell: Cell) -> str:
    return format_count(cell.row + 1)


def _time(cell: Cell) -> str:
    return format_time(cell.time_ns)


def _delta(cell: Cell) -> str:
    return "" if cell.delta_ns is None else format_delta(cell.delta_ns)


def _direction(cell: Cell) -> str:
    return ARROW_OUT if cell.kind is RowKind.SENT else ARROW_IN


def _topic(cell: Cell) -> str:
    return safe_topic(cell.topic)


def _qos(cell: Cell) -> str:
    return str((cell.first_byte & QOS_BITS) >> 1)


def _retain(cell: Cell) -> str:
    return "R" if cell.first_byte & RETAIN_BIT else ""


def _payload_size(cell: Cell) -> str:
    return format_bytes(cell.payload_length)


def _packet_size(cell: Cell) -> str:
    return format_bytes(cell.length)


def _payload(cell: Cell) -> str:
    # One byte more than is shown, so that the preview knows that it is one.
    return preview(cell.payload_head(_PREVIEW_BYTES + 1), _PREVIEW_BYTES)


def _type(cell: Cell) -> str:
    return _NAMES[cell.first_byte >> 4]


def _packet_identifier(cell: Cell) -> str:
    return str(cell.packet_identifier or "")


def _summary(cell: Cell) -> str:
    return cell.summary()


_TIME = Column("Time", "Time of arrival, or of sending, by this computer's clock", 12, _time)
_DELTA = Column("Δ", "Seconds since the row above", 7, _delta, dim=True)
_DIRECTION = Column("⇄", "← received from the broker, → sent by Topicscope", 1, _direction)

MESSAGE_COLUMNS = (
    Column("#", "Number among all Application Messages of the capture", 6, _number, True, True),
    _TIME,
    _DELTA,
    _DIRECTION,
    Column("Topic", "Topic Name", 16, _topic, share=0.48, middle=True),
    Column("QoS", "Quality of Service level of this delivery", 1, _qos, dim=True),
    Column(
        "R", "R: the RETAIN flag is set; the broker kept this message, or was told to", 1, _retain
    ),
    Column("Size", "Size of the payload", 7, _payload_size, True, True),
    Column(
        "Payload", "First bytes of the payload; the inspector shows all", 16, _payload, share=0.52
    ),
)
PACKET_COLUMNS = (
    Column("#", "Number among all Control Packets of the capture", 6, _row_number, True, True),
    _TIME,
    _DELTA,
    _DIRECTION,
    Column("Type", "Control Packet type", 11, _type),
    Column("Id", "Packet Identifier", 5, _packet_identifier, True, True),
    Column("Size", "Size of the whole packet", 7, _packet_size, True, True),
    Column("Summary", "What the packet says", 24, _summary, share=1.0),
)
