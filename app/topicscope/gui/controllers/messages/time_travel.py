"""Time travel: a moment of the capture is chosen, and the window shows what was known then; the capture goes on."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QModelIndex, QObject, QTimer, Signal, Slot

from topicscope.capture.density import Density
from topicscope.capture.moments import row_at_time
from topicscope.gui.controllers.messages.kept_moments import KeptMoments
from topicscope.gui.settings import save_time_travel, shows_time_travel
from topicscope.gui.tasks import spawn
from topicscope.gui.text import format_elapsed
from topicscope.gui.widgets.pacer import Pacer
from topicscope.gui.widgets.time.travel import TimeTravelBar

if TYPE_CHECKING:
    from topicscope.capture.log import CaptureLog
    from topicscope.capture.moments import Moment
    from topicscope.gui.connection.bridge import ConnectionBridge
    from topicscope.gui.panes.inspector import InspectorPane
    from topicscope.gui.panes.messages import MessagesPane
    from topicscope.gui.panes.topics import TopicsPane

LOOK_INTERVAL_MS: Final = 500
"""How often the slider is brought up to date while messages come."""
CLOCK_MS: Final = 1000
"""How often it is said anew how long ago the moment was."""


class TimeTravel(QObject):
    """Finds moments off the window's thread and shows them in table, tree and inspector."""

    topic_chosen = Signal(str)
    """A Topic Name that somebody wants to see alone."""

    def __init__(
        self,
        bridge: ConnectionBridge,
        messages: MessagesPane,
        topics: TopicsPane,
        inspector: InspectorPane,
    ) -> None:
        super().__init__(messages)
        self._bridge = bridge
        self._messages = messages
        self._topics = topics
        self._inspector = inspector
        self._log = bridge.log
        self._density = Density(bridge.log)
        self._enabled = shows_time_travel()
        self._row: int | None = None
        self._wanted: int | None = None
        self._finding = False
        self._moment: Moment | None = None
        self._topic_id = -1
        self._selecting = False
        self.bar = TimeTravelBar(messages)
        self.bar.hide()
        messages.add(self.bar)
        self._kept = KeptMoments(bridge.log, self._shown_row, self.bar, messages)
        self._pacer = Pacer(LOOK_INTERVAL_MS, "time travel pacer", self)
        self._clock = QTimer(self)
        self._clock.setObjectName("time travel clock")
        self._clock.setInterval(CLOCK_MS)
        self._connect()

    # Properties

    @property
    def enabled(self) -> bool:
        """Whether the row is shown once something was captured."""
        return self._enabled

    @property
    def row(self) -> int | None:
        """The row of the capture whose state is shown; None for the newest."""
        return self._row

    # Methods

    @Slot(int)
    def go_to(self, row: int) -> None:
        """Show the state right after a row of the capture."""
        log = self._log
        if not log.end_row:
            return
        row = min(max(row, log.first_row), log.end_row - 1)
        self._row = self._wanted = row
        segment = log.segment_of(row)
        self.bar.show_moment(segment.time_of(row - segment.first_row))
        self._say_how_long_ago()
        self._select(row)
        if not self._bridge.shows_file:
            self._clock.start()
        if not self._finding:
            spawn(self._find(), "find-moment")

    # Slots

    @Slot(bool)
    def set_enabled(self, enabled: bool) -> None:
        """Show the row, or hide it and return to the newest state."""
        self._enabled = enabled
        save_time_travel(enabled)
        if not enabled:
            self.go_live()
        self._show_bar()

    @Slot()
    def go_live(self) -> None:
        """Return to the newest state."""
        if self._row is None:
            return
        self._row = self._wanted = None
        self._moment = None
        self._clock.stop()
        self.bar.show_live()
        self._topics.set_moment(None)
        self._messages.messages.view.set_following(True)
        self._messages.packets.view.set_following(True)
        if self._topic_id >= 0:
            self._inspector.set_record(self._log.last_record(self._topic_id))

    @Slot(int)
    def _on_row_selected(self, row: int) -> None:
        if self._topic_id >= 0 and (self._selecting or row < 0):
            return
        self._topic_id = -1
        log = self._log
        is_here = log.first_row <= row < log.end_row
        self._inspector.set_record(log.record(row) if is_here else None)

    @Slot(object, bool)
    def _on_topic_selected(self, topic: bytes, is_leaf: bool) -> None:
        index = self._log.topics
        node = index.find(topic)
        topic_id = index.topic_of_node(node) if is_leaf and node >= 0 else -1
        if topic_id >= 0:
            self._topic_id = topic_id
            self._inspect_topic()

    @Slot()
    def _on_filtered(self) -> None:
        """Find the moment again in a table that was filled anew."""
        if self._row is not None and self._messages.messages.view.current_row() < 0:
            self._select(self._row)

    @Slot(object)
    def _on_time_chosen(self, time_ns: int) -> None:
        row = row_at_time(self._log, time_ns)
        self.go_to(self._log.first_row if row is None else row)

    @Slot(int)
    def _on_stepped(self, step: int) -> None:
        page = self._messages.messages
        page.refresh()
        view = page.model.view
        if self._row is None:
            if step < 0 and len(view):
                self.go_to(view.row_at(len(view) - 1))
            return
        row = self._row
        position = view.position_of(row + 1) if step > 0 else view.position_of(row) - 1
        if position < 0:
            return
        if position < len(view):
            self.go_to(view.row_at(position))
        else:
            self.go_live()

    @Slot()
    def _on_first_requested(self) -> None:
        self.go_to(self._log.first_row)

    @Slot()
    def _on_appended(self) -> None:
        if not self._enabled:
            return
        if self.bar.isHidden():
            self._show_bar()
        if self.bar.isVisible():
            self._pacer.wake()

    @Slot()
    def _look(self) -> None:
        """Bring the slider up to date."""
        density = self._density
        density.refresh()
        slider = self.bar.slider
        bars = density.bars(slider.groove)
        slider.set_range(density.begin_ns, density.end_ns, bars, density.gaps())
        self._say_how_long_ago()

    @Slot(object)
    def _on_log_replaced(self, log: CaptureLog) -> None:
        self.go_live()
        self._log = log
        self._density = Density(log)
        self._topic_id = -1
        self._kept.set_log(log)
        self._show_bar()

    @Slot()
    def _say_how_long_ago(self) -> None:
        moment_ns = self.bar.slider.time_ns
        if moment_ns is None:
            return
        if self._bridge.shows_file:
            words = format_elapsed(max(0, self._density.end_ns - moment_ns) / 1e9)
            self.bar.show_ago(f"− {words}", f"{words} before the newest row of the file")
        else:
            words = format_elapsed(max(0, time.time_ns() - moment_ns) / 1e9)
            self.bar.show_ago(f"{words} ago", "The capture goes on meanwhile.")

    # Private

    def _connect(self) -> None:
        bar, slider = self.bar, self.bar.slider
        self._bridge.appended.connect(self._on_appended)
        self._bridge.log_replaced.connect(self._on_log_replaced)
        self._messages.record_selected.connect(self._on_row_selected)
        self._messages.filter_changed.connect(self._on_filtered)
        self._messages.filter_progressed.connect(self._on_filtered)
        self._topics.topic_selected.connect(self._on_topic_selected)
        self._pacer.due.connect(self._look)
        self._clock.timeout.connect(self._say_how_long_ago)
        slider.time_chosen.connect(self._on_time_chosen)
        slider.stepped.connect(self._on_stepped)
        slider.first_requested.connect(self._on_first_requested)
        slider.width_changed.connect(self._pacer.wake)
        bar.came_in_sight.connect(self._pacer.wake)
        bar.live_requested.connect(self.go_live)
        self._kept.go_requested.connect(self.go_to)
        self._kept.topic_chosen.connect(self.topic_chosen)

    def _shown_row(self) -> int:
        return self._log.end_row - 1 if self._row is None else self._row

    def _show_bar(self) -> None:
        self.bar.setVisible(self._enabled and self._log.end_row > 0)

    def _select(self, row: int) -> None:
        """Select the last row at or before this one in the tables, as far as their filter shows one."""
        self._selecting = True
        for page in (self._messages.messages, self._messages.packets):
            page.refresh()
            view = page.model.view
            position = view.position_of(row + 1) - 1
            if position >= 0:
                page.view.select_row(view.row_at(position))
            else:
                page.view.setCurrentIndex(QModelIndex())
                page.view.scrollToTop()
            # The last row of a table would let it follow again.
            page.view.set_following(False)
        self._selecting = False

    def _inspect_topic(self) -> None:
        moment = self._moment
        if moment is None:
            self._inspector.set_record(self._log.last_record(self._topic_id))
        else:
            self._inspector.set_record(moment.record(self._log, self._topic_id))

    async def _find(self) -> None:
        """Find the moment wanted last, until nobody wants another."""
        self._finding = True
        try:
            while (row := self._wanted) is not None:
                self._wanted = None
                moment = await self._kept.moment_of(row)
                if moment is not None and self._row == row:
                    self._moment = moment
                    self._topics.set_moment(moment)
                    if self._topic_id >= 0:
                        self._inspect_topic()
        finally:
            self._finding = False
