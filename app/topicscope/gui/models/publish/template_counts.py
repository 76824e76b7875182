"""How many topics of a capture lie on each topic template, and one of them as an example."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from topicscope.mqtt.topic_templates import TopicTemplate, topic_template_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_AT_ONCE: Final = 256


class TemplateCounts:
    """Counts within a time budget, and goes on where it stopped; what was counted is kept by the template's text."""

    def __init__(self, names: Callable[[], list[bytes]]) -> None:
        self._names = names
        self._known: dict[str, _Count] = {}

    def count(self, text: str) -> int:
        """Return how many topics are known to lie on a template."""
        return self._of(text).found

    def example(self, text: str) -> bytes | None:
        """Return the first Topic Name that lies on a template."""
        return self._of(text).example

    def work(self, texts: Iterable[str], budget_s: float) -> bool:
        """Look at topics for about `budget_s` seconds; return whether some are left."""
        deadline = time.perf_counter() + budget_s
        names = self._names()
        left = False
        for text in texts:
            left = self._of(text).look(names, deadline) or left
        return left

    def _of(self, text: str) -> _Count:
        found = self._known.get(text)
        if found is None:
            found = self._known[text] = _Count(text)
        return found


class _Count:
    def __init__(self, text: str) -> None:
        self._template = None if topic_template_problem(text) else TopicTemplate(text)
        self._looked = 0
        self.found = 0
        self.example: bytes | None = None

    def look(self, names: list[bytes], deadline: float) -> bool:
        if self._template is None:
            return False
        matches = self._template.matches
        while self._looked < len(names) and time.perf_counter() < deadline:
            some = names[self._looked : self._looked + _AT_ONCE]
            self._looked += len(some)
            found = [name for name in some if matches(name)]
            self.found += len(found)
            if found and self.example is None:
                self.example = found[0]
        return self._looked < len(names)
