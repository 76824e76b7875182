"""What the broker dropped for slow subscribers since we look, for the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from topicscope.capture.log import CaptureLog

TOPIC = b"$SYS/broker/publish/messages/dropped"


class BrokerDrops:
    """Reads the broker's counter from the capture; the first value seen is where counting begins."""

    def __init__(self) -> None:
        self._row = -1
        self._first: int | None = None
        self._newest = 0

    def count(self, log: CaptureLog) -> int | None:
        """Return the messages dropped since the first value; None while the broker has told none."""
        node = log.topics.find(TOPIC)
        topic_id = log.topics.topic_of_node(node) if node >= 0 else -1
        if topic_id >= 0 and int(log.topics.last_row[topic_id]) != self._row:
            self._row = int(log.topics.last_row[topic_id])
            record = log.last_record(topic_id)
            if record is not None and record.payload.isdigit():
                self._newest = int(record.payload)
                # A broker that was restarted counts from 0 again.
                self._first = min(
                    self._newest if self._first is None else self._first, self._newest
                )
        return None if self._first is None else self._newest - self._first
