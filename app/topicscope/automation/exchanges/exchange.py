"""Requests and their responses in a capture: pairs, what has no other half, and how long answers take.

It follows the log in steps of a few milliseconds on the thread that owns the log.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict, deque
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from topicscope.automation.histogram import Histogram, duration_text
from topicscope.capture.record import record_of
from topicscope.mqtt.control_packets import Direction
from topicscope.mqtt.properties import BY_KEY, SUBSCRIPTION_IDENTIFIER

if TYPE_CHECKING:
    from collections.abc import Hashable

    from topicscope.automation.exchanges.pairings import Pairing, Part
    from topicscope.capture.log import CaptureLog
    from topicscope.capture.record import Record
    from topicscope.capture.segment import Segment

TIMEOUT_S = 10.0
"""How long an answer may take before it counts as missing."""

ECHO_NS = 10_000_000_000
"""How long after we have sent a message the same one counts as its copy from the broker."""

MOST_OPEN = 100_000
"""Requests that are waited for at once; older ones stay without an answer."""

_CHUNK_ROWS = 512
_OF_ONE_CONNECTION = frozenset({SUBSCRIPTION_IDENTIFIER, BY_KEY["topic_alias"].identifier})
"""Properties that a message gets on its way to one client, so that its copy has others."""
_NONE = -1


class Pair(NamedTuple):
    """A request and its response; rows may have been evicted since.

    Attributes:
        response_row: None while there is none.
        request_ns: when the request crossed, nanoseconds since the epoch.
        latency_s: time from the request to its first response; None while there is none.
        further: responses behind the first.

    """

    request_row: int
    response_row: int | None
    request_ns: int
    latency_s: float | None
    further: int


@dataclass(frozen=True, slots=True)
class Summary:
    """What was found.

    Attributes:
        waiting: requests without a response, which may still come.
        timed_out: requests without a response for longer than the time-out.
        late: responses that took longer than the time-out.
        orphans: responses to requests that were not seen.

    """

    requests: int
    answered: int
    waiting: int
    timed_out: int
    late: int
    orphans: int
    latencies: Histogram

    def words(self) -> str:
        """Say it in a sentence."""
        if not self.requests and not self.orphans:
            return "No requests were seen."
        text = f"{self.answered:,} of {self.requests:,} requests answered"
        if self.answered:
            text += f" ({self.latencies.words()})"
        parts = (
            (self.waiting, "waiting"),
            (self.timed_out, "never answered"),
            (self.late, "answered too late"),
            (self.orphans, "responses to no request seen"),
        )
        return text + "".join(f", {count:,} {what}" for count, what in parts if count) + "."


class Exchanges:
    """Pairs of one log, in the order of their requests: `len` and index work as in a list.

    Attributes:
        newest_ns: time of the newest row looked at, nanoseconds since the epoch.
        timeout_s: how long an answer may take.

    """

    def __init__(self, log: CaptureLog, pairing: Pairing, timeout_s: float = TIMEOUT_S) -> None:
        self.timeout_s = timeout_s
        self._log = log
        self._pairing = pairing
        self._next_row = log.first_row
        self._candidates: deque[tuple[Segment, int]] = deque()
        self._request_rows = array("q")
        self._request_ns = array("q")
        self._request_topics = array("i")
        self._response_rows = array("q")
        self._latencies_ns = array("q")
        self._orphan_rows = array("q")
        self._further: dict[int, int] = {}
        self._latencies = Histogram()
        self._late = 0
        self.newest_ns = 0
        self._open: OrderedDict[Hashable, deque[int]] = OrderedDict()
        self._open_count = 0
        self._closed: OrderedDict[Hashable, int] = OrderedDict()
        self._sent: OrderedDict[Hashable, int] = OrderedDict()

    def __len__(self) -> int:
        return len(self._request_rows)

    def __getitem__(self, index: int) -> Pair:
        row, latency = self._response_rows[index], self._latencies_ns[index]
        return Pair(
            request_row=self._request_rows[index],
            response_row=None if row == _NONE else row,
            request_ns=self._request_ns[index],
            latency_s=None if row == _NONE else latency / 1e9,
            further=self._further.get(index, 0),
        )

    @property
    def orphan_rows(self) -> list[int]:
        """Rows of responses to requests that were not seen."""
        return list(self._orphan_rows)

    def newest(self, key: Hashable) -> Pair | None:
        """Return the newest pair with a key, answered or not; None where no such request was seen."""
        asked = self._open.get(key)
        index = asked[-1] if asked else self._closed.get(key)
        return None if index is None else self[index]

    def unanswered(self, now_ns: int | None = None) -> list[int]:
        """Return which pairs have no response within the time-out, oldest first; `now_ns` is else the newest row's."""
        return np.flatnonzero(self._is_timed_out(now_ns)).tolist()

    def summary(self, now_ns: int | None = None) -> Summary:
        """Return what was found so far; `now_ns` is else the time of the newest row."""
        timed_out = int(np.count_nonzero(self._is_timed_out(now_ns)))
        answered = self._latencies.count
        return Summary(
            requests=len(self),
            answered=answered,
            waiting=len(self) - answered - timed_out,
            timed_out=timed_out,
            late=self._late,
            orphans=len(self._orphan_rows),
            latencies=self._latencies.copy(),
        )

    def update(self, budget_s: float = 0.008) -> bool:
        """Look at the rows that are new, for about `budget_s` seconds; tell whether all have been looked at."""
        deadline = perf_counter() + budget_s
        while True:
            while self._candidates:
                if perf_counter() >= deadline:
                    return False
                self._take(*self._candidates.popleft())
            if self._next_row >= self._log.end_row:
                return True
            if perf_counter() >= deadline:
                return False
            self._look_on()

    # Private

    def _is_timed_out(self, now_ns: int | None) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        now = self.newest_ns if now_ns is None else now_ns
        ages = now - np.array(self._request_ns, np.int64)
        missing = np.array(self._response_rows, np.int64) == _NONE
        timed_out: np.ndarray[tuple[int], np.dtype[np.bool_]] = missing & (
            ages > int(self.timeout_s * 1e9)
        )
        return timed_out

    def _look_on(self) -> None:
        """Find the candidates among the next rows."""
        self._next_row = max(self._next_row, self._log.first_row)
        segment = self._log.segment_of(self._next_row)
        begin = self._next_row - segment.first_row
        end = min(segment.count, begin + _CHUNK_ROWS)
        rows = np.flatnonzero(self._pairing.candidates(segment, begin, end)) + begin
        self._candidates.extend((segment, local) for local in rows.tolist())
        self.newest_ns = max(self.newest_ns, segment.time_of(end - 1))
        self._next_row = segment.first_row + end

    def _take(self, segment: Segment, local: int) -> None:
        record = record_of(segment, local, self._log.versions, self._log.topics.names)
        if self._is_echo(record):
            return
        for part in self._pairing.parts(record):
            self._take_part(part, record)

    def _is_echo(self, record: Record) -> bool:
        """Tell whether a message is our own, on its way back from the broker."""
        is_sent = record.direction is Direction.OUT
        if not is_sent and not self._sent:
            return False
        kept = tuple(item for item in record.properties if item[0] not in _OF_ONE_CONNECTION)
        key = (record.topic_id, record.payload, kept)
        if is_sent:
            self._sent[key] = record.time_ns
            self._sent.move_to_end(key)
            while record.time_ns - self._sent[oldest := next(iter(self._sent))] > ECHO_NS:
                del self._sent[oldest]
            return False
        sent_ns = self._sent.pop(key, None)
        return sent_ns is not None and record.time_ns - sent_ns <= ECHO_NS

    def _take_part(self, part: Part, record: Record) -> None:
        if part.role == "request" or (part.role == "either" and not self._is_answer(part, record)):
            self._ask(part.key, record)
            return
        asked = self._open.get(part.key)
        if asked:
            self._answer(part.key, asked, record)
        elif part.key in self._closed:
            index = self._closed[part.key]
            self._further[index] = self._further.get(index, 0) + 1
        elif part.role == "response":
            self._orphan_rows.append(record.row)

    def _is_answer(self, part: Part, record: Record) -> bool:
        asked = self._open.get(part.key)
        return asked is not None and self._request_topics[asked[0]] != record.topic_id

    def _ask(self, key: Hashable, record: Record) -> None:
        self._open.setdefault(key, deque()).append(len(self._request_rows))
        self._open_count += 1
        self._request_rows.append(record.row)
        self._request_ns.append(record.time_ns)
        self._request_topics.append(record.topic_id)
        self._response_rows.append(_NONE)
        self._latencies_ns.append(_NONE)
        while self._open_count > MOST_OPEN:
            oldest = next(iter(self._open))
            self._open_count -= len(self._open.pop(oldest))

    def _answer(self, key: Hashable, asked: deque[int], record: Record) -> None:
        index = asked.popleft()
        self._open_count -= 1
        if not asked:
            del self._open[key]
        latency_ns = max(0, record.time_ns - self._request_ns[index])
        self._response_rows[index] = record.row
        self._latencies_ns[index] = latency_ns
        self._latencies.add(latency_ns / 1e9)
        self._late += latency_ns > self.timeout_s * 1e9
        self._closed[key] = index
        self._closed.move_to_end(key)
        if len(self._closed) > MOST_OPEN:
            self._closed.popitem(last=False)


def latency_text(pair: Pair, timeout_s: float, now_ns: int) -> str:
    """Say how long a response took, or that there is none yet or never was."""
    if pair.latency_s is not None:
        late = ", too late" if pair.latency_s > timeout_s else ""
        return duration_text(pair.latency_s) + late
    waited = (now_ns - pair.request_ns) / 1e9
    return "no answer" if waited > timeout_s else f"waiting for {duration_text(waited)}"
