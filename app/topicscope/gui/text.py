"""Numbers, times and tooltips as the window writes them."""

from __future__ import annotations

import html
import time
from functools import lru_cache
from typing import Final

TOOLTIP_CHARACTERS: Final = 1500
"""Longer texts are cut in a tooltip, and the tooltip says so."""
TOOLTIP_COLUMNS: Final = 100

_SHORT_UNITS: Final = ("", " k", " M", " G", " T")
_BYTE_UNITS: Final = ("B", "kB", "MB", "GB", "TB")


def plain_tooltip(text: str) -> str:
    """Return text as a tooltip that Qt shows literally, markup escaped and long lines broken."""
    if not text:
        return ""
    shown, rest = text[:TOOLTIP_CHARACTERS], len(text) - TOOLTIP_CHARACTERS
    lines = [html.escape(part) or "&nbsp;" for line in shown.split("\n") for part in _broken(line)]
    if rest > 0:
        lines.append(f"… {format_count(rest)} more characters")
    # Qt guesses whether a tooltip is rich text; saying so ourselves is the only way to be escaped.
    return "<qt><div style='white-space:pre'>" + "<br>".join(lines) + "</div></qt>"


def count_of(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 message``, ``1,204 messages``."""
    return f"{format_count(number)} {noun}" if number == 1 else f"{format_count(number)} {noun}s"


def format_count(number: int) -> str:
    """Return a whole number with thousands separated: ``1,204,311``."""
    return f"{number:,}"


def format_short(number: float) -> str:
    """Return a number in three figures at most: ``180``, ``12.1 k``, ``1.2 M``."""
    value, unit = float(number), 0
    while value >= 999.5 and unit < len(_SHORT_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    if unit == 0 and (value == int(value) or value >= 99.95):
        return f"{value:.0f}"
    return (
        f"{value:.1f}{_SHORT_UNITS[unit]}" if value < 99.95 else f"{value:.0f}{_SHORT_UNITS[unit]}"
    )


def format_bytes(size: float) -> str:
    """Return a size in bytes, in steps of 1024: ``38 B``, ``12.4 kB``, ``96 MB``."""
    value, unit = float(size), 0
    while value >= 999.5 and unit < len(_BYTE_UNITS) - 1:
        value, unit = value / 1024, unit + 1
    if unit == 0 or value >= 99.95:
        return f"{value:.0f} {_BYTE_UNITS[unit]}"
    return f"{value:.1f}".removesuffix(".0") + f" {_BYTE_UNITS[unit]}"


def format_rate(per_second: float) -> str:
    """Return a rate per second: ``12.1 k/s``, ``180 /s``, ``0.1 /s``."""
    if 0 < per_second < 0.05:
        return "<0.1 /s"
    short = format_short(round(per_second, 1))
    return f"{short}/s" if short[-1].isalpha() else f"{short} /s"


def format_time(time_ns: int) -> str:
    """Return the local time of day of nanoseconds since the epoch: ``10:41:43.905``."""
    seconds, rest = divmod(time_ns, 1_000_000_000)
    return f"{_time_of_day(seconds)}.{rest // 1_000_000:03}"


def format_utc_time(time_ns: int) -> str:
    """Return the time of day in UTC of nanoseconds since the epoch: ``10:41:43.905Z``."""
    seconds, rest = divmod(time_ns, 1_000_000_000)
    minutes, second = divmod(seconds % 86_400, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{second:02}.{rest // 1_000_000:03}Z"


def format_seconds(span_ns: int) -> str:
    """Return a span in seconds and thousandths: ``0.073``, ``1,204.250``."""
    return f"{span_ns / 1e9:,.3f}"


def format_date_time(time_ns: int) -> str:
    """Return local date and time of nanoseconds since the epoch: ``2026-11-21 10:41:43.905``."""
    seconds, rest = divmod(time_ns, 1_000_000_000)
    date = time.strftime("%Y-%m-%d", time.localtime(seconds))
    return f"{date} {_time_of_day(seconds)}.{rest // 1_000_000:03}"


def format_delta(delta_ns: int) -> str:
    """Return the time between two messages in seconds: ``+0.073``, from 1,000 s on ``+1,204 s``."""
    seconds = delta_ns / 1e9
    sign = "-" if seconds < 0 else "+"
    return (
        f"{sign}{abs(seconds):.3f}" if abs(seconds) < 999.9995 else f"{sign}{abs(seconds):,.0f} s"
    )


def format_duration(seconds: float) -> str:
    """Return a running time as on a clock: ``00:41:07``, ``3 d 00:41:07``."""
    minutes, second = divmod(int(max(0.0, seconds)), 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    clock = f"{hour:02}:{minute:02}:{second:02}"
    return f"{days} d {clock}" if days else clock


def format_elapsed(seconds: float) -> str:
    """Return a short span in the unit that fits: ``6 ms``, ``2.4 s``, ``4 min``, ``3.5 h``."""
    if seconds < 0.9995:
        milliseconds = seconds * 1000
        return f"{milliseconds:.1f} ms" if 0 < milliseconds < 9.95 else f"{milliseconds:.0f} ms"
    if seconds < 99.95:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5970 else f"{seconds / 3600:.1f} h"


@lru_cache(maxsize=512)
def _time_of_day(seconds: int) -> str:
    return time.strftime("%H:%M:%S", time.localtime(seconds))


def _broken(line: str) -> list[str]:
    return [line[at : at + TOOLTIP_COLUMNS] for at in range(0, max(1, len(line)), TOOLTIP_COLUMNS)]
