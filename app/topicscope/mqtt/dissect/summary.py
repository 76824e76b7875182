"""One line about a packet, for the table of packets: ``PUBACK 12 Success``.

Reads only as far as the line needs, because the table asks for every row that it paints.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from topicscope.mqtt.control_packets import (
    DUP_BIT,
    QOS_BITS,
    RETAIN_BIT,
    ControlPacketType,
    ProtocolVersion,
)
from topicscope.mqtt.dissect.packet import packet_version
from topicscope.mqtt.dissect.text import count, decode
from topicscope.mqtt.framing import MalformedPacket, NeedData, read_variable_byte_integer
from topicscope.mqtt.properties import read_binary, read_properties
from topicscope.mqtt.reason_codes import reason_name

if TYPE_CHECKING:
    from collections.abc import Callable

SHOWN = 3
"""Topic Filters or Reason Codes named on the line."""

_LONGEST = 200
_TOPIC_ALIAS = 35


def summary(packet: bytes, version: ProtocolVersion | int) -> str:
    """Say on one line what the packet is; never raises, whatever the bytes are."""
    if not packet:
        return "no bytes"
    packet_type = ControlPacketType(packet[0] >> 4)
    version = packet_version(packet, version)
    try:
        _, position = read_variable_byte_integer(packet, 1)
        details = _DETAILS[packet_type](packet, position, version)
    except (NeedData, MalformedPacket, IndexError):
        details = "(malformed)"
    return f"{packet_type.name} {details}".rstrip()


def _connect(packet: bytes, position: int, version: ProtocolVersion) -> str:
    _, position = read_binary(packet, position)
    position += 4  # Protocol Version, Connect Flags, Keep Alive
    if version is ProtocolVersion.MQTT_5:
        position = _behind_properties(packet, position)
    identifier, _ = read_binary(packet, position)
    return f"client {_text(identifier)}" if identifier else "client without an identifier"


def _connack(packet: bytes, position: int, version: ProtocolVersion) -> str:
    present = ", Session Present" if packet[position] & 1 else ""
    return reason_name(ControlPacketType.CONNACK, packet[position + 1], version) + present


def _publish(packet: bytes, position: int, version: ProtocolVersion) -> str:
    flags = packet[0]
    topic, position = read_binary(packet, position)
    words = [_text(topic), f"QoS {(flags & QOS_BITS) >> 1}"]
    if flags & QOS_BITS:
        words.append(f"id {_integer(packet, position)}")
        position += 2
    if version is ProtocolVersion.MQTT_5:
        if not topic:
            alias: object = dict(read_properties(packet, position)[0]).get(_TOPIC_ALIAS)
            words[0] = f"Topic Alias {alias}"
        position = _behind_properties(packet, position)
    words += ["retain"] * bool(flags & RETAIN_BIT) + ["dup"] * bool(flags & DUP_BIT)
    return " ".join((*words, count(max(len(packet) - position, 0), "byte")))


def _acknowledgement(
    packet_type: ControlPacketType, packet: bytes, position: int, version: ProtocolVersion
) -> str:
    code = packet[position + 2] if len(packet) > position + 2 else 0
    return f"{_integer(packet, position)} {reason_name(packet_type, code, version)}"


def _filters(behind: int, packet: bytes, position: int, version: ProtocolVersion) -> str:
    """Name the first Topic Filters; `behind` is the number of bytes behind each."""
    identifier, position = _integer(packet, position), position + 2
    if version is ProtocolVersion.MQTT_5:
        position = _behind_properties(packet, position)
    named: list[str] = []
    while position < len(packet) and len(named) < SHOWN:
        topic_filter, position = read_binary(packet, position)
        position += behind
        named.append(_text(topic_filter))
    more = ", …" if position < len(packet) else ""
    return f"{identifier} {', '.join(named)}{more}"


def _codes(
    packet_type: ControlPacketType, packet: bytes, position: int, version: ProtocolVersion
) -> str:
    identifier, position = _integer(packet, position), position + 2
    if version is ProtocolVersion.MQTT_5:
        position = _behind_properties(packet, position)
    codes = packet[position : position + SHOWN]
    named = [reason_name(packet_type, code, version) for code in codes]
    left = len(packet) - position - len(codes)
    more = f" and {left:,} more" if left > 0 else ""
    return f"{identifier} {', '.join(named)}{more}"


def _reason(
    packet_type: ControlPacketType, packet: bytes, position: int, version: ProtocolVersion
) -> str:
    if version is not ProtocolVersion.MQTT_5:
        return ""
    code = packet[position] if len(packet) > position else 0
    return reason_name(packet_type, code, version)


def _nothing(_packet: bytes, _position: int, _version: ProtocolVersion) -> str:
    return ""


_C = ControlPacketType

_DETAILS: dict[ControlPacketType, Callable[[bytes, int, ProtocolVersion], str]] = {
    _C.RESERVED: _nothing,
    _C.CONNECT: _connect,
    _C.CONNACK: _connack,
    _C.PUBLISH: _publish,
    _C.PUBACK: partial(_acknowledgement, _C.PUBACK),
    _C.PUBREC: partial(_acknowledgement, _C.PUBREC),
    _C.PUBREL: partial(_acknowledgement, _C.PUBREL),
    _C.PUBCOMP: partial(_acknowledgement, _C.PUBCOMP),
    _C.SUBSCRIBE: partial(_filters, 1),
    _C.SUBACK: partial(_codes, _C.SUBACK),
    _C.UNSUBSCRIBE: partial(_filters, 0),
    _C.UNSUBACK: partial(_codes, _C.UNSUBACK),
    _C.PINGREQ: _nothing,
    _C.PINGRESP: _nothing,
    _C.DISCONNECT: partial(_reason, _C.DISCONNECT),
    _C.AUTH: partial(_reason, _C.AUTH),
}


def _behind_properties(packet: bytes, position: int) -> int:
    length, position = read_variable_byte_integer(packet, position)
    return position + length


def _integer(packet: bytes, position: int) -> int:
    return packet[position] << 8 | packet[position + 1]


def _text(data: bytes) -> str:
    shown = decode(data[:_LONGEST])
    return f"{shown}…" if len(data) > _LONGEST else shown
