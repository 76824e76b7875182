"""Requests and responses in the window: pairs are found while somebody looks, and requests are sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from topicscope.connection.state import Phase
from topicscope.gui.models.automation.exchange_rows import Shown
from topicscope.gui.panes.requests import BY_CORRELATION, BY_JSON_ID, RequestsPane
from topicscope.gui.tasks import in_worker_for, spawn
from topicscope.gui.widgets.pacer import Pacer

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from topicscope.automation.exchanges.exchange import Exchanges
    from topicscope.automation.exchanges.pairings import Pairing
    from topicscope.gui.connection.bridge import ConnectionBridge
    from topicscope.gui.connection.publishing import Publishing
    from topicscope.gui.panes.messages import MessagesPane

LOOK_MS = 200
GO_ON_MS = 20
BUDGET_S = 0.006
WAITING_MS = 1000
LONGEST_S = 86_400.0


class Requesting(QObject):
    """Keeps the pane true for the capture of the window.

    Attributes:
        pane: the tab.

    """

    told = Signal(str, str)
    """Tone and a sentence."""

    def __init__(
        self,
        bridge: ConnectionBridge,
        messages: MessagesPane,
        publishing: Publishing,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._publishing = publishing
        self._bridge = bridge
        self._messages = messages
        self._window = window
        self._exchanges: Exchanges | None = None
        self._is_seen = False
        self._is_ready = False
        self._way: tuple[object, ...] = ()
        self.pane = RequestsPane(window)
        self._pacer = Pacer(LOOK_MS, "requests pacer", self)
        messages.add_tab(self.pane, "Requests")
        self._pacer.due.connect(self._on_due)
        bridge.appended.connect(self._on_appended)
        bridge.log_replaced.connect(self._on_log_replaced)
        self.pane.seen_changed.connect(self._on_seen_changed)
        self.pane.way_changed.connect(self._on_way_changed)
        self.pane.row_requested.connect(self.show_row)
        self.pane.send_requested.connect(self.send)

    # Slots

    @Slot()
    def show_pane(self) -> None:
        """Bring the tab to the front."""
        self._messages.show_page(self.pane)

    @Slot()
    def send(self) -> None:
        """Open the form for a request."""
        spawn(self._send(), "request form")

    @Slot(int)
    def show_row(self, row: int) -> None:
        """Go to a message in the table."""
        messages = self._messages
        messages.show_page(messages.messages)
        view = messages.messages.view
        messages.messages.refresh()
        if not view.shows_row(row):
            if view.record_of(row) is None:
                self.told.emit("info", "That message was evicted: only its time is still known.")
                return
            self.told.emit("info", "The filter hides that message; the nearest one is shown.")
        view.select_near(row)
        view.setFocus()

    @Slot(bool)
    def _on_seen_changed(self, seen: bool) -> None:
        self._is_seen = seen
        if not seen:
            return
        if self._is_ready:
            self._pacer.wake()
        else:
            spawn(self._get_ready(), "requests")

    @Slot()
    def _on_appended(self) -> None:
        if self._is_seen and self._is_ready:
            self._pacer.wake()

    @Slot(object)
    def _on_log_replaced(self) -> None:
        self._exchanges, self._way = None, ()
        self.pane.model.show_exchanges(self._bridge.log, None, self.pane.shown)
        self._on_appended()

    @Slot()
    def _on_way_changed(self) -> None:
        if self._is_ready and self._way != self._wanted_way():
            self._begin()
        self._on_appended()

    @Slot()
    def _on_due(self) -> None:
        if not self._is_seen:
            return
        if self._exchanges is None and not self._begin():
            return
        exchanges = self._exchanges
        assert exchanges is not None
        is_done = exchanges.update(BUDGET_S)
        is_live = self._bridge.state.phase is Phase.CONNECTED
        self.pane.model.renew(is_live=is_live)
        summary = exchanges.summary(_now_ns() if is_live else None)
        self.pane.show_summary(summary)
        if not is_done:
            self._pacer.wake_after(GO_ON_MS)
        elif is_live and summary.waiting:
            self._pacer.wake_after(WAITING_MS)

    # Private

    async def _send(self) -> None:
        await in_worker_for(self, _read_modules)
        from topicscope.gui.connection.request_sender import RequestSender
        from topicscope.gui.dialogs.automation.send_request import SendRequestDialog

        sender = RequestSender(self._bridge, self._messages.sources.subscriptions)
        dialog = SendRequestDialog(sender, self._publishing.made, self._bridge.state, self._window)
        dialog.row_requested.connect(self.show_row)
        dialog.show()

    async def _get_ready(self) -> None:
        await in_worker_for(self, _read_modules)
        self._is_ready = True
        self._pacer.wake()

    def _wanted_way(self) -> tuple[object, ...]:
        pane = self.pane
        timeout = pane.timeout.text().strip()
        texts = (pane.path_edit.text(), pane.request_edit.text(), pane.response_edit.text())
        return (pane.way_box.currentIndex(), pane.shown, timeout, *texts)

    def _begin(self) -> bool:
        """Look for pairs anew; tell whether they can be found as it was asked for."""
        from topicscope.automation.exchanges.exchange import Exchanges

        before, self._way = self._way, self._wanted_way()
        is_same = self._exchanges is not None and _without_shown(before) == _without_shown(
            self._way
        )
        log = self._bridge.log
        problem = ""
        if not is_same:
            try:
                timeout = self.pane.timeout.value_up_to(LONGEST_S)
                self._exchanges = Exchanges(log, self._pairing(), timeout)
            except ValueError as error:
                self._exchanges, problem = None, str(error)
        self.pane.show_problem(problem)
        self.pane.model.show_exchanges(log, self._exchanges, Shown(self.pane.shown))
        if self._exchanges is None:
            self.pane.show_summary(None)
        return self._exchanges is not None

    def _pairing(self) -> Pairing:
        from topicscope.automation.exchanges.pairings import ByCorrelation, ByJsonId, ByTopics

        pane, log = self.pane, self._bridge.log
        request, response = pane.request_edit.text().strip(), pane.response_edit.text().strip()
        if pane.way_box.currentIndex() == BY_CORRELATION:
            return ByCorrelation(log)
        if pane.way_box.currentIndex() == BY_JSON_ID:
            path = pane.path_edit.text().strip() or "id"
            return ByJsonId(log, path, request or "#", response or "#")
        if not request or not response:
            raise ValueError(
                "Write the topics of requests and responses, with the same <name> in both."
            )
        return ByTopics(log, request, response)


def _without_shown(way: tuple[object, ...]) -> tuple[object, ...]:
    return (*way[:1], *way[2:])


def _now_ns() -> int:
    import time

    return time.time_ns()


def _read_modules() -> None:
    """Import what finds pairs: reading the language of filters takes longer than a frame."""
    import topicscope.automation.exchanges.exchange
    import topicscope.automation.exchanges.pairings
    from topicscope.query import parse

    parse("prop.response_topic")
    del topicscope
