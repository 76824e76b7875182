"""Reason Codes in a packet, one byte each, or implied where the packet leaves them out."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from topicscope.mqtt.control_packets import ProtocolVersion
from topicscope.mqtt.reason_codes import reason_codes, reason_name

if TYPE_CHECKING:
    from topicscope.mqtt.control_packets import ControlPacketType
    from topicscope.mqtt.dissect.reader import PacketReader


def dissect_reason_code(reader: PacketReader, section: str, key: str = "reason_code") -> int:
    """Read one Reason Code, called Return Code below MQTT 5.0."""
    about = (reader.packet_type, reader.version)
    return reader.integer(
        1,
        code_name(reader),
        section,
        key,
        describe=partial(_describe, *about),
        check=partial(_problem, *about),
    )


def dissect_optional_reason_code(reader: PacketReader, section: str) -> None:
    """Read a Reason Code that the packet may leave out when it is 0x00 (sections 3.4.2.1 …)."""
    if reader.left:
        dissect_reason_code(reader, section)
        return
    name = reason_name(reader.packet_type, 0, reader.version)
    value = f"0x00 {name} (not sent, the default)"
    reader.add(code_name(reader), value, reader.position, section, key="reason_code", raw=0)


def code_name(reader: PacketReader) -> str:
    """Return what the version calls the code."""
    return "Reason Code" if reader.is_5 else "Return Code"


def _describe(packet_type: ControlPacketType, version: ProtocolVersion, code: int) -> str:
    name = reason_codes(packet_type, version).get(code)
    return f"0x{code:02X} {name}" if name else f"unknown 0x{code:02X}"


def _problem(packet_type: ControlPacketType, version: ProtocolVersion, code: int) -> str | None:
    if code in reason_codes(packet_type, version):
        return None
    older = reason_codes(packet_type, ProtocolVersion.MQTT_3_1_1).get(code)
    hint = f" (MQTT 3.1.1: {older})" if older else ""
    return f"0x{code:02X} is no code of {packet_type.name} in {version.label}{hint}"
