"""aedes: events below an identifier that is new at each start, and a heartbeat each minute; no counters.

With its add-on ``aedes-stats`` it tells numbers too, retained.
"""

from __future__ import annotations

from topicscope.broker_status.dialect import Dialect, EventRule, Figure, clue

_TREE = r"\$SYS/[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}"

AEDES = Dialect(
    key="aedes",
    name="aedes",
    prefix="$SYS/+",
    interval_s=60,
    figures=(
        Figure("uptime_s", "uptime", form="duration"),
        Figure("clients_connected", "clients/total"),
        Figure("clients_maximum", "clients/maximum"),
        Figure("publish_sent", "messages/publish/sent"),
        Figure("heap", "memory/heap/current"),
        Figure("heap_maximum", "memory/heap/maximum"),
        Figure("cpu", "cpu/usage"),
    ),
    events=(
        EventRule("birth", "birth", "The broker has started"),
        EventRule("new/clients", "connected", "Client {payload} connected"),
        EventRule("disconnect/clients", "disconnected", "Client {payload} disconnected"),
        EventRule("new/subscribes", "subscribed", "Client {clientId} subscribed", ("subs",)),
        EventRule("new/unsubscribes", "unsubscribed", "Client {clientId} unsubscribed", ("subs",)),
    ),
    clues=(
        clue(60, _TREE + r"/(heartbeat|birth)"),
        clue(60, _TREE + r"/(new|disconnect)/(clients|subscribes|unsubscribes)"),
        clue(40, _TREE + r"/(clients|messages|memory|cpu|uptime)(/.+)?"),
    ),
)
