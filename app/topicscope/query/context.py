"""What a filter must know beside its text: the capture it looks at, the clock, the subscriptions, the level names."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from topicscope.query.answers import Answers
from topicscope.query.history import History

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from topicscope.capture.log import CaptureLog


def _no_subscriptions() -> Mapping[int, str]:
    return {}


def _no_level(name: str, topic: bytes) -> str | None:
    del name, topic
    return None


class FilterContext:
    """One for each capture log and kind of table; what filters found out about rows is kept here for the next.

    Attributes:
        log: the capture.
        packets: whether every Control Packet is looked at, not only Application Messages.
        now: the clock that `-5m` is measured from when a filter is made, nanoseconds since the epoch.
        subscriptions: returns the Topic Filter of each subscription by its number.
        level_names: names of topic levels that people gave.
        level_of: returns what a topic has at a level of that name, or None.

    """

    def __init__(
        self,
        log: CaptureLog,
        *,
        packets: bool = False,
        now: Callable[[], int] = time.time_ns,
        subscriptions: Callable[[], Mapping[int, str]] = _no_subscriptions,
        level_names: Sequence[str] = (),
        level_of: Callable[[str, bytes], str | None] = _no_level,
    ) -> None:
        self.log = log
        self.packets = packets
        self.now = now
        self.subscriptions = subscriptions
        self.level_names = tuple(level_names)
        self.level_of = level_of
        self.answers = Answers()
        self.history = History()
