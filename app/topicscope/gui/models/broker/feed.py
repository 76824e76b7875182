"""What came on $SYS, read from the capture in the order it came: the state of the broker is a view of the capture."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Final

import numpy as np

from topicscope.broker_status import StatusReader
from topicscope.broker_status.history import History
from topicscope.broker_status.numbers import read_number
from topicscope.broker_status.tiles import tile_value
from topicscope.broker_status.totals import Total
from topicscope.gui.models.topics.past import newest_rows
from topicscope.mqtt.control_packets import Direction

if TYPE_CHECKING:
    from collections.abc import Iterable

    from topicscope.broker_status.tiles import UserTile
    from topicscope.capture.log import CaptureLog
    from topicscope.capture.record import Record

PREFIX: Final = b"$SYS/"
NAMES_AT_ONCE: Final = 50_000
MOST_MESSAGES: Final = 20_000
"""Older messages than the newest so many are left out when a long capture is read from its begin."""
MOST_REMEMBERED: Final = 500
"""Values from before a tile was made that its history begins with."""
_REMEMBER_S: Final = 0.008
_ROWS_AT_ONCE: Final = 65_536


class StatusFeed:
    """Reads a capture into a `StatusReader`, a few milliseconds at a time.

    Attributes:
        reader: what was understood.
        tile_history: values of tiles of one's own, by their Topic Names.

    """

    def __init__(self, log: CaptureLog, begin: int = 0) -> None:
        """Read from the row `begin` on."""
        self.reader = StatusReader()
        self.tile_history = History()
        self._tiles: dict[bytes, UserTile] = {}
        self._log = log
        self._begin = begin
        self._row = begin
        self._names_seen = 0
        self._flags = np.zeros(0, np.bool_)
        self._ids: list[int] = []
        self._heard: set[int] = set()
        self._left_out: int | None = None
        self._waiting: list[int] = []

    def set_tiles(self, tiles: Iterable[UserTile]) -> None:
        """Keep the history of these tiles, with what was told before somebody wanted them."""
        before, self._tiles = self._tiles, {_topic(tile): tile for tile in tiles}
        for topic, tile in self._tiles.items():
            old = before.get(topic)
            if old is None or old.as_rate != tile.as_rate:
                self._remember(topic, tile)

    def read(self, budget_s: float) -> tuple[bool, bool]:
        """Read on for about so many seconds; returns whether something was heard, and whether more waits."""
        deadline = perf_counter() + budget_s
        self._find_topics()
        if not self._ids:
            if self._names_seen == len(self._log.topics.names):
                self._row = max(self._row, self._log.end_row)
            return False, self._names_seen < len(self._log.topics.names)
        if self._left_out is None:
            self._left_out = max(0, self._messages() - MOST_MESSAGES)
        heard = False
        while perf_counter() < deadline and (self._waiting or self._look_on()):
            while self._waiting and perf_counter() < deadline:
                row = self._next()
                heard |= row >= 0 and self._take(self._log.record(row))
        if not self._waiting and self._row >= self._log.end_row:
            heard |= self._take_missed()
        more = bool(self._waiting) or self._row < self._log.end_row
        return heard, more or self._names_seen < len(self._log.topics.names)

    # Private

    def _remember(self, topic: bytes, tile: UserTile) -> None:
        self.tile_history.forget(tile.topic)
        topic_id = next((n for n in self._ids if self._log.topics.names[n] == topic), None)
        if topic_id is None:
            return
        total: Total | None = None
        end = self._waiting[-1] if self._waiting else self._row
        for row in newest_rows(self._log, topic_id, MOST_REMEMBERED, _REMEMBER_S):
            record = self._log.record(row) if self._begin <= row < end else None
            number = None if record is None else read_number(record.payload)
            if record is None or number is None or record.direction is not Direction.IN:
                continue
            if total is None:
                total = Total(number, None if record.retain else record.time_ns)
            else:
                total.take(number, record.time_ns)
            value = total.rate() if tile.as_rate else float(number)
            if value is not None:
                self.tile_history.add(tile.topic, record.time_ns, value)

    def _messages(self) -> int:
        return int(self._log.topics.messages[np.array(self._ids)].sum())

    def _find_topics(self) -> None:
        names = self._log.topics.names
        end = min(len(names), self._names_seen + NAMES_AT_ONCE)
        if end == self._names_seen:
            return
        found = [n for n in range(self._names_seen, end) if names[n].startswith(PREFIX)]
        if end > len(self._flags):
            self._flags = np.concatenate((self._flags, np.zeros(max(1024, end), np.bool_)))
        self._flags[found] = True
        self._ids += found
        self._names_seen = end

    def _look_on(self) -> bool:
        """Look through some more rows; returns whether there were any."""
        log = self._log
        self._row = max(self._row, log.first_row)
        newest = int(log.topics.last_row[np.array(self._ids)].max(initial=-1))
        if self._names_seen == len(log.topics.names) and newest < self._row:
            self._row = log.end_row
        if self._row >= log.end_row:
            return False
        segment = log.segment_of(self._row)
        begin = self._row - segment.first_row
        end = min(segment.count, begin + _ROWS_AT_ONCE)
        ids = segment.topic[begin:end]
        if self._names_seen < len(log.topics.names) and int(ids.max()) >= self._names_seen:
            return False
        found = np.flatnonzero((ids >= 0) & self._flags[np.maximum(ids, 0)]) + self._row
        self._row = segment.first_row + end
        rows = found.tolist()
        left_out = min(self._left_out or 0, len(rows))
        self._left_out = (self._left_out or 0) - left_out
        self._waiting = rows[left_out:][::-1]
        return True

    def _next(self) -> int:
        row = self._waiting.pop()
        return row if row >= self._log.first_row else -1

    def _take_missed(self) -> bool:
        """Take the last message of topics of which none was read: what is told once, and long ago."""
        topics, heard = self._log.topics, False
        missed = [n for n in self._ids if n not in self._heard]
        for topic_id in missed:
            self._heard.add(topic_id)
            if int(topics.last_row[topic_id]) >= self._begin:
                heard |= self._take(self._log.last_record(topic_id))
        return heard

    def _take(self, record: Record | None) -> bool:
        if record is None or record.direction is not Direction.IN:
            return False
        self._heard.add(record.topic_id)
        reader, topic = self.reader, record.topic
        reader.update(topic, record.payload, record.time_ns, retained=record.retain)
        if (tile := self._tiles.get(topic)) is not None:
            number = tile_value(reader, tile).number
            if number is not None:
                self.tile_history.add(tile.topic, record.time_ns, number)
        return True


def _topic(tile: UserTile) -> bytes:
    return tile.topic.encode(errors="surrogateescape")
