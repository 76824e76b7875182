"""A display filter as a tree: conditions on fields, joined by and, or, not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from topicscope.query.field import Field
    from topicscope.query.operators import Operator

DEEPEST = 64
"""Levels of parentheses and of not that a filter may have."""


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


@dataclass(frozen=True, slots=True)
class And:
    """Parts that must all hold."""

    parts: tuple[Node, ...]
    depth: int


@dataclass(frozen=True, slots=True)
class Or:
    """Parts one of which must hold."""

    parts: tuple[Node, ...]
    depth: int


@dataclass(frozen=True, slots=True)
class Not:
    """A part that must not hold."""

    part: Node
    depth: int


Node: TypeAlias = Condition | And | Or | Not


def conditions(node: Node) -> list[Condition]:
    """Return all conditions of a filter, in order."""
    if isinstance(node, Condition):
        return [node]
    parts = (node.part,) if isinstance(node, Not) else node.parts
    return [condition for part in parts for condition in conditions(part)]
