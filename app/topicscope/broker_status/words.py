"""Values for people: sizes, spans of time, numbers, rates."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from topicscope.broker_status.metrics import Metric


def number(value: float) -> str:
    """Write a number: ``1,204``, ``12.5``."""
    if isinstance(value, int) or value.is_integer():
        return f"{value:,.0f}"
    return f"{value:,.2f}" if abs(value) >= 0.01 else f"{value:.2g}"


def short_number(value: float) -> str:
    """Write a number without what says nothing behind its point: ``1,204``, ``12.5``."""
    if abs(value) < 10:
        return number(round(value, 2))
    return number(float(round(value))) if abs(value) >= 100 else f"{value:,.1f}".removesuffix(".0")


def size(value: float) -> str:
    """Write a number of bytes: ``3.1 MB``."""
    for unit in ("B", "kB", "MB", "GB"):
        if abs(value) < 1000:
            return f"{value:,.0f} B" if unit == "B" else f"{value:,.1f} {unit}"
        value /= 1000
    return f"{value:,.1f} TB"


def duration(seconds: float) -> str:
    """Write a span of time: ``0.5 s``, ``12 s``, ``3 min 5 s``, ``2 h 3 min``, ``4 d 2 h``."""
    if seconds < 10:
        return f"{seconds:.3g} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    for large, unit, small, rest in ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min")):
        if whole >= large:
            more = whole % large // small
            return (
                f"{whole // large:,} {unit} {more} {rest}" if more else f"{whole // large:,} {unit}"
            )
    return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"


def value_text(metric: Metric, value: float | str | None) -> str:
    """Write a value of a metric with its unit; empty where it is not told."""
    if value is None or isinstance(value, str):
        return value or ""
    if metric.unit == "bytes":
        return size(value)
    if metric.unit == "s":
        return duration(value)
    return f"{number(value)} %" if metric.unit == "%" else number(value)


def rate_text(metric: Metric, rate: float | None) -> str:
    """Write a rate of a metric per second; empty where it is not known."""
    if rate is None:
        return ""
    return f"{size(rate)}/s" if metric.unit == "bytes" else f"{number(rate)}/s"
