"""The topics of the capture as a tree, with a field to find some of them and those that are pinned above it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from topicscope.capture.topic_index import ROOT
from topicscope.gui.connection.topic_pulse import TopicPulse
from topicscope.gui.models.topics.columns import COLUMNS, Column
from topicscope.gui.models.topics.rows import named_like
from topicscope.gui.models.topics.search import SearchMode
from topicscope.gui.models.topics.tree import TopicTreeModel
from topicscope.gui.settings import TableLayout, save_table, saved_table
from topicscope.gui.text import format_count
from topicscope.gui.widgets.card import PaneHeader
from topicscope.gui.widgets.empty_state import EmptyState
from topicscope.gui.widgets.pacer import Pacer
from topicscope.gui.widgets.topics.actions import filter_of
from topicscope.gui.widgets.topics.pinned_topics import PinnedModel, PinnedTopics
from topicscope.gui.widgets.topics.search import TopicSearchField
from topicscope.gui.widgets.topics.view import TopicView
from topicscope.payload.text import escape

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent, QShowEvent

    from topicscope.capture.friendly_names import FriendlyNames
    from topicscope.capture.level_names import LevelNames
    from topicscope.capture.log import CaptureLog
    from topicscope.capture.moments import Moment
    from topicscope.gui.connection.bridge import ConnectionBridge

SEEN_INTERVAL_MS = 100
UNSEEN_INTERVAL_MS = 1000
GO_ON_MS = 25
"""How soon the tree grows on when new topics wait."""
SETTLE_MS = 250
"""How often rates are looked at while they fall to zero."""
BUDGET_S = 0.005
AGEING_MS = 1000
"""While nothing arrives, ages in sight go on so often: seconds at first, then minutes."""
AGEING_SLOWLY_MS = 20_000
SECONDS_UNTIL_MINUTES = 100

_NOTHING_YET = "No topics yet"
_VERBS = {
    SearchMode.CONTAINS: "contains",
    SearchMode.TOPIC_FILTER: "matches",
    SearchMode.PATTERN: "matches",
}
_TABLE = "topics"
_ORDERS = (Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder)
_MODES = {mode.value for mode in SearchMode}


class TopicsPane(QWidget):
    """Tree of topics; `header` is for the dock's title bar."""

    topic_selected = Signal(object, bool)
    """A Topic Name down to a level, in bytes, and whether nothing is below it."""
    filter_requested = Signal(str)
    """A Topic Filter: only what matches should be shown."""
    narrowed = Signal(str, str)
    """How to join a display filter with the one in force, and that filter."""
    subscribe_requested = Signal(str)
    publish_requested = Signal(object)
    """A Topic Name, in bytes."""
    clear_requested = Signal(object)
    """A Topic Name, in bytes: what is retained there and below should be cleared."""
    told = Signal(str, str)
    """A tone and a sentence for the notice."""

    def __init__(self, bridge: ConnectionBridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("topics-pane")
        self._bridge = bridge
        self._seen = False
        self._layout = TableLayout()
        self.header = PaneHeader("Topics")
        self.pulse = TopicPulse(bridge, self)
        self.model = TopicTreeModel(bridge.log, self.pulse, self)
        self.view = TopicView(self.model, self)
        self.view.setAccessibleName("Topics")
        self.search = TopicSearchField(self)
        self.edit = self.search.edit
        self.pinned_model = PinnedModel(self.model)
        self.pinned = PinnedTopics(self.pinned_model, self)
        self._naming: tuple[LevelNames | None, FriendlyNames | None] = (None, None)
        self.empty = EmptyState("list-tree", _NOTHING_YET, parent=self)
        self._stack = QStackedLayout()
        self._pacer = Pacer(UNSEEN_INTERVAL_MS, "topics pane pacer", self)
        self._ageing = QTimer(self)
        self._ageing.setObjectName("topic ages")
        self._ageing.setSingleShot(True)
        self._lay_out()
        self._connect()
        self._on_due()

    # Setters

    def set_naming(
        self, level_names: LevelNames | None, friendly_names: FriendlyNames | None
    ) -> None:
        """Write these names beside the levels; call again when they have changed."""
        self._naming = (level_names, friendly_names)
        self.model.texts.set_naming(level_names, friendly_names)
        search = self.model.search
        if search and search.named != named_like(self.model.texts, search.text, search.mode):
            self._search_for(search.text, search.mode)
        self.view.viewport().update()

    def set_moment(self, moment: Moment | None) -> None:
        """Show the last values as of a moment, without counts; None for now."""
        self.model.set_moment(moment)
        self._update_views()

    def remember_columns(self) -> None:
        """Bring columns, order and the way to search back as they were left, and keep them from now on."""
        if (layout := saved_table(_TABLE)) is not None:
            self._layout = layout
            if layout.shown:
                self.view.columns.choose(layout.shown)
            column = next((one for one in Column if COLUMNS[one].key == layout.sort), None)
            if column is not None:
                self.view.sortByColumn(column, _ORDERS[layout.descending])
            if layout.search in _MODES:
                self.search.set_mode(SearchMode(layout.search))
        self.view.columns.chosen_changed.connect(self._on_columns_chosen)
        self.view.header().sortIndicatorChanged.connect(self._on_sorted)
        self.search.mode_changed.connect(self._on_search_mode_chosen)

    def show_topic(self, path: bytes) -> bool:
        """Open the tree down to a Topic Name and make it current; False where it has no node in sight."""
        node = self.model.topics.find(path)
        return node > 0 and self.view.show_node(node)

    # Slots

    @Slot()
    def focus_search(self) -> None:
        """Put the cursor into the search field."""
        self.edit.setFocus()
        self.edit.selectAll()

    @Slot()
    def _on_due(self) -> None:
        model, texts = self.model, self.model.texts
        more = model.grow(BUDGET_S)
        self.view.branches.after_growth()
        moving = self._seen and texts.facts.sample_rates()
        if self._seen and texts.facts.refresh():
            # Rows must not move under the hand that opens a menu or drags.
            more |= not self.view.is_held() and model.reorder(self.view.is_open)
        self._update_views()
        self._renew_words()
        if more:
            self._pacer.wake_after(GO_ON_MS)
        elif moving:
            self._pacer.wake_after(SETTLE_MS)
        elif self._seen:
            self._age()

    @Slot(object)
    def _on_log_replaced(self, log: CaptureLog) -> None:
        self.view.branches.forget_log()
        self.model.set_log(log)
        self.model.texts.set_naming(*self._naming)
        self.search.apply()
        self._pacer.fire()

    @Slot(str, object)
    def _on_search_changed(self, text: str, mode: SearchMode) -> None:
        search = self.model.search
        if (text, mode) == ((search.text, search.mode) if search else ("", mode)):
            return
        self._search_for(text, mode)

    @Slot(object)
    def _on_columns_chosen(self, keys: list[str] | None) -> None:
        self._remember(shown=tuple(keys or ()))

    @Slot(int, Qt.SortOrder)
    def _on_sorted(self, column: int, order: Qt.SortOrder) -> None:
        descending = order == Qt.SortOrder.DescendingOrder
        self._remember(sort=COLUMNS[Column(column)].key, descending=descending)

    @Slot(object)
    def _on_search_mode_chosen(self, mode: SearchMode) -> None:
        self._remember(search=mode.value)

    @Slot(object)
    def _on_pin_toggled(self, path: bytes) -> None:
        self.pinned_model.toggle(path)
        pins = frozenset(self.pinned_model.paths)
        self.view.set_pins(pins)
        self.view.actions_of_node.pins = pins

    @Slot(object)
    def _on_reveal_requested(self, path: bytes) -> None:
        self.show_topic(path)

    @Slot(object)
    def _on_pinned_filter_requested(self, path: bytes) -> None:
        node = self.model.topics.find(path)
        branch = node >= 0 and self.model.topics.has_children(node)
        if (text := filter_of(path, is_branch=branch)) is not None:
            self.filter_requested.emit(text)

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
        self._ageing.stop()
        self._pacer.interval_ms = UNSEEN_INTERVAL_MS

    # Private

    def _search_for(self, text: str, mode: SearchMode) -> None:
        self.view.branches.forget_search()
        self.model.set_search(text, mode)
        self._pacer.fire()

    def _remember(self, **what: object) -> None:
        self._layout = msgspec.structs.replace(self._layout, **what)
        save_table(_TABLE, self._layout)

    def _renew_words(self) -> None:
        search = self.model.search
        count = format_count(len(self.model.topics))
        text = f"{format_count(search.found)} of {count}" if search else count
        if text != self.header.extra():
            self.header.set_extra(text)
        empty = self.model.rowCount() == 0
        if empty:
            found_nothing = (
                f"No topic {_VERBS[search.mode]} “{escape(search.text)}”" if search else ""
            )
            self.empty.set_sentence(found_nothing or _NOTHING_YET)
        self._stack.setCurrentIndex(int(empty))

    def _age(self) -> None:
        """Let ages in sight go on, less and less often; without a connection time stands still."""
        age = self.model.texts.facts.age_s(ROOT)
        if self.pulse.is_live and age is not None and not self._ageing.isActive():
            young = age < SECONDS_UNTIL_MINUTES
            self._ageing.start(AGEING_MS if young else AGEING_SLOWLY_MS)

    def _update_views(self) -> None:
        self.view.viewport().update()
        if self.pinned.isVisible():
            self.pinned.viewport().update()

    def _lay_out(self) -> None:
        self._stack.addWidget(self.view)
        self._stack.addWidget(self.empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.search)
        column.addWidget(self.pinned)
        column.addLayout(self._stack, 1)

    def _connect(self) -> None:
        actions = self.view.actions_of_node
        self._pacer.due.connect(self._on_due)
        self._bridge.appended.connect(self._pacer.wake)
        self._bridge.log_replaced.connect(self._on_log_replaced)
        self._ageing.timeout.connect(self._on_due)
        self.search.search_changed.connect(self._on_search_changed)
        self.search.left.connect(self.view.setFocus)
        self.pinned.reveal_requested.connect(self._on_reveal_requested)
        self.pinned.filter_requested.connect(self._on_pinned_filter_requested)
        self.pinned.unpin_requested.connect(self._on_pin_toggled)
        self.view.topic_selected.connect(self.topic_selected)
        actions.filter_requested.connect(self.filter_requested)
        actions.narrowed.connect(self.narrowed)
        actions.subscribe_requested.connect(self.subscribe_requested)
        actions.publish_requested.connect(self.publish_requested)
        actions.clear_requested.connect(self.clear_requested)
        actions.pin_toggled.connect(self._on_pin_toggled)
        actions.told.connect(self.told)
