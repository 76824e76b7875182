"""The code in a template found and made ready: ``{{random 1 10}}`` becomes ``{{ random(1, 10) }}``.

Text between the blocks is kept exactly. The template library would make one kind of line end of all, and knows lines
but no columns: so line ends of the text travel as other marks, and each block stands on a line of its own.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

MOST_BLOCKS: Final = 1_000
LONGEST_CODE: Final = 10_000
"""Characters of all blocks of a template together."""

WITH_ARGUMENTS: Final = frozenset({"now", "counter", "random", "choice", "gauss"})
"""Functions that may be written with their arguments behind blanks."""

_OPENING = re.compile(r"\{\{|\{%|\{#")
_CLOSING = {"{{": "}}", "{%": "%}"}
_STRING = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
_RAW = re.compile(r"\{%[-+]?\s*raw\s*-?%\}")
_END_RAW = re.compile(r"\{%[-+]?\s*endraw\s*[-+]?%\}")
_LINE_END = re.compile(r"\r\n|\r|\n")
_ARGUMENT = r"'[^'\\]*'|\"[^\"\\]*\"|(?!-(?:\s|$))[^\s'\"|(){}\[\],=~]+"
_SHORT = re.compile(
    rf"(?P<before>-?\s*)(?P<name>[a-z_]+)(?P<arguments>(?:\s+(?:{_ARGUMENT}))+)\s*(?P<after>\|.*|-?)",
    re.DOTALL,
)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,17})?")
_WORD = re.compile(r"[\w$][\w$./:+°%-]*")
_OPERATORS = frozenset({"if", "else", "is", "in", "and", "or", "not"})
# White space for the template library, so that {%- and -%} strip them; and hardly ever in a payload.
_MARKS = ("\x1c", "\x1d", "\x1e", "\x1f", "\x85", "\u2028", "\u2029", "\x0b", "\ue000", "\ue001")


class TemplateProblem(ValueError):  # noqa: N818 - what is wrong with a template, not with us
    """Why a text is no template: `reason`, and the character where it is, from 0."""

    def __init__(self, reason: str, offset: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset


class Prepared(NamedTuple):
    """A template as the library gets it.

    Attributes:
        source: what it gets.
        marks: what stands in the text for a line feed and a carriage return.
        starts: for each line of `source` the character of the template at which its block begins.

    """

    source: str
    marks: tuple[str, str]
    starts: list[int]

    def restored(self, text: str) -> str:
        """Return a piece of text with its own line ends."""
        return text.replace(self.marks[0], "\n").replace(self.marks[1], "\r")


def has_code(text: str) -> bool:
    """Say whether anything in a text is more than itself."""
    return _OPENING.search(text) is not None


def as_literal(text: str) -> str:
    """Return a template that gives exactly this text, whatever braces are in it."""
    return _OPENING.sub(_quoted_braces, text)


def prepare(text: str) -> Prepared:
    """Make a template ready for the library. Raises TemplateProblem for code without an end and too much of it."""
    free = [mark for mark in _MARKS if mark not in text][:2]
    if len(free) < 2:
        raise TemplateProblem("it has too many kinds of control characters beside its code", 0)
    return _Preparation(text, (free[0], free[1])).run()


class _Preparation:
    """One walk over a template."""

    def __init__(self, text: str, marks: tuple[str, str]) -> None:
        self._text = text
        self._marks = marks
        self._out: list[str] = []
        self._starts = [0]
        self._code = 0

    def run(self) -> Prepared:
        position = 0
        while opening := _OPENING.search(self._text, position):
            start = opening.start()
            self._literal(position, start)
            if opening[0] == "{#":
                position = self._end_of(start, "#}", "{#")
            elif raw := _RAW.match(self._text, start):
                position = self._raw(raw)
            else:
                position = self._block(start, opening[0])
        self._literal(position, len(self._text))
        return Prepared("".join(self._out), self._marks, self._starts)

    def _literal(self, start: int, end: int) -> None:
        line_feed, carriage_return = self._marks
        piece = self._text[start:end].replace("\n", line_feed).replace("\r", carriage_return)
        self._out.append(piece)

    def _raw(self, raw: re.Match[str]) -> int:
        end = _END_RAW.search(self._text, raw.end())
        if end is None:
            raise TemplateProblem("“{% raw %}” needs an “{% endraw %}”", raw.start())
        self._code_block(raw.start(), "{%", raw[0][2:-2], "%}")
        self._literal(raw.end(), end.start())
        self._code_block(end.start(), "{%", end[0][2:-2], "%}")
        return end.end()

    def _block(self, start: int, opening: str) -> int:
        closing = _CLOSING[opening]
        end = self._end_of_code(start, opening, closing)
        code = self._text[start + 2 : end - 2]
        self._code += len(code)
        if self._code > LONGEST_CODE or len(self._starts) > MOST_BLOCKS:
            raise TemplateProblem("it has more code than a template may have", start)
        self._code_block(start, opening, _written_out(code) if opening == "{{" else code, closing)
        return end

    def _code_block(self, start: int, opening: str, code: str, closing: str) -> None:
        sign = code[:1] if code[:1] in {"-", "+"} and opening == "{%" else ""
        sign = "-" if code.startswith("-") and opening == "{{" and code[1:2].isspace() else sign
        code = code[len(sign) :]
        self._out += (opening, sign, "\n", code, closing)
        self._starts += [start] * (1 + len(_LINE_END.findall(code)))

    def _end_of_code(self, start: int, opening: str, closing: str) -> int:
        """Return the character behind a block; strings and brackets in it may hold what would end it."""
        position = start + 2
        depth = 0
        while position < len(self._text):
            mark = self._text[position]
            if depth == 0 and self._text.startswith(closing, position):
                return position + 2
            if mark in "'\"":
                string = _STRING.match(self._text, position)
                if string is None:
                    raise TemplateProblem("a string is not ended", position)
                position = string.end()
                continue
            if mark in "([{":
                depth += 1
            elif mark in ")]}":
                depth = max(depth - 1, 0)
            position += 1
        raise TemplateProblem(
            f"“{opening}” is not closed with “{closing}”; "
            f"to send it as it is, write {{{{ '{opening}' }}}}",
            start,
        )

    def _end_of(self, start: int, closing: str, opening: str) -> int:
        end = self._text.find(closing, start + 2)
        if end < 0:
            raise TemplateProblem(f"“{opening}” is not closed with “{closing}”", start)
        return end + 2


def _written_out(code: str) -> str:
    short = _SHORT.fullmatch(code.rstrip() if not code.rstrip().endswith("-") else code)
    if short is None or short["name"] not in WITH_ARGUMENTS:
        return code
    arguments = [_argument(one) for one in re.findall(_ARGUMENT, short["arguments"])]
    if None in arguments:
        return code
    call = f"{short['name']}({', '.join(one for one in arguments if one)})"
    return f"{short['before']}{call} {short['after']}"


def _argument(text: str) -> str | None:
    if text[0] in "'\"" or _NUMBER.fullmatch(text):
        return text
    if _WORD.fullmatch(text) and text not in _OPERATORS:
        return f"'{text}'"
    return None


def _quoted_braces(opening: re.Match[str]) -> str:
    return "{{ '" + opening[0] + "' }}"
