"""What a broker tells of itself, in one shape for every dialect of $SYS; None is "not told"."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Load(NamedTuple):
    """Averages over the last 1, 5 and 15 minutes, in events (or bytes) per minute."""

    one: float | None = None
    five: float | None = None
    fifteen: float | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """One moment of a broker; counts are totals since the broker started, sizes are bytes."""

    version: str | None = None
    uptime_s: float | None = None
    clients_connected: int | None = None
    clients_disconnected: int | None = None
    clients_expired: int | None = None
    clients_maximum: int | None = None
    clients_total: int | None = None
    messages_received: int | None = None
    messages_sent: int | None = None
    messages_stored: int | None = None
    publish_received: int | None = None
    publish_sent: int | None = None
    publish_dropped: int | None = None
    bytes_received: int | None = None
    bytes_sent: int | None = None
    publish_bytes_received: int | None = None
    publish_bytes_sent: int | None = None
    stored_bytes: int | None = None
    subscriptions: int | None = None
    shared_subscriptions: int | None = None
    retained: int | None = None
    heap: int | None = None
    heap_maximum: int | None = None
    loads: Mapping[str, Load] = field(default_factory=lambda: MappingProxyType({}))
    """By what is counted, ``messages received`` for instance, in the order of the broker's page."""
    rates: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """Per second, by the name of the total they come from, ``messages_received`` for instance."""
    last_update_ns: int | None = None
    """When the newest of these values arrived, nanoseconds since the epoch."""
