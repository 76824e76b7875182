"""Which topics the subscriptions pane hides from the tables: by exclusions, by mute and by solo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topicscope.gui.models.subscription import SubscriptionState, specificity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from topicscope.gui.models.subscription import Subscription


class HiddenTopics:
    """A state of the subscriptions that never changes: call it with a Topic Name.

    An exclusion hides all that it matches. While something is solo, only what that matches is shown. Else a topic is
    hidden when the subscription that says most about it, the one whose colour it wears, is muted.
    """

    def __init__(self, rows: Iterable[Subscription]) -> None:
        rows = list(rows)
        self._key = tuple(
            (row.topic_filter, row.is_exclusion, row.is_muted, row.is_solo, _is_paused(row))
            for row in rows
        )
        active = [row for row in rows if row.is_exclusion]
        self._excluded = tuple(row.matcher.matches for row in active if not _is_paused(row))
        ranked = sorted((row for row in rows if not row.is_exclusion), key=specificity)
        self._solo = tuple(row.matcher.matches for row in ranked if row.is_solo)
        self._ranked = (
            tuple((row.matcher.matches, row.is_muted) for row in reversed(ranked))
            if any(row.is_muted for row in ranked)
            else ()
        )

    def __bool__(self) -> bool:
        return bool(self._excluded or self._solo or self._ranked)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, HiddenTopics):
            return NotImplemented
        return self._key == other._key or not (self or other)

    __hash__ = None  # type: ignore[assignment]

    def __call__(self, topic: bytes) -> bool:
        """Tell whether messages on a topic are hidden."""
        if any(matches(topic) for matches in self._excluded):
            return True
        if self._solo:
            return not any(matches(topic) for matches in self._solo)
        return next((muted for matches, muted in self._ranked if matches(topic)), False)


def _is_paused(row: Subscription) -> bool:
    return row.is_exclusion and row.state is SubscriptionState.PAUSED
