"""Taking segments of the capture to disk on a thread of its own: a disk that stalls holds nobody up.

Two things are written. Segments that must leave memory, which are read through memory maps from then on. And every
ten seconds in which something came, what is in memory only: sealed segments to their files ahead of time, and new
rows of the open one to a journal, so that a crash takes ten seconds of the capture and no more. A clean end deletes
all. The thread has one job at a time; what comes of it is told back on the window's thread, which owns the log.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from topicscope.capture.log import DEFAULT_DISK_BUDGET, CaptureLog
from topicscope.capture.segment import Place
from topicscope.capture.spill import SpillError
from topicscope.capture.spill_folder import SpillFolder
from topicscope.gui.text import format_bytes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from topicscope.capture.segment import Arrays, Segment

SLACK = 64 * 1024 * 1024
"""Bytes that the log may go above its memory budget while the disk is at work."""

COPY_MS = 10_000
"""What came is safe from a crash after so long."""

STALLED_S = 10.0
"""A disk that takes longer for one segment counts as broken."""


@dataclass(slots=True, eq=False)
class _Job:
    """Rows of a segment to write, and then what came of it."""

    folder: SpillFolder
    log: CaptureLog
    segment: Segment
    begin: int
    end: int
    is_leaving: bool
    is_sealed: bool
    arrays: Arrays | None = None
    size: int = 0
    limit: int = 0
    problem: SpillError | None = None

    def run(self) -> None:
        """Do it; on the worker's thread."""
        try:
            if self.is_sealed:
                self.size = self.folder.write(self.log, self.segment)
            else:
                self.folder.note(self.log, self.segment, self.begin, self.end)
            if self.is_leaving:
                self.arrays = self.folder.map(self.segment)
            self.limit = self.folder.limit()
        except SpillError as error:
            # A new one, without the frames that would keep the segment in memory.
            self.problem = SpillError(error.reason, error.offset, is_full=error.is_full)


