"""CBOR and MessagePack written as JSON, with words for what JSON has none for.

An object of one key that begins with ``$`` is such a word: ``{"$base64": "AQI="}`` is a byte string,
``{"$map": [[1, "one"]]}`` a map whose keys are not all text, ``{"$float": "NaN"}`` a number that JSON does not have,
``{"$tag": [32, "urn:x"]}``, ``{"$simple": 99}`` and ``{"$undefined": true}`` are of CBOR (RFC 8949),
``{"$ext": [5, "AQI="]}`` and ``{"$timestamp": "2026-11-21T10:00:00Z"}`` of MessagePack. An object of one key that
begins with ``$`` and means itself is written as a ``$map``.
"""

from __future__ import annotations

import base64
import json
import math
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LONGEST_TEXT: Final = 32 << 20
"""Characters that a payload may become at most."""

_DEEPEST = 200
_NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
# Tags that cbor2 would turn into objects of its own, of which nobody can tell how they were written.
_KNOWN_TAGS = (0, 1, 4, 5, 25, 28, 29, 30, 35, 36, 37, 100, 256, 258, 260, 261, 1004, 43000, 55799)


def encode(text: str, kind: str) -> bytes:
    """Make ``cbor`` or ``messagepack`` of JSON; raises `ValueError`, TypeError or OverflowError."""
    plain = json.loads(text.removeprefix("\ufeff"), object_pairs_hook=_object, parse_float=_float)
    value = _Reader(kind).read(plain, 0)
    if kind == "cbor":
        import cbor2  # late: few payloads are written so

        try:
            return cbor2.dumps(value)
        except cbor2.CBORError as error:
            raise ValueError(str(error)) from error
    import msgspec

    try:
        return msgspec.msgpack.encode(value)
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from error


def decode(payload: bytes, kind: str) -> str:
    """Write ``cbor`` or ``messagepack`` as JSON; raises `ValueError` for what is not of that format."""
    value = _cbor_value(payload) if kind == "cbor" else _messagepack_value(payload)
    text = json.dumps(_Writer().write(value, 0), indent=2, ensure_ascii=False)
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"written as JSON it has {len(text):,} characters, too many to edit")
    return text


def _cbor_value(payload: bytes) -> object:
    import io

    import cbor2

    raw_tags: dict[int, Any] = {tag: partial(_tagged, cbor2.CBORTag, tag) for tag in _KNOWN_TAGS}
    source = io.BytesIO(payload)
    try:
        value: object = cbor2.CBORDecoder(
            source, semantic_decoders=raw_tags, max_depth=_DEEPEST, allow_duplicate_keys=False
        ).decode()
    except Exception as error:  # whatever a decoder raises about foreign bytes is a finding
        raise ValueError(str(error) or type(error).__name__) from error
    if rest := len(payload) - source.tell():
        raise ValueError(f"{rest:,} more bytes follow the value")
    return value


def _tagged(make: Callable[[int, object], object], tag: int, value: object, *_: object) -> object:
    return make(tag, value)


def _messagepack_value(payload: bytes) -> object:
    import msgspec

    try:
        return msgspec.msgpack.decode(payload)
    except msgspec.MsgspecError as error:
        raise ValueError(str(error).removeprefix("MessagePack data is malformed: ")) from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key “{twice[:60]}” stands there twice")
    return found


def _float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text[:30]} is too large for a number with a point")
    return number


