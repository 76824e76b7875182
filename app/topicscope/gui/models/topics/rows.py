"""Which nodes of the topic tree have a row, and in which order: growth, pages, search and sorting.

Only levels that somebody opened are kept in order, each with the first `PAGE` of its nodes; the rest waits behind a
row "… more" until that is asked for, because a `QTreeView` lays all its open rows out again at each insertion.
New nodes are put in place in `grow`, a few milliseconds at a time. Rows move only in `sort` and `reorder`.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from itertools import repeat
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from topicscope.capture.friendly_names import Named
from topicscope.capture.topic_index import ROOT
from topicscope.gui.models.topics.columns import LAST_VALUE, TOPIC
from topicscope.gui.models.topics.levels import PAGE, Level, has_moved, rearranged
from topicscope.gui.models.topics.order import Order, in_order, make_order
from topicscope.gui.models.topics.search import SearchMode, TopicSearch
from topicscope.gui.models.topics.texts import NodeTexts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from topicscope.capture.log import CaptureLog
    from topicscope.capture.moments import Moment
    from topicscope.capture.topic_index import TopicIndex
    from topicscope.gui.models.topics.facts import Pulse

Index = QModelIndex | QPersistentModelIndex
MORE = 1 << 40
"""Bit that tells the row "… more" of a node from the node."""

_ORDERS = (Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder)
_READ_APART = 2000
"""With more open rows than this values are read at one time and rows moved at the next, so that nothing stalls."""
_AT_ONCE = 256
"""Nodes put in place between two looks at the clock."""


class TopicRows(QAbstractItemModel):
    """The shape of the model: nodes are numbers of the `TopicIndex`, nothing is kept per node without a row.

    Attributes:
        topics: the index shown.
        texts: what is written beside each node.
        search: what narrows the tree, None when all of it is shown.
        shown: the nodes that have a row, each with the key it is ordered by.

    """

    def __init__(self, log: CaptureLog, pulse: Pulse, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pulse = pulse
        self.search: TopicSearch | None = None
        self._column, self._descending = int(TOPIC), False
        # Whether values were read that rows have not been moved by yet, and whether more wait to be read.
        self._is_read = False
        self._waits = False
        self._begin(log)

    # Setters

    def set_log(self, log: CaptureLog) -> None:
        """Show the topics of another capture."""
        self.beginResetModel()
        self._begin(log)
        self.endResetModel()

    def set_search(self, text: str, mode: SearchMode = SearchMode.CONTAINS) -> None:
        """Show only topics that a text looks for; an empty text shows all.

        Raises `SearchError` for a text that makes no sense; the tree stays as it is then.
        """
        search = None
        if text:
            search = TopicSearch(self.topics, text, mode, named_like(self.texts, text, mode))
        self.beginResetModel()
        self.search = search
        self._forget_levels()
        self.endResetModel()

    def set_moment(self, moment: Moment | None) -> None:
        """Tell last values as of a moment; None for now."""
        self.texts.set_moment(moment)
        if self._column == LAST_VALUE:
            self.sort(self._column, _ORDERS[self._descending])

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
        waiting = self._order.arranged(level.waiting)
        index = self.index_of(parent)
        row = len(level.nodes)
        self.beginRemoveRows(index, row, row)
        level.waiting = []
        self.endRemoveRows()
        level.limit = row + PAGE
        self._place(parent, waiting)

    def reveal(self, node: int) -> QModelIndex:
        """Give a node and those above it a row, whatever page they are on; invalid where the search leaves it out."""
        way = []
        while node != ROOT:
            way.append(node)
            node = self.topics.parent(node)
        for above in reversed(way):
            if self.search is not None and not self.search.includes(above):
                return QModelIndex()
            parent = self.topics.parent(above)
            self.fetchMore(self.index_of(parent))
            if above not in self.shown:
                self._make_room(parent, above)
        return self.index_of(way[0]) if way else QModelIndex()

    # Ordering

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Order siblings by a column; by the values of now where those change."""
        self._column, self._descending = column, order == Qt.SortOrder.DescendingOrder
        self._make_order()
        self._order.read(self._nodes_of(list(self._levels)))
        self._rearrange(list(self._levels))
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, self.columnCount() - 1)

    def reorder(self, is_open: Callable[[int], bool]) -> bool:
        """Order siblings again where values have changed, in branches that are open; tell whether to go on soon."""
        if not self._order.changes:
            return False
        parents = [
            parent
            for parent in self._levels
            if parent == ROOT or (parent in self.shown and is_open(parent))
        ]
        if not self._is_read:
            self._waits = self._order.read(self._nodes_of(parents))
            if sum(len(self._levels[parent].nodes) for parent in parents) > _READ_APART:
                self._is_read = True
                return True
        self._is_read = False
        moved = [parent for parent in parents if has_moved(self._levels[parent], self._order)]
        if moved:
            self._rearrange(moved)
        return self._waits

    # Nodes

    def node(self, index: Index) -> int:
        """Return the node of an index: the root for an invalid one, with the bit `MORE` for a row "… more"."""
        return index.internalId() if index.isValid() else ROOT

    def index_of(self, node: int, column: int = 0) -> QModelIndex:
        """Return the index of a node that is shown; the invalid one for the root."""
        if node == ROOT:
            return QModelIndex()
        level = self._levels[self.topics.parent(node)]
        return self.createIndex(level.row_of(node, self.shown[node]), column, node)

    def has_nodes_below(self, node: int) -> bool:
        """Tell whether a node can be opened."""
        return (self.search or self.topics).has_children(node)

    def waiting_below(self, node: int) -> int:
        """Return how many nodes wait behind the row "… more" of a node."""
        level = self._levels.get(node)
        return len(level.waiting) if level else 0

    # Private

    def _begin(self, log: CaptureLog) -> None:
        self.topics = log.topics
        self.texts = NodeTexts(log, self._pulse)
        self.search = None
        self._make_order()
        self._forget_levels()

    def _make_order(self) -> None:
        descending = self._descending
        self._order: Order = make_order(
            self.topics, self.texts, self._column, descending=descending
        )
        self._is_read = self._waits = False

    def _forget_levels(self) -> None:
        self._levels: dict[int, Level] = {ROOT: Level()}
        self.shown: dict[int, Any] = {}
        # Nodes that were shown without any below: their first one must be announced.
        self._bare: set[int] = set()
        self._queue: dict[int, list[int]] = {}
        if self.search is None and self.topics.has_children(ROOT):
            self._queue[ROOT] = self._arranged_anew(self.topics.children(ROOT))

    def _nodes_of(self, parents: Iterable[int]) -> list[int]:
        levels = [self._levels[parent] for parent in parents]
        return [node for level in levels for node in (*level.nodes, *level.waiting)]

    def _arranged_anew(self, nodes: list[int]) -> list[int]:
        """Return nodes in order; those with the same value by name."""
        return self._order.arranged(in_order(self.topics.level, nodes))

    def _rearrange(self, parents: list[int]) -> None:
        """Put the rows below some nodes in order; whatever is open, chosen or current keeps its row."""
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        held = [(index.internalId(), index.column(), index.row()) for index in before]
        kept = _with_those_above(self.topics, (node for node, _, _ in held))
        for parent in parents:
            # What left its page with the node above is gone.
            if (level := self._levels.get(parent)) is not None:
                for node in rearranged(level, self._order, kept):
                    self._forget(node)
                self.shown.update(zip(level.nodes, level.keys or repeat(None)))  # noqa: B905
        after = [
            self.createIndex(row, column, node) if node & MORE else self.index_of(node, column)
            for node, column, row in held
        ]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _forget(self, start: int) -> None:
        """Forget a node that lost its row, and all below it."""
        stack = [start]
        while stack:
            node = stack.pop()
            self.shown.pop(node, None)
            self._bare.discard(node)
            self._queue.pop(node, None)
            if (level := self._levels.pop(node, None)) is not None:
                stack += level.nodes

    def _make_room(self, parent: int, node: int) -> None:
        """Show a node that waits."""
        level = self._levels[parent]
        queued = self._queue.get(parent, [])
        if node in queued:
            queued.remove(node)
        if node in level.waiting:
            if len(level.waiting) == 1:
                self.show_more(parent)
                return
            level.waiting.remove(node)
        level.limit += 1
        self._insert(self.index_of(parent), level, [node])

    def _enqueue(self, nodes: Iterable[int]) -> None:
        levels, bare, queue, topics = self._levels, self._bare, self._queue, self.topics
        for node in nodes:
            parent = topics.parent(node)
            if parent in levels or parent in bare:
                queue.setdefault(parent, []).append(node)

    def _place(self, parent: int, nodes: list[int]) -> None:
        """Show new nodes below a node as far as its page goes, and let the others wait."""
        self._bare.discard(parent)
        level = self._levels.setdefault(parent, Level())
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

    def _insert(self, index: QModelIndex, level: Level, nodes: list[int]) -> None:
        """Insert nodes where they belong: neighbours in one go; at the end until values are looked at again."""
        if self._order.changes:
            self._insert_run(index, level, len(level.nodes), nodes, [])
            return
        keyed = sorted([(self._order.key(node), node) for node in nodes])
        begin = 0
        while begin < len(keyed):
            row = bisect_left(level.keys, keyed[begin][0])
            bound = level.keys[row] if row < len(level.keys) else None
            end = begin + 1
            while end < len(keyed) and (bound is None or keyed[end][0] < bound):
                end += 1
            run = keyed[begin:end]
            keys = [key for key, _ in run]
            self._insert_run(index, level, row, [node for _, node in run], keys)
            begin = end

    def _insert_run(
        self, index: QModelIndex, level: Level, row: int, nodes: list[int], keys: list[Any]
    ) -> None:
        self.beginInsertRows(index, row, row + len(nodes) - 1)
        level.insert(row, nodes, keys)
        self.shown.update(zip(nodes, keys or repeat(None)))  # noqa: B905
        self._bare.update(node for node in nodes if not self.has_nodes_below(node))
        self.endInsertRows()


def named_like(texts: NodeTexts, text: str, mode: SearchMode) -> Named:
    """Return what a search finds by its friendly name."""
    return texts.named(text) if mode is SearchMode.CONTAINS else Named()


def _with_those_above(topics: TopicIndex, nodes: Iterable[int]) -> set[int]:
    found: set[int] = set()
    for node in nodes:
        above = node & ~MORE
        while above > ROOT and above not in found:
            found.add(above)
            above = topics.parent(above)
    return found
