"""What the broker tells of itself under $SYS: figures with their history, alarms, events, and every topic."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from topicscope.broker_status.advice import PATIENCE_S
from topicscope.broker_status.alarms import alarms
from topicscope.broker_status.tiles import suggested_tile
from topicscope.connection.state import Phase
from topicscope.gui.dialogs.status_history import StatusHistoryDialog
from topicscope.gui.models.broker.events import StatusEventsModel
from topicscope.gui.models.broker.feed import StatusFeed
from topicscope.gui.models.broker.tree import StatusTreeModel
from topicscope.gui.models.broker.watch import FIRST_WORD_S, Watch, empty_words
from topicscope.gui.widgets.broker.alarms import StatusAlarms
from topicscope.gui.widgets.broker.empty import StatusEmpty
from topicscope.gui.widgets.broker.events_view import StatusEventsView
from topicscope.gui.widgets.broker.header import StatusHeader
from topicscope.gui.widgets.broker.page import StatusPage
from topicscope.gui.widgets.broker.pages import FIGURES, StatusPages
from topicscope.gui.widgets.broker.topics import StatusTopics
from topicscope.gui.widgets.broker.words import broker_name, how_it_is
from topicscope.gui.widgets.pacer import Pacer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent

    from topicscope.broker_status import Status
    from topicscope.broker_status.tiles import UserTile
    from topicscope.capture.log import CaptureLog
    from topicscope.connection.state import ConnectionState, SubscribeAnswered
    from topicscope.gui.connection.bridge import ConnectionBridge

REFRESH_MS: Final = 500
GO_ON_MS: Final = 20
READ_BUDGET_S: Final = 0.004
ROOM_FOR_TOPICS: Final = 900
"""From this width on the tree of topics stands beside the figures unless somebody closed it."""
TOPICS_WIDTH: Final = 300
_AGAIN_S: Final = 10.0


class BrokerPane(QWidget):
    """The state of the broker, read from the capture while somebody looks."""

    watch_requested = Signal(bool)
    """Whether $SYS should be subscribed to."""
    show_requested = Signal(bool)
    """Whether $SYS topics should stand in tree and table too."""
    tiles_changed = Signal(list)
    """All `UserTile` that there are now."""
    copy_requested = Signal(bool)
    save_requested = Signal()
    help_requested = Signal()

    def __init__(self, bridge: ConnectionBridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("broker-pane")
        self._bridge = bridge
        self._watch = Watch()
        self._connected_at: float | None = None
        self.feed = StatusFeed(bridge.log)
        self.header = StatusHeader(self)
        self.alarms = StatusAlarms(self)
        self.pages = StatusPages(self)
        self.figures = StatusPage(self)
        self.topics_model = StatusTreeModel(self.feed.reader, self)
        self.events_model = StatusEventsModel(self.feed.reader, self)
        self.events = StatusEventsView(self.events_model, self)
        self.topics = StatusTopics(self.topics_model, self)
        self.empty = StatusEmpty(self)
        self._topics_wanted: bool | None = None
        self._live = QWidget(self)
        self._page_stack = QStackedWidget(self)
        self._splitter = QSplitter(self)
        self._stack = QStackedWidget(self)
        self._pacer = Pacer(REFRESH_MS, "broker-refresh", self)
        self._silence = QTimer(self)
        self._lay_out()
        self._connect_all()
        self._show_state()

    # Setters

    def set_watching(self, watching: bool) -> None:
        """Say whether $SYS is subscribed to."""
        self._watch.set_on(watching)
        self.header.set_watching(watching)
        self._show_state()

    def set_tiles(self, tiles: Sequence[UserTile]) -> None:
        """Show these tiles of one's own."""
        self.feed.set_tiles(tiles)
        self.figures.own.set_tiles(tiles)
        self.figures.own.show_values(self.feed)

    # Slots

    @Slot(object)
    def _on_subscription_answered(self, answer: SubscribeAnswered) -> None:
        if self._watch.take_answer(answer):
            self._show_state()

    @Slot(object)
    def _on_state_changed(self, state: ConnectionState) -> None:
        if state.phase is Phase.CONNECTED and state.connected_at != self._connected_at:
            self._connected_at = state.connected_at
            # Another broker's figures are not this one's; those of this one go on over a new connection.
            if self._watch.take_connection(state):
                self._begin(StatusFeed(self._bridge.log, self._bridge.log.end_row))
        self._show_state()

    @Slot(object)
    def _on_log_replaced(self, log: CaptureLog) -> None:
        self._begin(StatusFeed(log))

    @Slot()
    def _on_appended(self) -> None:
        if self.isVisible():
            self._pacer.wake()

    @Slot()
    def _on_refresh_due(self) -> None:
        if not self.isVisible():
            return
        heard, more = self.feed.read(READ_BUDGET_S)
        if more:
            self._pacer.wake_after(GO_ON_MS)
        if heard and not more:
            self._show_status()

    @Slot()
    def _on_silence(self) -> None:
        if self.isVisible():
            self._show_state()

    @Slot()
    def _on_watch_clicked(self) -> None:
        self.watch_requested.emit(not self._watch.is_on or self._watch.is_refused)
        self.header.set_watching(self._watch.is_on)

    @Slot(object)
    def _on_tile_wanted(self, topic: bytes) -> None:
        tile = suggested_tile(self.feed.reader, topic)
        tiles = [one for one in self.figures.own.tiles() if one.topic != tile.topic]
        self.set_tiles([*tiles, tile])
        self.pages.setCurrentIndex(FIGURES)
        self.figures.verticalScrollBar().setValue(0)
        self.tiles_changed.emit(self.figures.own.tiles())

    @Slot(list)
    def _on_tiles_changed(self, tiles: list[UserTile]) -> None:
        self.set_tiles(tiles)
        self.tiles_changed.emit(tiles)

    @Slot(str)
    def show_history(self, key: str) -> None:
        """Open the history of a figure, or bring it to the front."""
        for dialog in self.findChildren(StatusHistoryDialog):
            if dialog.key == key and dialog.isVisible():
                dialog.raise_()
                dialog.activateWindow()
                return
        tile = next((one for one in self.figures.own.tiles() if one.topic == key), None)
        StatusHistoryDialog(key, self.feed, tile, self).show()

    @Slot(bool)
    def _on_topics_toggled(self, shown: bool) -> None:
        self._topics_wanted = shown
        self._place_topics()

    # Qt overrides

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what came while the pane was hidden."""
        super().showEvent(event)
        self._show_state()
        self._pacer.wake()

    def hideEvent(self, event: QHideEvent) -> None:
        """Let time stand still when nobody looks."""
        super().hideEvent(event)
        self._silence.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the topics beside the figures where there is room."""
        super().resizeEvent(event)
        self._place_topics()

    # Private

    def _begin(self, feed: StatusFeed) -> None:
        feed.set_tiles(self.figures.own.tiles())
        self.feed = feed
        self.pages.begin()
        self.topics_model.set_reader(feed.reader)
        self.events_model.set_reader(feed.reader)
        self._show_status()
        if self.isVisible():
            self._pacer.wake()

    def _show_status(self) -> None:
        feed = self.feed
        status = feed.reader.snapshot()
        self.figures.show_status(feed.reader, status)
        self.figures.own.show_values(feed)
        self._place_topics()
        self.events_model.grow()
        has_figures = bool(status.readings or self.figures.own.tiles())
        self.pages.show_counts(has_figures=has_figures, events=feed.reader.events.count)
        if not self.topics.isHidden() and self.topics.grow(len(feed.reader.tree.entries)):
            self._pacer.wake_after(GO_ON_MS)
        for dialog in self.findChildren(StatusHistoryDialog):
            dialog.refresh(feed)
        self._show_state(status)

    def _show_state(self, status: Status | None = None) -> None:
        status = status or self.feed.reader.snapshot()
        state = self._bridge.state
        if status.last_heard_ns is None:
            self.empty.say(*empty_words(self._watch, state))
            self._stack.setCurrentWidget(self.empty)
        else:
            self._show_header(status)
            self._stack.setCurrentWidget(self._live)
        self._wait_for_silence(status)

    def _show_header(self, status: Status) -> None:
        connected = self._bridge.state.phase is Phase.CONNECTED
        live = connected and self._watch.is_heard
        # What was wrong when the broker was last heard stays to be read; silence counts only while we listen.
        now_ns = time.time_ns() if live else status.last_heard_ns or 0
        found = alarms(self.feed.reader, now_ns)
        self.alarms.show_alarms(found)
        self.header.name.setText(broker_name(status))
        self.header.watch_button.setVisible(connected)
        silent = any(alarm.kind == "silent" for alarm in found)
        look = ("good", "full", "Live")
        if self._bridge.shows_file:
            look = ("faint", "ring", "From a file")
        elif not connected:
            look = ("faint", "ring", "Not connected")
        elif not live:
            look = ("faint", "ring", "Not watching")
        elif silent:
            look = ("warning", "half", "Silent")
        self.header.state.set_status(*look, how_it_is(status))

    def _wait_for_silence(self, status: Status) -> None:
        """Look again when something should have come, once; no timer runs while nobody looks."""
        connected = self._bridge.state.phase is Phase.CONNECTED
        if not (self.isVisible() and connected and self._watch.is_heard):
            self._silence.stop()
            return
        if status.last_heard_ns is None:
            waited = self._watch.waited_s or 0.0
            seconds = FIRST_WORD_S - waited if waited < FIRST_WORD_S else _AGAIN_S
            seconds = seconds if waited < PATIENCE_S else PATIENCE_S
        else:
            usual = status.interval_s or status.usual_interval_s or PATIENCE_S
            since = (time.time_ns() - status.last_heard_ns) / 1e9
            seconds = max(3 * usual, 5.0) + 0.2 - since
            seconds = seconds if seconds > 0 else _AGAIN_S
        self._silence.start(max(50, int(seconds * 1000)))

    def _place_topics(self) -> None:
        reader = self.feed.reader
        is_unknown = reader.dialect is None and bool(reader.tree.entries)
        by_itself = self.width() >= ROOM_FOR_TOPICS or is_unknown
        shown = by_itself if self._topics_wanted is None else self._topics_wanted
        self.header.topics_button.setChecked(shown)
        if shown == self.topics.isVisibleTo(self._splitter):
            return
        self.topics.setVisible(shown)
        if shown:
            self._splitter.setSizes([self.width() - TOPICS_WIDTH, TOPICS_WIDTH])
            self.topics.grow(len(reader.tree.entries))

    def _lay_out(self) -> None:
        self._silence.setObjectName("broker-silence")
        self._silence.setSingleShot(True)
        self._page_stack.addWidget(self.figures)
        self._page_stack.addWidget(self.events)
        left = QWidget(self._splitter)
        inner = QVBoxLayout(left)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        inner.addWidget(self.pages)
        inner.addWidget(self._page_stack, 1)
        self._splitter.addWidget(left)
        self._splitter.addWidget(self.topics)
        self._splitter.setStretchFactor(0, 1)
        self._splitter.setStretchFactor(1, 0)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setHandleWidth(1)
        self.topics.hide()
        column = QVBoxLayout(self._live)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.alarms)
        column.addWidget(self._splitter, 1)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self._live)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._stack)

    def _connect_all(self) -> None:
        bridge, header = self._bridge, self.header
        bridge.appended.connect(self._on_appended)
        bridge.log_replaced.connect(self._on_log_replaced)
        bridge.state_changed.connect(self._on_state_changed)
        bridge.subscription_answered.connect(self._on_subscription_answered)
        self.empty.action_triggered.connect(self._on_watch_clicked)
        header.watch_button.clicked.connect(self._on_watch_clicked)
        header.show_button.clicked.connect(self.show_requested)
        header.topics_button.clicked.connect(self._on_topics_toggled)
        header.copy_requested.connect(self.copy_requested)
        header.save_requested.connect(self.save_requested)
        header.help_requested.connect(self.help_requested)
        self.pages.currentChanged.connect(self._page_stack.setCurrentIndex)
        self.alarms.history_requested.connect(self.show_history)
        self.figures.history_requested.connect(self.show_history)
        self.figures.own.tiles_changed.connect(self._on_tiles_changed)
        self.topics.tile_wanted.connect(self._on_tile_wanted)
        self._pacer.due.connect(self._on_refresh_due)
        self._silence.timeout.connect(self._on_silence)
