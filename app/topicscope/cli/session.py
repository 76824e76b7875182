"""One connection of a command: from the dial, through what comes over it, to the end or to Ctrl-C."""

from __future__ import annotations

import signal
import time
from abc import ABC, abstractmethod
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from topicscope.capture.batch import Batch
from topicscope.capture.tap import Tap
from topicscope.cli.exit_codes import DONE, NO_CONNECTION, CommandFailed
from topicscope.cli.words import Progress
from topicscope.connection.state import ConnectionEvent, ConnectionState, Phase, SubscribeAnswered
from topicscope.connection.supervisor import Connection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from topicscope.cli.connecting import Target
    from topicscope.connection.state import SubscriptionRequest

TICK_S = 0.25
"""After so long without an item it is time to look at the clock."""
_CLOSE_S = 5.0


class _Stop:
    """Put into the queue by Ctrl-C: what came before it is still taken."""


class Session(ABC):
    """What a command does with one connection.

    The connection thread puts batches and events into one queue; this thread takes them out.
    """

    def __init__(self, broker: Target, requests: Sequence[SubscriptionRequest]) -> None:
        self._broker = broker
        self._requests = requests
        self._queue: SimpleQueue[tuple[float, Batch | ConnectionEvent | _Stop]] = SimpleQueue()
        self._taken: float = time.monotonic()
        self._progress = Progress()
        self._state = ConnectionState()
        self._connected: float | None = None
        self._failure: CommandFailed | None = None
        self._running = True

    def run(self) -> int:
        """Work until there is no more to do, and finish whatever happens. Raises CommandFailed."""
        connection = Connection(Tap(self._put), self._put, self._lag)
        before = {n: signal.signal(n, self._on_signal) for n in (signal.SIGINT, signal.SIGTERM)}
        try:
            connection.connect(self._broker.profile, self._broker.secrets)
            connection.subscribe(self._requests)
            self._work()
            connection.disconnect()
        finally:
            connection.close(_CLOSE_S)
            for number, handler in before.items():
                signal.signal(number, handler)
            self._progress.clear()
            self._finish()
        if self._failure is not None:
            raise self._failure
        return DONE

    # What a command is made of

    @abstractmethod
    def _take_batch(self, batch: Batch) -> None:
        """Take what came or went."""

    @abstractmethod
    def _take_answer(self, answer: SubscribeAnswered) -> None:
        """Take what the broker said to a Topic Filter."""

    @abstractmethod
    def _look_at_the_clock(self) -> None:
        """Do what is due, after each item and each tick."""

    def _begin(self, state: ConnectionState) -> None:  # noqa: B027 - not every command has a use for it
        """Take what is known of the broker; called with each new connection."""

    def _stop(self) -> None:
        """End, because somebody pressed Ctrl-C."""
        self._running = False

    def _rest(self) -> None:  # noqa: B027 - not every command has a use for it
        """Do what can wait until nothing comes."""

    def _finish(self) -> None:  # noqa: B027 - not every command has a use for it
        """Complete what was begun, when the connection is closed."""

    def _patience(self) -> float:
        """Return how long to wait for the next item, in seconds."""
        return TICK_S

    def _is_worth_waiting(self) -> bool:
        """Tell whether a connection that is lost may come back, or else is the end."""
        return self._connected is not None

    def _fail(self, code: int, text: str) -> None:
        self._failure = self._failure or CommandFailed(code, text)
        self._running = False

    # On the connection thread, or in a signal handler

    def _put(self, item: Batch | ConnectionEvent) -> None:
        self._queue.put((time.monotonic(), item))

    def _lag(self) -> float:
        """Tell by how many seconds the command has fallen behind, so that reading can wait."""
        return 0.0 if self._queue.empty() else time.monotonic() - self._taken

    def _on_signal(self, _number: int, _frame: object) -> None:
        self._queue.put((time.monotonic(), _Stop()))

    # On this thread

    def _work(self) -> None:
        while self._running:
            try:
                self._taken, item = self._queue.get(timeout=self._patience())
            except Empty:
                self._rest()
                self._taken = time.monotonic()
            else:
                self._take(item)
            self._look_at_the_clock()

    def _take(self, item: Batch | ConnectionEvent | _Stop) -> None:
        if isinstance(item, Batch):
            self._take_batch(item)
        elif isinstance(item, ConnectionState):
            self._take_state(item)
        elif isinstance(item, SubscribeAnswered):
            self._take_answer(item)
        elif isinstance(item, _Stop):
            self._stop()

    def _take_state(self, state: ConnectionState) -> None:
        self._state = state
        if state.phase is Phase.CONNECTED:
            if self._connected is None:
                self._connected = time.monotonic()
            self._begin(state)
        elif state.phase not in (Phase.OFFLINE, Phase.WAITING) or not state.reason:
            return
        elif state.phase is Phase.OFFLINE or not self._is_worth_waiting():
            self._fail(NO_CONNECTION, _sentence(state))
        else:
            self._progress.say(_sentence(state))


def _sentence(state: ConnectionState) -> str:
    return f"{state.text} {state.remedy}".strip()
