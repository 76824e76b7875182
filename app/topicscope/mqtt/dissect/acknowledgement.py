"""PUBACK, PUBREC, PUBREL and PUBCOMP (sections 3.4 to 3.7): all four are built alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topicscope.mqtt.dissect.identifier import dissect_packet_identifier
from topicscope.mqtt.dissect.properties import dissect_properties
from topicscope.mqtt.dissect.reason import dissect_optional_reason_code

if TYPE_CHECKING:
    from topicscope.mqtt.dissect.reader import PacketReader


def dissect_acknowledgement(reader: PacketReader) -> None:
    """Read the variable header of one of the four."""
    with reader.variable_header():
        dissect_packet_identifier(reader)
        if not reader.is_5:
            return
        dissect_optional_reason_code(reader, f"3.{reader.packet_type}.2.1")
        if reader.left:
            dissect_properties(reader, f"3.{reader.packet_type}.2.2")
