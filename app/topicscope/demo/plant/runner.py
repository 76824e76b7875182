"""Tells the plant the time, in the broker's event loop."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from topicscope.demo.plant.plant import Plant

if TYPE_CHECKING:
    from collections.abc import Callable

    from topicscope.demo.exchange import Exchange

_SHORTEST_SLEEP = 0.02
_LONGEST_DELAY = 3.0


class PlantRunner:
    """Runs a plant until it is stopped; nothing is scheduled more often than 50 times a second."""

    def __init__(
        self, exchange: Exchange, seed: object = 1, clock: Callable[[], float] = time.time
    ) -> None:
        self._plant = Plant(exchange, seed)
        self._clock = clock
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Connect the devices and begin."""
        self._plant.start(self._clock())
        self._schedule()

    def stop(self) -> None:
        """Disconnect the devices; nothing is published any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._plant.stop()

    def _step(self) -> None:
        now = self._clock()
        # The computer slept, or its clock was set: going on is better than a burst or a long silence.
        if abs(now - self._plant.next_due) > _LONGEST_DELAY:
            self._plant.skip_to(now)
        self._plant.step(now)
        self._schedule()

    def _schedule(self) -> None:
        delay = max(_SHORTEST_SLEEP, self._plant.next_due - self._clock())
        delay = min(delay, _LONGEST_DELAY)
        self._timer = asyncio.get_running_loop().call_later(delay, self._step)
