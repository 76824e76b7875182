"""Clearing, bringing back and copying retained messages: one errand at a time, each counted and called off at will."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from topicscope.automation.retained.files import SnapshotError, SnapshotStore
from topicscope.automation.retained.job import RetainedJob
from topicscope.automation.retained.plans import Plan, plan_clear, plan_restore
from topicscope.automation.retained.seen import RetainedLook
from topicscope.connection.state import Phase
from topicscope.gui.controllers.retained.copy import RetainedCopy
from topicscope.gui.tasks import in_worker_for, spawn
from topicscope.gui.text import count_of, format_count
from topicscope.profiles.files import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from topicscope.automation.retained.job import Failure
    from topicscope.automation.retained.seen import Snapshot
    from topicscope.connection.state import ConnectionState, PublishProgress
    from topicscope.gui.connection.bridge import ConnectionBridge, ConnectionFactory
    from topicscope.profiles.profile import Profile

LOOK_MS: Final = 100
WINDOW: Final = 150
"""Most publishes on their way at once over the window's own connection, whose answers the window takes."""

_DONE: Final = {"clear": "cleared", "restore": "brought back", "copy": "copied"}


@dataclass(eq=False, slots=True)
class RetainedErrand:
    """One clearing, bringing back or copying.

    Attributes:
        where: name of the profile that is copied to.
        undo: snapshot on disk that brings back what is cleared.
        problem: why it could not be begun or finished, as a sentence.
        failure: how the connection of a copy ended, where that is the problem.

    """

    kind: Literal["clear", "restore", "copy"]
    where: str = ""
    plan: Plan | None = None
    job: RetainedJob | None = None
    undo: Path | None = None
    problem: str = ""
    failure: ConnectionState | None = None
    ended: bool = False
    begun_s: float = field(default_factory=time.monotonic)

    @property
    def done(self) -> list[str]:
        """Topics that the broker has acknowledged."""
        return self.job.progress.done if self.job is not None else []

    @property
    def failures(self) -> list[Failure]:
        """Topics that could not be done."""
        return self.job.progress.failures if self.job is not None else []

    @property
    def total(self) -> int:
        """How many topics there are to do; 0 while that is being found out."""
        return self.job.progress.total if self.job is not None else 0

    @property
    def was_cancelled(self) -> bool:
        """Whether somebody called it off."""
        return self.job is not None and self.job.progress.is_cancelled

    def sentence(self) -> str:
        """Say how far it is, or what came of it."""
        done, total = len(self.done), self.total
        verb = _DONE[self.kind] + (f" to {self.where}" if self.where else "")
        if not self.ended:
            return f"{format_count(done)} of {count_of(total, 'retained message')} {verb} …"
        text = f"{count_of(done, 'retained message')} {verb}"
        if self.failures:
            text += f", {format_count(len(self.failures))} not"
        if self.was_cancelled:
            text += (
                f"; cancelled, {format_count(total - done - len(self.failures))} left as they are"
            )
        return f"{text}."

    def remedy(self) -> str:
        """Say why it stopped, or what was refused first."""
        if self.problem:
            return self.problem
        if self.failures:
            first = self.failures[0]
            return f"{first.topic}: {first.why}"
        return ""


