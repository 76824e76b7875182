"""Answers received messages as the responders say, on a thread of its own.

The connection thread only appends batches. The engine keeps the newest in a small capture log of its own, asks each
rule's filter about the new rows at once, and makes objects of those rows only that a rule answers.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from topicscope.automation.responders.answering import Answering
from topicscope.capture.log import CaptureLog
from topicscope.capture.record import record_of
from topicscope.mqtt.control_packets import ControlPacketType, Direction
from topicscope.query import FilterContext, FilterError, compile_filter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from topicscope.automation.publisher import Publisher, TemplateOf, TemplateRenderer
    from topicscope.automation.responders.answering import Answer, ResponderStatus
    from topicscope.automation.responders.responder import Responder
    from topicscope.capture.batch import Batch
    from topicscope.capture.record import Record
    from topicscope.capture.segment import Segment
    from topicscope.query import Filter

_log = logging.getLogger(__name__)

MEMORY_BYTES = 16 * 1024 * 1024
"""What of the past the filters can look back to (``changed``, ``delta``)."""

MOST_WAITING_BYTES = 64 * 1024 * 1024
"""Messages that may wait for the engine; beyond, they are not looked at, and counted."""

_SEGMENT_BYTES = 1 << 20

MOST_DELAYED = 10_000
MOST_WORK_S = 0.002
LEAST_REST_S = 0.0005


class ResponderEngine:
    """See the module. `feed` wants every batch from the first on; any thread may call the others.

    `level_names` and `level_of` are those of the display filter. `on_stopped` is told on the engine's thread which
    rule was stopped because of a loop, and why.
    """

    def __init__(
        self,
        publisher: Publisher,
        renderer: TemplateRenderer,
        templates: TemplateOf,
        *,
        level_names: Sequence[str] = (),
        level_of: Callable[[str, bytes], str | None] | None = None,
        on_stopped: Callable[[str, str], None] | None = None,
    ) -> None:
        self._answering = Answering(
            publisher, renderer, templates, tuple(level_names), level_of, on_stopped
        )
        self._level_names = tuple(level_names)
        self._level_of = level_of
        self._wake = threading.Condition()
        self._arrived: deque[_Arrived] = deque()
        self._waiting_bytes = 0
        self._unseen = 0
        self._commands: deque[Callable[[], None]] = deque()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._is_needed = False
        self._rules: list[Responder] = []
        self._filters: list[tuple[Responder, Filter]] = []
        self._log = CaptureLog(MEMORY_BYTES, 0, _SEGMENT_BYTES)
        self._matches: deque[tuple[Record, Responder]] = deque()
        self._delayed: list[tuple[float, int, Answer]] = []
        self._order = itertools.count()

    # --- any thread ---

    @property
    def unseen(self) -> int:
        """Messages that came too fast to be looked at."""
        return self._unseen

    def set_responders(self, responders: Iterable[Responder]) -> None:
        """Answer as these rules say from now on; one that the loop guard stopped goes on once it is changed."""
        rules = list(responders)
        with self._wake:
            if self._closed:
                return
            self._is_needed = any(rule.enabled for rule in rules)
            self._commands.append(partial(self._take_rules, rules))
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._loop, name="topicscope-responders", daemon=True
                )
                self._thread.start()
            self._wake.notify()

    def resume(self, responder_id: str) -> None:
        """Let a rule go on that the loop guard stopped."""
        with self._wake:
            self._commands.append(partial(self._answering.resume, responder_id))
            self._wake.notify()

    def status(self, responder_id: str) -> ResponderStatus | None:
        """Return how a rule stands; None when there is none."""
        return self._answering.status(responder_id)

    def feed(self, batch: Batch) -> None:
        """Take a batch of the tap; for the connection thread, so it only appends."""
        with self._wake:
            if self._is_needed and self._waiting_bytes <= MOST_WAITING_BYTES:
                self._waiting_bytes += len(batch.raw)
                self._arrived.append(_Arrived(batch.epoch, batch.new_topics, batch))
                self._wake.notify()
                return
            if batch.new_topics:
                # Later batches go on with the ids of these names.
                self._arrived.append(_Arrived(batch.epoch, batch.new_topics, None))
            if self._is_needed and batch.direction is Direction.IN:
                self._unseen += int((batch.first_byte >> 4 == ControlPacketType.PUBLISH).sum())

    def close(self, timeout: float = 2.0) -> None:
        """End the thread; what is delayed is not sent any more. Waits at most `timeout` seconds."""
        with self._wake:
            self._closed = True
            self._is_needed = False
            self._wake.notify()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)

    # --- the engine's thread ---

    def _loop(self) -> None:
        while self._wait():
            try:
                self._work(time.monotonic() + MOST_WORK_S)
            except Exception:  # noqa: BLE001 - as the comment says
                # The thread must go on: the next message may be harmless.
                _log.exception("the responders met an unforeseen error")
            # Others have their turn; what arrives meanwhile is looked at together.
            time.sleep(LEAST_REST_S)

    def _wait(self) -> bool:
        """Sleep until there is something to do; tell whether there is."""
        with self._wake:
            while not self._closed:
                if self._commands or self._matches or (self._arrived and self._is_needed):
                    return True
                left = self._delayed[0][0] - time.monotonic() if self._delayed else None
                if left is not None and left <= 0:
                    return True
                self._wake.wait(left)
            return False

    def _work(self, until: float) -> None:
        while (now := time.monotonic()) < until:
            self._obey()
            if self._delayed and self._delayed[0][0] <= now:
                self._answering.send(heapq.heappop(self._delayed)[2])
            elif self._matches:
                self._answer(*self._matches.popleft())
            elif self._arrived:
                arrived = self._arrived.popleft()
                # A change of the rules that was made before it came is here by now.
                self._obey()
                self._take(arrived)
            else:
                return

    def _obey(self) -> None:
        while self._commands:
            self._commands.popleft()()

    def _take_rules(self, rules: list[Responder]) -> None:
        self._rules = rules
        self._matches.clear()
        self._answering.set_rules(rules)
        self._compile()

    def _compile(self) -> None:
        level_of = self._level_of or _no_level
        context = FilterContext(self._log, level_names=self._level_names, level_of=level_of)
        self._filters = []
        for rule in self._rules:
            problem = rule.problem() if rule.enabled else None
            if problem or not rule.enabled:
                self._answering.fail(rule, problem or "")
                continue
            try:
                self._filters.append((rule, compile_filter(rule.when, context)))
            except FilterError as error:
                self._answering.fail(rule, f"The filter: {error}.")

    def _take(self, arrived: _Arrived) -> None:
        if arrived.epoch != self._log.epoch:
            # The capture was cleared, and topic ids begin anew.
            self._log = CaptureLog(MEMORY_BYTES, arrived.epoch, _SEGMENT_BYTES)
            self._compile()
        batch = arrived.batch
        if batch is None:
            self._log.topics.add(arrived.new_topics)
            return
        with self._wake:
            self._waiting_bytes -= len(batch.raw)
        self._log.append(batch)
        if batch.direction is Direction.IN and self._filters:
            segment = self._log.segments[-1]
            self._look(segment, segment.count - len(batch), segment.count)

    def _look(self, segment: Segment, begin: int, end: int) -> None:
        """Find the new rows that a rule answers, in the order in which they came."""
        is_message = segment.first_byte[begin:end] >> 4 == ControlPacketType.PUBLISH
        is_message &= segment.topic[begin:end] >= 0
        found: list[tuple[int, int]] = []
        for number, (_, wanted) in enumerate(self._filters):
            seen = wanted.predicate(segment, begin, end)
            rows = is_message if seen is None else is_message & seen
            found += [(local, number) for local in (np.flatnonzero(rows) + begin).tolist()]
        names, versions = self._log.topics.names, self._log.versions
        for local, number in sorted(found):
            record = record_of(segment, local, versions, names)
            self._matches.append((record, self._filters[number][0]))

    def _answer(self, record: Record, rule: Responder) -> None:
        answer = self._answering.answer_to(record, rule)
        if answer is None:
            return
        if not rule.delay_ms:
            self._answering.send(answer)
        elif len(self._delayed) >= MOST_DELAYED:
            self._answering.refuse(answer, f"{MOST_DELAYED:,} answers wait already.")
        else:
            due = time.monotonic() + rule.delay_ms / 1000
            heapq.heappush(self._delayed, (due, next(self._order), answer))


class _Arrived(NamedTuple):
    """What the connection thread has handed over: a batch, or only the names that later ones need."""

    epoch: int
    new_topics: list[bytes]
    batch: Batch | None


def _no_level(name: str, topic: bytes) -> str | None:
    del name, topic
    return None
