"""Control Packets to bytes, for MQTT 3.1, 3.1.1 and 5.0.

One function per packet, with the standard's words as arguments, and `encode_packet` for the values of
`topicscope.mqtt.packets`. A value that the standard has no room for (a string beyond 65,535 bytes, QoS 3, a QoS 1
PUBLISH without Packet Identifier) raises `ValueError`; what is merely forbidden, such as a wildcard in a Topic Name, is
written as asked: a debugger has to be able to send it. Properties are left out where the version knows none.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from topicscope.mqtt.control_packets import DUP_BIT, RETAIN_BIT, ControlPacketType, ProtocolVersion
from topicscope.mqtt.framing import write_variable_byte_integer
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
from topicscope.mqtt.properties import write_properties

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from topicscope.mqtt.properties import PropertyList

_V3_1_1 = ProtocolVersion.MQTT_3_1_1
_V5 = ProtocolVersion.MQTT_5
_MAX_TWO_BYTES = 65_535
_BRIDGE_BIT = 0x80
_RESERVED_FLAGS = 0b0010


def encode_connect(
    client_identifier: str = "",
    *,
    clean_start: bool = True,
    keep_alive: int = 60,
    username: str | None = None,
    password: bytes | None = None,
    will: WillMessage | None = None,
    properties: PropertyList | None = None,
    version: ProtocolVersion = _V3_1_1,
    bridge: bool = False,
) -> bytes:
    """Encode CONNECT (section 3.1); `keep_alive` in seconds."""
    flags = 0b10 if clean_start else 0
    payload = _utf8(client_identifier)
    if will is not None:
        flags |= 0b100 | _qos(will.qos) << 3 | will.retain << 5
        payload += _property_block(will.properties, version)
        payload += _utf8(will.topic) + _binary(will.payload)
    if username is not None:
        flags |= 0x80
        payload += _utf8(username)
    if password is not None:
        flags |= 0x40
        payload += _binary(password)
    name = _utf8("MQIsdp" if version == ProtocolVersion.MQTT_3_1 else "MQTT")
    level = version | (_BRIDGE_BIT if bridge else 0)
    head = name + bytes((level, flags)) + _two_bytes(keep_alive)
    head += _property_block(properties, version)
    return _packet(ControlPacketType.CONNECT, 0, head + payload)


def encode_connack(
    reason_code: int = 0,
    *,
    session_present: bool = False,
    properties: PropertyList | None = None,
    version: ProtocolVersion = _V3_1_1,
) -> bytes:
    """Encode CONNACK (section 3.2); MQTT 3.1 has no Session Present."""
    present = session_present and version != ProtocolVersion.MQTT_3_1
    body = bytes((present, reason_code)) + _property_block(properties, version)
    return _packet(ControlPacketType.CONNACK, 0, body)


def encode_publish(
    topic: str | bytes,
    payload: bytes = b"",
    *,
    qos: int = 0,
    retain: bool = False,
    dup: bool = False,
    packet_identifier: int | None = None,
    properties: PropertyList | None = None,
    version: ProtocolVersion = _V3_1_1,
) -> bytes:
    """Encode PUBLISH (section 3.3); a topic given as bytes is written exactly as it is, valid or not."""
    flags = _qos(qos) << 1
    if retain:
        flags |= RETAIN_BIT
    if dup:
        flags |= DUP_BIT
    name = topic.encode() if isinstance(topic, str) else topic
    head = _binary(name)
    if qos:
        head += _identifier(packet_identifier)
    if version == _V5:
        head += write_properties(properties) if properties else b"\0"
    return _packet(ControlPacketType.PUBLISH, flags, head + payload)


def encode_ack(
    packet_type: ControlPacketType,
    packet_identifier: int,
    reason_code: int = 0,
    *,
    properties: PropertyList | None = None,
    version: ProtocolVersion = _V3_1_1,
) -> bytes:
    """Encode PUBACK, PUBREC, PUBREL or PUBCOMP (sections 3.4 to 3.7) in the shortest form allowed."""
    flags = _RESERVED_FLAGS if packet_type == ControlPacketType.PUBREL else 0
    body = _identifier(packet_identifier) + _reason(reason_code, properties, version)
    return _packet(packet_type, flags, body)


encode_puback = partial(encode_ack, ControlPacketType.PUBACK)
encode_pubrec = partial(encode_ack, ControlPacketType.PUBREC)
encode_pubrel = partial(encode_ack, ControlPacketType.PUBREL)
encode_pubcomp = partial(encode_ack, ControlPacketType.PUBCOMP)


def encode_subscribe(
    packet_identifier: int,
    subscriptions: Iterable[Subscription],
    *,
    properties: PropertyList | None = None,
    version: ProtocolVersion = _V3_1_1,
) -> bytes:
    """Encode SUBSCRIBE (section 3.8); before MQTT 5 only the QoS of each subscription is written."""
    body = _identifier(packet_identifier) + _property_block(properties, version)
    for subscription in subscriptions:
        options = _qos(subscription.qos)
        if version == _V5:
            options |= subscription.no_local << 2 | subscription.retain_as_published << 3
            options |= _retain_handling(subscription.retain_handling) << 4
        body += _utf8(subscription.topic_filter) + bytes((options,))
    return _packet(ControlPacketType.SUBSCRIBE, _RESERVED_FLAGS, body)


def encode_suback(
    packet_identifier: int,
    reason_codes: Sequence[int],
    *,
    properties: PropertyList | None = None,
    version: ProtocolVersion = _V3_1_1,
) -> bytes:
    """Encode SUBACK (section 3.9)."""
    body = _identifier(packet_identifier) + _property_block(properties, version)
    return _packet(ControlPacketType.SUBACK, 0, body + bytes(reason_codes))


def encode_unsubscribe(
    packet_identifier: int,
    topic_filters: Iterable[str],
    *,
    properties: PropertyList | None = None,
    version: ProtocolVersion = _V3_1_1,
) -> bytes:
    """Encode UNSUBSCRIBE (section 3.10)."""
    body = _identifier(packet_identifier) + _property_block(properties, version)
    body += b"".join(_utf8(topic_filter) for topic_filter in topic_filters)
    return _packet(ControlPacketType.UNSUBSCRIBE, _RESERVED_FLAGS, body)


def encode_unsuback(
    packet_identifier: int,
    reason_codes: Sequence[int] = (),
    *,
    properties: PropertyList | None = None,
    version: ProtocolVersion = _V3_1_1,
) -> bytes:
    """Encode UNSUBACK (section 3.11); Reason Codes are written in MQTT 5 only."""
    body = _identifier(packet_identifier) + _property_block(properties, version)
    if version == _V5:
        body += bytes(reason_codes)
    return _packet(ControlPacketType.UNSUBACK, 0, body)


def encode_pingreq() -> bytes:
    """Encode PINGREQ (section 3.12)."""
    return b"\xc0\x00"


def encode_pingresp() -> bytes:
    """Encode PINGRESP (section 3.13)."""
    return b"\xd0\x00"


def encode_disconnect(
    reason_code: int = 0,
    *,
    properties: PropertyList | None = None,
    version: ProtocolVersion = _V3_1_1,
) -> bytes:
    """Encode DISCONNECT (section 3.14); before MQTT 5 it is two bytes whatever is asked."""
    return _packet(ControlPacketType.DISCONNECT, 0, _reason(reason_code, properties, version))


def encode_auth(reason_code: int = 0, *, properties: PropertyList | None = None) -> bytes:
    """Encode AUTH (section 3.15)."""
    return _packet(ControlPacketType.AUTH, 0, _reason(reason_code, properties, _V5))


def encode_packet(packet: ControlPacket, version: ProtocolVersion = _V3_1_1) -> bytes:  # noqa: C901, PLR0911
    """Encode any Control Packet; CONNECT carries its own version, the others are written for `version`."""
    match packet:
        case Connect():
            return encode_connect(
                packet.client_identifier,
                clean_start=packet.clean_start,
                keep_alive=packet.keep_alive,
                username=packet.username,
                password=packet.password,
                will=packet.will,
                properties=packet.properties,
                version=packet.version,
                bridge=packet.bridge,
            )
        case Connack(session_present, reason_code, properties):
            return encode_connack(
                reason_code, session_present=session_present, properties=properties, version=version
            )
        case Publish(topic, payload):
            return encode_publish(
                topic,
                payload,
                qos=packet.qos,
                retain=packet.retain,
                dup=packet.dup,
                packet_identifier=packet.packet_identifier,
                properties=packet.properties,
                version=version,
            )
        case Ack(kind, identifier, reason_code, properties):
            return encode_ack(kind, identifier, reason_code, properties=properties, version=version)
        case Subscribe(identifier, subscriptions, properties):
            return encode_subscribe(
                identifier, subscriptions, properties=properties, version=version
            )
        case Suback(identifier, codes, properties):
            return encode_suback(identifier, codes, properties=properties, version=version)
        case Unsubscribe(identifier, filters, properties):
            return encode_unsubscribe(identifier, filters, properties=properties, version=version)
        case Unsuback(identifier, codes, properties):
            return encode_unsuback(identifier, codes, properties=properties, version=version)
        case Pingreq():
            return encode_pingreq()
        case Pingresp():
            return encode_pingresp()
        case Disconnect(reason_code, properties):
            return encode_disconnect(reason_code, properties=properties, version=version)
        case Auth(reason_code, properties):
            return encode_auth(reason_code, properties=properties)


def _packet(packet_type: ControlPacketType, flags: int, body: bytes) -> bytes:
    length = len(body)
    first = packet_type << 4 | flags
    if length < 0x80:
        return bytes((first, length)) + body
    return bytes((first,)) + write_variable_byte_integer(length) + body


def _property_block(properties: PropertyList | None, version: ProtocolVersion) -> bytes:
    if version != _V5:
        return b""
    return write_properties(properties) if properties else b"\0"


def _reason(reason_code: int, properties: PropertyList | None, version: ProtocolVersion) -> bytes:
    if version != _V5 or not (reason_code or properties):
        return b""
    return bytes((reason_code,)) + (write_properties(properties) if properties else b"")


def _two_bytes(value: int) -> bytes:
    if not 0 <= value <= _MAX_TWO_BYTES:
        raise ValueError(f"{value} does not fit into two bytes")
    return value.to_bytes(2, "big")


def _identifier(value: int | None) -> bytes:
    if not value:
        raise ValueError("a Packet Identifier from 1 to 65,535 is needed")
    return _two_bytes(value)


def _binary(value: bytes) -> bytes:
    length = len(value)
    if length > _MAX_TWO_BYTES:
        raise ValueError(f"{length:,} bytes do not fit into a field of at most 65,535 bytes")
    return length.to_bytes(2, "big") + value


def _utf8(value: str) -> bytes:
    return _binary(value.encode())


def _qos(value: int) -> int:
    if not 0 <= value <= 2:
        raise ValueError(f"there is no QoS {value}")
    return value


def _retain_handling(value: int) -> int:
    if not 0 <= value <= 2:
        raise ValueError(f"there is no Retain Handling {value}")
    return value