class RetainedWork(QObject):
    """Does errands over the connection of one window, or over one of its own for a copy."""

    changed = Signal(object)
    """The `RetainedErrand` is further, or has ended."""
    snapshots_changed = Signal()
    """A snapshot was written or deleted."""

    def __init__(
        self,
        bridge: ConnectionBridge,
        store: SnapshotStore,
        make_connection: ConnectionFactory,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.store = store
        self._bridge = bridge
        self._make_connection = make_connection
        self._errand: RetainedErrand | None = None
        self._copy: RetainedCopy | None = None
        self._timer = QTimer(self)
        self._timer.setObjectName("retained-errand")
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._on_look)
        bridge.publish_progressed.connect(self._on_progressed)

    # Properties

    @property
    def errand(self) -> RetainedErrand | None:
        """What is being done now."""
        return self._errand

    # Methods

    async def look(self) -> Snapshot:
        """Return what the capture knows to be retained now."""
        look = RetainedLook(self._bridge.log)
        broker = self._bridge.state.endpoint
        return await in_worker_for(self, look.snapshot, time.time_ns(), broker)

    def clear(self, topics: Iterable[bytes], snapshot: Snapshot | None = None) -> RetainedErrand:
        """Clear these topics as far as they are retained; the snapshot for undo is on disk before.

        Without a snapshot the capture is looked at.
        """
        errand = self._begin(RetainedErrand("clear"))
        if not errand.problem:
            spawn(self._clear(errand, list(topics), snapshot), "clear-retained")
        return errand

    def restore(self, plan: Plan) -> RetainedErrand:
        """Publish what a plan says over the window's connection."""
        errand = self._begin(RetainedErrand("restore", plan=plan))
        if not errand.problem:
            self._start(errand)
        return errand

    def undo(self, cleared: RetainedErrand) -> RetainedErrand:
        """Bring back what an errand has cleared."""
        errand = self._begin(RetainedErrand("restore"))
        if not errand.problem:
            spawn(self._undo(errand, cleared), "undo-clearing")
        return errand

    def copy(self, plan: Plan, profile: Profile, secrets: Mapping[str, str]) -> RetainedErrand:
        """Publish what a plan says over a connection of its own, which ends with the errand."""
        errand = self._begin(RetainedErrand("copy", where=profile.label, plan=plan))
        if not errand.problem:
            self._copy = RetainedCopy(self._make_connection, plan)
            errand.job = self._copy.job
            self._copy.begin(profile, secrets)
            self._timer.start()
        return errand

    def cancel(self) -> None:
        """Begin nothing more of the errand; what is on its way is waited for."""
        if self._errand is not None and self._errand.job is not None:
            self._errand.job.cancel()
            self._on_look()

    def close(self) -> None:
        """End the connection of a copy; for the end of the window."""
        self._timer.stop()
        copy, self._copy = self._copy, None
        if copy is not None:
            copy.close()

    # Slots

    @Slot(object)
    def _on_progressed(self, progress: PublishProgress) -> None:
        errand = self._errand
        if errand is None or errand.job is None or self._copy is not None:
            return
        if errand.job.progressed(progress) and errand.job.progress.is_finished:
            self._end(errand)

    @Slot()
    def _on_look(self) -> None:
        errand = self._errand
        if errand is None or errand.job is None:
            self._timer.stop()
            return
        if self._copy is not None and (failure := self._copy.failure) is not None:
            errand.failure = failure
            errand.problem = f"{failure.text} {failure.remedy}".strip()
            self._end(errand)
        elif errand.job.progress.is_finished:
            self._end(errand)
        else:
            self.changed.emit(errand)

    # Private

    def _begin(self, errand: RetainedErrand) -> RetainedErrand:
        if self._errand is not None:
            errand.problem = (
                "Something else is being done with retained messages: wait for it, or cancel it."
            )
        elif errand.kind != "copy" and self._bridge.state.phase is not Phase.CONNECTED:
            errand.problem = "Not connected: nothing was done."
        else:
            self._errand = errand
            return errand
        errand.ended = True
        return errand

    def _start(self, errand: RetainedErrand) -> None:
        assert errand.plan is not None
        errand.job = RetainedJob(errand.plan, self._bridge, window=WINDOW)
        self._timer.start()
        errand.job.start()
        self._on_look()

    def _end(self, errand: RetainedErrand) -> None:
        errand.ended = True
        self._errand = None
        self._timer.stop()
        copy, self._copy = self._copy, None
        if copy is not None:
            spawn(self._close_copy(copy), "end-copy")
        self.changed.emit(errand)

    async def _clear(
        self, errand: RetainedErrand, topics: list[bytes], snapshot: Snapshot | None
    ) -> None:
        try:
            found = await self.look() if snapshot is None else snapshot
            plan = await in_worker_for(self, plan_clear, found, topics)
            cleared = found.only([step.topic.encode() for step in plan.steps])
            note = f"Before {count_of(len(plan.steps), 'topic')} were cleared"
            errand.plan = plan
            if plan.steps:
                errand.undo = await in_worker_for(self, self.store.keep, cleared, note)
                errand.plan = plan.undone_by(errand.undo)
                self.snapshots_changed.emit()
        except StoreError as error:
            self._fail(errand, f"Nothing was cleared. {error}")
            return
        if not plan.steps:
            first = plan.left_out[0].why if plan.left_out else "none is retained"
            self._fail(errand, f"Nothing was cleared: {first}.")
        elif self._bridge.state.read_only or self._bridge.state.phase is not Phase.CONNECTED:
            self._fail(errand, "Not connected any more, or read-only: nothing was cleared.")
        else:
            self._start(errand)

    async def _undo(self, errand: RetainedErrand, cleared: RetainedErrand) -> None:
        assert cleared.undo is not None
        # What was refused or lost on the way may have been cleared all the same.
        topics = [*cleared.done, *(failure.topic for failure in cleared.failures)]
        try:
            errand.plan = await in_worker_for(self, _plan_undo, self.store, cleared.undo, topics)
        except SnapshotError as error:
            self._fail(errand, str(error))
        else:
            self._start(errand)

    def _fail(self, errand: RetainedErrand, problem: str) -> None:
        errand.problem = problem
        self._end(errand)

    async def _close_copy(self, copy: RetainedCopy) -> None:
        await in_worker_for(self, copy.close)


def _plan_undo(store: SnapshotStore, file: Path, topics: list[str]) -> Plan:
    return plan_restore(store.load(file), time.time_ns(), [topic.encode() for topic in topics])
