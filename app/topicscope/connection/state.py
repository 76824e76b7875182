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
    from topicscope.connection.certificates import CertificateFacts
    from topicscope.connection.offers import Offer
    from topicscope.connection.server_told import ServerTold
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
    pinned: bool = False
    """True when one certificate is trusted by its fingerprint and nothing else of it is looked at."""
    read_only: bool = False
    """True when every PUBLISH is refused."""
    offer: Offer | None = None
    """What one click can change in the profile to get further."""
    certificate: CertificateFacts | None = None
    """The server's certificate, while a connection over TLS is open."""
    server: ServerTold | None = None
    """What CONNACK said, only while CONNECTED."""
    credentials_expire_at: float | None = None
    """When the token of this connection ends (epoch seconds); None when it has none or does not say."""


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
    """Tell how far one publish has come.

    ``queued`` may be told again and again; with QoS 0 ``sent`` is the end, with QoS 1 and 2 the end is
    ``acknowledged``, ``refused`` or ``dropped``.
    """

    token: int
    stage: PublishStage
    reason_code: int | None = None
    """Reason Code of PUBACK, PUBREC or PUBCOMP; None where there was none, as always before MQTT 5."""
    text: str = ""
    elapsed_s: float | None = None
    """Seconds since the call."""
    round_trip_s: float | None = None
    """Seconds from the last byte out to the answer; None when it was sent again after a reconnect."""

    @property
    def no_subscribers(self) -> bool:
        """True when the broker took the message and has nobody to pass it on to (section 3.4.2.1)."""
        return self.reason_code == 0x10


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """Tell how long the server took to answer PINGREQ with PINGRESP (section 3.12)."""

    seconds: float


@dataclass(frozen=True, slots=True)
class AcknowledgementsHeld:
    """Tell how many answers to incoming messages are held back now, and whether more will be."""

    count: int
    is_holding: bool


ConnectionEvent = (
    ConnectionState
    | SubscribeAnswered
    | UnsubscribeAnswered
    | PublishProgress
    | RoundTrip
    | AcknowledgementsHeld
)
