"""Eclipse Mosquitto 2.0 and 2.1, and the demo broker of Topicscope, which speaks as Mosquitto does.

Retained, every ``sys_interval`` seconds (10), and only what has changed; the uptime always has. Loads are exponential
averages per minute with two decimals. 2.1 adds ``packet/out`` and ``connections/socket/count``.
"""

from __future__ import annotations

from types import MappingProxyType

from topicscope.broker_status.dialect import Dialect, EventRule, Figure, ToldLoad, clue

_LOADED = {
    "messages/received": "messages_received",
    "messages/sent": "messages_sent",
    "publish/received": "publish_received",
    "publish/sent": "publish_sent",
    "publish/dropped": "publish_dropped",
    "bytes/received": "bytes_received",
    "bytes/sent": "bytes_sent",
    "sockets": "sockets",
    "connections": "connections",
}
_LOG_LEVELS = {"D": "debug", "E": "error", "I": "information", "N": "notice", "W": "warning"}

FIGURES = (
    Figure("version", "version", form="text"),
    Figure("uptime_s", "uptime", form="duration"),
    Figure("clients_connected", "clients/connected"),
    Figure("clients_connected", "clients/active"),
    Figure("clients_disconnected", "clients/disconnected"),
    Figure("clients_disconnected", "clients/inactive"),
    Figure("clients_expired", "clients/expired"),
    Figure("clients_maximum", "clients/maximum"),
    Figure("clients_total", "clients/total"),
    Figure("messages_received", "messages/received"),
    Figure("messages_sent", "messages/sent"),
    Figure("publish_received", "publish/messages/received"),
    Figure("publish_sent", "publish/messages/sent"),
    Figure("publish_dropped", "publish/messages/dropped"),
    Figure("bytes_received", "bytes/received"),
    Figure("bytes_sent", "bytes/sent"),
    Figure("publish_bytes_received", "publish/bytes/received"),
    Figure("publish_bytes_sent", "publish/bytes/sent"),
    Figure("messages_stored", "store/messages/count"),
    Figure("messages_stored", "messages/stored"),
    Figure("stored_bytes", "store/messages/bytes"),
    Figure("inflight", "messages/inflight"),
    Figure("queued", "packet/out/count"),
    Figure("queued_bytes", "packet/out/bytes"),
    Figure("retained", "retained messages/count"),
    Figure("subscriptions", "subscriptions/count"),
    Figure("shared_subscriptions", "shared_subscriptions/count"),
    Figure("heap", "heap/current"),
    Figure("heap_maximum", "heap/maximum"),
)
LOADS = tuple(
    ToldLoad(metric, f"load/{what}/{minutes}min", minutes, 1 / 60)
    for what, metric in _LOADED.items()
    for minutes in (1, 5, 15)
)
EVENTS = (
    *(EventRule(f"log/{letter}", word, "{payload}") for letter, word in _LOG_LEVELS.items()),
    EventRule("log/M/subscribe", "subscribe", "{payload}"),
    EventRule("log/M/unsubscribe", "unsubscribe", "{payload}"),
    EventRule("log/+", "log", "{payload}"),
    EventRule(
        "connection/+/state",
        "bridge",
        "Bridge {0} {payload}",
        values=MappingProxyType({"1": "is connected", "0": "is not connected"}),
    ),
)

MOSQUITTO = Dialect(
    key="mosquitto",
    name="Mosquitto",
    prefix="$SYS/broker",
    interval_s=10,
    round_topic="uptime",
    figures=FIGURES,
    loads=LOADS,
    events=EVENTS,
    clues=(
        clue(100, r"\$SYS/broker/version", r"mosquitto version"),
        clue(15, r"\$SYS/broker/store/messages/bytes"),
        clue(12, r"\$SYS/broker/publish/bytes/(received|sent)"),
        clue(10, r"\$SYS/broker/publish/messages/(received|sent|dropped)"),
        clue(8, r"\$SYS/broker/heap/current"),
        clue(6, r"\$SYS/broker/shared_subscriptions/count"),
        clue(4, r"\$SYS/broker/load/sockets/[0-9]+min"),
    ),
)
DEMO = Dialect(
    key="demo",
    name="Topicscope's demo broker",
    prefix="$SYS/broker",
    interval_s=10,
    round_topic="uptime",
    figures=FIGURES,
    loads=LOADS,
    clues=(clue(200, r"\$SYS/broker/version", r"topicscope demo broker"),),
)
