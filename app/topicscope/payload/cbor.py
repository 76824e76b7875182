"""CBOR (RFC 8949) as JSON-like text in its diagnostic notation; bytes are ``h'…'``.

cbor2 bounds lengths and nesting; what it returns may share parts of itself many times over
(tags 28 and 29), so writing has its own budgets of depth and characters.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from topicscope.payload.json import Pretty
from topicscope.payload.text import CUT, escape

if TYPE_CHECKING:
    from collections.abc import Iterable

DEFAULT_BUDGET = 1 << 20
_DEEPEST = 100
_LONGEST_NUMBER = 13_000  # bits: Python refuses to print a longer int by default
_SHOWN_BYTES = 4096
_FIRST_ARRAY = 0x80
_LAST_MAP = 0xBF
_NOT_FINITE = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
_SELF_DESCRIBED = b"\xd9\xd9\xf7"  # section 3.4.6


def looks_like_cbor(payload: bytes) -> bool:
    """Say whether the first byte opens a CBOR array or map, or the payload says that it is CBOR."""
    return payload.startswith(_SELF_DESCRIBED) or (
        bool(payload) and _FIRST_ARRAY <= payload[0] <= _LAST_MAP
    )


def is_cbor(payload: bytes, budget: int = 1 << 16) -> bool:
    """Say whether the whole payload is one CBOR array or map of at most `budget` bytes."""
    if not looks_like_cbor(payload) or len(payload) > budget:
        return False
    try:
        _value, end = _decode(payload)
    except _CborProblem:
        return False
    return end == len(payload)


def cbor_view(payload: bytes, budget: int = DEFAULT_BUDGET) -> Pretty:
    """Write a CBOR payload as indented text, or say why it is not CBOR; never raises."""
    if len(payload) > budget:
        too_long = f"not decoded: {len(payload):,} bytes are more than {budget:,}"
        return Pretty("", too_long, valid=False, cut=True)
    try:
        value, end = _decode(payload)
    except _CborProblem as error:
        return Pretty("", f"not CBOR: {error}", valid=False)
    writer = _Writer(budget * 8)
    writer.write(value, 0)
    rest = len(payload) - end
    problem = f"{rest:,} more bytes follow the CBOR value" if rest else None
    return Pretty("".join(writer.out), problem, cut=writer.room <= 0)


def cbor_value(payload: bytes, budget: int = DEFAULT_BUDGET) -> object:
    """Return what a CBOR array or map of at most `budget` bytes says; raises `ValueError` for anything else."""
    if not looks_like_cbor(payload) or len(payload) > budget:
        raise ValueError("no CBOR array or map")
    value, end = _decode(payload)
    if end != len(payload):
        raise ValueError("more bytes follow the CBOR value")
    return value


class _CborProblem(ValueError):  # noqa: N818 - a finding, not an error of ours
    """Why a payload is not CBOR."""


def _decode(payload: bytes) -> tuple[object, int]:
    import cbor2  # late: costs nothing before the first binary payload is looked at

    source = io.BytesIO(payload)
    try:
        value = cbor2.CBORDecoder(source).decode()
    except Exception as error:  # whatever a decoder raises, the raw view must stay
        raise _CborProblem(str(error) or type(error).__name__) from error
    return value, source.tell()


class _Writer:
    """Write what cbor2 made, within a budget of characters."""

    __slots__ = ("out", "room")

    def __init__(self, room: int) -> None:
        self.room = room
        self.out: list[str] = []

    def write(self, value: object, depth: int) -> None:
        """Write one value that stands `depth` levels deep."""
        if self.room <= 0:
            return
        if isinstance(value, Mapping):
            self._container("{", "}", value.items(), depth)
        elif isinstance(value, (list, tuple, set, frozenset)):
            self._container("[", "]", value, depth)
        else:
            self._put(_scalar(value))

    def _container(self, opening: str, closing: str, items: Iterable[object], depth: int) -> None:
        self._put(opening)
        if depth >= _DEEPEST:
            self._put("…" + closing)
            return
        first = True
        for item in items:
            if self.room <= 0:
                return
            self._put(("\n" if first else ",\n") + "  " * (depth + 1))
            first = False
            if opening == "{" and isinstance(item, tuple):
                self.write(item[0], depth + 1)
                self._put(": ")
                self.write(item[1], depth + 1)
            else:
                self.write(item, depth + 1)
        self._put(closing if first else "\n" + "  " * depth + closing)

    def _put(self, text: str) -> None:
        self.out.append(text)
        self.room -= len(text)


def _scalar(value: object) -> str:
    text: str
    match value:
        case None | bool():
            text = {None: "null", True: "true", False: "false"}[value]
        case str():
            text = '"' + escape(value.replace("\\", "\\\\").replace('"', '\\"')) + '"'
        case bytes():
            more = CUT if len(value) > _SHOWN_BYTES else ""
            text = f"h'{value[:_SHOWN_BYTES].hex()}{more}'"
        case int():
            text = str(value) if value.bit_length() < _LONGEST_NUMBER else hex(value)
        case float():
            text = _NOT_FINITE.get(repr(value), repr(value))
        case date():
            text = f'"{value.isoformat()}"'
        case _:
            text = _other(value)
    return text


def _other(value: object) -> str:
    kind = type(value).__name__
    if kind == "UndefinedType":
        return "undefined"
    if kind == "CBORTag":
        return f"{getattr(value, 'tag', '?')}({_short(getattr(value, 'value', None))})"
    return escape(f"{kind}({str(value)[:_SHOWN_BYTES]})")


def _short(value: object) -> str:
    if isinstance(value, (Mapping, list, tuple, set, frozenset)):
        return escape(repr(value)[:_SHOWN_BYTES])
    return _scalar(value)
