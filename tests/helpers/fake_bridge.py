"""A bridge without a connection: a real capture log behind a real tap, and the signals of `gui.bridge`.

What panes ask of it is written down in `subscribed`, `unsubscribed`, `published` and `calls`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from tests.helpers.packets import SECOND, START_NS
from topicscope.capture.log import DEFAULT_MEMORY_BUDGET, CaptureLog
from topicscope.capture.tap import Tap
from topicscope.connection.state import ConnectionState, Phase
from topicscope.mqtt.control_packets import Direction

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class FakeBridge(QObject):
    """Stands in for `ConnectionBridge`; `feed` plays the broker."""

    state_changed = Signal(object)
    appended = Signal()
    subscription_answered = Signal(object)
    unsubscription_answered = Signal(object)
    publish_progressed = Signal(object)
    log_replaced = Signal(object)

    def __init__(
        self, parent: QObject | None = None, memory_budget: int = DEFAULT_MEMORY_BUDGET
    ) -> None:
        super().__init__(parent)
        self.state = ConnectionState(Phase.OFFLINE, "Not connected")
        self.time_ns = START_NS
        self.subscribed: list[Any] = []
        self.unsubscribed: list[str] = []
        self.published: list[tuple[str, bytes, int, bool, Any]] = []
        self.calls: list[str] = []
        self._set_log(CaptureLog(memory_budget))

    def feed(
        self, packets: Iterable[bytes], direction: Direction = Direction.IN, seconds: float = 0.1
    ) -> None:
        """Let packets cross the connection in one read, `seconds` after the last ones."""
        self.time_ns += round(seconds * SECOND)
        self.tap.feed(direction, b"".join(packets), self.time_ns)
        self.log.count_topics()
        self.appended.emit()

    def note(self, text: str) -> None:
        """Put a note into the capture."""
        self.time_ns += SECOND // 10
        self.tap.note(text, self.time_ns)
        self.appended.emit()

    def set_state(self, state: ConnectionState) -> None:
        """Say that the connection is in another state."""
        self.state = state
        self.state_changed.emit(state)

    def replace_log(self, log: CaptureLog | None = None) -> None:
        """Put another capture in place of this one, as when a file is opened."""
        self._set_log(log or CaptureLog())
        self.log_replaced.emit(self.log)

    # What panes ask for

    def connect_to(self, profile: object, secrets: Mapping[str, str] | None = None) -> None:
        """Write the wish down."""
        self.calls.append(f"connect {getattr(profile, 'url', profile)} {bool(secrets)}")

    def disconnect_from(self) -> None:
        """Write the wish down."""
        self.calls.append("disconnect")

    def retry_now(self) -> None:
        """Write the wish down."""
        self.calls.append("retry")

    def subscribe(self, requests: Sequence[object]) -> None:
        """Write the wish down."""
        self.subscribed += requests

    def unsubscribe(self, filters: Sequence[str]) -> None:
        """Write the wish down."""
        self.unsubscribed += filters

    def publish(
        self,
        topic: str,
        payload: bytes,
        qos: int = 0,
        retain: bool = False,
        properties: Sequence[tuple[int, Any]] = (),
    ) -> int:
        """Write the wish down and return its token."""
        self.published.append((topic, payload, qos, retain, properties))
        return len(self.published)

    def drop(self, token: int) -> None:
        """Write the wish down."""
        self.calls.append(f"drop {token}")

    def _set_log(self, log: CaptureLog) -> None:
        self.log = log
        self.tap = Tap(log.append)
        self.tap.open_connection("", self.time_ns)
