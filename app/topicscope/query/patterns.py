"""Regular expressions of people, on texts of strangers: compiled with a place for the error, searched within a budget.

The standard library cannot stop a search that backtracks for ever, and it holds the interpreter meanwhile; `regex` can
stop. Asking the clock costs more than most searches, so expressions that can do no harm go without.
"""

from __future__ import annotations

import re
from typing import Any

from topicscope.query.errors import FilterError

SEARCHED_BYTES = 1 << 20
"""A regular expression looks at no more than these first bytes of a payload."""

SECONDS_A_SEARCH = 0.03
TIMEOUTS = 10
"""A search that takes longer ends without a match; after so many of these the expression is given up."""

_HARMLESS_CHARACTERS = 1024
_MANY = re.compile(r"\{[^}]*\d{4}")
"""Making an expression with such a count ready can take for ever, and there is no budget for that."""
_REPEAT = re.compile(r"(?<!\\)(?:[*+{]|(?<!\()\?)")


class Pattern:
    """A regular expression made ready to be asked for many texts.

    Attributes:
        text: the expression as it was written.
        timeouts: searches ended by the budget; from `TIMEOUTS` on nothing is searched any more.

    """

    def __init__(self, text: str, position: int = 0) -> None:
        """Compile; raises `FilterError` at the place that is wrong, `position` being that of the first character."""
        if many := _MANY.search(text):
            raise FilterError(
                "a regular expression may repeat something up to 999 times",
                position + many.start(),
                ("a regular expression",),
            )
        import regex  # type: ignore[import-untyped]

        try:
            self._compiled: Any = regex.compile(text)
        except regex.error as error:
            where = position + min(getattr(error, "pos", None) or 0, len(text))
            raise FilterError(
                f"not a regular expression: {error.msg}", where, ("a regular expression",)
            ) from None
        except (RecursionError, OverflowError, MemoryError, ValueError, KeyError, IndexError):
            raise FilterError(
                "this regular expression is too large", position, ("a regular expression",)
            ) from None
        self.text = text
        self.timeouts = 0
        repeats = len(_REPEAT.findall(text))
        self._is_harmless = repeats == 0 or (repeats == 1 and "|" not in text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pattern) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"Pattern({self.text!r})"

    @property
    def is_given_up(self) -> bool:
        """Whether too many searches took too long."""
        return self.timeouts >= TIMEOUTS

    def is_in(self, text: str) -> bool:
        """Tell whether the expression matches somewhere in the text."""
        if self._is_harmless and len(text) <= _HARMLESS_CHARACTERS:
            return self._compiled.search(text) is not None
        if self.is_given_up:
            return False
        try:
            return self._compiled.search(text, timeout=SECONDS_A_SEARCH) is not None
        except TimeoutError:
            self.timeouts += 1
        except (RecursionError, MemoryError):
            self.timeouts = TIMEOUTS
        return False
