"""What can be known of a broker, in one list for all dialects: names, units, and how nodes add up."""

from __future__ import annotations

from enum import Enum
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

Cluster = Literal["sum", "max", "min"]
Unit = Literal["", "bytes", "s", "%"]


class Kind(Enum):
    """What a value does: a total only grows until the broker starts again, a gauge goes both ways."""

    TOTAL = "total"
    GAUGE = "gauge"
    TEXT = "text"


class Metric(NamedTuple):
    """One thing to know of a broker.

    Attributes:
        name: for machines; a field of the JSON report.
        title: for people.
        kind: a total has a rate and averages.
        unit: of the value; a rate is the same per second.
        cluster: how the values of nodes become the one of the cluster.

    """

    name: str
    title: str
    kind: Kind = Kind.GAUGE
    unit: Unit = ""
    cluster: Cluster = "sum"


_ALL: Final = (
    Metric("version", "Version", Kind.TEXT),
    Metric("uptime_s", "Uptime", unit="s", cluster="min"),
    Metric("clients_connected", "Clients connected"),
    Metric("clients_disconnected", "Clients disconnected"),
    Metric("clients_expired", "Clients expired", Kind.TOTAL),
    Metric("clients_maximum", "Clients at most"),
    Metric("clients_total", "Clients known"),
    Metric("messages_received", "Packets received", Kind.TOTAL),
    Metric("messages_sent", "Packets sent", Kind.TOTAL),
    Metric("publish_received", "Publish received", Kind.TOTAL),
    Metric("publish_sent", "Publish sent", Kind.TOTAL),
    Metric("publish_dropped", "Publish dropped", Kind.TOTAL),
    Metric("slow_dropped", "Dropped for slow subscribers", Kind.TOTAL),
    Metric("bytes_received", "Bytes received", Kind.TOTAL, "bytes"),
    Metric("bytes_sent", "Bytes sent", Kind.TOTAL, "bytes"),
    Metric("publish_bytes_received", "Payload received", Kind.TOTAL, "bytes"),
    Metric("publish_bytes_sent", "Payload sent", Kind.TOTAL, "bytes"),
    Metric("sockets", "Sockets opened", Kind.TOTAL),
    Metric("connections", "Connections made", Kind.TOTAL),
    Metric("messages_stored", "Messages stored"),
    Metric("stored_bytes", "Bytes stored", unit="bytes"),
    Metric("inflight", "Messages in flight"),
    Metric("queued", "Packets waiting"),
    Metric("queued_bytes", "Bytes waiting", unit="bytes"),
    Metric("retained", "Retained messages"),
    Metric("subscriptions", "Subscriptions"),
    Metric("shared_subscriptions", "Shared subscriptions"),
    Metric("topics", "Topics"),
    Metric("heap", "Heap", unit="bytes"),
    Metric("heap_maximum", "Heap at most", unit="bytes"),
    Metric("cpu", "Processor", unit="%", cluster="max"),
)
METRICS: Final = MappingProxyType({metric.name: metric for metric in _ALL})
"""All metrics by their names, in the order in which they are shown."""
