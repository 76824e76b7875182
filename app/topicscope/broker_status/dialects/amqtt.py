"""amqtt (once HBMQTT): every 20 s, only the version retained; the heap in megabytes of 1,048,576 bytes."""

from __future__ import annotations

from topicscope.broker_status.dialect import Dialect, Figure, clue

_MB = 1024 * 1024

AMQTT = Dialect(
    key="amqtt",
    name="amqtt",
    prefix="$SYS/broker",
    interval_s=20,
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
        Figure("bytes_received", "load/bytes/received"),
        Figure("bytes_sent", "load/bytes/sent"),
        Figure("messages_stored", "messages/inflight/stored"),
        Figure("inflight", "messages/inflight"),
        Figure("retained", "messages/retained/count"),
        Figure("subscriptions", "messages/subscriptions/count"),
        Figure("heap", "heap/size", _MB),
        Figure("heap_maximum", "heap/maximum", _MB),
        Figure("cpu", "cpu/percent"),
    ),
    clues=(
        clue(100, r"\$SYS/broker/version", r"(aMQTT|HBMQTT)"),
        clue(20, r"\$SYS/broker/uptime/formatted"),
        clue(20, r"\$SYS/broker/heap/size"),
        clue(20, r"\$SYS/broker/messages/subscriptions/count"),
        clue(15, r"\$SYS/broker/messages/inflight/(in|out|stored)"),
    ),
)
