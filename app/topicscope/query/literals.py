r"""Values as people write them: numbers with units, times, texts in quotes, names; reading them and writing them.

A text stands for bytes: it is kept as `str` with each byte that is no UTF-8 as a lone surrogate (`surrogateescape`),
so that a topic or payload of any bytes can be written (``"\xff"``) and compared.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from topicscope.mqtt.control_packets import ControlPacketType, Direction
from topicscope.query.errors import FilterError

if TYPE_CHECKING:
    from collections.abc import Callable

_LONGEST_NUMBER = 300
_LARGEST = 1 << 62
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NS = 1_000_000_000

SIZE_UNITS = {
    "B": 1,
    "kB": 1000,
    "MB": 1000**2,
    "GB": 1000**3,
    "KiB": 1024,
    "MiB": 1024**2,
    "GiB": 1024**3,
}
DURATION_UNITS = {
    "ns": 1,
    "us": 1000,
    "µs": 1000,
    "ms": 1000**2,
    "s": _NS,
    "m": 60 * _NS,
    "min": 60 * _NS,
    "h": 3600 * _NS,
    "d": 86_400 * _NS,
}
"""Units by how they are written, in bytes and in nanoseconds."""

_SIZES = {unit.lower(): factor for unit, factor in SIZE_UNITS.items()}
_DURATIONS = {**DURATION_UNITS, "μs": 1000}


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time: absolute, `relative` to the moment the filter is made, or a `clock` time of that day.

    Attributes:
        ns: nanoseconds since the epoch, from now, or since local midnight.

    """

    ns: int
    kind: str = "absolute"

    def at(self, now_ns: int) -> int:
        """Return nanoseconds since the epoch."""
        if self.kind == "relative":
            return now_ns + self.ns
        if self.kind == "clock":
            today = datetime.fromtimestamp(now_ns // _NS).astimezone().date()
            midnight = datetime(today.year, today.month, today.day)  # noqa: DTZ001 - local on purpose
            begin = midnight + timedelta(microseconds=self.ns // 1000)
            return _since_epoch(begin) + self.ns % 1000
        return self.ns


# --- reading ---


def _number(text: str, position: int) -> int | float:
    if len(text) > _LONGEST_NUMBER:
        raise FilterError("this number is too long", position, ("a shorter number",))
    if text[:3].lower().lstrip("-").startswith("0x"):
        return int(text, 16)
    if text.lstrip("-").isdigit():
        return int(text)
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        raise FilterError("this number is too large", position, ("a smaller number",))
    return number


def _scaled(text: str, position: int, units: dict[str, int], fallback: int) -> int | float:
    digits = re.match(r"-?[\d.]+", text)
    assert digits
    unit = text[digits.end() :].strip()
    number = _number(digits[0], position) * units.get(unit, fallback)
    if abs(number) > _LARGEST:
        raise FilterError("this number is too large", position, ("a smaller number",))
    return number if isinstance(number, int) else round(number, 9)


def _size(text: str, position: int) -> int | float:
    return _scaled(text.lower(), position, _SIZES, 1)


def _duration(text: str, position: int) -> int:
    return round(_scaled(text.lower(), position, _DURATIONS, 1))


_DATE_TIME = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)(?:[T ](?P<clock>\d\d:\d\d(?::\d\d)?)(?:\.(?P<fraction>\d{1,9}))?"
    r"(?P<zone>Z|[+-]\d\d:?\d\d)?)?",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"(\d\d?):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?")


def _time(text: str, position: int) -> Moment:
    if text[0] in "\"'":
        text, position = text[1:-1].strip(), position + 1
    if text.lower() == "now":
        return Moment(0, "relative")
    try:
        if found := _DATE_TIME.fullmatch(text):
            return Moment(_absolute(found))
        if found := _CLOCK.fullmatch(text):
            return Moment(_since_midnight(found), "clock")
    except (ValueError, OverflowError, OSError) as error:
        raise FilterError(f"there is no such time: {error}", position, (_A_TIME,)) from None
    if re.fullmatch(_DURATION, text):
        return Moment(_duration(text, position), "relative")
    raise FilterError(f"expected {_A_TIME}", position, (_A_TIME,))


def _absolute(found: re.Match[str]) -> int:
    zone = (found["zone"] or "").upper().replace("Z", "+00:00")
    moment = datetime.fromisoformat(f"{found['date']}T{found['clock'] or '00:00'}{zone}")
    return _since_epoch(moment) + int((found["fraction"] or "0").ljust(9, "0"))


def _since_midnight(found: re.Match[str]) -> int:
    hours, minutes, seconds = (int(found[part] or 0) for part in (1, 2, 3))
    if hours > 23 or minutes > 59 or seconds > 59:
        raise ValueError("a day has 24 hours of 60 minutes of 60 seconds")
    fraction = int((found[4] or "0").ljust(9, "0"))
    return (hours * 3600 + minutes * 60 + seconds) * _NS + fraction


def _since_epoch(moment: datetime) -> int:
    """Return nanoseconds; a time without a zone is local."""
    span = moment.astimezone(UTC) - _EPOCH
    return (span.days * 86_400 + span.seconds) * _NS + span.microseconds * 1000


_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "\\": "\\", '"': '"', "'": "'", "/": "/"}
_ESCAPE = re.compile(
    r"\\(?:x(?P<byte>[0-9a-fA-F]{2})|u(?P<short>[0-9a-fA-F]{4})|U(?P<long>[0-9a-fA-F]{8})|(?P<one>.))",
    re.DOTALL,
)


