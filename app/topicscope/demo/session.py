"""One client's Session: what it subscribed to, and the QoS 1 and 2 messages on their way (MQTT 5.0 section 4.1)."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from topicscope.mqtt.control_packets import ControlPacketType, ProtocolVersion
from topicscope.mqtt.encode import encode_pubrel

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from topicscope.demo.counters import Counters, Limits
    from topicscope.demo.message import Message
    from topicscope.demo.subscriptions import Delivery
    from topicscope.mqtt.packets import Ack, WillMessage

_MAX_IDENTIFIER = 65_535
_ERROR = 0x80
_NOT_FOUND = 0x92


class Link(Protocol):
    """The Network Connection of a Session, as far as the Session needs it."""

    version: ProtocolVersion
    receive_maximum: int
    maximum_packet_size: float

    def send(self, packet: bytes) -> None:
        """Queue a packet that must arrive."""
        ...

    def offer(self, packet: bytes) -> bool:
        """Queue a packet that may be dropped when the client reads too slowly; tell whether it was taken."""
        ...

    def close(self, reason_code: int = 0, reason: str = "") -> None:
        """End the connection, with a DISCONNECT where the version has one from the Server."""
        ...


@dataclass(slots=True)
class InFlight:
    """A message sent with QoS 1 or 2 and not yet acknowledged to the end."""

    message: Message
    delivery: Delivery
    qos: int
    released: bool = False


class Session:
    """The state that outlives a Network Connection, if the client asked for that."""

    def __init__(
        self,
        client_identifier: str,
        clock: Callable[[], float],
        counters: Counters,
        limits: Limits,
    ) -> None:
        self.client_identifier = client_identifier
        self.link: Link | None = None
        self.expiry: float = 0.0
        self.will: WillMessage | None = None
        self.subscriptions: set[str] = set()
        self.incoming: set[int] = set()
        self.expiry_timer: asyncio.TimerHandle | None = None
        self.will_timer: asyncio.TimerHandle | None = None
        self._clock = clock
        self._counters = counters
        self._limits = limits
        self._in_flight: dict[int, InFlight] = {}
        self._waiting: deque[tuple[Message, Delivery]] = deque()
        self._last_identifier = 0

    @property
    def is_online(self) -> bool:
        """Whether there is a Network Connection."""
        return self.link is not None

    @property
    def held_messages(self) -> int:
        """How many messages are queued or in flight."""
        return len(self._in_flight) + len(self._waiting)

    def deliver(self, message: Message, delivery: Delivery) -> None:
        """Send `message` now, or keep it until there is room or a connection, or drop it and count that."""
        link = self.link
        if not min(message.qos, delivery.qos):
            if link is not None:
                self._send_at_most_once(link, message, delivery)
        elif link is not None and not self._waiting and len(self._in_flight) < self._window(link):
            self._send(link, message, delivery)
        elif len(self._waiting) < self._limits.queued_messages:
            self._waiting.append((message, delivery))
        else:
            self._counters.publish_dropped += 1

    def resume(self) -> None:
        """Send again what the last connection left unacknowledged, then what has waited (section 4.4)."""
        link = self.link
        if link is None:
            return
        for identifier, item in self._in_flight.items():
            if item.released:
                link.send(encode_pubrel(identifier, version=link.version))
            else:
                self._write(link, identifier, item, dup=True)
        self._send_waiting(link)

    def acknowledge(self, ack: Ack) -> None:
        """Take a PUBACK, PUBREC or PUBCOMP of the client (section 4.3)."""
        link = self.link
        if link is None:
            return
        identifier = ack.packet_identifier
        if ack.packet_type == ControlPacketType.PUBREC and ack.reason_code < _ERROR:
            self._release(link, identifier)
            return
        self._in_flight.pop(identifier, None)
        self._send_waiting(link)

    def _release(self, link: Link, identifier: int) -> None:
        item = self._in_flight.get(identifier)
        if item is not None:
            item.released = True
        code = 0 if item is not None else _NOT_FOUND
        link.send(encode_pubrel(identifier, code, version=link.version))

    def _window(self, link: Link) -> int:
        return min(link.receive_maximum, self._limits.in_flight)

    def _send_waiting(self, link: Link) -> None:
        while self._waiting and len(self._in_flight) < self._window(link):
            self._send(link, *self._waiting.popleft())

    def _send(self, link: Link, message: Message, delivery: Delivery) -> None:
        if message.is_expired(self._clock()):
            return
        identifier = self._next_identifier()
        item = InFlight(message, delivery, min(message.qos, delivery.qos))
        if self._write(link, identifier, item):
            self._in_flight[identifier] = item

    def _write(self, link: Link, identifier: int, item: InFlight, *, dup: bool = False) -> bool:
        packet = item.message.encode(
            link.version,
            self._clock(),
            qos=item.qos,
            retain=_retain(link, item.message, item.delivery),
            dup=dup,
            packet_identifier=identifier,
            identifiers=item.delivery.identifiers,
        )
        if len(packet) > link.maximum_packet_size:
            self._counters.publish_dropped += 1
            return False
        link.send(packet)
        self._count(item.message)
        return True

    def _send_at_most_once(self, link: Link, message: Message, delivery: Delivery) -> None:
        now = self._clock() if message.expires_at != math.inf else 0.0
        if message.is_expired(now):
            return
        packet = message.encode(
            link.version,
            now,
            retain=_retain(link, message, delivery),
            identifiers=delivery.identifiers,
        )
        if len(packet) <= link.maximum_packet_size and link.offer(packet):
            self._count(message)
        else:
            self._counters.publish_dropped += 1

    def _count(self, message: Message) -> None:
        self._counters.publish_sent += 1
        self._counters.publish_bytes_sent += len(message.payload)

    def _next_identifier(self) -> int:
        identifier = self._last_identifier
        while True:
            identifier = identifier % _MAX_IDENTIFIER + 1
            if identifier not in self._in_flight:
                self._last_identifier = identifier
                return identifier


def _retain(link: Link, message: Message, delivery: Delivery) -> bool:
    """Say how RETAIN goes out: set on what was stored, else only as Retain As Published (section 3.3.1.3)."""
    if delivery.retained:
        return True
    return (
        message.retain and delivery.retain_as_published and link.version == ProtocolVersion.MQTT_5
    )
