"""The properties of a packet, one field each, with what the standard has to say about them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from topicscope.mqtt.control_packets import ControlPacketType, Direction
from topicscope.mqtt.dissect.field import HIDDEN
from topicscope.mqtt.dissect.reader import COUNTED, MAX_CHILDREN, CutShort, text_raw, utf8_problem
from topicscope.mqtt.dissect.text import count, decode, preview
from topicscope.mqtt.framing import MalformedPacket
from topicscope.mqtt.properties import (
    ALLOWED,
    ALLOWED_IN_WILL,
    FIXED_WIDTH,
    PROPERTIES,
    PropertySpec,
    PropertyType,
    may_repeat,
    properties_to_json,
    read_property,
    value_problem,
)
from topicscope.mqtt.topics import topic_name_problem

if TYPE_CHECKING:
    from topicscope.mqtt.dissect.reader import Draft, PacketReader
    from topicscope.mqtt.properties import PropertyList, PropertyValue

PAYLOAD_FORMAT_INDICATOR = 1
RESPONSE_TOPIC = 8
SUBSCRIPTION_IDENTIFIER = 11
SESSION_EXPIRY_INTERVAL = 17
AUTHENTICATION_METHOD = 21
AUTHENTICATION_DATA = 22
TOPIC_ALIAS = 35
MAXIMUM_QOS = 36
MAXIMUM_PACKET_SIZE = 39

_NEVER = 0xFFFF_FFFF
_INTEGERS = {1: "1.5.1", 2: "1.5.2", 4: "1.5.3"}
_SECONDS = frozenset({2, 17, 19, 24})
_WORDS = {
    PAYLOAD_FORMAT_INDICATOR: ("unspecified bytes", "UTF-8 text"),
    **dict.fromkeys((23, 25), ("no", "yes")),
    **dict.fromkeys((37, 40, 41, 42), ("not available", "available")),
}

_DEFAULTS: dict[ControlPacketType, dict[int, str]] = {
    ControlPacketType.CONNECT: {
        17: "0 s: the Session ends with the Network Connection",
        33: "65,535",
        39: "no limit",
        34: "0: no Topic Alias",
        25: "0 (no)",
        23: "1 (yes)",
    },
    ControlPacketType.CONNACK: {
        17: "as in CONNECT",
        33: "65,535",
        36: "QoS 2",
        37: "1 (available)",
        39: "no limit",
        34: "0: no Topic Alias",
        40: "1 (available)",
        41: "1 (available)",
        42: "1 (available)",
        19: "Keep Alive as in CONNECT",
    },
}


def dissect_properties(
    reader: PacketReader, section: str, *, will: bool = False
) -> dict[int, PropertyValue]:
    """Read the Property Length and all properties; returns the last value of each identifier.

    Properties that cannot be read end at the Property Length: what stands behind is still read.
    """
    found = _Found(reader, will=will)
    with reader.group(found.name, section, found.key) as draft:
        length = reader.variable_byte_integer("Property Length", "2.2.2.1")
        if length > reader.left:
            draft.problem(
                f"Property Length says {count(length, 'byte')}, {reader.left:,} are there"
            )
        with reader.limit(reader.position + min(length, reader.left)):
            found.read_all()
        if AUTHENTICATION_DATA in found.seen and AUTHENTICATION_METHOD not in found.seen:
            draft.problem("Authentication Data without Authentication Method (Protocol Error)")
        if not will:
            _add_defaults(reader, found.seen)
        draft.value = count(found.number, "property", "properties")
        draft.raw = properties_to_json(found.items)
    return found.seen


class _Found:
    """The properties of one list while it is read."""

    def __init__(self, reader: PacketReader, *, will: bool) -> None:
        self.reader = reader
        self.name = "Will Properties" if will else "Properties"
        self.key = "will_properties" if will else "properties"
        self.where = self.name if will else reader.packet_type.name
        self.allowed = ALLOWED_IN_WILL if will else ALLOWED.get(reader.packet_type, {})
        self.number = 0
        self.items: PropertyList = []
        self.seen: dict[int, PropertyValue] = {}

    def read_all(self) -> None:
        """Read properties up to the reader's end; raises `CutShort`."""
        reader = self.reader
        while reader.left:
            if self.number == MAX_CHILDREN:
                more = _count_properties(reader)
                reader.left_out(self.name, more, self.key)
                self.number += more or 0
                return
            self.number += 1
            self._read_one()

    def _read_one(self) -> None:
        reader = self.reader
        identifier = self._peek_identifier()
        spec = PROPERTIES.get(identifier)
        if spec is None:
            name = f"unknown 0x{identifier:02X}"
            reader.rest(name, f"{name} is not a property: what follows cannot be read", "2.2.2.2")
            raise CutShort
        with reader.group(spec.name, self.allowed.get(identifier, "2.2.2.2")) as draft:
            reader.variable_byte_integer("Property Identifier", "2.2.2.2")
            value, draft.value = _read_value(reader, draft, spec)
            draft.problem(self._problem(identifier, value))
        self.items.append((identifier, HIDDEN if self._is_hidden(identifier) else value))
        self.seen[identifier] = value

    def _is_hidden(self, identifier: int) -> bool:
        return identifier == AUTHENTICATION_DATA and not self.reader.reveal

    def _peek_identifier(self) -> int:
        """Return the identifier without stepping on: every one of the standard is one byte long."""
        first = self.reader.packet[self.reader.position]
        if first < 0x80:
            return first
        reader = self.reader
        mark, known = reader.position, len(reader.fields)
        value = reader.variable_byte_integer("Property Identifier", "2.2.2.2")
        reader.position = mark
        del reader.fields[known:]
        return value

    def _problem(self, identifier: int, value: PropertyValue) -> str | None:
        if identifier not in self.allowed:
            return f"Not allowed in {self.where} (Protocol Error)"
        if identifier in self.seen and not may_repeat(identifier, self.reader.packet_type):
            return "Stands more than once (Protocol Error)"
        if identifier == RESPONSE_TOPIC and isinstance(value, str):
            return topic_name_problem(value)
        return value_problem(identifier, value) or _direction_problem(self.reader, identifier)


