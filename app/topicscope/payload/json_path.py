"""Ways into a JSON value: ``device.name``, ``items[0].title``, ``["a key"].x``; several with commas between them."""

from __future__ import annotations

import re
from typing import TypeAlias

Path: TypeAlias = "tuple[str | int, ...]"
"""Keys and indices from the outside in; the empty one means the whole value."""

_STEP = re.compile(
    r"""(?P<dot>\.?)(?P<key>[^\s.,\[\]"']+)
      | \[(?P<index>[0-9]{1,9})\]
      | \["(?P<quoted>(?:[^"\\]|\\.)*)"\]
      | (?P<comma>\s*,\s*)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def parse_paths(text: str) -> tuple[Path, ...]:
    """Read paths with commas between them. Raises `ValueError` with a sentence that has the column."""
    text = text.strip()
    paths: list[list[str | int]] = [[]]
    at = 0
    while at < len(text):
        step = _STEP.match(text, at)
        # A key follows another behind a dot only; the first stands without.
        if step is None or (step["key"] is not None and bool(step["dot"]) != bool(paths[-1])):
            raise ValueError(
                f"“{text}” is no path at column {at + 1}: write it like device.names[0]"
            )
        if step["comma"] is not None:
            paths.append([])
        else:
            paths[-1].append(_value_of(step))
        at = step.end()
    return tuple(tuple(path) for path in paths)


def follow(value: object, path: Path) -> object:
    """Return what lies at a path in a decoded JSON value; None when there is nothing."""
    for step in path:
        if isinstance(step, str):
            value = value.get(step) if isinstance(value, dict) else None
        elif isinstance(value, list) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def _value_of(step: re.Match[str]) -> str | int:
    if step["index"] is not None:
        return int(step["index"])
    if step["quoted"] is not None:
        return _ESCAPED.sub(r"\1", step["quoted"])
    return step["key"]
