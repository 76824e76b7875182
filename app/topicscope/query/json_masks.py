"""Tests of a field of JSON payloads, and of the bare value of a payload.

Each payload is read by msgspec. Where the path begins with a key, only that key is turned into objects. A payload that
is no JSON, or too large, or nested too deeply, has no fields.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from topicscope.query.chunk import Chunk
    from topicscope.query.masks import Rows
    from topicscope.query.operators import Tester

JSON_BYTES = 16 * 1024 * 1024
"""Larger payloads are not read as JSON."""

Path: TypeAlias = tuple[str | int, ...]

_ERRORS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_SPACES = b" \t\r\n"


class _Missing:
    """Stands for a field that is not there."""


MISSING = _Missing()
_FIELD = "field"


def _struct(key: str) -> Any:  # noqa: ANN401
    """Make a type that takes one key of an object and skips the others."""
    return msgspec.defstruct("_Object", [(_FIELD, Any, MISSING)], rename={_FIELD: key})


def _walk(value: Any, path: Path) -> Any:  # noqa: ANN401
    for step in path:
        if isinstance(step, str):
            if not isinstance(value, dict) or step not in value:
                return MISSING
        elif not isinstance(value, list) or not -len(value) <= step < len(value):
            return MISSING
        value = value[step]
    return value


class JsonReader:
    """Reads what stands at a path in JSON; the first bytes that such a payload can have are `begins`."""

    def __init__(self, path: Path) -> None:
        first, *rest = path
        self._is_key = isinstance(first, str)
        if isinstance(first, str):
            self._decode = msgspec.json.Decoder(_struct(first)).decode
            self._path = tuple(rest)
            self.begins = b"{" + _SPACES
        else:
            self._decode = msgspec.json.Decoder().decode
            self._path = path
            self.begins = b"[" + _SPACES

    def values(self, payloads: Iterable[bytes]) -> list[Any]:
        """Return what stands at the path in each payload, or `MISSING`."""
        found: list[Any] = []
        add, decode, is_key = found.append, self._decode, self._is_key
        for payload in payloads:
            try:
                value = decode(payload)
                add(value.field if is_key else value)
            except _ERRORS:
                add(MISSING)
        if self._path:
            return [_walk(value, self._path) for value in found]
        return found


class ValueReader:
    """Reads the field `value` of an object, or the payload itself where it is one number, true, false or text."""

    begins = bytes(byte for byte in range(1, 256) if byte != ord("["))

    def __init__(self) -> None:
        self._struct = _struct("value")
        kinds = self._struct | int | float | str | bool | None
        self._decode = msgspec.json.Decoder(kinds).decode

    def values(self, payloads: Iterable[bytes]) -> list[Any]:
        """Return the value of each payload, or `MISSING`."""
        found: list[Any] = []
        add, decode, struct = found.append, self._decode, self._struct
        for payload in payloads:
            try:
                value = decode(payload)
                add(value.field if type(value) is struct else value)
            except _ERRORS:
                add(_bare_text(payload))
        return found


def _bare_text(payload: bytes) -> Any:  # noqa: ANN401
    """Return a payload that is no JSON as text, if it can be one."""
    if payload.lstrip(_SPACES)[:1] in {b"{", b"[", b""}:
        return MISSING
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return MISSING


class OfJson:
    """Rows where a value of the payload passes a test."""

    cost = 300

    def __init__(self, reader: JsonReader | ValueReader, test: Tester) -> None:
        self._reader = reader
        self._test = test
        self._begins = np.zeros(256, np.bool_)
        self._begins[np.frombuffer(reader.begins, np.uint8)] = True

    def mask(self, chunk: Chunk, wanted: Rows) -> Rows:
        """Return which rows are seen."""
        possible = wanted & chunk.publishes & self._begins[chunk.first_of_payload()]
        possible &= chunk.payload_sizes <= JSON_BYTES
        rows: NDArray[np.intp] = np.flatnonzero(possible)
        seen = np.zeros(len(chunk), np.bool_)
        test = self._test
        seen[rows] = [
            value is not MISSING and test(value)
            for value in self._reader.values(chunk.payloads(rows))
        ]
        return seen
