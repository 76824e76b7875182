"""What the topics of the window's capture do: rates, rhythm and silence, looked at only while somebody looks."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from topicscope.capture.talkers import Sampler
from topicscope.connection.state import Phase

if TYPE_CHECKING:
    from topicscope.capture.log import CaptureLog
    from topicscope.gui.connection.bridge import ConnectionBridge


class TopicPulse(QObject):
    """The one sampler of a window, for the tree and for the talkers; it has no timer.

    Attributes:
        sampler: the sampler of the capture that is shown; another one after each `log_replaced`.

    """

    def __init__(self, bridge: ConnectionBridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._set_log(bridge.log)
        bridge.log_replaced.connect(self._set_log)

    @property
    def is_live(self) -> bool:
        """Whether time goes on: without a connection silence says nothing about a topic."""
        return self._bridge.state.phase is Phase.CONNECTED

    def now_ns(self) -> int:
        """Return the time that ages are counted to: now while connected, else when the newest row crossed."""
        if self.is_live:
            return time.time_ns()
        log = self._bridge.log
        if not log.end_row:
            return 0
        segment = log.segments[-1]
        return segment.time_of(segment.count - 1)

    def sample(self) -> bool:
        """Look at the counters; return False, and do nothing, when the last look is too recent."""
        return bool(self._bridge.log.end_row) and self.sampler.sample(self.now_ns())

    @Slot(object)
    def _set_log(self, log: CaptureLog) -> None:
        self.sampler = Sampler(log)
