"""A display filter as a tree: conditions on fields, joined by and, or, not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from topicscope.query.field import Condition

DEEPEST = 64
"""Levels of parentheses and of not that a filter may have."""


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
