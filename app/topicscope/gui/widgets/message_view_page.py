"""A table of the capture with its filter row above, and words in its place while it is empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from topicscope.capture.view import LogView, OnTopics, messages, packets
from topicscope.gui.icons import icon
from topicscope.gui.models.message_table import MessageTableModel
from topicscope.gui.models.message_table_columns import MESSAGE_COLUMNS, PACKET_COLUMNS
from topicscope.gui.models.message_table_counts import MessageCounts
from topicscope.gui.text import format_count, plain_tooltip
from topicscope.gui.widgets.buttons import name_button, push_button
from topicscope.gui.widgets.card import line
from topicscope.gui.widgets.empty_state import EmptyState
from topicscope.gui.widgets.labels import ElidedLabel, label
from topicscope.gui.widgets.message_view import MessageView
from topicscope.gui.widgets.style import set_tone
from topicscope.gui.widgets.topic_filter_edit import TopicFilterEdit
from topicscope.mqtt.topics import TopicFilter, topic_filter_problem
from topicscope.payload.text import escape

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from topicscope.capture.log import CaptureLog
    from topicscope.capture.segment import Segment

    Predicate = Callable[[Segment, int, int], NDArray[np.bool_] | None]

FILTER_DELAY_MS = 150
"""A filter is applied when nobody typed for so long."""
BAR_HEIGHT = 38

_NOTHING_YET = "No messages yet: subscribe to a Topic Filter such as # to see what is published."
_NO_PACKETS_YET = "No packets yet: connect to a broker, or open a recording."


class TablePage(QWidget):
    """A live table and the row above it."""

    def __init__(
        self, model: MessageTableModel, empty: EmptyState, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        model.setParent(self)
        self.model = model
        self.view = MessageView(model, self)
        self.empty = empty
        self.count_label = label(tone="dim", parent=self)
        self.frozen_label = label(tone="warning", parent=self)
        self.follow_button = _follow_button(self)
        self.bar = QHBoxLayout()
        self._stack = QStackedLayout()
        self._lay_out()
        self.view.follow_changed.connect(self.follow_button.setChecked)
        self.follow_button.clicked.connect(self._on_follow_clicked)

    # Methods

    def refresh(self) -> None:
        """Take in what the capture got."""
        self.model.update()
        self._renew_words()

    def set_frozen(self, frozen: bool) -> None:
        """Let the rows stand still, or go on."""
        self.model.set_frozen(frozen)
        self._renew_words()

    def count_text(self) -> str:
        """Say how many rows there are."""
        return f"{format_count(self.model.rowCount())} packets"

    # Slots

    @Slot(bool)
    def _on_follow_clicked(self, checked: bool) -> None:
        self.view.set_following(checked)

    # Private

    def _renew_words(self) -> None:
        self.count_label.setText(self.count_text())
        frozen = self.model.frozen
        waiting = f"frozen · {format_count(self.model.waiting)} waiting" if frozen else ""
        self.frozen_label.setText(waiting)
        self.frozen_label.setVisible(frozen)
        self._show_table_or_words()

    def _show_table_or_words(self) -> None:
        self._stack.setCurrentIndex(0 if self.model.rowCount() else 1)

    def _lay_out(self) -> None:
        self.frozen_label.hide()
        bar = QWidget(self)
        bar.setFixedHeight(BAR_HEIGHT)
        bar.setLayout(self.bar)
        self.bar.setContentsMargins(12, 0, 12, 0)
        self.bar.setSpacing(8)
        for widget in (self.frozen_label, self.count_label, self.follow_button):
            self.bar.addWidget(widget)
        self._stack.addWidget(self.view)
        self._stack.addWidget(self.empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(bar)
        column.addWidget(line(self))
        column.addLayout(self._stack, 1)


class PacketsPage(TablePage):
    """All Control Packets, both ways."""

    def __init__(self, log: CaptureLog, parent: QWidget | None = None) -> None:
        model = MessageTableModel(LogView(log, packets), PACKET_COLUMNS)
        super().__init__(model, EmptyState("binary", _NO_PACKETS_YET), parent)
        words = ElidedLabel("Every Control Packet in both directions, byte for byte")
        set_tone(words, "dim")
        self.bar.insertWidget(0, words, 1)
        self.view.setAccessibleName("Packets")
        self._renew_words()

    def set_log(self, log: CaptureLog) -> None:
        """Show another capture."""
        self.model.set_view(LogView(log, packets))
        self._renew_words()


class MessagesPage(TablePage):
    """Application Messages, all or those on topics that match a Topic Filter."""

    filter_changed = Signal(str)

    def __init__(self, log: CaptureLog, parent: QWidget | None = None) -> None:
        model = MessageTableModel(LogView(log, messages), MESSAGE_COLUMNS)
        empty = EmptyState("inbox", _NOTHING_YET, "Show all messages")
        empty.button.hide()
        super().__init__(model, empty, parent)
        self.counts = MessageCounts(model)
        self.edit = TopicFilterEdit(topic_filter_problem, self)
        self.edit.setPlaceholderText("Show only: plant/+/temperature")
        self.edit.setAccessibleName("Show only topics that match")
        self.edit.setMaximumWidth(420)
        position = QLineEdit.ActionPosition
        self.edit.addAction(icon("list-filter", "dim"), position.LeadingPosition)
        self.clear_action = self.edit.addAction(icon("x", "dim"), position.TrailingPosition)
        self.clear_action.setToolTip(plain_tooltip("Show all messages"))
        self.clear_action.setVisible(False)
        self.problem_label = ElidedLabel(mode=Qt.TextElideMode.ElideRight, parent=self)
        set_tone(self.problem_label, "error")
        self._applied = ""
        self._delay = QTimer(self)
        self._delay.setObjectName("topic filter delay")
        self._delay.setSingleShot(True)
        self._delay.setInterval(FILTER_DELAY_MS)
        self._put_filter_in_bar()
        self.view.setAccessibleName("Messages")
        self._connect()
        self._renew_words()

    # Properties

    @property
    def topic_filter(self) -> str:
        """The Topic Filter in force, empty when all messages are shown."""
        return self._applied

    # Methods

    def set_log(self, log: CaptureLog) -> None:
        """Show another capture through the same filter."""
        self.model.set_view(LogView(log, self._predicate(log)))
        self._renew_words()

    def set_topic_filter(self, text: str) -> None:
        """Show only messages on topics that match; an empty text shows all. Not valid: nothing changes."""
        if self.edit.text() != text:
            self.edit.setText(text)
        self._apply()

    def count_text(self) -> str:
        """Say how many messages are shown of how many."""
        stored = format_count(self.counts.stored)
        if not self._applied:
            return f"{stored} messages"
        return f"{format_count(self.counts.shown)} of {stored}"

    # Slots

    @Slot()
    def clear_filter(self) -> None:
        """Show all messages."""
        self.set_topic_filter("")

    @Slot()
    def _apply(self) -> None:
        self._delay.stop()
        text = self.edit.text()
        if self.edit.problem or text == self._applied:
            return
        self._applied = text
        row = self.view.current_row()
        log = self.model.view.log
        self.model.set_view(LogView(log, self._predicate(log)))
        if row >= 0:
            self.view.select_row(row)
        self._renew_words()
        self.filter_changed.emit(text)

    @Slot(str)
    def _on_text_changed(self, text: str) -> None:
        self.clear_action.setVisible(bool(text))
        self._delay.start()

    # Private

    def _predicate(self, log: CaptureLog) -> Predicate:
        if not self._applied:
            return messages
        return OnTopics(log.topics, TopicFilter(self._applied).matches)

    def _show_table_or_words(self) -> None:
        super()._show_table_or_words()
        hiding = bool(self._applied) and self.counts.stored > 0
        self.empty.button.setVisible(hiding)
        sentence = _NOTHING_YET
        if hiding:
            stored = format_count(self.counts.stored)
            sentence = (
                f"None of {stored} messages is on a topic that matches {escape(self._applied)}"
            )
        if self.empty.sentence() != sentence:
            self.empty.set_sentence(sentence)

    def _connect(self) -> None:
        self.edit.textChanged.connect(self._on_text_changed)
        self.edit.submitted.connect(self._apply)
        self._delay.timeout.connect(self._apply)
        self.clear_action.triggered.connect(self.clear_filter)
        self.edit.problem_changed.connect(self.problem_label.setText)
        self.empty.action_triggered.connect(self.clear_filter)
        self.view.actions_of_row.filter_requested.connect(self.set_topic_filter)

    def _put_filter_in_bar(self) -> None:
        self.bar.insertWidget(0, self.edit, 3)
        self.bar.insertWidget(1, self.problem_label, 2)


def _follow_button(parent: QWidget) -> QPushButton:
    button = push_button("Follow", "arrow-down-to-line", kind="toggle", parent=parent)
    button.setIcon(icon("arrow-down-to-line", "dim", "accent"))
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setCheckable(True)
    button.setChecked(True)
    name_button(button, "Follow the newest row (End)")
    return button
