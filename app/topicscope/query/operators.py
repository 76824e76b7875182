"""The operators of the display filter: one class each, with its sign, its words, and what it means.

An operator compares in two ways: one value after the other (`tester`), and a whole numpy column at once (`array`).
A value that has another type than what it is compared with is never equal to it, and neither more nor less.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import numpy as np

from topicscope.query.patterns import Pattern

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

Tester: TypeAlias = "Callable[[Any], bool]"
ArrayTest: TypeAlias = "Callable[[NDArray[Any]], NDArray[np.bool_]]"
Values: TypeAlias = tuple[Any, ...]
"""What stands behind an operator: texts, numbers, true, false, null, expressions."""

NUMBERS = frozenset({int, float})
_FEW = 8


class Operator:
    """What may stand behind a field.

    Attributes:
        symbol: how help and completion write it.
        terminal: its name in the grammar; empty where nothing is written.
        pattern: regular expression of how people may write it.
        words: how `explain` says it, between the field and the value.
        help: a sentence.

    """

    symbol: ClassVar[str]
    terminal: ClassVar[str]
    pattern: ClassVar[str]
    words: ClassVar[str]
    help: ClassVar[str]

    def tester(self, values: Values) -> Tester:
        """Return a function that says yes or no to one value."""
        raise NotImplementedError

    def array(self, values: Values) -> ArrayTest:
        """Return a function that says yes or no to each number of a column."""
        raise NotImplementedError


def _same(value: Any) -> Tester:  # noqa: ANN401
    if value is None or isinstance(value, bool):
        return lambda seen: seen is value
    if isinstance(value, str):
        return lambda seen: isinstance(seen, str) and seen == value
    return lambda seen: type(seen) in NUMBERS and seen == value


class _Exists(Operator):
    symbol = ""
    terminal = ""
    pattern = ""
    words = "is there"
    help = "The field is there, and is not false."

    def tester(self, values: Values) -> Tester:
        del values
        return lambda seen: seen is not None and seen is not False

    def array(self, values: Values) -> ArrayTest:
        del values
        return lambda column: np.ones(len(column), np.bool_)


class _Equal(Operator):
    symbol = "=="
    terminal = "EQUAL"
    pattern = "=="
    words = "is"
    help = "Is the same."

    def tester(self, values: Values) -> Tester:
        return _same(values[0])

    def array(self, values: Values) -> ArrayTest:
        return lambda column: np.equal(column, values[0])


class _Unequal(Operator):
    symbol = "!="
    terminal = "UNEQUAL"
    pattern = "!="
    words = "is there and is not"
    help = "Is there, and is something else."

    def tester(self, values: Values) -> Tester:
        same = _same(values[0])
        return lambda seen: not same(seen)

    def array(self, values: Values) -> ArrayTest:
        return lambda column: np.not_equal(column, values[0])


class _Order(Operator):
    compare: ClassVar[Callable[[Any, Any], Any]]

    def tester(self, values: Values) -> Tester:
        compare, value = type(self).compare, values[0]
        if isinstance(value, str):
            return lambda seen: isinstance(seen, str) and bool(compare(seen, value))
        return lambda seen: type(seen) in NUMBERS and compare(seen, value)

    def array(self, values: Values) -> ArrayTest:
        compare = type(self).compare
        return lambda column: compare(column, values[0])


class _Less(_Order):
    symbol = "<"
    terminal = "LESS"
    pattern = "<(?!=)"
    words = "is less than"
    help = "Is less; texts are compared letter by letter."
    compare = operator.lt


class _AtMost(_Order):
    symbol = "<="
    terminal = "AT_MOST"
    pattern = "<="
    words = "is at most"
    help = "Is less or the same."
    compare = operator.le


class _More(_Order):
    symbol = ">"
    terminal = "MORE"
    pattern = ">(?!=)"
    words = "is more than"
    help = "Is more; texts are compared letter by letter."
    compare = operator.gt


class _AtLeast(_Order):
    symbol = ">="
    terminal = "AT_LEAST"
    pattern = ">="
    words = "is at least"
    help = "Is more or the same."
    compare = operator.ge


class _OneOf(Operator):
    symbol = "in {…}"
    terminal = "IN"
    pattern = r"in(?!\w)"
    words = "is one of"
    help = "Is one of those in braces."

    def tester(self, values: Values) -> Tester:
        texts = {value for value in values if isinstance(value, str)}
        numbers = {value for value in values if type(value) in NUMBERS}
        marks = [value for value in values if value is None or isinstance(value, bool)]

        def is_one(seen: Any) -> bool:  # noqa: ANN401
            if isinstance(seen, str):
                return seen in texts
            if type(seen) in NUMBERS:
                return seen in numbers
            return any(seen is mark for mark in marks)

        return is_one

    def array(self, values: Values) -> ArrayTest:
        def is_one(column: NDArray[Any]) -> NDArray[np.bool_]:
            if len(values) > _FEW and all(abs(value) < 1 << 62 for value in values):
                return np.isin(column, values)
            found = np.zeros(len(column), np.bool_)
            for value in values:
                found |= np.equal(column, value)
            return found

        return is_one


class _Between(Operator):
    symbol = "in …"
    terminal = "IN"
    pattern = r"in(?!\w)"
    words = "is between"
    help = "Lies between two, both included, as in -5m..-1m."

    def tester(self, values: Values) -> Tester:
        at_least, at_most = _AtLeast().tester(values[:1]), _AtMost().tester(values[1:])
        return lambda seen: at_least(seen) and at_most(seen)

    def array(self, values: Values) -> ArrayTest:
        low, high = values
        return lambda column: (column >= low) & (column <= high)


class _Contains(Operator):
    symbol = "contains"
    terminal = "CONTAINS"
    pattern = r"contains(?!\w)"
    words = "contains"
    help = "Holds this text, or, for a list of JSON, this element."

    def tester(self, values: Values) -> Tester:
        text = values[0]

        def holds(seen: Any) -> bool:  # noqa: ANN401
            if isinstance(seen, str):
                return text in seen
            return isinstance(seen, list) and text in seen

        return holds


class _Matches(Operator):
    symbol = "matches"
    terminal = "MATCHES"
    pattern = r"matches(?!\w)"
    words = "matches the regular expression"
    help = "Matches this regular expression somewhere; (?i) in front ignores case."

    def tester(self, values: Values) -> Tester:
        pattern = values[0]
        assert isinstance(pattern, Pattern)
        return lambda seen: isinstance(seen, str) and pattern.is_in(seen)


class _OnTopicFilter(Operator):
    symbol = "~"
    terminal = "TILDE"
    pattern = "~"
    words = "matches the Topic Filter"
    help = "Matches this Topic Filter, with the wildcards + and #."


EXISTS = _Exists()
EQUAL = _Equal()
UNEQUAL = _Unequal()
LESS = _Less()
AT_MOST = _AtMost()
MORE = _More()
AT_LEAST = _AtLeast()
ONE_OF = _OneOf()
BETWEEN = _Between()
CONTAINS = _Contains()
MATCHES = _Matches()
ON_TOPIC_FILTER = _OnTopicFilter()

OPERATORS: tuple[Operator, ...] = (
    EQUAL,
    UNEQUAL,
    LESS,
    AT_MOST,
    MORE,
    AT_LEAST,
    ON_TOPIC_FILTER,
    CONTAINS,
    MATCHES,
    ONE_OF,
    BETWEEN,
)
"""All that are written; what grammar, help and completion are made from."""
