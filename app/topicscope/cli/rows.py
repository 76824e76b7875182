"""One row of a capture as plain values: what ``read`` prints, and what others will export.

A value that is not there (the text of a payload that is not UTF-8) has no key, so that nothing is
mistaken for it.
"""

from __future__ import annotations

import base64
import time
from functools import lru_cache
from typing import TYPE_CHECKING

from topicscope.capture.record import Record
from topicscope.mqtt.control_packets import ControlPacketType, Direction
from topicscope.mqtt.dissect import dissect, field_to_json, summary
from topicscope.mqtt.properties import properties_to_json
from topicscope.payload.text import preview, safe_topic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from topicscope.capture.batch import Batch

Row = dict[str, object]

MESSAGE_FIELDS = (
    "number",
    "time",
    "direction",
    "type",
    "topic",
    "topic_base64",
    "qos",
    "retain",
    "dup",
    "packet_identifier",
    "size",
    "payload",
    "payload_base64",
    "properties",
)
PACKET_FIELDS = ("number", "time", "direction", "connection", "type", "packet_base64")
"""What every packet has; others depend on its type."""


class Records:
    """Makes records of batches as they come, with the numbers that a log would give them."""

    def __init__(self) -> None:
        self.rows = 0
        self.messages = 0
        self._names: list[bytes] = []

    def of(self, batch: Batch) -> Iterator[Record]:
        """Give out the rows of the next batch."""
        self._names += batch.new_topics
        names, direction, version = self._names, batch.direction, batch.version
        columns = (
            batch.first_byte.tolist(),
            batch.offset.tolist(),
            batch.length.tolist(),
            batch.topic.tolist(),
            batch.packet_identifier.tolist(),
            batch.payload_offset.tolist(),
            times_of(batch),
        )
        for first, begin, length, topic, identifier, payload, time_ns in zip(*columns, strict=True):
            is_message = first >> 4 == ControlPacketType.PUBLISH
            self.messages += is_message
            yield Record(
                row=self.rows,
                number=self.messages if is_message else None,
                time_ns=time_ns,
                direction=direction,
                connection=batch.connection,
                version=version,
                topic_id=topic,
                topic=names[topic] if topic >= 0 else b"",
                packet_identifier=identifier or None,
                payload_offset=payload,
                packet=batch.raw[begin : begin + length],
            )
            self.rows += 1


def times_of(batch: Batch) -> list[int]:
    """Return the time of each row, in nanoseconds since the epoch."""
    if batch.times is None:
        return [batch.time_ns] * len(batch)
    return list(map(int, batch.times.tolist()))


def message_row(record: Record) -> Row:
    """Return an Application Message under the names of MESSAGE_FIELDS."""
    row: Row = {
        "number": record.number,
        "time": iso_time(record.time_ns),
        "direction": direction_word(record.direction),
        "type": "PUBLISH",
    }
    row |= _text("topic", record.topic, escaped=True)
    row |= {
        "qos": record.qos,
        "retain": record.retain,
        "dup": record.dup,
        "packet_identifier": record.packet_identifier,
        "size": len(record.payload),
    }
    row |= _text("payload", record.payload, escaped=False)
    row["properties"] = properties_to_json(record.properties)
    return row


def packet_row(record: Record, number: int) -> Row:
    """Return a Control Packet: PACKET_FIELDS, and the fields of its type in the standard's words."""
    dissected = field_to_json(dissect(record.packet, record.version, record.direction))
    row: Row = {
        "number": number,
        "time": iso_time(record.time_ns),
        "direction": direction_word(record.direction),
        "connection": record.connection,
    }
    row |= dissected
    if record.topic and dissected.get("topic_name") == "":
        row |= _text("topic_of_alias", record.topic, escaped=True)
    row["packet_base64"] = base64.b64encode(record.packet).decode()
    return row


def message_line(record: Record) -> str:
    """Write an Application Message as one line of safe text; a long payload is cut with ``…``."""
    flags = f"QoS {record.qos}{' retain' * record.retain}{' dup' * record.dup}"
    payload = record.payload
    return (
        f"{iso_time(record.time_ns)}  {direction_word(record.direction):3}  "
        f"{safe_topic(record.topic)}  {flags}  {len(payload):,} B  {preview(payload)}"
    )


def packet_line(record: Record) -> str:
    """Write a Control Packet as one line of safe text."""
    line = summary(record.packet, record.version)
    return f"{iso_time(record.time_ns)}  {direction_word(record.direction):3}  {line}"


def direction_word(direction: Direction) -> str:
    """Say ``in`` or ``out``."""
    return "out" if direction is Direction.OUT else "in"


def iso_time(time_ns: int) -> str:
    """Write a time in UTC with microseconds: ``2026-11-21T10:00:00.123456Z``."""
    seconds, rest = divmod(time_ns, 1_000_000_000)
    return f"{_iso_second(seconds)}.{rest // 1000:06}Z"


@lru_cache(maxsize=16)
def _iso_second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def _text(key: str, data: bytes, *, escaped: bool) -> Row:
    try:
        return {key: data.decode()}
    except UnicodeDecodeError:
        exact: Row = {f"{key}_base64": base64.b64encode(data).decode()}
        return {key: data.decode(errors="backslashreplace")} | exact if escaped else exact
