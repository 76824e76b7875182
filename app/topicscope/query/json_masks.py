"""Tests of a field of JSON or CBOR payloads, and of the bare value of a payload.

JSON is read by msgspec. Where the path begins with keys, only what stands there is turned into objects. A payload
that is neither, or too large, or nested too deeply, has no fields. No JSON begins with a byte that opens an array or
map of CBOR (RFC 8949), so one is never taken for the other.
"""

from __future__ import annotations

from itertools import takewhile
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
import numpy as np

from topicscope.payload.cbor import cbor_value, looks_like_cbor

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
_CBOR_ARRAYS = bytes(range(0x80, 0xA0))
_CBOR_MAPS = bytes(range(0xA0, 0xC0))
_CBOR_TAG = b"\xd9"


class _Missing:
    """Stands for a field that is not there."""


MISSING = _Missing()
_FIELD = "field"
_MOST_KEYS = 8
"""Of a path that msgspec walks; what comes behind them is walked here."""
_MOST_EXCEPTIONS = 1000
"""After so many objects that are not shaped as expected, nothing is expected any more: a raised error is dear."""


def _struct(keys: tuple[str, ...]) -> Any:  # noqa: ANN401
    """Make a type that takes one key of an object, in that the next one and so on, and skips all others."""
    kind: Any = Any
    default: Any = MISSING
    for key in reversed(keys):
        # Nothing in here can be part of a cycle, and frozen ones may be defaults.
        kind = msgspec.defstruct(
            "_Object", [(_FIELD, kind, default)], rename={_FIELD: key}, frozen=True, gc=False
        )
        default = kind()
    return kind


def _is_key(step: str | int) -> bool:
    return isinstance(step, str)


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
        keys = tuple(str(key) for key in takewhile(_is_key, path[:_MOST_KEYS]))
        self._keys = keys
        self._rest: Path = path[len(keys) :]
        self._exceptions = 0
        if keys:
            self._decode = msgspec.json.Decoder(_struct(keys)).decode
            self._decode_first = msgspec.json.Decoder(_struct(keys[:1])).decode
            self.begins = b"{" + _SPACES + _CBOR_MAPS + _CBOR_TAG
        else:
            self._decode = msgspec.json.Decoder().decode
            self.begins = b"[" + _SPACES + _CBOR_ARRAYS + _CBOR_TAG

    def values(self, payloads: Iterable[bytes]) -> list[Any]:
        """Return what stands at the path in each payload, or `MISSING`."""
        if not self._keys:
            found = self._elements(payloads)
        elif self._exceptions <= _MOST_EXCEPTIONS:
            found = self._fields(payloads)
        else:
            found = [self._field(payload) for payload in payloads]
        if self._rest:
            return [_walk(value, self._rest) for value in found]
        return found

    def _elements(self, payloads: Iterable[bytes]) -> list[Any]:
        found: list[Any] = []
        add, decode = found.append, self._decode
        for payload in payloads:
            try:
                add(decode(payload))
            except _ERRORS:
                add(_cbor(payload))
        return found

    def _fields(self, payloads: Iterable[bytes]) -> list[Any]:
        found: list[Any] = []
        add, decode = found.append, self._decode
        field = attrgetter(".".join([_FIELD] * len(self._keys)))
        for payload in payloads:
            try:
                add(field(decode(payload)))
            except _ERRORS:
                add(self._field(payload))
        return found

    def _field(self, payload: bytes) -> Any:  # noqa: ANN401
        """Read a payload that is no JSON, or has something else than an object on the way."""
        try:
            value = self._decode_first(payload).field
        except _ERRORS:
            return _walk(_cbor(payload), self._keys)
        self._exceptions += 1
        return _walk(value, self._keys[1:])


class ValueReader:
    """Reads the field `value` of an object, or the payload itself where it is one number, true, false or text."""

    begins = bytes(byte for byte in range(1, 256) if byte != ord("["))

    def __init__(self) -> None:
        self._struct = _struct(("value",))
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
                value = _cbor(payload)
                add(_bare_text(payload) if value is MISSING else _walk(value, ("value",)))
        return found


def _cbor(payload: bytes) -> Any:  # noqa: ANN401
    if payload[:1] < _CBOR_ARRAYS[:1] or not looks_like_cbor(payload):
        return MISSING
    try:
        return cbor_value(payload)
    except ValueError:
        return MISSING


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
