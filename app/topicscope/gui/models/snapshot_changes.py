"""Topics whose retained messages differ from one snapshot to another as rows: topic, old and new value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from topicscope.gui.models.retained_messages import properties_text
from topicscope.gui.text import plain_tooltip
from topicscope.gui.theme import colour, mono_font
from topicscope.payload.text import preview, safe_topic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from topicscope.automation.retained import RetainedMessage, Snapshot

Index = QModelIndex | QPersistentModelIndex
TOPIC, BEFORE, AFTER = range(3)
HEADINGS: Final = ("Topic", "Before", "After")
NOT_RETAINED: Final = "—"
_ROOT: Final = QModelIndex()
_CELL_BYTES: Final = 256
_TOOLTIP_BYTES: Final = 1500


class SnapshotChangesModel(QAbstractTableModel):
    """One list of topics, with what either snapshot has of each."""

    def __init__(self, first: Snapshot, second: Snapshot, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._snapshots = (first, second)
        self._all: Sequence[bytes] = ()
        self._shown: Sequence[bytes] = ()
        self._search = ""

    # Setters

    def set_topics(self, topics: Sequence[bytes]) -> None:
        """Show other topics, as far as the search lets them through."""
        self._all = topics
        self._select()

    def set_search(self, text: str) -> None:
        """Show only topics that contain a text, whatever the case of its letters."""
        self._search = text.lower()
        self._select()

    # Methods

    def table(self) -> str:
        """Return what is shown as text, with tabs between the columns."""
        columns = range(len(HEADINGS))
        rows = (
            [self._text(row, column, _TOOLTIP_BYTES) for column in columns]
            for row in range(len(self._shown))
        )
        return "".join("\t".join(row) + "\n" for row in [HEADINGS, *rows])

    # Qt overrides

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Return the number of topics shown."""
        return 0 if parent.isValid() else len(self._shown)

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
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(index.row(), index.column(), _CELL_BYTES)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(self._text(index.row(), index.column(), _TOOLTIP_BYTES))
        if role == Qt.ItemDataRole.FontRole:
            return mono_font()
        if role == Qt.ItemDataRole.ForegroundRole and index.column() != TOPIC:
            text = self._text(index.row(), index.column(), _CELL_BYTES)
            return colour("faint") if text == NOT_RETAINED else None
        return None

    # Private

    def _text(self, row: int, column: int, limit: int) -> str:
        topic = self._shown[row]
        if column == TOPIC:
            return safe_topic(topic)
        pair = [snapshot.messages.get(topic) for snapshot in self._snapshots]
        message, other = pair[column - BEFORE], pair[AFTER - column]
        if message is None:
            return NOT_RETAINED
        text = preview(message.payload, limit)
        return f"{text}  ({_rest(message)})" if _differs_elsewhere(message, other) else text

    def _select(self) -> None:
        self.beginResetModel()
        search = self._search
        self._shown = [one for one in self._all if not search or search in safe_topic(one).lower()]
        self.endResetModel()


def _differs_elsewhere(message: RetainedMessage, other: RetainedMessage | None) -> bool:
    """Tell whether QoS or properties have to be shown, too."""
    return other is not None and (message.qos, properties_text(message)) != (
        other.qos,
        properties_text(other),
    )


def _rest(message: RetainedMessage) -> str:
    names = properties_text(message)
    return f"QoS {message.qos}, {names}" if names else f"QoS {message.qos}"
