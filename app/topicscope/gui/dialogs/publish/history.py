"""The history of all that was published: search it, publish a message again, edit it, keep it as a template."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QMenu,
    QStackedWidget,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from topicscope.gui.dialogs.question import Question
from topicscope.gui.models.publish.history import HistoryColumn, PublishHistoryModel
from topicscope.gui.tasks import in_worker_for, spawn
from topicscope.gui.text import count_of, plain_tooltip
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.card import CardFrame
from topicscope.gui.widgets.empty_state import EmptyState
from topicscope.gui.widgets.labels import label
from topicscope.gui.widgets.messages.actions import add_action
from topicscope.gui.widgets.plain_table import set_up_table

if TYPE_CHECKING:
    from PySide6.QtGui import QShowEvent

    from topicscope.automation.publish_history import PublishedMessage
    from topicscope.gui.library.published_messages import PublishedMessages

SIZE: Final = (1240, 600)
RENEW_MS: Final = 150
_WIDTHS: Final = {
    HistoryColumn.TIME: 172,
    HistoryColumn.TOPIC: 200,
    HistoryColumn.QOS: 40,
    HistoryColumn.RETAIN: 26,
    HistoryColumn.SIZE: 64,
    HistoryColumn.PAYLOAD: 150,
    HistoryColumn.BROKER: 164,
}
_NOTHING = "Nothing was published yet. What you publish is kept here, also for the next session."
_NOT_FOUND = "No message has all these words."


class PublishHistoryDialog(QDialog):
    """A table with a search field; it stays open beside the window."""

    resend_requested = Signal(object)
    """A `PublishedMessage`: to be published again as it was."""
    edit_requested = Signal(object)
    """A `PublishedMessage`: to be put into the fields."""
    template_requested = Signal(object)
    """A `PublishedMessage`: to be kept as a template."""

    def __init__(self, published: PublishedMessages, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("publish-history")
        self.setWindowTitle("Published messages — Topicscope")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(*SIZE)
        self._published = published
        self._reason = ""
        self.model = PublishHistoryModel(self)
        self.search_edit = QLineEdit(self)
        self.search_edit.setPlaceholderText("Search topic, payload, properties, result, broker")
        self.search_edit.setAccessibleName("Search what was published")
        self.search_edit.setClearButtonEnabled(True)
        self.table = QTableView(self)
        self.empty = EmptyState("history", _NOTHING, parent=self)
        self._stack = QStackedWidget(self)
        self._count = label("", "dim", self)
        self.resend_button = push_button("Publish again", "send", kind="primary", parent=self)
        self.edit_button = push_button("Edit", "pencil", parent=self)
        self.template_button = push_button("Save as template…", "save", parent=self)
        self.remove_button = push_button("Remove", "trash-2", parent=self)
        self.clear_button = push_button("Remove all…", parent=self)
        self._cut_in_the_middle = _CutInTheMiddle(self)
        self._timer = QTimer(self)
        self._timer.setObjectName("publish history")
        self._timer.setSingleShot(True)
        self._timer.setInterval(RENEW_MS)
        self._set_up_table()
        self._lay_out()
        self._connect()
        self._on_selected()

    # Methods

    def set_off(self, reason: str) -> None:
        """Switch publishing off and say why; with an empty reason, on."""
        self._reason = reason
        self._on_selected()

    def chosen(self) -> list[PublishedMessage]:
        """Return the selected messages, the newest first."""
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        return [self.model.entries[row] for row in rows]

    # Slots

    @Slot()
    def renew(self) -> None:
        """Show what is in the history now."""
        spawn(self._renew(), "publish history")

    @Slot()
    def _on_selected(self) -> None:
        chosen = self.chosen()
        whole = bool(chosen) and all(one.payload is not None for one in chosen)
        self.resend_button.setEnabled(whole and not self._reason)
        self.resend_button.setToolTip(plain_tooltip(self._reason))
        self.edit_button.setEnabled(whole and len(chosen) == 1)
        self.template_button.setEnabled(whole and len(chosen) == 1)
        self.remove_button.setEnabled(bool(chosen))

    @Slot()
    def _on_resend(self) -> None:
        # In the order in which they were published before.
        for one in reversed(self.chosen()):
            if one.payload is not None and not self._reason:
                self.resend_requested.emit(one)

    @Slot()
    def _on_edit(self) -> None:
        for one in self.chosen()[:1]:
            if one.payload is not None:
                self.edit_requested.emit(one)

    @Slot()
    def _on_template(self) -> None:
        for one in self.chosen()[:1]:
            self.template_requested.emit(one)

    @Slot()
    def _on_remove(self) -> None:
        self._published.forget([one.identifier for one in self.chosen()])

    @Slot()
    def _on_clear(self) -> None:
        question = Question(
            "Remove the whole history?",
            "All messages that were published with this and earlier sessions are forgotten. Templates stay.",
            "Remove all",
            "Keep it",
            self,
        )
        question.accepted.connect(self._published.forget_all)
        question.open()

    @Slot(QPoint)
    def _on_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for button, name, slot in (
            (self.resend_button, "send", self._on_resend),
            (self.edit_button, "pencil", self._on_edit),
            (self.template_button, "save", self._on_template),
            (self.remove_button, "trash-2", self._on_remove),
        ):
            add_action(menu, button.text(), name, slot, enabled=button.isEnabled())
        menu.popup(self.table.viewport().mapToGlobal(place))

    @Slot(QModelIndex)
    def _on_double_clicked(self, _index: QModelIndex) -> None:
        self._on_edit()

    # Qt overrides

    def showEvent(self, event: QShowEvent) -> None:
        """Show what is in the history now."""
        super().showEvent(event)
        self.renew()

    # Private

    async def _renew(self) -> None:
        words = self.search_edit.text()
        entries = await in_worker_for(self, self._published.entries, words)
        if words != self.search_edit.text():
            return
        self.model.set_entries(entries)
        self._count.setText(count_of(len(entries), "message"))
        self.empty.set_sentence(_NOT_FOUND if words else _NOTHING)
        self._stack.setCurrentIndex(0 if entries else 1)
        self.clear_button.setEnabled(bool(entries) or bool(words))
        self._on_selected()

    def _set_up_table(self) -> None:
        table = self.table
        table.setModel(self.model)
        set_up_table(table, "Published messages")
        table.setTextElideMode(Qt.TextElideMode.ElideRight)
        table.setItemDelegateForColumn(HistoryColumn.TOPIC, self._cut_in_the_middle)
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        columns = table.horizontalHeader()
        columns.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        columns.setMinimumSectionSize(24)
        for column, width in _WIDTHS.items():
            columns.resizeSection(column, width)
        columns.setSectionResizeMode(HistoryColumn.RESULT, QHeaderView.ResizeMode.Stretch)

    def _connect(self) -> None:
        self.search_edit.textChanged.connect(self.renew)
        self._published.changed.connect(self._timer.start)
        self._timer.timeout.connect(self.renew)
        self.table.selectionModel().selectionChanged.connect(self._on_selected)
        self.table.doubleClicked.connect(self._on_double_clicked)
        self.table.customContextMenuRequested.connect(self._on_menu)
        self.resend_button.clicked.connect(self._on_resend)
        self.edit_button.clicked.connect(self._on_edit)
        self.template_button.clicked.connect(self._on_template)
        self.remove_button.clicked.connect(self._on_remove)
        self.clear_button.clicked.connect(self._on_clear)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(self.search_edit, 1)
        top.addWidget(self._count)
        card = CardFrame(parent=self)
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        card.add(self._stack, 1)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.clear_button)
        foot.addWidget(self.remove_button)
        foot.addStretch(1)
        foot.addWidget(self.template_button)
        foot.addWidget(self.edit_button)
        foot.addWidget(self.resend_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addLayout(top)
        column.addWidget(card, 1)
        column.addLayout(foot)


class _CutInTheMiddle(QStyledItemDelegate):
    """Topics differ at their ends."""

    def initStyleOption(  # noqa: N802
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Cut a text that is too long in its middle."""
        super().initStyleOption(option, index)
        option.textElideMode = Qt.TextElideMode.ElideMiddle
