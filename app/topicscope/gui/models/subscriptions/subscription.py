"""One subscription or exclusion as the window knows it: what was asked for, the answer, and what was counted."""

from __future__ import annotations

import time
from collections import deque
from enum import Enum
from typing import TYPE_CHECKING, Final

import numpy as np

from topicscope.gui.text import format_bytes, format_count, format_rate, format_time
from topicscope.gui.theme import colour, series_colour
from topicscope.mqtt.topics import MULTI_LEVEL, SHARE_PREFIX, SINGLE_LEVEL, TopicFilter

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtGui import QColor

    from topicscope.capture.topic_index import TopicIndex
    from topicscope.connection.state import SubscriptionRequest

RATE_WINDOW_S: Final = 3.0
"""Rates are those of the last so many seconds."""
EXCLUSION_MARK: Final = "− "
_NAMES_A_LOOK_AT_THE_CLOCK: Final = 512
_RETAINED: Final = (
    "",
    "retained messages only when the subscription is new",
    "no retained messages",
)


class SubscriptionState(Enum):
    """What is known of one subscription."""

    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"
    PAUSED = "paused"


class Subscription:
    """One row: a Topic Filter that was subscribed to, or one whose messages are hidden (an exclusion).

    Attributes:
        request: what was asked for; the Topic Filter alone for an exclusion.
        alias: what the user calls it; empty for its Topic Filter.
        is_muted: whether its messages are received and counted, but not shown.
        is_solo: whether only its messages are shown, and those of others that are solo.
        series: index of its colour in the series of a theme: each theme has its own shade of it.

    """

    __slots__ = (
        "_checked",
        "_ids",
        "_samples",
        "alias",
        "answer",
        "bytes",
        "granted",
        "is_exclusion",
        "is_muted",
        "is_solo",
        "last_time_ns",
        "matcher",
        "messages",
        "rate",
        "request",
        "series",
        "state",
    )

    def __init__(
        self, request: SubscriptionRequest, series: int = 0, *, is_exclusion: bool = False
    ) -> None:
        """Make a row; raises `ValueError` when the Topic Filter is not valid (section 4.7)."""
        self.matcher = TopicFilter(request.topic_filter)
        self.request = request
        self.series = series
        self.is_exclusion = is_exclusion
        self.alias = ""
        self.is_muted = False
        self.is_solo = False
        self.state = SubscriptionState.GRANTED if is_exclusion else SubscriptionState.ASKED
        self.answer = ""
        self.granted: int | None = None
        self.forget_topics()

    @property
    def colour(self) -> QColor:
        """Its colour in the theme in use."""
        return colour("faint") if self.is_exclusion else series_colour(self.series)

    @property
    def checked(self) -> int:
        """Number of topics that the filter was asked about."""
        return self._checked

    @property
    def topic_ids(self) -> NDArray[np.int64]:
        """The topics among those that match; never changed, only replaced."""
        return self._ids

    @property
    def topic_filter(self) -> str:
        """The Topic Filter as it was asked for, share name included."""
        return self.matcher.text

    @property
    def qos(self) -> int:
        """The highest QoS that was asked for."""
        return self.request.qos

    @property
    def is_shared(self) -> bool:
        """Whether it is a Shared Subscription (section 4.8.2)."""
        return self.topic_filter.startswith(SHARE_PREFIX)

    @property
    def specificity(self) -> tuple[int, int]:
        """Sort key: the more a filter says, the greater it is."""
        levels = self.matcher.filter.split("/")
        literal = sum(level not in {SINGLE_LEVEL, MULTI_LEVEL} for level in levels)
        return literal, len(levels) - (levels[-1] == MULTI_LEVEL)

    def forget_topics(self) -> None:
        """Begin again with another capture."""
        self._ids: NDArray[np.int64] = np.empty(0, np.int64)
        self._checked = 0
        self._samples: deque[tuple[float, int]] = deque()
        self.messages = 0
        self.bytes = 0
        self.last_time_ns = 0
        self.rate = 0.0

    def match_new(self, names: list[bytes], deadline: float) -> bool:
        """Ask the filter about Topic Names not asked about before; returns whether some are left."""
        matches = self.matcher.matches
        found: list[int] = []
        end = len(names)
        while self._checked < end and time.perf_counter() < deadline:
            upto = min(end, self._checked + _NAMES_A_LOOK_AT_THE_CLOCK)
            found += [n for n in range(self._checked, upto) if matches(names[n])]
            self._checked = upto
        if found:
            self._ids = np.concatenate((self._ids, np.array(found, np.int64)))
        return self._checked < end

    def count(self, topics: TopicIndex, now: float) -> None:
        """Sum what the topics that match have got, and take a sample for the rate."""
        if len(self._ids):
            self.messages = int(topics.messages[self._ids].sum())
            self.bytes = int(topics.message_bytes[self._ids].sum())
            self.last_time_ns = int(topics.last_time_ns[self._ids].max())
        samples = self._samples
        samples.append((now, self.messages))
        while len(samples) > 2 and now - samples[1][0] >= RATE_WINDOW_S:
            samples.popleft()
        then, before = samples[0]
        self.rate = max(0.0, (self.messages - before) / (now - then)) if now > then else 0.0


