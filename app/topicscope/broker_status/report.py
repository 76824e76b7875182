"""What a broker told, as a document for a bug report: Markdown for people, plain data for JSON."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from topicscope.broker_status.alarms import alarms
from topicscope.broker_status.metrics import METRICS, Kind
from topicscope.broker_status.missing import missing_words
from topicscope.broker_status.numbers import read_text
from topicscope.broker_status.status import Load
from topicscope.broker_status.words import duration, rate_text, value_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from topicscope.broker_status.reader import StatusReader
    from topicscope.broker_status.status import Reading, Status

_EVENTS: Final = 50
_MARKUP: Final = re.compile(r"([\\`*_{}\[\]<>#|~])")


def report_data(reader: StatusReader, now_ns: int, *, broker: str = "") -> dict[str, Any]:
    """Return the report as data for JSON; rates are per second, times are UTC (RFC 3339)."""
    status = reader.snapshot()
    found = status.detection
    return {
        "broker": broker,
        "dialect": found.key or None,
        "name": found.name,
        "sure": found.sure,
        "time": _time(now_ns),
        "last_update": _time(status.last_update_ns),
        "interval_s": status.interval_s,
        "nodes": list(status.nodes),
        "metrics": {name: _metric_data(reading) for name, reading in status.readings.items()},
        "alarms": [{"kind": alarm.kind, "text": alarm.text} for alarm in alarms(reader, now_ns)],
        "events": [
            {"time": _time(event.time_ns), "kind": event.kind, "text": event.text}
            for event in reader.events.events()[-_EVENTS:]
        ],
        "topics": {
            read_text(topic): entry.text for topic, entry in sorted(reader.tree.entries.items())
        },
    }


def report_markdown(reader: StatusReader, now_ns: int, *, broker: str = "") -> str:
    """Return the report as Markdown; what the broker wrote is escaped, so that it is text there too."""
    status = reader.snapshot()
    lines = ["# Broker status", ""]
    lines += [f"- {name}: {plain(text)}" for name, text in _head(status, now_ns, broker) if text]
    if found := alarms(reader, now_ns):
        lines += ["", "## Alarms", "", *(f"- {plain(alarm.text)}" for alarm in found)]
    lines += ["", "## Figures", "", "| | Value | Rate | 1 min | 5 min | 15 min |"]
    lines += ["| --- | ---: | ---: | ---: | ---: | ---: |"]
    lines += [
        _row([plain(cell) for cell in cells(reading)]) for reading in status.readings.values()
    ]
    if status.readings and (missing := missing_words(reader.dialect, status)):
        lines += ["", plain(missing)]
    if len(status.nodes) > 1:
        lines += ["", "## Nodes", "", *_nodes(status)]
    if events := reader.events.events()[-_EVENTS:]:
        lines += ["", "## Events", ""]
        lines += [f"- {_time(e.time_ns)} {plain(e.kind)}: {plain(e.text)}" for e in events]
    lines += ["", "## Topics", "", "| Topic | Payload |", "| --- | --- |"]
    lines += [
        _row([plain(read_text(topic)), plain(entry.text)])
        for topic, entry in sorted(reader.tree.entries.items())
    ]
    return "\n".join(lines) + "\n"


def cells(reading: Reading) -> list[str]:
    """Return a line of the table of figures: title, value, rate, averages over 1, 5 and 15 minutes."""
    metric = reading.metric
    rate = reading.told_rate if reading.rate is None else reading.rate
    averages = reading.told if reading.averages == Load() else reading.averages
    return [
        metric.title,
        value_text(metric, reading.value),
        rate_text(metric, rate),
        *(rate_text(metric, average) for average in averages),
    ]


def plain(text: str) -> str:
    """Escape what Markdown would take for markup."""
    return _MARKUP.sub(r"\\\1", text)


def _head(status: Status, now_ns: int, broker: str) -> list[tuple[str, str]]:
    interval = "" if status.interval_s is None else duration(status.interval_s)
    return [
        ("Address", broker),
        ("Broker", status.version or status.detection.name),
        ("Dialect", f"{status.detection.name} ({status.detection.sure})"),
        ("Nodes", ", ".join(status.nodes)),
        ("Written", _time(now_ns) or ""),
        ("Last update", _time(status.last_update_ns) or ""),
        ("Interval", interval),
    ]


def _nodes(status: Status) -> list[str]:
    lines = [_row(["", *map(plain, status.nodes)]), _row(["---", *("---:" for _ in status.nodes)])]
    for reading in status.readings.values():
        texts = (value_text(reading.metric, reading.nodes.get(node)) for node in status.nodes)
        lines.append(_row([reading.metric.title, *map(plain, texts)]))
    return lines


def _row(texts: Iterable[str]) -> str:
    return f"| {' | '.join(texts)} |"


def _metric_data(reading: Reading) -> dict[str, Any]:
    metric = METRICS[reading.metric.name]
    data: dict[str, Any] = {
        "title": metric.title,
        "kind": metric.kind.value,
        "unit": metric.unit or None,
        "value": reading.value,
        "topic": read_text(reading.topic) or None,
        "time": _time(reading.time_ns),
    }
    if metric.kind is Kind.TOTAL:
        data["rate"] = reading.rate
        data["averages"] = list(reading.averages)
        data["told_rate"] = reading.told_rate
        data["told_averages"] = list(reading.told)
    if reading.nodes:
        data["nodes"] = dict(reading.nodes)
    return data


def _time(time_ns: int | None) -> str | None:
    if time_ns is None:
        return None
    try:
        moment = datetime.fromtimestamp(time_ns / 1e9, UTC)
    except (OverflowError, ValueError, OSError):
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
