"""Messages as text for the clipboard: exact where they are UTF-8, marked as hexadecimal where they are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication

from topicscope.capture.rows import iso_time, json_line, message_row, packet_row
from topicscope.gui.text import format_count, format_date_time
from topicscope.payload.text import safe_topic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from topicscope.capture.record import Record
    from topicscope.capture.rows import Row

MAX_BYTES = 64 * 1024 * 1024
"""More than this is not copied at once."""
_BINARY = "application/octet-stream"


def exact_text(data: bytes) -> str:
    """Return the text that bytes are; bytes that are not UTF-8 as ``0x`` and hexadecimal digits."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return f"0x{data.hex()}"


def row_text(record: Record) -> str:
    """Return one line for a row: time, Topic Name and payload, tabs between them."""
    if record.is_note:
        return f"{format_date_time(record.time_ns)}\t{record.text}"
    what = exact_text(record.topic) if record.topic else record.packet_type.name
    rest = record.payload if record.topic else record.packet
    return f"{format_date_time(record.time_ns)}\t{what}\t{exact_text(rest)}"


def json_text(record: Record) -> str:
    """Return one line of JSON for a row, as exports write it."""
    row: Row
    if record.is_note:
        row = {"time": iso_time(record.time_ns), "note": record.text}
    elif record.number is not None:
        row = message_row(record)
    else:
        row = packet_row(record, record.row + 1)
    return json_line(row).decode().rstrip("\n")


def copy_rows(records: Iterable[Record], selected: int) -> int:
    """Put rows on the clipboard, one a line, up to `MAX_BYTES`; return how many of `selected` are left out.

    A last line says so, if any are.
    """
    lines = _lines(records, row_text)
    left_out = selected - len(lines)
    if left_out > 0:
        lines.append(f"… {format_count(left_out)} more rows were selected and are not copied")
    QGuiApplication.clipboard().setText("\n".join(lines))
    return left_out


def copy_json(records: Iterable[Record], selected: int) -> int:
    """Put rows on the clipboard as JSON, one object a line; return how many of `selected` are left out."""
    lines = _lines(records, json_text)
    QGuiApplication.clipboard().setText("\n".join(lines))
    return selected - len(lines)


def copy_payloads(records: Iterable[Record]) -> int:
    """Put payloads on the clipboard, up to `MAX_BYTES`; return how many of them are left out.

    As text they stand one below the other; as bytes they follow each other exactly as they are.
    """
    payloads: list[bytes] = []
    size = left_out = 0
    for record in records:
        size += len(record.payload)
        if size > MAX_BYTES and payloads:
            left_out += 1
        else:
            payloads.append(record.payload)
    content = QMimeData()
    content.setText("\n".join(map(exact_text, payloads)))
    content.setData(_BINARY, b"".join(payloads))
    QGuiApplication.clipboard().setMimeData(content)
    return left_out


def copy_topic(topic: bytes) -> None:
    """Put a Topic Name on the clipboard; one that is not UTF-8 as it is shown, its bytes beside it."""
    content = QMimeData()
    try:
        content.setText(topic.decode())
    except UnicodeDecodeError:
        content.setText(safe_topic(topic))
    content.setData(_BINARY, topic)
    QGuiApplication.clipboard().setMimeData(content)


def _lines(records: Iterable[Record], line: Callable[[Record], str]) -> list[str]:
    lines: list[str] = []
    size = 0
    for record in records:
        size += len(record.packet)
        if size > MAX_BYTES and lines:
            break
        lines.append(line(record))
    return lines
