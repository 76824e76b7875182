"""VerneMQ: its metrics with ``_`` as ``/`` below the node's name, every 20 s, not retained.

Subscriptions and retained messages are replicated: each node tells those of the cluster. There is no version.
"""

from __future__ import annotations

from topicscope.broker_status.dialect import Dialect, Figure, clue

_TREE = r"\$SYS/[^/]+@[^/]+"

VERNEMQ = Dialect(
    key="vernemq",
    name="VerneMQ",
    prefix="$SYS/+",
    interval_s=20,
    figures=(
        Figure("uptime_s", "system/wallclock", 0.001),
        Figure("clients_connected", "total/active/connections"),
        Figure("clients_connected", "active/mqtt/connections", added=True),
        Figure("clients_connected", "active/mqttws/connections", added=True),
        Figure("clients_total", "queue/processes"),
        Figure("publish_received", "mqtt/publish/received"),
        Figure("publish_sent", "mqtt/publish/sent"),
        Figure("publish_dropped", "queue/message/drop"),
        Figure("bytes_received", "bytes/received"),
        Figure("bytes_sent", "bytes/sent"),
        Figure("sockets", "socket/open"),
        Figure("connections", "mqtt/connect/received"),
        Figure("retained", "retain/messages", replicated=True),
        Figure("subscriptions", "router/subscriptions", replicated=True),
        Figure("heap", "vm/memory/total"),
        Figure("cpu", "system/utilization"),
    ),
    clues=(
        clue(60, _TREE + r"/mqtt/(publish|connect|subscribe|puback|connack)/(received|sent)"),
        clue(30, _TREE + r"/queue/(processes|setup|teardown|message/(in|out|drop|unhandled))"),
        clue(30, _TREE + r"/router/(subscriptions|memory|matches/(local|remote))"),
        clue(20, _TREE + r"/socket/(open|close|error)"),
        clue(20, _TREE + r"/retain/(messages|memory)"),
        clue(10, _TREE + r"/(netsplit/detected|cluster/bytes/.+|vm/memory/.+|system/.+)"),
    ),
)
