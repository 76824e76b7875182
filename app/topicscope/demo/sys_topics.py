"""`$SYS/broker/…` in Mosquitto's names: what a Mosquitto with this load would say, as far as it is true here.

Left out is what cannot be told honestly: the heap is one with that of the program the broker runs in, and there are no
bridges. As with Mosquitto, a topic is published (retained) only when its value has changed, and the loads are
exponential averages of what happens in a minute.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import topicscope
from topicscope.demo.message import Message

if TYPE_CHECKING:
    from topicscope.demo.exchange import Exchange

PREFIX = "$SYS/broker/"
_MINUTES = (1, 5, 15)


class LoadAverage:
    """How much a counter grows in a minute, averaged over 1, 5 and 15 minutes."""

    def __init__(self) -> None:
        self.averages = [0.0] * len(_MINUTES)
        self._last = 0

    def update(self, value: int, seconds: float) -> None:
        """Take the counter's value after `seconds` more."""
        per_minute = (value - self._last) * 60.0 / seconds
        self._last = value
        for index, minutes in enumerate(_MINUTES):
            weight = math.exp(-seconds / (60.0 * minutes))
            self.averages[index] = per_minute + weight * (self.averages[index] - per_minute)


class SysTopics:
    """Publishes the broker's own figures."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._started = self._last_update = exchange.clock()
        self._published: dict[str, str] = {}
        self._loads: dict[str, LoadAverage] = {}

    def publish(self) -> None:
        """Publish every figure that has changed since the last time."""
        now = self._exchange.clock()
        elapsed, self._last_update = now - self._last_update, now
        values = self._figures(now)
        if elapsed > 0:
            values.update(self._update_loads(elapsed))
        for topic, value in values.items():
            if self._published.get(topic) != value:
                self._published[topic] = value
                message = Message(PREFIX + topic, value.encode(), qos=2, retain=True, now=now)
                self._exchange.publish(message)

    def _figures(self, now: float) -> dict[str, str]:
        exchange = self._exchange
        figures: dict[str, int] = {}
        figures.update(self._client_figures())
        figures.update(self._traffic_figures())
        held = sum(session.held_messages for session in exchange.sessions.values())
        figures["messages/stored"] = figures["store/messages/count"] = (
            exchange.retained.count + held
        )
        figures["store/messages/bytes"] = exchange.retained.payload_bytes
        figures["retained messages/count"] = exchange.retained.count
        figures["subscriptions/count"] = exchange.tree.count
        figures["shared_subscriptions/count"] = exchange.tree.shared_count
        return {
            "version": f"topicscope demo broker {topicscope.__version__}",
            "uptime": f"{int(now - self._started)} seconds",
            **{topic: str(value) for topic, value in figures.items()},
        }

    def _client_figures(self) -> dict[str, int]:
        exchange = self._exchange
        connected = exchange.connected
        total = len(exchange.sessions) + len(exchange.local_clients)
        return {
            "clients/total": total,
            "clients/maximum": exchange.counters.clients_maximum,
            "clients/connected": connected,
            "clients/active": connected,
            "clients/disconnected": total - connected,
            "clients/inactive": total - connected,
            "clients/expired": exchange.counters.clients_expired,
        }

    def _traffic_figures(self) -> dict[str, int]:
        counters = self._exchange.counters
        return {
            "messages/received": counters.messages_received,
            "messages/sent": counters.messages_sent,
            "publish/messages/received": counters.publish_received,
            "publish/messages/sent": counters.publish_sent,
            "publish/messages/dropped": counters.publish_dropped,
            "bytes/received": counters.bytes_received,
            "bytes/sent": counters.bytes_sent,
            "publish/bytes/received": counters.publish_bytes_received,
            "publish/bytes/sent": counters.publish_bytes_sent,
        }

    def _update_loads(self, elapsed: float) -> dict[str, str]:
        counters = self._exchange.counters
        sources = {
            "messages/received": counters.messages_received,
            "messages/sent": counters.messages_sent,
            "publish/received": counters.publish_received,
            "publish/sent": counters.publish_sent,
            "publish/dropped": counters.publish_dropped,
            "bytes/received": counters.bytes_received,
            "bytes/sent": counters.bytes_sent,
            "sockets": counters.sockets,
            "connections": counters.connections,
        }
        values: dict[str, str] = {}
        for name, value in sources.items():
            load = self._loads.setdefault(name, LoadAverage())
            load.update(value, elapsed)
            for minutes, average in zip(_MINUTES, load.averages, strict=True):
                values[f"load/{name}/{minutes}min"] = f"{average:.2f}"
        return values
