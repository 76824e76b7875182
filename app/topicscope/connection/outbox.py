"""Publishes on their way: waiting, in flight, answered; every step is told.

With QoS 0 a message is done when its last byte has left. With QoS 1 and 2 it stays here until the
server has acknowledged it, through as many connections as that takes; when a new session begins,
what was in flight is sent again as new. Nothing waits in silence: each wait is told, and can be
ended by ``drop_queued``.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from topicscope.connection.state import PublishProgress
from topicscope.mqtt.control_packets import ControlPacketType, ProtocolVersion
from topicscope.mqtt.properties import PROPERTIES, write_properties
from topicscope.mqtt.reason_codes import ERROR, reason_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from topicscope.connection.paho_client import PahoClient
    from topicscope.connection.session import BrokerLimits, SessionPacket
    from topicscope.connection.state import PublishStage
    from topicscope.connection.tee import TeeSocket
    from topicscope.mqtt.properties import PropertyList

MOST_WAITING_BYTES = 64 * 1024 * 1024
"""How much may wait to be written before the next message is refused."""


@dataclass(slots=True, eq=False)
class Publish:
    """One Application Message to send."""

    token: int
    topic: str
    payload: bytes
    qos: int
    retain: bool
    properties: PropertyList
    begun: float = field(default_factory=time.monotonic)


@dataclass(slots=True)
class _Way:
    """Where messages can go now."""

    client: PahoClient
    tee: TeeSocket
    limits: BrokerLimits
    version: ProtocolVersion


class Outbox:
    """Publishes of one Connection; on the connection thread."""

    def __init__(self, report: Callable[[PublishProgress], None]) -> None:
        self._report = report
        self._queue: deque[Publish] = deque()
        self._queued_bytes = 0
        self._in_flight: dict[int, Publish] = {}
        self._leaving: deque[tuple[int, Publish]] = deque()
        self._way: _Way | None = None

    def add(self, publish: Publish) -> None:
        """Send ``publish`` now or as soon as possible, or say why not."""
        if self._way is None and not publish.qos:
            self._tell(
                publish,
                "refused",
                "Not connected: nothing keeps a message with QoS 0, so it was not sent.",
            )
            return
        waiting = self._queued_bytes + (self._way.tee.backlog if self._way else 0)
        if waiting and waiting + len(publish.payload) > MOST_WAITING_BYTES:
            self._tell(
                publish,
                "refused",
                f"{waiting // 2**20} MiB wait to be sent already; the broker takes them too slowly.",
            )
            return
        if problem := self._problem(publish):
            self._tell(publish, "refused", problem)
            return
        self._enqueue(publish)
        self._pump()
        if self._queue and self._queue[-1] is publish:
            self._tell_queued(publish)

    def connected(
        self,
        client: PahoClient,
        tee: TeeSocket,
        limits: BrokerLimits,
        version: ProtocolVersion,
        *,
        session_present: bool,
    ) -> None:
        """Go on over a new connection; without its session, what was in flight is sent anew."""
        self._way = _Way(client, tee, limits, version)
        if not session_present:
            self.forget_session()
        self._pump()

    def forget_session(self) -> None:
        """Put what was in flight in front of the queue again, to be sent as new."""
        again = list(self._in_flight.values())
        self._in_flight.clear()
        self._queue.extendleft(reversed(again))
        self._queued_bytes += sum(len(publish.payload) for publish in again)

    def lost(self) -> None:
        """Take note that the connection is gone."""
        if self._way is None:
            return
        self._way = None
        for _, publish in self._leaving:
            if not publish.qos:
                text = "The connection ended before it was written; with QoS 0 it is lost."
                self._tell(publish, "dropped", text)
        self._leaving.clear()
        for publish in (*self._in_flight.values(), *self._queue):
            self._tell_queued(publish)

    def written(self, offset: int) -> None:
        """Take note that the first ``offset`` bytes of the connection have left."""
        while self._leaving and self._leaving[0][0] <= offset:
            self._tell(self._leaving.popleft()[1], "sent")
        self._pump()

    def answered(self, packet: SessionPacket) -> None:
        """Take a PUBACK, PUBREC or PUBCOMP."""
        publish = self._in_flight.get(packet.packet_identifier)
        if publish is None:
            return
        refused = packet.code >= ERROR
        if packet.kind is ControlPacketType.PUBREC:
            if not refused:
                return
            if self._way is not None:
                # paho would go on with PUBREL and call it a success.
                self._way.client.forget(packet.packet_identifier)
        del self._in_flight[packet.packet_identifier]
        name = reason_name(packet.kind, packet.code)
        text = f"{name} (0x{packet.code:02X})" if packet.code else name
        self._tell(publish, "refused" if refused else "acknowledged", text, packet.code)
        self._pump()

    def drop_queued(self, why: str) -> None:
        """Forget what waits; while not connected also what was in flight."""
        dropped = list(self._queue)
        self._queue.clear()
        self._queued_bytes = 0
        if self._way is None:
            dropped = [*self._in_flight.values(), *dropped]
            self._in_flight.clear()
        for publish in dropped:
            self._tell(publish, "dropped", why)

    # --- private ---

    def _enqueue(self, publish: Publish) -> None:
        self._queue.append(publish)
        self._queued_bytes += len(publish.payload)

    def _pump(self) -> None:
        """Hand over to paho as much as Receive Maximum and the backlog allow (section 4.9)."""
        way = self._way
        while way and self._queue and way.tee.backlog < MOST_WAITING_BYTES:
            publish = self._queue[0]
            if publish.qos and len(self._in_flight) >= way.limits.receive_maximum:
                return
            self._queue.popleft()
            self._queued_bytes -= len(publish.payload)
            # Checked again: it may have waited for a broker that allows less.
            if problem := self._problem(publish):
                self._tell(publish, "refused", problem)
                continue
            identifier = way.client.publish(
                publish.topic,
                publish.payload,
                publish.qos,
                publish.properties,
                retain=publish.retain,
            )
            if publish.qos:
                self._in_flight[identifier] = publish
            self._leaving.append((way.tee.accepted, publish))

    def _problem(self, publish: Publish) -> str:
        """Say why this broker would not take the message, or nothing."""
        if self._way is None:
            return ""
        limits = self._way.limits
        if publish.qos > limits.maximum_qos:
            return f"The broker takes messages up to QoS {limits.maximum_qos} only."
        if publish.retain and not limits.retain_available:
            return "The broker does not keep retained messages."
        packed = b""
        if self._way.version == ProtocolVersion.MQTT_5:
            packed = write_properties(publish.properties)
        elif publish.properties:
            name = PROPERTIES[publish.properties[0][0]].name
            return f"{name} needs MQTT 5; this connection speaks {self._way.version.label}."
        size = 4 + len(publish.topic.encode()) + len(packed) + len(publish.payload) + 5
        if limits.maximum_packet_size is not None and size - 5 >= limits.maximum_packet_size:
            return (
                f"The broker takes packets up to {limits.maximum_packet_size:,} bytes;"
                f" this one has about {size:,}."
            )
        return ""

    def _tell_queued(self, publish: Publish) -> None:
        count = len(self._queue) + len(self._in_flight)
        text = f"Waits for the broker’s acknowledgements ({count:,} before it and with it)."
        if self._way is None:
            text = f"Waits for the connection ({count:,} queued)."
        self._tell(publish, "queued", text)

    def _tell(
        self, publish: Publish, stage: PublishStage, text: str = "", code: int | None = None
    ) -> None:
        elapsed = time.monotonic() - publish.begun
        self._report(PublishProgress(publish.token, stage, code, text, elapsed))
