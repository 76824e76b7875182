"""Numbers that stand at one place of the payloads of a topic, read from a snapshot of the capture: for charts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from topicscope.broker_status.numbers import read_number
from topicscope.query.chunk import Chunk
from topicscope.query.json_masks import JSON_BYTES, JsonReader, ValueReader

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from topicscope.capture.segment import Segment
    from topicscope.mqtt.control_packets import Direction
    from topicscope.payload.json_path import Path

_NANO = 1e9


class FieldValues(NamedTuple):
    """What was read.

    Attributes:
        times: seconds since the epoch, rising.
        values: one for each time.
        without: how many messages had no number there.
        more: whether there are older ones than were asked for.

    """

    times: NDArray[np.float64]
    values: NDArray[np.float64]
    without: int = 0
    more: bool = False


def number_of(value: Any) -> float | None:  # noqa: ANN401
    """Return a decoded value as a chart draws it: true is 1, a text may be a number with a unit; None for all else."""
    if isinstance(value, str):
        value = read_number(value.encode(errors="replace"))
    if not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def field_values(
    rows: Iterable[tuple[Segment, int]],
    topic_id: int,
    direction: Direction,
    path: Path,
    *,
    begin_row: int = 0,
    most: int,
) -> FieldValues:
    """Read from `begin_row` on, at most the newest so many messages; on any thread.

    Args:
        rows: segments, oldest first, with the number of rows to look at in each: a snapshot of a capture.
        topic_id: of the messages.
        direction: which way they went: what we publish comes back, too, and counts once.
        path: of the number in JSON or CBOR; the empty one for a payload that is itself a number.
        begin_row: older rows are left out.
        most: messages that are read.

    """
    reader: JsonReader | ValueReader = JsonReader(path) if path else ValueReader()
    times: list[NDArray[np.float64]] = []
    values: list[NDArray[np.float64]] = []
    room, without, more = most, 0, False
    for segment, count in reversed(tuple(rows)):
        begin = max(0, begin_row - segment.first_row)
        if begin >= count:
            break
        chunk = Chunk(segment, begin, count, tuple)
        found = _messages(chunk, topic_id, direction)
        more = len(found) > room
        found = found[len(found) - min(room, len(found)) :]
        numbers = [number_of(value) for value in reader.values(chunk.payloads(found))]
        known = [number is not None for number in numbers]
        times.append(chunk.times[found[known]] / _NANO)
        values.append(np.array([number for number in numbers if number is not None], np.float64))
        without += len(numbers) - sum(known)
        room -= len(numbers)
        if more:
            break
    empty = np.empty(0, np.float64)
    return FieldValues(
        np.concatenate([empty, *times[::-1]]), np.concatenate([empty, *values[::-1]]), without, more
    )


def _messages(chunk: Chunk, topic_id: int, direction: Direction) -> NDArray[np.intp]:
    found = np.flatnonzero(chunk.topics == topic_id)
    if len(found):
        ways = chunk.segment.directions(chunk.begin, chunk.end)
        found = found[(ways[found] == direction) & (chunk.payload_sizes[found] <= JSON_BYTES)]
    return found
