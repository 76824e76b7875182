"""Reading files that may be hostile: sizes first, then JSON, and text in its encoding."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from topicscope.profiles.importers.imported import ImportFailed

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_FILE = 16 << 20
"""Largest file in bytes that is read whole."""

DEEPEST = 64
"""Levels that JSON or XML may be nested."""


def read_bytes(path: Path) -> bytes:
    """Return what a file holds. Raises ImportFailed where it cannot be read or is too large."""
    try:
        if not path.is_file():
            raise ImportFailed(path.name, "is not a file" if path.exists() else "does not exist")
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        if isinstance(error, ImportFailed):
            raise
        reason = getattr(error, "strerror", None) or str(error)
        raise ImportFailed(path.name, f"cannot be read: {reason}") from error
    if len(data) > LARGEST_FILE:
        raise ImportFailed(path.name, "more than 16 MB are no file of connections")
    return data


def decoded(data: bytes) -> str:
    """Return text as the mark at its beginning says, else as UTF-8. Raises ImportFailed with the line."""
    encoding = "utf-8-sig"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ImportFailed(f"line {line}", "is not text") from error


def parse_json(text: str) -> object:
    """Return what JSON holds; objects with a key twice become `TwiceNamed`.

    Raises ImportFailed with line and column, or with the path of what is nested too deeply.
    """
    try:
        value: object = json.loads(text, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        raise ImportFailed(
            f"line {error.lineno}, column {error.colno}", f"is not JSON: {error.msg}"
        ) from error
    except RecursionError:
        raise ImportFailed("", f"it is nested deeper than {DEEPEST} levels") from None
    except ValueError as error:  # digits without end
        raise ImportFailed("", f"is not JSON: {error}") from error
    _check_depth(value)
    return value


class TwiceNamed(dict[str, Any]):
    """A JSON object that names a key twice, so that readers would disagree about it."""

    key: str = ""


def twice_named(value: object, place: str) -> str:
    """Return the place of the first key that is named twice, or nothing."""
    waiting = [(value, place)]
    while waiting:
        value, place = waiting.pop()
        if isinstance(value, TwiceNamed):
            return inside(place, value.key)
        if isinstance(value, dict):
            waiting += [(part, inside(place, key)) for key, part in value.items()]
        elif isinstance(value, list):
            waiting += [(part, f"{place}[{index}]") for index, part in enumerate(value)]
    return ""


def refuse_twice_named(value: object, place: str) -> None:
    """Raise ImportFailed where a key is named twice."""
    if found := twice_named(value, place):
        raise ImportFailed(found, "stands there twice")


def inside(place: str, key: str) -> str:
    """Return the path of a key in an object: ``a.b``, ``a["b c"]``."""
    key = key[:80]
    if not key.replace("_", "a").replace("-", "a").isalnum():
        return f"{place}[{json.dumps(key)}]"
    return f"{place}.{key}" if place else key


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    names: set[str] = set()
    twice = TwiceNamed(found)
    for key, _ in pairs:
        if key in names:
            twice.key = key
            break
        names.add(key)
    return twice


def _check_depth(value: object) -> None:
    level: list[object] = [value]
    for _ in range(DEEPEST):
        deeper: list[object] = []
        for part in level:
            if isinstance(part, dict):
                deeper += part.values()
            elif isinstance(part, list):
                deeper += part
        if not deeper:
            return
        level = deeper
    if any(isinstance(part, dict | list) for part in level):
        raise ImportFailed("", f"it is nested deeper than {DEEPEST} levels")
