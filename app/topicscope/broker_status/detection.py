"""Recognising the broker by what it tells: each new topic is evidence, and the mind may be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from topicscope.broker_status.dialects import DIALECTS
from topicscope.broker_status.status import Detection

if TYPE_CHECKING:
    from topicscope.broker_status.dialect import Dialect
    from topicscope.broker_status.status import Sureness

_CERTAIN: Final = 100
_LIKELY: Final = 20
_LEAD: Final = 5
_LOOKED_AT: Final = 200
_SAID_AGAIN: Final = (b"/version", b"/uptime")


class Detector:
    """Counts what speaks for each dialect; every clue counts once."""

    def __init__(self) -> None:
        self._left = {dialect.key: list(dialect.clues) for dialect in DIALECTS}
        self._points = dict.fromkeys(self._left, 0)
        self.dialect: Dialect | None = None
        self.detection = Detection()

    def see(self, topic: bytes, payload: bytes, *, is_new: bool) -> bool:
        """Look at one message; returns whether another dialect is believed now."""
        if not is_new and not topic.endswith(_SAID_AGAIN):
            return False
        said = payload[:_LOOKED_AT]
        found = False
        for key, left in self._left.items():
            for clue in tuple(left):
                if clue.topic.fullmatch(topic) and (
                    clue.payload is None or clue.payload.match(said)
                ):
                    left.remove(clue)
                    self._points[key] += clue.points
                    found = True
        return found and self._decide()

    def _decide(self) -> bool:
        # `sorted` keeps the order of the table where points are equal.
        ranking = sorted(DIALECTS, key=self._points_against)
        best, second = ranking[0], ranking[1]
        points = self._points[best.key]
        sure = _sureness(points, points - self._points[second.key])
        before, self.dialect = self.dialect, best
        self.detection = Detection(best.key, best.name, sure, points)
        return before is not best

    def _points_against(self, dialect: Dialect) -> int:
        return -self._points[dialect.key]


def _sureness(points: int, lead: int) -> Sureness:
    if points >= _CERTAIN and lead >= _LEAD:
        return "certain"
    return "likely" if points >= _LIKELY and lead >= _LEAD else "guessed"
