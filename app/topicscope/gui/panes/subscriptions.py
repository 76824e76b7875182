"""Subscriptions: what the window asked the broker for, what it answered, and how much came."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QModelIndex, Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from topicscope.connection.state import Phase, SubscriptionRequest
from topicscope.gui.models.subscriptions import SubscriptionsModel, SubscriptionState
from topicscope.gui.theme import GRID
from topicscope.gui.widgets.buttons import icon_button, name_button
from topicscope.gui.widgets.card import PaneHeader
from topicscope.gui.widgets.empty_state import EmptyState
from topicscope.gui.widgets.pacer import Pacer
from topicscope.gui.widgets.subscriptions_view import SubscriptionsView
from topicscope.gui.widgets.tone_line import ToneLine
from topicscope.gui.widgets.topic_filter_edit import ReasonedEdit
from topicscope.mqtt.topics import topic_filter_problem
from topicscope.payload import preview

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtGui import QColor, QShowEvent

    from topicscope.capture.log import CaptureLog
    from topicscope.connection.state import (
        ConnectionState,
        SubscribeAnswered,
        UnsubscribeAnswered,
    )
    from topicscope.gui.bridge import ConnectionBridge

REFRESH_MS: Final = 500
GO_ON_MS: Final = 30
"""How soon counting goes on when a refresh did not get through all new topics."""
_SHOWN_FILTER_BYTES: Final = 80
_LEAST_WIDTH: Final = 240
_QOS_WIDTH: Final = 76
_REFUSED_REMEDY: Final = (
    "The broker's access rules decide: ask for a narrower filter, or connect as another user."
)
_UNESCAPED_COMMA = re.compile(r"(?<!\\),")


def split_filters(text: str) -> list[str]:
    r"""Split what was typed at its commas; ``\,`` is a comma inside a Topic Filter."""
    parts = (part.strip().replace("\\,", ",") for part in _UNESCAPED_COMMA.split(text))
    return [part for part in parts if part]


def filters_problem(text: str) -> str | None:
    """Say what is wrong with Topic Filters separated by commas, or None."""
    filters = split_filters(text)
    if not filters:
        return "A Topic Filter must be at least one character long"
    for topic_filter in filters:
        problem = topic_filter_problem(topic_filter)
        if problem is not None:
            return problem if len(filters) == 1 else f"{_short(topic_filter)}: {problem}"
    return None


class SubscriptionsPane(QWidget):
    """The subscriptions with their colours and rates, and a line to add one.

    `header` is for the dock's title bar.
    """

    subscriptions_changed = Signal()
    """Filters, their order or their colours are not what they were."""

    def __init__(self, bridge: ConnectionBridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("subscriptions-pane")
        self.setMinimumWidth(_LEAST_WIDTH)
        self._bridge = bridge
        self.header = PaneHeader("Subscriptions")
        self.model = SubscriptionsModel(bridge.log, self)
        self._answer = ToneLine(self)
        self._edit = ReasonedEdit(filters_problem, self)
        self._qos = QComboBox(self)
        self._add_button = icon_button("plus", "Subscribe (Enter)", parent=self)
        self.view = SubscriptionsView(self.model, self)
        self._empty = EmptyState("rss", "No subscriptions. Type a Topic Filter above.", "", self)
        self._stack = QStackedWidget(self)
        self._pacer = Pacer(REFRESH_MS, "subscriptions-refresh", self)
        self._set_up_add_row()
        self._lay_out()
        self._connect_bridge()

    # Properties

    @property
    def answer_text(self) -> str:
        """What is said below the rows about a refused subscription; empty when none is."""
        return self._answer.text()

    # Methods

    def add(self, topic_filter: str, qos: int = 0) -> None:
        """Subscribe; raises `ValueError` when the Topic Filter is not valid (section 4.7)."""
        self.model.add(topic_filter, qos)
        self._bridge.subscribe([SubscriptionRequest(topic_filter, qos)])
        self._changed()

    def set_initial(self, filters: Iterable[str], qos: int = 0) -> None:
        """Put these subscriptions in place of the ones shown and ask for them; skips invalid ones."""
        valid = [text for text in filters if topic_filter_problem(text) is None]
        gone = [text for text in self.filters() if text not in valid]
        for text in gone:
            self.model.remove(self.model.position_of(text))
        for text in valid:
            self.model.add(text, qos)
        if gone:
            self._bridge.unsubscribe(gone)
        if valid:
            self._bridge.subscribe([SubscriptionRequest(text, qos) for text in valid])
        self._changed()

    def filters(self) -> list[str]:
        """Return the Topic Filters shown, paused ones included."""
        return [row.topic_filter for row in self.model.subscriptions]

    def colour_for_topic(self, topic_id: int) -> QColor | None:
        """Return the colour of the subscription that a topic belongs to, or None."""
        return self.model.colour_for_topic(topic_id)

    # Slots

    @Slot()
    def focus_add(self) -> None:
        """Put the cursor where a Topic Filter is typed."""
        self._edit.edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._edit.edit.selectAll()

    @Slot()
    def remove_selected(self) -> None:
        """Unsubscribe from the selected filters and forget them."""
        rows = self.view.selected_rows()
        removed = [self.model.remove(row).topic_filter for row in reversed(rows)]
        if not removed:
            return
        self._bridge.unsubscribe(removed)
        self._changed()

    @Slot()
    def toggle_selected(self) -> None:
        """Pause the selected subscriptions, or resume them when all of them are paused."""
        rows = self.view.selected_rows()
        shown = self.model.subscriptions
        if not rows:
            return
        if all(shown[row].state is SubscriptionState.PAUSED for row in rows):
            for row in rows:
                self.model.set_state(row, SubscriptionState.ASKED)
            self._bridge.subscribe(
                [SubscriptionRequest(shown[row].topic_filter, shown[row].qos) for row in rows]
            )
        else:
            for row in rows:
                self.model.set_state(row, SubscriptionState.PAUSED)
            self._bridge.unsubscribe([shown[row].topic_filter for row in rows])
        self._changed()

    @Slot()
    def _on_add_asked(self) -> None:
        edit = self._edit.edit
        if not edit.is_valid():
            edit.setFocus()
            return
        for topic_filter in split_filters(edit.text()):
            self.add(topic_filter, self._qos.currentIndex())
        edit.clear()
        edit.setFocus()

    @Slot(object)
    def _on_subscription_answered(self, answer: SubscribeAnswered) -> None:
        row = self.model.position_of(answer.topic_filter)
        if row < 0:
            # Somebody else in the window asked for it, the Broker pane for instance.
            self.model.add(answer.topic_filter, 0 if answer.refused else answer.reason_code)
            row = self.model.position_of(answer.topic_filter)
            self._changed()
        if self.model.subscriptions[row].state is SubscriptionState.PAUSED:
            return
        if answer.refused:
            self.model.set_state(row, SubscriptionState.REFUSED, _reason(answer.text))
        else:
            self.model.set_state(row, SubscriptionState.GRANTED, answer.text, answer.reason_code)

    @Slot(object)
    def _on_unsubscription_answered(self, answer: UnsubscribeAnswered) -> None:
        if answer.refused:
            self._say(
                f"Not unsubscribed: {_reason(answer.text)} · {_short(answer.topic_filter)}",
                "Its messages may go on arriving until the connection ends.",
            )
            return
        row = self.model.position_of(answer.topic_filter)
        if row >= 0 and self.model.subscriptions[row].state is SubscriptionState.GRANTED:
            self.model.set_state(row, SubscriptionState.PAUSED)

    @Slot(object)
    def _on_state_changed(self, state: ConnectionState) -> None:
        if state.phase is Phase.CONNECTED:
            then = SubscriptionState.GRANTED if state.session_present else None
        else:
            then = SubscriptionState.ASKED
        if then is None:
            return
        for row, shown in enumerate(self.model.subscriptions):
            if shown.state not in {SubscriptionState.PAUSED, then}:
                self.model.set_state(row, then)

    @Slot(object)
    def _on_log_replaced(self, log: CaptureLog) -> None:
        self.model.set_log(log)
        self._changed()

    @Slot()
    def _on_appended(self) -> None:
        if self.isVisible():
            self._pacer.wake()

    @Slot()
    def _on_refresh_due(self) -> None:
        if not self.isVisible():
            return
        if self.model.refresh():
            self._pacer.wake_after(GO_ON_MS)
        elif self.model.moving:
            self._pacer.wake_after(REFRESH_MS)

    @Slot()
    def _on_rows_told(self) -> None:
        """Say why the selected subscription was refused, or else the newest that was."""
        shown = self.model.subscriptions
        refused = [n for n, row in enumerate(shown) if row.state is SubscriptionState.REFUSED]
        if not refused:
            self._say("", "")
            return
        selected = [row for row in self.view.selected_rows() if row in refused]
        row = shown[selected[0] if selected else refused[-1]]
        self._say(f"Refused: {row.answer} · {_short(row.topic_filter)}", _REFUSED_REMEDY)

    @Slot(QModelIndex, QModelIndex, "QList<int>")
    def _on_data_changed(self, _first: QModelIndex, _last: QModelIndex, roles: list[int]) -> None:
        if not roles:
            self._on_rows_told()

    @Slot("QColor")
    def _on_colour_asked(self, tint: QColor) -> None:
        for row in self.view.selected_rows():
            self.model.set_colour(row, tint)
        self.subscriptions_changed.emit()

    # Qt overrides

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what came while the pane was hidden."""
        super().showEvent(event)
        self._pacer.wake()

    # Private

    def _changed(self) -> None:
        self._stack.setCurrentWidget(self.view if self.model.subscriptions else self._empty)
        self.subscriptions_changed.emit()
        if self.isVisible():
            self._pacer.wake()

    def _say(self, text: str, explanation: str) -> None:
        self._answer.say("error", text, explanation)
        self._answer.setVisible(bool(text))

    def _set_up_add_row(self) -> None:
        self._edit.edit.setPlaceholderText("Topic Filter")
        self._edit.edit.setAccessibleName("Topic Filter to subscribe to")
        self._edit.edit.submitted.connect(self._on_add_asked)
        self._qos.addItems(["QoS 0", "QoS 1", "QoS 2"])
        self._qos.setFixedWidth(_QOS_WIDTH)
        name_button(self._qos, "Highest QoS at which the broker may send")
        self._add_button.clicked.connect(self._on_add_asked)

    def _lay_out(self) -> None:
        add_row = QHBoxLayout()
        add_row.setContentsMargins(GRID, GRID, GRID, GRID)
        add_row.setSpacing(4)
        add_row.addWidget(self._edit, 1)
        add_row.addWidget(self._qos, 0, Qt.AlignmentFlag.AlignTop)
        add_row.addWidget(self._add_button, 0, Qt.AlignmentFlag.AlignTop)
        self._answer.setContentsMargins(GRID, 4, GRID, 2)
        self._answer.hide()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.view)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(add_row)
        reason = QHBoxLayout()
        reason.setContentsMargins(GRID, 0, GRID, GRID // 2)
        reason.addWidget(self._edit.reason_label)
        column.addLayout(reason)
        column.addWidget(self._stack, 1)
        column.addWidget(self._answer)

    def _connect_bridge(self) -> None:
        bridge = self._bridge
        bridge.appended.connect(self._on_appended)
        bridge.log_replaced.connect(self._on_log_replaced)
        bridge.state_changed.connect(self._on_state_changed)
        bridge.subscription_answered.connect(self._on_subscription_answered)
        bridge.unsubscription_answered.connect(self._on_unsubscription_answered)
        self._pacer.due.connect(self._on_refresh_due)
        self.model.dataChanged.connect(self._on_data_changed)
        self.model.rowsRemoved.connect(self._on_rows_told)
        self.view.selectionModel().selectionChanged.connect(self._on_rows_told)
        self.view.remove_asked.connect(self.remove_selected)
        self.view.pause_asked.connect(self.toggle_selected)
        self.view.colour_asked.connect(self._on_colour_asked)


def _reason(answer: str) -> str:
    return answer.removeprefix("Refused: ")


def _short(topic_filter: str) -> str:
    return preview(topic_filter.encode(errors="replace"), _SHOWN_FILTER_BYTES)
