"""The topics of the capture as a tree, with a field to find some of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QStackedLayout, QVBoxLayout, QWidget

from topicscope.gui.icons import icon
from topicscope.gui.models.topic_tree import TopicTreeModel
from topicscope.gui.text import format_count, plain_tooltip
from topicscope.gui.theme import mono_font
from topicscope.gui.widgets.card import PaneHeader
from topicscope.gui.widgets.empty_state import EmptyState
from topicscope.gui.widgets.pacer import Pacer
from topicscope.gui.widgets.topic_view import TopicView
from topicscope.payload.text import escape

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent, QShowEvent

    from topicscope.capture.log import CaptureLog
    from topicscope.gui.bridge import ConnectionBridge

SEEN_INTERVAL_MS = 100
UNSEEN_INTERVAL_MS = 1000
GO_ON_MS = 25
"""How soon the tree grows on when new topics wait."""
SETTLE_MS = 250
"""How often rates are looked at while they fall to zero."""
BUDGET_S = 0.005
SEARCH_DELAY_MS = 120
SEARCH_LENGTH = 1000

_NOTHING_YET = "No topics yet"


class TopicsPane(QWidget):
    """Tree of topics; `header` is for the dock's title bar."""

    topic_selected = Signal(object, bool)
    """A Topic Name down to a level, in bytes, and whether nothing is below it."""
    filter_requested = Signal(str)
    """A Topic Filter: only what matches should be shown."""
    subscribe_requested = Signal(str)
    publish_requested = Signal(object)
    """A Topic Name, in bytes."""

    def __init__(self, bridge: ConnectionBridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("topics-pane")
        self._bridge = bridge
        self._seen = False
        self.header = PaneHeader("Topics")
        self.model = TopicTreeModel(bridge.log, self)
        self.view = TopicView(self.model, self)
        self.view.setAccessibleName("Topics")
        self.edit = QLineEdit(self)
        self.empty = EmptyState("list-tree", _NOTHING_YET, parent=self)
        self._stack = QStackedLayout()
        self._pacer = Pacer(UNSEEN_INTERVAL_MS, "topics pane pacer", self)
        self._delay = QTimer(self)
        self._set_up_search()
        self._lay_out()
        self._connect()
        self._on_due()

    # Slots

    @Slot()
    def focus_search(self) -> None:
        """Put the cursor into the search field."""
        self.edit.setFocus()
        self.edit.selectAll()

    @Slot()
    def _on_due(self) -> None:
        more = self.model.grow(BUDGET_S)
        self.view.branches.after_growth()
        moving = self._seen and self.model.texts.sample_rates()
        self.view.viewport().update()
        self._renew_words()
        if more:
            self._pacer.wake_after(GO_ON_MS)
        elif moving:
            self._pacer.wake_after(SETTLE_MS)

    @Slot(object)
    def _on_log_replaced(self, log: CaptureLog) -> None:
        self.view.branches.forget_log()
        self.model.set_log(log)
        if self.edit.text():
            self.model.set_search(self.edit.text())
        self._pacer.fire()

    @Slot()
    def _apply_search(self) -> None:
        self._delay.stop()
        text = self.edit.text()
        if text == (self.model.search.text if self.model.search else ""):
            return
        self.view.branches.forget_search()
        self.model.set_search(text)
        self._pacer.fire()

    @Slot(str)
    def _on_search_edited(self, text: str) -> None:
        self._clear_action.setVisible(bool(text))
        self._delay.start()

    @Slot()
    def _on_search_entered(self) -> None:
        self._apply_search()
        self.view.setFocus()

    # Qt overrides

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up when somebody looks again."""
        super().showEvent(event)
        self._seen = True
        self._pacer.interval_ms = SEEN_INTERVAL_MS
        self._pacer.wake()

    def hideEvent(self, event: QHideEvent) -> None:
        """Take more time when nobody looks; also called when the window is minimised."""
        super().hideEvent(event)
        self._seen = False
        self._pacer.interval_ms = UNSEEN_INTERVAL_MS

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let Escape empty the search field, and the down key go on to the tree."""
        if watched is self.edit and isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape:
                self.edit.clear()
                self._apply_search()
                return True
            if event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Down:
                self._on_search_entered()
                return True
        return super().eventFilter(watched, event)

    # Private

    def _renew_words(self) -> None:
        search = self.model.search
        count = format_count(len(self.model.topics))
        text = f"{format_count(search.found)} of {count}" if search else count
        if text != self.header.extra():
            self.header.set_extra(text)
        empty = self.model.rowCount() == 0
        if empty:
            found_nothing = f"No topic contains “{escape(self.edit.text())}”"
            self.empty.set_sentence(found_nothing if search else _NOTHING_YET)
        self._stack.setCurrentIndex(int(empty))

    def _set_up_search(self) -> None:
        self.edit.setFont(mono_font())
        self.edit.setPlaceholderText("Find in topics")
        self.edit.setAccessibleName("Find in topics")
        self.edit.setMaxLength(SEARCH_LENGTH)
        position = QLineEdit.ActionPosition
        self.edit.addAction(icon("search", "dim"), position.LeadingPosition)
        self._clear_action = self.edit.addAction(icon("x", "dim"), position.TrailingPosition)
        self._clear_action.setToolTip(plain_tooltip("Show all topics (Esc)"))
        self._clear_action.setVisible(False)
        self.edit.installEventFilter(self)
        self._delay.setObjectName("topic search delay")
        self._delay.setSingleShot(True)
        self._delay.setInterval(SEARCH_DELAY_MS)

    def _lay_out(self) -> None:
        self._stack.addWidget(self.view)
        self._stack.addWidget(self.empty)
        field = QVBoxLayout()
        field.setContentsMargins(8, 6, 8, 6)
        field.addWidget(self.edit)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(field)
        column.addLayout(self._stack, 1)

    def _connect(self) -> None:
        actions = self.view.actions_of_node
        self._pacer.due.connect(self._on_due)
        self._bridge.appended.connect(self._pacer.wake)
        self._bridge.log_replaced.connect(self._on_log_replaced)
        self.edit.textChanged.connect(self._on_search_edited)
        self.edit.returnPressed.connect(self._on_search_entered)
        self._clear_action.triggered.connect(self.edit.clear)
        self._delay.timeout.connect(self._apply_search)
        self.view.topic_selected.connect(self.topic_selected)
        actions.filter_requested.connect(self.filter_requested)
        actions.subscribe_requested.connect(self.subscribe_requested)
        actions.publish_requested.connect(self.publish_requested)
