"""Which publishes of schedules are still on their way, so that what is refused later is counted where it belongs."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from topicscope.automation.schedules.runs import Run
    from topicscope.connection.state import PublishProgress

_MOST_EARLY = 1000
_FAILED = frozenset({"refused", "dropped"})
_DONE = frozenset({"acknowledged", *_FAILED})


class InFlight:
    """Tokens by the run that they belong to; any thread may call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: dict[int, tuple[Run, int]] = {}
        self._early: dict[int, PublishProgress] = {}
        """Progress that came before its token was known here: the connection is quick."""

    def add(self, token: int, run: Run, qos: int) -> None:
        """Follow a publish."""
        with self._lock:
            self._runs[token] = (run, qos)
            early = self._early.pop(token, None)
        if early is not None:
            self.progressed(early)

    def tokens_of(self, run: Run) -> list[int]:
        """Return the publishes of a run that are not done."""
        with self._lock:
            return [token for token, (owner, _) in self._runs.items() if owner is run]

    def progressed(self, progress: PublishProgress) -> None:
        """Take note of what became of a publish."""
        with self._lock:
            found = self._runs.get(progress.token)
            if found is None:
                self._early[progress.token] = progress
                while len(self._early) > _MOST_EARLY:
                    del self._early[next(iter(self._early))]
                return
            run, qos = found
            if progress.stage not in _DONE and (qos or progress.stage != "sent"):
                return
            del self._runs[progress.token]
            # A stopped schedule drops what waits; that is no refusal to be shown.
            if progress.stage in _FAILED:
                run.refused_later += 1
                if run.state != "stopped":
                    run.problem = progress.text
