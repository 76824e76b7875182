"""Reason Codes of MQTT 5.0 (section 2.4) and Return Codes of MQTT 3.1 and 3.1.1, in words.

The same number has different names in different packets (0x00 is Success, Normal disconnection or
Granted QoS 0), so every question is asked of a packet type.
"""

from __future__ import annotations

from topicscope.mqtt.control_packets import ControlPacketType, ProtocolVersion

ERROR = 0x80
"""The lowest Reason Code that says that the operation failed (section 2.4)."""

_LETTERS = {
    "C": ControlPacketType.CONNACK,
    "A": ControlPacketType.PUBACK,
    "R": ControlPacketType.PUBREC,
    "L": ControlPacketType.PUBREL,
    "M": ControlPacketType.PUBCOMP,
    "S": ControlPacketType.SUBACK,
    "U": ControlPacketType.UNSUBACK,
    "D": ControlPacketType.DISCONNECT,
    "X": ControlPacketType.AUTH,
}

_TABLE_2_6: tuple[tuple[int, str, str], ...] = (
    (0x00, "Success", "CARLMUX"),
    (0x00, "Normal disconnection", "D"),
    (0x00, "Granted QoS 0", "S"),
    (0x01, "Granted QoS 1", "S"),
    (0x02, "Granted QoS 2", "S"),
    (0x04, "Disconnect with Will Message", "D"),
    (0x10, "No matching subscribers", "AR"),
    (0x11, "No subscription existed", "U"),
    (0x18, "Continue authentication", "X"),
    (0x19, "Re-authenticate", "X"),
    (0x80, "Unspecified error", "CARSUD"),
    (0x81, "Malformed Packet", "CD"),
    (0x82, "Protocol Error", "CD"),
    (0x83, "Implementation specific error", "CARSUD"),
    (0x84, "Unsupported Protocol Version", "C"),
    (0x85, "Client Identifier not valid", "C"),
    (0x86, "Bad User Name or Password", "C"),
    (0x87, "Not authorized", "CARSUD"),
    (0x88, "Server unavailable", "C"),
    (0x89, "Server busy", "CD"),
    (0x8A, "Banned", "C"),
    (0x8B, "Server shutting down", "D"),
    (0x8C, "Bad authentication method", "CD"),
    (0x8D, "Keep Alive timeout", "D"),
    (0x8E, "Session taken over", "D"),
    (0x8F, "Topic Filter invalid", "SUD"),
    (0x90, "Topic Name invalid", "CARD"),
    (0x91, "Packet Identifier in use", "ARSU"),
    (0x92, "Packet Identifier not found", "LM"),
    (0x93, "Receive Maximum exceeded", "D"),
    (0x94, "Topic Alias invalid", "D"),
    (0x95, "Packet too large", "CD"),
    (0x96, "Message rate too high", "D"),
    (0x97, "Quota exceeded", "CARSD"),
    (0x98, "Administrative action", "D"),
    (0x99, "Payload format invalid", "CARD"),
    (0x9A, "Retain not supported", "CD"),
    (0x9B, "QoS not supported", "CD"),
    (0x9C, "Use another server", "CD"),
    (0x9D, "Server moved", "CD"),
    (0x9E, "Shared Subscriptions not supported", "SD"),
    (0x9F, "Connection rate exceeded", "CD"),
    (0xA0, "Maximum connect time", "D"),
    (0xA1, "Subscription Identifiers not supported", "SD"),
    (0xA2, "Wildcard Subscriptions not supported", "SD"),
)


def _by_packet_type() -> dict[ControlPacketType, dict[int, str]]:
    tables: dict[ControlPacketType, dict[int, str]] = {kind: {} for kind in _LETTERS.values()}
    for code, name, letters in _TABLE_2_6:
        for letter in letters:
            tables[_LETTERS[letter]][code] = name
    return tables


REASON_CODES: dict[ControlPacketType, dict[int, str]] = _by_packet_type()
"""Reason Codes of MQTT 5.0 by the packet that carries them (table 2-6)."""

RETURN_CODES: dict[ControlPacketType, dict[int, str]] = {
    ControlPacketType.CONNACK: {
        0x00: "Connection Accepted",
        0x01: "Connection Refused, unacceptable protocol version",
        0x02: "Connection Refused, identifier rejected",
        0x03: "Connection Refused, Server unavailable",
        0x04: "Connection Refused, bad user name or password",
        0x05: "Connection Refused, not authorized",
    },
    ControlPacketType.SUBACK: {
        0x00: "Success - Maximum QoS 0",
        0x01: "Success - Maximum QoS 1",
        0x02: "Success - Maximum QoS 2",
        0x80: "Failure",
    },
}
"""Return Codes of MQTT 3.1 and 3.1.1 (3.1.1: sections 3.2.2.3 and 3.9.3)."""


def reason_codes(packet_type: int, version: int = ProtocolVersion.MQTT_5) -> dict[int, str]:
    """Return the codes that such a packet may carry, with their names; empty when it has none."""
    tables = REASON_CODES if version >= ProtocolVersion.MQTT_5 else RETURN_CODES
    try:
        return tables.get(ControlPacketType(packet_type), {})
    except ValueError:
        return {}


def reason_name(packet_type: int, code: int, version: int = ProtocolVersion.MQTT_5) -> str:
    """Name the code in the standard's words, or say ``unknown 0x7A`` where the standard has none.

    MQTT 3.1.1 knows no codes in PUBACK, UNSUBACK and the like: their 0 reads as Success.
    """
    name = reason_codes(packet_type, version).get(code)
    if name is None and code == 0 and version < ProtocolVersion.MQTT_5:
        return "Success"
    return name if name is not None else f"unknown 0x{code:02X}"


def is_error(
    code: int,
    packet_type: int | None = None,
    version: int = ProtocolVersion.MQTT_5,
) -> bool:
    """Tell whether the code says that something failed.

    Below MQTT 5.0 every CONNACK code but 0 is a refusal: give `packet_type` and `version` for that.
    """
    if version < ProtocolVersion.MQTT_5 and packet_type == ControlPacketType.CONNACK:
        return code != 0
    return code >= ERROR
