"""One branch of the tree of topics that is not shown, though its topics are in the capture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QObject, Slot

if TYPE_CHECKING:
    from PySide6.QtWidgets import QTreeView

    from topicscope.gui.models.topics.tree import TopicTreeModel


class HiddenBranch(QObject):
    """Hides the branch below one first level; a search in the tree finds it all the same."""

    def __init__(
        self, view: QTreeView, model: TopicTreeModel, level: bytes, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._view = view
        self._model = model
        self._level = level
        self._is_hidden = False
        model.rowsInserted.connect(self._on_rows_inserted)
        model.modelReset.connect(self._apply)

    def set_hidden(self, hidden: bool) -> None:
        """Hide the branch or show it again."""
        if hidden != self._is_hidden:
            self._is_hidden = hidden
            self._apply()

    @Slot(QModelIndex, int, int)
    def _on_rows_inserted(self, parent: QModelIndex, _first: int, _last: int) -> None:
        if self._is_hidden and not parent.isValid():
            self._apply()

    @Slot()
    def _apply(self) -> None:
        node = self._model.topics.find(self._level)
        if node <= 0 or node not in self._model.shown:
            return
        hidden = self._is_hidden and self._model.search is None
        root = QModelIndex()
        row = self._model.index_of(node).row()
        if self._view.isRowHidden(row, root) != hidden:
            self._view.setRowHidden(row, root, hidden)
