"""Keeping Python's collector of cycles on the window's thread.

It runs in whichever thread allocates, and a cycle with Qt objects in it that dies on the connection's thread takes
timers of another thread with it. So it is switched off, and runs here, when something happened that can leave cycles.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, Slot

YOUNG_OBJECTS = 20_000
YOUNG_RUNS_PER_FULL_RUN = 50


class GarbageCollector(QObject):
    """Collects in small steps, each time enough has been allocated since the last."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runs = 0
        gc.collect()
        gc.freeze()
        gc.disable()

    @Slot()
    def collect(self) -> None:
        """Look whether it is time, and collect."""
        if gc.get_count()[0] < YOUNG_OBJECTS:
            return
        self._runs += 1
        gc.collect(2 if self._runs % YOUNG_RUNS_PER_FULL_RUN == 0 else 0)

    def stop(self) -> None:
        """Give the collector back to Python."""
        gc.enable()
        gc.unfreeze()
