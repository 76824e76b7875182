"""What a field of the display filter is, and a condition on one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from topicscope.query.masks import Column, Mask
from topicscope.query.operators import EQUAL, EXISTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from topicscope.query.chunk import Chunk
    from topicscope.query.context import FilterContext
    from topicscope.query.kinds import Kind
    from topicscope.query.masks import Rows
    from topicscope.query.operators import Operator

_NAME_ENDS = r"(?![\w.\[])"


class Field:
    """Something that can be asked of a row.

    Attributes:
        name: how it is written; where more follows the name, with what stands for that.
        pattern: regular expression of how it is written; made from the name where empty.
        kind: what it holds.
        words: what it is, in the middle of a sentence.
        help: a sentence.
        examples: filters that use it.
        names_packets: whether naming it brings Control Packets into sight that are no Application Messages.

    """

    name: ClassVar[str]
    pattern: ClassVar[str] = ""
    kind: ClassVar[Kind]
    words: ClassVar[str]
    help: ClassVar[str]
    examples: ClassVar[tuple[str, ...]]
    names_packets: ClassVar[bool] = False

    @classmethod
    def shape(cls) -> str:
        """Return the regular expression of how the field is written."""
        return (cls.pattern or re.escape(cls.name)) + _NAME_ENDS

    def names(self) -> tuple[str, ...]:
        """Return how the field may be written, as far as that is known beforehand."""
        return () if "…" in self.name else (self.name,)

    def help_of(self, name: str) -> str:
        """Return a sentence on one of the names that the field may be written by."""
        del name
        return self.help

    def read(self, written: str, position: int) -> Any:  # noqa: ANN401
        """Return what follows the name, read; raises `FilterError`."""
        del written, position

    def check(self, condition: Condition) -> None:
        """Raise `FilterError` where a value makes no sense for this field."""

    def said(self, condition: Condition) -> str:
        """Return the words for this field in a sentence."""
        del condition
        return self.words

    def mask(self, condition: Condition, context: FilterContext) -> Mask:
        """Return the mask of a test; raises `FilterError`."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Condition:
    """A field compared with values.

    Attributes:
        field: what is looked at.
        detail: the path, key or name behind the field's name, read; None where it has none.
        name: the field as it was written.
        operator: how it is compared.
        values: with what, read.
        written: the values as they were written.
        positions: where the values stand, in characters.
        position: where the field stands.

    """

    field: Field
    detail: Any
    name: str
    operator: Operator
    values: tuple[Any, ...]
    written: tuple[str, ...]
    positions: tuple[int, ...]
    position: int
    depth: int = 0

    @property
    def question(self) -> tuple[object, ...]:
        """What tells this condition from others."""
        kinds = tuple(type(value).__name__ for value in self.values)
        return self.field.name, self.detail, self.operator.symbol, self.values, kinds


class NumericField(Field):
    """A field with a number for each row, in a numpy column."""

    cost = 1

    @staticmethod
    def column(chunk: Chunk) -> tuple[NDArray[Any], Rows | None]:
        """Return the numbers, and where they are there."""
        raise NotImplementedError

    def mask(self, condition: Condition, context: FilterContext) -> Mask:
        """Return the mask of a condition."""
        del context
        return Column(self.column, condition.operator.array(condition.values), self.cost)


def wants_true(condition: Condition) -> bool:
    """Tell whether a condition on something true or false wants it true."""
    return condition.operator is EXISTS or bool(condition.values[0]) is (
        condition.operator is EQUAL
    )


def is_message(chunk: Chunk) -> tuple[NDArray[Any], Rows]:
    """Return a column that is there for Application Messages."""
    return chunk.topics, chunk.publishes
