"""What the broker counts, for `$SYS` and for the ledger of those who look at it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Counters:
    """Totals since the start; bytes are those of the Control Packets, before any WebSocket framing."""

    bytes_received: int = 0
    bytes_sent: int = 0
    messages_received: int = 0
    messages_sent: int = 0
    publish_received: int = 0
    publish_sent: int = 0
    publish_dropped: int = 0
    publish_bytes_received: int = 0
    publish_bytes_sent: int = 0
    sockets: int = 0
    connections: int = 0
    clients_expired: int = 0
    clients_maximum: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one client may ask of the broker; sizes in bytes, times in seconds."""

    packet_size: int = 64 * 1024 * 1024
    queued_messages: int = 10_000
    queued_bytes: int = 8 * 1024 * 1024
    in_flight: int = 256
    receive_maximum: int = 1_024
    topic_aliases: int = 64
    connect_timeout: float = 10.0
    close_timeout: float = 2.0
