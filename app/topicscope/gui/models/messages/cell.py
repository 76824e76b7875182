"""One row of the capture as the tables read it: no more of the packet than a cell needs, however large it is."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from topicscope.capture.batch import NOTE_TOPIC
from topicscope.capture.notes import is_calm
from topicscope.capture.record import Record
from topicscope.gui.models.messages.subscriptions import SubscriptionHistory
from topicscope.gui.text import format_bytes
from topicscope.mqtt.control_packets import ControlPacketType, Direction, ProtocolVersion
from topicscope.payload.text import safe_topic

if TYPE_CHECKING:
    from topicscope.capture.log import CaptureLog
    from topicscope.capture.segment import Segment
    from topicscope.mqtt.properties import PropertyList

TYPE_NAMES: Final = {int(kind): kind.name for kind in ControlPacketType}
LOOK_BACK_ROWS: Final = 1 << 18
"""The message before on a topic is looked for in so many rows; a cell must not cost more."""
_ROWS_AT_A_TIME = 1 << 15
_LONGEST_SUMMARISED = 64 * 1024
_LONGEST_PROPERTIES = 64 * 1024


class RowKind(Enum):
    """What a row of the table is."""

    RECEIVED = "received"
    SENT = "sent"
    NOTE = "note"
    NEWS = "news"
    """A note that is no trouble."""
    EVICTED = "evicted"


class RowText(NamedTuple):
    """One row as it is painted: a text per column; for a note or news only `time` and `note`; -1 for no topic."""

    kind: RowKind
    cells: tuple[str, ...]
    time: str = ""
    note: str = ""
    topic_id: int = -1


class TimeMode(Enum):
    """How the column *Time* says when a packet crossed."""

    LOCAL = "local"
    UTC = "utc"
    DATE = "date"
    RELATIVE = "relative"


class Gap(NamedTuple):
    """Time since the message before on a topic; `at_least` when that lies further back than was looked."""

    ns: int
    at_least: bool = False


class TableContext:
    """What cells need to know beside their packet; one for a capture.

    Attributes:
        time_mode: how times are written.
        begun_ns: when the first row of the capture crossed, nanoseconds since the epoch.
        subscriptions: what was subscribed to.

    """

    __slots__ = ("_log", "begun_ns", "subscriptions", "time_mode")

    def __init__(self, log: CaptureLog, time_mode: TimeMode = TimeMode.LOCAL) -> None:
        self._log = log
        self.time_mode = time_mode
        self.begun_ns: int | None = None
        self.subscriptions = SubscriptionHistory(log)
        self.look()

    def look(self) -> None:
        """Keep the time of the first row, which may be evicted later."""
        if self.begun_ns is None and self._log.end_row:
            self.begun_ns = self._log.segments[0].time_of(0)

    def is_of(self, log: CaptureLog) -> bool:
        """Tell whether this was made for that capture."""
        return log is self._log


class Cell:
    """One packet in its segment.

    Attributes:
        kind: what the row is.

    """

    __slots__ = (
        "_connection",
        "_local",
        "_log",
        "_segment",
        "context",
        "delta_ns",
        "first_byte",
        "kind",
        "length",
        "row",
        "time_ns",
    )

    def __init__(
        self, log: CaptureLog, row: int, previous_time_ns: int | None, context: TableContext
    ) -> None:
        """Look at a row of the capture; raises `IndexError` when it is not there any more."""
        self._log = log
        self._segment: Segment = log.segment_of(row)
        self._local = local = row - self._segment.first_row
        self.row = row
        self.context = context
        self.first_byte = int(self._segment.first_byte[local])
        self.time_ns, direction, self._connection = self._segment.crossing_of(local)
        self.length = self._segment.length_of(local)
        if self._segment.topic[local] == NOTE_TOPIC:
            self.kind = RowKind.NEWS if is_calm(self.first_byte) else RowKind.NOTE
        else:
            self.kind = RowKind.SENT if direction else RowKind.RECEIVED
        self.delta_ns = None if previous_time_ns is None else self.time_ns - previous_time_ns

    @property
    def is_publish(self) -> bool:
        """Whether the packet is a PUBLISH (section 3.3)."""
        return self.first_byte >> 4 == ControlPacketType.PUBLISH

    @property
    def type_name(self) -> str:
        """Name of the Control Packet type (section 2.1.2)."""
        return TYPE_NAMES[self.first_byte >> 4]

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
        return self.length - self._payload_offset

    def payload_head(self, limit: int) -> bytes:
        """Return the first `limit` bytes of the payload."""
        begin = int(self._segment.offset[self._local])
        end = begin + self.length
        begin += self._payload_offset
        return self._segment.raw[begin : min(begin + limit, end)].tobytes()

    def note(self) -> str:
        """Return the words of a note."""
        return safe_topic(self._segment.packet(self._local))

    def number(self) -> int:
        """Return the number among the Application Messages, from 1."""
        return self._segment.messages_before + self._segment.messages_below(self._local) + 1

    def summary(self) -> str:
        """Return one line that says what a packet other than PUBLISH means."""
        if self.length > _LONGEST_SUMMARISED:
            return f"{self.type_name} of {format_bytes(self.length)}"
        from topicscope.mqtt.dissect import summary

        line: str = summary(self._segment.packet(self._local), self._version())
        # The columns beside it say type and Packet Identifier already.
        return line.removeprefix(f"{self.type_name} ").removeprefix(f"{self.packet_identifier} ")

    def properties(self) -> PropertyList | None:
        """Return the properties of a PUBLISH (section 3.3.2.3); None when they are too large to be shown."""
        if not self.is_publish or self._version() is not ProtocolVersion.MQTT_5:
            return []
        head = self._payload_offset
        if head > _LONGEST_PROPERTIES:
            return None
        begin = int(self._segment.offset[self._local])
        packet = self._segment.raw[begin : begin + head].tobytes()
        return Record(
            self.row,
            None,
            self.time_ns,
            Direction.IN,
            self._connection,
            ProtocolVersion.MQTT_5,
            self.topic_id,
            b"",
            None,
            head,
            packet,
        ).properties

    def subscriptions(self, identifiers: list[int]) -> tuple[str, ...]:
        """Return the Topic Filters that a received message matched; none for other rows."""
        if self.kind is not RowKind.RECEIVED or not self.is_publish or self.topic_id < 0:
            return ()
        history = self.context.subscriptions
        return history.matching(self.row, self._connection, self.topic_id, identifiers)

    def topic_gap(self) -> Gap | None:
        """Return the time since the message before on this topic, either way; None for the first one."""
        topic_id = self.topic_id
        births = self._log.topics.births.rows(len(self._log.topics))
        if topic_id < 0 or births[topic_id] == self.row:
            return None
        segment, end, left = self._segment, self._local, LOOK_BACK_ROWS
        begin = end
        while left > 0:
            if end == 0:
                if segment.first_row <= self._log.first_row:
                    break
                segment = self._log.segment_of(segment.first_row - 1)
                end = segment.count
            begin = max(0, end - min(left, _ROWS_AT_A_TIME))
            found = np.flatnonzero(segment.topic[begin:end] == topic_id)
            if len(found):
                return Gap(self.time_ns - segment.time_of(begin + int(found[-1])))
            left -= end - begin
            end = begin
        return Gap(self.time_ns - segment.time_of(begin), at_least=True)

    # Private

    @property
    def _payload_offset(self) -> int:
        return int(self._segment.payload_offset[self._local])

    def _version(self) -> ProtocolVersion:
        return self._log.versions.get(self._connection, ProtocolVersion.MQTT_3_1_1)
