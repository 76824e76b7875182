"""What changed from one moment of the capture to another: topics added, gone and changed, with their values."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QStackedLayout,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from topicscope.capture.differences import Differences, TableFormat
from topicscope.capture.moments import History
from topicscope.gui.icons import icon
from topicscope.gui.models.moment_changes import AFTER, BEFORE, TOPIC, MomentChangesModel
from topicscope.gui.tasks import in_worker_for, spawn
from topicscope.gui.text import count_of, format_count, format_elapsed, format_time
from topicscope.gui.theme import ROW_HEIGHT, mono_font
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.card import CardFrame, line
from topicscope.gui.widgets.empty_state import EmptyState
from topicscope.gui.widgets.labels import label, strong_label
from topicscope.gui.widgets.tabs import SegmentedTabs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from topicscope.capture.log import CaptureLog
    from topicscope.capture.moments import Changes, Moment

LISTS: Final = ("Added", "Gone", "Changed")
SEARCH_DELAY_MS: Final = 120
SEARCH_LENGTH: Final = 1000
SIZE: Final = (840, 520)

_MEANINGS: Final = {
    "Added": "No topic was added between the two moments.",
    "Gone": "No topic was cleared between the two moments.",
    "Changed": "No topic has another value than before.",
}


class _ValueDelegate(QStyledItemDelegate):
    """Cuts a value at its end, not in its middle: its begin says more."""

    def initStyleOption(  # noqa: N802
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint as any cell but for that."""
        super().initStyleOption(option, index)
        option.textElideMode = Qt.TextElideMode.ElideRight


