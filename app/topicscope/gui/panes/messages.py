"""The middle of the window: messages and packets of the capture as tables, and tabs for what else looks at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QApplication

from topicscope.connection.state import Phase
from topicscope.gui.filter_sources import FilterSources
from topicscope.gui.widgets.messages.page import MessagesPage, PacketsPage
from topicscope.gui.widgets.messages.table_filter import TableFilter
from topicscope.gui.widgets.pacer import Pacer
from topicscope.gui.widgets.tabs import TabbedCard

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QColor, QFocusEvent, QHideEvent, QShowEvent
    from PySide6.QtWidgets import QWidget

    from topicscope.capture.log import CaptureLog
    from topicscope.connection.state import ConnectionState
    from topicscope.gui.connection.bridge import ConnectionBridge

SEEN_INTERVAL_MS = 66
"""While it is looked at, the tables are brought up to date so often; a table that moves faster is not read."""
UNSEEN_INTERVAL_MS = 660
FROZEN_INTERVAL_MS = 250
GO_ON_MS = 20
"""How soon filtering goes on when new rows are left over."""


class MessagesPane(TabbedCard):
    """Tabs *Messages* and *Packets*, and whatever `add_tab` puts beside them."""

    record_selected = Signal(int)
    """The row of the capture that somebody looks at, -1 for none."""
    publish_requested = Signal(object)
    """A Topic Name, in bytes, that somebody wants to publish to."""
    filter_changed = Signal(str)
    """The display filter that decides what is shown, empty for all."""
    filter_progressed = Signal()
    """A filter has looked at more rows, or another table is in front."""
    counts_changed = Signal()

    def __init__(self, bridge: ConnectionBridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messages-pane")
        self._selected = -1
        self._seen = False
        self.sources = FilterSources()
        self.messages = MessagesPage(bridge.log, self.sources, self)
        self.packets = PacketsPage(bridge.log, self.sources, self)
        self.add_page("Messages", self.messages)
        self.add_page("Packets", self.packets)
        self.tabs.setTabToolTip(1, "Every Control Packet in both directions, byte for byte")
        for page in (self.messages, self.packets):
            self.header.add_widget(page.corner)
        self._show_corner()
        self.filter = TableFilter(self, self.messages, self.packets, self.sources)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._pacer = Pacer(UNSEEN_INTERVAL_MS, "messages pane pacer", self)
        self._pacer.due.connect(self._on_due)
        bridge.appended.connect(self._pacer.wake)
        bridge.log_replaced.connect(self._on_log_replaced)
        bridge.state_changed.connect(self._on_state_changed)
        self.page_changed.connect(self._on_page_changed)
        self.messages.filter_progressed.connect(self.counts_changed)
        self.filter.changed.connect(self._on_filter_changed)
        self.filter.changed.connect(self.filter_changed)
        self.filter.progressed.connect(self.filter_progressed)
        for page in (self.messages, self.packets):
            page.view.row_selected.connect(self._on_row_selected)
            page.view.actions_of_row.publish_requested.connect(self.publish_requested)
            page.view.actions_of_row.filter_requested.connect(self.set_topic_filter)

    # Properties

    @property
    def shown(self) -> int:
        """Messages that the table shows."""
        return self.messages.counts.shown

    @property
    def hidden(self) -> int:
        """Messages that the filter hides."""
        return self.messages.counts.hidden

    @property
    def waiting(self) -> int:
        """Rows that wait because the tables are frozen."""
        return self.messages.model.waiting

    @property
    def frozen(self) -> bool:
        """Whether the tables stand still."""
        return self.messages.model.frozen

    # Methods

    def add_tab(self, widget: QWidget, title: str) -> int:
        """Put a page behind a new tab and return its index."""
        return self.add_low_page(title, widget)

    def show_row(self, row: int) -> None:
        """Select a row of the capture in the table that is shown."""
        page = self.filter.page
        if page is not None:
            page.refresh()
            page.view.select_row(row)

    def set_colour_source(self, colour_of: Callable[[int], QColor | None]) -> None:
        """Mark messages with the colour that `colour_of` tells for the number of their topic."""
        self.messages.view.set_colour_source(colour_of)

    def set_hidden_topics(self, hides: Callable[[bytes], bool] | None) -> None:
        """Let the message table show nothing on topics that `hides` says yes to; None hides none."""
        self.messages.set_hidden_topics(hides)
        self.counts_changed.emit()
        self._pacer.wake()

    # Slots

    @Slot()
    def renew_colours(self) -> None:
        """Ask for the colours of topics again, because subscriptions have changed."""
        for page in (self.messages, self.packets):
            page.view.viewport().update()

    @Slot(str)
    def set_topic_filter(self, text: str) -> None:
        """Show only messages on topics that match, and bring them to the front; an empty text shows all."""
        self.show_page(self.messages)
        self.filter.apply_topic_filter(text)

    @Slot(bool)
    def set_frozen(self, frozen: bool) -> None:
        """Let the tables stand still while the capture goes on, or let them catch up."""
        self.messages.set_frozen(frozen)
        self.packets.set_frozen(frozen)
        self._set_pace()
        self.counts_changed.emit()

    @Slot(object)
    def _on_state_changed(self, state: ConnectionState) -> None:
        self.messages.set_offline(state.phase is Phase.OFFLINE)

    @Slot(str)
    def _on_filter_changed(self, _text: str) -> None:
        self.counts_changed.emit()
        self._pacer.wake()

    @Slot()
    def _on_due(self) -> None:
        self.messages.refresh()
        if self.current_page() is self.packets:
            self.packets.refresh()
        self._hand_focus_on()
        if self.messages.model.view.pending and not self.frozen:
            self._pacer.wake_after(GO_ON_MS)
        self.counts_changed.emit()

    @Slot(object)
    def _on_log_replaced(self, log: CaptureLog) -> None:
        self._selected = -1
        self.sources.forget()
        self.filter.set_log(log)
        self.counts_changed.emit()

    @Slot(str)
    def _on_page_changed(self, _title: str) -> None:
        self._show_corner()
        page = self.filter.page
        if page is None:
            return
        self.filter.look_at_packets()
        page.refresh()
        self.filter.progressed.emit()
        if page.isAncestorOf(QApplication.focusWidget() or self):
            # Qt gives the focus of the page before to the first button of this one.
            page.view.setFocus()
        if self._selected >= 0 and page.view.current_row() != self._selected:
            page.view.select_row(self._selected)

    @Slot(int)
    def _on_row_selected(self, row: int) -> None:
        page = self.filter.page
        if page is None or self.sender() is not page.view:
            return
        self._selected = row
        self.record_selected.emit(row)

    # Qt overrides

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Leave the focus to the table, as soon as there is one."""
        super().focusInEvent(event)
        self._hand_focus_on()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up when somebody looks again."""
        super().showEvent(event)
        self._seen = True
        self._set_pace()
        self._pacer.wake()

    def hideEvent(self, event: QHideEvent) -> None:
        """Take more time when nobody looks; also called when the window is minimised."""
        super().hideEvent(event)
        self._seen = False
        self._set_pace()

    # Private

    def _show_corner(self) -> None:
        for page in (self.messages, self.packets):
            page.corner.setVisible(page is self.current_page())

    def _hand_focus_on(self) -> None:
        page = self.filter.page
        if self.hasFocus() and page is not None and page.view.isVisible():
            page.view.setFocus()

    def _set_pace(self) -> None:
        pace = FROZEN_INTERVAL_MS if self.frozen else SEEN_INTERVAL_MS
        self._pacer.interval_ms = pace if self._seen else UNSEEN_INTERVAL_MS
