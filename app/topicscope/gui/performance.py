"""Measuring the window from inside: how late it answers, and what it costs; for ``--report``."""

from __future__ import annotations

import os
import sys
import time
from array import array
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QTimer, Slot

if TYPE_CHECKING:
    from collections.abc import Callable

VERSION = 1
INTERVAL_MS = 10
BEST_OF_S = 0.5


class PerformanceProbe(QObject):
    """Counts how late a 10 ms timer is, and how many messages the best half second brought."""

    def __init__(self, count_messages: Callable[[], int], parent: QObject | None = None) -> None:
        """Begin to measure; to be made at the first paint."""
        super().__init__(parent)
        self._first_paint_s = seconds_since_process_start()
        self._count_messages = count_messages
        self._late_ms = array("d")
        self._counts: deque[tuple[float, int]] = deque()
        self._best_rate = 0.0
        self._timer = QTimer(self)
        self._timer.setObjectName("performance-probe")
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_timeout)
        self._due = time.perf_counter() + INTERVAL_MS / 1000
        self._timer.start(INTERVAL_MS)

    def report(self, **facts: object) -> dict[str, Any]:
        """Stop, and return what was measured together with `facts`, as the document of ``--report``."""
        self._timer.stop()
        late = sorted(self._late_ms)
        return {
            "version": VERSION,
            **facts,
            "first_paint_s": round(self._first_paint_s, 4),
            "gui_delay_ms": {
                "p50": _percentile(late, 0.5),
                "p99": _percentile(late, 0.99),
                "max": _percentile(late, 1.0),
            },
            "cpu_s": round(time.process_time(), 3),
            "peak_rss_mb": peak_rss_mb(),
            "messages_per_s_max": round(self._best_rate),
        }

    @Slot()
    def _on_timeout(self) -> None:
        now = time.perf_counter()
        self._late_ms.append((now - self._due) * 1000)
        self._due = now + INTERVAL_MS / 1000
        self._timer.start(INTERVAL_MS)
        counts = self._counts
        counts.append((now, self._count_messages()))
        if now - counts[0][0] >= BEST_OF_S:
            begun, before = counts[0]
            self._best_rate = max(self._best_rate, (counts[-1][1] - before) / (now - begun))
            while now - counts[0][0] >= BEST_OF_S:
                counts.popleft()


def _percentile(ordered: list[float], fraction: float) -> float | None:
    if not ordered:
        return None
    return round(ordered[min(len(ordered) - 1, int(fraction * len(ordered)))], 2)


def peak_rss_mb() -> float | None:
    """Return the most memory the process ever had resident, in MB; None where nobody tells."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak * (1 if sys.platform == "darwin" else 1024) / 1e6, 1)


_IMPORTED_AT = time.monotonic()


def seconds_since_process_start() -> float:
    """Return the age of this process in seconds; elsewhere than on Linux, since this module was imported."""
    try:
        stat = Path("/proc/self/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        started = int(stat[19]) / os.sysconf("SC_CLK_TCK")
        return time.clock_gettime(time.CLOCK_BOOTTIME) - started
    except (OSError, AttributeError, ValueError):
        return time.monotonic() - _IMPORTED_AT
