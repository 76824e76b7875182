"""The last messages of one topic, found in the capture from its end towards its begin."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from topicscope.capture.log import CaptureLog


def newest_rows(log: CaptureLog, topic_id: int, most: int, budget_s: float) -> list[int]:
    """Return the rows of a topic, rising, at most so many; fewer where finding them takes too many seconds."""
    found: list[int] = []
    deadline = perf_counter() + budget_s
    for rows in _from_the_end(log, topic_id):
        found += rows[::-1][: most - len(found)]
        if len(found) >= most or perf_counter() > deadline:
            break
    return found[::-1]


def _from_the_end(log: CaptureLog, topic_id: int) -> Iterator[list[int]]:
    row = int(log.topics.last_row[topic_id])
    while log.first_row <= row < log.end_row:
        segment = log.segment_of(row)
        ids = segment.topic[: row - segment.first_row + 1]
        yield (np.flatnonzero(ids == topic_id) + segment.first_row).tolist()
        row = segment.first_row - 1