class Spiller(QObject):
    """Keeps a log within its memory budget by help of a disk; lives on the thread that owns the log."""

    told = Signal(str)
    """A sentence on why messages are evicted though there is a disk."""
    evicted = Signal()
    """The log has lost rows from its front although nothing was appended."""
    _done = Signal(object)

    def __init__(
        self,
        root: Path,
        disk_budget: int = DEFAULT_DISK_BUDGET,
        parent: QObject | None = None,
        *,
        slack: int = SLACK,
    ) -> None:
        super().__init__(parent)
        self.root = root
        self._disk_budget = disk_budget
        self._slack = slack
        self._log = CaptureLog()
        self._folder: SpillFolder | None = None
        self._ceiling = disk_budget
        self._job: _Job | None = None
        self._begun = 0.0
        self._copies = False
        self._copied_row = 0
        self._copy_until = 0
        self._jobs: SimpleQueue[Callable[[], None] | _Job | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._timer = QTimer(self)
        self._timer.setObjectName("spiller-copy")
        self._timer.setSingleShot(True)
        self._timer.setInterval(COPY_MS)
        self._timer.timeout.connect(self._on_copy_due)
        self._done.connect(self._on_done)

    # Properties

    @property
    def is_behind(self) -> bool:
        """Whether the disk is so slow that who appends to the log should wait a little."""
        log = self._log
        return self._job is not None and log.memory > log.memory_budget + log.slack // 2

    # Methods

    def watch(self, log: CaptureLog, *, is_file: bool) -> None:
        """Care for another log from now on; what was on disk of the one before is deleted.

        The rows of a file that was opened are on disk already, so they get no copies against crashes.
        """
        self._drop_folder()
        self._log = log
        self._folder = SpillFolder(self.root, "file" if is_file else "capture")
        self._job = None
        self._ceiling = self._disk_budget
        self._copies = not is_file
        self._copied_row = self._copy_until = 0
        self._timer.stop()
        log.slack, log.disk_budget = self._slack, self._disk_budget

    def look(self) -> None:
        """See to what the log has got since the last look; cheap when there is nothing to do."""
        if self._copies and not self._timer.isActive() and self._log.end_row > self._copied_row:
            self._timer.start()
        if self._job is None:
            self._advance()
        elif monotonic() - self._begun > STALLED_S and self._log.slack:
            self._give_up("the disk does not answer")

    def close(self) -> None:
        """Delete all files and end the thread."""
        self._timer.stop()
        self._drop_folder()
        if self._thread is not None:
            self._jobs.put(None)
            self._thread.join(STALLED_S)
            self._thread = None

    # Slots

    @Slot()
    def _on_copy_due(self) -> None:
        self._copy_until = self._log.end_row
        if self._job is None:
            self._advance()

    @Slot(object)
    def _on_done(self, job: _Job) -> None:
        if job is not self._job:
            return
        self._job = None
        first_row = self._log.first_row
        if job.problem is not None:
            self._on_problem(job, job.problem)
        else:
            self._take_over(job)
            self._log.disk_budget = min(self._ceiling, job.limit)
        self._advance()
        if self._log.first_row != first_row:
            self.evicted.emit()

    # Private

    def _take_over(self, job: _Job) -> None:
        log, segment = self._log, job.segment
        if job.arrays is not None:
            is_wanted = log.spilled(segment, job.arrays, job.size)
        else:
            is_wanted = log.copied(segment, job.size)
        if not is_wanted and segment.place is not Place.MEMORY:
            self._forget(segment.first_row)
        self._copied_row = max(self._copied_row, segment.first_row + job.end)

    def _on_problem(self, job: _Job, problem: SpillError) -> None:
        if not job.is_leaving:
            self._copies = False
        elif problem.is_full and self._log.on_disk:
            if self._ceiling == self._disk_budget:
                self.told.emit(
                    f"The disk takes no more of the capture: {problem.reason}. "
                    f"It keeps the newest {format_bytes(self._log.on_disk)}, the oldest messages are evicted."
                )
            self._ceiling = self._log.disk_budget = self._log.on_disk
            self._log.not_spilled(job.segment)
        else:
            self._give_up(problem.reason)

    def _give_up(self, reason: str) -> None:
        self._copies = False
        self._timer.stop()
        self._log.stop_spilling()
        self.told.emit(
            f"The capture cannot go on in {self.root}: {reason}. "
            f"Messages beyond {format_bytes(self._log.memory_budget)} of memory are evicted, oldest first."
        )

    def _advance(self) -> None:
        for row in self._log.take_evicted():
            self._forget(row)
        segment = self._log.next_to_spill()
        for row in self._log.take_evicted():
            self._forget(row)
        if segment is not None:
            self._submit(segment, is_leaving=True)
        elif self._copies and self._copied_row < self._copy_until:
            self._copy()

    def _copy(self) -> None:
        """Write what is not yet on disk of the segment that holds the oldest such row."""
        log = self._log
        row = max(self._copied_row, log.first_row)
        segment = log.segment_of(row)
        if log.disk_used + segment.memory > log.disk_budget:
            self._copy_until = 0
        else:
            self._submit(segment, begin=row - segment.first_row)

    def _submit(self, segment: Segment, begin: int = 0, *, is_leaving: bool = False) -> None:
        assert self._folder is not None
        is_sealed = segment is not self._log.segments[-1]
        job = _Job(self._folder, self._log, segment, begin, segment.count, is_leaving, is_sealed)
        self._job, self._begun = job, monotonic()
        self._put(job)

    def _forget(self, first_row: int) -> None:
        if self._folder is not None:
            self._put(partial(self._folder.forget, first_row))

    def _drop_folder(self) -> None:
        folder, self._folder = self._folder, None
        self._job = None
        if folder is not None and self._thread is not None:
            self._put(folder.delete)

    def _put(self, job: Callable[[], None] | _Job) -> None:
        if self._thread is None:
            self._thread = Thread(target=self._work, name="spiller", daemon=True)
            self._thread.start()
        self._jobs.put(job)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            if isinstance(job, _Job):
                job.run()
                # The window may be gone when a stalled disk answers at last.
                with contextlib.suppress(RuntimeError):
                    self._done.emit(job)
            else:
                job()
