"""Topic templates: Topic Filters whose wildcards have names, as in ``site/<building>/+/<sensor>/#``.

A template is written like a Topic Filter (section 4.7): each level is a word that stands for itself, ``<name>`` for
any level that the user has a name for, ``+`` for any that needs none, and ``#`` at the end for all levels that
follow. It matches exactly what its Topic Filter matches, so nothing that begins with ``$`` when its first level is
a wildcard (section 4.7.2), and ``a/<b>/#`` matches ``a/x`` as well (section 4.7.1.2).
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from topicscope.mqtt.topics import MULTI_LEVEL, SHARE_PREFIX, SINGLE_LEVEL, topic_filter_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Getter = Callable[[list[bytes]], tuple[bytes, ...]]

NO_TEMPLATE = -1

_OPEN, _CLOSE = "<", ">"


def topic_template_problem(text: str) -> str | None:
    """Say why `text` cannot be a topic template, or None when it can."""
    if text.startswith(SHARE_PREFIX):
        return "A template describes Topic Names, so it cannot begin with $share"
    seen: set[str] = set()
    for number, level in enumerate(text.split("/"), 1):
        if _OPEN not in level and _CLOSE not in level:
            continue
        problem = _name_problem(level, number)
        if problem:
            return problem
        if level in seen:
            return f"The name {level} stands twice; each level needs a name of its own"
        seen.add(level)
    problem = topic_filter_problem(_filter_of(text))
    return problem.replace("Topic Filter", "template") if problem else None


class TopicTemplate:
    """A topic template made ready to be asked about many Topic Names.

    Raises `ValueError` with a sentence when `text` is not a valid template.

    Attributes:
        text: the template as it was written.
        filter: the Topic Filter it stands for.
        names: the names in it, in order.
        level_names: for each level its name; None where it has none. A ``#`` is no level of its own.

    """

    __slots__ = (
        "_depth",
        "_is_multi",
        "_literals",
        "_literals_of",
        "_positions",
        "_prefix",
        "_refused",
        "_values_of",
        "filter",
        "level_names",
        "names",
        "text",
    )

    def __init__(self, text: str) -> None:
        problem = topic_template_problem(text)
        if problem:
            raise ValueError(problem)
        self.text = text
        self.filter = _filter_of(text)
        levels = text.split("/")
        self._is_multi = levels[-1] == MULTI_LEVEL
        if self._is_multi:
            levels.pop()
        self._depth = len(levels)
        self.level_names = tuple(
            level[1:-1] if level.startswith(_OPEN) else None for level in levels
        )
        self._positions = {name: at for at, name in enumerate(self.level_names) if name is not None}
        self.names = tuple(self._positions)
        words = [
            (at, level.encode())
            for at, level in enumerate(levels)
            if level != SINGLE_LEVEL and self.level_names[at] is None
        ]
        self._literals = tuple(word for _, word in words)
        self._literals_of = _getter([at for at, _ in words])
        self._values_of = _getter(list(self._positions.values()))
        front = [word for number, (at, word) in enumerate(words) if at == number]
        self._prefix = b"/".join(front)
        # Refusing a beginning that no Topic Name has costs nothing where $ is welcome.
        begins_with_wildcard = self.filter.startswith((SINGLE_LEVEL, MULTI_LEVEL))
        self._refused = b"$" if begins_with_wildcard else b"\0"

    def __repr__(self) -> str:
        return f"TopicTemplate({self.text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TopicTemplate) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    @property
    def first_word(self) -> bytes | None:
        """The first level where it stands for itself; None where it is a wildcard."""
        return self._prefix.partition(b"/")[0] if self._starts_with_word else None

    def match(self, topic: bytes) -> tuple[bytes, ...] | None:
        """Return the levels of a Topic Name that have names, in the order of `names`; None without a match."""
        if not topic.startswith(self._prefix) or topic.startswith(self._refused):
            return None
        depth = self._depth
        levels = topic.split(b"/", depth)
        found = len(levels)
        if found != depth and not (self._is_multi and found > depth):
            return None
        if self._literals_of(levels) != self._literals:
            return None
        return self._values_of(levels)

    def matches(self, topic: bytes) -> bool:
        """Tell whether a Topic Name lies on this template."""
        return self.match(topic) is not None

    def position(self, name: str) -> int:
        """Return which level has a name, from 0; -1 when none has."""
        return self._positions.get(name, -1)

    @property
    def _starts_with_word(self) -> bool:
        return self._depth > 0 and not self.filter.startswith((SINGLE_LEVEL, MULTI_LEVEL))


class TopicTemplates:
    """Templates in order: a Topic Name lies on the first that matches. Never changes, so threads may share it."""

    def __init__(self, templates: Iterable[TopicTemplate]) -> None:
        self.templates = tuple(templates)
        self.names = tuple(dict.fromkeys(name for one in self.templates for name in one.names))
        by_word: dict[bytes, list[int]] = {}
        for template in self.templates:
            if template.first_word is not None:
                by_word[template.first_word] = []
        anywhere: list[int] = []
        for index, template in enumerate(self.templates):
            word = template.first_word
            for candidates in (
                [by_word[word]] if word is not None else [anywhere, *by_word.values()]
            ):
                candidates.append(index)
        self._by_word = {word: self._with_matches(found) for word, found in by_word.items()}
        self._anywhere = self._with_matches(anywhere)

    def __len__(self) -> int:
        return len(self.templates)

    def index_of(self, topic: bytes) -> int:
        """Return which template a Topic Name lies on; `NO_TEMPLATE` when on none."""
        for index, match in self._by_word.get(topic.partition(b"/")[0], self._anywhere):
            if match(topic) is not None:
                return index
        return NO_TEMPLATE

    def value(self, topic: bytes, name: str) -> bytes | None:
        """Return the level of a Topic Name that has this name; None when none has."""
        index = self.index_of(topic)
        return None if index < 0 else self.value_on(index, topic, name)

    def value_on(self, index: int, topic: bytes, name: str) -> bytes | None:
        """Return the level of this name in a Topic Name that is known to lie on a template."""
        position = self.templates[index].position(name)
        return level_at(topic, position) if position >= 0 else None

    def level_of(self, name: str, topic: bytes) -> str | None:
        """Return what `value` does as text, in the form that the display filter asks for (`FilterContext`).

        Bytes that are no UTF-8 become surrogates, so that different levels stay different.
        """
        value = self.value(topic, name)
        return None if value is None else value.decode(errors="surrogateescape")

    def _with_matches(
        self, indices: list[int]
    ) -> tuple[tuple[int, Callable[[bytes], tuple[bytes, ...] | None]], ...]:
        return tuple((index, self.templates[index].match) for index in indices)


def level_at(topic: bytes, position: int) -> bytes:
    """Return one level of a topic that is known to be deep enough, counted from 0."""
    return topic.split(b"/", position + 1)[position]


def _filter_of(text: str) -> str:
    return "/".join(SINGLE_LEVEL if level.startswith(_OPEN) else level for level in text.split("/"))


def _name_problem(level: str, number: int) -> str | None:
    if not level.startswith(_OPEN):
        return f"Level {number}, {level}: a name must stand alone in its level, as <name>"
    if not level.endswith(_CLOSE):
        if _CLOSE in level:
            return f"Level {number}, {level}: a name must stand alone in its level, as <name>"
        return f"Level {number}, {level}: the < is not closed by a >"
    name = level[1:-1]
    if not name:
        return f"Level {number}, <>: the name is empty"
    if not name.isidentifier():
        return (
            f"Level {number}, {level}: a name is made of letters, digits and _, a digit not first"
        )
    return None


def _getter(positions: list[int]) -> Getter:
    if not positions:
        return _nothing
    if len(positions) == 1:
        at = positions[0]

        def one(levels: list[bytes]) -> tuple[bytes, ...]:
            return (levels[at],)

        return one
    return itemgetter(*positions)


def _nothing(levels: list[bytes]) -> tuple[bytes, ...]:
    del levels
    return ()
