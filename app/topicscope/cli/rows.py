"""Batches of a capture file as records, and a record as a line for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topicscope.capture.record import Record
from topicscope.capture.rows import direction_word, iso_time
from topicscope.mqtt.control_packets import ControlPacketType
from topicscope.mqtt.dissect import summary
from topicscope.payload.text import preview, safe_topic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from topicscope.capture.batch import Batch


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
