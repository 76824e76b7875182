"""What a connection tells others: frozen facts, made on the connection thread, read on any.

A ``ConnectionState`` is whole: a listener shows the newest one and needs no history. ``text`` is a
sentence for people, ``remedy`` says what to do next, ``reason`` is one short word for machines
(the keys of ``connection.outcomes``).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from topicscope.mqtt.control_packets import ProtocolVersion

PublishStage = Literal["queued", "sent", "acknowledged", "refused", "dropped"]


class Phase(Enum):
    """How far a connection has come."""

    OFFLINE = "offline"
    DIALING = "dialing"
    HANDSHAKE = "handshake"
    CONNECTED = "connected"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class ConnectionState:
    """Describe one moment of a connection."""

    phase: Phase = Phase.OFFLINE
    text: str = "Not connected."
    remedy: str = ""
    endpoint: str = ""
    attempt: int = 0
    """Number of this dial since the last good connection, from 1."""
    retry_at: float | None = None
    """When the next dial begins (``time.monotonic`` seconds), only while WAITING."""
    connected_at: float | None = None
    """When the CONNACK came (``time.time`` seconds)."""
    protocol_version: ProtocolVersion | None = None
    tls: str | None = None
    """For instance ``TLS 1.3``; None when the transport is not encrypted."""
    client_identifier: str = ""
    session_present: bool = False
    reason_code: int | None = None
    """Reason Code or return code of the CONNACK or DISCONNECT that led here."""
    reason: str = ""
    insecure: bool = False
    """True when the server's certificate is not verified."""


@dataclass(frozen=True, slots=True)
class SubscriptionRequest:
    """Ask for one Topic Filter (section 3.8.3); the last four say nothing before MQTT 5."""

    topic_filter: str
    qos: int = 0
    no_local: bool = False
    retain_as_published: bool = True
    """True, so that a retained message passed on later still shows its RETAIN flag."""
    retain_handling: int = 0
    identifier: int = 0
    """Subscription Identifier, from 1 (section 3.8.2.1.2); 0 for none. Left out where the server takes none."""


@dataclass(frozen=True, slots=True)
class SubscribeAnswered:
    """Tell what SUBACK said about one Topic Filter (section 3.9.3)."""

    topic_filter: str
    reason_code: int
    text: str
    refused: bool


@dataclass(frozen=True, slots=True)
class UnsubscribeAnswered:
    """Tell what UNSUBACK said about one Topic Filter (section 3.11.3)."""

    topic_filter: str
    reason_code: int
    text: str
    refused: bool


@dataclass(frozen=True, slots=True)
class PublishProgress:
    """Tell how far one publish has come; ``elapsed_s`` counts from the call."""

    token: int
    stage: PublishStage
    reason_code: int | None = None
    text: str = ""
    elapsed_s: float | None = None


ConnectionEvent = ConnectionState | SubscribeAnswered | UnsubscribeAnswered | PublishProgress
