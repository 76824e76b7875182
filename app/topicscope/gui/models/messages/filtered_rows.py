"""Which rows a table shows: a display filter on new rows at once, on old rows off the window's thread.

A cheap filter takes a few milliseconds for a million rows and is asked at once. Any other is asked by a worker about
some thousand rows at a time, the newest first, and what it finds is put in front of the rows that come meanwhile. A new
filter makes the worker's next answer unwanted.
"""

from __future__ import annotations

from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from topicscope.capture.view import LogView, OnTopics, messages, packets
from topicscope.gui.models.subscriptions.hidden_topics import HiddenTopics
from topicscope.gui.tasks import in_worker_for, spawn

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from topicscope.capture.log import CaptureLog
    from topicscope.capture.segment import Segment
    from topicscope.capture.view import Predicate
    from topicscope.gui.filter_sources import FilterSources
    from topicscope.gui.models.messages.table import Found, MessageTableModel
    from topicscope.query import Filter

AT_ONCE_ROWS = 1_000_000
"""Rows that a cheap filter is asked about at once."""
AT_ONCE_DEAR_ROWS = 1000
AT_ONCE_TOPICS = 10_000
CHUNK_ROWS = 16_384
STEP_S = 0.020
"""How long a worker looks before it tells what it found."""


class FilteredRows(QObject):
    """Decides what a table model shows."""

    progressed = Signal()
    """More old rows were looked at, or all of them."""

    def __init__(
        self,
        model: MessageTableModel,
        sources: FilterSources,
        *,
        packets: bool,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._sources = sources
        self._packets = packets
        self._text = ""
        self._filter: Filter | None = None
        self._hides: Callable[[bytes], bool] | None = None
        self._search: _Search | None = None
        self._stopped_at: float | None = None
        self._elapsed = 0.0

    # Properties

    @property
    def text(self) -> str:
        """The filter in force; empty when all is shown."""
        return self._text

    @property
    def is_searching(self) -> bool:
        """Whether old rows are still being looked at."""
        return self._search is not None

    @property
    def share(self) -> float:
        """Part of the old rows that were looked at, 0 to 1."""
        if self._search is not None:
            return self._search.share
        return 1.0 if self._stopped_at is None else self._stopped_at

    @property
    def elapsed_s(self) -> float:
        """How long looking at the old rows took, or takes so far."""
        return self._elapsed

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences about what the filter could not look at."""
        return self._filter.warnings if self._filter else ()

    # Methods

    def apply(self, text: str) -> None:
        """Show what a filter describes; raises `FilterError` and then changes nothing."""
        self._apply(text, self._model.view.log)

    def set_log(self, log: CaptureLog) -> None:
        """Show another capture through the same filter, or all of it when the filter makes no sense for it."""
        if not self._text:
            self._apply("", log)
            return
        from topicscope.query import FilterError

        try:
            self._apply(self._text, log)
        except FilterError:
            self._apply("", log)

    @property
    def hides_topics(self) -> bool:
        """Whether topics are hidden, whatever the filter says."""
        return self._hides is not None

    def set_hidden_topics(self, hides: Callable[[bytes], bool] | None) -> None:
        """Show nothing on topics that `hides` says yes to; None hides none. It must be as good on any thread."""
        self._hides = hides
        self._apply(self._text, self._model.view.log)

    def update(self, *, at_leisure: bool = False) -> int:
        """Take in what the capture got; return the number of new rows. At leisure no time is looked at."""
        if self._search is not None and not self._search.looked_at:
            # The worker finds things out that the filter needs for new rows too, and holds a lock meanwhile.
            return 0
        return self._model.update(None) if at_leisure else self._model.update()

    def stop(self) -> None:
        """Look at no more old rows; those found stay."""
        if self._search is not None:
            self._stopped_at = self._search.share
            self._search = None
            self.progressed.emit()

    # Private

    def _apply(self, text: str, log: CaptureLog) -> None:
        started = perf_counter()
        wanted = self._compile(text, log)
        self._text, self._filter = text, wanted
        self._search, self._stopped_at = None, None
        if wanted is None:
            shown = packets if self._packets else messages
            self._model.set_view(LogView(log, self._not_hidden(shown, log)))
        elif _is_quick(wanted, log):
            self._model.set_view(LogView(log, self._predicate(wanted, log)))
        else:
            also = self._not_hidden(messages, log) if not self._packets else None
            self._search = search = _Search(wanted, log, also)
            self._model.set_view(LogView(log, self._predicate(wanted, log), log.end_row))
            spawn(self._look(search, started), "display filter")
        self._elapsed = perf_counter() - started
        self.progressed.emit()

    def _compile(self, text: str, log: CaptureLog) -> Filter | None:
        if not text.strip():
            return None
        from topicscope.query import compile_filter

        return compile_filter(text, self._sources.context(log, packets=self._packets))

    def _predicate(self, wanted: Filter, log: CaptureLog) -> Predicate:
        if self._packets:
            return wanted.predicate
        return _Both(self._not_hidden(messages, log), wanted.predicate)

    def _not_hidden(self, shown: Predicate, log: CaptureLog) -> Predicate:
        """Return a predicate of its own, because what it remembers of topics is for one thread."""
        hides = self._hides
        if hides is None:
            return shown
        known = None
        if isinstance(hides, HiddenTopics):
            if hides.has_to_wait(log.topics):
                return shown
            known = ~hides.answers(log.topics)
        return _Both(shown, OnTopics(log.topics, partial(_not, hides), known))

    async def _look(self, search: _Search, started: float) -> None:
        done = False
        try:
            while not done and search is self._search:
                found, done = await in_worker_for(self, search.step)
                if search is not self._search:
                    return
                self._model.prepend(found)
                self._elapsed = perf_counter() - started
                if done:
                    self._search = None
                self.progressed.emit()
        except Exception:
            self.stop()
            raise


class _Search:
    """Old rows of a capture, looked at from the newest to the oldest; steps may be made on any thread."""

    def __init__(self, wanted: Filter, log: CaptureLog, also: Predicate | None) -> None:
        """Look for rows that a filter sees, and `also` as well."""
        from topicscope.query import snapshot

        self._rows = snapshot(log)
        self._total = max(1, sum(count for _, count in self._rows))
        self._chunks = wanted.evaluate_backwards(self._rows, CHUNK_ROWS)
        self._also = also
        self.looked_at = 0

    @property
    def share(self) -> float:
        return self.looked_at / self._total

    def step(self) -> tuple[list[Found], bool]:
        """Look for a moment; return what was found, and whether that was all."""
        until = perf_counter() + STEP_S
        found: list[Found] = []
        for segment, begin, end, seen in self._chunks:
            kept = seen
            if self._also is not None:
                kept = _and(self._also(segment, begin, end), seen)
            found.append((segment, begin, end, kept))
            self.looked_at += end - begin
            if perf_counter() >= until:
                return found, False
        return found, True


class _Both:
    """What two predicates see; the second is asked about the same rows, whatever the first says."""

    def __init__(self, first: Predicate, second: Predicate) -> None:
        self._first = first
        self._second = second

    def __call__(self, segment: Segment, begin: int, end: int) -> NDArray[np.bool_] | None:
        return _and(self._first(segment, begin, end), self._second(segment, begin, end))


def _and(
    first: NDArray[np.bool_] | None, second: NDArray[np.bool_] | None
) -> NDArray[np.bool_] | None:
    if first is None or second is None:
        return second if first is None else first
    return np.logical_and(first, second)


def _not(hides: Callable[[bytes], bool], topic: bytes) -> bool:
    return not hides(topic)


def _is_quick(wanted: Filter, log: CaptureLog) -> bool:
    rows = log.end_row - log.first_row
    if rows <= AT_ONCE_DEAR_ROWS:
        return True
    return wanted.is_cheap and rows <= AT_ONCE_ROWS and len(log.topics) <= AT_ONCE_TOPICS
