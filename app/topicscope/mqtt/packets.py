"""The Control Packets as values: one frozen class per packet, in the standard's words.

They say the same in MQTT 3.1, 3.1.1 and 5.0; what an older version cannot say (properties, most Reason Codes, the
subscription options) has its default there. `topicscope.mqtt.encode` writes them and `topicscope.mqtt.decode` reads
them; everything that only *shows* packets uses the dissector instead, which also copes with broken ones.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from topicscope.mqtt.control_packets import ControlPacketType, ProtocolVersion

if TYPE_CHECKING:
    from topicscope.mqtt.properties import PropertyList


@dataclass(frozen=True, slots=True)
class WillMessage:
    """The Application Message that the Server publishes for a client that is lost (section 3.1.2.5)."""

    topic: str
    payload: bytes = b""
    qos: int = 0
    retain: bool = False
    properties: PropertyList = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Connect:
    """CONNECT, section 3.1; `keep_alive` in seconds, 0 for none; `bridge` is Mosquitto's bit 7 of the level."""

    client_identifier: str = ""
    clean_start: bool = True
    keep_alive: int = 0
    username: str | None = None
    password: bytes | None = None
    will: WillMessage | None = None
    properties: PropertyList = field(default_factory=list)
    version: ProtocolVersion = ProtocolVersion.MQTT_3_1_1
    bridge: bool = False


@dataclass(frozen=True, slots=True)
class Connack:
    """CONNACK, section 3.2; `reason_code` is a Connect Return Code before MQTT 5."""

    session_present: bool = False
    reason_code: int = 0
    properties: PropertyList = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Publish:
    """PUBLISH, section 3.3; `packet_identifier` is None with QoS 0, `topic` empty behind a Topic Alias."""

    topic: str
    payload: bytes = b""
    qos: int = 0
    retain: bool = False
    dup: bool = False
    packet_identifier: int | None = None
    properties: PropertyList = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Ack:
    """PUBACK, PUBREC, PUBREL or PUBCOMP, sections 3.4 to 3.7."""

    packet_type: ControlPacketType
    packet_identifier: int
    reason_code: int = 0
    properties: PropertyList = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Subscription:
    """One Topic Filter with its Subscription Options, section 3.8.3.1."""

    topic_filter: str
    qos: int = 0
    no_local: bool = False
    retain_as_published: bool = False
    retain_handling: int = 0


@dataclass(frozen=True, slots=True)
class Subscribe:
    """SUBSCRIBE, section 3.8."""

    packet_identifier: int
    subscriptions: tuple[Subscription, ...]
    properties: PropertyList = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Suback:
    """SUBACK, section 3.9: one Reason Code for each Topic Filter, in their order."""

    packet_identifier: int
    reason_codes: tuple[int, ...]
    properties: PropertyList = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """UNSUBSCRIBE, section 3.10."""

    packet_identifier: int
    topic_filters: tuple[str, ...]
    properties: PropertyList = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Unsuback:
    """UNSUBACK, section 3.11; `reason_codes` is empty before MQTT 5, which is when they came."""

    packet_identifier: int
    reason_codes: tuple[int, ...] = ()
    properties: PropertyList = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Pingreq:
    """PINGREQ, section 3.12."""


@dataclass(frozen=True, slots=True)
class Pingresp:
    """PINGRESP, section 3.13."""


@dataclass(frozen=True, slots=True)
class Disconnect:
    """DISCONNECT, section 3.14; before MQTT 5 it has no Reason Code."""

    reason_code: int = 0
    properties: PropertyList = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Auth:
    """AUTH, section 3.15; MQTT 5 only."""

    reason_code: int = 0
    properties: PropertyList = field(default_factory=list)


ControlPacket: TypeAlias = (
    Connect
    | Connack
    | Publish
    | Ack
    | Subscribe
    | Suback
    | Unsubscribe
    | Unsuback
    | Pingreq
    | Pingresp
    | Disconnect
    | Auth
)
