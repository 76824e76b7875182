"""What tables whose columns have names have in common; their rows are up to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

Index = QModelIndex | QPersistentModelIndex
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
ROOT = QModelIndex()


class FlatTable(QAbstractTableModel):
    """A table of rows without rows below them.

    Attributes:
        headings: the names of the columns.
        numbers: columns that stand at the right, with their headings.

    """

    headings: Sequence[str] = ()
    numbers: Container[int] = ()

    def alignment_of(self, column: int) -> Qt.AlignmentFlag:
        """Return where the texts of a column stand."""
        return RIGHT if column in self.numbers else LEFT

    # Qt overrides

    def columnCount(self, parent: Index = ROOT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self.headings)

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        """Return the name of a column, and where it stands."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.headings):
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self.alignment_of(section)
        return self.headings[section] if role == Qt.ItemDataRole.DisplayRole else None
