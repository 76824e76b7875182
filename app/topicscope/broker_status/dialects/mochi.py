"""Mochi MQTT: every second, retained; ``packets`` are Control Packets, ``messages`` PUBLISH."""

from __future__ import annotations

from topicscope.broker_status.dialect import Dialect, Figure, clue

MOCHI = Dialect(
    key="mochi",
    name="Mochi",
    prefix="$SYS/broker",
    interval_s=1,
    figures=(
        Figure("version", "version", form="text"),
        Figure("uptime_s", "uptime", form="duration"),
        Figure("clients_connected", "clients/connected"),
        Figure("clients_disconnected", "clients/disconnected"),
        Figure("clients_maximum", "clients/maximum"),
        Figure("clients_total", "clients/total"),
        Figure("messages_received", "packets/received"),
        Figure("messages_sent", "packets/sent"),
        Figure("publish_received", "messages/received"),
        Figure("publish_sent", "messages/sent"),
        Figure("publish_dropped", "messages/dropped"),
        Figure("bytes_received", "load/bytes/received"),
        Figure("bytes_sent", "load/bytes/sent"),
        Figure("inflight", "messages/inflight"),
        Figure("retained", "retained"),
        Figure("subscriptions", "subscriptions"),
        Figure("heap", "system/memory"),
    ),
    clues=(
        clue(40, r"\$SYS/broker/system/(memory|threads)"),
        clue(25, r"\$SYS/broker/packets/(received|sent)"),
        clue(25, r"\$SYS/broker/started"),
        clue(15, r"\$SYS/broker/(retained|subscriptions)"),
    ),
)
