"""The Packet Identifier (section 2.2.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from topicscope.mqtt.dissect.reader import PacketReader


def dissect_packet_identifier(reader: PacketReader) -> int:
    """Read a Packet Identifier, which is never 0."""
    return reader.integer(
        2, "Packet Identifier", "2.2.1", "packet_identifier", describe=str, check=_problem
    )


def _problem(identifier: int) -> str | None:
    return None if identifier else "A Packet Identifier must not be 0"
