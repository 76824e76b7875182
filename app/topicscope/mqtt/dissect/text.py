"""Values as plain text for people: nothing that leaves here can break a line or reorder a display."""

from __future__ import annotations

import codecs
import re

PREVIEW = 200
"""Bytes of a payload shown in a field; the payload views show all of it."""

_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb]"
)


def escape(text: str) -> str:
    r"""Write control, invisible and text-turning characters as ``\x1b`` or ``\u202e``."""
    return _UNSAFE.sub(_escaped, text)


def decode(data: bytes | memoryview) -> str:
    r"""Decode UTF-8 for display; bytes that are not UTF-8 become ``\xff``."""
    return escape(str(data, "utf-8", "backslashreplace"))


def count(number: int, one: str, many: str = "") -> str:
    """Write ``1 byte`` or ``1,204 bytes``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def preview(data: memoryview) -> str:
    """Say how long `data` is and how it begins: ``5 bytes: hello``."""
    size = count(len(data), "byte")
    if not len(data):
        return size
    is_cut = len(data) > PREVIEW
    decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
    shown = decoder.decode(bytes(data[:PREVIEW]), final=not is_cut)
    return f"{size}: {escape(shown)}{'…' if is_cut else ''}"


def hexadecimal(data: bytes | memoryview, limit: int = 32) -> str:
    """Write bytes as ``0a ff``, at most `limit` of them."""
    shown = bytes(data[:limit]).hex(" ")
    return f"{shown} …" if len(data) > limit else shown


def bits(byte: int, mask: int) -> str:
    """Write the bits of `byte` under `mask`, the others as dots: ``.... .01.``."""
    digits = "".join(str(byte >> bit & 1) if mask >> bit & 1 else "." for bit in range(7, -1, -1))
    return f"{digits[:4]} {digits[4:]}"


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
