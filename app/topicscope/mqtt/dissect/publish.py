"""PUBLISH (section 3.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topicscope.mqtt.control_packets import QOS_BITS, RETAIN_BIT
from topicscope.mqtt.dissect.checks import payload_format_problem, topic_problem
from topicscope.mqtt.dissect.identifier import dissect_packet_identifier
from topicscope.mqtt.dissect.properties import (
    PAYLOAD_FORMAT_INDICATOR,
    TOPIC_ALIAS,
    dissect_properties,
)
from topicscope.mqtt.dissect.text import preview

if TYPE_CHECKING:
    from topicscope.mqtt.dissect.reader import PacketReader
    from topicscope.mqtt.properties import PropertyValue


def dissect_publish(reader: PacketReader) -> None:
    """Read the variable header and payload of PUBLISH."""
    flags = reader.packet[0]
    properties: dict[int, PropertyValue] = {}
    with reader.variable_header() as draft:
        topic = reader.text("Topic Name", "3.3.2.1", "topic_name", check=_topic_problem)
        if flags & QOS_BITS:
            dissect_packet_identifier(reader)
        if reader.is_5:
            properties = dissect_properties(reader, "3.3.2.3")
        if not topic and TOPIC_ALIAS not in properties:
            alias = " and there is no Topic Alias" if reader.is_5 else ""
            draft.problem(f"The Topic Name is empty{alias} (Protocol Error)")
    _dissect_payload(
        reader,
        is_text=properties.get(PAYLOAD_FORMAT_INDICATOR) == 1,
        is_retained=bool(flags & RETAIN_BIT),
    )


def _topic_problem(name: bytes) -> str | None:
    """Say what is wrong with a Topic Name; an empty one is judged with its Topic Alias."""
    return topic_problem(name) if name else None


def _dissect_payload(reader: PacketReader, *, is_text: bool, is_retained: bool) -> None:
    start, reader.position = reader.position, reader.end
    payload = reader.view[start : reader.end]
    value = preview(payload)
    if is_retained and not payload:
        value += ": removes the retained message"
    problem = payload_format_problem(payload) if is_text else None
    reader.add("Payload", value, start, "3.3.3", problem=problem, key="payload", raw=payload)
