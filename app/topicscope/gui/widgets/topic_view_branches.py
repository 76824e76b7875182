"""Which branches of the topic tree are open: the first few by themselves, then those that somebody opened."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QObject, Slot

from topicscope.capture.topic_index import MAX_DEPTH, ROOT
from topicscope.gui.models.topic_tree import MORE

if TYPE_CHECKING:
    from PySide6.QtWidgets import QTreeView

    from topicscope.gui.models.topic_tree import TopicTreeModel

ROWS_AT_FIRST = 40
DEPTH_AT_FIRST = 2
ROWS_OF_A_SEARCH = 200
ROWS_BELOW = 2000
"""More rows than this are not opened at once."""
_REMEMBERED = 1000
_QUIET = b"$"


class Branches(QObject):
    """Opens branches of a tree view, remembers them through a search, and through another capture."""

    def __init__(self, view: QTreeView, model: TopicTreeModel) -> None:
        super().__init__(view)
        self._view = view
        self._model = model
        self._open: set[int] = set()
        self._wanted: set[int] = set()
        self._wanted_paths: set[bytes] = set()
        self._new: deque[int] = deque()
        self._at_first = True
        self._opens_found = True
        self._acting = False
        view.expanded.connect(self._on_expanded)
        view.collapsed.connect(self._on_collapsed)
        model.rowsInserted.connect(self._on_rows_inserted)

    # Methods

    def after_growth(self) -> None:
        """Open what is to be open among the rows that came."""
        self._acting = True
        if self._model.search is not None:
            if self._opens_found:
                self._opens_found = self._open_within(ROOT, ROWS_OF_A_SEARCH)
        else:
            self._open_wanted()
            if self._at_first:
                self._at_first = self._open_within(ROOT, ROWS_AT_FIRST, DEPTH_AT_FIRST)
        self._acting = False

    def open_below(self, node: int) -> bool:
        """Open a node and all below it, up to `ROWS_BELOW` rows; tell whether that was all."""
        self._at_first = False
        return self._open_within(node, ROWS_BELOW)

    def forget_search(self) -> None:
        """Prepare for a search, or its end: what was open before is open again afterwards."""
        self._wanted = set(self._open)
        self._opens_found = True
        self._new.clear()

    def forget_log(self) -> None:
        """Prepare for another capture: branches of the same name are opened there."""
        path = self._model.topics.path
        self._wanted_paths |= {path(node) for node in sorted(self._open)[:_REMEMBERED]}
        self._open.clear()
        self._wanted.clear()
        self._new.clear()
        self._at_first = True

    # Slots

    @Slot(QModelIndex)
    def _on_expanded(self, index: QModelIndex) -> None:
        if self._model.search is None:
            self._open.add(self._model.node(index))
        self._at_first = self._at_first and self._acting

    @Slot(QModelIndex)
    def _on_collapsed(self, index: QModelIndex) -> None:
        if self._model.search is None:
            self._open.discard(self._model.node(index))
            self._wanted_paths.clear()
        self._at_first = self._opens_found = False

    @Slot(QModelIndex, int, int)
    def _on_rows_inserted(self, parent: QModelIndex, first: int, last: int) -> None:
        if self._wanted or self._wanted_paths:
            model = self._model
            self._new += [model.node(model.index(row, 0, parent)) for row in range(first, last + 1)]

    # Private

    def _open_wanted(self) -> None:
        while self._new:
            node = self._new.popleft()
            if node & MORE or not self._model.has_nodes_below(node):
                continue
            if node in self._wanted or self._is_wanted_path(node):
                self._wanted.discard(node)
                self._expand(node)

    def _is_wanted_path(self, node: int) -> bool:
        return bool(self._wanted_paths) and self._model.topics.path(node) in self._wanted_paths

    def _expand(self, node: int) -> None:
        index = self._model.index_of(node)
        # A view that has yet to lay itself out would fetch only later.
        self._model.fetchMore(index)
        self._view.expand(index)

    def _open_within(self, start: int, limit: int, depth: int = MAX_DEPTH) -> bool:
        """Open level by level below a node while there are no more than `limit` rows; tell whether all are open."""
        model, rows, complete = self._model, 0, True
        queue = deque([start])
        while queue and rows <= limit:
            node = queue.popleft()
            index = model.index_of(node)
            if node != ROOT and not self._view.isExpanded(index):
                below = len((model.search or model.topics).children(node))
                if rows + below > limit:
                    complete = False
                    continue
                self._expand(node)
            count = model.rowCount(index)
            rows += count
            for row in range(min(count, limit)):
                child = model.node(model.index(row, 0, index))
                if child & MORE or not model.has_nodes_below(child) or self._is_quiet(child):
                    continue
                if model.topics.depth(child) <= depth:
                    queue.append(child)
        return complete and not queue

    def _is_quiet(self, node: int) -> bool:
        """Tell whether a node is one of ``$SYS`` and its like, which nobody wants to see first."""
        topics = self._model.topics
        return (
            self._acting
            and self._model.search is None
            and topics.depth(node) == 1
            and topics.level(node).startswith(_QUIET)
        )
