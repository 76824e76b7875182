"""The fixed header: type, flags and Remaining Length (section 2.1.1)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from topicscope.mqtt.control_packets import (
    DUP_BIT,
    QOS_BITS,
    RETAIN_BIT,
    ControlPacketType,
    Direction,
    ProtocolVersion,
)
from topicscope.mqtt.dissect.text import bits, count

if TYPE_CHECKING:
    from topicscope.mqtt.dissect.field import Field
    from topicscope.mqtt.dissect.reader import PacketReader

QOS_NAMES = (
    "At most once delivery (0)",
    "At least once delivery (1)",
    "Exactly once delivery (2)",
    "Reserved (3)",
)

_C = ControlPacketType
_FROM_SERVER = frozenset({_C.CONNACK, _C.SUBACK, _C.UNSUBACK, _C.PINGRESP})
_FROM_CLIENT = frozenset({_C.CONNECT, _C.SUBSCRIBE, _C.UNSUBSCRIBE, _C.PINGREQ})
_FLAGS_0010 = frozenset({_C.PUBREL, _C.SUBSCRIBE, _C.UNSUBSCRIBE})


def dissect_fixed_header(reader: PacketReader) -> None:
    """Read the fixed header and set the reader's end to where the packet says that it ends.

    Raises `CutShort` when there is no Remaining Length that can be read.
    """
    with reader.group("Fixed header", "2.1.1") as draft:
        reader.need(1, "Packet type and flags", "2.1.1")
        byte = reader.take()
        kind = reader.packet_type
        reader.add(
            "Packet type and flags",
            f"0x{byte:02X}",
            reader.position - 1,
            "2.1.1",
            children=(_type_field(reader, byte), *_flag_fields(reader, byte)),
        )
        check = partial(_length_problem, reader)
        length = reader.variable_byte_integer(
            "Remaining Length", "2.1.4", "remaining_length", check=check
        )
        draft.value = f"{kind.name}, Remaining Length {length:,}"
        reader.end = min(reader.end, reader.position + length)


def _length_problem(reader: PacketReader, length: int) -> str | None:
    if length > reader.left:
        return f"Cut short: {reader.left:,} of {count(length, 'byte')} are there"
    return None


def qos_problem(qos: int) -> str | None:
    """Say that there is no QoS 3 (section 3.3.1.2), or None."""
    return "QoS 3 does not exist (Malformed Packet)" if qos == 3 else None


def _type_field(reader: PacketReader, byte: int) -> Field:
    kind = reader.packet_type
    return reader.bit_field(
        byte,
        0xF0,
        "MQTT Control Packet type",
        "2.1.2",
        meaning=f"{kind.name} ({kind:d})",
        problem=_type_problem(reader),
    )


def _type_problem(reader: PacketReader) -> str | None:
    kind = reader.packet_type
    if kind is _C.RESERVED:
        return "Type 0 is forbidden (Malformed Packet)"
    if kind is _C.AUTH and not reader.is_5:
        return f"AUTH does not exist in {reader.version.label}"
    if reader.direction is Direction.IN and (
        kind in _FROM_CLIENT or (kind is _C.DISCONNECT and not reader.is_5)
    ):
        return f"A Server must not send {kind.name} (Protocol Error)"
    if reader.direction is Direction.OUT and kind in _FROM_SERVER:
        return f"A client must not send {kind.name} (Protocol Error)"
    return None


def _flag_fields(reader: PacketReader, byte: int) -> tuple[Field, ...]:
    if reader.packet_type is _C.PUBLISH:
        return _publish_flags(reader, byte)
    flags = byte & 0x0F
    field = reader.bit_field(
        byte,
        0x0F,
        "Flags",
        "2.1.3",
        meaning="Reserved",
        problem=_reserved_problem(reader, flags),
    )
    return (field,)


def _reserved_problem(reader: PacketReader, flags: int) -> str | None:
    """Say which flags the type must have; MQTT 3.1 leaves the unused ones open."""
    kind = reader.packet_type
    expected = 0b0010 if kind in _FLAGS_0010 else 0
    if kind is _C.RESERVED or flags == expected:
        return None
    if reader.version is ProtocolVersion.MQTT_3_1 and flags & QOS_BITS == expected:
        return None
    return f"{kind.name} must have {bits(expected, 0x0F)} (Malformed Packet)"


def _publish_flags(reader: PacketReader, byte: int) -> tuple[Field, ...]:
    qos = (byte & QOS_BITS) >> 1
    dup_problem = "DUP must be 0 with QoS 0" if byte & DUP_BIT and qos == 0 else None
    return (
        reader.bit_field(byte, DUP_BIT, "DUP", "3.3.1.1", "dup", problem=dup_problem),
        reader.bit_field(
            byte,
            QOS_BITS,
            "QoS",
            "3.3.1.2",
            "qos",
            meaning=QOS_NAMES[qos],
            problem=qos_problem(qos),
        ),
        reader.bit_field(byte, RETAIN_BIT, "RETAIN", "3.3.1.3", "retain"),
    )