class _Reader:
    """Values out of JSON."""

    def __init__(self, kind: str) -> None:
        both: Mapping[str, Callable[[Any, int], object]] = {
            "$base64": self._bytes,
            "$map": self._map,
            "$float": self._not_finite,
        }
        own: Mapping[str, Callable[[Any, int], object]] = (
            {"$tag": self._tag, "$simple": self._simple, "$undefined": self._undefined}
            if kind == "cbor"
            else {"$ext": self._ext, "$timestamp": self._timestamp}
        )
        self._words = {**both, **own}

    def read(self, plain: Any, depth: int) -> object:  # noqa: ANN401 - JSON of any kind
        """Return what a piece of JSON stands for."""
        if depth > _DEEPEST:
            raise ValueError(f"it is nested deeper than {_DEEPEST} levels")
        if isinstance(plain, list):
            return [self.read(part, depth + 1) for part in plain]
        if not isinstance(plain, dict):
            return plain
        if len(plain) == 1:
            ((word, content),) = plain.items()
            if word in self._words:
                return self._words[word](content, depth + 1)
            if word.startswith("$"):
                known = ", ".join(sorted(self._words))
                raise ValueError(f"“{word[:30]}” is not known; there are {known}")
        return {key: self.read(part, depth + 1) for key, part in plain.items()}

    def _bytes(self, content: Any, _: int) -> bytes:  # noqa: ANN401
        if not isinstance(content, str):
            raise TypeError("$base64 needs a text")
        try:
            return base64.b64decode(content, validate=True)
        except ValueError as error:
            raise ValueError(f"$base64: {error}") from error

    def _map(self, content: Any, depth: int) -> dict[Any, object]:  # noqa: ANN401
        found: dict[Any, object] = {}
        for key, value in _pairs(content, "$map"):
            name = _hashable(self.read(key, depth + 1))
            if name in found:
                raise ValueError(f"the key “{name!s:.60}” stands there twice")
            found[name] = self.read(value, depth + 1)
        return found

    def _not_finite(self, content: Any, _: int) -> float:  # noqa: ANN401
        if not isinstance(content, str) or content not in _NOT_FINITE:
            raise ValueError("$float knows NaN, Infinity and -Infinity")
        return _NOT_FINITE[content]

    def _tag(self, content: Any, depth: int) -> object:  # noqa: ANN401
        import cbor2

        (number, value), *_ = _pairs([content], "$tag")
        return cbor2.CBORTag(_whole(number, 0, (1 << 64) - 1, "$tag"), self.read(value, depth))

    def _simple(self, content: Any, _: int) -> object:  # noqa: ANN401
        import cbor2

        return cbor2.CBORSimpleValue(_whole(content, 0, 255, "$simple"))

    def _undefined(self, content: Any, _: int) -> object:  # noqa: ANN401
        import cbor2

        if content is not True:
            raise ValueError("$undefined needs true")
        return cbor2.undefined

    def _ext(self, content: Any, depth: int) -> object:  # noqa: ANN401
        import msgspec

        (code, data), *_ = _pairs([content], "$ext")
        return msgspec.msgpack.Ext(_whole(code, -128, 127, "$ext"), self._bytes(data, depth))

    def _timestamp(self, content: Any, _: int) -> datetime:  # noqa: ANN401
        if not isinstance(content, str):
            raise TypeError("$timestamp needs a text")
        moment = datetime.fromisoformat(content)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class _Writer:
    """JSON out of values."""

    def write(self, value: object, depth: int) -> object:
        """Return what JSON can hold for a value."""
        if depth > _DEEPEST:
            raise ValueError(f"it is nested deeper than {_DEEPEST} levels")
        plain: object
        match value:
            case None | bool() | int() | str():
                plain = value
            case float():
                plain = value if math.isfinite(value) else {"$float": _name(value)}
            case bytes():
                plain = {"$base64": base64.b64encode(value).decode()}
            case list() | tuple():
                plain = [self.write(part, depth + 1) for part in value]
            case datetime():
                plain = {"$timestamp": value.isoformat()}
            case _ if hasattr(value, "items"):
                plain = self._map(value, depth)
            case _:
                plain = self._other(value, depth)
        return plain

    def _map(self, value: Any, depth: int) -> object:  # noqa: ANN401 - dict or frozendict
        keys = list(value)
        is_word = len(keys) == 1 and isinstance(keys[0], str) and keys[0].startswith("$")
        if is_word or not all(isinstance(key, str) for key in keys):
            pairs = [
                [self.write(key, depth + 1), self.write(value[key], depth + 1)] for key in keys
            ]
            return {"$map": pairs}
        return {key: self.write(part, depth + 1) for key, part in value.items()}

    def _other(self, value: Any, depth: int) -> object:  # noqa: ANN401 - what the decoders make
        kind = type(value).__name__
        if kind == "CBORTag":
            return {"$tag": [value.tag, self.write(value.value, depth + 1)]}
        if kind == "CBORSimpleValue":
            return {"$simple": value.value}
        if kind == "UndefinedType":
            return {"$undefined": True}
        if kind == "Ext":
            return {"$ext": [value.code, base64.b64encode(value.data).decode()]}
        raise ValueError(f"a value of the kind {kind} cannot be written as JSON; edit it as hex")


def _name(number: float) -> str:
    return next(name for name, one in _NOT_FINITE.items() if repr(one) == repr(number))


def _pairs(content: object, word: str) -> list[tuple[Any, Any]]:
    if not isinstance(content, list) or not all(
        isinstance(pair, list) and len(pair) == 2 for pair in content
    ):
        raise ValueError(f"{word} needs pairs in square brackets")
    return [(first, second) for first, second in content]


def _whole(value: object, lowest: int, highest: int, word: str) -> int:
    if type(value) is int and lowest <= value <= highest:
        return value
    raise ValueError(f"{word} needs a whole number from {lowest} to {highest}")


def _hashable(value: object) -> object:
    if isinstance(value, list):
        return tuple(_hashable(part) for part in value)
    if isinstance(value, dict):
        raise TypeError("a map cannot be a key")
    return value
