"""Filters as numpy masks: what is combined, columns, and remembered answers.

A mask is asked about a chunk of rows and a subset `wanted` of it; what it answers for other rows means nothing. `and`
asks its cheapest part first and the others only about the rows still left, `or` only about those not yet taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np

from topicscope.query.answers import UNKNOWN, YES, of_segment

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from numpy.typing import NDArray

    from topicscope.query.chunk import Chunk
    from topicscope.query.context import FilterContext
    from topicscope.query.operators import ArrayTest

Rows: TypeAlias = "NDArray[np.bool_]"

CHEAP = 10
"""Masks up to this cost take a few milliseconds for a million rows."""


class Mask(Protocol):
    """Says which rows are seen.

    Attributes:
        cost: how much a row costs, roughly in nanoseconds.

    """

    cost: int

    def mask(self, chunk: Chunk, wanted: Rows) -> Rows:
        """Return for each row of the chunk whether it is seen; valid where `wanted`."""
        ...


def _cost(mask: Mask) -> int:
    return mask.cost


class All:
    """Rows that all parts see."""

    def __init__(self, parts: Sequence[Mask]) -> None:
        self._parts = sorted(parts, key=_cost)
        self.cost = max(map(_cost, parts))

    def mask(self, chunk: Chunk, wanted: Rows) -> Rows:
        """Return which rows are seen."""
        left = wanted
        for part in self._parts:
            left = left & part.mask(chunk, left)
            if not left.any():
                break
        return left


class AnyOf:
    """Rows that one of the parts sees."""

    def __init__(self, parts: Sequence[Mask]) -> None:
        self._parts = sorted(parts, key=_cost)
        self.cost = max(map(_cost, parts))

    def mask(self, chunk: Chunk, wanted: Rows) -> Rows:
        """Return which rows are seen."""
        seen = np.zeros(len(chunk), np.bool_)
        left = wanted
        for part in self._parts:
            seen |= left & part.mask(chunk, left)
            left = wanted & ~seen
            if not left.any():
                break
        return seen


class NotSeen:
    """Rows that a part does not see."""

    def __init__(self, part: Mask) -> None:
        self._part = part
        self.cost = part.cost

    def mask(self, chunk: Chunk, wanted: Rows) -> Rows:
        """Return which rows are seen."""
        return ~self._part.mask(chunk, wanted)


class Column:
    """A test of one number a row; `column` returns the numbers and where they are there, None for all."""

    def __init__(
        self,
        column: Callable[[Chunk], tuple[NDArray[Any], Rows | None]],
        test: ArrayTest,
        cost: int = 1,
    ) -> None:
        self._column = column
        self._test = test
        self.cost = cost

    def mask(self, chunk: Chunk, wanted: Rows) -> Rows:
        """Return which rows are seen."""
        del wanted
        numbers, present = self._column(chunk)
        seen = self._test(numbers)
        return seen if present is None else seen & present


class Remembered:
    """A dear mask whose answers are kept, for the next filter that asks the same."""

    def __init__(self, inner: Mask, question: Hashable, context: FilterContext) -> None:
        self._inner = inner
        self._question = question
        self._context = context
        self.cost = inner.cost

    def mask(self, chunk: Chunk, wanted: Rows) -> Rows:
        """Return which rows are seen."""
        segment = chunk.segment
        rows = self._context.answers.rows(self._question)
        known = of_segment(rows, segment, self._context.log.first_row)[chunk.begin : chunk.end]
        asked = wanted & (known == UNKNOWN)
        if asked.any():
            found = self._inner.mask(chunk, asked)
            known[asked] = found[asked] + np.uint8(1)
        seen: Rows = known == YES
        return seen
