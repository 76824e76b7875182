"""The bookmarks of a window: rows of its capture that somebody marked, told to whoever shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from topicscope.capture.marks import Marks

if TYPE_CHECKING:
    from collections.abc import Callable

    from topicscope.capture.log import CaptureLog


class RowMarks(QObject):
    """Marked rows by their number in the capture, so that no filter touches them; evicted rows lose theirs."""

    changed = Signal()

    def __init__(self, log: CaptureLog, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._log = log
        self._marks = Marks()

    def __len__(self) -> int:
        return len(self._marks)

    def __contains__(self, row: object) -> bool:
        return row in self._marks

    def rows(self) -> list[int]:
        """Return the marked rows in order."""
        return list(self._marks)

    def text(self, row: int) -> str:
        """Return the words of a mark; empty where there is none."""
        return self._marks.text(row)

    def toggle(self, rows: list[int]) -> None:
        """Mark rows; when all of them are marked, take their marks away."""
        if rows and all(row in self._marks for row in rows):
            for row in rows:
                self._marks.unmark(row)
        else:
            for row in rows:
                if row not in self._marks:
                    self._marks.mark(row)
        self.changed.emit()

    def write(self, row: int, text: str) -> None:
        """Mark a row with these words."""
        self._marks.mark(row, text)
        self.changed.emit()

    def next(self, row: int, wanted: Callable[[int], bool]) -> int | None:
        """Return the first marked row behind `row` that is wanted; None when there is none."""
        found = self._marks.next(row)
        while found is not None and not wanted(found):
            found = self._marks.next(found)
        return found

    def previous(self, row: int, wanted: Callable[[int], bool]) -> int | None:
        """Return the last marked row in front of `row` that is wanted; None when there is none."""
        found = self._marks.previous(row)
        while found is not None and not wanted(found):
            found = self._marks.previous(found)
        return found

    def set_log(self, log: CaptureLog) -> None:
        """Begin without marks with another capture."""
        self._log = log
        self.clear()

    # Slots

    @Slot()
    def clear(self) -> None:
        """Take all marks away."""
        self._marks.clear()
        self.changed.emit()

    @Slot()
    def drop_evicted(self) -> None:
        """Take the marks of rows away that are no longer in the capture."""
        if len(self._marks) and self._marks.drop_below(self._log.first_row):
            self.changed.emit()
