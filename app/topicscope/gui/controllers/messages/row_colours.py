"""The colours that rules give to messages: asked for rows that are painted only, and kept.

A rule that looks at other messages too (`gap`, `changed`), or into payloads, may have to read much of the capture for a
single row. So where any rule is dear, rows are painted without a colour first, and a worker finds theirs out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from topicscope.capture.batch import NOTE_TOPIC
from topicscope.gui.library.filters import index_of_colour
from topicscope.gui.tasks import in_worker_for, spawn
from topicscope.gui.theme import series_colour

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from PySide6.QtGui import QColor

    from topicscope.capture.log import CaptureLog
    from topicscope.capture.segment import Segment
    from topicscope.gui.connection.bridge import ConnectionBridge
    from topicscope.gui.filter_sources import FilterSources
    from topicscope.gui.library.filters import FilterLibrary
    from topicscope.query import Filter

    _Place: TypeAlias = tuple[Segment, int]
    _Rules: TypeAlias = list[tuple[Filter, int]]

KEPT_ROWS = 4096
_NONE = -1


class RowColours(QObject):
    """Tells the colour of a row of the capture; the first rule that sees it wins."""

    changed = Signal()
    """Ask again for all colours."""

    def __init__(
        self,
        bridge: ConnectionBridge,
        sources: FilterSources,
        library: FilterLibrary,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._sources = sources
        self._library = library
        self._log: CaptureLog = bridge.log
        self._rules: _Rules | None = None
        self._known: dict[int, int] = {}
        self._is_dear = False
        self._wanted: list[int] = []
        self._looks = False
        library.rules_changed.connect(self.renew)
        bridge.log_replaced.connect(self._on_log_replaced)

    # Methods

    def colour_of_row(self, row: int) -> QColor | None:
        """Return the colour of a row, None where no rule sees it."""
        index = self._known.get(row)
        if index is None:
            if len(self._known) >= KEPT_ROWS:
                self._known.clear()
            index = self._known[row] = self._first_look(row)
        return None if index == _NONE else series_colour(index)

    # Slots

    @Slot()
    def renew(self) -> None:
        """Read the rules again: they, or what they must know, have changed."""
        self._rules = None
        self._known.clear()
        self._wanted = []
        self.changed.emit()

    @Slot(object)
    def _on_log_replaced(self, log: CaptureLog) -> None:
        self._log = log
        self.renew()

    # Private

    def _first_look(self, row: int) -> int:
        """Return the colour of a row where that takes no time; else none, and ask a worker for it."""
        if self._rules is None:
            self._rules = self._compiled()
            self._is_dear = not all(rule.is_cheap for rule, _ in self._rules)
        place = self._place(row) if self._rules else None
        if place is None:
            return _NONE
        if not self._is_dear:
            return _ask(self._rules, place, self._log.segments)
        self._wanted.append(row)
        if not self._looks:
            self._looks = True
            spawn(self._look(), "row colours")
        return _NONE

    async def _look(self) -> None:
        try:
            while self._wanted:
                rules, rows, self._wanted = self._rules, self._wanted, []
                places = [(row, place) for row in rows if (place := self._place(row)) is not None]
                segments = tuple(self._log.segments)
                found = await in_worker_for(self, _ask_all, rules or [], places, segments)
                if rules is self._rules:
                    self._known.update(found)
                    if found:
                        self.changed.emit()
        finally:
            self._looks = False

    def _place(self, row: int) -> _Place | None:
        """Return where a row is; None for one that is gone, or is a note."""
        try:
            segment = self._log.segment_of(row)
        except IndexError:
            return None
        local = row - segment.first_row
        if segment.topic[local] == NOTE_TOPIC:
            return None
        return segment, local

    def _compiled(self) -> _Rules:
        rules = [one for one in self._library.rules if one.enabled and one.filter.strip()]
        if not rules:
            return []
        from topicscope.query import FilterError, compile_filter

        context = self._sources.context(self._log, packets=True)
        made: _Rules = []
        for rule in rules:
            try:
                wanted = compile_filter(rule.filter, context)
            except FilterError:
                # It names a level or a subscription that there is not now; the dialog says so.
                continue
            made.append((wanted, index_of_colour(rule.colour)))
        return made


def _ask(rules: _Rules, place: _Place, segments: Sequence[Segment]) -> int:
    segment, local = place
    for rule, index in rules:
        if rule.sees(segment, local, segments):
            return index
    return _NONE


def _ask_all(
    rules: _Rules, places: list[tuple[int, _Place]], segments: Sequence[Segment]
) -> list[tuple[int, int]]:
    """Return the rows that have a colour, each with it."""
    found = [(row, _ask(rules, place, segments)) for row, place in places]
    return [(row, index) for row, index in found if index != _NONE]
