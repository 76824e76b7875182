"""One row of a capture as plain values, as a line of JSON and as a line of CSV: for `read` and for every export.

A value that is not there (the text of a payload that is not UTF-8) has no key, so that nothing is
mistaken for it.
"""

from __future__ import annotations

import base64
import re
import time
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from topicscope.mqtt.control_packets import Direction
from topicscope.mqtt.dissect import dissect, field_to_json
from topicscope.mqtt.properties import properties_to_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from topicscope.capture.record import Record

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

_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?")
_QUOTED_IN_CSV = re.compile(r'[",\r\n]')


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


def json_line(row: Row) -> bytes:
    """Write a row as one line of JSON."""
    return msgspec.json.encode(row) + b"\n"


def csv_line(cells: Iterable[str]) -> bytes:
    """Write cells as one line of CSV (RFC 4180, but for the line feed at its end)."""
    quoted = [
        '"' + cell.replace('"', '""') + '"' if _QUOTED_IN_CSV.search(cell) else cell
        for cell in cells
    ]
    return (",".join(quoted) if quoted != [""] else '""').encode() + b"\n"


def csv_cell(value: object) -> str:
    """Write a value for a spreadsheet: a text that it would take for a formula begins with an apostrophe."""
    text = plain(value)
    if isinstance(value, str) and _FORMULA.match(text) and not _NUMBER.fullmatch(text):
        return "'" + text
    return text


def plain(value: object) -> str:
    """Write a value as text: a text as it is, nothing as nothing, all else as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


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
