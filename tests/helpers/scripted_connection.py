"""A real bridge and capture over a connection that does what a test says."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from topicscope.connection.state import (
    ConnectionState,
    Phase,
    PublishProgress,
    SubscribeAnswered,
    UnsubscribeAnswered,
)
from topicscope.gui.connection.bridge import ConnectionBridge
from topicscope.mqtt.control_packets import Direction, ProtocolVersion

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytestqt.qtbot import QtBot

    from topicscope.capture.tap import Tap
    from topicscope.connection.state import ConnectionEvent, SubscriptionRequest
    from topicscope.mqtt.properties import PropertyList

CONNECTED = ConnectionState(
    phase=Phase.CONNECTED,
    text="Connected.",
    endpoint="broker.local:1883",
    connected_at=1_795_255_200.0,
    protocol_version=ProtocolVersion.MQTT_5,
)


class ScriptedConnection:
    """Writes down what the window asks for, and answers when the test calls."""

    def __init__(
        self,
        tap: Tap,
        listener: Callable[[ConnectionEvent], None],
        _lag: Callable[[], float],
    ) -> None:
        self.tap = tap
        self.tell = listener
        self.subscribed: list[SubscriptionRequest] = []
        self.unsubscribed: list[str] = []
        self.published: list[tuple[str, bytes, int, bool]] = []
        self.properties: list[PropertyList] = []
        self.dropped: list[int] = []

    def subscribe(self, requests: Sequence[SubscriptionRequest]) -> None:
        self.subscribed += requests

    def unsubscribe(self, topic_filters: Sequence[str]) -> None:
        self.unsubscribed += topic_filters

    def publish(
        self,
        topic: str,
        payload: bytes,
        qos: int = 0,
        retain: bool = False,
        properties: PropertyList | None = None,
    ) -> int:
        self.published.append((topic, payload, qos, retain))
        self.properties.append(list(properties or ()))
        return len(self.published)

    def drop(self, token: int) -> None:
        self.dropped.append(token)

    def close(self, _timeout_s: float) -> None:
        pass

    # What a test makes happen

    def answer(self, topic_filter: str, code: int, text: str = "") -> None:
        self.tell(SubscribeAnswered(topic_filter, code, text, refused=code >= 0x80))

    def answer_unsubscribe(self, topic_filter: str) -> None:
        self.tell(UnsubscribeAnswered(topic_filter, 0, "Success", refused=False))

    def progress(self, token: int, stage: Any, **facts: Any) -> None:
        self.tell(PublishProgress(token, stage, **facts))

    def receive(self, *packets: bytes, time_ns: int | None = None) -> None:
        self.tap.feed(Direction.IN, b"".join(packets), time_ns or time.time_ns())

    def send(self, *packets: bytes) -> None:
        self.tap.feed(Direction.OUT, b"".join(packets), time.time_ns())


def settle(qtbot: QtBot, bridge: ConnectionBridge) -> None:
    """Let all that lies between the connection and the window arrive."""
    box = bridge._box
    qtbot.waitUntil(lambda: not (box.batches or box.events or bridge._timer.isActive()))


def scripted_bridge() -> tuple[ConnectionBridge, ScriptedConnection]:
    """Return a bridge and the connection under it, still offline."""
    made: list[ScriptedConnection] = []

    def make(*arguments: Any) -> Any:
        made.append(ScriptedConnection(*arguments))
        return made[-1]

    bridge = ConnectionBridge(make)
    bridge.subscribe([])
    return bridge, made[0]
