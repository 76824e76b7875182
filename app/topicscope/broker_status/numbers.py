"""Numbers, spans of time and words out of payloads; only a bounded piece of a payload is ever looked at."""

from __future__ import annotations

import re

from topicscope.payload.text import preview

Number = int | float

LONGEST_NUMBER = 64
LONGEST_TEXT = 256

_PLAIN = re.compile(r"[+-]?[0-9]{1,30}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,30}\.[0-9]{1,30}(?:[eE][+-]?[0-9]{1,2})?")
_GROUPED = re.compile(
    r"[+-]?[0-9]{1,3}(?:(?P<mark>[,.' _\u00a0\u202f\u2019])[0-9]{3})(?:(?P=mark)[0-9]{3}){0,9}"
    r"(?P<fraction>[.,][0-9]{1,12})?"
)
_COMMA = re.compile(r"[+-]?[0-9]{1,30},[0-9]{1,30}")
_UNIT = re.compile(r"\s*(?P<unit>[A-Za-z%/µ]{0,12})\.?")
_SPANS = {
    **dict.fromkeys(("w", "week", "weeks"), 604_800),
    **dict.fromkeys(("d", "day", "days"), 86_400),
    **dict.fromkeys(("h", "hour", "hours"), 3_600),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 60),
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1),
    "ms": 0.001,
}
_SPAN = re.compile(r"(?P<number>[0-9]{1,18}(?:\.[0-9]{1,9})?)\s*(?P<unit>[a-z]{1,7})")
_CLOCK = re.compile(
    r"(?:(?P<days>[0-9]{1,6})\s*(?:days?,?|d)\s*)?"
    r"(?P<hours>[0-9]{1,8}):(?P<minutes>[0-5]?[0-9])(?::(?P<seconds>[0-5]?[0-9](?:\.[0-9]{1,9})?))?"
)


def read_number(payload: bytes) -> Number | None:
    """Return the number that a payload is, one word of unit behind it allowed; None for all else.

    ``1,234,567``, ``1.234.567`` and ``1 234,5`` are read as people of those countries mean them; a lone
    point is a decimal point, a lone comma before three digits groups them.
    """
    text = _short_text(payload)
    if text is None:
        return None
    for pattern in (_DECIMAL, _GROUPED, _COMMA, _PLAIN):
        found = pattern.match(text)
        if found is not None and _UNIT.fullmatch(text, found.end()):
            return _value(found)
    return None


def read_duration(payload: bytes) -> float | None:
    """Return the seconds that a payload tells: ``123 seconds``, ``3 days, 2 hours``, ``1:02:03`` or a number."""
    text = _short_text(payload)
    if text is None:
        return None
    text = text.lower()
    if clock := _CLOCK.fullmatch(text):
        return (
            int(clock["days"] or 0) * 86_400
            + int(clock["hours"]) * 3_600
            + int(clock["minutes"]) * 60
            + float(clock["seconds"] or 0)
        )
    total: float | None = None
    for found in _SPAN.finditer(text):
        if (unit := _SPANS.get(found["unit"])) is not None:
            total = (total or 0.0) + float(found["number"]) * unit
    if total is not None:
        return total
    number = read_number(payload)
    return None if number is None else float(number)


def read_text(payload: bytes) -> str:
    """Return the begin of a payload as one line that is safe to show."""
    return preview(payload, LONGEST_TEXT).strip()


def _short_text(payload: bytes) -> str | None:
    if len(payload) > LONGEST_NUMBER:
        return None
    try:
        return payload.decode().strip()
    except UnicodeDecodeError:
        return None


def _value(found: re.Match[str]) -> Number:
    text = found[0]
    marks = found.groupdict()
    if (mark := marks.get("mark")) and not _is_decimal(text, mark, marks["fraction"]):
        text = text.replace(mark, "")
    text = text.replace(",", ".")
    return float(text) if "." in text else int(text)


def _is_decimal(text: str, mark: str, fraction: str | None) -> bool:
    """Tell whether one point before three digits is a decimal point: ``29.602``."""
    return mark == "." and fraction is None and text.count(".") == 1
