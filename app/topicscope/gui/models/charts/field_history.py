"""The past of one value of a topic's payloads: read from the capture by a worker, and read on when more comes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from topicscope.capture.log import CaptureLog
    from topicscope.capture.segment import Segment
    from topicscope.mqtt.control_packets import Direction
    from topicscope.payload.json_path import Path
    from topicscope.query.field_values import FieldValues

MOST_VALUES: Final = 50_000
"""Older messages than the newest so many are left out."""


class FieldHistory:
    """Numbers at `path` in the messages of a topic that went one way; reads them in pieces.

    Attributes:
        times: seconds since the epoch, rising.
        values: one for each time.
        without: messages that had no number there.
        is_cut: whether older messages were left out.

    """

    def __init__(self, log: CaptureLog, topic: bytes, direction: Direction, path: Path) -> None:
        self.topic = topic
        self.direction = direction
        self.path = path
        self.times = np.empty(0, np.float64)
        self.values = np.empty(0, np.float64)
        self.without = 0
        self.is_cut = False
        self._log = log
        self._topic_id = -1
        self._names_seen = 0
        self._row = 0

    @property
    def are_switches(self) -> bool:
        """Whether nothing but 0 and 1 was seen: what is on or off has no values between."""
        return bool(np.isin(self.values, (0.0, 1.0)).all())

    def next_piece(self) -> Callable[[], FieldValues] | None:
        """Return what reads the messages that are new, for a worker; None where there are none.

        Its answer is for `take`; until then nothing else may be asked for.
        """
        log = self._log
        if not self._find_topic() or self._row >= log.end_row:
            return None
        begin, self._row = self._row, log.end_row
        rows = [(one, one.count) for one in log.segments if one.end_row > begin]
        return partial(_read, rows, self._topic_id, self.direction, self.path, begin)

    def take(self, piece: FieldValues) -> None:
        """Put what was read behind what is known."""
        times = np.concatenate([self.times, piece.times])
        values = np.concatenate([self.values, piece.values])
        self.is_cut |= piece.more or len(times) > MOST_VALUES
        self.times, self.values = times[-MOST_VALUES:], values[-MOST_VALUES:]
        self.without += piece.without

    def _find_topic(self) -> bool:
        names = self._log.topics.names
        if self._topic_id < 0 and self._names_seen < len(names):
            new = names[self._names_seen :]
            if self.topic in new:
                self._topic_id = self._names_seen + new.index(self.topic)
            self._names_seen = len(names)
        return self._topic_id >= 0


def _read(
    rows: Sequence[tuple[Segment, int]],
    topic_id: int,
    direction: Direction,
    path: Path,
    begin_row: int,
) -> FieldValues:
    # The display filter's parser comes with it, which nobody waits for in the window's thread.
    from topicscope.query.field_values import field_values

    return field_values(rows, topic_id, direction, path, begin_row=begin_row, most=MOST_VALUES)
