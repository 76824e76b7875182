"""Whether two Topic Filters can match the same Topic Name (section 4.7)."""

from __future__ import annotations

from itertools import zip_longest

from topicscope.mqtt.topics import TopicFilter, levels


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


def _is_kept_from_wildcards(mine: str | None, theirs: str | None) -> bool:
    """Tell whether one begins with `$` and the other with a wildcard (section 4.7.2)."""
    first, second = mine or "", theirs or ""
    return (first[:1] == "$" and second in {"+", "#"}) or (
        second[:1] == "$" and first in {"+", "#"}
    )
