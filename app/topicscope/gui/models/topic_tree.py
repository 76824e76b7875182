"""Qt model over the tree of topic levels: nodes are numbers of the `TopicIndex`, nothing is kept per node.

Only levels that somebody opened are kept in order, each with the first `PAGE` of its nodes; the rest waits behind a
row "… more" until that is asked for, because a `QTreeView` lays all its open rows out again at each insertion.
New nodes are put in place in `grow`, a few milliseconds at a time. Counters, rates and last values change without
a signal: the view paints what is in sight again, and reads them then.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSize,
    Qt,
)

from topicscope.capture.topic_index import ROOT
from topicscope.gui.models.topic_tree_order import SortKey, in_order, sort_key
from topicscope.gui.models.topic_tree_search import TopicSearch
from topicscope.gui.models.topic_tree_texts import (
    HEADINGS,
    MEANINGS,
    MESSAGES,
    TOPIC,
    NodeTexts,
)
from topicscope.gui.text import format_count, plain_tooltip
from topicscope.gui.theme import ROW_HEIGHT
from topicscope.payload.text import safe_topic

if TYPE_CHECKING:
    from collections.abc import Iterable

    from topicscope.capture.log import CaptureLog

Index = QModelIndex | QPersistentModelIndex
NODE_ROLE = Qt.ItemDataRole.UserRole + 1
"""Role of the number of the node."""

PAGE = 1000
MORE = 1 << 40
"""Bit that tells the row "… more" of a node from the node."""

_AT_ONCE = 256
"""Nodes put in place between two looks at the clock."""
_ROOT_INDEX = QModelIndex()
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class _Level:
    """The nodes below one node that are shown, in order, and those that wait for being asked for."""

    __slots__ = ("keys", "limit", "nodes", "waiting")

    def __init__(self) -> None:
        self.nodes: list[int] = []
        self.keys: list[SortKey] = []
        self.waiting: list[int] = []
        self.limit = PAGE


class TopicTreeModel(QAbstractItemModel):
    """Tree of the topic levels of a capture, with counters.

    Attributes:
        topics: the index shown.
        texts: what is written beside each node.
        search: what narrows the tree, None when all of it is shown.
        shown: the nodes that have a row, each with the key it is ordered by.

    """

    def __init__(self, log: CaptureLog, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.search: TopicSearch | None = None
        self._begin(log)

    # Setters

    def set_log(self, log: CaptureLog) -> None:
        """Show the topics of another capture."""
        self.beginResetModel()
        self._begin(log)
        self.endResetModel()

    def set_search(self, text: str) -> None:
        """Show only topics whose name contains a text; an empty text shows all."""
        self.beginResetModel()
        self.search = TopicSearch(self.topics, text) if text else None
        self._forget_levels()
        self.endResetModel()

    # Growing

    def grow(self, budget_s: float = 0.005) -> bool:
        """Put new nodes in place for about `budget_s` seconds; tell whether more wait."""
        deadline = time.perf_counter() + budget_s
        if self.topics.pending:
            # Half for splitting names, half for showing them: neither must starve.
            made = self.topics.grow(budget_s / 2)
            if self.search is None:
                self._enqueue(made)
        if self.search is not None:
            self._enqueue(self.search.advance((time.perf_counter() + deadline) / 2))
        while self._queue and time.perf_counter() < deadline:
            parent = next(iter(self._queue))
            nodes = self._queue.pop(parent)
            if len(nodes) > _AT_ONCE:
                self._queue[parent] = nodes[_AT_ONCE:]
            self._place(parent, nodes[:_AT_ONCE])
        return bool(self._queue or self.topics.pending or (self.search and self.search.pending))

    def show_more(self, parent: int) -> None:
        """Show the next page of the nodes that wait below a node."""
        level = self._levels.get(parent)
        if level is None or not level.waiting:
            return
        waiting = in_order(self.topics.level, level.waiting)
        index = self.index_of(parent)
        row = len(level.nodes)
        self.beginRemoveRows(index, row, row)
        level.waiting = []
        self.endRemoveRows()
        level.limit = row + PAGE
        self._place(parent, waiting)

    # Nodes

    def node(self, index: Index) -> int:
        """Return the node of an index: the root for an invalid one, with the bit `MORE` for a row "… more"."""
        return index.internalId() if index.isValid() else ROOT

    def index_of(self, node: int, column: int = 0) -> QModelIndex:
        """Return the index of a node that is shown; the invalid one for the root."""
        if node == ROOT:
            return QModelIndex()
        level = self._levels[self.topics.parent(node)]
        return self.createIndex(bisect_left(level.keys, self.shown[node]), column, node)

    def has_nodes_below(self, node: int) -> bool:
        """Tell whether a node can be opened."""
        return (self.search or self.topics).has_children(node)

    def waiting_below(self, node: int) -> int:
        """Return how many nodes wait behind the row "… more" of a node."""
        level = self._levels.get(node)
        return len(level.waiting) if level else 0

    def cell_text(self, node: int, column: int, *, full: bool = False) -> str:
        """Return the text of a cell; `full` gives the whole Topic Name, not its last level."""
        if node & MORE:
            more = f"… {format_count(self.waiting_below(node ^ MORE))} more"
            return "Click or press Enter to see more" if full else more * (column == TOPIC)
        if full and column == TOPIC:
            return safe_topic(self.topics.path(node))
        return self.texts.cell(node, column)

    # Qt overrides

    def index(self, row: int, column: int, parent: Index = _ROOT_INDEX) -> QModelIndex:
        """Return the index of a row below another."""
        if parent.isValid() and parent.column() != 0:
            return QModelIndex()
        node = self.node(parent)
        level = self._levels.get(node)
        if level is None or row < 0 or not 0 <= column < len(HEADINGS):
            return QModelIndex()
        if row < len(level.nodes):
            return self.createIndex(row, column, level.nodes[row])
        if row == len(level.nodes) and level.waiting:
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
        if parent.isValid() and (parent.column() != 0 or self.node(parent) & MORE):
            return False
        return self.has_nodes_below(self.node(parent))

    def canFetchMore(self, parent: Index) -> bool:
        """Tell whether a row was never opened."""
        return self.hasChildren(parent) and self.node(parent) not in self._levels

    def fetchMore(self, parent: Index) -> None:
        """Put the first page of the nodes below in place."""
        node = self.node(parent)
        if self.canFetchMore(parent):
            self._queue.pop(node, None)
            self._bare.discard(node)
            self._place(
                node, in_order(self.topics.level, (self.search or self.topics).children(node))
            )

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
            return _RIGHT if column >= MESSAGES else _LEFT
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
            return HEADINGS[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(MEANINGS[section])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if section >= MESSAGES else _LEFT
        return None

    # Private

    def _begin(self, log: CaptureLog) -> None:
        self.topics = log.topics
        self.texts = NodeTexts(log)
        self.search = None
        self._forget_levels()

    def _forget_levels(self) -> None:
        self._levels: dict[int, _Level] = {ROOT: _Level()}
        self.shown: dict[int, SortKey] = {}
        # Nodes that were shown without any below: their first one must be announced.
        self._bare: set[int] = set()
        self._queue: dict[int, list[int]] = {}
        if self.search is None and self.topics.has_children(ROOT):
            self._queue[ROOT] = in_order(self.topics.level, self.topics.children(ROOT))

    def _enqueue(self, nodes: Iterable[int]) -> None:
        levels, bare, queue, topics = self._levels, self._bare, self._queue, self.topics
        for node in nodes:
            parent = topics.parent(node)
            if parent in levels or parent in bare:
                queue.setdefault(parent, []).append(node)

    def _place(self, parent: int, nodes: list[int]) -> None:
        """Show new nodes below a node as far as its page goes, and let the others wait."""
        self._bare.discard(parent)
        level = self._levels.setdefault(parent, _Level())
        index = self.index_of(parent)
        room = 0 if level.waiting else max(0, level.limit - len(level.nodes))
        if room and nodes:
            self._insert(index, level, nodes[:room])
        rest = nodes[room:]
        if rest and not level.waiting:
            row = len(level.nodes)
            self.beginInsertRows(index, row, row)
            level.waiting = rest
            self.endInsertRows()
        else:
            level.waiting += rest

    def _insert(self, index: QModelIndex, level: _Level, nodes: list[int]) -> None:
        """Insert nodes where they belong: neighbours in one go."""
        keyed = sorted([(sort_key(self.topics.level(node)), node) for node in nodes])
        begin = 0
        while begin < len(keyed):
            row = bisect_left(level.keys, keyed[begin][0])
            bound = level.keys[row] if row < len(level.keys) else None
            end = begin + 1
            while end < len(keyed) and (bound is None or keyed[end][0] < bound):
                end += 1
            run = keyed[begin:end]
            self.beginInsertRows(index, row, row + len(run) - 1)
            level.keys[row:row] = [key for key, _ in run]
            level.nodes[row:row] = [node for _, node in run]
            for key, node in run:
                self.shown[node] = key
                if not self.has_nodes_below(node):
                    self._bare.add(node)
            self.endInsertRows()
            begin = end