def specificity(row: Subscription) -> tuple[int, int]:
    """Return the sort key of a subscription: the more its filter says, the greater."""
    return row.specificity


def takes_everything(topic_filter: str) -> bool:
    """Tell whether a Topic Filter matches all that is published, or all but one level deep."""
    return TopicFilter(topic_filter).filter in {"#", "/#", "+/#", "+/+/#"}


def describe(row: Subscription) -> str:
    """Say in words what is known of a subscription."""
    asked = f"Excluded from the tables · {_counts(row)}" if row.is_exclusion else _asked(row)
    lines = [row.alias, row.topic_filter, asked]
    if not row.is_exclusion:
        lines += [_counts(row), answer(row), *_remarks(row)]
    elif row.state is SubscriptionState.PAUSED:
        lines.append("Paused: its messages are shown.")
    return "\n".join(line for line in lines if line)


def answer(row: Subscription) -> str:
    """Say in words what the broker answered."""
    match row.state:
        case SubscriptionState.ASKED:
            return "Not answered by the broker yet."
        case SubscriptionState.GRANTED:
            return row.answer or "Granted."
        case SubscriptionState.REFUSED:
            return f"Refused by the broker: {row.answer}"
        case SubscriptionState.PAUSED:
            return "Paused: not subscribed, kept for later."


def _asked(row: Subscription) -> str:
    request = row.request
    parts = [f"QoS {request.qos}"]
    if request.no_local:
        parts.append("No Local")
    if not request.retain_as_published:
        parts.append("not Retain As Published")
    if request.retain_handling:
        parts.append(_RETAINED[request.retain_handling])
    if request.identifier:
        parts.append(f"Subscription Identifier {request.identifier} on MQTT 5")
    return " · ".join(parts)


def _counts(row: Subscription) -> str:
    parts = [f"{format_count(row.messages)} messages captured"]
    if row.messages:
        parts += [
            format_bytes(row.bytes),
            format_rate(row.rate),
            f"last {format_time(row.last_time_ns)}",
        ]
    return " · ".join(parts)


def _remarks(row: Subscription) -> list[str]:
    remarks: list[str] = []
    if row.is_shared:
        remarks.append(share_warning(row.topic_filter))
    if row.is_solo:
        remarks.append("Solo: only its messages are shown.")
    if row.is_muted:
        remarks.append("Muted: received and counted, but not shown.")
    return remarks


def share_warning(topic_filter: str) -> str:
    """Say what a Shared Subscription does to the other members of its group; empty for any other."""
    name = TopicFilter(topic_filter).share_name
    if name is None:
        return ""
    return f"Takes its share of the messages away from the other members of “{name}”."
