"""Bookmarks: rows that somebody marked, each with a few words or none."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Marks:
    """Marked rows of one capture, in order."""

    def __init__(self) -> None:
        self._rows: list[int] = []
        self._texts: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, row: object) -> bool:
        return row in self._texts

    def __iter__(self) -> Iterator[int]:
        return iter(tuple(self._rows))

    def mark(self, row: int, text: str = "") -> None:
        """Mark a row, or change the words of its mark."""
        if row not in self._texts:
            insort(self._rows, row)
        self._texts[row] = text

    def unmark(self, row: int) -> None:
        """Take the mark of a row away, if it has one."""
        if self._texts.pop(row, None) is not None:
            del self._rows[bisect_left(self._rows, row)]

    def toggle(self, row: int) -> bool:
        """Mark a row, or take its mark away; return whether it is marked now."""
        if row in self._texts:
            self.unmark(row)
            return False
        self.mark(row)
        return True

    def text(self, row: int) -> str:
        """Return the words of a mark; empty where there is none."""
        return self._texts.get(row, "")

    def next(self, row: int) -> int | None:
        """Return the first marked row behind `row`; None when there is none."""
        index = bisect_right(self._rows, row)
        return self._rows[index] if index < len(self._rows) else None

    def previous(self, row: int) -> int | None:
        """Return the last marked row in front of `row`; None when there is none."""
        index = bisect_left(self._rows, row)
        return self._rows[index - 1] if index else None

    def between(self, first: int, end: int) -> list[int]:
        """Return the marked rows from `first` up to but not including `end`."""
        return self._rows[bisect_left(self._rows, first) : bisect_left(self._rows, end)]

    def clear(self) -> None:
        """Take all marks away."""
        self._rows.clear()
        self._texts.clear()

    def drop_below(self, first_row: int) -> int:
        """Take the marks away that lie in front of the oldest row of the capture; return their number."""
        gone = bisect_left(self._rows, first_row)
        for row in self._rows[:gone]:
            del self._texts[row]
        del self._rows[:gone]
        return gone
