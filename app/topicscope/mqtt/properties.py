"""Properties of MQTT 5.0: names, types, which packet may carry which, reading and writing them.

A list of properties is kept as pairs ``(identifier, value)`` in the order of the wire, because User
Property may repeat and its order has a meaning (MQTT 5.0 section 2.2.2). Reading is strict about
bytes (what cannot be decoded is a Malformed Packet) and lenient about sense: a property that stands
twice, in the wrong packet or with a forbidden value is handed over as it is, and
`properties_problem` says what is wrong with the list.
"""

from __future__ import annotations

import base64
import struct
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from topicscope.mqtt.control_packets import ControlPacketType
from topicscope.mqtt.framing import (
    MalformedPacket,
    NeedData,
    read_variable_byte_integer,
    write_variable_byte_integer,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

PropertyValue = int | str | bytes | tuple[str, str]
PropertyList = list[tuple[int, PropertyValue]]

MAX_LENGTH = 65_535
"""Longest UTF-8 Encoded String or Binary Data, in bytes (sections 1.5.4 and 1.5.6)."""


class PropertyType(Enum):
    """Data type of a property's value (section 1.5)."""

    BYTE = "Byte"
    TWO_BYTE = "Two Byte Integer"
    FOUR_BYTE = "Four Byte Integer"
    VARIABLE = "Variable Byte Integer"
    UTF8 = "UTF-8 Encoded String"
    BINARY = "Binary Data"
    PAIR = "UTF-8 String Pair"


FIXED_WIDTH = {PropertyType.BYTE: 1, PropertyType.TWO_BYTE: 2, PropertyType.FOUR_BYTE: 4}
"""Width in bytes of the types that always have the same."""


@dataclass(frozen=True, slots=True)
class PropertySpec:
    """One line of table 2-4 (section 2.2.2.2)."""

    identifier: int
    name: str
    key: str
    type: PropertyType


def _spec(identifier: int, name: str, kind: PropertyType) -> PropertySpec:
    return PropertySpec(identifier, name, name.lower().replace(" ", "_"), kind)


PROPERTIES: dict[int, PropertySpec] = {
    spec.identifier: spec
    for spec in (
        _spec(1, "Payload Format Indicator", PropertyType.BYTE),
        _spec(2, "Message Expiry Interval", PropertyType.FOUR_BYTE),
        _spec(3, "Content Type", PropertyType.UTF8),
        _spec(8, "Response Topic", PropertyType.UTF8),
        _spec(9, "Correlation Data", PropertyType.BINARY),
        _spec(11, "Subscription Identifier", PropertyType.VARIABLE),
        _spec(17, "Session Expiry Interval", PropertyType.FOUR_BYTE),
        _spec(18, "Assigned Client Identifier", PropertyType.UTF8),
        _spec(19, "Server Keep Alive", PropertyType.TWO_BYTE),
        _spec(21, "Authentication Method", PropertyType.UTF8),
        _spec(22, "Authentication Data", PropertyType.BINARY),
        _spec(23, "Request Problem Information", PropertyType.BYTE),
        _spec(24, "Will Delay Interval", PropertyType.FOUR_BYTE),
        _spec(25, "Request Response Information", PropertyType.BYTE),
        _spec(26, "Response Information", PropertyType.UTF8),
        _spec(28, "Server Reference", PropertyType.UTF8),
        _spec(31, "Reason String", PropertyType.UTF8),
        _spec(33, "Receive Maximum", PropertyType.TWO_BYTE),
        _spec(34, "Topic Alias Maximum", PropertyType.TWO_BYTE),
        _spec(35, "Topic Alias", PropertyType.TWO_BYTE),
        _spec(36, "Maximum QoS", PropertyType.BYTE),
        _spec(37, "Retain Available", PropertyType.BYTE),
        _spec(38, "User Property", PropertyType.PAIR),
        _spec(39, "Maximum Packet Size", PropertyType.FOUR_BYTE),
        _spec(40, "Wildcard Subscription Available", PropertyType.BYTE),
        _spec(41, "Subscription Identifiers Available", PropertyType.BYTE),
        _spec(42, "Shared Subscription Available", PropertyType.BYTE),
    )
}
"""Table 2-4 by Property Identifier."""

BY_KEY: dict[str, PropertySpec] = {spec.key: spec for spec in PROPERTIES.values()}
"""Table 2-4 by the name in snake_case."""

USER_PROPERTY = 38
SUBSCRIPTION_IDENTIFIER = 11


def _sections(prefix: str, *properties: tuple[int, int]) -> dict[int, str]:
    return {identifier: f"{prefix}.{number}" for identifier, number in properties}


_C = ControlPacketType

ALLOWED: dict[ControlPacketType, dict[int, str]] = {
    _C.CONNECT: _sections(
        "3.1.2.11", (17, 2), (33, 3), (39, 4), (34, 5), (25, 6), (23, 7), (38, 8), (21, 9), (22, 10)
    ),
    _C.CONNACK: _sections(
        "3.2.2.3",
        *((17, 2), (33, 3), (36, 4), (37, 5), (39, 6), (18, 7), (34, 8), (31, 9), (38, 10)),
        *((40, 11), (41, 12), (42, 13), (19, 14), (26, 15), (28, 16), (21, 17), (22, 18)),
    ),
    _C.PUBLISH: _sections(
        "3.3.2.3", (1, 2), (2, 3), (35, 4), (8, 5), (9, 6), (38, 7), (11, 8), (3, 9)
    ),
    _C.PUBACK: _sections("3.4.2.2", (31, 2), (38, 3)),
    _C.PUBREC: _sections("3.5.2.2", (31, 2), (38, 3)),
    _C.PUBREL: _sections("3.6.2.2", (31, 2), (38, 3)),
    _C.PUBCOMP: _sections("3.7.2.2", (31, 2), (38, 3)),
    _C.SUBSCRIBE: _sections("3.8.2.1", (11, 2), (38, 3)),
    _C.SUBACK: _sections("3.9.2.1", (31, 2), (38, 3)),
    _C.UNSUBSCRIBE: _sections("3.10.2.1", (38, 2)),
    _C.UNSUBACK: _sections("3.11.2.1", (31, 2), (38, 3)),
    _C.DISCONNECT: _sections("3.14.2.2", (17, 2), (31, 3), (38, 4), (28, 5)),
    _C.AUTH: _sections("3.15.2.2", (21, 2), (22, 3), (31, 4), (38, 5)),
}
"""Which packet may carry which property, with the section of MQTT 5.0 that says so."""

ALLOWED_IN_WILL: dict[int, str] = _sections(
    "3.1.3.2", (24, 2), (1, 3), (2, 4), (3, 5), (8, 6), (9, 7), (38, 8)
)
"""The same for the Will Properties in the payload of CONNECT."""

_NEVER_ZERO = frozenset({11, 33, 35, 39})
_ZERO_OR_ONE = frozenset({1, 23, 25, 36, 37, 40, 41, 42})


# --- reading ---


def read_properties(buffer: bytes | memoryview, position: int = 0) -> tuple[PropertyList, int]:
    """Read a Property Length and the properties behind it (section 2.2.2).

    Returns the list and the position behind it. Raises `MalformedPacket` where the bytes cannot be
    read: cut short, an unknown identifier, a string that is not UTF-8 or holds U+0000.
    """
    start = position
    try:
        length, position = read_variable_byte_integer(buffer, position)
    except NeedData:
        raise MalformedPacket("the Property Length is cut short", start) from None
    end = position + length
    if end > len(buffer):
        raise MalformedPacket("the properties reach beyond the end of the packet", start)
    items: PropertyList = []
    while position < end:
        identifier, value, position = read_property(buffer, position, end)
        items.append((identifier, value))
    return items, position


def read_property(
    buffer: bytes | memoryview, position: int, end: int
) -> tuple[int, PropertyValue, int]:
    """Read one property that ends at `end` or before; returns identifier, value, next position.

    Raises `MalformedPacket` as `read_properties` does.
    """
    start = position
    try:
        identifier, position = read_variable_byte_integer(buffer, position)
        spec = PROPERTIES.get(identifier)
        if spec is None:
            raise MalformedPacket(f"unknown property 0x{identifier:02X}", start)
        value, position = read_value(spec.type, buffer, position)
    except NeedData:
        raise MalformedPacket("a property is cut short", start) from None
    if position > end:
        raise MalformedPacket(f"{spec.name} reaches beyond the end of the properties", start)
    return identifier, value, position


def read_value(
    kind: PropertyType, buffer: bytes | memoryview, position: int
) -> tuple[PropertyValue, int]:
    """Read a value of the type `kind`; raises `NeedData` or `MalformedPacket`."""
    if kind is PropertyType.VARIABLE:
        return read_variable_byte_integer(buffer, position)
    if kind is PropertyType.PAIR:
        key, position = read_utf8(buffer, position)
        value, position = read_utf8(buffer, position)
        return (key, value), position
    if kind is PropertyType.UTF8:
        return read_utf8(buffer, position)
    if kind is PropertyType.BINARY:
        return read_binary(buffer, position)
    end = position + FIXED_WIDTH[kind]
    if end > len(buffer):
        raise NeedData
    return int.from_bytes(buffer[position:end], "big"), end


def read_binary(buffer: bytes | memoryview, position: int) -> tuple[bytes, int]:
    """Read Binary Data (section 1.5.6); raises `NeedData`."""
    start = position + 2
    if start > len(buffer):
        raise NeedData
    end = start + int.from_bytes(buffer[position:start], "big")
    if end > len(buffer):
        raise NeedData
    return bytes(buffer[start:end]), end


def read_utf8(buffer: bytes | memoryview, position: int) -> tuple[str, int]:
    """Read a UTF-8 Encoded String (section 1.5.4); raises `NeedData` or `MalformedPacket`."""
    data, end = read_binary(buffer, position)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise MalformedPacket(
            f"a string is not UTF-8: {error.reason}", position + 2 + error.start
        ) from None
    if "\0" in text:
        raise MalformedPacket("a string holds U+0000", position + 2 + data.index(0))
    return text, end


# --- writing ---


def write_properties(items: Iterable[tuple[int, PropertyValue]]) -> bytes:
    """Encode `items` in their order behind their Property Length.

    Raises `ValueError` for an unknown identifier and for a value that does not fit its type.
    """
    body = b"".join(write_property(identifier, value) for identifier, value in items)
    return write_variable_byte_integer(len(body)) + body


def write_property(identifier: int, value: PropertyValue) -> bytes:
    """Encode one property; raises `ValueError` as `write_properties` does."""
    spec = PROPERTIES.get(identifier)
    if spec is None:
        raise ValueError(f"there is no property {identifier}")
    try:
        return write_variable_byte_integer(identifier) + _write_value(spec.type, value)
    except (struct.error, TypeError) as error:
        raise ValueError(f"{value!r} is not a value for {spec.name} ({spec.type.value})") from error
    except ValueError as error:
        raise ValueError(f"{spec.name}: {error}") from error


def write_utf8(text: str) -> bytes:
    """Encode a UTF-8 Encoded String; raises `ValueError` for what it cannot hold."""
    if "\0" in text:
        raise ValueError("a string must not hold U+0000")
    return write_binary(text.encode())


def write_binary(data: bytes) -> bytes:
    """Encode Binary Data; raises `ValueError` beyond 65,535 bytes."""
    if len(data) > MAX_LENGTH:
        raise ValueError(f"{len(data):,} bytes are more than the {MAX_LENGTH:,} that fit")
    return len(data).to_bytes(2, "big") + data


_FIXED_FORMAT = {
    PropertyType.BYTE: struct.Struct(">B"),
    PropertyType.TWO_BYTE: struct.Struct(">H"),
    PropertyType.FOUR_BYTE: struct.Struct(">I"),
}


def _write_value(kind: PropertyType, value: PropertyValue) -> bytes:
    match kind, value:
        case PropertyType.VARIABLE, int():
            return write_variable_byte_integer(value)
        case PropertyType.PAIR, (str() as key, str() as text):
            return write_utf8(key) + write_utf8(text)
        case PropertyType.UTF8, str():
            return write_utf8(value)
        case PropertyType.BINARY, bytes():
            return write_binary(value)
        case ((PropertyType.BYTE | PropertyType.TWO_BYTE | PropertyType.FOUR_BYTE), int()):
            return _FIXED_FORMAT[kind].pack(value)
    raise TypeError(type(value).__name__)


# --- sense ---


def value_problem(identifier: int, value: PropertyValue) -> str | None:
    """Say why the standard forbids `value` for the property, or None when it allows it."""
    if not isinstance(value, int):
        return None
    if identifier in _NEVER_ZERO and value == 0:
        return "0 is not allowed (Protocol Error)"
    if identifier in _ZERO_OR_ONE and value > 1:
        return "only 0 and 1 are allowed (Protocol Error)"
    return None


def may_repeat(identifier: int, packet_type: ControlPacketType) -> bool:
    """Tell whether the property may stand more than once in such a packet (section 2.2.2.2)."""
    return identifier == USER_PROPERTY or (
        identifier == SUBSCRIPTION_IDENTIFIER and packet_type is ControlPacketType.PUBLISH
    )


def properties_problem(
    packet_type: ControlPacketType,
    items: Iterable[tuple[int, PropertyValue]],
    *,
    will: bool = False,
) -> str | None:
    """Say what is first wrong with a list of properties in such a packet, or None.

    `will` asks about the Will Properties of CONNECT.
    """
    allowed = ALLOWED_IN_WILL if will else ALLOWED.get(packet_type, {})
    where = "Will Properties" if will else packet_type.name
    seen: set[int] = set()
    for identifier, value in items:
        spec = PROPERTIES.get(identifier)
        name = spec.name if spec else f"property 0x{identifier:02X}"
        if identifier not in allowed:
            return f"{name} is not allowed in {where}"
        if identifier in seen and not may_repeat(identifier, packet_type):
            return f"{name} stands more than once"
        problem = value_problem(identifier, value)
        if problem:
            return f"{name}: {problem}"
        seen.add(identifier)
    return None


# --- as JSON ---


def properties_to_json(items: Iterable[tuple[int, PropertyValue]]) -> dict[str, object]:
    """Make the JSON object of a list of properties: names in snake_case, bytes as Base64.

    ``user_property`` is always a list of pairs and ``subscription_identifier`` always a list. Any
    other property that stands more than once, which the standard forbids, becomes a list as well.
    """
    document: dict[str, object] = {}
    for identifier, value in items:
        spec = PROPERTIES.get(identifier)
        key = spec.key if spec else f"unknown_0x{identifier:02x}"
        plain = property_to_json(value)
        earlier = document.get(key)
        if identifier in {USER_PROPERTY, SUBSCRIPTION_IDENTIFIER} and earlier is None:
            document[key] = [plain]
        elif isinstance(earlier, list):
            earlier.append(plain)
        elif earlier is not None:
            document[key] = [earlier, plain]
        else:
            document[key] = plain
    return document


def property_to_json(value: PropertyValue) -> object:
    """Make one value fit for JSON: bytes as Base64 text, a pair as a list."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, tuple):
        return list(value)
    return value
