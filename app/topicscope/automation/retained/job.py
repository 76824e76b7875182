"""Doing a plan about retained messages: many publishes, few at a time, each one waited for.

A job has no thread and no timer. `start` publishes the first few; each PublishProgress that `progressed` is
given makes room for more, so that the pace is the broker's. It may be driven on any one thread, or on two: the
caller's and the one of the connection.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from topicscope.automation.publisher import Publisher

if TYPE_CHECKING:
    from collections.abc import Callable

    from topicscope.automation.retained.plans import Plan, Step
    from topicscope.connection.state import PublishProgress

WINDOW = 500
"""Most publishes on their way at once."""
FIRST = 50
"""How many `start` publishes: it runs on the window's thread."""
GROWTH = 2
"""How many each answer makes room for, until the window is full."""


class DroppingPublisher(Publisher, Protocol):
    """A Connection, or the window's bridge to one."""

    def drop(self, token: int) -> None:
        """Forget a publish that waits."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A topic that the job could not do, and why."""

    topic: str
    why: str


@dataclass(slots=True)
class JobProgress:
    """How far a job has come: `total == len(done) + len(failures) + on_their_way + left`.

    Attributes:
        done: topics that the broker has acknowledged; with QoS 0 those that have been written.
        on_their_way: publishes that wait for an answer.
        left: steps not begun; after a cancel those that never will be.

    """

    total: int
    done: list[str] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    on_their_way: int = 0
    left: int = 0
    is_cancelled: bool = False

    @property
    def is_finished(self) -> bool:
        """True when nothing is on its way and nothing more will be."""
        return not self.on_their_way and (self.is_cancelled or not self.left)


class RetainedJob:
    """See the module. ``changed`` is called after each step, on whichever thread that is."""

    def __init__(
        self,
        plan: Plan,
        publisher: DroppingPublisher,
        changed: Callable[[RetainedJob], None] | None = None,
        window: int = WINDOW,
    ) -> None:
        """Prepare; raises ValueError for a clearing without the file that undoes it."""
        if plan.kind == "clear" and (plan.undo is None or not plan.undo.is_file()):
            raise ValueError("Nothing is cleared before the snapshot for undo is on disk.")
        self.plan = plan
        self._publisher = publisher
        self._changed = changed
        self._window = window
        self._lock = threading.RLock()
        self._waiting: deque[Step] = deque(plan.steps)
        self._sent: dict[int, Step] = {}
        self._written: set[int] = set()
        self.progress = JobProgress(len(plan.steps), left=len(plan.steps))

    def start(self) -> None:
        """Publish the first steps."""
        self._send(FIRST)
        self._tell()

    def cancel(self) -> None:
        """Begin no more steps; what waits in the connection is dropped, what has left is waited for."""
        with self._lock:
            self.progress.is_cancelled = True
            tokens = list(self._sent)
        for token in tokens:
            self._publisher.drop(token)
        self._tell()

    def progressed(self, progress: PublishProgress) -> bool:
        """Take the progress of any publish; tell whether it was one of this job."""
        with self._lock:
            step = self._sent.get(progress.token)
            if step is None:
                return False
            if not self._take(step, progress):
                return True
            del self._sent[progress.token]
        self._send(GROWTH)
        self._tell()
        return True

    def sentence(self) -> str:
        """Say how far the job is, or how it ended, for people."""
        done, total = len(self.progress.done), self.progress.total
        clears = self.plan.kind == "clear"
        text = f"{'Cleared' if clears else 'Published'} {done:,} of {total:,} retained messages"
        if self.progress.failures:
            text += f", {len(self.progress.failures):,} failed"
        if not self.progress.is_cancelled:
            return f"{text}."
        waiting = self.progress.on_their_way
        return f"{text}; cancelled{f', waiting for {waiting:,} answers' if waiting else ''}."

    # Private

    def _take(self, step: Step, progress: PublishProgress) -> bool:
        """Count an end of a step; tell whether it was one."""
        if progress.stage == "acknowledged" or (progress.stage == "sent" and not step.qos):
            self.progress.done.append(step.topic)
        elif progress.stage == "dropped" and self._was_cancelled_unsent(progress.token):
            self.progress.left += 1
        elif progress.stage in ("refused", "dropped"):
            self.progress.failures.append(Failure(step.topic, progress.text))
        else:
            if progress.stage == "sent":
                self._written.add(progress.token)
            return False
        self._written.discard(progress.token)
        self.progress.on_their_way -= 1
        return True

    def _was_cancelled_unsent(self, token: int) -> bool:
        return self.progress.is_cancelled and token not in self._written

    def _send(self, most: int) -> None:
        while most:
            # The answer may come on another thread before the token is written down: it waits for the lock.
            with self._lock:
                if (
                    self.progress.is_cancelled
                    or not self._waiting
                    or len(self._sent) >= self._window
                ):
                    return
                most -= self._send_one(self._waiting.popleft())

    def _send_one(self, step: Step) -> bool:
        """Publish one step; tell whether there will be an answer to go on from."""
        self.progress.left -= 1
        try:
            token = self._publisher.publish(
                step.topic, step.payload, step.qos, True, step.properties
            )
        except ValueError as error:
            self.progress.failures.append(Failure(step.topic, str(error)))
            return False
        self._sent[token] = step
        self.progress.on_their_way += 1
        return True

    def _tell(self) -> None:
        if self._changed is not None:
            self._changed(self)
