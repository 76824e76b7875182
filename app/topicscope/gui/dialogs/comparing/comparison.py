"""What dialogs share that compare two states: three lists of topics, a search, old and new value, copying."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLayout,
    QLineEdit,
    QPushButton,
    QStackedLayout,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from topicscope.gui.icons import icon
from topicscope.gui.models.topics.changes import AFTER, BEFORE, TOPIC, TopicChangesModel
from topicscope.gui.text import format_count
from topicscope.gui.theme import mono_font
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.card import CardFrame, line
from topicscope.gui.widgets.empty_state import EmptyState
from topicscope.gui.widgets.labels import label
from topicscope.gui.widgets.plain_table import RightElided, set_up_table
from topicscope.gui.widgets.tabs import SegmentedTabs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LISTS: Final = ("Added", "Gone", "Changed")
SEARCH_DELAY_MS: Final = 120
SEARCH_LENGTH: Final = 1000


class ComparisonDialog(QDialog):
    """Shows three lists as soon as `show_lists` brings them; the window stays in use.

    Attributes:
        model: the topics of the list in front.
        told_label: what there is to say beside the buttons.

    """

    def __init__(
        self,
        model: TopicChangesModel[Any],
        sentences: Mapping[str, str],
        names: tuple[str, str],
        parent: QWidget | None = None,
    ) -> None:
        """Take what is said of each list that is empty, and what search and table are called."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._sentences = sentences
        self._lists: tuple[Sequence[Any], ...] = ((), (), ())
        self._compared = False
        self.model = model
        model.setParent(self)
        self.tabs = SegmentedTabs(LISTS, self)
        self.edit = QLineEdit(self)
        self.view = QTableView(self)
        self.empty = EmptyState("history", "Comparing …", parent=self)
        self.count_label = label(tone="dim", parent=self)
        self.told_label = label(tone="dim", parent=self)
        self.close_button = push_button("Close", kind="primary", parent=self)
        self._copy_buttons: tuple[QPushButton, ...] = ()
        self._stack = QStackedLayout()
        self._delay = QTimer(self)
        self._set_up(*names)
        self.tabs.currentChanged.connect(self._show_list)
        self.edit.textChanged.connect(self._on_search_edited)
        self.edit.returnPressed.connect(self._apply_search)
        self._delay.timeout.connect(self._apply_search)
        self.close_button.clicked.connect(self.close)

    # Methods

    def show_lists(self, lists: Sequence[Sequence[Any]]) -> None:
        """Show what was added, what is gone and what has changed, the longest list first."""
        self._lists = tuple(lists)
        self._compared = True
        for index, name in enumerate(LISTS):
            self.tabs.setTabText(index, f"{name} {format_count(self._size_of(index))}")
        self.tabs.setCurrentIndex(max(range(len(LISTS)), key=self._size_of))
        self._show_list()

    def lay_out(self, title: QLayout, copy_buttons: Sequence[QPushButton]) -> None:
        """Put the title above the lists, and the buttons that copy below them."""
        self._copy_buttons = tuple(copy_buttons)
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
        for button in self._copy_buttons:
            buttons.addWidget(button)
        buttons.addWidget(self.told_label, 1)
        buttons.addStretch()
        buttons.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addLayout(title)
        column.addWidget(card, 1)
        column.addLayout(buttons)
        self._show_list()

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

    # Private

    def _size_of(self, index: int) -> int:
        return len(self._lists[index])

    def _renew_words(self) -> None:
        index = self.tabs.currentIndex()
        shown, found = self.model.rowCount(), self._size_of(index)
        searching = bool(self.edit.text()) and found > 0
        self.count_label.setText(
            f"{format_count(shown)} of {format_count(found)}" if searching else ""
        )
        for button in self._copy_buttons:
            button.setEnabled(shown > 0)
        if self._compared:
            sentence = self._sentences[LISTS[index]]
            self.empty.set_sentence("No such topic in this list." if searching else sentence)
        self._stack.setCurrentIndex(0 if shown else 1)

    def _set_up(self, search_name: str, table_name: str) -> None:
        self.edit.setFont(mono_font())
        self.edit.setPlaceholderText("Find in topics")
        self.edit.setAccessibleName(search_name)
        self.edit.setMaxLength(SEARCH_LENGTH)
        self.edit.setFixedWidth(240)
        self.edit.addAction(icon("search", "dim"), QLineEdit.ActionPosition.LeadingPosition)
        self._delay.setObjectName("comparison search delay")
        self._delay.setSingleShot(True)
        self._delay.setInterval(SEARCH_DELAY_MS)
        set_up_table(self.view, table_name)
        self.view.setModel(self.model)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        for column in (BEFORE, AFTER):
            self.view.setItemDelegateForColumn(column, RightElided(self.view))
        header = self.view.horizontalHeader()
        for column in (TOPIC, BEFORE, AFTER):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
