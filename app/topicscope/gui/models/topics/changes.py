"""Topics that differ from one state to another as rows: topic, before, after; what a state is, others say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, TypeVar

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Qt

from topicscope.gui.models.flat_table import FlatTable
from topicscope.gui.text import plain_tooltip
from topicscope.gui.theme import colour, mono_font
from topicscope.payload.text import safe_topic

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

Index = QModelIndex | QPersistentModelIndex
TOPIC, BEFORE, AFTER = range(3)
TOOLTIP_BYTES: Final = 1500
_ROOT: Final = QModelIndex()
_CELL_BYTES: Final = 256

K = TypeVar("K")
"""What names a topic."""


class TopicChangesModel(FlatTable, Generic[K]):
    """One list of topics; values are made when a cell is looked at.

    Attributes:
        shown: what names the topics shown, in order.

    """

    def __init__(
        self,
        headings: Sequence[str],
        no_values: Collection[str],
        parent: QObject | None = None,
    ) -> None:
        """Take the headings, and the texts that stand where there is no value."""
        super().__init__(parent)
        self.headings = tuple(headings)
        self._no_values = frozenset(no_values)
        self._all: Sequence[K] = ()
        self._search = ""
        self.shown: Sequence[K] = ()

    # For those who say what a state is

    def name_of(self, key: K) -> bytes:
        """Return the Topic Name."""
        raise NotImplementedError

    def value_text(self, key: K, column: int, limit: int) -> str:
        """Return the value before or after, of `limit` bytes at most."""
        raise NotImplementedError

    # Setters

    def set_topics(self, keys: Sequence[K]) -> None:
        """Show other topics by their names, as far as the search lets them through."""
        self._all = sorted(keys, key=self.name_of)
        self._select()

    def set_search(self, text: str) -> None:
        """Show only topics that contain a text, whatever the case of its letters."""
        self._search = text.lower()
        self._select()

    # Methods

    def topic(self, row: int) -> bytes:
        """Return the Topic Name in a row."""
        return self.name_of(self.shown[row])

    def table(self) -> str:
        """Return what is shown as text, with tabs between the columns."""
        columns = range(len(self.headings))
        rows = (
            [self._text(row, column, TOOLTIP_BYTES) for column in columns]
            for row in range(len(self.shown))
        )
        return "".join("\t".join(row) + "\n" for row in [self.headings, *rows])

    # Qt overrides

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Return the number of topics shown."""
        return 0 if parent.isValid() else len(self.shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the text of a cell, its font and its tooltip."""
        row, column = index.row(), index.column()
        if not index.isValid() or row >= len(self.shown):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, column, _CELL_BYTES)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(self._text(row, column, TOOLTIP_BYTES))
        if role == Qt.ItemDataRole.FontRole:
            return mono_font()
        if role == Qt.ItemDataRole.ForegroundRole and column != TOPIC:
            is_none = self._text(row, column, _CELL_BYTES) in self._no_values
            return colour("faint") if is_none else None
        return None

    # Private

    def _text(self, row: int, column: int, limit: int) -> str:
        if column == TOPIC:
            return safe_topic(self.topic(row))
        return self.value_text(self.shown[row], column, limit)

    def _select(self) -> None:
        self.beginResetModel()
        search = self._search
        self.shown = [
            one
            for one in self._all
            if not search or search in safe_topic(self.name_of(one)).lower()
        ]
        self.endResetModel()
