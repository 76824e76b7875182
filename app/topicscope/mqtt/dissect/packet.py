"""One Control Packet as a tree of fields: the way in for every packet type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topicscope.mqtt.control_packets import ControlPacketType, Direction, ProtocolVersion
from topicscope.mqtt.dissect.acknowledgement import dissect_acknowledgement
from topicscope.mqtt.dissect.connack import dissect_connack
from topicscope.mqtt.dissect.connect import connect_version, dissect_connect
from topicscope.mqtt.dissect.ending import dissect_auth, dissect_disconnect
from topicscope.mqtt.dissect.field import Field
from topicscope.mqtt.dissect.fixed_header import dissect_fixed_header
from topicscope.mqtt.dissect.publish import dissect_publish
from topicscope.mqtt.dissect.reader import CutShort, PacketReader
from topicscope.mqtt.dissect.subscribe import (
    dissect_suback,
    dissect_subscribe,
    dissect_unsubscribe,
)
from topicscope.mqtt.dissect.text import count

if TYPE_CHECKING:
    from collections.abc import Callable

_C = ControlPacketType

_DISSECTORS: dict[ControlPacketType, Callable[[PacketReader], None]] = {
    _C.CONNECT: dissect_connect,
    _C.CONNACK: dissect_connack,
    _C.PUBLISH: dissect_publish,
    _C.PUBACK: dissect_acknowledgement,
    _C.PUBREC: dissect_acknowledgement,
    _C.PUBREL: dissect_acknowledgement,
    _C.PUBCOMP: dissect_acknowledgement,
    _C.SUBSCRIBE: dissect_subscribe,
    _C.SUBACK: dissect_suback,
    _C.UNSUBSCRIBE: dissect_unsubscribe,
    _C.UNSUBACK: dissect_suback,
    _C.DISCONNECT: dissect_disconnect,
    _C.AUTH: dissect_auth,
}


def dissect(
    packet: bytes,
    version: ProtocolVersion | int,
    direction: Direction | None = None,
    *,
    reveal: bool = False,
) -> Field:
    """Make the tree of fields of one Control Packet; never raises, whatever the bytes are.

    The spans of the leaves cover the packet from end to end. A CONNECT is read in the version that
    it names itself. `direction` adds what only one end may send. Password and Authentication Data
    are hidden unless `reveal` is true.
    """
    packet_type = ControlPacketType(packet[0] >> 4) if packet else ControlPacketType.RESERVED
    version = packet_version(packet, version)
    reader = PacketReader(packet, packet_type, version, direction, reveal=reveal)
    try:
        dissect_fixed_header(reader)
        if packet_type in _DISSECTORS:
            _DISSECTORS[packet_type](reader)
        if reader.left:
            reader.rest("Extra bytes", f"{packet_type.name} has nothing here")
    except CutShort:
        pass
    reader.end = len(packet)
    if reader.left:
        reader.rest("Bytes behind the packet", "These do not belong to this packet")
    size = count(len(packet), "byte")
    return Field(packet_type.name, size, 0, len(packet), children=tuple(reader.fields))


def packet_version(packet: bytes, version: ProtocolVersion | int) -> ProtocolVersion:
    """Return the version to read the packet in: its own for CONNECT, else the nearest to `version`."""
    if version >= ProtocolVersion.MQTT_5:
        known = ProtocolVersion.MQTT_5
    elif version <= ProtocolVersion.MQTT_3_1 and version > 0:
        known = ProtocolVersion.MQTT_3_1
    else:
        known = ProtocolVersion.MQTT_3_1_1
    is_connect = packet and packet[0] >> 4 == ControlPacketType.CONNECT
    return connect_version(packet, known) if is_connect else known
