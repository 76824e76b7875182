"""Widths of the columns of a table: what is short gets what it needs, what is long shares the rest."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from topicscope.gui.text import format_count
from topicscope.gui.widgets.message_view_painting import PADDING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QHeaderView

    from topicscope.gui.models.message_table_columns import Column

_FIRST_DIGITS = 5
_MORE_DIGITS = 3
"""Numbers get room for so many more digits at once: columns that move while one reads are worse than a gap."""


class ColumnSizes(QObject):
    """Sizes the columns of a header until somebody sizes one by hand."""

    def __init__(self, header: QHeaderView, columns: Sequence[Column], advance: float) -> None:
        super().__init__(header)
        self._header = header
        self._columns = columns
        self._advance = advance
        self._digits = _FIRST_DIGITS
        self._sizing = False
        self.by_hand = False
        self.share(0)
        header.sectionResized.connect(self._on_section_resized)

    def fit_number(self, largest: int) -> bool:
        """Make room for numbers up to `largest` in the first column; tell whether more was needed."""
        before = self._digits
        while largest >= 10**self._digits:
            self._digits += _MORE_DIGITS
        return self._digits != before

    def share(self, room: int) -> None:
        """Share `room` pixels among the columns."""
        if self.by_hand:
            return
        widths = [self._least_width(number) for number in range(len(self._columns))]
        shares = [column.share for column in self._columns]
        left = room - sum(width for width, share in zip(widths, shares, strict=True) if not share)
        given = 0
        for number, share in enumerate(shares):
            if share:
                widths[number] = max(widths[number], min(round(left * share), left - given))
                given += widths[number]
        self._sizing = True
        for number, width in enumerate(widths):
            self._header.resizeSection(number, width)
        self._sizing = False

    @Slot()
    def _on_section_resized(self) -> None:
        if not self._sizing and not self.by_hand:
            self.by_hand = True
            self._header.setStretchLastSection(True)

    def _least_width(self, number: int) -> int:
        characters = self._columns[number].width
        if number == 0:
            characters = max(characters, len(format_count(10**self._digits - 1)))
        needed = math.ceil(characters * self._advance) + 2 * PADDING
        return max(needed, self._header.sectionSizeHint(number))