def _read_value(
    reader: PacketReader, draft: Draft, spec: PropertySpec
) -> tuple[PropertyValue, str]:
    """Read the value behind the identifier; returns it and how it reads for people."""
    if spec.type in FIXED_WIDTH:
        describe = partial(describe_number, spec.identifier)
        width = FIXED_WIDTH[spec.type]
        number = reader.integer(width, "Value", _INTEGERS[width], describe=describe)
        return number, describe(number)
    if spec.type is PropertyType.VARIABLE:
        number = reader.variable_byte_integer("Value", "1.5.5")
        return number, f"{number:,}"
    if spec.type is PropertyType.BINARY:
        return _read_binary(reader, draft, secret=spec.identifier == AUTHENTICATION_DATA)
    if spec.type is PropertyType.PAIR:
        name, value = reader.text("Name", "1.5.7"), reader.text("Value", "1.5.7")
        return (_text(name), _text(value)), f"{decode(name)}: {decode(value)}"
    start = reader.sized(draft, "Value")
    data = reader.packet[start : reader.position]
    draft.problem(utf8_problem(data))
    reader.add("Value", decode(data), start, "1.5.4")
    return _text(data), decode(data)


def describe_number(identifier: int, number: int) -> str:
    """Say what the number of a property means: ``60 s``, ``1 (available)``, ``QoS 1``."""
    words = _WORDS.get(identifier, ())
    if number < len(words):
        return f"{number} ({words[number]})"
    if identifier == SESSION_EXPIRY_INTERVAL and number == _NEVER:
        return f"{number:,} (the Session never expires)"
    if identifier in _SECONDS:
        return f"{number:,} s"
    if identifier == MAXIMUM_QOS:
        return f"QoS {number}"
    return count(number, "byte") if identifier == MAXIMUM_PACKET_SIZE else f"{number:,}"


def _read_binary(reader: PacketReader, draft: Draft, *, secret: bool) -> tuple[PropertyValue, str]:
    start = reader.sized(draft, "Value")
    data = reader.packet[start : reader.position]
    value = HIDDEN if secret and not reader.reveal else preview(memoryview(data))
    reader.add("Value", value, start, "1.5.6", secret=secret)
    return data, value


def _text(data: bytes) -> str:
    """Return the text as it is, or escaped where it is not UTF-8."""
    raw = text_raw(data)
    return raw if isinstance(raw, str) else decode(raw)


def _direction_problem(reader: PacketReader, identifier: int) -> str | None:
    """Say which end of the Network Connection must not send the property (3.3.4, 3.14.2.2.2)."""
    kind, direction = reader.packet_type, reader.direction
    if (
        identifier == SUBSCRIPTION_IDENTIFIER
        and kind is ControlPacketType.PUBLISH
        and direction is Direction.OUT
    ):
        return "A client must not send a Subscription Identifier (Protocol Error)"
    if (
        identifier == SESSION_EXPIRY_INTERVAL
        and kind is ControlPacketType.DISCONNECT
        and direction is Direction.IN
    ):
        return "A Server must not send a Session Expiry Interval (Protocol Error)"
    return None


def _count_properties(reader: PacketReader) -> int | None:
    """Count the properties that are left; None where they are too many or cannot be read."""
    if reader.left > COUNTED:
        return None
    number, position, view = 0, reader.position, reader.view[: reader.end]
    try:
        while position < reader.end:
            _, _, position = read_property(view, position, reader.end)
            number += 1
    except MalformedPacket:
        return None
    return number


def _add_defaults(reader: PacketReader, seen: dict[int, PropertyValue]) -> None:
    """Add what holds for the properties that are absent, without bytes and without a JSON key."""
    for identifier, value in _DEFAULTS.get(reader.packet_type, {}).items():
        if identifier not in seen:
            section = ALLOWED[reader.packet_type][identifier]
            name = PROPERTIES[identifier].name
            reader.add(name, f"{value} (not sent, the default)", reader.position, section)
