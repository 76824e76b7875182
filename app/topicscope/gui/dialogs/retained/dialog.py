"""The window of retained messages: what the broker keeps, as far as it is known, and what can be done with it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QItemSelection, QItemSelectionModel, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QProgressBar,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from topicscope.gui.dialogs.retained.snapshots import SnapshotsPage
from topicscope.gui.icons import icon
from topicscope.gui.models.retained.messages import RetainedColumn, RetainedMessagesModel
from topicscope.gui.text import count_of, format_count
from topicscope.gui.theme import mono_font
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.card import line
from topicscope.gui.widgets.empty_state import EmptyState
from topicscope.gui.widgets.fields.topic_filter_edit import TopicFilterEdit
from topicscope.gui.widgets.labels import ElidedLabel, label
from topicscope.gui.widgets.notice import NoticeBar
from topicscope.gui.widgets.plain_table import RightElided, set_up_table
from topicscope.gui.widgets.style import set_tone
from topicscope.gui.widgets.tabs import TabbedCard
from topicscope.mqtt.topics import topic_filter_problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PySide6.QtCore import SignalInstance

    from topicscope.automation.retained.seen import Snapshot

SIZE: Final = (1040, 640)
SEARCH_DELAY_MS: Final = 120
SEARCH_LENGTH: Final = 1000
EVERYTHING: Final = "#"
_FILTER_WIDTH: Final = 200
_WIDTHS: Final = {
    RetainedColumn.SIZE: 72,
    RetainedColumn.QOS: 56,
    RetainedColumn.SINCE: 156,
    RetainedColumn.PROPERTIES: 168,
}
_NONE_SEEN: Final = (
    "No retained message is known. A broker sends them when somebody subscribes; "
    "reading them from the broker asks for all of them over a second connection."
)
_NOT_FOUND: Final = (
    "No retained topic matches. A part of a topic will do, or a Topic Filter such as plant/+/state."
)
_SELECT: Final = "Select messages to clear, copy or keep them; Ctrl+A selects all that are shown."


class RetainedMessagesWindow(QDialog):
    """Stays open beside the main window; it only shows and asks, others do."""

    read_requested = Signal(str)
    """What the broker keeps below a Topic Filter should be read."""
    follow_requested = Signal()
    """What the capture knows should be shown again."""
    clear_requested = Signal(object)
    copy_requested = Signal(object)
    keep_requested = Signal(object)
    """Topic Names as bytes, in a list."""
    action_requested = Signal()
    """The button of the notice was clicked."""
    help_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("retained-messages")
        self.setWindowTitle("Retained messages")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(*SIZE)
        self.model = RetainedMessagesModel(self)
        self.notice = NoticeBar(self)
        self.progress = QProgressBar(self)
        self.progress.setAccessibleName("How far it is")
        self.progress.setTextVisible(False)
        self.progress.hide()
        self.card = TabbedCard(self)
        self.snapshots = SnapshotsPage(self)
        self.edit = QLineEdit(self)
        self.view = QTableView(self)
        self.empty = EmptyState("inbox", _NONE_SEEN, "Read from the broker", self)
        self.count_label = label(tone="dim", parent=self)
        self.selection_label = ElidedLabel(mode=Qt.TextElideMode.ElideRight, parent=self)
        self.filter_edit = TopicFilterEdit(_read_problem, self)
        self.read_button = push_button("Read from the broker", "download", parent=self)
        self.follow_button = push_button("Follow the capture", "rotate-cw", parent=self)
        self.clear_button = push_button("Clear…", "trash-2", parent=self)
        self.copy_button = push_button("Copy to a broker…", "send", parent=self)
        self.keep_button = push_button("Take a snapshot", "save", parent=self)
        self.help_button = push_button("Help", "circle-question-mark", parent=self)
        self.close_button = push_button("Close", kind="primary", parent=self)
        self._stack = QStackedWidget(self)
        self._delay = QTimer(self)
        self._is_connected = False
        self._is_busy = False
        self._set_up()
        self._lay_out()
        self._connect_parts()
        self._renew()

    # Methods

    def show_snapshot(self, snapshot: Snapshot, source: str, *, can_follow: bool) -> None:
        """Show other messages; what is selected stays selected, and the place on screen the same."""
        selected = set(self.selected())
        place = self.view.verticalScrollBar().value()
        self.model.set_snapshot(snapshot)
        self._select(selected)
        self.view.verticalScrollBar().setValue(place)
        self.card.header.set_extra(source)
        self.follow_button.setVisible(can_follow)
        self._renew()

    def set_connected(self, connected: bool, *, read_only: bool) -> None:
        """Offer what needs a connection that may be published on."""
        self._is_connected = connected and not read_only
        self.snapshots.set_connected(self._is_connected)
        self._renew()

    def set_busy(self, busy: bool) -> None:
        """Offer nothing else while something is being done."""
        self._is_busy = busy
        self.snapshots.set_busy(busy)
        self._renew()

    def show_progress(self, done: int, total: int) -> None:
        """Show how much is done; with a total of 0, nothing."""
        self.progress.setVisible(total > 0)
        self.progress.setRange(0, max(1, total))
        self.progress.setValue(done)

    def selected(self) -> list[bytes]:
        """Return the topics that are selected, in the order shown."""
        return self.model.topics(self._selected_rows())

    # Slots

    @Slot()
    def _apply_search(self) -> None:
        self._delay.stop()
        selected = set(self.selected())
        self.model.set_filter(self.edit.text())
        self._select(selected)
        self._renew()

    @Slot(str)
    def _on_search_edited(self, _text: str) -> None:
        self._delay.start()

    @Slot()
    def _renew(self) -> None:
        shown, total = self.model.rowCount(), self.model.total
        searching = bool(self.edit.text().strip())
        self._stack.setCurrentIndex(0 if shown else 1)
        self.empty.set_sentence(_NOT_FOUND if total and searching else _NONE_SEEN)
        self.empty.button.setVisible(not total)
        self.count_label.setText(
            f"{format_count(shown)} of {format_count(total)}" if searching else ""
        )
        self.card.tabs.setTabText(
            0, f"Retained messages {format_count(total)}" if total else "Retained messages"
        )
        self._renew_selection()

    @Slot()
    def _renew_selection(self) -> None:
        count = sum(len(rows) for rows in self._runs())
        free = count > 0 and not self._is_busy
        self.selection_label.setText(f"{count_of(count, 'message')} selected" if count else _SELECT)
        self.clear_button.setText(f"Clear {format_count(count)}…" if count else "Clear…")
        self.clear_button.setEnabled(free and self._is_connected)
        self.copy_button.setEnabled(free)
        self.keep_button.setEnabled(free)
        self.read_button.setEnabled(not self._is_busy and not self.filter_edit.problem)
        self.empty.button.setEnabled(not self._is_busy)

    @Slot()
    def _on_read(self) -> None:
        self.read_requested.emit(self.filter_edit.text() or EVERYTHING)

    def _on_button(self, wish: SignalInstance, _checked: bool = False) -> None:
        wish.emit(self.selected())

    @Slot(int, Qt.SortOrder)
    def _on_sorted(self, column: int, order: Qt.SortOrder) -> None:
        selected = set(self.selected())
        self.model.sort(column, order)
        self._select(selected)
        self._renew()

    # Private

    def _runs(self) -> list[range]:
        ranges = self.view.selectionModel().selection()
        return [range(one.top(), one.bottom() + 1) for one in ranges]  # type: ignore[attr-defined]

    def _selected_rows(self) -> Iterable[int]:
        return sorted({row for rows in self._runs() for row in rows})

    def _select(self, topics: set[bytes]) -> None:
        if not topics:
            return
        selection, last = QItemSelection(), self.model.columnCount() - 1
        for rows in self.model.rows_of(topics):
            selection.select(self.model.index(rows[0], 0), self.model.index(rows[-1], last))
        flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
        self.view.selectionModel().select(selection, flag)

    def _set_up(self) -> None:
        self.edit.setFont(mono_font())
        self.edit.setPlaceholderText("Part of a topic, or a Topic Filter")
        self.edit.setAccessibleName("Find in retained messages")
        self.edit.setMaxLength(SEARCH_LENGTH)
        self.edit.setClearButtonEnabled(True)
        self.edit.addAction(icon("search", "dim"), QLineEdit.ActionPosition.LeadingPosition)
        self.filter_edit.setPlaceholderText("#  every topic")
        self.filter_edit.setAccessibleName("Topic Filter to read")
        self.filter_edit.setFixedWidth(_FILTER_WIDTH)
        self._delay.setObjectName("retained search delay")
        self._delay.setSingleShot(True)
        self._delay.setInterval(SEARCH_DELAY_MS)
        self.follow_button.hide()
        set_tone(self.selection_label, "dim")
        set_up_table(self.view, "Retained messages")
        self.view.setModel(self.model)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        header = self.view.horizontalHeader()
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(True)
        header.setSortIndicator(RetainedColumn.TOPIC, Qt.SortOrder.AscendingOrder)
        for column in (RetainedColumn.TOPIC, RetainedColumn.VALUE):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        for column, width in _WIDTHS.items():
            header.resizeSection(column, width)
        for column in (RetainedColumn.VALUE, RetainedColumn.PROPERTIES):
            self.view.setItemDelegateForColumn(column, RightElided(self.view))

    def _lay_out(self) -> None:
        self._stack.addWidget(self.view)
        self._stack.addWidget(self.empty)
        page = QWidget(self)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        top = [self.edit, self.count_label, self.follow_button, self.filter_edit, self.read_button]
        column.addWidget(_bar(top))
        column.addWidget(line(page))
        column.addWidget(self._stack, 1)
        column.addWidget(line(page))
        column.addWidget(
            _bar([self.selection_label, self.keep_button, self.copy_button, self.clear_button])
        )
        self.card.add_page("Retained messages", page)
        self.card.add_page("Snapshots", self.snapshots)
        buttons = QHBoxLayout()
        buttons.addWidget(self.help_button)
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(16, 16, 16, 16)
        whole.setSpacing(12)
        whole.addWidget(self.notice)
        whole.addWidget(self.progress)
        whole.addWidget(self.card, 1)
        whole.addLayout(buttons)

    def _connect_parts(self) -> None:
        self.edit.textChanged.connect(self._on_search_edited)
        self.edit.returnPressed.connect(self._apply_search)
        self._delay.timeout.connect(self._apply_search)
        self.view.horizontalHeader().sortIndicatorChanged.connect(self._on_sorted)
        self.view.selectionModel().selectionChanged.connect(self._renew_selection)
        self.model.modelReset.connect(self._renew_selection)
        self.filter_edit.problem_changed.connect(self._renew_selection)
        self.filter_edit.submitted.connect(self._on_read)
        self.read_button.clicked.connect(self._on_read)
        self.empty.action_triggered.connect(self._on_read)
        self.follow_button.clicked.connect(self.follow_requested)
        self.clear_button.clicked.connect(partial(self._on_button, self.clear_requested))
        self.copy_button.clicked.connect(partial(self._on_button, self.copy_requested))
        self.keep_button.clicked.connect(partial(self._on_button, self.keep_requested))
        self.notice.action_triggered.connect(self.action_requested)
        self.help_button.clicked.connect(self.help_requested)
        self.close_button.clicked.connect(self.close)
        self.snapshots.count_changed.connect(partial(self.card.tabs.setTabText, 1))


def _read_problem(text: str) -> str | None:
    if text.startswith("$share/"):
        return "A Shared Subscription brings no retained messages (MQTT 5, section 3.8.3.1)."
    return topic_filter_problem(text)


def _bar(widgets: Sequence[QWidget]) -> QWidget:
    """Return widgets in a row, of which the first takes what room is left."""
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(8, 6, 8, 6)
    row.setSpacing(8)
    for number, widget in enumerate(widgets):
        row.addWidget(widget, 0 if number else 1)
    return holder
