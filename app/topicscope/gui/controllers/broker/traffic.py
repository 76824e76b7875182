"""How many messages a second there are now: counted while they come, and told when they stop."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

if TYPE_CHECKING:
    from topicscope.gui.connection.bridge import ConnectionBridge

INTERVAL_MS = 250
WINDOW_S = 1.0


class TrafficCounter(QObject):
    """Tells the rate four times a second while messages come, once more when they stop, then rests."""

    counted = Signal(float)
    """Messages a second, both ways, over the last second."""

    def __init__(self, bridge: ConnectionBridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._counts: deque[tuple[float, int]] = deque()
        self._known = 0
        self._timer = QTimer(self)
        self._timer.setObjectName("traffic-counter")
        self._timer.setSingleShot(True)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self._on_timeout)
        bridge.appended.connect(self._on_appended)
        bridge.log_replaced.connect(self._on_log_replaced)

    @Slot()
    def _on_appended(self) -> None:
        if not self._timer.isActive():
            if not self._counts:
                self._counts.append((time.monotonic(), self._known))
            self._timer.start()

    @Slot(object)
    def _on_log_replaced(self) -> None:
        self._counts.clear()
        self._known = 0
        self.counted.emit(0.0)

    @Slot()
    def _on_timeout(self) -> None:
        now, count = time.monotonic(), self._count()
        self._known = count
        counts = self._counts
        counts.append((now, count))
        while len(counts) > 2 and now - counts[0][0] > WINDOW_S:
            counts.popleft()
        begun, before = counts[0]
        rate = (count - before) / max(now - begun, 0.001)
        # How fast a file is read says nothing of the traffic.
        self.counted.emit(0.0 if self._bridge.shows_file else rate)
        if rate > 0:
            self._timer.start()
        else:
            counts.clear()

    def _count(self) -> int:
        ledger = self._bridge.log.ledger
        return ledger.received + ledger.sent
