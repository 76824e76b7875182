"""Bytes to Control Packets, strictly, for MQTT 3.1, 3.1.1 and 5.0.

`decode_packet` gives a value of `topicscope.mqtt.packets` or raises `MalformedPacket`, and nothing else whatever the
bytes are. It refuses what the standard lets a receiver refuse by looking at one packet alone; what needs knowledge of
the Session (a Packet Identifier in use, a Topic Alias never given) or is about topics (wildcards in a Topic Name) is
its caller's. Two subclasses of `MalformedPacket` carry the answers that MQTT 5 has for them: `ProtocolError` (0x82)
and `UnsupportedProtocolVersion` (0x84). The dissector is the lenient counterpart that shows broken packets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from topicscope.mqtt.control_packets import DUP_BIT, RETAIN_BIT, ControlPacketType, ProtocolVersion
from topicscope.mqtt.framing import MalformedPacket, NeedData, read_variable_byte_integer
from topicscope.mqtt.packets import (
    Ack,
    Auth,
    Connack,
    Connect,
    ControlPacket,
    Disconnect,
    Pingreq,
    Pingresp,
    Publish,
    Suback,
    Subscribe,
    Subscription,
    Unsuback,
    Unsubscribe,
    WillMessage,
)
from topicscope.mqtt.properties import BY_KEY, properties_problem, read_properties

if TYPE_CHECKING:
    from collections.abc import Callable

    from topicscope.mqtt.properties import PropertyList

__all__ = [
    "Ack",
    "Auth",
    "Connack",
    "Connect",
    "ControlPacket",
    "Disconnect",
    "MalformedPacket",
    "Pingreq",
    "Pingresp",
    "ProtocolError",
    "Publish",
    "Suback",
    "Subscribe",
    "Subscription",
    "Unsuback",
    "Unsubscribe",
    "UnsupportedProtocolVersion",
    "WillMessage",
    "decode_packet",
]

_V3_1 = ProtocolVersion.MQTT_3_1
_V3_1_1 = ProtocolVersion.MQTT_3_1_1
_V5 = ProtocolVersion.MQTT_5
_LEVELS = {"MQIsdp": (3,), "MQTT": (4, 5)}
_RESERVED_FLAGS = 0b0010
_BRIDGE_BIT = 0x80

_TOPIC_ALIAS = BY_KEY["topic_alias"].identifier


class ProtocolError(MalformedPacket):
    """A packet that can be read and says what it must not (Reason Code 0x82)."""

    reason_code: ClassVar[int] = 0x82


class UnsupportedProtocolVersion(ProtocolError):  # noqa: N818 - the standard's words
    """A CONNECT in a version of MQTT that is none of 3.1, 3.1.1 and 5.0 (Reason Code 0x84)."""

    reason_code: ClassVar[int] = 0x84


def decode_packet(packet: bytes, version: ProtocolVersion = _V3_1_1) -> ControlPacket:
    """Decode one whole Control Packet; CONNECT says its own version.

    Raises `MalformedPacket` with the offset into `packet`, in bytes, where reading failed.
    """
    try:
        length, body = read_variable_byte_integer(packet, 1)
    except NeedData:
        raise MalformedPacket("the fixed header is cut short", len(packet)) from None
    if body + length != len(packet):
        missing = f"the Remaining Length says {length:,} bytes and {len(packet) - body:,} follow"
        raise MalformedPacket(missing, 1)
    kind = ControlPacketType(packet[0] >> 4)
    _check_flags(kind, packet[0] & 0x0F, version)
    reader = _Reader(packet, body, version)
    decoded = _DECODERS[kind](reader)
    if reader.position != len(packet):
        raise MalformedPacket("bytes are left over behind the last field", reader.position)
    return decoded


def _check_flags(kind: ControlPacketType, flags: int, version: ProtocolVersion) -> None:
    if kind == ControlPacketType.PUBLISH:
        return
    needs_bit = kind in {
        ControlPacketType.PUBREL,
        ControlPacketType.SUBSCRIBE,
        ControlPacketType.UNSUBSCRIBE,
    }
    if version == _V3_1:
        # There the flags of the other packets are "not used", and the three may be sent again with DUP.
        flags = flags & ~DUP_BIT if needs_bit else 0
    if flags != (_RESERVED_FLAGS if needs_bit else 0):
        raise MalformedPacket(f"{kind.name} has the reserved flags {flags:04b}", 0)


class _Reader:
    """A position in one packet, and how to read each of the standard's data types there (section 1.5)."""

    __slots__ = ("packet", "position", "version")

    def __init__(self, packet: bytes, position: int, version: ProtocolVersion) -> None:
        self.packet = packet
        self.position = position
        self.version = version

    @property
    def at_end(self) -> bool:
        return self.position >= len(self.packet)

    def take(self, length: int, what: str) -> bytes:
        start = self.position
        if start + length > len(self.packet):
            raise MalformedPacket(f"the packet ends inside {what}", start)
        self.position = start + length
        return self.packet[start : self.position]

    def rest(self) -> bytes:
        start, self.position = self.position, len(self.packet)
        return self.packet[start:]

    def byte(self, what: str) -> int:
        return self.take(1, what)[0]

    def two_bytes(self, what: str) -> int:
        return int.from_bytes(self.take(2, what), "big")

    def binary(self, what: str) -> bytes:
        return self.take(self.two_bytes(what), what)

    def utf8(self, what: str) -> str:
        start = self.position
        raw = self.binary(what)
        if 0 in raw:
            raise MalformedPacket(f"{what} holds the null character", start)
        try:
            return raw.decode()
        except UnicodeDecodeError:
            raise MalformedPacket(f"{what} is not valid UTF-8", start) from None

    def identifier(self) -> int:
        start = self.position
        value = self.two_bytes("the Packet Identifier")
        if not value:
            raise ProtocolError("the Packet Identifier is 0", start)
        return value

    def properties(self, kind: ControlPacketType, *, will: bool = False) -> PropertyList:
        """Read a property block; an empty list where the version has none."""
        if self.version != _V5:
            return []
        start = self.position
        if start < len(self.packet) and not self.packet[start]:
            self.position += 1
            return []
        items, self.position = read_properties(self.packet, start)
        problem = properties_problem(kind, items, will=will)
        if problem:
            raise ProtocolError(problem, start)
        return items


