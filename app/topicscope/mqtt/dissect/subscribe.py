"""SUBSCRIBE, SUBACK, UNSUBSCRIBE and UNSUBACK (sections 3.8 to 3.11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topicscope.mqtt.control_packets import ControlPacketType, ProtocolVersion
from topicscope.mqtt.dissect.as_json import members
from topicscope.mqtt.dissect.checks import filter_problem
from topicscope.mqtt.dissect.fixed_header import QOS_NAMES, qos_problem
from topicscope.mqtt.dissect.identifier import dissect_packet_identifier
from topicscope.mqtt.dissect.properties import dissect_properties
from topicscope.mqtt.dissect.reader import COUNTED, MAX_CHILDREN, text_raw
from topicscope.mqtt.dissect.reason import code_name, dissect_reason_code
from topicscope.mqtt.dissect.text import count, decode

if TYPE_CHECKING:
    from collections.abc import Callable

    from topicscope.mqtt.dissect.field import Field
    from topicscope.mqtt.dissect.reader import Draft, PacketReader

_QOS = 0x03
_NO_LOCAL = 0x04
_RETAIN_AS_PUBLISHED = 0x08
_RETAIN_HANDLING = 0x30
_RESERVED = 0xC0
_SHARED = b"$share/"
_NO_LOCAL_PROBLEM = "A Shared Subscription must not have No Local (Protocol Error)"

_RETAIN_HANDLING_NAMES = (
    "Send retained messages (0)",
    "Send retained messages to a new subscription only (1)",
    "Send no retained messages (2)",
    "Reserved (3)",
)


def dissect_subscribe(reader: PacketReader) -> None:
    """Read the variable header and payload of SUBSCRIBE."""
    _dissect_header(reader)
    with reader.payload() as draft:
        draft.key = "subscriptions"
        _read_list(reader, draft, "Subscription", _dissect_subscription, behind=1)


def dissect_unsubscribe(reader: PacketReader) -> None:
    """Read the variable header and payload of UNSUBSCRIBE."""
    _dissect_header(reader)
    with reader.payload() as draft:
        draft.key = "topic_filters"
        _read_list(reader, draft, "Topic Filter", _dissect_filter, behind=0)


def dissect_suback(reader: PacketReader) -> None:
    """Read the variable header of SUBACK or UNSUBACK and the codes in its payload."""
    _dissect_header(reader)
    if reader.packet_type is ControlPacketType.UNSUBACK and not reader.is_5:
        return
    with reader.payload() as draft:
        draft.key = "reason_codes"
        _read_list(reader, draft, code_name(reader), _dissect_code, behind=None)


def _dissect_header(reader: PacketReader) -> None:
    with reader.variable_header():
        dissect_packet_identifier(reader)
        if reader.is_5:
            dissect_properties(reader, f"3.{reader.packet_type}.2.1")


def _read_list(
    reader: PacketReader,
    draft: Draft,
    name: str,
    read_one: Callable[[PacketReader], object],
    *,
    behind: int | None,
) -> None:
    """Read entries to the end of the packet, at least one, and no more than `MAX_CHILDREN`.

    `behind` is the number of bytes behind the string of an entry, None for entries of one byte.
    """
    entries: list[object] = []
    draft.raw = entries
    number = 0
    reader.need(1, name)
    try:
        while reader.left and len(entries) < MAX_CHILDREN:
            number += 1
            entries.append(read_one(reader))
        if reader.left:
            more = reader.left if behind is None else _count_entries(reader, behind)
            number += more or 0
            reader.left_out(f"{name}s", more, draft.key)
    finally:
        draft.value = count(number, name, f"{name}s")


def _count_entries(reader: PacketReader, behind: int) -> int | None:
    """Count the entries that are left; None where they are too many or the last is cut short."""
    if reader.left > COUNTED:
        return None
    packet, position, number = reader.packet, reader.position, 0
    while position + 1 < reader.end:
        position += 2 + (packet[position] << 8 | packet[position + 1]) + behind
        number += 1
    return number if position == reader.end else None


def _dissect_subscription(reader: PacketReader) -> object:
    with reader.group("Subscription", "3.8.3") as draft:
        data = reader.text("Topic Filter", "3.8.3", check=filter_problem)
        draft.value = decode(data)
        raw = members("topic_filter", text_raw(data))
        reader.need(1, "Subscription Options", "3.8.3.1")
        options = reader.take()
        fields = _option_fields(reader, options, is_shared=data.startswith(_SHARED))
        name = "Subscription Options" if reader.is_5 else "Requested QoS"
        start = reader.position - 1
        reader.add(name, f"0x{options:02X}", start, "3.8.3.1", children=fields)
        draft.value = f"{decode(data)} QoS {options & _QOS}"
        raw |= {field.key: field.raw for field in fields if field.key}
    return raw


def _option_fields(reader: PacketReader, options: int, *, is_shared: bool) -> tuple[Field, ...]:
    section = "3.8.3.1"
    qos, bit = options & _QOS, reader.bit_field
    mask = _RESERVED if reader.is_5 else 0xFF & ~_QOS
    is_wrong = options & mask and reader.version is not ProtocolVersion.MQTT_3_1
    reserved_problem = "Must be 0 (Malformed Packet)" if is_wrong else None
    reserved = bit(options, mask, "Reserved", section, meaning="0", problem=reserved_problem)
    level = bit(
        options, _QOS, "QoS", section, "qos", meaning=QOS_NAMES[qos], problem=qos_problem(qos)
    )
    if not reader.is_5:
        return reserved, level
    handling = (options & _RETAIN_HANDLING) >> 4
    return (
        reserved,
        bit(
            options,
            _RETAIN_HANDLING,
            "Retain Handling",
            section,
            "retain_handling",
            meaning=_RETAIN_HANDLING_NAMES[handling],
            problem="3 does not exist (Protocol Error)" if handling == 3 else None,
        ),
        bit(options, _RETAIN_AS_PUBLISHED, "Retain As Published", section, "retain_as_published"),
        bit(
            options,
            _NO_LOCAL,
            "No Local",
            section,
            "no_local",
            problem=_NO_LOCAL_PROBLEM if is_shared and options & _NO_LOCAL else None,
        ),
        level,
    )


def _dissect_filter(reader: PacketReader) -> object:
    return text_raw(reader.text("Topic Filter", "3.10.3", check=filter_problem))


def _dissect_code(reader: PacketReader) -> object:
    return dissect_reason_code(reader, f"3.{reader.packet_type}.3", key="")
