"""Our own messages that come back: the time from when one left until the broker sent it to us, too."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from topicscope.mqtt.control_packets import ControlPacketType, Direction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from topicscope.capture.log import CaptureLog
    from topicscope.capture.record import Record
    from topicscope.gui.connection.bridge import ConnectionBridge

MOST_AWAITED: Final = 64
PATIENCE_S: Final = 30.0
"""What has not come back by then is not waited for."""
MOST_ROWS: Final = 200_000
"""Rows that are looked at, at a time; of a flood beyond that only the newest are."""
MOST_COMPARED: Final = 200
"""Messages whose payload is compared, at a time."""


@dataclass(slots=True, eq=False)
class _Awaited:
    token: int
    topic: bytes
    payload: bytes
    since: float
    left_ns: int | None = None
    topic_id: int = -1
    looked_at: int = 0
    """Topic Names of the capture among which the topic is not."""

    def find_topic(self, names: list[bytes]) -> None:
        """Look for the id of the topic among names that are new."""
        if self.topic_id < 0:
            try:
                self.topic_id = names.index(self.topic, self.looked_at)
            except ValueError:
                self.looked_at = len(names)


class Echoes(QObject):
    """Looks into what arrives, but only while something is awaited."""

    came_back = Signal(int, float)
    """Token, and seconds from when the message left until it arrived here."""

    def __init__(self, bridge: ConnectionBridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._awaited: list[_Awaited] = []
        self._row = 0
        bridge.appended.connect(self._on_appended)
        bridge.log_replaced.connect(self._on_log_replaced)

    @property
    def awaited(self) -> int:
        """How many messages are looked for."""
        return len(self._awaited)

    def await_echo(self, token: int, topic: str, payload: bytes) -> None:
        """Look for a message that is published now."""
        if not self._awaited:
            self._row = self._bridge.log.end_row
        del self._awaited[: 1 - MOST_AWAITED or None]
        self._awaited.append(_Awaited(token, topic.encode(), payload, time.monotonic()))

    @Slot()
    def _on_appended(self) -> None:
        if not self._awaited:
            return
        log = self._bridge.log
        for one in self._awaited:
            one.find_topic(log.topics.names)
        topics = {one.topic_id for one in self._awaited if one.topic_id >= 0}
        for record in _messages(log, self._row, topics):
            self._take(record)
        self._row = log.end_row
        oldest = time.monotonic() - PATIENCE_S
        self._awaited = [one for one in self._awaited if one.since > oldest]

    @Slot(object)
    def _on_log_replaced(self, _log: object) -> None:
        self._awaited.clear()
        self._row = 0

    def _take(self, record: Record) -> None:
        is_ours = record.direction is Direction.OUT
        for one in self._awaited:
            if (one.left_ns is None) != is_ours or one.topic != record.topic:
                continue
            if one.payload != record.payload:
                continue
            if is_ours:
                one.left_ns = record.time_ns
            else:
                assert one.left_ns is not None
                self._awaited.remove(one)
                self.came_back.emit(one.token, max(0, record.time_ns - one.left_ns) / 1e9)
            return


def _messages(log: CaptureLog, row: int, topics: set[int]) -> Iterator[Record]:
    """Return the newest messages of these topics from a row on."""
    row = max(row, log.first_row, log.end_row - MOST_ROWS)
    if not topics:
        return
    wanted = np.array(list(topics), np.int64)
    left = MOST_COMPARED
    while row < log.end_row and left > 0:
        segment = log.segment_of(row)
        begin, end = row - segment.first_row, segment.count
        kinds = segment.first_byte[begin:end] >> 4
        found = np.flatnonzero(
            np.isin(segment.topic[begin:end], wanted) & (kinds == ControlPacketType.PUBLISH)
        )
        for local in found[:left].tolist():
            yield log.record(row + local)
        left -= len(found)
        row = segment.end_row
