"""DISCONNECT and AUTH (sections 3.14 and 3.15)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topicscope.mqtt.dissect.properties import dissect_properties
from topicscope.mqtt.dissect.reason import dissect_optional_reason_code

if TYPE_CHECKING:
    from topicscope.mqtt.dissect.reader import PacketReader


def dissect_disconnect(reader: PacketReader) -> None:
    """Read the variable header of DISCONNECT, which MQTT 3.1 and 3.1.1 do not have."""
    if reader.is_5:
        _dissect_reason(reader)


def dissect_auth(reader: PacketReader) -> None:
    """Read the variable header of AUTH, whatever the version: only MQTT 5.0 has this packet."""
    _dissect_reason(reader)


def _dissect_reason(reader: PacketReader) -> None:
    section = f"3.{reader.packet_type}.2"
    with reader.variable_header():
        dissect_optional_reason_code(reader, f"{section}.1")
        if reader.left:
            dissect_properties(reader, f"{section}.2")
