"""Figures that a broker has not told: those that may still come, and those that it never tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topicscope.broker_status.metrics import METRICS

if TYPE_CHECKING:
    from topicscope.broker_status.dialect import Dialect
    from topicscope.broker_status.status import Status

_NEVER_MISSED = ("version", "uptime_s", "topics", "queued", "queued_bytes", "slow_dropped")


def missing_words(dialect: Dialect | None, status: Status) -> str:
    """Say which figures are not there, and which of them may still come; empty where all are."""
    # Where a round has only what has changed, silence about a figure says nothing of the broker.
    by_change = dialect if dialect is not None and dialect.round_topic else None
    figures = by_change.by_metric if by_change is not None else {}
    loads_told = by_change.loads_by_metric if by_change is not None else {}
    later: list[str] = []
    never: list[str] = []
    for metric in METRICS.values():
        reading = status.readings.get(metric.name)
        if metric.name in _NEVER_MISSED or (reading is not None and reading.value is not None):
            continue
        if metric.name in figures:
            later.append(metric.title.lower())
        elif reading is None:
            (later if metric.name in loads_told else never).append(metric.title.lower())
    parts = []
    if later:
        why = "this broker tells a figure again only when it has changed"
        parts.append(f"Not told so far: {', '.join(later)}; {why}.")
    if never:
        parts.append(f"Not told by this broker: {', '.join(never)}.")
    return " ".join(parts)
