"""Texts with code made ready for rendering, and what is wrong with them in words, with line and column."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

from jinja2 import Template
from jinja2.exceptions import TemplateSyntaxError

from topicscope.automation.templates.sandbox import Sandbox
from topicscope.automation.templates.shorthand import TemplateProblem, has_code, prepare
from topicscope.automation.templates.variables import LONGEST_OUTPUT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType

    from topicscope.automation.templates.variables import Run

_MOST_KEPT = 512
_LONGEST_KEPT = 1 << 16


class RenderError(ValueError):
    """A template that gives no message.

    Attributes:
        where: the part of the template: ``Topic``, ``Payload`` or a property.
        reason: what is wrong.
        line: from 1, with `column`; 0 where the place is not known.

    """

    def __init__(self, where: str, reason: str, line: int = 0, column: int = 0) -> None:
        place = f", line {line:,} column {column:,}" if line else ""
        super().__init__(f"{where}{place}: {reason}.")
        self.where = where
        self.reason = reason
        self.line = line
        self.column = column


def check_syntax(text: str, where: str = "Payload") -> None:
    """Raise RenderError for a text that no values make a message of."""
    if has_code(text):
        compiled(text, where)


class Compiled:
    """A text made ready for rendering many times."""

    def __init__(self, text: str, starts: list[int], template: Template) -> None:
        self._text = text
        self._starts = starts
        self._template = template

    def render(self, where: str, values: Mapping[str, object], run: Run) -> str:
        """Return the text with its values. Raises RenderError."""
        try:
            return "".join(self._parts(values, run))
        except Exception as error:  # whatever an expression raises is a mistake in the template
            offset = self._starts[min(self._line(error.__traceback__), len(self._starts)) - 1]
            raise _error(where, self._text, offset, _words(error)) from error

    def _parts(self, values: Mapping[str, object], run: Run) -> Iterator[str]:
        room = LONGEST_OUTPUT
        for part in self._template.root_render_func(self._template.new_context(dict(values))):
            room -= len(part)
            if room < 0:
                raise ValueError(f"it becomes longer than {LONGEST_OUTPUT:,} characters")
            run.check_time()
            yield part

    def _line(self, trace: TracebackType | None) -> int:
        line = 1
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == "<template>":
                line = self._template.get_corresponding_lineno(trace.tb_lineno)
            trace = trace.tb_next
        return max(line, 1)


_SANDBOX = Sandbox()
_KEPT: dict[str, Compiled] = {}
_KEEPING = threading.Lock()


def compiled(text: str, where: str) -> Compiled:
    """Return a text made ready, newly or as it was before. Raises RenderError."""
    found = _KEPT.get(text)
    if found is None:
        found = _compile(text, where)
        if len(text) <= _LONGEST_KEPT:
            with _KEEPING:
                if len(_KEPT) >= _MOST_KEPT:
                    _KEPT.clear()
                _KEPT[text] = found
    return found


def _compile(text: str, where: str) -> Compiled:
    if len(text) > LONGEST_OUTPUT:
        reason = f"{len(text):,} characters with variables are more than {LONGEST_OUTPUT:,}"
        raise RenderError(where, reason)
    starts = [0]
    try:
        prepared = prepare(text)
        starts = prepared.starts
        code = _SANDBOX.compile(_SANDBOX.checked(prepared), filename="<template>")
        template = Template.from_code(_SANDBOX, code, dict(_SANDBOX.globals))
    except TemplateProblem as problem:
        raise _error(where, text, problem.offset, problem.reason) from problem
    except TemplateSyntaxError as error:
        offset = starts[min(error.lineno, len(starts)) - 1]
        raise _error(where, text, offset, _syntax_words(error.message or "")) from error
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise RenderError(where, "its code is nested too deeply") from error
    except (
        Exception
    ) as error:  # the library reads numbers and strings with functions that raise others
        raise RenderError(where, f"it cannot be read: {_words(error)}") from error
    return Compiled(text, starts, template)


def _error(where: str, text: str, offset: int, reason: str) -> RenderError:
    line = text.count("\n", 0, offset) + 1
    column = offset - (text.rfind("\n", 0, offset) + 1) + 1
    return RenderError(where, reason.rstrip("."), line, column)


def _syntax_words(message: str) -> str:
    if message.startswith("Unexpected end of template"):
        tag = re.search(r"'(end\w+)'", message)
        return f"it ends where “{{% {tag[1] if tag else 'endif'} %}}” should follow"
    message = message.replace("end of print statement", "}}").replace(
        "end of statement block", "%}"
    )
    return message.partition(". ")[0] or "it cannot be read"


def _words(error: BaseException) -> str:
    if "limit (" in str(error) and "digits" in str(error):
        return "a number has too many digits"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, ZeroDivisionError):
        return "it divides by zero"
    if isinstance(error, IndexError):
        return "the list is too short"
    return str(error)[:500] or type(error).__name__
