"""Top talkers: which topics, and which branches of the tree, speak most, grow fastest, or have fallen silent.

Nothing is counted a second time: the counters of the topic index are looked at some times a second, and a rate is the
difference of two looks.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from topicscope.capture.branches import Branches
from topicscope.capture.rhythm import Rhythm
from topicscope.mqtt.control_packets import Direction

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from topicscope.capture.log import CaptureLog

    Counts = NDArray[np.uint32]

SERIES = 60
"""Values that a series has, one a second, the newest last."""

SHORTEST_S = 0.25
_STEP_S = 1.0
_ROWS_AT_A_TIME = 262_144
_SECOND = 1_000_000_000
_PER_OCTAVE = 12
_RATES = np.exp2(np.arange(256) / _PER_OCTAVE) - 1
"""The rate that each code in a series stands for, within 3 %."""


class Measure(Enum):
    """What talkers are ranked by."""

    MESSAGES = "messages"
    BYTES = "bytes"
    GROWTH = "growth"
    """New topics at a node and below."""
    SILENCE = "silence"
    """How far a topic has outstayed its usual gap between two messages."""


@dataclass(slots=True, frozen=True)
class Talker:
    """One line of a ranking.

    Attributes:
        topic_id: the topic; -1 for a node at which no topic ends.
        node: its node in the tree; -1 while it has none.
        messages_per_s: Application Messages received a second, for a node with all below.
        bytes_per_s: bytes of their packets a second.
        new_topics: topics at the node and below that are new in the window; 0 in a ranking of topics.
        silence_s: seconds since the last message; 0 in a ranking of nodes.
        usual_s: usual seconds between two messages; None where that is not known, and for nodes.
        missed: whether the topic has missed its turn.

    """

    topic_id: int
    node: int
    messages_per_s: float
    bytes_per_s: float
    new_topics: int = 0
    silence_s: float = 0.0
    usual_s: float | None = None
    missed: bool = False


class _Look(NamedTuple):
    """Counters at one time, modulo 2**32; the number of topics is their length."""

    time_ns: int
    messages: Counts
    bytes: Counts


class Sampler:
    """Rates, growth and rhythm of the topics of one log, over a window that ends with the last sample.

    The tree must be grown by somebody else (`TopicIndex.grow`); a node that does not exist yet is in no ranking.
    """

    def __init__(self, log: CaptureLog, window_s: float = 10.0) -> None:
        self._log = log
        self._window_ns = int(window_s * _SECOND)
        self._looks: deque[_Look] = deque()
        self._now: _Look | None = None
        self._series: deque[NDArray[np.uint8]] = deque(maxlen=SERIES)
        self._rhythm = Rhythm()
        self._branches = Branches(log.topics)
        self._next_row = log.first_row

    # Properties

    @property
    def window_s(self) -> float:
        """Length of the window that the rates are of, in seconds; less at first, a little more later."""
        if self._now is None:
            return 0.0
        return (self._now.time_ns - self._looks[0].time_ns) / _SECOND

    # Public methods

    def sample(self, now_ns: int) -> bool:
        """Look at the counters; return False, and do nothing, when the last look is too recent.

        `now_ns` is the wall clock, nanoseconds since the epoch, as in the rows.
        """
        before = self._now
        if before is not None and 0 <= now_ns - before.time_ns < SHORTEST_S * _SECOND:
            return False
        topics = self._log.topics
        self._log.count_topics()
        now = _Look(
            now_ns,
            topics.messages.astype(np.uint32),
            topics.message_bytes.astype(np.uint32),
        )
        if before is None or now_ns < before.time_ns:  # the clock was put back: begin anew
            self._looks.clear()
            self._looks.append(now)
        self._now = now
        self._step(now)
        self._branches.follow()
        self._take_rows()
        return True

    def rank(self, by: Measure, n: int = 20, *, nodes: bool = False) -> list[Talker]:
        """Return up to `n` talkers, most first; those with nothing to tell are left out.

        `nodes` ranks nodes with all topics below instead of topics; a node that has it all from a single node
        below is left out in favour of that. Growth is always of nodes, silence always of topics.
        """
        if self._now is None:
            return []
        if by is Measure.GROWTH or (nodes and by is not Measure.SILENCE):
            return self._rank_nodes(by, n)
        return self._rank_topics(by, n)

    def series(self, topic_id: int) -> NDArray[np.float64]:
        """Return the last `SERIES` values of messages a second of a topic, each within 3 %; 0 before the first."""
        codes = [one[topic_id] if topic_id < len(one) else 0 for one in self._series]
        values = np.zeros(SERIES)
        values[SERIES - len(codes) :] = _RATES[codes] if codes else 0
        return values

    def talker(self, topic_id: int) -> Talker:
        """Return what is known of one topic."""
        ids = np.array([topic_id])
        return self._talkers(ids, self._delta_messages(), self._delta_bytes())[0]

    def lateness(self) -> NDArray[np.float64]:
        """Return how many times its usual silence each topic has been silent at the last look; 0 where not too long."""
        if self._now is None:
            return np.zeros(0)
        return self._rhythm.lateness(self._now.time_ns)

    def usual_s(self, topic_id: int) -> float | None:
        """Return the usual seconds between two messages of a topic; None where that is not known."""
        return self._rhythm.usual(topic_id).gap_s

    # Private

    def _step(self, now: _Look) -> None:
        """Keep a look for each second, and none that is older than the window needs."""
        last = self._looks[-1]
        passed = (now.time_ns - last.time_ns) / _SECOND
        if passed >= _STEP_S:
            rates = _difference(now.messages, last.messages) / np.float32(passed)
            codes = np.minimum(np.rint(np.log2(1 + rates) * _PER_OCTAVE), 255).astype(np.uint8)
            self._series.extend([codes] * min(SERIES, round(passed)))
            self._looks.append(now)
        while len(self._looks) > 1 and now.time_ns - self._looks[1].time_ns >= self._window_ns:
            self._looks.popleft()

    def _take_rows(self) -> None:
        """Bring the rhythm up to the newest row; of a very long run only the end is looked at."""
        log = self._log
        first = max(log.first_row, log.end_row - _ROWS_AT_A_TIME)
        if self._next_row < first:
            self._rhythm.forget_last()
            self._next_row = first
        size = len(log.topics)
        for segment in log.segments:
            begin, end = max(0, self._next_row - segment.first_row), segment.count
            if begin >= end:
                continue
            ids, times = segment.topic[begin:end], segment.times(begin, end)
            counted = (ids >= 0) & (segment.directions(begin, end) == Direction.IN)
            if not counted.all():
                ids, times = ids[counted], times[counted]
            self._rhythm.count(ids, times, size)
        self._next_row = log.end_row

    def _delta_messages(self) -> Counts:
        assert self._now is not None
        return _difference(self._now.messages, self._looks[0].messages)

    def _delta_bytes(self) -> Counts:
        assert self._now is not None
        return _difference(self._now.bytes, self._looks[0].bytes)

    def _rank_topics(self, by: Measure, n: int) -> list[Talker]:
        assert self._now is not None
        messages, message_bytes = self._delta_messages(), self._delta_bytes()
        if by is Measure.SILENCE:
            ids = _largest(self._rhythm.lateness(self._now.time_ns), n)
        else:
            ids = _largest(messages if by is Measure.MESSAGES else message_bytes, n)
        return self._talkers(ids, messages, message_bytes)

    def _talkers(
        self, ids: NDArray[np.intp], messages: Counts, message_bytes: Counts
    ) -> list[Talker]:
        assert self._now is not None
        seconds = self.window_s or 1.0
        silence = self._rhythm.silence(self._now.time_ns)
        late = self._rhythm.lateness(self._now.time_ns)
        return [
            Talker(
                topic_id=topic_id,
                node=self._log.topics.node_of_topic(topic_id),
                messages_per_s=float(messages[topic_id]) / seconds,
                bytes_per_s=float(message_bytes[topic_id]) / seconds,
                silence_s=float(silence[topic_id]),
                usual_s=self._rhythm.usual(topic_id).gap_s,
                missed=bool(late[topic_id]),
            )
            for topic_id in ids.tolist()
        ]

    def _rank_nodes(self, by: Measure, n: int) -> list[Talker]:
        assert self._now is not None
        branches, topics = self._branches, self._log.topics
        messages = branches.totals(self._delta_messages().astype(np.float64))
        message_bytes = branches.totals(self._delta_bytes().astype(np.float64))
        known, size = len(self._looks[0].messages), len(self._now.messages)
        new = branches.totals(np.ones(size - known), first=known)
        totals = {
            Measure.MESSAGES: messages,
            Measure.BYTES: message_bytes,
            Measure.GROWTH: new,
        }[by]
        seconds = self.window_s or 1.0
        return [
            Talker(
                topic_id=topics.topic_of_node(node),
                node=node,
                messages_per_s=float(messages[node]) / seconds,
                bytes_per_s=float(message_bytes[node]) / seconds,
                new_topics=int(new[node]),
            )
            for node in _largest(np.where(branches.forks(totals), totals, 0.0), n).tolist()
        ]


def _difference(now: Counts, then: Counts) -> Counts:
    difference = now.copy()
    difference[: len(then)] -= then
    return difference


def _largest(values: NDArray[np.number], n: int) -> NDArray[np.intp]:
    """Return the indices of the `n` largest values above 0, largest first, equal ones in order."""
    if n < len(values):
        border = np.partition(values, len(values) - n)[len(values) - n]
        above = np.flatnonzero(values > border)
        equal = np.flatnonzero(values == border)[: n - len(above)]
        indices = np.concatenate((above, equal))
    else:
        indices = np.arange(len(values))
    indices = indices[values[indices] > 0]
    return indices[np.lexsort((indices, -values[indices].astype(np.float64)))]
