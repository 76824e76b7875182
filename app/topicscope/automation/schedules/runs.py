"""One schedule while it runs: where it is, what became of its messages, how late it was."""

from __future__ import annotations

import math
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from topicscope.automation.histogram import Histogram
from topicscope.automation.schedules.drift import Drift
from topicscope.automation.schedules.pacing import Wave, pace_of

if TYPE_CHECKING:
    from topicscope.automation.schedules.pacing import Pace
    from topicscope.automation.schedules.schedule import Schedule
    from topicscope.automation.schedules.sources import Message, Source

RunState: TypeAlias = Literal["preparing", "running", "paused", "ended", "stopped", "failed"]
ACTIVE = frozenset({"preparing", "running", "paused"})
"""States out of which a schedule still sends."""

SKIP_AFTER_S = 1.0
"""Lateness beyond which messages are left out, so that nothing floods the broker after a suspend."""

_RATE_WINDOW_S = 1.5
_RATE_STEP_S = 0.1
_ENOUGH = 8
"""Messages within the window that make a rate; of fewer, the time between the last two says more."""


@dataclass(frozen=True, slots=True)
class RunStatus:
    """How a schedule stands.

    Attributes:
        sent: messages handed over to the connection, without those refused.
        refused: messages that could not be sent, before or after they were handed over.
        rate: messages a second, of late.
        started: when it began, in seconds since the epoch.
        next_due: when the next message is due, in seconds since the epoch; None when none is.
        problem: the newest sentence on what went wrong; empty when nothing did.

    """

    state: RunState
    sent: int
    refused: int
    rate: float
    drift: Drift
    started: float
    next_due: float | None = None
    problem: str = ""

    @property
    def is_active(self) -> bool:
        """Whether it still sends, or will."""
        return self.state in ACTIVE


class Run:
    """See the module; the scheduler's thread changes it, and others may stop it and read."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.state: RunState = "preparing"
        self.problem = ""
        self.begun = 0.0
        self.started = time.time()
        self.index = 0
        self.refused_later = 0
        self.source: Source | None = None
        self._pace: Pace = pace_of(schedule.pace)
        self._wave = Wave(schedule.wave) if schedule.wave is not None else None
        self._handed = 0
        self._refused = 0
        self._missed = 0
        self._last_late = 0.0
        self._lateness = Histogram()
        self._end_s = schedule.duration_s or math.inf
        self._most = schedule.count or math.inf
        self._samples: deque[tuple[float, int]] = deque(maxlen=32)
        self._last_two = (0.0, 0.0)
        self._paused_at = 0.0

    def begin(self, source: Source, now: float) -> None:
        """Reckon all due times from now on."""
        self.source = source
        self._pace = source.pace or self._pace
        self.begun, self.started = now, time.time()
        self.state = "running"

    def pause(self, now: float) -> None:
        """Rest from now on, if it runs."""
        if self.state == "running":
            self.state = "paused"
            self._paused_at = now

    def resume(self, now: float) -> bool:
        """Go on, if it rests, and tell whether it does; all due times move by the rest, so nothing is caught up."""
        if self.state != "paused":
            return False
        self.begun += now - self._paused_at
        self.state = "running"
        return True

    @property
    def due(self) -> float:
        """When the next message is due, on the clock of `begun`; infinity when there is no next."""
        due = self._pace.due(self.index)
        if due >= self._end_s or self._handed + self._refused >= self._most:
            return math.inf
        return self.begun + due

    def skip_to(self, now: float) -> None:
        """Leave out what is too late to be sent, but for the newest moment."""
        newest = self._pace.newest_due(min(now - self.begun, self._end_s))
        if newest > self.index:
            self._missed += newest - self.index
            self.index = newest

    def message(self) -> Message | None:
        """Return the next message; None behind the last. Raises what its source raises."""
        variables: dict[str, object] = {"index": self.index}
        if self._wave is not None:
            variables["value"] = self._wave.value(self._pace.due(self.index))
        assert self.source is not None
        return self.source.message(self.index, variables)

    def was_sent(self, late_s: float, now: float) -> None:
        """Count a message that was handed over, `late_s` behind its due time."""
        self._handed += 1
        self.index += 1
        self._last_late = late_s
        self._lateness.add(late_s)
        self._last_two = (self._last_two[1], now)
        if not self._samples or now - self._samples[-1][0] >= _RATE_STEP_S:
            self._samples.append((now, self._handed))

    def was_refused(self, problem: str) -> None:
        """Count a message that could not be handed over."""
        self._refused += 1
        self.index += 1
        self.problem = problem

    def end(self, state: RunState, problem: str = "") -> None:
        """Send nothing any more."""
        self.state = state
        self.problem = problem or self.problem

    def close(self) -> None:
        """Let go of the source."""
        source, self.source = self.source, None
        if source is not None:
            source.close()

    def status(self) -> RunStatus:
        """Return how it stands; any thread may ask."""
        now = time.monotonic()
        due = self.due if self.state == "running" else math.inf
        later = self.refused_later
        return RunStatus(
            state=self.state,
            sent=self._handed - later,
            refused=self._refused + later,
            rate=self._rate(now) if self.state == "running" else 0.0,
            drift=Drift(self._lateness.copy(), self._last_late, self._missed),
            started=self.started,
            next_due=time.time() + due - now if due < math.inf else None,
            problem=self.problem,
        )

    def _rate(self, now: float) -> float:
        recent = [sample for sample in tuple(self._samples) if now - sample[0] <= _RATE_WINDOW_S]
        if recent and self._handed - recent[0][1] >= _ENOUGH:
            return (self._handed - recent[0][1]) / (now - recent[0][0])
        before, last = self._last_two
        return 1 / max(last - before, now - last) if before else 0.0
