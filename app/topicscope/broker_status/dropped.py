"""What a broker has dropped for slow subscribers since we look: a column of the ledger.

Each broker has a topic of its own for it; the tables of the dialects know them all, so no dialect need be recognised.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from topicscope.broker_status.dialects import DIALECTS
from topicscope.broker_status.numbers import read_number

if TYPE_CHECKING:
    from topicscope.broker_status.dialect import Dialect, Figure

_MAX_TOPICS: Final = 256


def _figures(dialect: Dialect) -> tuple[Figure, ...]:
    slow = dialect.by_metric.get("slow_dropped")
    return slow or dialect.by_metric.get("publish_dropped", ())


def _pattern() -> re.Pattern[bytes]:
    topics = dict.fromkeys(
        f"{dialect.prefix}/{figure.topic}" for dialect in DIALECTS for figure in _figures(dialect)
    )
    return re.compile("|".join(re.escape(t).replace(r"\+", "[^/]+") for t in topics).encode())


_DROPPED: Final = _pattern()


def tells_dropped(topic: bytes) -> bool:
    """Tell whether a broker says on this topic how much it has dropped for slow subscribers."""
    return topic.startswith(b"$SYS/") and _DROPPED.fullmatch(topic) is not None


class DroppedTotal:
    """Counts from the first value seen on; a broker that was started again counts from 0 again."""

    def __init__(self) -> None:
        self._last: dict[bytes, int] = {}
        self._sum = 0

    @property
    def count(self) -> int | None:
        """Messages dropped since the first value of each topic; None while the broker has told none."""
        return self._sum if self._last else None

    def take(self, topic: bytes, payload: bytes) -> None:
        """Take one message, on whatever topic."""
        if not tells_dropped(topic):
            return
        number = read_number(payload)
        if number is None or number < 0 or (topic not in self._last and self._is_full()):
            return
        value = int(number)
        before = self._last.get(topic)
        if before is not None:
            # After a new start everything that is counted is new.
            self._sum += value - before if value >= before else value
        self._last[topic] = value

    def _is_full(self) -> bool:
        return len(self._last) >= _MAX_TOPICS
