"""An examination by the connection doctor, run in a worker and told step by step on the window's thread."""

from __future__ import annotations

import threading
import time
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from topicscope.gui.tasks import in_worker_for, spawn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from topicscope.connection.doctor import Step
    from topicscope.profiles.profile import Profile

TICK_MS: Final = 50

State = Literal["new", "running", "stopped", "done"]


class Examination(QObject):
    """Runs one examination at a time; what an earlier one still says is not heard any more."""

    step_told = Signal(object)
    """A Step, as soon as it is done."""
    ticked = Signal(float)
    """Seconds since the last step, while it runs."""
    state_changed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state: State = "new"
        self._cancelled = threading.Event()
        self._waiting: deque[Step] = deque()
        self._expected: list[tuple[str, str]] = []
        self._since = 0.0
        self.steps: list[Step] = []
        self._timer = QTimer(self)
        self._timer.setObjectName("examination")
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._on_tick)

    # Properties

    @property
    def state(self) -> State:
        """Where it is."""
        return self._state

    @property
    def is_running(self) -> bool:
        """Whether steps are still to come."""
        return self._state == "running"

    @property
    def next_title(self) -> str:
        """What is probably being tried now."""
        known = {step.key for step in self.steps}
        behind = self.steps[-1].key if self.steps else ""
        keys = [key for key, _ in self._expected]
        start = keys.index(behind) + 1 if behind in keys else 0
        left = [title for key, title in self._expected[start:] if key not in known]
        return left[0] if left else "Saying goodbye"

    # Methods

    def start(self, profile: Profile, secrets: Mapping[str, str], *, probes: bool = False) -> None:
        """Begin; an examination that runs is called off."""
        self._cancelled.set()
        self._cancelled = threading.Event()
        # Where this object goes while the worker is on its way, the worker must not go on.
        self.destroyed.connect(partial(_set, self._cancelled))
        self._waiting = deque()
        self.steps = []
        self._expected = _expected(profile, probes=probes)
        self._since = time.monotonic()
        self._timer.start()
        self._set_state("running")
        work = self._run(profile, dict(secrets), self._waiting, self._cancelled, probes)
        spawn(work, "connection-doctor")

    @Slot()
    def stop(self) -> None:
        """Call it off at once; steps that were told stay."""
        if self.is_running:
            self._cancelled.set()
            self._take_steps()
            self._timer.stop()
            self._set_state("stopped")

    # Slots

    @Slot()
    def _on_tick(self) -> None:
        self._take_steps()
        self.ticked.emit(time.monotonic() - self._since)

    # Private

    async def _run(
        self,
        profile: Profile,
        secrets: dict[str, str],
        waiting: deque[Step],
        cancelled: threading.Event,
        probes: bool,
    ) -> None:
        await in_worker_for(self, _examine, profile, secrets, waiting, cancelled, probes)
        if cancelled is self._cancelled and self.is_running:
            self._take_steps()
            self._timer.stop()
            self._set_state("done")

    def _take_steps(self) -> None:
        while self._waiting:
            step = self._waiting.popleft()
            self.steps.append(step)
            self._since = time.monotonic()
            self.step_told.emit(step)

    def _set_state(self, state: State) -> None:
        self._state = state
        self.state_changed.emit(state)


def _examine(
    profile: Profile,
    secrets: dict[str, str],
    waiting: deque[Step],
    cancelled: threading.Event,
    probes: bool,
) -> None:
    from topicscope.connection.doctor import examine

    if not cancelled.is_set():
        examine(profile, secrets, waiting.append, cancelled, probes)


def _expected(profile: Profile, *, probes: bool) -> list[tuple[str, str]]:
    """Return keys and titles of the steps that are to come if all goes well."""
    from topicscope.connection.doctor.report import PROBES, TITLES, way_of

    keys = way_of(profile, probes=probes)
    return [(key, TITLES[key]) for key in [*keys, *(PROBES if probes else ())]]


def _set(event: threading.Event, _object: object = None) -> None:
    event.set()
