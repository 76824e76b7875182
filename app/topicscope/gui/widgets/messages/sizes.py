"""Widths of the columns of a table: what is short gets what it needs, what is long shares the rest."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from topicscope.gui.text import format_count
from topicscope.gui.widgets.messages.painting import MARK_ROOM, PADDING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PySide6.QtWidgets import QHeaderView

    from topicscope.gui.models.messages.columns import Column

MAX_WIDTH = 4000
"""More pixels than this are no width that somebody chose."""
_FIRST_DIGITS = 5
_MORE_DIGITS = 3
"""Numbers get room for so many more digits at once: columns that move while one reads are worse than a gap."""


class ColumnSizes(QObject):
    """Sizes the columns of a header that are shown, but for those that somebody sized by hand."""

    sized_by_hand = Signal()

    def __init__(self, header: QHeaderView, columns: Sequence[Column], advance: float) -> None:
        super().__init__(header)
        self._header = header
        self._columns = columns
        self._advance = advance
        self._digits = _FIRST_DIGITS
        self._room = 0
        self._sizing = False
        self._by_hand: dict[str, int] = {}
        self._times = 0
        self.share(0)
        header.sectionResized.connect(self._on_section_resized)

    @property
    def by_hand(self) -> dict[str, int]:
        """Widths that somebody chose, in pixels, by the keys of their columns."""
        return dict(self._by_hand)

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Size these columns from now on."""
        self._columns = columns
        self.share(self._room)

    def set_by_hand(self, widths: Mapping[str, int]) -> None:
        """Give columns these widths, and the others what is left."""
        keys = {column.key for column in self._columns}
        least = self._header.minimumSectionSize()
        self._by_hand = {
            key: min(max(width, least), MAX_WIDTH) for key, width in widths.items() if key in keys
        }
        self.share(self._room)

    def set_time_width(self, characters: int) -> None:
        """Make room for times of so many characters."""
        self._times = characters
        self.share(self._room)

    def fit_number(self, largest: int) -> bool:
        """Make room for numbers up to `largest` in the first column; tell whether more was needed."""
        before = self._digits
        while largest >= 10**self._digits:
            self._digits += _MORE_DIGITS
        return self._digits != before

    def share(self, room: int, behind: int = -1) -> None:
        """Share `room` pixels among the columns; those up to visual index `behind` stay as they are."""
        self._room = room
        widths: dict[int, int] = {}
        shares: dict[int, float] = {}
        for number, column in enumerate(self._columns):
            if self._header.isSectionHidden(number):
                continue
            if self._header.visualIndex(number) <= behind:
                widths[number] = self._header.sectionSize(number)
                continue
            chosen = self._by_hand.get(column.key)
            widths[number] = self._least_width(number) if chosen is None else chosen
            if column.share and chosen is None:
                shares[number] = column.share
        left = room - sum(width for number, width in widths.items() if number not in shares)
        whole = sum(shares.values())
        for number, share in shares.items():
            widths[number] = max(widths[number], round(left * share / whole))
            left -= widths[number]
            whole -= share
        self._sizing = True
        for number, width in widths.items():
            self._header.resizeSection(number, width)
        self._sizing = False

    def share_again(self) -> None:
        """Share the same room, because other columns are shown."""
        self.share(self._room)

    @Slot(int, int, int)
    def _on_section_resized(self, number: int, _before: int, width: int) -> None:
        # Hiding a column resizes it to nothing.
        if (
            self._sizing
            or not width
            or number >= len(self._columns)
            or self._header.isSectionHidden(number)
        ):
            return
        self._by_hand[self._columns[number].key] = width
        # What stands in front of it stays, so that the border follows the pointer.
        self.share(self._room, self._header.visualIndex(number))
        self.sized_by_hand.emit()

    def _least_width(self, number: int) -> int:
        column = self._columns[number]
        characters, more = column.width, 0
        if column.key == "number":
            characters = max(characters, len(format_count(10**self._digits - 1)))
            more = MARK_ROOM
        elif column.key == "time":
            characters = max(characters, self._times)
        needed = math.ceil(characters * self._advance) + 2 * PADDING + more
        return max(needed, self._header.sectionSizeHint(number))
