"""An MQTT client made of a blocking socket: it sends what it is told, right or wrong, and shows what came back."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Self, TypeVar

from topicscope.mqtt.control_packets import ProtocolVersion
from topicscope.mqtt.decode import decode_packet
from topicscope.mqtt.encode import encode_connect, encode_packet
from topicscope.mqtt.framing import frame
from topicscope.mqtt.packets import (
    Connack,
    ControlPacket,
    Pingreq,
    Pingresp,
    Publish,
    Suback,
    Subscribe,
    Subscription,
)

if TYPE_CHECKING:
    from topicscope.mqtt.packets import WillMessage
    from topicscope.mqtt.properties import PropertyList

Packet = TypeVar("Packet", bound=ControlPacket)
TIMEOUT = 5.0


class RawClient:
    """One Network Connection; a context manager that closes it without DISCONNECT."""

    def __init__(self, port: int, version: ProtocolVersion = ProtocolVersion.MQTT_5) -> None:
        self.version = version
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)
        self._buffer = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def connect(
        self,
        client_identifier: str = "",
        *,
        clean_start: bool = True,
        keep_alive: int = 60,
        will: WillMessage | None = None,
        properties: PropertyList | None = None,
    ) -> Connack:
        """Send CONNECT and return the answer."""
        packet = encode_connect(
            client_identifier,
            clean_start=clean_start,
            keep_alive=keep_alive,
            will=will,
            properties=properties,
            version=self.version,
        )
        self.socket.sendall(packet)
        return self.expect(Connack)

    def send(self, *packets: ControlPacket) -> None:
        """Send packets in one write."""
        self.socket.sendall(b"".join(encode_packet(packet, self.version) for packet in packets))

    def subscribe(self, *topic_filters: str | Subscription, qos: int = 0) -> tuple[int, ...]:
        """Subscribe and return the Reason Codes."""
        wanted = tuple(
            Subscription(item, qos) if isinstance(item, str) else item for item in topic_filters
        )
        self.send(Subscribe(1, wanted))
        return self.expect(Suback).reason_codes

    def receive(self) -> ControlPacket | None:
        """Return the next packet, or None when the other side has closed."""
        while True:
            starts, end = frame(self._buffer)
            if starts:
                stop = starts[1] if len(starts) > 1 else end
                packet, self._buffer = self._buffer[:stop], self._buffer[stop:]
                return decode_packet(packet, self.version)
            try:
                data = self.socket.recv(65_536)
            except ConnectionResetError:
                return None
            if not data:
                return None
            self._buffer += data

    def expect(self, kind: type[Packet]) -> Packet:
        """Return the next packet, which has to be of this kind."""
        packet = self.receive()
        assert isinstance(packet, kind), packet
        return packet

    def messages(self) -> list[Publish]:
        """Return the PUBLISH packets that came until an answer to a ping."""
        self.send(Pingreq())
        found: list[Publish] = []
        while not isinstance(packet := self.receive(), Pingresp):
            assert isinstance(packet, Publish), packet
            found.append(packet)
        return found
