"""CONNECT (section 3.1)."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from topicscope.mqtt.control_packets import ProtocolVersion
from topicscope.mqtt.dissect.checks import payload_format_problem, topic_problem
from topicscope.mqtt.dissect.fixed_header import QOS_NAMES, qos_problem
from topicscope.mqtt.dissect.properties import PAYLOAD_FORMAT_INDICATOR, dissect_properties
from topicscope.mqtt.dissect.reader import utf8_problem
from topicscope.mqtt.framing import MalformedPacket, NeedData, read_variable_byte_integer
from topicscope.mqtt.secret_parameters import is_secret_parameter

if TYPE_CHECKING:
    from topicscope.mqtt.dissect.field import Field
    from topicscope.mqtt.dissect.reader import PacketReader

USER_NAME_FLAG = 0x80
PASSWORD_FLAG = 0x40
WILL_RETAIN = 0x20
WILL_QOS = 0x18
WILL_FLAG = 0x04
CLEAN_START = 0x02
RESERVED = 0x01

_BRIDGE = 0x80
_LONGEST_IN_3_1 = 23
_SHORTEST_KEY = 16
"""Bytes from which on what is User Name and Password at once is a key, not a name such as guest."""
_TOKEN = re.compile(rb"\s*(?i:Bearer\s+)?e[wy][\w-]{14,}(?:\.[\w-]*){2,4}=*\s*")
"""A JSON Web Token: two to five parts in Base64, the first of which begins with a brace."""


def connect_version(packet: bytes, otherwise: ProtocolVersion) -> ProtocolVersion:
    """Return the version that a CONNECT names, or `otherwise` where it names none that exists."""
    try:
        _, position = read_variable_byte_integer(packet, 1)
    except (NeedData, MalformedPacket):
        return otherwise
    position += 2 + int.from_bytes(packet[position : position + 2], "big")
    level = packet[position : position + 1]
    try:
        return ProtocolVersion(level[0] & ~_BRIDGE) if level else otherwise
    except ValueError:
        return otherwise


def dissect_connect(reader: PacketReader) -> None:
    """Read the variable header and payload of CONNECT."""
    with reader.variable_header():
        check = partial(_name_problem, reader.version)
        reader.text("Protocol Name", "3.1.2.1", "protocol_name", check=check)
        name = "Protocol Version" if reader.is_5 else "Protocol Level"
        reader.integer(
            1, name, "3.1.2.2", "protocol_version", describe=_level, check=_level_problem
        )
        flags = _dissect_flags(reader)
        reader.integer(2, "Keep Alive", "3.1.2.10", "keep_alive", describe=_keep_alive)
        if reader.is_5:
            dissect_properties(reader, "3.1.2.11")
    with reader.payload():
        _dissect_payload(reader, flags)


def _dissect_flags(reader: PacketReader) -> int:
    reader.need(1, "Connect Flags", "3.1.2.3")
    flags = reader.take()
    will = bool(flags & WILL_FLAG)
    qos = (flags & WILL_QOS) >> 3
    without_will = None if will else "Must be 0 without a Will Flag"
    qos_wrong = qos_problem(qos) or (without_will if qos else None)
    no_user = None
    if flags & PASSWORD_FLAG and not flags & USER_NAME_FLAG and not reader.is_5:
        no_user = f"{reader.version.label} allows no Password without a User Name"
    bit = reader.bit_field
    children: tuple[Field, ...] = (
        bit(flags, USER_NAME_FLAG, "User Name Flag", "3.1.2.8"),
        bit(flags, PASSWORD_FLAG, "Password Flag", "3.1.2.9", problem=no_user),
        bit(
            flags,
            WILL_RETAIN,
            "Will Retain",
            "3.1.2.7",
            "will_retain",
            problem=without_will if flags & WILL_RETAIN else None,
        ),
        bit(
            flags,
            WILL_QOS,
            "Will QoS",
            "3.1.2.6",
            "will_qos",
            meaning=QOS_NAMES[qos],
            problem=qos_wrong,
        ),
        bit(flags, WILL_FLAG, "Will Flag", "3.1.2.5", "will_flag"),
        bit(
            flags,
            CLEAN_START,
            "Clean Start" if reader.is_5 else "Clean Session",
            "3.1.2.4",
            "clean_start" if reader.is_5 else "clean_session",
        ),
        bit(flags, RESERVED, "Reserved", "3.1.2.3", problem=_reserved_problem(reader, flags)),
    )
    start = reader.position - 1
    reader.add("Connect Flags", f"0x{flags:02X}", start, "3.1.2.3", children=children)
    return flags


def _reserved_problem(reader: PacketReader, flags: int) -> str | None:
    if flags & RESERVED and reader.version is not ProtocolVersion.MQTT_3_1:
        return "Must be 0 (Malformed Packet)"
    return None


def _dissect_payload(reader: PacketReader, flags: int) -> None:
    check = partial(_identifier_problem, reader.version, flags)
    reader.text("Client Identifier", "3.1.3.1", "client_identifier", check=check)
    if flags & WILL_FLAG:
        _dissect_will(reader)
    if flags & USER_NAME_FLAG:
        secret = _is_secret_user_name(reader.packet, reader.position)
        reader.text("User Name", "3.1.3.5", "user_name", secret=secret)
    if flags & PASSWORD_FLAG:
        reader.binary("Password", "3.1.3.6", "password", secret=True)


def _is_secret_user_name(packet: bytes, position: int) -> bool:
    """Tell whether the User Name at `position` is a token, has one in its query, or is a key that is the Password too.

    One that is all ``*`` was a secret before it was overwritten.
    """
    name, position = _binary_at(packet, position)
    password, _ = _binary_at(packet, position)
    is_overwritten = bool(name) and not name.strip(b"*")
    is_key = len(name) >= _SHORTEST_KEY and name == password
    return is_overwritten or is_key or bool(_TOKEN.fullmatch(name)) or _has_secret_query(name)


def _has_secret_query(name: bytes) -> bool:
    """Tell whether a secret stands behind a User Name, as custom authorizers of AWS read one."""
    for pair in name.partition(b"?")[2].split(b"&"):
        parameter, _, value = pair.partition(b"=")
        if value and (
            is_secret_parameter(parameter.decode(errors="replace")) or _TOKEN.fullmatch(value)
        ):
            return True
    return False


def _binary_at(packet: bytes, position: int) -> tuple[bytes, int]:
    begin = position + 2
    end = begin + int.from_bytes(packet[position:begin], "big")
    return packet[begin:end], end


def _dissect_will(reader: PacketReader) -> None:
    properties = dissect_properties(reader, "3.1.3.2", will=True) if reader.is_5 else {}
    reader.text("Will Topic", "3.1.3.3", "will_topic", check=topic_problem)
    name = "Will Payload" if reader.is_5 else "Will Message"
    is_text = properties.get(PAYLOAD_FORMAT_INDICATOR) == 1
    check = payload_format_problem if is_text else None
    reader.binary(name, "3.1.3.4", "will_payload", check=check)


def _name_problem(version: ProtocolVersion, name: bytes) -> str | None:
    expected = b"MQIsdp" if version is ProtocolVersion.MQTT_3_1 else b"MQTT"
    return None if name == expected else f"{version.label} is announced as {expected.decode()}"


def _identifier_problem(version: ProtocolVersion, flags: int, identifier: bytes) -> str | None:
    """Say what the version refuses in a Client Identifier (section 3.1.3.1 of each)."""
    problem = utf8_problem(identifier)
    if problem:
        return problem
    if version is ProtocolVersion.MQTT_3_1_1 and not identifier and not flags & CLEAN_START:
        return "An empty Client Identifier needs Clean Session 1"
    if version is ProtocolVersion.MQTT_3_1 and not 1 <= len(identifier.decode()) <= _LONGEST_IN_3_1:
        return "MQTT 3.1 wants 1 to 23 characters"
    return None


def _level(byte: int) -> str:
    try:
        label = ProtocolVersion(byte & ~_BRIDGE).label
    except ValueError:
        label = "unknown"
    return f"{byte & ~_BRIDGE} ({label}{', a bridge' if byte & _BRIDGE else ''})"


def _level_problem(byte: int) -> str | None:
    if byte & ~_BRIDGE in list(ProtocolVersion):
        return None
    return f"unknown Protocol Version 0x{byte:02X}"


def _keep_alive(seconds: int) -> str:
    return f"{seconds:,} s" if seconds else "0 (off)"
