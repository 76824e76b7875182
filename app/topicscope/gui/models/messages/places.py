"""From what somebody types to a row of the capture: a time, or the number of a message."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from topicscope.capture.moments import row_at_time
from topicscope.gui.text import format_count, format_date_time

if TYPE_CHECKING:
    from topicscope.capture.log import CaptureLog
    from topicscope.capture.segment import Segment

_NUMBER = re.compile(r"#?\s*(\d[\d,' ]*)")
_SINCE_FIRST = re.compile(r"\+\s*(?=\d)")
_NOT_DIGITS = re.compile(r"\D")
_LONGEST = 60
EXAMPLES = "10:41:43.905, -5m, +30s, 2026-11-21T10:00Z or #1,204"


class Place(NamedTuple):
    """A row, and words on what was found there."""

    row: int
    words: str


class PlaceError(ValueError):
    """There is no such place; the text says why."""


def place_of(text: str, log: CaptureLog, *, packets: bool = False) -> Place:
    """Return the row that a text means: a number of a message (with `packets`, of a packet) or a time.

    Times are written as in the display filter; `+30s` is counted from the first row. Raises `PlaceError`.
    """
    text = text.strip()
    if not log.end_row:
        raise PlaceError("Nothing was captured yet.")
    if not text or len(text) > _LONGEST:
        raise PlaceError(f"Type a time or a number, such as {EXAMPLES}.")
    if found := _NUMBER.fullmatch(text):
        number = int(_NOT_DIGITS.sub("", found[1]))
        row = _row_of_packet(log, number) if packets else _row_of_message(log, number)
        return Place(row, f"#{format_count(number)}: {format_date_time(_time_of(log, row))}")
    row = _row_at(log, _time_in(text, log))
    return Place(
        row, f"{format_date_time(_time_of(log, row))}: the last row at or before that time"
    )


def _row_of_packet(log: CaptureLog, number: int) -> int:
    if not log.first_row < number <= log.end_row:
        span = f"#{format_count(log.first_row + 1)} to #{format_count(log.end_row)}"
        raise PlaceError(f"The capture holds packets {span}.")
    return number - 1


def _row_of_message(log: CaptureLog, number: int) -> int:
    for segment in log.segments:
        index = number - 1 - segment.messages_before
        if 0 <= index < segment.messages_below(segment.count):
            return segment.first_row + _local_of_message(segment, index)
    first = log.segments[0].messages_before + 1
    last = log.segments[-1]
    count = last.messages_before + last.messages_below(last.count)
    if count < first:
        raise PlaceError("No message was captured yet.")
    raise PlaceError(
        f"The capture holds messages #{format_count(first)} to #{format_count(count)}."
    )


def _local_of_message(segment: Segment, index: int) -> int:
    """Return the local row of a message by its index among those of a segment."""
    others = segment.others
    # In front of others[n] there are others[n] - n messages; that number never falls.
    before = others.astype(np.int64) - np.arange(len(others))
    return index + int(np.searchsorted(before, index, side="right"))


def _time_in(text: str, log: CaptureLog) -> int:
    # The language of the filter is read where it is needed: it takes time to load.
    from topicscope.query.errors import FilterError
    from topicscope.query.literals import LITERALS

    since_first = _SINCE_FIRST.match(text)
    try:
        moment = LITERALS["TIME"].read(text[since_first.end() :] if since_first else text, 0)
    except FilterError as error:
        raise PlaceError(f"Not a time or a number. Try {EXAMPLES}.") from error
    if since_first:
        if moment.kind != "relative":
            raise PlaceError("Behind + stands a duration, such as +30s.")
        return log.segments[0].time_of(0) + int(moment.ns)
    return int(moment.at(time.time_ns()))


def _row_at(log: CaptureLog, time_ns: int) -> int:
    row = row_at_time(log, time_ns)
    if row is None:
        begun = format_date_time(log.segments[0].time_of(0))
        raise PlaceError(f"The capture begins later: {begun}.")
    return row


def _time_of(log: CaptureLog, row: int) -> int:
    segment = log.segment_of(row)
    return segment.time_of(row - segment.first_row)
