"""What a figure of a broker says: its value, the line below, and all that is known of it in a tooltip."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from topicscope.broker_status.metrics import Kind
from topicscope.broker_status.status import NO_LOAD
from topicscope.broker_status.words import (
    duration,
    number,
    rate_text,
    short_number,
    size,
    value_text,
)
from topicscope.gui.text import format_duration, format_time
from topicscope.payload.text import safe_topic

if TYPE_CHECKING:
    from collections.abc import Callable

    from topicscope.broker_status import Reading, Status
    from topicscope.broker_status.status import Load

UNKNOWN: Final = "–"
_VERSION: Final = re.compile(r"\d+(\.\d+)+\S*")


class Figure(NamedTuple):
    """One figure in words.

    Attributes:
        value: what stands large.
        more: a dim addition.
        explain: makes the words of the tooltip, when they are asked for.

    """

    value: str
    more: str = ""
    explain: Callable[[], str] | None = None


def broker_name(status: Status) -> str:
    """Say which broker it is, and how sure that is."""
    found, version = status.detection, status.version or ""
    if found.key in {"", "common"}:
        return version or found.name
    told = _VERSION.search(version)
    name = f"{found.name.rstrip(' 0123456789')} {told[0]}" if told else found.name
    return name if found.sure == "certain" else f"{name} ({found.sure})"


def how_it_is(status: Status) -> str:
    """Say how long a broker has run, how often it tells its figures, and when it last did."""
    parts = [] if status.uptime_s is None else [f"up {format_duration(status.uptime_s)}"]
    if status.interval_s is not None:
        seconds = status.interval_s
        parts.append(f"every {duration(round(seconds) if seconds > 0.95 else seconds)}")
    if status.last_heard_ns is not None:
        parts.append(f"last update {format_time(status.last_heard_ns)[:8]}")
    return " · ".join(parts)


def has_figure(reading: Reading | None) -> bool:
    """Say whether a broker tells a value or a rate; of some things it tells averages only."""
    return reading is not None and (reading.value is not None or rate_of(reading) is not None)


def rate_of(reading: Reading) -> float | None:
    """Return the rate per second: computed, or else told."""
    return reading.told_rate if reading.rate is None else reading.rate


def tile_figure(reading: Reading) -> Figure:
    """Say a figure as a tile does: of a total how fast it grows first."""
    value = value_text(reading.metric, reading.value)
    if reading.metric.kind is not Kind.TOTAL:
        return Figure(value or UNKNOWN, "", partial(explanation, reading))
    rate = _rate(reading)
    return Figure(
        rate or UNKNOWN, f"{value} in all" if value else "", partial(explanation, reading)
    )


def row_figure(reading: Reading) -> Figure:
    """Say a figure as a row does: the value first, as the broker tells it."""
    value = value_text(reading.metric, reading.value)
    return Figure(value or UNKNOWN, _rate(reading), partial(explanation, reading))


def load_texts(reading: Reading) -> tuple[str, ...]:
    """Return the averages per minute over 1, 5 and 15 minutes: those the broker tells, or else computed."""
    load = reading.averages if reading.told == NO_LOAD else reading.told
    return tuple(_per_minute(reading, value) for value in load)


def loads(status: Status) -> list[Reading]:
    """Return what has averages."""
    return [r for r in status.readings.values() if r.told != NO_LOAD or r.averages != NO_LOAD]


def explanation(reading: Reading) -> str:
    """Say where a figure comes from, exactly how much it is, and what each node says."""
    lines = [safe_topic(reading.topic)] if reading.topic else []
    if reading.value is not None and not isinstance(reading.value, str):
        unit = f" {reading.metric.unit}" if reading.metric.unit else ""
        lines.append(f"{number(reading.value)}{unit}")
    if reading.told != NO_LOAD:
        lines.append(f"told per minute: {_load(reading, reading.told)}")
    if reading.averages != NO_LOAD:
        lines.append(f"computed per minute: {_load(reading, reading.averages)}")
    if len(reading.nodes) > 1:
        metric = reading.metric
        lines += [f"{node}: {value_text(metric, value)}" for node, value in reading.nodes.items()]
    lines.append(f"last told {format_time(reading.time_ns)}")
    return "\n".join(lines)


def _rate(reading: Reading) -> str:
    rate = rate_of(reading)
    if rate is None:
        return ""
    if reading.metric.unit == "bytes":
        return rate_text(reading.metric, rate)
    return f"{short_number(rate)}/s"


def _per_minute(reading: Reading, value: float | None) -> str:
    if value is None:
        return UNKNOWN
    minute = round(value * 60, 2)
    return size(minute) if reading.metric.unit == "bytes" else f"{minute:,.2f}"


def _load(reading: Reading, load: Load) -> str:
    windows = zip(("1", "5", "15"), load, strict=True)
    return " · ".join(f"{m} min {_per_minute(reading, v)}" for m, v in windows)
