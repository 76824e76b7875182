"""Topics that changed from one moment to another as rows: topic, value before, value after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from topicscope.capture.differences import CLEARED, GIVEN_UP, HEADINGS, NOT_THERE, value_text
from topicscope.gui.text import plain_tooltip
from topicscope.gui.theme import colour, mono_font
from topicscope.payload.text import safe_topic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from topicscope.capture.log import CaptureLog
    from topicscope.capture.moments import Moment

Index = QModelIndex | QPersistentModelIndex
TOPIC, BEFORE, AFTER = range(3)
_ROOT = QModelIndex()
_NO_VALUES = {CLEARED, GIVEN_UP, NOT_THERE}
_CELL_BYTES = 256
_TOOLTIP_BYTES = 1500


class MomentChangesModel(QAbstractTableModel):
    """One list of topics; values are read when a cell is looked at."""

    def __init__(
        self, log: CaptureLog, first: Moment, second: Moment, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._log = log
        self._moments = (first, second)
        self._all: Sequence[int] = []
        self._ids: Sequence[int] = []
        self._search = b""

    # Properties

    @property
    def topic_ids(self) -> Sequence[int]:
        """Topics shown, in order."""
        return self._ids

    # Setters

    def set_topics(self, topic_ids: Sequence[int]) -> None:
        """Show other topics, as far as the search lets them through."""
        self._all = topic_ids
        self._select()

    def set_search(self, text: str) -> None:
        """Show only topics that contain a text, whatever the case of its letters."""
        self._search = text.encode().lower()
        self._select()

    # Methods

    def topic(self, position: int) -> bytes:
        """Return the Topic Name in a row."""
        return self._log.topics.names[self._ids[position]]

    # Qt overrides

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Return the number of topics shown."""
        return 0 if parent.isValid() else len(self._ids)

    def columnCount(self, parent: Index = _ROOT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(HEADINGS)

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        """Return the name of a column."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(HEADINGS):
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return HEADINGS[section] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the text of a cell, its font and its tooltip."""
        if not index.isValid() or index.row() >= len(self._ids):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(index.row(), index.column(), _CELL_BYTES)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(self._text(index.row(), index.column(), _TOOLTIP_BYTES))
        if role == Qt.ItemDataRole.FontRole:
            return mono_font()
        if role == Qt.ItemDataRole.ForegroundRole and index.column() != TOPIC:
            text = self._text(index.row(), index.column(), _CELL_BYTES)
            return colour("faint") if text in _NO_VALUES else None
        return None

    # Private

    def _text(self, position: int, column: int, limit: int) -> str:
        if column == TOPIC:
            return safe_topic(self.topic(position))
        topic_id, moment = self._ids[position], self._moments[column - BEFORE]
        return value_text(moment, topic_id, moment.record(self._log, topic_id), limit)

    def _select(self) -> None:
        self.beginResetModel()
        names, search = self._log.topics.names, self._search
        self._ids = [one for one in self._all if not search or search in names[one].lower()]
        self.endResetModel()
