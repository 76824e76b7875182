"""Whether two Topic Filters can match the same Topic Name: then brokers may send its messages twice."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from topicscope.mqtt.topics import TopicFilter, levels
from topicscope.payload import preview

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHOWN_BYTES = 80


def overlaps(one: str, other: str) -> bool:
    """Tell whether a Topic Name can match both (section 4.7); raises `ValueError` for an invalid Topic Filter."""
    pairs = zip_longest(levels(TopicFilter(one).filter), levels(TopicFilter(other).filter))
    for depth, (mine, theirs) in enumerate(pairs):
        if not depth and _is_kept_from_wildcards(mine, theirs):
            return False
        if "#" in {mine, theirs}:
            return True
        if mine is None or theirs is None or (mine != theirs and "+" not in {mine, theirs}):
            return False
    return True


def overlap_warning(topic_filters: Iterable[str], known: Iterable[str]) -> str:
    """Say which Topic Filter, known or one of those in front, matches what another one matches; empty for none."""
    before = list(known)
    for topic_filter in topic_filters:
        for other in before:
            # The same one again takes the place of the one before (section 3.8.4).
            if other != topic_filter and overlaps(topic_filter, other):
                name = preview(other.encode(errors="replace"), _SHOWN_BYTES)
                return f"Overlaps {name}: the broker may send a message once for each of them."
        before.append(topic_filter)
    return ""


def _is_kept_from_wildcards(mine: str | None, theirs: str | None) -> bool:
    """Tell whether one begins with `$` and the other with a wildcard (section 4.7.2)."""
    first, second = mine or "", theirs or ""
    return (first[:1] == "$" and second in {"+", "#"}) or (
        second[:1] == "$" and first in {"+", "#"}
    )
