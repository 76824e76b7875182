"""Qt model over the tree of topic levels: a thin adapter that tells the texts of the rows.

Counters, rates and last values change without a signal: the view paints what is in sight again, and reads them then.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QModelIndex, QSize, Qt

from topicscope.capture.topic_index import ROOT
from topicscope.gui.models.topics.levels import PAGE
from topicscope.gui.models.topics.rows import MORE, Index, TopicRows
from topicscope.gui.models.topics.texts import (
    HEADINGS,
    LAST_VALUE,
    MEANINGS,
    NUMBERS,
    TOPIC,
)
from topicscope.gui.text import format_count, plain_tooltip
from topicscope.gui.theme import ROW_HEIGHT

__all__ = ["MORE", "NODE_ROLE", "PAGE", "TopicTreeModel"]

NODE_ROLE = Qt.ItemDataRole.UserRole + 1
"""Role of the number of the node."""

_ARROWS = ("↑", "↓")
_COLUMNS = len(HEADINGS)
_ROOT_INDEX = QModelIndex()
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class TopicTreeModel(TopicRows):
    """Tree of the topic levels of a capture, with counters."""

    # Texts

    def cell_text(self, node: int, column: int, *, full: bool = False) -> str:
        """Return the text of a cell; `full` gives the whole Topic Name, not its last level."""
        if node & MORE:
            more = f"… {format_count(self.waiting_below(node ^ MORE))} more"
            return "Click or press Enter to see more" if full else more * (column == TOPIC)
        if full and column != LAST_VALUE:
            return self.texts.explanation(node)
        return self.texts.cell(node, column)

    # Qt overrides

    def index(self, row: int, column: int, parent: Index = _ROOT_INDEX) -> QModelIndex:
        """Return the index of a row below another."""
        # A view that lays itself out asks this for all its open rows: every call in here counts.
        # The root is 0, as the id of an invalid index.
        node = parent.internalId()
        if parent.column() > 0:
            return QModelIndex()
        try:
            nodes = self._levels[node].nodes
            if row >= 0 <= column < _COLUMNS:
                return self.createIndex(row, column, nodes[row])
        except KeyError:
            return QModelIndex()
        except IndexError:
            if row == len(nodes) and self._levels[node].waiting:
                return self.createIndex(row, column, node | MORE)
        return QModelIndex()

    def parent(self, index: Index = _ROOT_INDEX) -> QModelIndex:  # type: ignore[override]
        """Return the index above."""
        node = self.node(index)
        if node == ROOT:
            return QModelIndex()
        return self.index_of(node ^ MORE if node & MORE else self.topics.parent(node))

    def rowCount(self, parent: Index = _ROOT_INDEX) -> int:
        """Return the number of rows below that are shown."""
        if parent.isValid() and parent.column() != 0:
            return 0
        level = self._levels.get(self.node(parent))
        return len(level.nodes) + bool(level.waiting) if level else 0

    def columnCount(self, parent: Index = _ROOT_INDEX) -> int:
        """Return the number of columns."""
        del parent
        return len(HEADINGS)

    def hasChildren(self, parent: Index = _ROOT_INDEX) -> bool:
        """Tell whether a row can be opened."""
        node = parent.internalId()
        if node & MORE or not (self.search or self.topics).has_children(node):
            return False
        return parent.column() <= 0

    def canFetchMore(self, parent: Index) -> bool:
        """Tell whether a row was never opened."""
        return self.hasChildren(parent) and self.node(parent) not in self._levels

    def fetchMore(self, parent: Index) -> None:
        """Put the first page of the nodes below in place."""
        node = self.node(parent)
        if self.canFetchMore(parent):
            self._queue.pop(node, None)
            self._bare.discard(node)
            children = (self.search or self.topics).children(node)
            self._order.read(children)
            self._place(node, self._arranged_anew(children))

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        """Return the text of a cell, and what tooltips and screen readers ask for."""
        if not index.isValid():
            return None
        node, column = self.node(index), index.column()
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return self.cell_text(node, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(self.cell_text(node, column, full=True))
        if role == Qt.ItemDataRole.SizeHintRole:
            return QSize(0, ROW_HEIGHT)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if column in NUMBERS else _LEFT
        return node if role == NODE_ROLE else None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:  # noqa: ANN401
        """Return the heading of a column."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(HEADINGS):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            # Qt's own arrow would be painted over the words of a narrow column.
            return (
                f"{HEADINGS[section]} {_ARROWS[self._descending]}"
                if section == self._column
                else HEADINGS[section]
            )
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(MEANINGS[section])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if section in NUMBERS else _LEFT
        if role == Qt.ItemDataRole.InitialSortOrderRole and section in NUMBERS:
            return Qt.SortOrder.DescendingOrder
        return None
