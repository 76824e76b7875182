"""A broker's status as a plain table for a terminal."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from topicscope.broker_status.alarms import alarms
from topicscope.broker_status.missing import missing_words
from topicscope.broker_status.report import cells
from topicscope.broker_status.words import duration
from topicscope.capture.rows import iso_time
from topicscope.payload.text import escape

if TYPE_CHECKING:
    from topicscope.broker_status import Status, StatusReader

_HEADINGS = ["", "value", "rate", "1 min", "5 min", "15 min"]
_EVENTS = 10
_TOPICS = 200
_LONGEST_LINE = 160
_WRAPPED = 80


def status_table(reader: StatusReader, now_ns: int) -> str:
    """Return the table, what is wrong, and what has happened; all of it safe to print."""
    status = reader.snapshot()
    lines = [_head(status), ""]
    if status.readings:
        rows = [_HEADINGS, *(cells(reading) for reading in status.readings.values())]
        lines += _aligned(rows)
        if missing := missing_words(reader.dialect, status):
            lines += ["", *textwrap.wrap(missing, _WRAPPED)]
    else:
        lines += _raw(reader)
    if found := alarms(reader, now_ns):
        lines += ["", *(f"! {alarm.text}" for alarm in found)]
    if events := reader.events.events()[-_EVENTS:]:
        lines += ["", *(f"{iso_time(e.time_ns)} {e.kind}: {e.text}" for e in events)]
    return "\n".join(escape(line)[:_LONGEST_LINE].rstrip() for line in lines)


def _head(status: Status) -> str:
    found = status.detection
    parts = [status.version or found.name]
    if found.sure not in ("certain", "unknown"):
        parts.append(f"{found.name} ({found.sure})" if status.version else f"({found.sure})")
    if status.nodes:
        parts.append(f"{len(status.nodes)} nodes" if len(status.nodes) > 1 else status.nodes[0])
    if status.interval_s is not None:
        parts.append(f"every {duration(status.interval_s)}")
    if status.last_heard_ns is not None:
        parts.append(f"last update {iso_time(status.last_heard_ns)}")
    return " · ".join(parts)


def _raw(reader: StatusReader) -> list[str]:
    """Show the topics as they are, where no table understands them."""
    entries = sorted(reader.tree.entries.items())
    lines = [
        f"{escape(topic.decode(errors='replace'))}  {e.text}" for topic, e in entries[:_TOPICS]
    ]
    if len(entries) > _TOPICS:
        lines.append(f"… and {len(entries) - _TOPICS:,} topics more")
    return lines


def _aligned(rows: list[list[str]]) -> list[str]:
    widths = [min(40, max(len(row[column]) for row in rows)) for column in range(len(_HEADINGS))]
    return ["  ".join(_padded(row, widths)) for row in rows]


def _padded(row: list[str], widths: list[int]) -> list[str]:
    cut = [
        text if len(text) <= w else f"{text[: w - 1]}…" for text, w in zip(row, widths, strict=True)
    ]
    first, *others = zip(cut, widths, strict=True)
    return [f"{first[0]:<{first[1]}}", *(f"{text:>{width}}" for text, width in others)]
