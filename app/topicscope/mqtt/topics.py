"""Topic Names and Topic Filters: validity, matching, levels (MQTT 5.0 sections 4.7 and 4.8.2).

Topics from the network are bytes and need not be valid UTF-8; nothing here raises for those.
Names are compared byte by byte and never normalised (section 4.7.3).
"""

from __future__ import annotations

import operator
import re
from functools import lru_cache, partial
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_TOPIC_LENGTH = 65_535
"""Longest Topic Name or Topic Filter, in bytes of UTF-8 (section 4.7.3)."""

LEVEL_SEPARATOR = "/"
SINGLE_LEVEL = "+"
MULTI_LEVEL = "#"
SHARE_PREFIX = "$share/"

_WARNINGS = (
    (re.compile("[\x01-\x1f\x7f-\x9f]"), "a control character"),
    (re.compile("[\ufdd0-\ufdef]"), "a non-character"),
    (
        re.compile(
            "["
            + "".join(f"{chr(p << 16 | 0xFFFE)}{chr(p << 16 | 0xFFFF)}" for p in range(17))
            + "]"
        ),
        "a non-character",
    ),
    (
        re.compile("[\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]"),
        "an invisible character",
    ),
)


# --- validity ---


def topic_name_problem(name: str | bytes) -> str | None:
    """Say why `name` cannot be a Topic Name, or None when it can (section 4.7)."""
    text, problem = _text_or_problem(name, "Topic Name")
    if problem:
        return problem
    for wildcard in (MULTI_LEVEL, SINGLE_LEVEL):
        if wildcard in text:
            return f"A Topic Name must not contain the wildcard {wildcard}"
    return None


def topic_filter_problem(topic_filter: str | bytes) -> str | None:
    """Say why `topic_filter` cannot be a Topic Filter, or None when it can (4.7, 4.8.2)."""
    text, problem = _text_or_problem(topic_filter, "Topic Filter")
    if problem:
        return problem
    if text.startswith(SHARE_PREFIX):
        share_name, slash, text = text.removeprefix(SHARE_PREFIX).partition(LEVEL_SEPARATOR)
        problem = _share_problem(share_name, slash, text)
    return problem or _wildcard_problem(text)


def topic_name_warning(name: str | bytes) -> str | None:
    """Say what is allowed in a Topic Name but asks for trouble, or None (section 1.5.4)."""
    text = name.decode(errors="ignore") if isinstance(name, bytes) else name
    for pattern, what in _WARNINGS:
        found = pattern.search(text)
        if found:
            return f"The topic contains {what} (U+{ord(found[0]):04X}): allowed, but often refused"
    return None


def _text_or_problem(topic: str | bytes, what: str) -> tuple[str, str | None]:
    try:
        data = topic.encode() if isinstance(topic, str) else topic
        text = data.decode()
    except UnicodeDecodeError as error:
        return "", f"A {what} must be UTF-8, byte {error.start} is not ({error.reason})"
    except UnicodeEncodeError as error:
        return "", f"A {what} must not contain half of a surrogate pair (character {error.start})"
    if not text:
        return "", f"A {what} must be at least one character long"
    if "\0" in text:
        return "", f"A {what} must not contain the null character U+0000"
    if len(data) > MAX_TOPIC_LENGTH:
        return "", (
            f"A {what} must not be longer than {MAX_TOPIC_LENGTH:,} bytes, this has {len(data):,}"
        )
    return text, None


def _share_problem(share_name: str, slash: str, rest: str) -> str | None:
    if not share_name:
        return "A Shared Subscription needs a Share Name: $share/name/filter"
    for wildcard in (MULTI_LEVEL, SINGLE_LEVEL):
        if wildcard in share_name:
            return f"A Share Name must not contain the wildcard {wildcard}"
    if not slash or not rest:
        return "A Shared Subscription needs a Topic Filter behind the Share Name"
    return None


def _wildcard_problem(text: str) -> str | None:
    *front, last = text.split(LEVEL_SEPARATOR)
    for level in (*front, last):
        for wildcard in (MULTI_LEVEL, SINGLE_LEVEL):
            if wildcard in level and level != wildcard:
                return f"The wildcard {wildcard} must stand alone in its level"
    if MULTI_LEVEL in front:
        return "The wildcard # must be the last level"
    return None


# --- levels ---


@overload
def levels(topic: str) -> list[str]: ...
@overload
def levels(topic: bytes) -> list[bytes]: ...
def levels(topic: str | bytes) -> list[str] | list[bytes]:
    """Split a topic into its levels, which may be empty (section 4.7.1.1)."""
    if isinstance(topic, bytes):
        return topic.split(b"/")
    return topic.split("/")


# --- matching ---


class TopicFilter:
    """A Topic Filter made ready to be asked for many Topic Names.

    Raises `ValueError` with a sentence when `text` is not a valid Topic Filter.
    """

    __slots__ = ("_matches_bytes", "filter", "share_name", "text")

    def __init__(self, text: str) -> None:
        problem = topic_filter_problem(text)
        if problem:
            raise ValueError(problem)
        self.text: str = text
        self.share_name: str | None = None
        self.filter: str = text
        if text.startswith(SHARE_PREFIX):
            self.share_name, _, self.filter = text.removeprefix(SHARE_PREFIX).partition("/")
        self._matches_bytes = _matcher(self.filter.encode())

    def __repr__(self) -> str:
        return f"TopicFilter({self.text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TopicFilter) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def matches(self, topic: bytes | str) -> bool:
        """Tell whether the Topic Name matches; bytes need not be UTF-8."""
        if isinstance(topic, str):
            topic = topic.encode(errors="surrogatepass")
        return self._matches_bytes(topic)


def topic_matches(topic_filter: str, topic: bytes | str) -> bool:
    """Tell whether the Topic Name matches the filter; raises `ValueError` for an invalid filter."""
    return _compiled(topic_filter).matches(topic)


@lru_cache(maxsize=256)
def _compiled(topic_filter: str) -> TopicFilter:
    return TopicFilter(topic_filter)


def _matcher(topic_filter: bytes) -> Callable[[bytes], bool]:
    if topic_filter == b"#":
        return _is_not_of_the_server
    if b"+" in topic_filter:
        return _pattern_matcher(topic_filter)
    if topic_filter.endswith(b"/#"):
        return _prefix_matcher(topic_filter[:-2])
    return partial(operator.eq, topic_filter)


def _is_not_of_the_server(topic: bytes) -> bool:
    """Refuse the topics that begin with $: no leading wildcard matches them (section 4.7.2)."""
    return not topic.startswith(b"$")


def _prefix_matcher(parent: bytes) -> Callable[[bytes], bool]:
    below = parent + b"/"

    def matches(topic: bytes) -> bool:
        return topic.startswith(below) or topic == parent

    return matches


def _pattern_matcher(topic_filter: bytes) -> Callable[[bytes], bool]:
    front = topic_filter.removesuffix(b"/#")
    pattern = b"/".join(
        b"[^/]*" if level == b"+" else re.escape(level) for level in front.split(b"/")
    )
    if front != topic_filter:
        pattern += b"(?:/.*)?"
    if topic_filter.startswith(b"+"):
        pattern = rb"(?!\$)" + pattern
    full_match = re.compile(pattern, re.DOTALL).fullmatch

    def matches(topic: bytes) -> bool:
        return full_match(topic) is not None

    return matches
