"""CONNACK (section 3.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topicscope.mqtt.control_packets import ProtocolVersion
from topicscope.mqtt.dissect.properties import dissect_properties
from topicscope.mqtt.dissect.reason import dissect_reason_code

if TYPE_CHECKING:
    from topicscope.mqtt.dissect.reader import PacketReader


def dissect_connack(reader: PacketReader) -> None:
    """Read the variable header of CONNACK."""
    with reader.variable_header() as draft:
        reader.need(1, "Connect Acknowledge Flags", "3.2.2.1")
        flags = reader.take()
        before_3_1_1 = reader.version is ProtocolVersion.MQTT_3_1
        present = reader.bit_field(flags, 0x01, "Session Present", "3.2.2.1.1", "session_present")
        problem = "Reserved bits must be 0" if flags & 0xFE and not before_3_1_1 else None
        reserved = reader.bit_field(flags, 0xFE, "Reserved", "3.2.2.1", problem=problem)
        reader.add(
            "Connect Acknowledge Flags",
            f"0x{flags:02X}",
            reader.position - 1,
            "3.2.2.1",
            children=(reserved, present),
        )
        code = dissect_reason_code(reader, "3.2.2.2")
        if code and flags & 0x01:
            draft.problem("Session Present must be 0 when the connection is refused")
        if not reader.is_5:
            return
        if not reader.left:
            draft.problem("No properties: so answers a Server that speaks MQTT 3.1.1 only")
        dissect_properties(reader, "3.2.2.3")
