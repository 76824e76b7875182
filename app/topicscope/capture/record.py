"""One row of the capture as an object: made when somebody looks at it, never before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from topicscope.capture.batch import NOTE, NOTE_TOPIC
from topicscope.mqtt.control_packets import (
    DUP_BIT,
    QOS_BITS,
    RETAIN_BIT,
    ControlPacketType,
    Direction,
    ProtocolVersion,
)
from topicscope.mqtt.framing import MalformedPacket
from topicscope.mqtt.properties import read_properties

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from topicscope.capture.segment import Segment
    from topicscope.mqtt.properties import PropertyList


@dataclass(slots=True, frozen=True)
class Record:
    """A Control Packet with what the tap found out about it, or a note.

    Attributes:
        row: its row in the capture, counted from 0 over everything that was captured.
        number: for an Application Message, its number among them from 1; else None.
        time_ns: wall clock, nanoseconds since the epoch.
        connection: number of the Network Connection.
        topic: Topic Name with a Topic Alias resolved; empty where there is none.
        packet: all bytes of the packet.

    """

    row: int
    number: int | None
    time_ns: int
    direction: Direction
    connection: int
    version: ProtocolVersion
    topic_id: int
    topic: bytes
    packet_identifier: int | None
    payload_offset: int
    packet: bytes

    @property
    def packet_type(self) -> ControlPacketType:
        """Type of the packet; `NOTE` for a note."""
        return NOTE if self.is_note else ControlPacketType(self.packet[0] >> 4)

    @property
    def is_note(self) -> bool:
        """Whether this row is words of ours between the packets, kept in `packet`."""
        return self.topic_id == NOTE_TOPIC

    @property
    def text(self) -> str:
        """Words of a note."""
        return self.packet.decode() if self.is_note else ""

    @property
    def qos(self) -> int:
        """QoS bits of a PUBLISH (section 3.3.1.2); 3 is not valid, and shown as it is."""
        return (self.packet[0] & QOS_BITS) >> 1

    @property
    def retain(self) -> bool:
        """RETAIN bit of a PUBLISH (section 3.3.1.3)."""
        return bool(self.packet[0] & RETAIN_BIT)

    @property
    def dup(self) -> bool:
        """DUP bit of a PUBLISH (section 3.3.1.1)."""
        return bool(self.packet[0] & DUP_BIT)

    @property
    def payload(self) -> bytes:
        """Payload of an Application Message (section 3.3.3)."""
        return self.packet[self.payload_offset :]

    @property
    def properties(self) -> PropertyList:
        """Properties of a PUBLISH (section 3.3.2.3); empty before MQTT 5, or where they cannot be read."""
        if (
            self.version is not ProtocolVersion.MQTT_5
            or self.packet_type is not ControlPacketType.PUBLISH
        ):
            return []
        return _publish_properties(self.packet, self.payload_offset)


def record_of(
    segment: Segment, local: int, versions: Mapping[int, ProtocolVersion], names: Sequence[bytes]
) -> Record:
    """Make the record of one local row of a segment; any thread may call."""
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
        version=versions[connection],
        topic_id=topic_id,
        topic=names[topic_id] if topic_id >= 0 else b"",
        packet_identifier=int(segment.packet_identifier[local]) or None,
        payload_offset=int(segment.payload_offset[local]),
        packet=segment.packet(local),
    )


def _publish_properties(packet: bytes, payload_offset: int) -> PropertyList:
    header = 2
    while header < len(packet) and packet[header - 1] & 0x80:
        header += 1
    begin = header + 2 + int.from_bytes(packet[header : header + 2])
    if packet[0] & QOS_BITS:
        begin += 2
    try:
        return read_properties(packet[:payload_offset], begin)[0]
    except MalformedPacket:
        return []
