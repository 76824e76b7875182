"""The thread that runs schedules: it sleeps to the next due time, sends what is due, and rests again.

Due times are absolute on the monotonic clock, so lateness never adds up. What is due together is sent together;
after `MOST_WORK_S` of work others get the interpreter, and below `LEAST_REST_S` no sleep is worth its cost. Without
a running schedule the thread sleeps until there is one.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import math
import threading
import time
from collections import deque
from functools import partial
from typing import TYPE_CHECKING

from topicscope.automation.publisher import template_at
from topicscope.automation.schedules.in_flight import InFlight
from topicscope.automation.schedules.runs import ACTIVE, SKIP_AFTER_S, Run
from topicscope.automation.schedules.sources import SourceAbandonedError, open_source, problem_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from topicscope.automation.publisher import Publisher, TemplateOf, TemplateRenderer
    from topicscope.automation.schedules.runs import RunStatus
    from topicscope.automation.schedules.schedule import Schedule
    from topicscope.automation.templates.template import MessageTemplate
    from topicscope.connection.state import PublishProgress

_log = logging.getLogger(__name__)

MOST_WORK_S = 0.002
"""Work at a stretch, after which the other threads have their turn."""

LEAST_REST_S = 0.0005
"""Shortest sleep; at more than 2,000 messages a second some are therefore sent together."""


class Scheduler:
    """Runs schedules; any thread may call, and nothing waits but `close`.

    `templates` gives the templates that schedules name. Who hands every PublishProgress to `progressed` has what the
    broker or the connection refuses counted too, and what still waits dropped when a schedule is stopped.
    """

    def __init__(
        self,
        publisher: Publisher,
        renderer: TemplateRenderer,
        templates: TemplateOf,
        *,
        follows_progress: bool = False,
    ) -> None:
        self._publisher = publisher
        self._renderer = renderer
        self._templates = templates
        self._wake = threading.Condition()
        self._runs: dict[str, Run] = {}
        self._new: deque[Run] = deque()
        self._heap: list[tuple[float, int, Run]] = []
        self._order = itertools.count()
        self._in_flight = InFlight() if follows_progress else None
        self._thread: threading.Thread | None = None
        self._openers: set[threading.Thread] = set()
        self._is_paused = False
        self._closed = False

    # --- any thread ---

    def start(self, schedule: Schedule) -> None:
        """Start a schedule, from its begin if it runs already; raises ValueError with a sentence."""
        if problem := schedule.problem():
            raise ValueError(problem)
        template = template_at(schedule.template, schedule.message, self._templates)
        run = Run(schedule)
        with self._wake:
            if self._closed:
                return
            self._stop(schedule.id)
            self._runs[schedule.id] = run
            opener = threading.Thread(
                target=self._open, args=(run, template), name="topicscope-schedule", daemon=True
            )
            self._openers.add(opener)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._loop, name="topicscope-scheduler", daemon=True
                )
                self._thread.start()
            opener.start()

    def start_all(self, schedules: Iterable[Schedule]) -> list[str]:
        """Start those that are enabled and do not run; return a sentence for each that cannot start."""
        problems = []
        for schedule in schedules:
            status = self.status(schedule.id)
            if not schedule.enabled or (status is not None and status.is_active):
                continue
            try:
                self.start(schedule)
            except ValueError as error:
                problems.append(f"{schedule.name or 'A schedule'}: {error}")
        return problems

    def stop(self, schedule_id: str) -> None:
        """Stop a schedule: at most the one message that is being handed over still goes."""
        with self._wake:
            self._stop(schedule_id)
            self._wake.notify()

    def stop_all(self) -> None:
        """Stop every schedule."""
        with self._wake:
            for schedule_id in self._runs:
                self._stop(schedule_id)
            self._wake.notify()

    def pause(self) -> None:
        """Let every schedule rest, those still being made ready and those started meanwhile too."""
        now = time.monotonic()
        with self._wake:
            self._is_paused = True
            for run in self._runs.values():
                run.pause(now)
            self._wake.notify()

    def resume(self) -> None:
        """Let them go on where they were: nothing is caught up, as if no time had passed."""
        now = time.monotonic()
        with self._wake:
            self._is_paused = False
            for run in self._runs.values():
                if run.resume(now):
                    self._new.append(run)
            self._wake.notify()

    def forget(self, schedule_id: str) -> None:
        """Stop a schedule, and keep nothing of it."""
        self.stop(schedule_id)
        with self._wake:
            self._runs.pop(schedule_id, None)

    def status(self, schedule_id: str) -> RunStatus | None:
        """Return how a schedule stands; None when it was never started."""
        run = self._runs.get(schedule_id)
        return None if run is None else run.status()

    def statuses(self) -> dict[str, RunStatus]:
        """Return how all schedules stand that were ever started, by their ids."""
        with self._wake:
            runs = dict(self._runs)
        return {schedule_id: run.status() for schedule_id, run in runs.items()}

    def progressed(self, progress: PublishProgress) -> None:
        """Take note of what became of a publish, whosever it was."""
        if self._in_flight is not None:
            self._in_flight.progressed(progress)

    def close(self, timeout: float = 2.0) -> None:
        """Stop all and end the threads; waits at most `timeout` seconds."""
        until = time.monotonic() + timeout
        self.stop_all()
        with self._wake:
            self._closed = True
            self._wake.notify()
            threads = [*self._openers, *([self._thread] if self._thread else [])]
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(max(0.0, until - time.monotonic()))

    # --- with the lock ---

    def _stop(self, schedule_id: str) -> None:
        run = self._runs.get(schedule_id)
        if run is not None and run.state in ACTIVE:
            if run.state == "paused":
                # It stands in no queue, and its source is closed by the thread that uses it.
                self._new.append(run)
            run.end("stopped")
            self._drop_waiting(run)

    def _drop_waiting(self, run: Run) -> None:
        drop = getattr(self._publisher, "drop", None)
        if drop is not None and self._in_flight is not None:
            for token in self._in_flight.tokens_of(run):
                drop(token)

    # --- the threads of sources ---

    def _open(self, run: Run, template: MessageTemplate) -> None:
        wanted = partial(_is_preparing, run)
        try:
            source = open_source(run.schedule, template, self._renderer, wanted)
        except SourceAbandonedError:
            source = None
        except (ValueError, OSError) as error:
            run.end("failed", problem_words(error))
            source = None
        except Exception as error:  # noqa: BLE001 - a schedule must not end without a word
            _log.exception("a schedule could not be opened")
            run.end("failed", f"{type(error).__name__}: {error}")
            source = None
        with self._wake:
            self._openers.discard(threading.current_thread())
            if source is None:
                return
            if run.state != "preparing" or self._closed:
                source.close()
                return
            run.begin(source, time.monotonic())
            if self._is_paused:
                run.pause(time.monotonic())
                return
            self._new.append(run)
            self._wake.notify()

    # --- the scheduler's thread ---

    def _loop(self) -> None:
        while self._wait():
            until = time.monotonic() + MOST_WORK_S
            while self._heap and (now := time.monotonic()) < until:
                due, _, run = self._heap[0]
                if due > now:
                    break
                self._send(run, due, now)
                if run.state == "running" and run.due < math.inf:
                    heapq.heapreplace(self._heap, (run.due, next(self._order), run))
                    continue
                heapq.heappop(self._heap)
                self._end(run)
        with self._wake:
            queued = [run for _, _, run in self._heap]
            for run in (*queued, *self._new, *self._runs.values()):
                run.close()

    def _end(self, run: Run) -> None:
        """Let go of a run that has no next message, unless it rests, or has just been told to go on."""
        with self._wake:
            if run.state == "paused" or (run.state == "running" and run.due < math.inf):
                return
            if run.state == "running":
                run.end("ended")
            run.close()

    def _wait(self) -> bool:
        """Sleep until something is due; tell whether there is still anything to do."""
        rest = LEAST_REST_S
        with self._wake:
            while not self._closed:
                self._take_changes()
                due = self._heap[0][0] if self._heap else math.inf
                left = max(due - time.monotonic(), rest)
                if left <= 0:
                    return True
                # Once rested, what is due goes without another rest.
                rest = 0.0
                self._wake.wait(None if left == math.inf else min(left, threading.TIMEOUT_MAX))
            return False

    def _take_changes(self) -> None:
        """Let go of runs that were stopped or rest, and take the new ones."""
        if any(run.state != "running" for _, _, run in self._heap):
            for _, _, run in self._heap:
                if run.state not in ACTIVE:
                    run.close()
            self._heap = [entry for entry in self._heap if entry[2].state == "running"]
            heapq.heapify(self._heap)
        while self._new:
            run = self._new.popleft()
            # It may have been told to rest and to go on before anybody looked.
            self._heap = [entry for entry in self._heap if entry[2] is not run]
            heapq.heapify(self._heap)
            if run.state != "running":
                if run.state not in ACTIVE:
                    run.close()
                continue
            heapq.heappush(self._heap, (run.due, next(self._order), run))

    def _send(self, run: Run, due: float, now: float) -> None:
        if run.state != "running":
            return
        if now - due > SKIP_AFTER_S:
            run.skip_to(now)
            due = run.due
            if due == math.inf:
                return
        try:
            message = run.message()
        except (ValueError, OSError) as error:
            run.end("failed", problem_words(error))
            return
        except Exception as error:  # noqa: BLE001 - the thread must not end without a word
            _log.exception("a schedule met an unforeseen error")
            run.end("failed", f"{type(error).__name__}: {error}")
            return
        if message is None:
            run.end("ended")
            return
        try:
            token = self._publisher.publish(*message)
        except ValueError as error:
            run.was_refused(str(error))
            return
        run.was_sent(now - due, now)
        if self._in_flight is not None:
            self._in_flight.add(token, run, message.qos)


def _is_preparing(run: Run) -> bool:
    return run.state == "preparing"
