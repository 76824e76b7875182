"""The order of siblings in the topic tree: by name as people count, or by the values of a column.

By name means ``line2`` before ``line10``, and ``$SYS`` and its like at the end. Values change all the time, so an
order by them holds what they were at the last `read`; nodes that come later are put in their place among those.
"""

from __future__ import annotations

import math
import re
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from topicscope.capture.topic_index import NO_ROW
from topicscope.gui.models.topics.columns import LAST_VALUE, TOPIC, Column

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from topicscope.capture.topic_index import TopicIndex
    from topicscope.gui.models.topics.texts import NodeTexts

SortKey: TypeAlias = tuple[bool, tuple[bytes | tuple[int, bytes], ...], bytes]

_DIGITS = re.compile(rb"([0-9]+)")
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
SORTED_WHOLE = 20_000
READ_S = 0.008
"""How long last values are read for an order by them, before the rest waits for the next time."""
_LONGEST_COUNTED = 256
"""A longer name is ordered by its bytes: nobody reads its numbers, and an attacker pays for them with our time."""
_LONGEST_VALUE = 40
_BEHIND_NUMBERS = 1e300
_VALUES_A_LOOK_AT_THE_CLOCK = 64


def sort_key(level: bytes) -> SortKey:
    """Return what to sort a level by among its siblings; different levels have different keys."""
    low = level.lower()
    if len(low) > _LONGEST_COUNTED or low.isalpha():
        return low.startswith(b"$"), (low,), level
    parts = _DIGITS.split(low)
    # Digits stand at every odd place, so that text is never compared with a number.
    counted = [
        (len(number := part.lstrip(b"0")), number) if place & 1 else part
        for place, part in enumerate(parts)
    ]
    return low.startswith(b"$"), tuple(counted), level


def in_order(level: Callable[[int], bytes], nodes: list[int]) -> list[int]:
    """Return nodes in order where that takes a moment only; more of them stay as they came."""
    if len(nodes) > SORTED_WHOLE:
        return nodes
    return sorted(nodes, key=lambda node: sort_key(level(node)))


class Backwards:
    """A key that sorts the other way round."""

    __slots__ = ("_key",)

    def __init__(self, key: Any) -> None:  # noqa: ANN401
        self._key = key

    def __lt__(self, other: Backwards) -> bool:
        return bool(other._key < self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Backwards) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


class NameOrder:
    """By the names of levels, which never change."""

    changes = False

    def __init__(self, topics: TopicIndex, *, descending: bool) -> None:
        self._descending = descending
        self._level = topics.level

    def read(self, nodes: Iterable[int]) -> bool:
        """Do nothing: names stay; tell that nothing waits."""
        del nodes
        return False

    def key(self, node: int) -> Any:  # noqa: ANN401
        """Return what to sort a node by among its siblings; different nodes have different keys."""
        key = sort_key(self._level(node))
        return Backwards(key) if self._descending else key

    def values(self, nodes: list[int]) -> NDArray[np.float64]:
        """Return the same for all: nothing moves."""
        return np.zeros(len(nodes))

    def arranged(self, nodes: list[int]) -> list[int]:
        """Return nodes in order; very many stay as they came."""
        ordered = in_order(self._level, nodes)
        return ordered[::-1] if self._descending and len(nodes) <= SORTED_WHOLE else ordered


class _ChangingOrder(ABC):
    """By values as they were at the last `read`; siblings with the same one stay as they are."""

    changes = True

    def key(self, node: int) -> Any:  # noqa: ANN401
        """Return nothing: what changes is no key."""
        del node

    @abstractmethod
    def values(self, nodes: list[int]) -> NDArray[np.float64]:
        """Return what nodes are ordered by, smallest first."""

    def arranged(self, nodes: list[int]) -> list[int]:
        """Return nodes in order."""
        order = np.argsort(self.values(nodes), kind="stable")
        return [nodes[place] for place in order.tolist()]


