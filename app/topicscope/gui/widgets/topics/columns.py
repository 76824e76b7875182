"""Which columns the topic tree shows: as many as fit, or those that somebody chose."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt, Signal, Slot
from PySide6.QtWidgets import QHeaderView, QMenu

from topicscope.gui.models.topics.columns import (
    AGE,
    COLUMNS,
    COUNT_WIDTH,
    LAST_VALUE,
    MESSAGES,
    NUMBERS,
    RATE,
    RETAINED,
    TOPIC,
    Column,
)
from topicscope.gui.theme import ROW_HEIGHT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtWidgets import QTreeView

FROM_WIDTH = {MESSAGES: 330, AGE: 450, RETAINED: 500}
"""A narrower tree does not show these columns, unless somebody chose them."""
_AT_FIRST = frozenset((TOPIC, LAST_VALUE, MESSAGES, RATE, AGE, RETAINED))
_SHARE_OF_TOPIC = 0.58
_LEAST_TOPIC = 60
_LEAST_VALUE = 36


class TopicColumns(QObject):
    """Shows and hides the columns of a tree, and shares its width out among them."""

    chosen_changed = Signal(object)
    """The keys of the columns that somebody chose; None for as many as fit."""

    def __init__(self, view: QTreeView) -> None:
        super().__init__(view)
        self._view = view
        self._chosen: frozenset[Column] | None = None
        self._sized = False
        self._sharing = False
        header = view.header()
        _set_up(header)
        header.sectionResized.connect(self._on_section_resized)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._on_menu_requested)
        self.share()

    # Methods

    def choose(self, keys: Iterable[str] | None) -> None:
        """Show the columns with these keys; None for as many as fit."""
        if keys is None:
            self._chosen = None
        else:
            wanted = frozenset(keys)
            named = {column for column in Column if COLUMNS[column].key in wanted}
            self._chosen = frozenset({TOPIC, *named})
        self.share()

    def menu(self) -> QMenu:
        """Return a menu of all columns; it deletes itself when closed."""
        menu = QMenu(self._view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        shown = self._shown(self._view.width())
        for column in Column:
            action = menu.addAction(COLUMNS[column].name)
            action.setCheckable(True)
            action.setChecked(column in shown)
            action.setEnabled(column is not TOPIC)
            action.toggled.connect(partial(self._on_toggled, column))
        menu.addSeparator()
        action = menu.addAction("As many as fit")
        action.setCheckable(True)
        action.setChecked(self._chosen is None)
        action.triggered.connect(self._on_reset)
        return menu

    @Slot()
    def share(self) -> None:
        """Share the room between names and values, until somebody moved a column."""
        view, width = self._view, self._view.width()
        for column in Column:
            view.setColumnHidden(column, column not in self._shown(width))
        if self._sized:
            return
        shown = self._shown(width)
        counts = sum(COLUMNS[column].width for column in shown)
        room = view.viewport().width() - counts
        topic = room
        if LAST_VALUE in shown:
            heading = view.header().sectionSizeHint(LAST_VALUE)
            topic = min(round(room * _SHARE_OF_TOPIC), room - heading)
        self._sharing = True
        view.header().resizeSection(TOPIC, max(_LEAST_TOPIC, topic))
        self._sharing = False

    # Slots

    @Slot(int, int, int)
    def _on_section_resized(self, column: int, _old: int, _new: int) -> None:
        if column == TOPIC and not self._sharing:
            self._sized = True

    @Slot(QPoint)
    def _on_menu_requested(self, position: QPoint) -> None:
        self.menu().popup(self._view.header().viewport().mapToGlobal(position))

    @Slot(bool)
    def _on_toggled(self, column: Column, shown: bool) -> None:
        before = self._chosen or self._shown(self._view.width())
        chosen = before | {column} if shown else before - {column}
        self._sized = False
        self.choose(COLUMNS[one].key for one in chosen)
        self.chosen_changed.emit([COLUMNS[one].key for one in sorted(chosen)])

    @Slot()
    def _on_reset(self) -> None:
        self._sized = False
        self.choose(None)
        self.chosen_changed.emit(None)

    # Private

    def _shown(self, width: int) -> frozenset[Column]:
        if self._chosen is not None:
            return self._chosen
        return frozenset(one for one in _AT_FIRST if width >= FROM_WIDTH.get(one, 0))


def _set_up(header: QHeaderView) -> None:
    header.setStretchLastSection(False)
    header.setSectionsMovable(False)
    header.setMinimumSectionSize(_LEAST_VALUE)
    header.setSectionResizeMode(TOPIC, QHeaderView.ResizeMode.Interactive)
    header.setSectionResizeMode(LAST_VALUE, QHeaderView.ResizeMode.Stretch)
    for column in sorted(NUMBERS):
        header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
        header.resizeSection(column, COLUMNS[column].width or COUNT_WIDTH)
    header.setFixedHeight(ROW_HEIGHT + 5)
    header.setSortIndicator(TOPIC, Qt.SortOrder.AscendingOrder)
