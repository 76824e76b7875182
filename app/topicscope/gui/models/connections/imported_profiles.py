"""The connections of another tool's file as a table: which of them are wanted, and under which name."""

from __future__ import annotations

from dataclasses import replace
from enum import IntEnum
from typing import TYPE_CHECKING, Final

import msgspec
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from topicscope.gui.icons import icon
from topicscope.gui.text import count_of, plain_tooltip
from topicscope.gui.theme import mono_font
from topicscope.payload.text import escape
from topicscope.profiles.store import unused_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PySide6.QtCore import QObject

    from topicscope.profiles.importers.imported import ImportedProfile

    Index = QModelIndex | QPersistentModelIndex

LONGEST_SHOWN: Final = 300
"""Characters of a name or address in a cell; a foreign file may hold any number."""
_NOWHERE: Final = QModelIndex()


class ImportColumn(IntEnum):
    """Columns of the table, in their order."""

    NAME = 0
    ADDRESS = 1
    REMARK = 2


_HEADINGS: Final = {
    ImportColumn.NAME: "Connection",
    ImportColumn.ADDRESS: "Address",
    ImportColumn.REMARK: "To look at",
}


class ImportedProfilesModel(QAbstractTableModel):
    """Profiles with tick boxes; each has a name that no stored one has, and none is overwritten.

    A profile that is stored already, under whatever name, is not ticked to begin with.
    """

    ticks_changed = Signal()

    def __init__(self, taken_names: Iterable[str] = (), parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stored_as: list[str] = []
        self._taken_names = set(taken_names)
        self._rows: list[ImportedProfile] = []
        self._names: list[str] = []
        self._ticked: list[bool] = []

    # Methods

    def set_profiles(
        self, profiles: Sequence[ImportedProfile], stored_as: Sequence[str] = ()
    ) -> None:
        """Show what a file held; `stored_as` has for each the name under which it is stored, or an empty text."""
        self.beginResetModel()
        self._rows = list(profiles)
        self._names = self._free_names()
        self._stored_as = list(stored_as) or [""] * len(self._rows)
        self._ticked = [not name for name in self._stored_as]
        self.endResetModel()
        self.ticks_changed.emit()

    def profile(self, row: int) -> ImportedProfile:
        """Return what was read, under the name that it had in its file."""
        return self._rows[row]

    def name(self, row: int) -> str:
        """Return the name under which it is stored when it is wanted."""
        return self._names[row]

    def stored_as(self, row: int) -> str:
        """Return the name of the stored profile that says the same, or an empty text."""
        return self._stored_as[row]

    def chosen(self) -> list[ImportedProfile]:
        """Return the profiles with a tick, under their new names."""
        return [
            replace(one, profile=msgspec.structs.replace(one.profile, name=name))
            for one, name, ticked in zip(self._rows, self._names, self._ticked, strict=True)
            if ticked
        ]

    def chosen_count(self) -> int:
        """Return how many have a tick."""
        return sum(self._ticked)

    def set_all(self, ticked: bool) -> None:
        """Tick all of them, or none."""
        self._ticked = [ticked] * len(self._rows)
        last = self.index(len(self._rows) - 1, ImportColumn.NAME)
        self.dataChanged.emit(self.index(0, 0), last, [Qt.ItemDataRole.CheckStateRole])
        self.ticks_changed.emit()

    def toggle(self, row: int) -> None:
        """Tick a profile, or take its tick away."""
        self._ticked[row] = not self._ticked[row]
        cell = self.index(row, ImportColumn.NAME)
        self.dataChanged.emit(cell, cell, [Qt.ItemDataRole.CheckStateRole])
        self.ticks_changed.emit()

    # Qt overrides

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Return the number of profiles."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(ImportColumn)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Return the heading of a column."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.DisplayRole:
            return _HEADINGS[ImportColumn(section)]
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Let the first column be ticked."""
        flags = super().flags(index)
        if index.column() == ImportColumn.NAME:
            flags |= Qt.ItemFlag.ItemIsUserCheckable
        return flags

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Tick or untick."""
        if role != Qt.ItemDataRole.CheckStateRole or not index.isValid():
            return False
        if (Qt.CheckState(value) == Qt.CheckState.Checked) != self._ticked[index.row()]:
            self.toggle(index.row())
        return True

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what a cell shows."""
        row, column = index.row(), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(self._text(row, column))
        if column == ImportColumn.NAME:
            return self._tick(row, role)
        if role == Qt.ItemDataRole.FontRole and column == ImportColumn.ADDRESS:
            return mono_font()
        if role == Qt.ItemDataRole.DecorationRole and column == ImportColumn.REMARK:
            return icon("triangle-alert", "warning") if self._rows[row].check else None
        return None

    # Private

    def _tick(self, row: int, role: int) -> object:
        ticked = self._ticked[row]
        if role == Qt.ItemDataRole.CheckStateRole:
            return Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.AccessibleTextRole:
            words = self._text(row, ImportColumn.NAME)
            return f"{words}, {'ticked' if ticked else 'not ticked'}"
        return None

    def _text(self, row: int, column: int) -> str:
        if column == ImportColumn.NAME:
            return escape(self._names[row][:LONGEST_SHOWN])
        if column == ImportColumn.ADDRESS:
            return escape(self._rows[row].profile.url[:LONGEST_SHOWN])
        return self._remark(row)

    def _remark(self, row: int) -> str:
        one = self._rows[row]
        if self.stored_as(row):
            return "Stored already"
        if one.check:
            return count_of(len(one.check), "point")
        return "New name" if self._names[row] != one.profile.name else ""

    def _free_names(self) -> list[str]:
        """Return for each profile its own name, or where that is taken one with a number behind it."""
        taken = self._taken_names | {one.profile.name for one in self._rows}
        names = []
        for one in self._rows:
            name = one.profile.name
            if name in self._taken_names:
                name = unused_name(name, taken)
                taken.add(name)
            names.append(name)
        return names
