"""HiveMQ with its ``hivemq-sys-topic`` extension, every 60 s: the names of the wiki of mqtt.org.

``load/bytes`` are totals since the start; the other loads are averages per minute.
"""

from __future__ import annotations

from topicscope.broker_status.dialect import Dialect, Figure, ToldLoad, clue

_LOADED = {
    "messages/received": "messages_received",
    "messages/sent": "messages_sent",
    "publish/received": "publish_received",
    "publish/sent": "publish_sent",
    "publish/dropped": "publish_dropped",
    "connections": "connections",
}

HIVEMQ = Dialect(
    key="hivemq",
    name="HiveMQ",
    prefix="$SYS/broker",
    interval_s=60,
    figures=(
        Figure("version", "version", form="text"),
        Figure("uptime_s", "uptime", form="duration"),
        Figure("clients_connected", "clients/connected"),
        Figure("clients_disconnected", "clients/disconnected"),
        Figure("clients_maximum", "clients/maximum"),
        Figure("clients_total", "clients/total"),
        Figure("messages_received", "messages/received"),
        Figure("messages_sent", "messages/sent"),
        Figure("publish_received", "messages/publish/received"),
        Figure("publish_sent", "messages/publish/sent"),
        Figure("publish_dropped", "messages/publish/dropped"),
        Figure("bytes_received", "load/bytes/received"),
        Figure("bytes_sent", "load/bytes/sent"),
        Figure("retained", "messages/retained/count"),
        Figure("subscriptions", "subscriptions/count"),
    ),
    loads=tuple(
        ToldLoad(metric, f"load/{what}/{minutes}min", minutes, 1 / 60)
        for what, metric in _LOADED.items()
        for minutes in (1, 5, 15)
    ),
    clues=(
        clue(100, r"\$SYS/broker/version", r".{0,40}hivemq"),
        clue(14, r"\$SYS/broker/messages/publish/dropped"),
        clue(6, r"\$SYS/broker/load/connections/[0-9]+min"),
        clue(4, r"\$SYS/broker/load/bytes/(received|sent)"),
    ),
)
