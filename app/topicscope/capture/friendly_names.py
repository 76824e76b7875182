"""Friendly names: what the ids in topics are called, as retained metadata tells it.

Each topic is held against the rules once. Those that match a rule are read again only when a new message has come on
them; all names follow from the last messages of these topics, so a name that is taken back is gone.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from topicscope.capture.name_readers import UNREADABLE
from topicscope.capture.topic_index import NO_ROW
from topicscope.mqtt.topic_templates import TopicTemplates
from topicscope.payload.text import CUT, escape

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from topicscope.capture.log import CaptureLog
    from topicscope.capture.name_readers import Claim, NameRule

LONGEST_NAME = 80
MOST_NAMES = 200_000
"""Characters of a name that are shown, and number of names that are kept."""

_MOST_CLAIMS_A_KEY = 64
_AT_ONCE = 256


class Named(NamedTuple):
    """What has a certain name: levels wherever they are, and Topic Names down to a level."""

    levels: frozenset[bytes] = frozenset()
    paths: frozenset[bytes] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.levels or self.paths)

    def is_in(self, topic: bytes) -> bool:
        """Tell whether a level of a Topic Name, or the topic down to a level, is among them."""
        levels = topic.split(b"/")
        if not self.levels.isdisjoint(levels):
            return True
        if not self.paths:
            return False
        return any(b"/".join(levels[:end]) in self.paths for end in range(1, len(levels) + 1))


class FriendlyNames:
    """Names of levels and of topics. One thread owns it, the one that owns the capture.

    Attributes:
        version: goes up whenever a name has come, changed or gone.
        unread: topics whose last payload could not be read for a name, or was too large.

    """

    def __init__(self, rules: Iterable[NameRule]) -> None:
        self.version = 0
        self.unread: set[bytes] = set()
        self._rules = tuple(rules)
        self._templates = TopicTemplates(rule.template for rule in self._rules)
        self._levels = _Claims()
        self._paths = _Claims()
        self._log: CaptureLog | None = None
        self._watched = _Watched()

    def __len__(self) -> int:
        return len(self._levels.names) + len(self._paths.names)

    def update(self, log: CaptureLog, budget_s: float = float("inf")) -> bool:
        """Read what has come on topics that tell names, for about `budget_s` seconds; tell whether all is read.

        Names outlive a log: another one adds to them, as after clearing, when the broker does not repeat itself.
        """
        deadline = time.perf_counter() + budget_s
        if log is not self._log:
            self._log, self._watched = log, _Watched()
        log.count_topics()
        watched, names = self._watched, log.topics.names
        if not watched.look_at_new(names, self._templates, deadline):
            return False
        last_row = log.topics.last_row
        for position in watched.due(last_row):
            topic_id = int(watched.topic[position])
            self._read(log, topic_id, self._rules[watched.rule[position]])
            watched.mark_read(position, last_row)
            if time.perf_counter() >= deadline:
                break
        return not len(watched.due(last_row))

    def name_for_level(self, level: bytes) -> str | None:
        """Return the name of an id, wherever it is a level; safe to show as plain text."""
        return self._levels.names.get(level)

    def name_for_path(self, path: bytes) -> str | None:
        """Return the name of a Topic Name, or of the levels from the root to a node, joined as in one.

        That is the name of this very topic, else that of its last level.
        """
        name = self._paths.names.get(path)
        return name if name is not None else self._levels.names.get(path.rpartition(b"/")[2])

    def named(self, text: str) -> Named:
        """Return what has a name with a text in it; capitals and small letters are alike."""
        wanted = text.casefold()
        return Named(
            frozenset(key for key, name in self._levels.names.items() if wanted in name.casefold()),
            frozenset(key for key, name in self._paths.names.items() if wanted in name.casefold()),
        )

    def clear(self) -> None:
        """Forget all names, as when another capture is opened."""
        self.version += 1
        self.unread.clear()
        self._levels, self._paths = _Claims(), _Claims()
        self._log, self._watched = None, _Watched()

    # Private

    def _read(self, log: CaptureLog, topic_id: int, rule: NameRule) -> None:
        topic = log.topics.names[topic_id]
        levels: list[_Claimed] = []
        paths: list[_Claimed] = []
        self.unread.discard(topic)
        try:
            payload = _payload(log, topic_id, rule.largest)
            for claim in rule.read(topic, payload) if payload else ():
                claimed = _checked(topic, claim)
                if claimed is not None:
                    (paths if claim.is_path else levels).append(claimed)
        except UNREADABLE:
            self.unread.add(topic)
            levels, paths = [], []
        room = MOST_NAMES - len(self)
        changed = self._levels.replace(topic, levels, room)
        if self._paths.replace(topic, paths, room - len(levels)) or changed:
            self.version += 1


class _Watched:
    """Which topics of a log tell names, by which rule, and up to which row they are read."""

    def __init__(self) -> None:
        self.topic: NDArray[np.int64] = np.empty(0, np.int64)
        self.read_row: NDArray[np.int64] = np.empty(0, np.int64)
        self.rule: list[int] = []
        self._looked_at = 0
        self._next = 0

    def look_at_new(self, names: list[bytes], templates: TopicTemplates, deadline: float) -> bool:
        """Hold new topics against the rules until the deadline; tell whether all are done."""
        found: list[int] = []
        while self._looked_at < len(names):
            begin = self._looked_at
            for topic_id, name in enumerate(names[begin : begin + _AT_ONCE], begin):
                rule = templates.index_of(name)
                if rule >= 0:
                    found.append(topic_id)
                    self.rule.append(rule)
            self._looked_at = min(begin + _AT_ONCE, len(names))
            if time.perf_counter() >= deadline:
                break
        if found:
            self.topic = np.concatenate((self.topic, np.array(found, np.int64)))
            self.read_row = np.concatenate((self.read_row, np.full(len(found), NO_ROW, np.int64)))
        return self._looked_at == len(names)

    def due(self, last_row: NDArray[np.int64]) -> list[int]:
        """Return the positions of topics on which something has come since they were read.

        They take turns, so that those which never rest keep nobody waiting.
        """
        due = np.flatnonzero(last_row[self.topic] != self.read_row)
        turned: list[int] = np.roll(due, -int(np.searchsorted(due, self._next))).tolist()
        return turned

    def mark_read(self, position: int, last_row: NDArray[np.int64]) -> None:
        """Note that a topic is read up to its last row."""
        self.read_row[position] = last_row[self.topic[position]]
        self._next = position + 1


class _Claimed(NamedTuple):
    key: bytes
    source: bytes
    text: str
    common: str


class _Claims:
    """Who says what about which key, and the names that follow from that."""

    def __init__(self) -> None:
        self.names: dict[bytes, str] = {}
        self._of_key: dict[bytes, tuple[_Claimed, ...]] = {}
        self._of_source: dict[bytes, tuple[_Claimed, ...]] = {}

    def replace(self, source: bytes, claims: list[_Claimed], room: int) -> bool:
        """Put what a topic says now in the place of what it said; tell whether that changed a name.

        At most `room` new names are taken.
        """
        before = self._of_source.pop(source, ())
        claims = list(dict.fromkeys(claims))
        if tuple(claims) == before:
            if before:
                self._of_source[source] = before
            return False
        names = {claim.key: self.names.get(claim.key) for claim in (*before, *claims)}
        for key in {claim.key for claim in before}:
            kept = tuple(claim for claim in self._of_key[key] if claim.source != source)
            self._settle(key, kept)
        taken: list[_Claimed] = []
        for claim in claims:
            held = self._of_key.get(claim.key, ())
            if len(held) < _MOST_CLAIMS_A_KEY and (held or len(taken) < room):
                self._settle(claim.key, (*held, claim))
                taken.append(claim)
        if taken:
            self._of_source[source] = tuple(taken)
        return any(self.names.get(key) != name for key, name in names.items())

    def _settle(self, key: bytes, claims: tuple[_Claimed, ...]) -> None:
        """Keep the claims to a key, and what it is called by them."""
        if not claims:
            del self._of_key[key], self.names[key]
            return
        self._of_key[key] = claims
        common = claims[-1].common
        is_disputed = any(claim.text != claims[-1].text for claim in claims)
        is_common = is_disputed and common and all(claim.common == common for claim in claims)
        self.names[key] = common if is_common else claims[-1].text


def clean_name(text: str) -> str:
    """Return a name from the network as one short line of safe text."""
    safe = escape(text[: 2 * LONGEST_NAME].strip())
    return safe if len(safe) <= LONGEST_NAME else safe[: LONGEST_NAME - 1] + CUT


def _checked(source: bytes, claim: Claim) -> _Claimed | None:
    """Return a claim that says something: a name that is there, and is more than the id."""
    text = clean_name(claim.text)
    level = claim.key.rpartition(b"/")[2] if claim.is_path else claim.key
    if not text or not claim.key or text.encode(errors="replace") == level:
        return None
    return _Claimed(claim.key, source, text, clean_name(claim.common))


def _payload(log: CaptureLog, topic_id: int, largest: int) -> bytes:
    """Return the last payload of a topic; raises `ValueError` when it is too large, before it is copied."""
    row = int(log.topics.last_row[topic_id])
    if log.first_row <= row < log.end_row:
        segment = log.segment_of(row)
        local = row - segment.first_row
        if (
            int(segment.offset[local + 1])
            - int(segment.payload_offset[local])
            - int(segment.offset[local])
            > largest
        ):
            raise ValueError("too large")
    record = log.last_record(topic_id)
    payload = record.payload if record is not None else b""
    if len(payload) > largest:
        raise ValueError("too large")
    return payload
