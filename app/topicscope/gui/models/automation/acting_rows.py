"""Qt model over what acts by itself: some dozens of rows whose counts change a few times a second."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Qt

from topicscope.gui.models.flat_table import FlatTable
from topicscope.gui.text import plain_tooltip
from topicscope.gui.theme import colour, mono_font

if TYPE_CHECKING:
    from collections.abc import Sequence

    from topicscope.automation.histogram import Histogram

Index = QModelIndex | QPersistentModelIndex
_ROOT_INDEX = QModelIndex()
NAME: Final = 0
STATE: Final = 1


class ActingRow(NamedTuple):
    """One line.

    Attributes:
        cells: a text for each column; the first is the name, the second the state.
        tone: how the state is coloured.
        is_active: whether it runs.
        hint: what the tooltip says.

    """

    identifier: str
    cells: tuple[str, ...]
    tone: str = ""
    is_active: bool = False
    hint: str = ""


class Details(NamedTuple):
    """What is said of the chosen line.

    Attributes:
        what: what it does.
        tone: of `words`.
        words: how it went, or what went wrong.
        lateness: how late its messages were; None where that says nothing.

    """

    what: str = ""
    tone: str = ""
    words: str = ""
    lateness: Histogram | None = None


class ActingRowsModel(FlatTable):
    """Rows as they were told last.

    Attributes:
        rows: one for each line.

    """

    def __init__(self, headings: Sequence[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.headings = tuple(headings)
        self.numbers = frozenset(range(len(self.headings))) - {NAME, STATE}
        self.rows: list[ActingRow] = []

    def set_rows(self, rows: Sequence[ActingRow]) -> None:
        """Show these; who is where changes only when one was added or taken away."""
        new = list(rows)
        if [one.identifier for one in new] != [one.identifier for one in self.rows]:
            self.beginResetModel()
            self.rows = new
            self.endResetModel()
            return
        before, self.rows = self.rows, new
        for row, (old, now) in enumerate(zip(before, new, strict=True)):
            if old != now:
                last = len(self.headings) - 1
                self.dataChanged.emit(self.index(row, 0), self.index(row, last))

    def row_of(self, identifier: str) -> int:
        """Return the line of an id, -1 when it is not there."""
        return next((n for n, one in enumerate(self.rows) if one.identifier == identifier), -1)

    def rowCount(self, parent: Index = _ROOT_INDEX) -> int:
        """Return the number of lines."""
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        """Return the text of a cell, or how it looks."""
        if not index.isValid():
            return None
        one, column = self.rows[index.row()], index.column()
        in_words = column in {NAME, STATE}
        if role == Qt.ItemDataRole.DisplayRole:
            return one.cells[column]
        if role == Qt.ItemDataRole.ForegroundRole and column == STATE and one.tone:
            return colour(one.tone)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(one.hint)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self.alignment_of(column)
        return mono_font() if role == Qt.ItemDataRole.FontRole and not in_words else None
