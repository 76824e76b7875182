"""Kinds of fields: what values they are compared with, and by which operators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from topicscope.query.literals import LITERALS
from topicscope.query.operators import (
    AT_LEAST,
    AT_MOST,
    BETWEEN,
    CONTAINS,
    EQUAL,
    LESS,
    MATCHES,
    MORE,
    ON_TOPIC_FILTER,
    ONE_OF,
    UNEQUAL,
)

if TYPE_CHECKING:
    from topicscope.query.operators import Operator

_SAME = (EQUAL, UNEQUAL)
_ORDER = (LESS, AT_MOST, MORE, AT_LEAST)
_NUMERIC = (*_SAME, *_ORDER, ONE_OF, BETWEEN)
_TEXTUAL = (*_SAME, CONTAINS, MATCHES, ONE_OF)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of field.

    Attributes:
        name: its name in the grammar.
        words: what such a field holds, for people.
        literals: names of the ways to write a value of it.
        operators: what may stand behind such a field.

    """

    name: str
    words: str
    literals: tuple[str, ...]
    operators: tuple[Operator, ...]

    @property
    def examples(self) -> tuple[str, ...]:
        """Values to propose."""
        return tuple(example for name in self.literals for example in LITERALS[name].examples)


TOPIC = Kind("topic", "text", ("TEXT",), (ON_TOPIC_FILTER, *_TEXTUAL))
TEXT = Kind("text", "text", ("TEXT",), _TEXTUAL)
NUMBER = Kind("number", "number", ("NUMBER",), _NUMERIC)
SIZE = Kind("size", "size in bytes", ("SIZE",), _NUMERIC)
DURATION = Kind("duration", "duration", ("DURATION",), _NUMERIC)
TIME = Kind("time", "time", ("TIME",), (*_ORDER, *_SAME, BETWEEN))
BOOLEAN = Kind("boolean", "true or false", ("BOOLEAN",), _SAME)
DIRECTION = Kind("direction", "in or out", ("DIRECTION",), (*_SAME, ONE_OF))
PACKET_TYPE = Kind("packet_type", "packet type", ("PACKET_TYPE",), (*_SAME, ONE_OF))
SUBSCRIPTION = Kind("subscription", "Topic Filter or number", ("TEXT", "NUMBER"), (*_SAME, ONE_OF))
JSON = Kind(
    "json",
    "any value of JSON",
    ("NUMBER", "TEXT", "BOOLEAN", "NULL"),
    (*_NUMERIC[:-2], CONTAINS, MATCHES, ONE_OF, BETWEEN),
)

KINDS: tuple[Kind, ...] = (
    TOPIC,
    TEXT,
    NUMBER,
    SIZE,
    DURATION,
    TIME,
    BOOLEAN,
    DIRECTION,
    PACKET_TYPE,
    SUBSCRIPTION,
    JSON,
)
"""All kinds; the grammar has a rule for each."""
