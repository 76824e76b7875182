"""FlashMQ: every 10 s, retained; totals and rates per second beside each other, neither version nor uptime."""

from __future__ import annotations

from topicscope.broker_status.dialect import Dialect, EventRule, Figure, ToldLoad, clue

FLASHMQ = Dialect(
    key="flashmq",
    name="FlashMQ",
    prefix="$SYS/broker",
    interval_s=10,
    figures=(
        Figure("clients_connected", "clients/total"),
        Figure("clients_total", "sessions/total"),
        Figure("publish_received", "load/messages/received/total"),
        Figure("publish_sent", "load/messages/sent/total"),
        Figure("sockets", "network/socketconnects/total"),
        Figure("connections", "clients/mqttconnects/total"),
        Figure("retained", "retained messages/count"),
        Figure("subscriptions", "subscriptions/count"),
    ),
    loads=(
        ToldLoad("publish_received", "load/messages/received/persecond", 0),
        ToldLoad("publish_sent", "load/messages/sent/persecond", 0),
        ToldLoad("sockets", "network/socketconnects/persecond", 0),
        ToldLoad("connections", "clients/mqttconnects/persecond", 0),
    ),
    events=(
        EventRule("bridge/+/connected", "bridge", "Bridge {0} connected: {payload}"),
        EventRule("bridge/+/connection_status", "bridge", "Bridge {0}: {payload}"),
    ),
    clues=(
        clue(60, r"\$SYS/broker/(load|network|clients)/.+/persecond"),
        clue(60, r"\$SYS/broker/clients/mqttconnects/.+"),
        clue(40, r"\$SYS/broker/threads/[0-9]+/.+"),
    ),
)
