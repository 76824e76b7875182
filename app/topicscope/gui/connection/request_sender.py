"""Sends one request and waits for its response: subscribes where it must, and tells the pair, or the time-out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from topicscope.connection.state import Phase, SubscriptionRequest
from topicscope.mqtt.control_packets import ControlPacketType, Direction, ProtocolVersion
from topicscope.mqtt.properties import BY_KEY
from topicscope.mqtt.topics import topic_matches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from topicscope.capture.record import Record
    from topicscope.connection.state import (
        ConnectionState,
        PublishProgress,
        SubscribeAnswered,
    )
    from topicscope.gui.connection.bridge import ConnectionBridge
    from topicscope.mqtt.properties import PropertyList

RESPONSE_TOPIC = BY_KEY["response_topic"].identifier
CORRELATION_DATA = BY_KEY["correlation_data"].identifier


class Request(NamedTuple):
    """A request to send; before MQTT 5 only its topics tell what belongs together."""

    topic: str
    payload: bytes
    qos: int
    response_topic: str
    correlation_data: bytes
    timeout_s: float


class Answered(NamedTuple):
    """A pair: the rows of the capture in which it stands, and the time between them in seconds."""

    request_row: int
    response_row: int
    latency_s: float
    payload: bytes
    topic: bytes


class RequestSender(QObject):
    """Waits for one response at a time."""

    progressed = Signal(str)
    """What it is about, in a sentence."""
    answered = Signal(object)
    """An `Answered`."""
    failed = Signal(str)
    """Why there is no response, in a sentence."""

    def __init__(
        self,
        bridge: ConnectionBridge,
        subscriptions: Callable[[], Mapping[int, str]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._subscriptions = subscriptions
        self._request: Request | None = None
        self._subscribed = ""
        self._awaits_subscription = False
        self._token = 0
        self._next_row = 0
        self._request_record: Record | None = None
        self._timer = QTimer(self)
        self._timer.setObjectName("request time-out")
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_timeout)
        bridge.subscription_answered.connect(self._on_subscription_answered)
        bridge.publish_progressed.connect(self._on_progressed)
        bridge.state_changed.connect(self._on_state_changed)
        bridge.log_replaced.connect(self._on_log_replaced)
        bridge.appended.connect(self._on_appended)

    # Properties

    @property
    def is_waiting(self) -> bool:
        """Whether a response is waited for."""
        return self._request is not None

    @property
    def speaks_mqtt_5(self) -> bool:
        """Whether the connection knows Response Topic and Correlation Data."""
        return self._bridge.state.protocol_version is ProtocolVersion.MQTT_5

    # Methods

    def send(self, request: Request) -> None:
        """Send a request; `answered` or `failed` tells the end."""
        self.cancel()
        if self._bridge.state.phase is not Phase.CONNECTED:
            self.failed.emit("Not connected: connect to a broker, then send it.")
            return
        self._request = request
        every = self._subscriptions().values()
        if any(topic_matches(one, request.response_topic) for one in every):
            self._publish()
            return
        self._subscribed, self._awaits_subscription = request.response_topic, True
        self.progressed.emit("Subscribing to the Response Topic…")
        self._timer.start(int(request.timeout_s * 1000))
        try:
            self._bridge.subscribe([SubscriptionRequest(request.response_topic, 1)])
        except ValueError as error:
            self._subscribed = ""
            self._fail(str(error))

    def cancel(self) -> None:
        """Wait no more, and take the subscription back."""
        self._request = None
        self._request_record = None
        self._awaits_subscription = False
        self._timer.stop()
        if self._subscribed and self._bridge.state.phase is Phase.CONNECTED:
            self._bridge.unsubscribe([self._subscribed])
        self._subscribed = ""

    # Slots

    @Slot(object)
    def _on_subscription_answered(self, answer: SubscribeAnswered) -> None:
        if not self._awaits_subscription or answer.topic_filter != self._subscribed:
            return
        self._awaits_subscription = False
        if answer.refused:
            self._subscribed = ""
            self._fail(f"The subscription to the Response Topic was refused: {answer.text}")
        else:
            self._publish()

    @Slot(object)
    def _on_progressed(self, progress: PublishProgress) -> None:
        if self._request is None or progress.token != self._token:
            return
        if progress.stage in {"refused", "dropped"}:
            self._fail(f"The request was not sent: {progress.text}")
        elif progress.no_subscribers:
            self.progressed.emit(
                "Sent, but the broker says that nobody has subscribed to its topic."
            )

    @Slot(object)
    def _on_state_changed(self, state: ConnectionState) -> None:
        if self._request is not None and state.phase is not Phase.CONNECTED:
            self._fail("The connection ended before a response came.")

    @Slot(object)
    def _on_log_replaced(self) -> None:
        self._next_row = self._bridge.log.first_row

    @Slot()
    def _on_appended(self) -> None:
        if self._request is None or self._awaits_subscription:
            return
        for record in self._new_messages(self._request):
            if self._take(record, self._request):
                return

    @Slot()
    def _on_timeout(self) -> None:
        request = self._request
        if request is None:
            return
        what = "SUBACK" if self._awaits_subscription else "response"
        self._fail(f"No {what} within {request.timeout_s:g} s.")

    # Private

    def _publish(self) -> None:
        request = self._request
        assert request is not None
        properties: PropertyList = []
        if self.speaks_mqtt_5:
            properties.append((RESPONSE_TOPIC, request.response_topic))
            if request.correlation_data:
                properties.append((CORRELATION_DATA, request.correlation_data))
        self._next_row = self._bridge.log.end_row
        try:
            self._token = self._bridge.publish(
                request.topic, request.payload, request.qos, False, properties
            )
        except ValueError as error:
            self._fail(str(error))
            return
        self.progressed.emit("Sent; waiting for the response…")
        self._timer.start(int(request.timeout_s * 1000))

    def _new_messages(self, request: Request) -> Iterator[Record]:
        """Return the new messages on both topics, in order."""
        log = self._bridge.log
        names = (request.topic.encode(), request.response_topic.encode())
        row = max(self._next_row, log.first_row)
        while row < log.end_row and self._request is not None:
            segment = log.segment_of(row)
            begin = row - segment.first_row
            wanted = segment.first_byte[begin : segment.count] >> 4 == ControlPacketType.PUBLISH
            self._next_row = row = segment.first_row + segment.count
            for local in np.flatnonzero(wanted).tolist():
                topic_id = int(segment.topic[begin + local])
                if topic_id >= 0 and log.topics.names[topic_id] in names:
                    yield log.record(segment.first_row + begin + local)

    def _take(self, record: Record, request: Request) -> bool:
        """Look at a message; tell whether it is the response."""
        correlates = not self.speaks_mqtt_5 or (
            dict(record.properties).get(CORRELATION_DATA, b"") == request.correlation_data
        )
        if not correlates:
            return False
        if record.direction is Direction.OUT:
            if record.topic == request.topic.encode() and self._request_record is None:
                self._request_record = record
            return False
        asked = self._request_record
        if record.topic != request.response_topic.encode() or asked is None:
            return False
        if record.topic == asked.topic and record.payload == asked.payload:
            # Our own request, on its way back.
            return False
        latency = max(0, record.time_ns - asked.time_ns) / 1e9
        self.cancel()
        self.answered.emit(Answered(asked.row, record.row, latency, record.payload, record.topic))
        return True

    def _fail(self, sentence: str) -> None:
        self.cancel()
        self.failed.emit(sentence)
