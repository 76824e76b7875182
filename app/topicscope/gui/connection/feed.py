"""Who else listens on the connection's thread, without the window in between: automation must not wait for it."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from topicscope.capture.batch import note_batch
from topicscope.connection.state import PublishProgress
from topicscope.mqtt.control_packets import ProtocolVersion

if TYPE_CHECKING:
    from collections.abc import Callable

    from topicscope.capture.batch import Batch
    from topicscope.connection.state import ConnectionEvent


class ConnectionFeed:
    """Hands batches and the progress of publishes on; any thread may call.

    Topic ids count from the first batch on, so it remembers the names for a listener that comes later.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._epoch = 0
        self._names: list[bytes] = []
        self._take: Callable[[Batch], None] | None = None
        self._progressed: Callable[[PublishProgress], None] | None = None

    def attach(self, take: Callable[[Batch], None]) -> None:
        """Hand every batch to `take` from now on; the names met so far come first, in a batch without a packet."""
        with self._lock:
            names = note_batch(0, ProtocolVersion.MQTT_5, "", 0, self._epoch)
            take(replace(names, new_topics=list(self._names)))
            self._take = take

    def detach(self) -> None:
        """Hand batches on no more."""
        with self._lock:
            self._take = None

    def follow(self, progressed: Callable[[PublishProgress], None] | None) -> None:
        """Tell this of the progress of every publish from now on; None tells nobody."""
        self._progressed = progressed

    def put_batch(self, batch: Batch) -> None:
        """Take a batch from the tap."""
        with self._lock:
            if batch.epoch != self._epoch:
                self._epoch = batch.epoch
                self._names.clear()
            self._names += batch.new_topics
            if self._take is not None:
                self._take(batch)

    def put_event(self, event: ConnectionEvent) -> None:
        """Take an event of the connection."""
        progressed = self._progressed
        if progressed is not None and isinstance(event, PublishProgress):
            progressed(event)
