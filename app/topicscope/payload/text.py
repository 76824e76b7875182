r"""Bytes from the network as text that is safe to show.

Whatever a payload or a Topic Name holds becomes plain text in which nothing is invisible and
nothing can turn the writing direction: line ends and tabs become ``\n``, ``\r`` and ``\t``, other
C0 controls ``\x00``-style tokens, C1 controls, bidirectional marks and characters without width
``\u202e``-style tokens, bytes that are not UTF-8 ``\xNN``. Control pictures (U+2400 to U+2421) would be
shorter, but nobody can read them at the size of a table. The text is for eyes; who needs the exact
bytes takes the bytes.
"""

from __future__ import annotations

import re
from typing import NamedTuple

CUT = "…"
PREVIEW_BYTES = 256
_BINARY_PREVIEW_BYTES = 96

_UNSAFE_CHARACTERS = (
    "\x00-\x1f\x7f-\x9f"  # C0, DEL, C1
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"  # soft hyphen, joiners, fillers
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\uffff"  # zero width, bidi
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"  # musical formats, tags
)
_UNSAFE = re.compile(f"[{_UNSAFE_CHARACTERS}]")
_UNSAFE_IN_LINES = re.compile(f"(?![\n\t])[{_UNSAFE_CHARACTERS}]")
_SHORT_TOKENS = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_LONGEST_CHARACTER = 4


class TextView(NamedTuple):
    """Safe text of a payload and whether it tells all of it."""

    text: str
    cut: bool
    problem: str | None


def escape(text: str) -> str:
    """Replace every character that hides or misleads by a visible token."""
    return text if text.isprintable() else _UNSAFE.sub(_token, text)


def escape_lines(text: str) -> str:
    """Escape like `escape`, but keep line feeds and tabs as they are."""
    return text if text.isprintable() else _UNSAFE_IN_LINES.sub(_token, text)


def preview(payload: bytes, limit: int = PREVIEW_BYTES) -> str:
    """Return one line of safe text for a table cell; only the first `limit` bytes are looked at."""
    if len(payload) <= limit:
        try:
            text = payload.decode()
        except UnicodeDecodeError:
            return _binary_preview(payload, limit)
        return text if text.isprintable() else _UNSAFE.sub(_token, text)
    head = payload[:limit]
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        if not _is_cut_character(error, limit):
            return _binary_preview(payload, limit)
        text = head[: error.start].decode()
    return (text if text.isprintable() else _UNSAFE.sub(_token, text)) + CUT


def safe_topic(topic: bytes) -> str:
    """Return a Topic Name as one line of safe text, whole."""
    try:
        text = topic.decode()
    except UnicodeDecodeError:
        text = topic.decode(errors="backslashreplace")
    return text if text.isprintable() else _UNSAFE.sub(_token, text)


def text_view(payload: bytes, budget: int = 1 << 20) -> TextView:
    """Return the first `budget` bytes as safe text in lines; `problem` says where UTF-8 breaks."""
    cut = len(payload) > budget
    head = payload[:budget]
    problem = None
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        if cut and _is_cut_character(error, budget):
            text = head[: error.start].decode()
        else:
            text = head.decode(errors="backslashreplace")
            problem = _problem(error)
    return TextView(escape_lines(text), cut, problem)


def utf8_problem(payload: bytes) -> str | None:
    """Say where `payload` stops being UTF-8, or None."""
    try:
        payload.decode()
    except UnicodeDecodeError as error:
        return _problem(error)
    return None


def _problem(error: UnicodeDecodeError) -> str:
    return f"not UTF-8: byte 0x{error.object[error.start]:02x} at offset {error.start:,}"


def _binary_preview(payload: bytes, limit: int) -> str:
    # Each byte may become four characters: fewer of them fill a cell, and cost less.
    shown = min(limit, _BINARY_PREVIEW_BYTES)
    text = _UNSAFE.sub(_token, payload[:shown].decode(errors="backslashreplace"))
    return text + CUT if len(payload) > shown else text


def _is_cut_character(error: UnicodeDecodeError, end: int) -> bool:
    return error.reason == "unexpected end of data" and end - error.start < _LONGEST_CHARACTER


def _token(match: re.Match[str]) -> str:
    character = match[0]
    if character in _SHORT_TOKENS:
        return _SHORT_TOKENS[character]
    code = ord(character)
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
