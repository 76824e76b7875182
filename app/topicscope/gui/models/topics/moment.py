"""What the topic tree shows of a moment that has passed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from topicscope.gui.models.topics.values import LastValue, value_of_record

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from topicscope.capture.log import CaptureLog
    from topicscope.capture.moments import Moment
    from topicscope.capture.record import Record

    Totals = Callable[[NDArray[np.float64]], NDArray[np.float64]]

_CACHED = 1024
_NOT_YET = LastValue("not yet", retained=False, absent=True)
_GIVEN_UP = LastValue("given up", retained=False, absent=True)


class NodesThen:
    """The last values of topics at one moment."""

    def __init__(self, log: CaptureLog, moment: Moment, totals: Totals) -> None:
        """Take a moment of this log; `totals` adds values of topics up for all nodes."""
        self.moment = moment
        self._log = log
        self._records: dict[int, Record | None] = {}
        self._met = totals(moment.met.astype(np.float64))

    def is_met(self, node: int) -> bool:
        """Tell whether any topic at a node or below had been seen by then."""
        return node < len(self._met) and bool(self._met[node])

    def value(self, topic_id: int) -> LastValue:
        """Return the last value that a topic had."""
        met = self.moment.met
        if topic_id >= len(met) or not met[topic_id]:
            return _NOT_YET
        record = self._record(topic_id)
        return _GIVEN_UP if record is None else value_of_record(record)

    def age_s(self, topic_id: int) -> float | None:
        """Return how old the last value of a topic was, in seconds."""
        record = self._record(topic_id)
        return None if record is None else max(0.0, (self.moment.time_ns - record.time_ns) / 1e9)

    def _record(self, topic_id: int) -> Record | None:
        if topic_id not in self._records:
            if len(self._records) >= _CACHED:
                self._records.clear()
            self._records[topic_id] = self.moment.record(self._log, topic_id)
        return self._records[topic_id]