class NumberOrder(_ChangingOrder):
    """By the numbers of a column."""

    def __init__(
        self, topics: TopicIndex, texts: NodeTexts, column: Column, *, descending: bool
    ) -> None:
        del topics
        self._column = column
        self._sign = -1.0 if descending else 1.0
        self._facts = texts.facts
        self._values: NDArray[np.float64] = np.zeros(0)

    def read(self, nodes: Iterable[int]) -> bool:
        """Take the numbers as they are now; tell that nothing waits."""
        del nodes
        self._values = self._sign * self._facts.values(self._column)
        return False

    def values(self, nodes: list[int]) -> NDArray[np.float64]:
        """Return what nodes are ordered by, smallest first."""
        numbers = np.array(nodes, np.int64)
        values = np.zeros(len(nodes))
        known = numbers < len(self._values)
        values[known] = self._values[numbers[known]]
        return values


class ValueOrder(_ChangingOrder):
    """By last values: numbers before texts, and nodes that have none at the end."""

    def __init__(self, topics: TopicIndex, texts: NodeTexts, *, descending: bool) -> None:
        self._sign = -1.0 if descending else 1.0
        self._topics = topics
        self._texts = texts
        self._rows: NDArray[np.int64] = np.empty(0, np.int64)
        """Row of the message that was read last for each node."""
        self._numbers: NDArray[np.float64] = np.empty(0)
        self._words: dict[int, str] = {}

    def read(self, nodes: Iterable[int]) -> bool:
        """Read the values that have changed, for `READ_S` seconds; tell whether some wait."""
        deadline = time.perf_counter() + READ_S
        due, new_rows = self._due(list(nodes))
        for place, (node, row) in enumerate(zip(due, new_rows, strict=True)):
            self._rows[node] = row
            self._read(node)
            if place % _VALUES_A_LOOK_AT_THE_CLOCK == 0 and time.perf_counter() > deadline:
                return True
        return False

    def values(self, nodes: list[int]) -> NDArray[np.float64]:
        """Return what nodes are ordered by, smallest first."""
        words = self._words
        self._reserve()
        numbers = self._numbers[np.array(nodes, np.int64)]
        with_words = (
            [place for place in np.flatnonzero(np.isnan(numbers)).tolist() if nodes[place] in words]
            if words
            else []
        )
        values = self._sign * numbers
        if with_words:
            ranks = {word: at for at, word in enumerate(sorted(set(words.values())))}
            texts = self._sign * np.array([ranks[words[nodes[place]]] for place in with_words])
            values[with_words] = _BEHIND_NUMBERS * (1 + (texts + len(ranks)) / (3 * len(ranks)))
        values[np.isnan(values)] = np.inf
        return values

    def _due(self, nodes: list[int]) -> tuple[list[int], list[int]]:
        """Return nodes with another last message than was read, and its row; those read longest ago come first."""
        self._reserve()
        topics, count = self._topics, len(nodes)
        numbers = np.array(nodes, np.int64)
        ids = np.fromiter(map(topics.topic_of_node, nodes), np.int64, count)
        numbers, ids = numbers[ids >= 0], ids[ids >= 0]
        before, now = self._rows[numbers], topics.last_row[ids]
        changed = np.flatnonzero(before != now)
        changed = changed[np.lexsort((numbers[changed], before[changed]))]
        return numbers[changed].tolist(), now[changed].tolist()

    def _reserve(self) -> None:
        have, wanted = len(self._rows), self._topics.node_count
        if wanted > have:
            more = max(1024, 2 * wanted) - have
            self._rows = np.append(self._rows, np.full(more, NO_ROW, np.int64))
            self._numbers = np.append(self._numbers, np.full(more, np.nan))

    def _read(self, node: int) -> None:
        self._numbers[node] = math.nan
        self._words.pop(node, None)
        value = self._texts.value(node)
        if value is None or value.absent:
            return
        number = _NUMBER.match(value.text)
        figure = float(number[0]) if number else math.nan
        if abs(figure) < _BEHIND_NUMBERS:
            self._numbers[node] = figure
        else:
            self._words[node] = value.text[:_LONGEST_VALUE].lower()


Order: TypeAlias = NameOrder | NumberOrder | ValueOrder


def make_order(topics: TopicIndex, texts: NodeTexts, column: int, *, descending: bool) -> Order:
    """Return the order by a column."""
    if column == TOPIC:
        return NameOrder(topics, descending=descending)
    if column == LAST_VALUE:
        return ValueOrder(topics, texts, descending=descending)
    return NumberOrder(topics, texts, Column(column), descending=descending)
