"""EMQX 4 and 5: below the node's name, statistics each minute, the heartbeat each half minute.

Only version, description and the list of nodes are retained. The uptime is text in EMQX 4
(``2 hours, 3 minutes, 5 seconds``) and milliseconds in EMQX 5. Retained messages, topics and routes are the same
on all nodes of a cluster.
"""

from __future__ import annotations

from topicscope.broker_status.dialect import Dialect, EventRule, Figure, clue

_FIGURES = (
    Figure("version", "version", form="text"),
    Figure("clients_connected", "stats/live_connections/count"),
    Figure("clients_connected", "stats/connections/count"),
    Figure("clients_connected", "stats/clients/count"),
    Figure("clients_maximum", "stats/live_connections/max"),
    Figure("clients_maximum", "stats/connections/max"),
    Figure("clients_maximum", "stats/clients/max"),
    Figure("clients_total", "stats/sessions/count"),
    Figure("messages_received", "metrics/packets/received"),
    Figure("messages_sent", "metrics/packets/sent"),
    Figure("publish_received", "metrics/messages/received"),
    Figure("publish_sent", "metrics/messages/sent"),
    Figure("publish_dropped", "metrics/messages/dropped", added=True),
    Figure("publish_dropped", "metrics/delivery/dropped", added=True),
    Figure("slow_dropped", "metrics/delivery/dropped/queue_full", added=True),
    Figure("slow_dropped", "metrics/delivery/dropped/qos0_msg", added=True),
    Figure("bytes_received", "metrics/bytes/received"),
    Figure("bytes_sent", "metrics/bytes/sent"),
    Figure("connections", "metrics/client/connected"),
    Figure("retained", "stats/retained/count", replicated=True),
    Figure("subscriptions", "stats/subscriptions/count"),
    Figure("shared_subscriptions", "stats/subscriptions/shared/count"),
    Figure("topics", "stats/topics/count", replicated=True),
)
_EVENTS = (
    EventRule(
        "clients/+/connected",
        "connected",
        "Client {0} connected",
        ("username", "ipaddress", "proto_ver", "keepalive", "clean_start"),
    ),
    EventRule(
        "clients/+/disconnected",
        "disconnected",
        "Client {0} disconnected",
        ("reason", "username", "ipaddress"),
    ),
    EventRule("clients/+/subscribed", "subscribed", "Client {0} subscribed {topic}", ("username",)),
    EventRule(
        "clients/+/unsubscribed", "unsubscribed", "Client {0} unsubscribed {topic}", ("username",)
    ),
    EventRule("alarms/activate", "alarm", "Alarm {name}: {message}"),
    EventRule("alarms/deactivate", "alarm over", "Alarm {name} is over: {message}"),
    EventRule("alarms/alert", "alarm", "Alarm {name}: {message}"),
    EventRule("alarms/clear", "alarm over", "Alarm {name} is over: {message}"),
    EventRule("sysmon/+", "system", "{0}: {payload}"),
)
_TREE = r"\$SYS/brokers/[^/]+"
_COMMON_CLUES = (
    clue(30, r"\$SYS/brokers"),
    clue(30, _TREE + r"/stats/[a-z_/]+/(count|max)"),
    clue(30, _TREE + r"/metrics/[a-z0-9_./]+"),
    clue(20, _TREE + r"/sysdescr", r"EMQ"),
    clue(10, _TREE + r"/clients/[^/]+/(dis)?connected"),
)

EMQX_5 = Dialect(
    key="emqx5",
    name="EMQX 5",
    prefix="$SYS/brokers/+",
    interval_s=60,
    figures=(
        *_FIGURES,
        Figure("uptime_s", "uptime", 0.001),
        Figure("uptime_s", "uptime", form="duration"),
    ),
    events=_EVENTS,
    clues=(
        *_COMMON_CLUES,
        clue(60, _TREE + r"/version", r"(enterprise-)?v?([5-9]|[1-9][0-9])\."),
        clue(20, _TREE + r"/uptime", r"[0-9]+\s*$"),
        clue(15, _TREE + r"/stats/(durable_subscriptions|cluster_sessions)/count"),
    ),
)
EMQX_4 = Dialect(
    key="emqx4",
    name="EMQX 4",
    prefix="$SYS/brokers/+",
    interval_s=60,
    figures=(*_FIGURES, Figure("uptime_s", "uptime", form="duration")),
    events=_EVENTS,
    clues=(
        *_COMMON_CLUES,
        clue(60, _TREE + r"/version", r"(enterprise-)?v?[2-4]\."),
        clue(20, _TREE + r"/uptime", r"[0-9]+ (day|hour|minute|second)"),
    ),
)