def _decode_reserved(reader: _Reader) -> ControlPacket:
    raise MalformedPacket("the Control Packet type 0 is reserved", 0)


def _decode_connect(reader: _Reader) -> Connect:
    level, bridge = _protocol_level(reader)
    reader.version = version = ProtocolVersion(level)
    start = reader.position
    flags = reader.byte("the Connect Flags")
    _check_connect_flags(flags, version, start)
    keep_alive = reader.two_bytes("the Keep Alive")
    properties = reader.properties(ControlPacketType.CONNECT)
    identifier = reader.utf8("the Client Identifier")
    will = _will_message(reader, flags) if flags & 0b100 else None
    username = reader.utf8("the User Name") if flags & 0x80 else None
    password = reader.binary("the Password") if flags & 0x40 else None
    return Connect(
        client_identifier=identifier,
        clean_start=bool(flags & 0b10),
        keep_alive=keep_alive,
        username=username,
        password=password,
        will=will,
        properties=properties,
        version=version,
        bridge=bridge,
    )


def _protocol_level(reader: _Reader) -> tuple[int, bool]:
    name = reader.utf8("the Protocol Name")
    start = reader.position
    level = reader.byte("the Protocol Version")
    levels = _LEVELS.get(name)
    if levels is None:
        raise MalformedPacket(f"{name[:40]!r} is not a Protocol Name of MQTT", 2)
    bridge = bool(level & _BRIDGE_BIT) and level & ~_BRIDGE_BIT in {3, 4}
    if bridge:
        level &= ~_BRIDGE_BIT
    if level not in levels:
        raise UnsupportedProtocolVersion(f"{name} has no Protocol Version {level}", start)
    return level, bridge


def _check_connect_flags(flags: int, version: ProtocolVersion, offset: int) -> None:
    if flags & 1 and version != _V3_1:
        raise MalformedPacket("the reserved bit of the Connect Flags is set", offset)
    will_qos = flags >> 3 & 0b11
    if will_qos == 3:
        raise MalformedPacket("the Will QoS is 3", offset)
    if not flags & 0b100 and flags & 0b111000:
        raise MalformedPacket("there is a Will QoS or Will Retain and no Will", offset)
    if flags & 0xC0 == 0x40 and version != _V5:
        raise MalformedPacket("there is a Password and no User Name", offset)


def _will_message(reader: _Reader, flags: int) -> WillMessage:
    properties = reader.properties(ControlPacketType.CONNECT, will=True)
    topic = reader.utf8("the Will Topic")
    payload = reader.binary("the Will Payload")
    return WillMessage(topic, payload, flags >> 3 & 0b11, bool(flags & 0x20), properties)


def _decode_connack(reader: _Reader) -> Connack:
    start = reader.position
    flags = reader.byte("the Connect Acknowledge Flags")
    if flags & ~1 and reader.version != _V3_1:
        raise MalformedPacket("a reserved bit of the Connect Acknowledge Flags is set", start)
    present = bool(flags & 1) and reader.version != _V3_1
    reason_code = reader.byte("the Reason Code")
    return Connack(present, reason_code, reader.properties(ControlPacketType.CONNACK))


def _decode_publish(reader: _Reader) -> Publish:
    first = reader.packet[0]
    qos = first >> 1 & 0b11
    if qos == 3:
        raise MalformedPacket("the QoS is 3", 0)
    if not qos and first & DUP_BIT and reader.version != _V3_1:
        raise MalformedPacket("DUP is set with QoS 0", 0)
    start = reader.position
    topic = reader.utf8("the Topic Name")
    identifier = reader.identifier() if qos else None
    properties = reader.properties(ControlPacketType.PUBLISH)
    if not topic and not any(key == _TOPIC_ALIAS for key, _ in properties):
        raise ProtocolError("the Topic Name is empty and there is no Topic Alias", start)
    retain = bool(first & RETAIN_BIT)
    return Publish(topic, reader.rest(), qos, retain, bool(first & DUP_BIT), identifier, properties)


