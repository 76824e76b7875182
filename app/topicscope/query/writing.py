"""Filters written by a click: on a value, on a JSON field, and joined with what stands in the filter bar already."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from topicscope.mqtt.control_packets import ControlPacketType, Direction
from topicscope.query.grammar import field_of, parse
from topicscope.query.literals import write_duration, write_text, write_time
from topicscope.query.syntax import And, Or

if TYPE_CHECKING:
    from collections.abc import Sequence

    from topicscope.query.kinds import Kind

Joint: TypeAlias = Literal["and", "and not", "or"]

_PLAIN_KEY = re.compile(r"[^\W\d][\w-]*")
_QUOTE = re.compile(r'\\.|"', re.DOTALL)


def json_field(path: Sequence[str | int]) -> str:
    """Return the name of a JSON field; numbers in its path are places in lists."""
    return "json" + "".join(map(_step, path))


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _PLAIN_KEY.fullmatch(step) else f"[{write_text(step)}]"


def user_property_field(key: str) -> str:
    """Return the name of the field of a User Property."""
    return f"prop.user[{write_text(key)}]"


def for_value(field: str, value: Any, operator: str = "==") -> str:  # noqa: ANN401
    """Return the filter that compares a field with a value, quoted as it must be.

    Texts may be bytes; times and durations are nanoseconds. With `in` the value is a list of values; a regular
    expression for `matches` is a text. Raises `ValueError` for a field that there is not.
    """
    found = field_of(field)
    if found is None:
        raise ValueError(f"there is no field {field}")
    kind = found.kind
    if operator == "matches":
        return f"{field} matches {_pattern(value)}"
    if operator == "in":
        return f"{field} in {{{', '.join(_value(kind, one) for one in value)}}}"
    if value is True and operator == "==" and kind.name == "boolean":
        return field
    return f"{field} {operator} {_value(kind, value)}"


def combine(text: str, joint: Joint, more: str) -> str:
    """Return a filter that asks for both, or for the first without the second, or for one of them.

    Raises `FilterError` when one of the texts is not a filter.
    """
    node, added = parse(text), parse(more)
    if added is None:
        return text.strip()
    if joint == "and not":
        more = f"not ({more.strip()})" if isinstance(added, And | Or) else f"not {more.strip()}"
    elif joint == "and" and isinstance(added, Or):
        more = f"({more.strip()})"
    if node is None:
        return more.strip()
    if joint != "or" and isinstance(node, Or):
        text = f"({text.strip()})"
    return f"{text.strip()} {'or' if joint == 'or' else 'and'} {more.strip()}"


def _pattern(text: str) -> str:
    """Quote a regular expression, which stands in its quotes as it is but for the quotes."""
    return '"' + _QUOTE.sub(_escaped_quote, text) + '"'


def _escaped_quote(found: re.Match[str]) -> str:
    return '\\"' if found[0] == '"' else found[0]


_OF_KIND = {
    "direction": lambda value: Direction(value).name.lower(),
    "packet_type": lambda value: ControlPacketType(value).name,
    "time": write_time,
    "duration": write_duration,
}


def _value(kind: Kind, value: Any) -> str:  # noqa: ANN401
    if kind.name in _OF_KIND:
        return _OF_KIND[kind.name](value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | bytes | bytearray):
        return write_text(value if isinstance(value, str) else bytes(value))
    return repr(value)
