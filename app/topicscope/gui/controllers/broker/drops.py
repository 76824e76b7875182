"""What the broker dropped for slow subscribers since we look, for the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from topicscope.broker_status.dropped import DroppedTotal, tells_dropped
from topicscope.mqtt.control_packets import Direction

if TYPE_CHECKING:
    from topicscope.capture.log import CaptureLog

_NAMES_A_LOOK: Final = 20_000
_MAX_TOPICS: Final = 64


class BrokerDrops:
    """Reads the broker's counters from the capture; the first value seen is where counting begins."""

    def __init__(self) -> None:
        self._names_seen = 0
        self._rows: dict[int, int] = {}
        self._total = DroppedTotal()

    def count(self, log: CaptureLog) -> int | None:
        """Return the messages dropped since the first value; None while the broker has told none."""
        self._find_topics(log.topics.names)
        for topic_id, row in self._rows.items():
            newest = int(log.topics.last_row[topic_id])
            if newest == row:
                continue
            self._rows[topic_id] = newest
            record = log.last_record(topic_id)
            if record is not None and record.direction is Direction.IN:
                self._total.take(record.topic, record.payload)
        return self._total.count

    def _find_topics(self, names: list[bytes]) -> None:
        """Look for such counters among new names, a part of them at a time."""
        end = min(len(names), self._names_seen + _NAMES_A_LOOK)
        for topic_id in range(self._names_seen, end):
            if tells_dropped(names[topic_id]) and len(self._rows) < _MAX_TOPICS:
                self._rows[topic_id] = -1
        self._names_seen = end