def _decode_ack(reader: _Reader) -> Ack:
    kind = ControlPacketType(reader.packet[0] >> 4)
    identifier = reader.identifier()
    return Ack(kind, identifier, *_reason_and_properties(reader, kind))


def _reason_and_properties(reader: _Reader, kind: ControlPacketType) -> tuple[int, PropertyList]:
    """Read the Reason Code and the properties, either of which may be left out (section 3.4.2.1)."""
    if reader.version != _V5 or reader.at_end:
        return 0, []
    reason_code = reader.byte("the Reason Code")
    return reason_code, [] if reader.at_end else reader.properties(kind)


def _decode_subscribe(reader: _Reader) -> Subscribe:
    identifier = reader.identifier()
    properties = reader.properties(ControlPacketType.SUBSCRIBE)
    subscriptions: list[Subscription] = []
    while not reader.at_end:
        topic_filter = reader.utf8("a Topic Filter")
        subscriptions.append(_subscription(reader, topic_filter))
    if not subscriptions:
        raise ProtocolError("SUBSCRIBE has no Topic Filter", reader.position)
    return Subscribe(identifier, tuple(subscriptions), properties)


def _subscription(reader: _Reader, topic_filter: str) -> Subscription:
    start = reader.position
    options = reader.byte("the Subscription Options")
    qos = options & 0b11
    if qos == 3:
        raise MalformedPacket("the QoS of a subscription is 3", start)
    if reader.version == _V3_1:
        return Subscription(topic_filter, qos)
    if options & (0b1100_0000 if reader.version == _V5 else 0b1111_1100):
        raise MalformedPacket("a reserved bit of the Subscription Options is set", start)
    retain_handling = options >> 4
    if retain_handling == 3:
        raise ProtocolError("the Retain Handling is 3", start)
    no_local, as_published = bool(options & 0b100), bool(options & 0b1000)
    return Subscription(topic_filter, qos, no_local, as_published, retain_handling)


def _decode_suback(reader: _Reader) -> Suback:
    identifier = reader.identifier()
    properties = reader.properties(ControlPacketType.SUBACK)
    codes = tuple(reader.rest())
    if not codes:
        raise ProtocolError("SUBACK has no Reason Code", reader.position)
    return Suback(identifier, codes, properties)


def _decode_unsubscribe(reader: _Reader) -> Unsubscribe:
    identifier = reader.identifier()
    properties = reader.properties(ControlPacketType.UNSUBSCRIBE)
    filters: list[str] = []
    while not reader.at_end:
        filters.append(reader.utf8("a Topic Filter"))
    if not filters:
        raise ProtocolError("UNSUBSCRIBE has no Topic Filter", reader.position)
    return Unsubscribe(identifier, tuple(filters), properties)


def _decode_unsuback(reader: _Reader) -> Unsuback:
    identifier = reader.identifier()
    if reader.version != _V5:
        return Unsuback(identifier)
    properties = reader.properties(ControlPacketType.UNSUBACK)
    codes = tuple(reader.rest())
    if not codes:
        raise ProtocolError("UNSUBACK has no Reason Code", reader.position)
    return Unsuback(identifier, codes, properties)


def _decode_pingreq(reader: _Reader) -> Pingreq:
    return Pingreq()


def _decode_pingresp(reader: _Reader) -> Pingresp:
    return Pingresp()


def _decode_disconnect(reader: _Reader) -> Disconnect:
    return Disconnect(*_reason_and_properties(reader, ControlPacketType.DISCONNECT))


def _decode_auth(reader: _Reader) -> Auth:
    if reader.version != _V5:
        raise MalformedPacket(f"{reader.version.label} has no AUTH", 0)
    return Auth(*_reason_and_properties(reader, ControlPacketType.AUTH))


_DECODERS: dict[ControlPacketType, Callable[[_Reader], ControlPacket]] = {
    ControlPacketType.RESERVED: _decode_reserved,
    ControlPacketType.CONNECT: _decode_connect,
    ControlPacketType.CONNACK: _decode_connack,
    ControlPacketType.PUBLISH: _decode_publish,
    ControlPacketType.PUBACK: _decode_ack,
    ControlPacketType.PUBREC: _decode_ack,
    ControlPacketType.PUBREL: _decode_ack,
    ControlPacketType.PUBCOMP: _decode_ack,
    ControlPacketType.SUBSCRIBE: _decode_subscribe,
    ControlPacketType.SUBACK: _decode_suback,
    ControlPacketType.UNSUBSCRIBE: _decode_unsubscribe,
    ControlPacketType.UNSUBACK: _decode_unsuback,
    ControlPacketType.PINGREQ: _decode_pingreq,
    ControlPacketType.PINGRESP: _decode_pingresp,
    ControlPacketType.DISCONNECT: _decode_disconnect,
    ControlPacketType.AUTH: _decode_auth,
}
