"""The colours that rules give to messages: asked for rows that are painted only, and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from topicscope.gui.filter_library import index_of_colour
from topicscope.gui.theme import series_colour

if TYPE_CHECKING:
    from PySide6.QtGui import QColor

    from topicscope.capture.log import CaptureLog
    from topicscope.gui.bridge import ConnectionBridge
    from topicscope.gui.filter_library import FilterLibrary
    from topicscope.gui.filter_sources import FilterSources
    from topicscope.query import Filter

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
        self._rules: list[tuple[Filter, int]] | None = None
        self._known: dict[int, int] = {}
        library.rules_changed.connect(self.renew)
        bridge.log_replaced.connect(self._on_log_replaced)

    # Methods

    def colour_of_row(self, row: int) -> QColor | None:
        """Return the colour of a row, None where no rule sees it."""
        index = self._known.get(row)
        if index is None:
            if len(self._known) >= KEPT_ROWS:
                self._known.clear()
            index = self._known[row] = self._ask(row)
        return None if index == _NONE else series_colour(index)

    # Slots

    @Slot()
    def renew(self) -> None:
        """Read the rules again: they, or what they must know, have changed."""
        self._rules = None
        self._known.clear()
        self.changed.emit()

    @Slot(object)
    def _on_log_replaced(self, log: CaptureLog) -> None:
        self._log = log
        self.renew()

    # Private

    def _ask(self, row: int) -> int:
        if self._rules is None:
            self._rules = self._compiled()
        if not self._rules:
            return _NONE
        try:
            segment = self._log.segment_of(row)
        except IndexError:
            return _NONE
        local = row - segment.first_row
        if segment.topic[local] < 0 and segment.first_byte[local] == 0:
            return _NONE
        for rule, index in self._rules:
            seen = rule.predicate(segment, local, local + 1)
            if seen is None or seen[0]:
                return index
        return _NONE

    def _compiled(self) -> list[tuple[Filter, int]]:
        rules = [one for one in self._library.rules if one.enabled and one.filter.strip()]
        if not rules:
            return []
        from topicscope.query import FilterError, compile_filter

        context = self._sources.context(self._log, packets=True)
        made: list[tuple[Filter, int]] = []
        for rule in rules:
            try:
                wanted = compile_filter(rule.filter, context)
            except FilterError:
                # It names a level or a subscription that there is not now; the dialog says so.
                continue
            made.append((wanted, index_of_colour(rule.colour)))
        return made
