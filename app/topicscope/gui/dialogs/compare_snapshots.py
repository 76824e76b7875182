"""What differs between two snapshots of retained messages: added, gone and changed, with old and new value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QStackedLayout,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from topicscope.automation.retained import Differences, compare
from topicscope.gui.icons import icon
from topicscope.gui.models.snapshot_changes import AFTER, BEFORE, TOPIC, SnapshotChangesModel
from topicscope.gui.tasks import in_worker_for, spawn
from topicscope.gui.text import count_of, format_count, format_date_time
from topicscope.gui.theme import mono_font
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.card import CardFrame, line
from topicscope.gui.widgets.empty_state import EmptyState
from topicscope.gui.widgets.labels import ElidedLabel, label
from topicscope.gui.widgets.plain_table import RightElided, set_up_table
from topicscope.gui.widgets.style import set_tone
from topicscope.gui.widgets.tabs import SegmentedTabs
from topicscope.payload.text import escape

if TYPE_CHECKING:
    from topicscope.automation.retained import Snapshot

LISTS: Final = ("Added", "Gone", "Changed")
SEARCH_DELAY_MS: Final = 120
SEARCH_LENGTH: Final = 1000
SIZE: Final = (900, 560)

_NOTHING: Final = {
    "Added": "Nothing is retained now that was not before.",
    "Gone": "Nothing that was retained is gone.",
    "Changed": "No retained message has another value, QoS or property than before.",
}


class CompareSnapshotsDialog(QDialog):
    """Compares off the window's thread and shows three lists; the window stays in use."""

    def __init__(
        self,
        first: Snapshot,
        second: Snapshot,
        names: tuple[str, str],
        parent: QWidget | None = None,
    ) -> None:
        """Compare the first snapshot with the second; `names` is what they are called."""
        super().__init__(parent)
        self.setObjectName("compare-snapshots")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Compare retained messages")
        self.resize(*SIZE)
        self._snapshots = (first, second)
        self._differences: Differences | None = None
        self.model = SnapshotChangesModel(first, second, self)
        self.tabs = SegmentedTabs(LISTS, self)
        self.edit = QLineEdit(self)
        self.view = QTableView(self)
        self.empty = EmptyState("history", "Comparing …", parent=self)
        self.count_label = label(tone="dim", parent=self)
        self.told_label = label(tone="dim", parent=self)
        self.copy_button = push_button("Copy as text", "copy", parent=self)
        self.close_button = push_button("Close", kind="primary", parent=self)
        self._stack = QStackedLayout()
        self._delay = QTimer(self)
        self._set_up()
        self._lay_out(names)
        self.tabs.currentChanged.connect(self._show_list)
        self.edit.textChanged.connect(self._on_search_edited)
        self.edit.returnPressed.connect(self._apply_search)
        self._delay.timeout.connect(self._apply_search)
        self.copy_button.clicked.connect(self._on_copy)
        self.close_button.clicked.connect(self.close)
        self._show_list()
        spawn(self._compare(), "compare-snapshots")

    # Slots

    @Slot()
    def _show_list(self) -> None:
        self.model.set_topics(self._topics(self.tabs.currentIndex()))
        self._renew_words()

    @Slot(str)
    def _on_search_edited(self, _text: str) -> None:
        self._delay.start()

    @Slot()
    def _apply_search(self) -> None:
        self._delay.stop()
        self.model.set_search(self.edit.text())
        self._renew_words()

    @Slot()
    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.model.table())
        self.told_label.setText(f"{count_of(self.model.rowCount(), 'topic')} copied.")

    # Private

    async def _compare(self) -> None:
        self._differences = await in_worker_for(self, compare, *self._snapshots)
        for index, name in enumerate(LISTS):
            self.tabs.setTabText(index, f"{name} {format_count(self._size_of(index))}")
        self.tabs.setCurrentIndex(max(range(len(LISTS)), key=self._size_of))
        self._show_list()

    def _topics(self, index: int) -> tuple[bytes, ...]:
        found = self._differences
        return () if found is None else (found.added, found.gone, found.changed)[index]

    def _size_of(self, index: int) -> int:
        return len(self._topics(index))

    def _renew_words(self) -> None:
        index = self.tabs.currentIndex()
        shown, found = self.model.rowCount(), self._size_of(index)
        searching = bool(self.edit.text()) and found > 0
        self.count_label.setText(
            f"{format_count(shown)} of {format_count(found)}" if searching else ""
        )
        self.copy_button.setEnabled(shown > 0)
        if self._differences is not None:
            self.empty.set_sentence(
                "No such topic in this list." if searching else _NOTHING[LISTS[index]]
            )
        self._stack.setCurrentIndex(0 if shown else 1)

    def _set_up(self) -> None:
        self.edit.setFont(mono_font())
        self.edit.setPlaceholderText("Find in topics")
        self.edit.setAccessibleName("Find in compared retained messages")
        self.edit.setMaxLength(SEARCH_LENGTH)
        self.edit.setFixedWidth(240)
        self.edit.addAction(icon("search", "dim"), QLineEdit.ActionPosition.LeadingPosition)
        self._delay.setObjectName("snapshot search delay")
        self._delay.setSingleShot(True)
        self._delay.setInterval(SEARCH_DELAY_MS)
        set_up_table(self.view, "Retained messages that differ")
        self.view.setModel(self.model)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        for column in (BEFORE, AFTER):
            self.view.setItemDelegateForColumn(column, RightElided(self.view))
        for column in (TOPIC, BEFORE, AFTER):
            self.view.horizontalHeader().setSectionResizeMode(
                column, QHeaderView.ResizeMode.Stretch
            )

    def _lay_out(self, names: tuple[str, str]) -> None:
        title = QVBoxLayout()
        title.setSpacing(4)
        for which, name, snapshot in zip(("Before", "After"), names, self._snapshots, strict=True):
            title.addLayout(_snapshot_line(which, name, snapshot, self))
        bar = QWidget(self)
        row = QHBoxLayout(bar)
        row.setContentsMargins(4, 4, 12, 4)
        row.setSpacing(8)
        row.addWidget(self.tabs, 1)
        row.addWidget(self.count_label)
        row.addWidget(self.edit)
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
        buttons.addWidget(self.copy_button)
        buttons.addWidget(self.told_label, 1)
        buttons.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addLayout(title)
        column.addWidget(card, 1)
        column.addLayout(buttons)


def _snapshot_line(which: str, name: str, snapshot: Snapshot, parent: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    heading = label(which, "dim", parent)
    heading.setFixedWidth(48)
    taken = format_date_time(snapshot.taken_ns).rpartition(".")[0]
    words = [taken, snapshot.broker, count_of(len(snapshot.messages), "message")]
    rest = ElidedLabel(escape(" · ".join(word for word in words if word)), parent=parent)
    set_tone(rest, "dim")
    row.addWidget(heading)
    row.addWidget(ElidedLabel(escape(name), parent=parent))
    row.addWidget(rest, 1)
    return row
