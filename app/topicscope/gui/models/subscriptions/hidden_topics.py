"""Which topics the subscriptions pane hides from the tables: by exclusions, by mute and by solo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from topicscope.gui.models.subscriptions.subscription import SubscriptionState, specificity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from topicscope.capture.topic_index import TopicIndex
    from topicscope.gui.models.subscriptions.subscription import Subscription

ASKED_AT_ONCE: Final = 2_000
"""Topics that may be asked at once whether they are hidden."""
_NOTHING_KNOWN: Final = np.zeros(0, np.bool_)


class HiddenTopics:
    """A state of the subscriptions that never changes: call it with a Topic Name.

    An exclusion hides all that it matches. While something is solo, only what that matches is shown. Else a topic is
    hidden when the subscription that says most about it, the one whose colour it wears, is muted.
    """

    def __init__(self, rows: Iterable[Subscription], topics: TopicIndex | None = None) -> None:
        """Take in what rows hide; of `topics` those that rows were asked about need not be asked again."""
        rows = list(rows)
        self._key = tuple(
            (row.topic_filter, row.is_exclusion, row.is_muted, row.is_solo, _is_paused(row))
            for row in rows
        )
        active = [row for row in rows if row.is_exclusion]
        self._topics = topics
        self._answers = _answers(rows) if topics is not None else _NOTHING_KNOWN
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

    @property
    def unasked(self) -> int:
        """How many topics some row was not asked about."""
        return 0 if self._topics is None else len(self._topics.names) - len(self._answers)

    def has_to_wait(self, topics: TopicIndex) -> bool:
        """Say whether these are very many topics of another capture: whoever made this asks them bit by bit."""
        return self._topics is not topics and len(topics) > ASKED_AT_ONCE

    def answers(self, topics: TopicIndex) -> NDArray[np.bool_]:
        """Return for the first topics of a capture whether they are hidden, as far as that is known; never changed."""
        return self._answers if topics is self._topics else _NOTHING_KNOWN

    def __call__(self, topic: bytes) -> bool:
        """Tell whether messages on a topic are hidden."""
        if any(matches(topic) for matches in self._excluded):
            return True
        if self._solo:
            return not any(matches(topic) for matches in self._solo)
        return next((muted for matches, muted in self._ranked if matches(topic)), False)


def _answers(rows: list[Subscription]) -> NDArray[np.bool_]:
    """Say of the topics that all rows were asked about whether they are hidden; the same as asking by name."""
    known = min((row.checked for row in rows), default=0)
    hidden = np.zeros(known, np.bool_)
    ranked = sorted((row for row in rows if not row.is_exclusion), key=specificity)
    if any(row.is_solo for row in ranked):
        hidden[:] = True
        for row in ranked:
            if row.is_solo:
                hidden[_below(row, known)] = False
    else:
        for row in ranked:
            hidden[_below(row, known)] = row.is_muted
    for row in rows:
        if row.is_exclusion and not _is_paused(row):
            hidden[_below(row, known)] = True
    return hidden


def _below(row: Subscription, end: int) -> NDArray[np.int64]:
    ids = row.topic_ids
    return ids[: int(np.searchsorted(ids, end))]


def _is_paused(row: Subscription) -> bool:
    return row.is_exclusion and row.state is SubscriptionState.PAUSED
