"""Tests of what the capture costs beside the rows themselves."""

from __future__ import annotations

import tracemalloc

from tests.helpers.packets import publish
from topicscope.capture.log import CaptureLog
from topicscope.capture.tap import Tap
from topicscope.mqtt.control_packets import Direction

ROWS = 100_000
MOST_BYTES = 3_000_000


def test_that_counting_many_rows_at_once_takes_little_memory_on_the_way() -> None:
    log = CaptureLog()
    tap = Tap(log.append)
    tap.feed(Direction.IN, publish(b"a", b"1") * ROWS, 1)
    tracemalloc.start()
    try:
        log.count_topics()
        assert tracemalloc.get_traced_memory()[1] < MOST_BYTES
    finally:
        tracemalloc.stop()
    assert log.topics.messages.tolist() == [ROWS]
    assert log.topics.last_row.tolist() == [ROWS - 1]
