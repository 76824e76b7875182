"""A publisher without a network, and the batches of a tap by the shortest words."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, NamedTuple

from tests.helpers.packets import connect, publish
from topicscope.capture.tap import Tap
from topicscope.mqtt.control_packets import Direction
from topicscope.mqtt.properties import write_properties

if TYPE_CHECKING:
    from collections.abc import Callable

    from topicscope.capture.batch import Batch
    from topicscope.mqtt.properties import PropertyList


class Sent(NamedTuple):
    """A message that was handed over."""

    topic: str
    payload: bytes
    qos: int
    retain: bool
    properties: PropertyList


class Outlet:
    """Takes every message, or refuses those that `refuse` gives a sentence for; `echo` is called with each."""

    def __init__(self, refuse: Callable[[Sent], str | None] | None = None) -> None:
        self.sent: list[Sent] = []
        self.dropped: list[int] = []
        self.echo: Callable[[Sent], None] | None = None
        self._refuse = refuse
        self._changed = threading.Condition()

    def publish(
        self,
        topic: str,
        payload: bytes,
        qos: int = 0,
        retain: bool = False,
        properties: PropertyList | None = None,
    ) -> int:
        """Keep the message."""
        message = Sent(topic, payload, qos, retain, list(properties or ()))
        if self._refuse is not None and (problem := self._refuse(message)):
            raise ValueError(problem)
        with self._changed:
            self.sent.append(message)
            token = len(self.sent)
            self._changed.notify_all()
        if self.echo is not None:
            self.echo(message)
        return token

    def drop(self, token: int) -> None:
        """Keep what was to be dropped."""
        self.dropped.append(token)

    def wait_for(self, count: int, patience_s: float = 5.0) -> list[Sent]:
        """Return all messages as soon as there are `count` of them."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.sent) >= count, patience_s), self.sent
            return list(self.sent)


def wait_until(done: Callable[[], object], patience_s: float = 5.0) -> None:
    """Wait until something is true."""
    deadline = time.monotonic() + patience_s
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.002)


class Wire:
    """Packets of one connection as batches to `sink`; messages are received unless said otherwise."""

    def __init__(self, sink: Callable[[Batch], None], version: int = 5) -> None:
        self.tap = Tap(sink)
        self.tap.open_connection("", time.time_ns())
        self.tap.feed(Direction.OUT, connect(version), time.time_ns())
        self._is_five = version == 5

    def message(
        self,
        topic: str,
        payload: bytes = b"",
        *,
        sent: bool = False,
        at_ns: int | None = None,
        properties: PropertyList | None = None,
    ) -> None:
        """Let a message cross."""
        packed = write_properties(properties or []) if self._is_five else None
        packet = publish(topic.encode(), payload, properties=packed)
        direction = Direction.OUT if sent else Direction.IN
        self.tap.feed(direction, packet, time.time_ns() if at_ns is None else at_ns)
