"""Publishes on their way: waiting, in flight, answered; every step is told.

With QoS 0 a message is done when its last byte has left. With QoS 1 and 2 it stays here until the
server has acknowledged it, through as many connections as that takes; when a new session begins,
what was in flight is sent again as new. Nothing waits in silence: each wait is told, and can be
ended by ``drop`` and ``drop_queued``.
"""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from topicscope.connection.answers import answer_text, sent_text
from topicscope.connection.limits import publish_problem
from topicscope.connection.state import PublishProgress
from topicscope.mqtt.control_packets import ControlPacketType, ProtocolVersion
from topicscope.mqtt.reason_codes import ERROR

if TYPE_CHECKING:
    from collections.abc import Callable

    from topicscope.connection.paho_client import PahoClient
    from topicscope.connection.server_told import ServerTold
    from topicscope.connection.session import SessionPacket
    from topicscope.connection.state import PublishStage
    from topicscope.connection.tee import TeeSocket
    from topicscope.mqtt.properties import PropertyList

MOST_WAITING_BYTES = 64 * 1024 * 1024
"""How much may wait to be written before the next message is refused."""

MOST_QOS_2_BEFORE_MQTT_5 = 20
"""Only MQTT 5 has Receive Maximum, but brokers have their limit all the same: Mosquitto 2.0 cuts the
connection of any client that has more than 20 messages with QoS 2 on their way."""


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
    left: float | None = None
    """When its last byte left, if that was over the connection there is now."""


@dataclass(slots=True)
class _Way:
    """Where messages can go now."""

    client: PahoClient
    tee: TeeSocket
    server: ServerTold
    version: ProtocolVersion

    def most_in_flight(self, qos: int) -> int:
        """Return how many may be unanswered when one more of this QoS is sent (MQTT 5.0 section 4.9)."""
        if qos == 2 and self.version < ProtocolVersion.MQTT_5:
            return MOST_QOS_2_BEFORE_MQTT_5
        return self.server.receive_maximum


class Outbox:
    """Publishes of one Connection; on the connection thread."""

    def __init__(self, report: Callable[[PublishProgress], None]) -> None:
        self._report = report
        self._queue: OrderedDict[int, Publish] = OrderedDict()
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
        if publish.token in self._queue:
            self._tell_queued(publish)

    def connected(
        self,
        client: PahoClient,
        tee: TeeSocket,
        server: ServerTold,
        version: ProtocolVersion,
    ) -> None:
        """Go on over a new connection; without its session, what was in flight is sent anew."""
        self._way = _Way(client, tee, server, version)
        if not server.session_present:
            self.forget_session()
        self._pump()

    def forget_session(self) -> None:
        """Put what was in flight in front of the queue again, to be sent as new."""
        for publish in reversed(self._in_flight.values()):
            self._enqueue(publish)
            self._queue.move_to_end(publish.token, last=False)
        self._in_flight.clear()

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
        for publish in (*self._in_flight.values(), *self._queue.values()):
            publish.left = None
            self._tell_queued(publish)

    def written(self, offset: int) -> None:
        """Take note that the first ``offset`` bytes of the connection have left."""
        while self._leaving and self._leaving[0][0] <= offset:
            publish = self._leaving.popleft()[1]
            publish.left = time.monotonic()
            self._tell(publish, "sent", sent_text(publish.qos))
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
        version = self._way.version if self._way else ProtocolVersion.MQTT_5
        code = packet.code if version == ProtocolVersion.MQTT_5 else None
        stage: PublishStage = "refused" if refused else "acknowledged"
        self._tell(publish, stage, answer_text(packet, version), code)
        self._pump()

    def drop(self, token: int, why: str) -> list[int]:
        """Forget one publish that waits; while not connected also one that was in flight.

        Returns the Packet Identifiers that must not be sent again when the session goes on.
        """
        if token in self._queue:
            self._drop_from_queue(self._queue[token], why)
            return []
        for identifier, publish in self._in_flight.items():
            if publish.token != token:
                continue
            if self._way is None:
                self._drop_in_flight(identifier, why)
                return [identifier]
            self._tell(publish, "sent", "It has left already: it cannot be dropped any more.")
            break
        return []

    def drop_queued(self, why: str) -> list[int]:
        """Forget what waits; while not connected also what was in flight. Returns the same as ``drop``."""
        identifiers = [] if self._way else list(self._in_flight)
        for identifier in identifiers:
            self._drop_in_flight(identifier, why)
        for publish in list(self._queue.values()):
            self._drop_from_queue(publish, why)
        return identifiers

    # --- private ---

    def _enqueue(self, publish: Publish) -> None:
        self._queue[publish.token] = publish
        self._queued_bytes += len(publish.payload)

    def _drop_in_flight(self, identifier: int, why: str) -> None:
        text = f"{why} It had left before, so the broker may have it."
        self._tell(self._in_flight.pop(identifier), "dropped", text)

    def _drop_from_queue(self, publish: Publish, why: str) -> None:
        del self._queue[publish.token]
        self._queued_bytes -= len(publish.payload)
        self._tell(publish, "dropped", why)

    def _pump(self) -> None:
        """Hand over to paho as much as Receive Maximum and the backlog allow (section 4.9)."""
        way = self._way
        while way and self._queue and way.tee.backlog < MOST_WAITING_BYTES:
            publish = next(iter(self._queue.values()))
            if publish.qos and len(self._in_flight) >= way.most_in_flight(publish.qos):
                return
            del self._queue[publish.token]
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
        way = self._way
        if way is None:
            return ""
        size = len(publish.payload)
        return (
            publish_problem(
                way.server,
                way.version,
                publish.topic,
                size,
                publish.qos,
                publish.retain,
                publish.properties,
            )
            or ""
        )

    def _tell_queued(self, publish: Publish) -> None:
        count = len(self._queue) + len(self._in_flight)
        text = f"Waits for the broker’s acknowledgements ({count:,} before it and with it)."
        if self._way is None:
            text = f"Waits for the connection ({count:,} queued)."
        self._tell(publish, "queued", text)

    def _tell(
        self, publish: Publish, stage: PublishStage, text: str = "", code: int | None = None
    ) -> None:
        now = time.monotonic()
        answered = stage == "acknowledged" or code is not None
        round_trip = now - publish.left if answered and publish.left is not None else None
        self._report(
            PublishProgress(publish.token, stage, code, text, now - publish.begun, round_trip)
        )
