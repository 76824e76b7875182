"""Measuring the display filter on a million messages on 20,000 topics."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from topicscope.capture.log import CaptureLog
from topicscope.capture.tap import Tap
from topicscope.capture.view import LogView
from topicscope.mqtt.control_packets import Direction
from topicscope.mqtt.framing import write_variable_byte_integer
from topicscope.query import Filter, FilterContext, compile_filter, snapshot

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MESSAGES = 1_000_000
TOPICS = 20_000
BLOCK = 500
"""Messages that cross together."""

FILTERS = {
    "topic_qos_size": ('topic ~ "plant/+/cell3/#" and qos == 1 and size > 30', 0.020),
    "json": ("json.value > 80", 1.0),
    "json_nested": ("json.meta.line == 3", 1.0),
    "value": ("value > 80", 1.0),
    "payload_rare": ('payload contains "4711"', 0.3),
    "payload_often": ('payload contains "degC"', 0.3),
    "payload_single_letter": ('payload contains "e"', 0.3),
    "payload_matches": ('payload matches "val.*: 8[0-9]"', None),
    "changed": ("changed", None),
    "gap": ("gap > 5ms", None),
    "mixed": ('topic ~ "plant/+/cell3/#" and json.value > 80 and payload contains "degC"', None),
    "time": ("time > -1h and retain", 0.020),
}
"""Text and the limit in seconds, where there is one."""


def packets(number: int) -> list[bytes]:
    """Return messages with a small JSON payload, one in ten with QoS 1."""
    choose = random.Random(7)
    made = []
    for index in range(number):
        sensor = choose.randrange(TOPICS)
        topic = b"plant/line%d/cell%d/sensor%d" % (sensor % 10, sensor // 10 % 10, sensor)
        payload = b'{"value": %d.%03d, "unit": "degC", "meta": {"line": %d}}' % (
            index % 90,
            index % 1000,
            sensor % 10,
        )
        qos = index % 10 == 0
        body = len(topic).to_bytes(2) + topic + (b"\x00\x07" if qos else b"") + payload
        made.append(bytes([0x32 if qos else 0x30]) + write_variable_byte_integer(len(body)) + body)
    return made


def filled(messages: int) -> CaptureLog:
    """Return a log that holds so many messages."""
    log = CaptureLog(1 << 30)
    tap = Tap(log.append)
    tap.open_connection("", 0)
    begin = time.time_ns() - messages * 1000
    ones = packets(min(messages, 200_000))
    for number in range(0, messages, BLOCK):
        first = number % len(ones)
        tap.feed(Direction.IN, b"".join(ones[first : first + BLOCK]), begin + number * 1000)
    return log


def seconds(work: Callable[[], Any]) -> float:
    """Return how long something takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def whole(wanted: Filter, log: CaptureLog) -> int:
    """Ask a filter about all rows, backwards, and return how many it sees."""
    count = 0
    for _, begin, end, seen in wanted.evaluate_backwards(snapshot(log)):
        count += end - begin if seen is None else int(np.count_nonzero(seen))
    return count


def measure(log: CaptureLog, text: str, limit: float | None) -> dict[str, Any]:
    """Measure one filter: from its text to all rows, to the first chunk, and once more."""
    runs, firsts = [], []
    for _ in range(3):
        context = FilterContext(log)
        begun = time.perf_counter()
        wanted = compile_filter(text, context)
        next(iter(wanted.evaluate_backwards(snapshot(log))))
        firsts.append(time.perf_counter() - begun)
        context = FilterContext(log)
        begun = time.perf_counter()
        seen = whole(compile_filter(text, context), log)
        runs.append(time.perf_counter() - begun)
    again = seconds(lambda: whole(compile_filter(text, context), log))
    view = LogView(log, compile_filter(text, FilterContext(log)).predicate)
    live = seconds(view.refresh)
    best = sorted(runs)[1]
    return {
        "seen": seen,
        "seconds": round(best, 4),
        "limit_s": limit,
        "of_limit": round(best / limit, 2) if limit else None,
        "first_chunk_s": round(sorted(firsts)[1], 4),
        "again_s": round(again, 4),
        "as_view_s": round(live, 4),
    }


def filtering(_folder: Path) -> dict[str, Any]:
    """The display filter over a million messages on 20,000 topics, each against its limit."""
    log = filled(MESSAGES)
    compile_filter("qos", FilterContext(log))
    return {name: measure(log, text, limit) for name, (text, limit) in FILTERS.items()}
