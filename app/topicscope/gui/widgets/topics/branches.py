"""Which branches of the topic tree are open: the first few by themselves, then those that somebody opened."""

from __future__ import annotations

import re
import time
from collections import deque
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QObject, Slot

from topicscope.capture.topic_index import MAX_DEPTH, ROOT
from topicscope.gui.models.topics.tree import MORE
from topicscope.gui.theme import ROW_HEIGHT

if TYPE_CHECKING:
    from PySide6.QtWidgets import QTreeView

    from topicscope.gui.models.topics.tree import TopicTreeModel

DEPTH_AT_FIRST = 2
ROWS_OF_THE_BUSIEST = 16
"""A branch with more below it is no good example of what there is."""
SETTLE_S = 1.0
"""Retained messages come first and all at once; which branch is busy can be seen later."""
ROWS_OF_A_SEARCH = 200
ROWS_BELOW = 2000
"""More rows than this are not opened at once."""
_REMEMBERED = 1000
_QUIET = b"$"
_LOOKED_AT = 16
_IDENTIFIER = re.compile(rb"(0x)?[0-9A-Fa-f:-]{8,}|(\D*\d){6,}.*", re.DOTALL)
"""A level that looks like an address, a serial number or a UUID rather than a word."""


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
        self.settle_s = SETTLE_S
        self._at_first = True
        self._begun: float | None = None
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
            if self._at_first and self._view.isVisible() and self._model.rowCount():
                self._begun = self._begun or time.monotonic()
                if time.monotonic() - self._begun >= self.settle_s:
                    self._at_first = self._open_first()
        self._acting = False

    def open_below(self, node: int) -> bool:
        """Open a node and all below it, up to `ROWS_BELOW` rows; tell whether that was all."""
        self._at_first = False
        return self._open_within(node, ROWS_BELOW)

    def open_to(self, depth: int) -> bool:
        """Show so many levels of the tree, up to `ROWS_BELOW` rows, and no deeper; tell whether that was all."""
        self._at_first = self._opens_found = False
        self._wanted.clear()
        self._wanted_paths.clear()
        self._view.collapseAll()
        return self._open_within(ROOT, ROWS_BELOW, depth)

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
        self._begun = None

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

    def _open_first(self) -> bool:
        """Open all of the first levels if that fits into view, else one branch for an example; tell whether all fit."""
        fitting = self._view.viewport().height() // ROW_HEIGHT
        for depth in range(1, DEPTH_AT_FIRST + 1):
            closed = [node for node in self._branches(depth) if not self._is_open(node)]
            below = sum(len(self._model.topics.children(node)) for node in closed)
            if self._rows() + below > fitting:
                self._open_busiest()
                return False
            for node in closed:
                self._expand(node)
        return True

    def _open_busiest(self) -> None:
        """Open the branch that says the most, down to where values stand."""
        totals = self._model.topics.node_messages()
        busiest = max(self._branches(1), key=totals.__getitem__, default=ROOT)
        node = busiest
        while node != ROOT and self._is_short(node):
            self._expand(node)
            node = next(iter(self._branches_below(node)), ROOT)
            if self._model.topics.depth(node) > DEPTH_AT_FIRST:
                break

    def _branches(self, depth: int) -> list[int]:
        """Return the branches of a level that are in sight and worth opening by themselves."""
        nodes = self._branches_below(ROOT)
        for _ in range(depth - 1):
            nodes = [
                below
                for node in nodes
                if self._is_open(node)
                for below in self._branches_below(node)
            ]
        return nodes

    def _branches_below(self, node: int) -> list[int]:
        model, index = self._model, self._model.index_of(node)
        nodes = (model.node(model.index(row, 0, index)) for row in range(model.rowCount(index)))
        return [
            node
            for node in nodes
            if not node & MORE
            and model.has_nodes_below(node)
            and not self._is_quiet(node)
            and not self._is_full_of_identifiers(node)
        ]

    def _rows(self) -> int:
        """Return the rows of the first levels."""
        model = self._model
        nodes = [
            ROOT,
            *(node for depth in range(1, DEPTH_AT_FIRST + 1) for node in self._branches(depth)),
        ]
        return sum(
            model.rowCount(model.index_of(n)) for n in nodes if n == ROOT or self._is_open(n)
        )

    def _is_open(self, node: int) -> bool:
        return self._view.isExpanded(self._model.index_of(node))

    def _is_short(self, node: int) -> bool:
        return len(self._model.topics.children(node)) <= ROWS_OF_THE_BUSIEST

    def _is_full_of_identifiers(self, node: int) -> bool:
        topics = self._model.topics
        levels = [topics.level(child) for child in topics.children(node)[:_LOOKED_AT]]
        return 2 * sum(_IDENTIFIER.fullmatch(level) is not None for level in levels) > len(levels)

    def _open_within(self, start: int, limit: int, depth: int = MAX_DEPTH) -> bool:
        """Open level by level below a node down to `depth`, up to `limit` rows; tell whether all are open."""
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
                deeper = not child & MORE and model.topics.depth(child) < depth
                if deeper and model.has_nodes_below(child):
                    queue.append(child)
        return complete and not queue

    def _is_quiet(self, node: int) -> bool:
        """Tell whether a node is one of ``$SYS`` and its like, which nobody wants to see first."""
        topics = self._model.topics
        return topics.depth(node) == 1 and topics.level(node).startswith(_QUIET)