def read_text(quoted: str, position: int = 0) -> str:
    """Return what a text in quotes stands for; raises `FilterError` at a wrong escape."""

    def replaced(found: re.Match[str]) -> str:
        if found["byte"]:
            value = int(found["byte"], 16)
            return chr(value) if value < 0x80 else chr(0xDC00 + value)
        if code := found["short"] or found["long"]:
            if int(code, 16) <= 0x10FFFF:
                return chr(int(code, 16))
        elif found["one"] in _ESCAPES:
            return _ESCAPES[found["one"]]
        raise FilterError(
            f"there is no escape {found[0]}; a backslash is written \\\\",
            position + 1 + found.start(),
            ("\\n", "\\t", '\\"', "\\\\", "\\xNN", "\\uNNNN"),
        )

    text = _ESCAPE.sub(replaced, quoted[1:-1])
    try:
        return text.encode(errors="surrogateescape").decode(errors="surrogateescape")
    except UnicodeEncodeError:
        raise FilterError(
            "half a surrogate pair is no character", position, ("a text in quotes",)
        ) from None


def _boolean(text: str, position: int) -> bool:
    del position
    return text.lower() == "true"


def _null(text: str, position: int) -> None:
    del text, position


def _direction(text: str, position: int) -> Direction:
    del position
    return Direction[text.upper()]


def _packet_type(text: str, position: int) -> int | float:
    if text[0].isdigit():
        return _number(text, position)
    return int(ControlPacketType[text.upper()])


@dataclass(frozen=True, slots=True)
class Literal:
    """A way to write a value: its name in the grammar, its shape, its words, and how to read it."""

    terminal: str
    pattern: str
    expected: str
    read: Callable[[str, int], Any]
    examples: tuple[str, ...] = ()


_UNITS = "|".join(sorted(_DURATIONS, key=len, reverse=True))
_DURATION = rf"-?\d+(?:\.\d+)?[ ]?(?:{_UNITS})(?!\w)|0(?![\w.])"
_A_TIME = "a time such as -5m, 10:41 or 2026-11-21T10:00Z"
_TEXT = r'"(?:[^"\\]|\\.)*"|' + r"'(?:[^'\\]|\\.)*'"
_DAY_TIME = r"\d\d?:\d\d(?::\d\d(?:\.\d{1,9})?)?"
_DATE = rf"\d{{4}}-\d\d-\d\d(?:[T ]{_DAY_TIME}(?:Z|[+-]\d\d:?\d\d)?)?(?!\w|\.(?!\.))"
_NAMES = "|".join(kind.name for kind in ControlPacketType if kind is not ControlPacketType.RESERVED)
_END = r"(?!\w|\.(?!\.))"

LITERALS: dict[str, Literal] = {
    one.terminal: one
    for one in (
        Literal(
            "NUMBER",
            rf"-?(?:0x[0-9a-f]+|\d+(?:\.\d+)?(?:e[+-]?\d+)?){_END}",
            "a number",
            _number,
        ),
        Literal(
            "SIZE",
            rf"\d+(?:\.\d+)?[ ]?(?:{'|'.join(SIZE_UNITS)})?{_END}",
            "a size such as 100 or 10kB",
            _size,
            ("100", "10kB", "1MiB"),
        ),
        Literal(
            "DURATION",
            _DURATION,
            "a duration such as 500ms or 5m",
            _duration,
            ("500ms", "2s", "5m"),
        ),
        Literal(
            "TIME",
            rf"{_DATE}|{_DAY_TIME}{_END}|now(?!\w)|{_DURATION}|{_TEXT}",
            _A_TIME,
            _time,
            ("-5m", "-1h", "10:41", "2026-11-21T10:00Z"),
        ),
        Literal("TEXT", _TEXT, "a text in quotes", read_text, ('""',)),
        Literal("BOOLEAN", r"(?:true|false)(?!\w)", "true or false", _boolean, ("true", "false")),
        Literal("NULL", r"null(?!\w)", "null", _null, ("null",)),
        Literal("DIRECTION", r"(?:in|out)(?!\w)", "in or out", _direction, ("in", "out")),
        Literal(
            "PACKET_TYPE",
            rf"(?:{_NAMES})(?!\w)|\d+{_END}",
            "a packet type such as CONNECT",
            _packet_type,
            tuple(_NAMES.split("|")),
        ),
    )
}
"""All ways to write a value; patterns are read without regard to case."""


# --- writing ---


def write_text(value: str | bytes) -> str:
    """Return a text in quotes that stands for these bytes; nothing in it is invisible."""
    text = value.decode(errors="surrogateescape") if isinstance(value, bytes) else value
    return '"' + "".join(map(_written, text)) + '"'


def _written(character: str) -> str:
    code = ord(character)
    if character in '"\\':
        return "\\" + character
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if character.isprintable():
        return character
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def write_time(ns: int) -> str:
    """Return a time, given in nanoseconds since the epoch, exactly, in UTC."""
    seconds, rest = divmod(ns, _NS)
    moment = _EPOCH + timedelta(seconds=seconds)
    fraction = f".{rest:09d}".rstrip("0") if rest else ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z"


def write_duration(ns: int) -> str:
    """Return a duration, given in nanoseconds, exactly, in the largest unit that divides it."""
    for unit in ("d", "h", "m", "s", "ms", "us"):
        if ns and ns % DURATION_UNITS[unit] == 0:
            return f"{ns // DURATION_UNITS[unit]}{unit}"
    return f"{ns}ns"
