"""Which value stands at a place of JSON, or of CBOR written like it: for those who point at one."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from topicscope.payload.json_path import Path

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+', re.DOTALL)
_OPEN = "{["
_UNREAD = object()


class JsonPlace(NamedTuple):
    """A value in a text.

    Attributes:
        path: keys and indices from the outside in.
        is_scalar: whether it is a text, a number, true, false or null, written as JSON writes it.
        value: the value where it is a scalar.

    """

    path: Path
    is_scalar: bool
    value: object = None


class _Level:
    """An object or list that is open; `step` leads to its current member."""

    __slots__ = ("is_object", "nameless", "step")

    def __init__(self, *, is_object: bool) -> None:
        self.is_object = is_object
        self.step: str | int | None = None if is_object else 0
        # CBOR has keys that are no text; no path says them.
        self.nameless = False


def place_at(text: str, position: int) -> JsonPlace | None:
    """Return the member that begins on the line of `position`, or whose value goes on there; None when none does."""
    line_begin = text.rfind("\n", 0, position) + 1
    line_end = text.find("\n", position)
    line_end = len(text) if line_end < 0 else line_end
    levels: list[_Level] = []
    for token in _TOKEN.finditer(text):
        if token.start() > line_end:
            return None
        found = _take(token, levels)
        if found is not None and token.end() > line_begin and found.path:
            return found
    return None


def scalars(text: str) -> Iterator[JsonPlace]:
    """Yield every member that is a text, a number, true, false or null, in the order of the text."""
    levels: list[_Level] = []
    for token in _TOKEN.finditer(text):
        found = _take(token, levels)
        if found is not None and found.is_scalar and found.path:
            yield found


def _take(token: re.Match[str], levels: list[_Level]) -> JsonPlace | None:
    """Take the next token in; return the value that ends with it, or begins with it and holds others."""
    written, level = token[0], levels[-1] if levels else None
    if written in "}]":
        if levels:
            levels.pop()
        return None
    if written == ",":
        if level is not None:
            level.step = level.step + 1 if isinstance(level.step, int) else None
        return None
    if written == ":":
        return None
    if level is not None and level.is_object and level.step is None:
        level.nameless = not written.startswith('"')
        level.step = str(_read(written))
        return None
    path = tuple(one.step for one in levels if one.step is not None)
    sayable = not any(one.nameless for one in levels)
    if written in _OPEN:
        levels.append(_Level(is_object=written == "{"))
        return JsonPlace(path, is_scalar=False) if sayable else None
    value = _read(written)
    is_scalar = value is not _UNREAD
    return JsonPlace(path, is_scalar, value if is_scalar else None) if sayable else None


def _read(written: str) -> object:
    """Return what a token stands for; long texts are broken for display, and put together again."""
    try:
        value = json.loads(written.replace("\n", ""), strict=False)
    except ValueError:
        return _UNREAD
    # Texts of CBOR, such as bytes and numbers without end, are no JSON either.
    return value if not isinstance(value, float) or math.isfinite(value) else _UNREAD
