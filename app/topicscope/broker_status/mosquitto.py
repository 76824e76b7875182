"""The $SYS dialect of Eclipse Mosquitto, which many brokers follow in part.

Mosquitto publishes under ``$SYS/broker/`` every ``sys_interval`` seconds (10 by default), retained,
and only what has changed. Loads are exponential averages per minute with two decimals. Its uptime
(``123 seconds``) changes each time, so it marks the rounds: a total that was left out of the round
before has stood still, and its rate is nought.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import NamedTuple

from topicscope.broker_status.status import Load, Status

PREFIX = b"$SYS/broker/"
TOPIC_FILTER = "$SYS/#"

COUNTS: dict[bytes, str] = {
    b"clients/connected": "clients_connected",
    b"clients/active": "clients_connected",
    b"clients/disconnected": "clients_disconnected",
    b"clients/inactive": "clients_disconnected",
    b"clients/expired": "clients_expired",
    b"clients/maximum": "clients_maximum",
    b"clients/total": "clients_total",
    b"messages/received": "messages_received",
    b"messages/sent": "messages_sent",
    b"messages/stored": "messages_stored",
    b"store/messages/count": "messages_stored",
    b"store/messages/bytes": "stored_bytes",
    b"publish/messages/received": "publish_received",
    b"publish/messages/sent": "publish_sent",
    b"publish/messages/dropped": "publish_dropped",
    b"bytes/received": "bytes_received",
    b"bytes/sent": "bytes_sent",
    b"publish/bytes/received": "publish_bytes_received",
    b"publish/bytes/sent": "publish_bytes_sent",
    b"subscriptions/count": "subscriptions",
    b"shared_subscriptions/count": "shared_subscriptions",
    b"retained messages/count": "retained",
    b"heap/current": "heap",
    b"heap/maximum": "heap_maximum",
}
TOTALS = frozenset(
    {
        "messages_received",
        "messages_sent",
        "publish_received",
        "publish_sent",
        "publish_dropped",
        "bytes_received",
        "bytes_sent",
        "publish_bytes_received",
        "publish_bytes_sent",
    }
)
LOADS: dict[bytes, str] = {
    b"load/messages/received": "messages received",
    b"load/messages/sent": "messages sent",
    b"load/publish/received": "publish received",
    b"load/publish/sent": "publish sent",
    b"load/publish/dropped": "publish dropped",
    b"load/bytes/received": "bytes received",
    b"load/bytes/sent": "bytes sent",
    b"load/connections": "connections",
    b"load/sockets": "sockets",
}
_MINUTES = (b"1min", b"5min", b"15min")

_NUMBER = re.compile(rb"[0-9]{1,30}(?:\.[0-9]{1,30})?")
_LONGEST_VERSION = 100
_NS = 1_000_000_000


class _Total(NamedTuple):
    """A counter as it was last told; a rate needs the two times."""

    value: int
    time_ns: int
    rate: float | None


class StatusReader:
    """Gather the values of one broker as they arrive."""

    def __init__(self) -> None:
        self._version: str | None = None
        self._uptime_s: float | None = None
        self._counts: dict[str, int] = {}
        self._totals: dict[str, _Total] = {}
        self._loads: dict[str, list[float | None]] = {}
        self._rounds: list[int] = []
        self._last_update_ns: int | None = None

    def update(self, topic: bytes, payload: bytes, time_ns: int, *, retained: bool = False) -> bool:
        """Take in one message; returns whether it was understood.

        The first value of a topic, when retained, may be as old as the broker's interval, so no
        rate is computed from it. Later ones are news, though they may bear the RETAIN flag as
        published (MQTT 5.0 section 3.8.3.1).
        """
        if not topic.startswith(PREFIX) or not self._read(
            topic[len(PREFIX) :], payload, time_ns, retained=retained
        ):
            return False
        self._last_update_ns = max(time_ns, self._last_update_ns or 0)
        return True

    def snapshot(self) -> Status:
        """Return all that is known now."""
        return Status(
            version=self._version,
            uptime_s=self._uptime_s,
            loads=MappingProxyType(
                {n: Load(*self._loads[n]) for n in LOADS.values() if n in self._loads}
            ),
            rates=MappingProxyType(self._rates()),
            last_update_ns=self._last_update_ns,
            **self._counts,
        )

    def _read(self, name: bytes, payload: bytes, time_ns: int, *, retained: bool) -> bool:
        if name == b"version":
            return self._read_version(payload)
        number = _NUMBER.match(payload.lstrip(b" "))
        if number is None:
            return False
        if name == b"uptime":
            is_news = not retained or self._uptime_s is not None
            self._uptime_s = float(number[0])
            if is_news:
                self._rounds = [*self._rounds[-1:], time_ns]
            return True
        if count := COUNTS.get(name):
            self._count(count, int(number[0].partition(b".")[0]), time_ns, retained=retained)
            return True
        return self._load(name, float(number[0]))

    def _read_version(self, payload: bytes) -> bool:
        text = payload[:_LONGEST_VERSION].decode(errors="replace")
        self._version = "".join(c if c.isprintable() else "�" for c in text).strip() or None
        return self._version is not None

    def _count(self, field: str, value: int, time_ns: int, *, retained: bool) -> None:
        is_news = not retained or field in self._counts
        self._counts[field] = value
        if field not in TOTALS or not is_news:
            return
        before = self._totals.get(field)
        rate = None
        # A total that became smaller tells of a broker that was started again.
        if before is not None and value >= before.value and time_ns > before.time_ns:
            rate = (value - before.value) * _NS / (time_ns - before.time_ns)
        self._totals[field] = _Total(value, time_ns, rate)

    def _load(self, name: bytes, value: float) -> bool:
        what, _, minutes = name.rpartition(b"/")
        counted = LOADS.get(what)
        if counted is None or minutes not in _MINUTES:
            return False
        self._loads.setdefault(counted, [None, None, None])[_MINUTES.index(minutes)] = value
        return True

    def _rates(self) -> dict[str, float]:
        round_before = self._rounds[0] - _NS if len(self._rounds) > 1 else 0
        rates: dict[str, float] = {}
        for name, total in self._totals.items():
            rate = 0.0 if total.time_ns < round_before else total.rate
            if rate is not None:
                rates[name] = rate
        return rates
