"""What a server says that somebody must act upon, read leniently and told to paho in its simplest form.

paho breaks on legal packets (reason 0x99, Maximum Packet Size above 268,435,455, U+FEFF in a string,
an unknown property: protocol-and-faults.md section A.3) and copies every payload. It needs none of
that for its part, which is Packet Identifiers and the flows of QoS 1 and 2; so each packet is read
here, and paho is given the shortest packet that means the same to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from topicscope.mqtt.control_packets import QOS_BITS, ControlPacketType, ProtocolVersion
from topicscope.mqtt.framing import MalformedPacket, frame, read_variable_byte_integer
from topicscope.mqtt.properties import read_properties

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from topicscope.mqtt.properties import PropertyList

_P = ControlPacketType
_ONLY_CLIENTS_SEND = frozenset({_P.CONNECT, _P.SUBSCRIBE, _P.UNSUBSCRIBE, _P.PINGREQ})


@dataclass(frozen=True, slots=True)
class SessionPacket:
    """One packet from the server, and what to tell paho about it."""

    kind: ControlPacketType
    packet_identifier: int = 0
    codes: tuple[int, ...] = (0,)
    """Reason Code, or one for each Topic Filter of SUBACK and UNSUBACK."""
    properties: PropertyList = field(default_factory=list)
    session_present: bool = False
    for_paho: bytes = b""
    warning: str = ""
    """How the packet breaks the standard without harm, for the capture."""

    @property
    def code(self) -> int:
        """The first or only Reason Code."""
        return self.codes[0] if self.codes else 0


def read_session_packets(data: bytes, version: ProtocolVersion) -> Iterator[SessionPacket]:
    """Read whole packets that stand end to end.

    Raises MalformedPacket, with a sentence that names packet, bytes and section, at the first one
    that cannot be understood; those in front of it have been yielded by then.
    """
    starts, end = frame(data)
    for begin, stop in zip(starts, [*starts[1:], end], strict=True):
        packet = data[begin:stop]
        try:
            yield _read(packet, version)
        except MalformedPacket as error:
            raise MalformedPacket(
                f"{error} (offset {error.offset} of {packet[:16].hex(' ')}"
                f"{' …' if len(packet) > 16 else ''})",
                error.offset,
            ) from error


def _read(packet: bytes, version: ProtocolVersion) -> SessionPacket:
    kind = ControlPacketType(packet[0] >> 4)
    _, body = read_variable_byte_integer(packet, 1)
    if reader := _READERS.get(kind):
        return reader(packet, body, version)
    if kind is _P.RESERVED:
        raise MalformedPacket("packet type 0 is reserved, section 2.1.2", 0)
    if kind in _ONLY_CLIENTS_SEND:
        return SessionPacket(kind, warning=f"The server sent {kind.name}, which only a client may.")
    return SessionPacket(kind)


def _farewell(packet: bytes, body: int, version: ProtocolVersion) -> SessionPacket:
    kind = ControlPacketType(packet[0] >> 4)
    code = packet[body] if len(packet) > body else 0
    return SessionPacket(kind, codes=(code,), properties=_properties(packet, body + 1, version))


def _publish(packet: bytes, body: int, version: ProtocolVersion) -> SessionPacket:
    """Read only the Packet Identifier; paho gets a PUBLISH with the same flow and nothing in it."""
    qos = (packet[0] & QOS_BITS) >> 1
    if qos == 3:
        raise MalformedPacket("PUBLISH has QoS 3, section 3.3.1.2", 0)
    at = body + 2 + _two_bytes(packet, body, "Topic Name")
    identifier = _two_bytes(packet, at, "Packet Identifier")
    if not identifier:
        return SessionPacket(
            _P.PUBLISH, warning="PUBLISH has Packet Identifier 0, section 2.2.1: not acknowledged."
        )
    simple = b"\0\1t" + identifier.to_bytes(2, "big")
    if version == ProtocolVersion.MQTT_5:
        simple += b"\0"
    return SessionPacket(
        _P.PUBLISH, identifier, for_paho=bytes((0x30 | qos << 1, len(simple))) + simple
    )


def _connack(packet: bytes, body: int, version: ProtocolVersion) -> SessionPacket:
    if len(packet) < body + 2:
        raise MalformedPacket("CONNACK is too short, section 3.2", len(packet))
    present = bool(packet[body] & 1) and version != ProtocolVersion.MQTT_3_1
    simple = bytes((0x20, 2, present, 0))
    if version == ProtocolVersion.MQTT_5:
        simple = bytes((0x20, 3, present, 0, 0))
    return SessionPacket(
        _P.CONNACK,
        codes=(packet[body + 1],),
        properties=_properties(packet, body + 2, version),
        session_present=present,
        for_paho=simple,
    )


def _acknowledgement(packet: bytes, body: int, version: ProtocolVersion) -> SessionPacket:
    kind = ControlPacketType(packet[0] >> 4)
    identifier = _two_bytes(packet, body, "Packet Identifier")
    # Before MQTT 5 there is no Reason Code; bytes that stand there all the same mean nothing.
    known = version == ProtocolVersion.MQTT_5 and len(packet) > body + 2
    return SessionPacket(
        kind,
        identifier,
        codes=(packet[body + 2] if known else 0,),
        properties=_properties(packet, body + 3, version),
        for_paho=bytes((packet[0] & 0xF0, 2)) + identifier.to_bytes(2, "big"),
    )


def _subscription_answer(packet: bytes, body: int, version: ProtocolVersion) -> SessionPacket:
    kind = ControlPacketType(packet[0] >> 4)
    identifier = _two_bytes(packet, body, "Packet Identifier")
    at = body + 2
    items: PropertyList = []
    if version == ProtocolVersion.MQTT_5:
        try:
            items, at = read_properties(packet, at)
        except MalformedPacket:
            # The codes stand behind what cannot be read: an unknown property, most likely.
            length, begin = read_variable_byte_integer(packet + b"\0\0\0\0", at)
            at = min(begin + length, len(packet))
    return SessionPacket(kind, identifier, codes=tuple(packet[at:]), properties=items)


def _two_bytes(packet: bytes, at: int, what: str) -> int:
    if len(packet) < at + 2:
        kind = ControlPacketType(packet[0] >> 4).name
        raise MalformedPacket(f"{kind} ends inside its {what}, section 2.1.4", len(packet))
    return packet[at] << 8 | packet[at + 1]


def _properties(packet: bytes, at: int, version: ProtocolVersion) -> PropertyList:
    """Read properties if they can be read; a broken one must not end a connection that works."""
    if version != ProtocolVersion.MQTT_5 or at >= len(packet):
        return []
    try:
        return read_properties(packet, at)[0]
    except MalformedPacket:
        return []


_READERS: dict[ControlPacketType, Callable[[bytes, int, ProtocolVersion], SessionPacket]] = {
    _P.PUBLISH: _publish,
    _P.CONNACK: _connack,
    _P.PUBACK: _acknowledgement,
    _P.PUBREC: _acknowledgement,
    _P.PUBREL: _acknowledgement,
    _P.PUBCOMP: _acknowledgement,
    _P.SUBACK: _subscription_answer,
    _P.UNSUBACK: _subscription_answer,
    _P.DISCONNECT: _farewell,
    _P.AUTH: _farewell,
}
