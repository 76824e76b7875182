"""Messages as text for the clipboard: exact where they are UTF-8, marked as hexadecimal where they are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication

from topicscope.gui.text import format_count, format_date_time
from topicscope.payload.text import safe_topic

if TYPE_CHECKING:
    from collections.abc import Iterable

    from topicscope.capture.record import Record

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


def copy_rows(records: Iterable[Record], selected: int) -> None:
    """Put rows on the clipboard, one a line, up to `MAX_BYTES`.

    A last line says how many of `selected` rows are left out, if any.
    """
    lines: list[str] = []
    size = 0
    for record in records:
        size += len(record.packet)
        if size > MAX_BYTES and lines:
            break
        lines.append(row_text(record))
    left_out = selected - len(lines)
    if left_out > 0:
        lines.append(f"… {format_count(left_out)} more rows were selected and are not copied")
    QGuiApplication.clipboard().setText("\n".join(lines))


def copy_bytes(data: bytes) -> None:
    """Put bytes on the clipboard: as text, and exactly as they are for who can take that."""
    content = QMimeData()
    content.setText(exact_text(data))
    content.setData(_BINARY, data)
    QGuiApplication.clipboard().setMimeData(content)


def copy_topic(topic: bytes) -> None:
    """Put a Topic Name on the clipboard; one that is not UTF-8 as it is shown, its bytes beside it."""
    content = QMimeData()
    try:
        content.setText(topic.decode())
    except UnicodeDecodeError:
        content.setText(safe_topic(topic))
    content.setData(_BINARY, topic)
    QGuiApplication.clipboard().setMimeData(content)
