"""What happened at the broker, as it told it on event topics: a bounded log."""

from __future__ import annotations

import json
import re
from collections import deque
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from topicscope.broker_status.numbers import read_text
from topicscope.payload.text import escape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from topicscope.broker_status.dialect import EventRule

LENGTH: Final = 1_000
_LONGEST_JSON: Final = 4_096
_LONGEST_WORD: Final = 200
_PLACE: Final = re.compile(r"\{(\w+)\}")


class Event(NamedTuple):
    """One thing that happened.

    Attributes:
        time_ns: when it was told, nanoseconds since the epoch.
        kind: one word.
        text: a line that is safe to show.
        node: which node told it; empty where a dialect has no nodes.
        topic: the Topic Name it was told on.
        retained: it may have happened long ago.

    """

    time_ns: int
    kind: str
    text: str
    node: str
    topic: bytes
    retained: bool


class EventLog:
    """The newest events."""

    def __init__(self, length: int = LENGTH) -> None:
        self._events: deque[Event] = deque(maxlen=length)
        self.count = 0
        """Events since the begin, those that are forgotten too."""

    def add(self, event: Event) -> None:
        """Add an event."""
        self._events.append(event)
        self.count += 1

    def events(self) -> Sequence[Event]:
        """Return the events that are kept, the oldest first."""
        return tuple(self._events)


def event_text(rule: EventRule, levels: Sequence[bytes], payload: bytes) -> str:
    """Say in words what a message on an event topic tells."""
    said = _members(payload) if len(payload) <= _LONGEST_JSON else {}
    words = {str(place): _word(level) for place, level in enumerate(levels)}
    text = read_text(payload)
    words["payload"] = rule.values.get(text, text)

    def fill(found: re.Match[str]) -> str:
        name = found[1]
        return words[name] if name in words else _shown(said.get(name, "?"))

    sentence = _PLACE.sub(fill, rule.words)
    details = [f"{name}: {_shown(said[name])}" for name in rule.details if name in said]
    return f"{sentence} ({', '.join(details)})" if details else sentence


def _members(payload: bytes) -> Mapping[str, Any]:
    if not payload.lstrip().startswith(b"{"):
        return {}
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _word(level: bytes) -> str:
    return read_text(level[:_LONGEST_WORD])


def _topic_of(value: object) -> str | None:
    name = value.get("topic") if isinstance(value, dict) else value
    return name if isinstance(name, str) else None


def _shown(value: object) -> str:
    names = [_topic_of(one) for one in value] if isinstance(value, list) else []
    if names and None not in names:
        value = ", ".join(filter(None, names))
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    # JSON can name halves of surrogate pairs, which no terminal and no file can take.
    text = text[: _LONGEST_WORD + 1].encode(errors="backslashreplace").decode()
    return escape(text if len(text) <= _LONGEST_WORD else f"{text[:_LONGEST_WORD]}…")
