"""The shape of a dialect: which topics below ``$SYS`` a broker has, and what stands in them. Data only."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

Form = Literal["number", "duration", "text"]


class Figure(NamedTuple):
    """One topic that tells one metric.

    Where a dialect has several for one metric, the first that the broker tells counts, but those that
    are `added` count together.

    Attributes:
        metric: a name of `METRICS`.
        topic: below the dialect's prefix.
        scale: what the told number is to be multiplied with: 0.001 for an uptime in milliseconds.
        form: how the payload is read.
        added: belongs to a sum.
        replicated: every node of a cluster tells the number of the whole cluster.

    """

    metric: str
    topic: str
    scale: float = 1
    form: Form = "number"
    added: bool = False
    replicated: bool = False


class ToldLoad(NamedTuple):
    """A topic in which the broker itself tells a rate.

    Attributes:
        metric: what is counted, a total of `METRICS`.
        topic: below the dialect's prefix.
        minutes: of the average, 1, 5 or 15; 0 for the rate of just now.
        scale: makes it events a second.

    """

    metric: str
    topic: str
    minutes: int
    scale: float = 1


class EventRule(NamedTuple):
    """A topic on which something that happened is told.

    Attributes:
        topic: below the dialect's prefix; ``+`` stands for any level.
        kind: one word for the column and the filter of a log.
        words: ``{0}`` is the first level that ``+`` stood for, ``{payload}`` the payload, and any other
            name a member of the JSON object that the payload is.
        details: members of that object that are named behind the words where they are there.
        values: payloads that mean a word of their own, as ``{payload}``.

    """

    topic: str
    kind: str
    words: str
    details: tuple[str, ...] = ()
    values: Mapping[str, str] = MappingProxyType({})


class Clue(NamedTuple):
    """What speaks for a dialect: a topic, and perhaps its payload; 100 points are beyond doubt."""

    points: int
    topic: re.Pattern[bytes]
    payload: re.Pattern[bytes] | None = None


def clue(points: int, topic: str, payload: str = "") -> Clue:
    """Make a clue of regular expressions, the topic's for the whole of it, the payload's for its begin."""
    said = re.compile(payload.encode(), re.IGNORECASE) if payload else None
    return Clue(points, re.compile(topic.encode()), said)


@dataclass(frozen=True)
class Dialect:
    """One broker's way of telling.

    Attributes:
        key: for machines.
        name: for people.
        prefix: of all topics in the tables; ``+`` is the name of a node.
        interval_s: pause between two rounds unless configured otherwise.
        round_topic: told anew in each round, where a round has only what has changed; else empty.
        clues: what it is recognised by.

    """

    key: str
    name: str
    prefix: str
    interval_s: float
    clues: tuple[Clue, ...]
    figures: tuple[Figure, ...] = ()
    loads: tuple[ToldLoad, ...] = ()
    events: tuple[EventRule, ...] = ()
    round_topic: str = ""
    _levels: tuple[bytes, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_levels", tuple(self.prefix.encode().split(b"/")))

    @cached_property
    def by_metric(self) -> Mapping[str, tuple[Figure, ...]]:
        """Figures by the metric they tell, in the order of the table."""
        found: dict[str, tuple[Figure, ...]] = {}
        for figure in self.figures:
            found[figure.metric] = (*found.get(figure.metric, ()), figure)
        return found

    @cached_property
    def loads_by_metric(self) -> Mapping[str, tuple[ToldLoad, ...]]:
        """Loads that the broker tells by what they count."""
        found: dict[str, tuple[ToldLoad, ...]] = {}
        for load in self.loads:
            found[load.metric] = (*found.get(load.metric, ()), load)
        return found

    @cached_property
    def metric_of(self) -> Mapping[bytes, str]:
        """Metrics by the topics, below the prefix, that tell them or their rates."""
        found = {load.topic.encode(): load.metric for load in self.loads}
        return found | {figure.topic.encode(): figure.metric for figure in self.figures}

    @cached_property
    def event_levels(self) -> tuple[tuple[tuple[bytes, ...], EventRule], ...]:
        """Event rules with their topics cut into levels."""
        return tuple((tuple(rule.topic.encode().split(b"/")), rule) for rule in self.events)

    def split(self, topic: bytes) -> tuple[bytes, bytes] | None:
        """Return the node (empty where there is none in the prefix) and the rest of a topic; None if foreign."""
        parts = topic.split(b"/", len(self._levels))
        if len(parts) <= len(self._levels):
            return None
        node = b""
        for level, part in zip(self._levels, parts, strict=False):
            if level == b"+":
                node = part
            elif level != part:
                return None
        return node, parts[-1]

    def topic(self, node: bytes, name: str) -> bytes:
        """Return a whole Topic Name."""
        levels = [node if level == b"+" else level for level in self._levels]
        return b"/".join((*levels, name.encode()))

    def event_of(self, name: bytes) -> tuple[EventRule, tuple[bytes, ...]] | None:
        """Return the rule for a topic below the prefix, and the levels that ``+`` stood for."""
        if not self.events:
            return None
        for levels, rule in self.event_levels:
            parts = name.split(b"/", len(levels))
            if len(parts) == len(levels) and all(
                level in (b"+", part) for level, part in zip(levels, parts, strict=True)
            ):
                return rule, tuple(p for v, p in zip(levels, parts, strict=True) if v == b"+")
        return None
