"""JSON as it was sent, with line breaks: the text is re-indented, never parsed and written again.

A scanner walks the tokens and checks the grammar of RFC 8259 on the way, so that numbers stay as
they were written (``1.10``, 2^70), a key that appears twice is shown twice, and what is wrong has
a line and a column. Nothing recurses; the budgets are bytes in, levels of nesting, characters out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from topicscope.payload.text import escape, text_view

if TYPE_CHECKING:
    from collections.abc import Callable

DEFAULT_BUDGET = 1 << 20
_DEEPEST = 256
_DEEPEST_INDENT = 40
_OUTPUT_FACTOR = 8
_INDENT = "  "
_LONGEST_LINE_START = len(_INDENT) * _DEEPEST_INDENT + 4
_SHOWN_OF_TOKEN = 24

_TOKEN = re.compile(
    r"""[ \t\r\n]*(?:
      (?P<string>"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")
    | (?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![0-9A-Za-z_.+-]))
    | (?P<mark>[\[\]{},:])
    | (?P<word>-?[A-Za-z_][A-Za-z0-9_]*)
    | (?P<end>\Z)
    | (?P<bad>.)
    )""",
    re.VERBOSE | re.DOTALL,
)
_WORDS = frozenset({"true", "false", "null"})
_LENIENT_WORDS = frozenset({"NaN", "Infinity", "-Infinity"})

_VALUE, _FIRST_VALUE, _KEY, _FIRST_KEY, _COLON, _AFTER = range(6)
_EXPECTED = {
    _VALUE: "a value",
    _FIRST_VALUE: "a value or ']'",
    _KEY: "a key in double quotes",
    _FIRST_KEY: "a key in double quotes or '}'",
    _COLON: "':'",
}


class Pretty(NamedTuple):
    """A payload made readable: `text` is safe to show as plain text.

    `problem` is a sentence when the payload is not what it was taken for, or only with a caveat;
    `valid` says whether `text` is the indented form; `cut` that the budget ended it.
    """

    text: str
    problem: str | None = None
    valid: bool = True
    cut: bool = False


def json_view(payload: bytes, budget: int = DEFAULT_BUDGET) -> Pretty:
    """Re-indent a JSON payload, or show it as text and say where it is not JSON; never raises."""
    raw = text_view(payload, budget)
    if raw.problem is not None:
        return Pretty(raw.text, raw.problem, valid=False, cut=raw.cut)
    source = payload[:budget].decode(errors="ignore")
    scan = _Scan(source, cut=raw.cut, room=budget * _OUTPUT_FACTOR)
    scan.run()
    if scan.error is not None:
        return Pretty(raw.text, f"not JSON: {scan.error}", valid=False, cut=raw.cut)
    return Pretty("".join(scan.out), scan.caveat, cut=raw.cut or scan.room <= 0)


def json_problem(text: str) -> str | None:
    """Say why `text` is not JSON, with line and column, or None; NaN and Infinity are not."""
    scan = _whole_scan(text)
    return scan.error or scan.forbidden


def json_indented(text: str) -> str:
    """Return JSON with line breaks, each string and number as it was written.

    Raises `ValueError` with line and column for what is not JSON.
    """
    scan = _whole_scan(text)
    if problem := scan.error or scan.forbidden:
        raise ValueError(problem)
    return "".join(scan.out)


def _whole_scan(text: str) -> _Scan:
    # Each token takes a line at most, so that nothing is left unread.
    scan = _Scan(text, cut=False, room=len(text) * _LONGEST_LINE_START + DEFAULT_BUDGET)
    scan.shown = str
    scan.run()
    return scan


@dataclass(slots=True)
class _Level:
    """An object or array that is open."""

    closing: str
    keys: set[str] | None
    empty: bool = True


class _Scan:
    """One walk over the tokens of a text."""

    __slots__ = (
        "caveat",
        "cut",
        "error",
        "forbidden",
        "levels",
        "out",
        "position",
        "room",
        "shown",
        "source",
        "state",
    )

    def __init__(self, source: str, *, cut: bool, room: int) -> None:
        self.source = source
        self.cut = cut
        self.room = room
        self.out: list[str] = []
        self.levels: list[_Level] = []
        self.state = _VALUE
        self.position = 0
        self.error: str | None = None
        self.caveat: str | None = None
        self.forbidden: str | None = None
        self.shown: Callable[[str], str] = escape

    def run(self) -> None:
        """Walk until the text, the budget or the grammar ends; the result is in the attributes."""
        if self.source.startswith("\ufeff"):
            self.position = 1
            self.caveat = "starts with a byte order mark (RFC 8259 section 8.1)"
        match = _TOKEN.match
        while self.error is None and self.room > 0:
            token = match(self.source, self.position)
            if token is None:  # cannot be: the last alternative takes any character
                break
            kind = token.lastgroup or ""
            if kind == "end":
                self._finish()
                return
            self.position = token.start(kind)
            self._take(kind, token[kind])
            self.position = token.end()

    def _take(self, kind: str, text: str) -> None:
        if kind == "mark":
            self._take_mark(text)
        elif kind == "string" and self.state in {_KEY, _FIRST_KEY}:
            self._take_key(text)
        elif self.state in {_VALUE, _FIRST_VALUE}:
            self._take_scalar(kind, text)
        else:
            self._fail(text)

    def _take_mark(self, mark: str) -> None:
        state = self.state
        if mark in "{[" and state in {_VALUE, _FIRST_VALUE}:
            self._open(mark)
        elif mark == "," and state == _AFTER and self.levels:
            self._write(",")
            self._line()
            self.state = _KEY if self.levels[-1].keys is not None else _VALUE
        elif mark == ":" and state == _COLON:
            self._write(": ")
            self.state = _VALUE
        elif self.levels and mark == self.levels[-1].closing and self._may_close():
            self._close(mark)
        else:
            self._fail(mark)

    def _take_key(self, text: str) -> None:
        self._before_first()
        keys = self.levels[-1].keys
        if keys is not None:
            if text in keys and self.caveat is None:
                self.caveat = f"the key {_shorten(text)} appears more than once, {self._where()}"
            keys.add(text)
        self._write(self.shown(text))
        self.state = _COLON

    def _take_scalar(self, kind: str, text: str) -> None:
        if kind == "word" and text in _LENIENT_WORDS:
            self.forbidden = self.forbidden or f"{text} is not a JSON number, {self._where()}"
            self.caveat = self.caveat or self.forbidden
        elif kind == "bad" or (kind == "word" and text not in _WORDS):
            self._fail(text)
            return
        self._before_first()
        self._write(self.shown(text) if kind == "string" else text)
        self.state = _AFTER

    def _open(self, mark: str) -> None:
        if len(self.levels) == _DEEPEST:
            self.error = f"nested deeper than {_DEEPEST} levels, {self._where()}"
            return
        self._before_first()
        self._write(mark)
        is_object = mark == "{"
        self.levels.append(_Level("}" if is_object else "]", set() if is_object else None))
        self.state = _FIRST_KEY if is_object else _FIRST_VALUE

    def _may_close(self) -> bool:
        return self.state in {_AFTER, _FIRST_KEY, _FIRST_VALUE}

    def _close(self, mark: str) -> None:
        level = self.levels.pop()
        if not level.empty:
            self._line()
        self._write(mark)
        self.state = _AFTER

    def _before_first(self) -> None:
        if self.state in {_FIRST_KEY, _FIRST_VALUE}:
            self.levels[-1].empty = False
            self._line()

    def _finish(self) -> None:
        self.position = len(self.source)
        if not self.cut and (self.levels or self.state != _AFTER):
            self.error = f"it ends where {self._expected()} should follow, {self._where()}"

    def _write(self, text: str) -> None:
        self.out.append(text)
        self.room -= len(text)

    def _line(self) -> None:
        self._write("\n" + _INDENT * min(len(self.levels), _DEEPEST_INDENT))

    def _fail(self, text: str) -> None:
        # A string, number or word that the budget cut in two is no mistake of the sender.
        rest = self.source[self.position :]
        if self.cut and (text == '"' or len(rest) <= _SHOWN_OF_TOKEN) and _may_be_cut(rest):
            self._write(escape(rest))
            self.room = 0
            return
        if not self.levels and self.state == _AFTER:
            self.error = f"more text follows the value, {self._where()}"
        elif text == '"' and self.state != _AFTER:
            self.error = f"a string is not ended or not valid, {self._where()}"
        else:
            found = escape(_shorten(text))
            self.error = f"expected {self._expected()} but found '{found}', {self._where()}"

    def _expected(self) -> str:
        if self.state == _AFTER:
            return f"',' or '{self.levels[-1].closing}'"
        return _EXPECTED[self.state]

    def _where(self) -> str:
        before = self.source[: self.position]
        column = self.position - (before.rfind("\n") + 1) + 1
        return f"at line {before.count(chr(10)) + 1:,} column {column:,}"


_CUT_STRING = re.compile(
    r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*(?:\\u?[0-9a-fA-F]{0,3})?\Z'
)


def _may_be_cut(rest: str) -> bool:
    return _CUT_STRING.match(rest) is not None if rest.startswith('"') else '"' not in rest


def _shorten(text: str) -> str:
    return text if len(text) <= _SHOWN_OF_TOKEN else text[:_SHOWN_OF_TOKEN] + "…"
