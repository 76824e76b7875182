"""Payloads as people write them: text in one of several formats becomes bytes, and bytes become text to edit.

``cbor`` and ``messagepack`` are written as JSON; what JSON has no word for is written as `extended_json` says.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from topicscope.payload.detect import detect
from topicscope.payload.hex import hex_from_text
from topicscope.payload.json import json_indented, json_problem

FORMATS: Final = {
    "text": "Text",
    "json": "JSON",
    "hex": "Hex",
    "base64": "Base64",
    "cbor": "CBOR",
    "messagepack": "MessagePack",
}
"""The formats by key, with their names for people."""

_BYTES_A_LINE = 16
_BASE64_A_LINE = 76
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/=_\-\s]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_CHARACTER = re.compile(r"at character ([\d,]+)")
_LINE = re.compile(r",? at line ([\d,]+) column ([\d,]+)$")
_URL_SAFE = str.maketrans("-_", "+/")
_OWN_FORMATS = {"json": "json", "cbor": "cbor", "text": "text", "empty": "text"}


class ComposeError(ValueError):
    """A text that gives no payload, or a payload that cannot be written in a format.

    Attributes:
        reason: what is wrong, without the place.
        offset: character of the text from 0, where it is known.
        line: from 1, with `column`; 0 where the place is not known.

    """

    def __init__(self, reason: str, text: str = "", offset: int | None = None) -> None:
        self.reason = reason
        self.offset = offset
        self.line = self.column = 0
        if offset is not None:
            self.line = text.count("\n", 0, offset) + 1
            self.column = offset - (text.rfind("\n", 0, offset) + 1) + 1
        place = f", at line {self.line:,} column {self.column:,}" if self.line else ""
        super().__init__(f"{reason}{place}")


def encode_payload(text: str, kind: str) -> bytes:
    """Make the bytes of what somebody wrote in a format of `FORMATS`. Raises ComposeError."""
    if kind == "text":
        return _utf8(text)
    if kind == "json":
        check_json(text)
        return _utf8(text)
    if kind == "hex":
        return _from_hex(text)
    if kind == "base64":
        return _from_base64(text)
    if kind in {"cbor", "messagepack"}:
        from topicscope.payload import extended_json

        check_json(text)
        try:
            return extended_json.encode(text, kind)
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            raise ComposeError(_reason(error, kind)) from error
    raise ComposeError(f"There is no format “{kind}”")


def payload_text(payload: bytes, kind: str) -> str:
    """Write a payload for editing in a format of `FORMATS`; encoded again it says the same.

    Raises ComposeError where the payload is not of that format.
    """
    if kind in {"text", "json"}:
        text = _decoded(payload)
        if kind == "json":
            check_json(text)
        return text
    if kind == "hex":
        starts = range(0, len(payload), _BYTES_A_LINE)
        return "\n".join(payload[at : at + _BYTES_A_LINE].hex(" ") for at in starts)
    if kind == "base64":
        text = base64.b64encode(payload).decode()
        starts = range(0, len(text), _BASE64_A_LINE)
        return "\n".join(text[at : at + _BASE64_A_LINE] for at in starts)
    if kind in {"cbor", "messagepack"}:
        from topicscope.payload import extended_json

        try:
            return extended_json.decode(payload, kind)
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            raise ComposeError(_reason(error, kind)) from error
    raise ComposeError(f"There is no format “{kind}”")


def format_json(text: str) -> str:
    """Return JSON with line breaks; numbers and strings stay as they were written. Raises ComposeError."""
    try:
        return json_indented(text)
    except ValueError as error:
        raise _json_error(text, str(error)) from error


def check_json(text: str) -> None:
    """Raise ComposeError with the place where a text is not JSON (RFC 8259)."""
    if problem := json_problem(text):
        raise _json_error(text, problem)


def editing_format(payload: bytes, content_type: str = "") -> str:
    """Return the format in which a payload is best edited: the first that can hold all of it."""
    wanted = _OWN_FORMATS.get(detect(payload, content_type), "hex")
    for kind in (wanted, "text"):
        try:
            if encode_payload(payload_text(payload, kind), kind) == payload:
                return kind
        except ComposeError:
            continue
    return "hex"


def _utf8(text: str) -> bytes:
    if surrogate := _SURROGATE.search(text):
        raise ComposeError(
            "Half of a surrogate pair cannot be sent as UTF-8", text, surrogate.start()
        )
    return text.encode()


def _decoded(payload: bytes) -> str:
    try:
        return payload.decode()
    except UnicodeDecodeError as error:
        byte = payload[error.start]
        raise ComposeError(
            f"Not UTF-8: byte 0x{byte:02x} at offset {error.start:,}; edit it as hex"
        ) from error


def _from_hex(text: str) -> bytes:
    try:
        return hex_from_text(text)
    except ValueError as error:
        reason = str(error)
        found = _CHARACTER.search(reason)
        offset = _number(found[1]) - 1 if found else None
        raise ComposeError(_CHARACTER.sub("", reason).strip(), text, offset) from error


def _from_base64(text: str) -> bytes:
    if wrong := _NOT_BASE64.search(text):
        raise ComposeError(f"Not Base64: '{wrong[0]}' does not belong there", text, wrong.start())
    digits = "".join(text.split()).translate(_URL_SAFE)
    bare = digits.rstrip("=")
    if (inner := bare.find("=")) >= 0:
        at = [place for place, mark in enumerate(text) if not mark.isspace()][inner]
        raise ComposeError("Not Base64: more follows the '=' that ends it", text, at)
    if len(bare) % 4 == 1:
        raise ComposeError("Not Base64: it is cut short, a digit is missing")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4))
    except binascii.Error as error:
        raise ComposeError(f"Not Base64: {error}") from error


def _json_error(text: str, problem: str) -> ComposeError:
    found = _LINE.search(problem)
    if found is None:
        return ComposeError(f"Not JSON: {problem}")
    start = 0
    for _ in range(_number(found[1]) - 1):
        start = text.index("\n", start) + 1
    return ComposeError(
        f"Not JSON: {problem[: found.start()]}", text, start + _number(found[2]) - 1
    )


def _reason(error: Exception, kind: str) -> str:
    if isinstance(error, RecursionError):
        return f"Not {FORMATS[kind]}: it is nested too deeply"
    if isinstance(error, UnicodeError):
        return "Half of a surrogate pair cannot be sent as UTF-8"
    return f"Not {FORMATS[kind]}: {str(error) or type(error).__name__}"


def _number(text: str) -> int:
    return int(text.replace(",", ""))
