"""What differs from one moment to another, as text for people: topic, value before, value after."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from topicscope.capture.rows import csv_cell, csv_line
from topicscope.capture.saving import CaptureSnapshot
from topicscope.capture.topic_index import NO_ROW
from topicscope.payload.text import preview, safe_topic

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from topicscope.capture.log import CaptureLog
    from topicscope.capture.moments import Moment
    from topicscope.capture.record import Record

HEADINGS = ("Topic", "Before", "After")
VALUE_BYTES = 4096
"""More of a payload is not copied; a value that is cut ends in an ellipsis."""

NOT_THERE = "—"
CLEARED = "cleared"
GIVEN_UP = "given up"


class TableFormat(Enum):
    """How the differences are written."""

    TEXT = "text"
    """Columns with tabs between them."""
    CSV = "csv"


class Differences:
    """Reads the values of two moments from all that a log holds now.

    Making one is quick, and for the thread that owns the log; everything else may be done on another thread. It keeps
    the rows of the log alive, so nobody should keep it.
    """

    def __init__(self, log: CaptureLog, first: Moment, second: Moment) -> None:
        self._snapshot = CaptureSnapshot(log)
        self._kept = log.kept.copy()
        self._moments = (first, second)

    def table(self, topic_ids: Iterable[int], form: TableFormat) -> str:
        """Return a heading and a line for each topic."""
        if form is TableFormat.CSV:
            rows = ([csv_cell(cell) for cell in row] for row in self._rows(topic_ids))
            return b"".join(map(csv_line, [HEADINGS, *rows])).decode()
        return "".join("\t".join(row) + "\n" for row in [HEADINGS, *self._rows(topic_ids)])

    def _rows(self, topic_ids: Iterable[int]) -> Iterator[tuple[str, str, str]]:
        names = self._snapshot.names
        for topic_id in topic_ids:
            before, after = (self._value(moment, topic_id) for moment in self._moments)
            yield safe_topic(names[topic_id]), before, after

    def _value(self, moment: Moment, topic_id: int) -> str:
        row = int(moment.last_row[topic_id]) if topic_id < len(moment.last_row) else NO_ROW
        if row in self._snapshot.rows:
            return value_text(moment, topic_id, self._snapshot.record(row), VALUE_BYTES)
        kept = self._kept.get(topic_id)
        record = kept if kept is not None and kept.row == row else None
        return value_text(moment, topic_id, record, VALUE_BYTES)


def value_text(moment: Moment, topic_id: int, record: Record | None, limit: int) -> str:
    """Return the value that a topic had at a moment as one line of safe text."""
    if record is not None:
        return preview(record.payload, limit) if record.payload else CLEARED
    was_met = topic_id < len(moment.met) and bool(moment.met[topic_id])
    return GIVEN_UP if was_met else NOT_THERE
