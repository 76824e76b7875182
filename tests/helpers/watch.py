"""A Connection under watch: its events, its capture, and waiting for both."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Self

from topicscope.capture.batch import NOTE_TOPIC
from topicscope.capture.tap import Tap
from topicscope.connection.state import (
    ConnectionState,
    Phase,
    PublishProgress,
    SubscribeAnswered,
    SubscriptionRequest,
    UnsubscribeAnswered,
)
from topicscope.connection.supervisor import Connection
from topicscope.connection.timing import Timing
from topicscope.mqtt.control_packets import ControlPacketType, Direction

if TYPE_CHECKING:
    from collections.abc import Callable

    from topicscope.capture.batch import Batch
    from topicscope.connection.state import ConnectionEvent
    from topicscope.profiles.profile import Profile

QUICK = Timing(
    connect_s=1.5,
    connack_s=1.5,
    probe_s=0.6,
    farewell_s=0.5,
    first_retry_s=0.05,
    longest_retry_s=0.2,
    slow_retry_s=30.0,
    jitter=0.0,
)
"""Durations for tests: the same rules in a fraction of the time."""

_PATIENCE_S = 8.0


class Watched:
    """A Connection whose events and batches are kept; use as a context manager."""

    def __init__(self, timing: Timing = QUICK, lag: Callable[[], float] | None = None) -> None:
        self.events: list[ConnectionEvent] = []
        self.batches: list[Batch] = []
        self._changed = threading.Condition()
        self.connection = Connection(Tap(self._take), self._listen, lag, timing)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.connection.close()

    def _listen(self, event: ConnectionEvent) -> None:
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    def _take(self, batch: Batch) -> None:
        with self._changed:
            self.batches.append(batch)
            self._changed.notify_all()

    def connect(
        self, profile: Profile, password: str | None = None, **secrets: str
    ) -> ConnectionState:
        """Connect and return the state in which that succeeded or ended."""
        begin = len(self.events)
        if password is not None:
            secrets["secret"] = password
        self.connection.connect(profile, secrets)
        return self.wait_for_state(Phase.CONNECTED, Phase.OFFLINE, Phase.WAITING, after=begin)

    def wait_until(
        self, done: Callable[[], object], what: str, patience_s: float = _PATIENCE_S
    ) -> None:
        """Wait until `done` is true, or fail with what has happened so far."""
        deadline = time.monotonic() + patience_s
        with self._changed:
            while not done():
                left = deadline - time.monotonic()
                if left <= 0:
                    lines = "\n".join(str(event) for event in self.events)
                    raise AssertionError(f"{what} did not come. Notes: {self.notes()}\n{lines}")
                self._changed.wait(min(left, 0.05))

    def wait_for_state(self, *phases: Phase, after: int) -> ConnectionState:
        """Return the first state in one of `phases` behind the first `after` events."""
        self.wait_until(lambda: self._state_in(phases, after), f"a state in {phases}")
        state = self._state_in(phases, after)
        assert state is not None
        return state

    def _state_in(self, phases: tuple[Phase, ...], begin: int) -> ConnectionState | None:
        for event in self.events[begin:]:
            if isinstance(event, ConnectionState) and event.phase in phases:
                return event
        return None

    @property
    def states(self) -> list[ConnectionState]:
        """All states so far."""
        return [event for event in self.events if isinstance(event, ConnectionState)]

    def subscribe(self, *topic_filters: str, qos: int = 0) -> list[SubscribeAnswered]:
        """Subscribe and return the answers."""
        begin = len(self.events)
        self.connection.subscribe([SubscriptionRequest(name, qos) for name in topic_filters])

        def answers() -> list[SubscribeAnswered]:
            return [e for e in self.events[begin:] if isinstance(e, SubscribeAnswered)]

        self.wait_until(lambda: len(answers()) >= len(topic_filters), "SUBACK")
        return answers()

    def unsubscribe(self, *topic_filters: str) -> list[UnsubscribeAnswered]:
        """Unsubscribe and return the answers."""
        begin = len(self.events)
        self.connection.unsubscribe(topic_filters)

        def answers() -> list[UnsubscribeAnswered]:
            return [e for e in self.events[begin:] if isinstance(e, UnsubscribeAnswered)]

        self.wait_until(lambda: len(answers()) >= len(topic_filters), "UNSUBACK")
        return answers()

    def progress(self, token: int) -> list[PublishProgress]:
        """All that was told of one publish."""
        return [e for e in self.events if isinstance(e, PublishProgress) and e.token == token]

    def wait_for_stage(self, token: int, *stages: str) -> PublishProgress:
        """Return the first event of a publish in one of `stages`."""

        def found() -> list[PublishProgress]:
            return [event for event in self.progress(token) if event.stage in stages]

        self.wait_until(found, f"publish {token} in {stages}")
        return found()[0]

    def packets(
        self, kind: ControlPacketType | None = None, direction: Direction | None = None
    ) -> list[bytes]:
        """All packets so far, but for notes."""
        found: list[bytes] = []
        for batch in list(self.batches):
            if direction is not None and batch.direction != direction:
                continue
            spans = zip(batch.offset.tolist(), batch.length.tolist(), strict=True)
            for (begin, length), first in zip(spans, batch.first_byte.tolist(), strict=True):
                if first >> 4 and (kind is None or first >> 4 == kind):
                    found.append(batch.raw[begin : begin + length])
        return found

    def received(self) -> list[bytes]:
        """All PUBLISH packets from the broker so far."""
        return self.packets(ControlPacketType.PUBLISH, Direction.IN)

    def wait_for_messages(self, count: int) -> list[bytes]:
        """Return the PUBLISH packets from the broker when there are `count` of them."""
        self.wait_until(lambda: len(self.received()) >= count, f"{count} messages")
        return self.received()

    def notes(self) -> list[str]:
        """The notes in the capture so far."""
        return [
            batch.raw.decode()
            for batch in list(self.batches)
            if len(batch) == 1 and batch.topic[0] == NOTE_TOPIC
        ]

    def wait_for_note(self, part: str) -> str:
        """Return the first note that has `part` in it."""
        self.wait_until(lambda: any(part in note for note in self.notes()), f"a note with {part!r}")
        return next(note for note in self.notes() if part in note)
