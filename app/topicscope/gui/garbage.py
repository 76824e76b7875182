"""Keeping Python's collector of cycles on the window's thread, and giving back what start-up has left behind.

The collector runs in whichever thread allocates, and a cycle with Qt objects in it that dies on the connection's
thread takes timers of another thread with it. So it is switched off, and runs here, when something happened that can
leave cycles.
"""

from __future__ import annotations

import ctypes
import gc
import linecache
import sys
from typing import Any

from PySide6.QtCore import QObject, Slot

YOUNG_OBJECTS = 20_000
YOUNG_RUNS_PER_FULL_RUN = 50

LARGE_BYTES = 64 * 1024
"""Blocks of this size and more go back to the system as soon as they are freed."""

_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8


class _Unkept(dict[str, Any]):
    """Keeps nothing."""

    def __setitem__(self, key: str, value: Any) -> None:  # noqa: ANN401
        """Let the value go."""


def keep_no_sources() -> None:
    """Let Python read the text of a source file each time somebody asks for it, and not keep it.

    PySide asks for those of all modules, at each import, to find out whether they switch its features on. A packaged
    application has none to keep, and Python finds that out by way of the cache.
    """
    if not getattr(sys, "frozen", False):
        linecache.cache = _Unkept()


# Now, not when the window is made: the modules of the window are imported next.
keep_no_sources()


class GarbageCollector(QObject):
    """Collects in small steps, each time enough has been allocated since the last."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runs = 0
        gc.collect()
        gc.freeze()
        gc.disable()
        give_back_freed_memory()

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


def give_back_freed_memory() -> None:
    """Return to the system what is free now, and from now on large blocks when they are freed; with glibc only.

    The runs of packets come from the connection's thread and are freed on the window's. By itself glibc takes blocks
    of their size from the thread's own heap after the first was freed, where each that is still in use holds all
    below it. And a heap of its own for each thread is one more that is never quite empty; under Python's lock one
    heap is enough for all.
    """
    if not sys.platform.startswith("linux"):
        return
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt") and hasattr(library, "malloc_trim"):
        library.mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES)
        library.mallopt(_M_ARENA_MAX, 1)
        library.malloc_trim(0)
