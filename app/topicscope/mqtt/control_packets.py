"""Names of the fixed header: Control Packet types, QoS levels, protocol versions, directions (section 2.1)."""

from __future__ import annotations

from enum import IntEnum


class ControlPacketType(IntEnum):
    """MQTT Control Packet type, bits 7-4 of the first byte (MQTT 5.0 section 2.1.2)."""

    RESERVED = 0
    CONNECT = 1
    CONNACK = 2
    PUBLISH = 3
    PUBACK = 4
    PUBREC = 5
    PUBREL = 6
    PUBCOMP = 7
    SUBSCRIBE = 8
    SUBACK = 9
    UNSUBSCRIBE = 10
    UNSUBACK = 11
    PINGREQ = 12
    PINGRESP = 13
    DISCONNECT = 14
    AUTH = 15


class QoS(IntEnum):
    """Quality of Service level (MQTT 5.0 section 4.3)."""

    AT_MOST_ONCE = 0
    AT_LEAST_ONCE = 1
    EXACTLY_ONCE = 2


class ProtocolVersion(IntEnum):
    """Protocol Version byte of CONNECT (MQTT 5.0 section 3.1.2.2)."""

    MQTT_3_1 = 3
    MQTT_3_1_1 = 4
    MQTT_5 = 5

    @property
    def label(self) -> str:
        """How people call it: ``MQTT 3.1.1``."""
        return "MQTT " + self.name.removeprefix("MQTT_").replace("_", ".")


class Direction(IntEnum):
    """Which way a packet crossed the Network Connection, seen from Topicscope."""

    IN = 0
    OUT = 1


RETAIN_BIT = 0b0001
QOS_BITS = 0b0110
DUP_BIT = 0b1000
