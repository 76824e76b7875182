"""What the broker tells of itself under $SYS: version, clients, messages, load."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from topicscope.broker_status import StatusReader
from topicscope.broker_status.mosquitto import TOPIC_FILTER
from topicscope.connection.state import Phase, SubscriptionRequest
from topicscope.gui.text import format_time
from topicscope.gui.theme import GRID
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.empty_state import EmptyState
from topicscope.gui.widgets.pacer import Pacer
from topicscope.gui.widgets.status import StatusText
from topicscope.gui.widgets.status_tiles import StatusTiles
from topicscope.mqtt.control_packets import Direction
from topicscope.mqtt.topics import TopicFilter

if TYPE_CHECKING:
    from PySide6.QtGui import QShowEvent

    from topicscope.capture.log import CaptureLog
    from topicscope.connection.state import (
        ConnectionState,
        SubscribeAnswered,
        UnsubscribeAnswered,
    )
    from topicscope.gui.bridge import ConnectionBridge

REFRESH_MS: Final = 500
SILENT_MS: Final = 70_000
"""After so long without a value a granted subscription brings nothing: no broker is slower."""
NAMES_A_REFRESH: Final = 50_000
_PREFIX: Final = b"$SYS/"

_NOT_CONNECTED = "Connect to a broker to see what it tells of itself."
_NOT_SUBSCRIBED = "Brokers tell about themselves on the topics below $SYS, to those who subscribe."
_WAITING = "Subscribed to $SYS/#. Waiting for the first values; brokers send them every 10 s or so."
_SILENT = "The broker granted $SYS/# but has sent nothing on it. Not every broker has such topics."


class BrokerPane(QWidget):
    """The state of the broker, read from the capture; it asks for $SYS only when told to."""

    def __init__(self, bridge: ConnectionBridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("broker-pane")
        self._bridge = bridge
        self._answer: SubscribeAnswered | None = None
        self._asked = False
        self._silent = False
        self._connected_at: float | None = None
        self._reader = StatusReader()
        self._forget_topics()
        self.state_text = StatusText(self)
        self.tiles = StatusTiles(self)
        self.subscribe_button = push_button("Subscribe to $SYS", "rss", parent=self)
        self.empty = EmptyState("server", "", "Subscribe to $SYS", self)
        self._live = QWidget(self)
        self._stack = QStackedWidget(self)
        self._pacer = Pacer(REFRESH_MS, "broker-refresh", self)
        self._silence = QTimer(self)
        self._set_up_silence()
        self._lay_out()
        self._connect_all()
        self._show_state()

    # Slots

    @Slot()
    def subscribe(self) -> None:
        """Ask the broker for $SYS."""
        self._asked, self._silent, self._answer = True, False, None
        self._silence.start()
        self._bridge.subscribe([SubscriptionRequest(TOPIC_FILTER, 0)])
        self._show_state()

    @Slot(object)
    def _on_subscription_answered(self, answer: SubscribeAnswered) -> None:
        if _is_for_sys(answer.topic_filter):
            self._answer = answer
            self._asked = not answer.refused
            if answer.refused:
                self._silence.stop()
            elif not self._silence.isActive() and not self._ids:
                self._silence.start()
            self._show_state()

    @Slot(object)
    def _on_unsubscription_answered(self, answer: UnsubscribeAnswered) -> None:
        if self._answer is not None and answer.topic_filter == self._answer.topic_filter:
            self._asked, self._answer = False, None
            self._silence.stop()
            self._show_state()

    @Slot(object)
    def _on_state_changed(self, state: ConnectionState) -> None:
        if state.phase is Phase.CONNECTED and state.connected_at != self._connected_at:
            # It may be another broker; its own values come with the next round.
            self._connected_at = state.connected_at
            self._reader = StatusReader()
            self._silent = False
        self._show_state()

    @Slot(object)
    def _on_log_replaced(self, _log: CaptureLog) -> None:
        self._reader = StatusReader()
        self._forget_topics()
        self._pacer.wake()

    @Slot()
    def _on_appended(self) -> None:
        if self.isVisible():
            self._pacer.wake()

    @Slot()
    def _on_refresh_due(self) -> None:
        log = self._bridge.log
        log.count_topics()
        if self._find_topics(log):
            self._pacer.wake_after(REFRESH_MS)
        if self._read_new(log):
            self._silent = False
            self._silence.start()
            self.tiles.show_status(self._reader.snapshot())
        self._show_state()

    @Slot()
    def _on_silence(self) -> None:
        self._silent = True
        self._show_state()

    # Qt overrides

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what came while the pane was hidden."""
        super().showEvent(event)
        self._pacer.wake()

    # Private

    def _forget_topics(self) -> None:
        self._names_seen = 0
        self._ids: list[int] = []
        self._rows: list[int] = []

    def _find_topics(self, log: CaptureLog) -> bool:
        """Look for $SYS topics among new names; returns whether names are left for later."""
        names = log.topics.names
        end = min(len(names), self._names_seen + NAMES_A_REFRESH)
        found = [n for n in range(self._names_seen, end) if names[n].startswith(_PREFIX)]
        self._ids += found
        self._rows += [-1] * len(found)
        self._names_seen = end
        return end < len(names)

    def _read_new(self, log: CaptureLog) -> bool:
        """Read the topics that have a newer message; returns whether one was understood."""
        if not self._ids:
            return False
        last = log.topics.last_row[np.array(self._ids)]
        understood = False
        for place in np.flatnonzero(last > np.array(self._rows)).tolist():
            self._rows[place] = int(last[place])
            record = log.last_record(self._ids[place])
            if record is not None and record.direction is Direction.IN:
                understood |= self._reader.update(
                    record.topic, record.payload, record.time_ns, retained=record.retain
                )
        return understood

    def _show_state(self) -> None:
        status = self._reader.snapshot()
        if status.last_update_ns is None:
            self._show_empty()
            return
        connected = self._bridge.state.phase is Phase.CONNECTED
        self._stack.setCurrentWidget(self._live)
        self.subscribe_button.setVisible(connected and not self._asked)
        when = f"last update {format_time(status.last_update_ns)[:8]}"
        if not connected:
            self.state_text.set_status("faint", "ring", "Not connected", when)
        elif self._silent:
            self.state_text.set_status("warning", "half", "No news for more than a minute", when)
        else:
            self.state_text.set_status("good", "full", "Live", when)

    def _show_empty(self) -> None:
        connected = self._bridge.state.phase is Phase.CONNECTED
        refused = self._answer is not None and self._answer.refused
        sentence = _NOT_SUBSCRIBED
        if not connected:
            sentence = _NOT_CONNECTED
        elif refused and self._answer is not None:
            reason = self._answer.text.removeprefix("Refused: ")
            sentence = (
                f"The broker does not allow $SYS/#: {reason}. "
                "Ask its administrator for a rule that does (EMQX has one that denies it)."
            )
        elif self._asked:
            sentence = _SILENT if self._silent else _WAITING
        self.empty.set_sentence(sentence)
        self.empty.button.setText("Try again" if refused else "Subscribe to $SYS")
        self.empty.button.setVisible(connected and (refused or not self._asked))
        self._stack.setCurrentWidget(self.empty)

    def _set_up_silence(self) -> None:
        self._silence.setObjectName("broker-silence")
        self._silence.setSingleShot(True)
        self._silence.setInterval(SILENT_MS)
        self._silence.timeout.connect(self._on_silence)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setContentsMargins(12, GRID, 12, GRID)
        top.addWidget(self.state_text, 1)
        top.addWidget(self.subscribe_button)
        area = QScrollArea(self._live)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self.tiles)
        # Both would be filled with the window's ground; the card's panel is to show through.
        area.viewport().setAutoFillBackground(False)
        self.tiles.setAutoFillBackground(False)
        column = QVBoxLayout(self._live)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        column.addWidget(area, 1)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self._live)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._stack)

    def _connect_all(self) -> None:
        bridge = self._bridge
        bridge.appended.connect(self._on_appended)
        bridge.log_replaced.connect(self._on_log_replaced)
        bridge.state_changed.connect(self._on_state_changed)
        bridge.subscription_answered.connect(self._on_subscription_answered)
        bridge.unsubscription_answered.connect(self._on_unsubscription_answered)
        self.empty.action_triggered.connect(self.subscribe)
        self.subscribe_button.clicked.connect(self.subscribe)
        self._pacer.due.connect(self._on_refresh_due)


def _is_for_sys(topic_filter: str) -> bool:
    try:
        return TopicFilter(topic_filter).filter.startswith("$SYS/")
    except ValueError:
        return False