class CompareDialog(QDialog):
    """Compares two moments off the window's thread and shows three lists; the window stays in use."""

    topic_chosen = Signal(str)
    """A Topic Name that somebody wants to see alone."""

    def __init__(
        self,
        log: CaptureLog,
        moments: tuple[Moment, Moment],
        names: tuple[str, str],
        parent: QWidget | None = None,
    ) -> None:
        """Compare the first moment with the second; `names` is what they are called."""
        super().__init__(parent)
        self.setObjectName("compare-moments")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"Compare {names[0]} with {names[1]}")
        self.resize(*SIZE)
        self._log = log
        self._moments = moments
        self._lists: tuple[Sequence[int], ...] = ((), (), ())
        self._compared = False
        self.model = MomentChangesModel(log, *moments, self)
        self.tabs = SegmentedTabs(LISTS, self)
        self.edit = QLineEdit(self)
        self.view = QTableView(self)
        self.empty = EmptyState("history", "Comparing …", parent=self)
        self.count_label = label(tone="dim", parent=self)
        self.unknown_label = label(tone="dim", parent=self)
        self.copy_buttons = {
            TableFormat.TEXT: push_button("Copy as text", "copy", parent=self),
            TableFormat.CSV: push_button("Copy as CSV", "copy", parent=self),
        }
        self.close_button = push_button("Close", kind="primary", parent=self)
        self._stack = QStackedLayout()
        self._delay = QTimer(self)
        self._set_up()
        self._lay_out(names)
        self._connect()
        self._show_list()
        spawn(self._compare(), "compare-moments")

    # Slots

    @Slot()
    def _show_list(self) -> None:
        self.model.set_topics(self._lists[self.tabs.currentIndex()])
        self._renew_words()

    @Slot(str)
    def _on_search_edited(self, _text: str) -> None:
        self._delay.start()

    @Slot()
    def _apply_search(self) -> None:
        self._delay.stop()
        self.model.set_search(self.edit.text())
        self._renew_words()

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        self.topic_chosen.emit(self.model.topic(index.row()).decode(errors="replace"))

    def _on_copy_clicked(self, form: TableFormat, _checked: bool = False) -> None:
        spawn(self._copy(form), "copy-comparison")

    # Qt overrides

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Show the topic of the current row alone when Enter is pressed on it."""
        is_enter = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if is_enter and self.view.hasFocus() and self.view.currentIndex().isValid():
            self._on_clicked(self.view.currentIndex())
            return
        super().keyPressEvent(event)

    # Private

    async def _compare(self) -> None:
        changes = await in_worker_for(self, History(self._log).compare, *self._moments)
        self._show_changes(changes)

    def _show_changes(self, changes: Changes) -> None:
        found = (changes.added, changes.gone, changes.changed)
        self._lists = tuple(ids.tolist() for ids in found)
        self._compared = True
        for index, name in enumerate(LISTS):
            self.tabs.setTabText(index, f"{name} {format_count(len(self._lists[index]))}")
        unknown = len(changes.unknown)
        self.unknown_label.setText(
            f"{count_of(unknown, 'topic')} cannot be compared: a message was given up since."
        )
        self.unknown_label.setVisible(unknown > 0)
        self.tabs.setCurrentIndex(max(range(len(LISTS)), key=self._size_of))
        self._show_list()

    def _size_of(self, index: int) -> int:
        return len(self._lists[index])

    async def _copy(self, form: TableFormat) -> None:
        ids = list(self.model.topic_ids)
        differences = Differences(self._log, *self._moments)
        text = await in_worker_for(self, differences.table, ids, form)
        QGuiApplication.clipboard().setText(text)
        self.unknown_label.setText(f"{count_of(len(ids), 'topic')} copied.")
        self.unknown_label.show()

    def _renew_words(self) -> None:
        index = self.tabs.currentIndex()
        shown, found = self.model.rowCount(), len(self._lists[index])
        searching = bool(self.edit.text()) and found > 0
        self.count_label.setText(
            f"{format_count(shown)} of {format_count(found)}" if searching else ""
        )
        for button in self.copy_buttons.values():
            button.setEnabled(shown > 0)
        if self._compared:
            sentence = _MEANINGS[LISTS[index]]
            self.empty.set_sentence("No such topic in this list." if searching else sentence)
        self._stack.setCurrentIndex(0 if shown else 1)

    def _set_up(self) -> None:
        self.edit.setFont(mono_font())
        self.edit.setPlaceholderText("Find in topics")
        self.edit.setAccessibleName("Find in compared topics")
        self.edit.setMaxLength(SEARCH_LENGTH)
        self.edit.setClearButtonEnabled(False)
        self.edit.addAction(icon("search", "dim"), QLineEdit.ActionPosition.LeadingPosition)
        self.unknown_label.hide()
        self._delay.setObjectName("comparison search delay")
        self._delay.setSingleShot(True)
        self._delay.setInterval(SEARCH_DELAY_MS)
        view = self.view
        view.setModel(self.model)
        view.setAccessibleName("Topics that differ")
        view.setFrameShape(QFrame.Shape.NoFrame)
        view.setShowGrid(False)
        view.setWordWrap(False)
        view.setAlternatingRowColors(True)
        view.setTabKeyNavigation(False)
        view.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        rows = view.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setMinimumSectionSize(ROW_HEIGHT)
        rows.setDefaultSectionSize(ROW_HEIGHT)
        header = view.horizontalHeader()
        header.setHighlightSections(False)
        for column in (BEFORE, AFTER):
            view.setItemDelegateForColumn(column, _ValueDelegate(view))
        for column in (TOPIC, BEFORE, AFTER):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)

    def _lay_out(self, names: tuple[str, str]) -> None:
        first, second = self._moments
        words = " to ".join(
            f"{name}, {format_time(moment.time_ns)}"
            for name, moment in zip(names, self._moments, strict=True)
        )
        apart = format_elapsed(max(0, second.time_ns - first.time_ns) / 1e9)
        title = QHBoxLayout()
        title.addWidget(strong_label(f"From {words}", parent=self))
        title.addWidget(label(f"{apart} later", "dim", self))
        title.addStretch(1)
        bar = QWidget(self)
        row = QHBoxLayout(bar)
        row.setContentsMargins(4, 4, 12, 4)
        row.setSpacing(8)
        row.addWidget(self.tabs, 1)
        row.addWidget(self.count_label)
        row.addWidget(self.edit)
        self.edit.setFixedWidth(240)
        body = QWidget(self)
        self._stack.addWidget(self.view)
        self._stack.addWidget(self.empty)
        body.setLayout(self._stack)
        card = CardFrame(parent=self)
        card.add(bar)
        card.add(line(card))
        card.add(body, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in self.copy_buttons.values():
            buttons.addWidget(button)
        buttons.addWidget(self.unknown_label, 1)
        buttons.addStretch()
        buttons.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addLayout(title)
        column.addWidget(card, 1)
        column.addLayout(buttons)

    def _connect(self) -> None:
        self.tabs.currentChanged.connect(self._show_list)
        self.edit.textChanged.connect(self._on_search_edited)
        self.edit.returnPressed.connect(self._apply_search)
        self._delay.timeout.connect(self._apply_search)
        self.view.clicked.connect(self._on_clicked)
        for form, button in self.copy_buttons.items():
            button.clicked.connect(partial(self._on_copy_clicked, form))
        self.close_button.clicked.connect(self.close)
