"""The filters of templates, ``{{ value | round(2) }}``: few, and each within bounds."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, Final

from jinja2.runtime import Undefined

from topicscope.automation.templates.variables import LONGEST_OUTPUT

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_DIGITS = 15


def too_long(text: str) -> str:
    """Return a text as it is; raises `ValueError` when it is longer than a rendering may be."""
    if len(text) > LONGEST_OUTPUT:
        raise ValueError(f"it becomes longer than {LONGEST_OUTPUT:,} characters")
    return text


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float | Undefined):
        raise TypeError("this filter is for texts")
    return str(value)


def _list(value: object) -> list[Any] | tuple[Any, ...] | range:
    if isinstance(value, list | tuple | range):
        return value
    if isinstance(value, Undefined):
        str(value)
    raise TypeError("this filter is for lists")


def _number(value: object) -> int | float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if isinstance(value, Undefined):
        str(value)
    raise TypeError("this filter is for numbers")


def _default(value: object, other: object = "") -> object:
    return other if isinstance(value, Undefined) or value is None else value


def _int(value: object, other: int = 0) -> int:
    try:
        return int(value) if isinstance(value, int | float) else int(float(_text(value).strip()))
    except (ValueError, OverflowError):
        return other


def _float(value: object, other: float = 0.0) -> float:
    try:
        return float(value) if isinstance(value, int | float) else float(_text(value).strip())
    except (ValueError, OverflowError):
        return other


def _round(value: object, digits: int = 0) -> float:
    if not isinstance(digits, int) or not 0 <= digits <= _MOST_DIGITS:
        raise ValueError(f"round: the digits are 0 to {_MOST_DIGITS}")
    number = _number(value)
    return round(number, digits) if digits else math.floor(number + 0.5)


def _length(value: object) -> int:
    if isinstance(value, str | dict):
        return len(value)
    return len(_list(value))


def _replace(value: object, old: object, new: object) -> str:
    text, searched, put = _text(value), _text(old), _text(new)
    if len(text) + text.count(searched) * len(put) > LONGEST_OUTPUT:
        raise ValueError(f"it becomes longer than {LONGEST_OUTPUT:,} characters")
    return text.replace(searched, put)


def _join(value: object, between: object = "") -> str:
    parts = [_text(part) for part in _list(value)]
    mark = _text(between)
    if sum(map(len, parts)) + len(parts) * len(mark) > LONGEST_OUTPUT:
        raise ValueError(f"it becomes longer than {LONGEST_OUTPUT:,} characters")
    return mark.join(parts)


def _to_json(value: object) -> str:
    if isinstance(value, Undefined):
        return str(value)
    return too_long(json.dumps(value, ensure_ascii=False))


def _items(value: object) -> list[tuple[object, object]]:
    if isinstance(value, dict):
        return list(value.items())
    raise TypeError("items is for objects of JSON")


def _hex(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else _text(value).encode().hex()


def _upper(value: object) -> str:
    return _text(value).upper()


def _lower(value: object) -> str:
    return _text(value).lower()


def _trim(value: object) -> str:
    return _text(value).strip()


def _string(value: object) -> str:
    return _text(value)


def _abs(value: object) -> float:
    return abs(_number(value))


def _first(value: object) -> object:
    return value[:1] if isinstance(value, str) else _list(value)[0]


def _last(value: object) -> object:
    return value[-1:] if isinstance(value, str) else _list(value)[-1]


def _min(value: object) -> object:
    return min(_number(one) for one in _list(value))


def _max(value: object) -> object:
    return max(_number(one) for one in _list(value))


def _sum(value: object) -> object:
    return sum(_number(one) for one in _list(value))


FILTERS: Final[dict[str, Callable[..., object]]] = {
    "abs": _abs,
    "default": _default,
    "first": _first,
    "float": _float,
    "hex": _hex,
    "int": _int,
    "items": _items,
    "join": _join,
    "last": _last,
    "length": _length,
    "lower": _lower,
    "max": _max,
    "min": _min,
    "replace": _replace,
    "round": _round,
    "string": _string,
    "sum": _sum,
    "tojson": _to_json,
    "trim": _trim,
    "upper": _upper,
}
"""All filters by name."""
