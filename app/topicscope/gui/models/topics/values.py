"""The last value of a topic in a few characters: ``81.2 °C`` where JSON says so, else the begin of the payload."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from topicscope.mqtt.control_packets import RETAIN_BIT
from topicscope.payload.text import escape, preview

if TYPE_CHECKING:
    from topicscope.capture.log import CaptureLog
    from topicscope.capture.record import Record

PREVIEW_BYTES = 96
CLEARED = "cleared"
_LONGEST_PARSED = 1024
_CACHED = 1024
_VALUE_KEYS = ("value", "val", "v", "state")
_UNIT_KEYS = ("unit", "unit_of_measurement", "uom")


class LastValue(NamedTuple):
    """What was last said on a topic.

    Attributes:
        text: safe text of one line.
        retained: whether that message had the RETAIN flag.
        absent: whether the text tells that there is no value, rather than being one.

    """

    text: str
    retained: bool
    absent: bool = False


class LastValues:
    """Last values by topic id; kept until the topic says something else."""

    def __init__(self, log: CaptureLog) -> None:
        self._log = log
        self._cache: dict[int, tuple[int, LastValue]] = {}

    def of(self, topic_id: int) -> LastValue:
        """Return the last value of a topic."""
        row = int(self._log.topics.last_row[topic_id])
        cached = self._cache.get(topic_id)
        if cached is not None and cached[0] == row:
            return cached[1]
        value = self._read(topic_id, row)
        if len(self._cache) >= _CACHED:
            self._cache.clear()
        self._cache[topic_id] = (row, value)
        return value

    def _read(self, topic_id: int, row: int) -> LastValue:
        head, size, first_byte = self._head(topic_id, row)
        retained = bool(first_byte & RETAIN_BIT)
        if size < 0:
            return LastValue("", retained=False, absent=True)
        return _last_value(head, size, retained=retained)

    def _head(self, topic_id: int, row: int) -> tuple[bytes, int, int]:
        """Return the begin of the payload, its size in bytes, or -1 when unknown, and the first byte."""
        log = self._log
        try:
            segment = log.segment_of(row)
        except IndexError:
            record = log.last_record(topic_id)
            if record is None:
                return b"", -1, 0
            payload = record.payload
            return payload[:_LONGEST_PARSED], len(payload), record.packet[0]
        local = row - segment.first_row
        begin = int(segment.offset[local])
        end = begin + segment.length_of(local)
        begin += int(segment.payload_offset[local])
        head = segment.raw[begin : min(end, begin + _LONGEST_PARSED)].tobytes()
        return head, end - begin, int(segment.first_byte[local])


def value_of_record(record: Record) -> LastValue:
    """Return what a message said."""
    payload = record.payload
    return _last_value(payload[:_LONGEST_PARSED], len(payload), retained=record.retain)


def short_value(payload: bytes) -> str:
    """Return the value of a JSON object with its unit, as written; else the begin of the payload."""
    if len(payload) <= _LONGEST_PARSED and payload[:1] == b"{":
        try:
            # Numbers stay the text they are: nothing is rounded for display.
            content = json.loads(payload, parse_float=str, parse_int=str)
        except (ValueError, RecursionError):
            return preview(payload, PREVIEW_BYTES)
        for key in _VALUE_KEYS:
            if key in content and (text := _scalar(content[key])) is not None:
                return " ".join(filter(None, (text, _unit(content))))
    return preview(payload, PREVIEW_BYTES)


def _last_value(head: bytes, size: int, *, retained: bool) -> LastValue:
    if size == 0:
        # A broker passes a clearing on to old subscriptions without RETAIN (section 3.3.1.3).
        return LastValue(CLEARED, retained, absent=True)
    text = short_value(head) if size == len(head) else preview(head, PREVIEW_BYTES)
    return LastValue(text, retained)


def _scalar(value: object) -> str | None:
    if isinstance(value, str):
        return escape(value[:PREVIEW_BYTES])
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return None


def _unit(content: dict[str, object]) -> str:
    for key in _UNIT_KEYS:
        unit = content.get(key)
        if isinstance(unit, str):
            return escape({"degC": "°C", "degF": "°F"}.get(unit, unit[:16]))
    return ""
