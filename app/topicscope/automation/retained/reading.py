"""Asking a broker what it keeps: a second connection subscribes, takes what comes retained, and goes.

It subscribes with QoS 2, so each message comes with the QoS it was published with; it publishes nothing, has
no Will, and its session ends with it.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import numpy as np

from topicscope.automation.retained.seen import snapshot_of
from topicscope.capture.log import CaptureLog
from topicscope.capture.tap import Tap
from topicscope.connection.state import (
    ConnectionState,
    Phase,
    SubscribeAnswered,
    SubscriptionRequest,
)
from topicscope.connection.supervisor import Connection
from topicscope.mqtt.control_packets import RETAIN_BIT, ControlPacketType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from topicscope.automation.retained.seen import Snapshot
    from topicscope.capture.batch import Batch
    from topicscope.connection.state import ConnectionEvent
    from topicscope.profiles.profile import Profile

QUIET_S = 1.0
"""When nothing retained has come for so long, everything has: MQTT has no end mark."""
PATIENCE_S = 120.0
_LOOK_S = 0.05
_RETAINED_PUBLISH = ControlPacketType.PUBLISH << 4 | RETAIN_BIT


class ReadingError(Exception):
    """The broker could not be asked; the text says why, for people."""


def read_retained(
    profile: Profile,
    secrets: Mapping[str, str],
    topic_filters: Iterable[str],
    *,
    quiet_s: float = QUIET_S,
    patience_s: float = PATIENCE_S,
    counted: Callable[[int], bool] | None = None,
) -> Snapshot:
    """Return what the broker keeps under these Topic Filters; blocks, so it is for a worker's thread.

    ``counted`` is told now and then how many messages have come, and ends the reading by returning False.
    Raises ReadingError with a sentence, and ValueError for a filter that is not valid.
    """
    reading = _Reading()
    try:
        reading.begin(_visitor(profile), secrets, list(topic_filters))
        reading.wait(quiet_s, patience_s, counted)
    finally:
        reading.close()
    return snapshot_of(reading.log, time.time_ns(), profile.url)


def _visitor(profile: Profile) -> Profile:
    import msgspec

    return msgspec.structs.replace(
        profile,
        client_identifier="",
        clean_start=True,
        session_expiry_interval=None,
        will=None,
        read_only=True,
    )


class _Reading:
    """One visit; what comes is taken on the connection's thread."""

    def __init__(self) -> None:
        self.log = CaptureLog()
        self._changed = threading.Condition()
        self._count = 0
        self._newest = 0.0
        self._unanswered = 0
        self._problem = ""
        self._connection = Connection(Tap(self._take), self._listen)

    def begin(self, profile: Profile, secrets: Mapping[str, str], topic_filters: list[str]) -> None:
        self._unanswered = len(set(topic_filters))
        requests = [
            # Without Retain As Published, so that RETAIN marks what was kept and nothing that is new.
            SubscriptionRequest(topic_filter, 2, retain_as_published=False)
            for topic_filter in topic_filters
        ]
        self._connection.subscribe(requests)
        self._connection.connect(profile, secrets)

    def wait(
        self, quiet_s: float, patience_s: float, counted: Callable[[int], bool] | None
    ) -> None:
        end = time.monotonic() + patience_s
        with self._changed:
            while not self._is_over(quiet_s):
                if self._problem:
                    raise ReadingError(self._problem)
                if time.monotonic() > end:
                    raise ReadingError(
                        f"After {patience_s:.0f} s retained messages still come ({self._count:,} so far)."
                        if self._count
                        else f"The broker has not answered for {patience_s:.0f} s."
                    )
                self._changed.wait(_LOOK_S)
                if counted is not None and not counted(self._count):
                    raise ReadingError("Cancelled.")

    def close(self) -> None:
        self._connection.close()

    def _is_over(self, quiet_s: float) -> bool:
        return not self._unanswered and time.monotonic() - self._newest >= quiet_s

    # On the connection's thread

    def _take(self, batch: Batch) -> None:
        retained = int(np.count_nonzero(batch.first_byte & 0xF1 == _RETAINED_PUBLISH))
        with self._changed:
            self.log.append(batch)
            if retained:
                self._count += retained
                self._newest = time.monotonic()

    def _listen(self, event: ConnectionEvent) -> None:
        with self._changed:
            if isinstance(event, SubscribeAnswered):
                self._unanswered -= 1
                self._newest = time.monotonic()
                if event.refused:
                    self._problem = f"{event.topic_filter}: {event.text}."
            elif isinstance(event, ConnectionState) and event.phase in (
                Phase.OFFLINE,
                Phase.WAITING,
            ):
                self._problem = event.text
            self._changed.notify_all()
