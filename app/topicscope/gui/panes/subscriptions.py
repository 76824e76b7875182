"""Subscriptions: what the window asked the broker for, what it answered, and how much came."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QModelIndex, Signal, Slot
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from topicscope.connection.state import SubscriptionRequest
from topicscope.gui.connection.kept_subscriptions import (
    KeptSubscriptions,
    fresh,
    kept,
    read_kept,
    write_kept,
)
from topicscope.gui.connection.subscribing import Subscribing
from topicscope.gui.dialogs.question import Question
from topicscope.gui.library.recent_filters import RecentFilters
from topicscope.gui.models.subscriptions.hidden_topics import ASKED_AT_ONCE, HiddenTopics
from topicscope.gui.models.subscriptions.subscription import SubscriptionState, answer
from topicscope.gui.models.subscriptions.table import SubscriptionsModel
from topicscope.gui.theme import GRID
from topicscope.gui.widgets.card import PaneHeader
from topicscope.gui.widgets.empty_state import EmptyState
from topicscope.gui.widgets.pacer import Pacer
from topicscope.gui.widgets.subscriptions.add_row import SubscriptionAddRow, short_filter
from topicscope.gui.widgets.subscriptions.view import SubscriptionsView
from topicscope.gui.widgets.tone_line import ToneLine

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from PySide6.QtGui import QColor, QShowEvent

    from topicscope.capture.log import CaptureLog
    from topicscope.gui.connection.bridge import ConnectionBridge
    from topicscope.gui.connection.kept_subscriptions import QoS
    from topicscope.profiles.profile import BrokerKind

REFRESH_MS: Final = 500
GO_ON_MS: Final = 30
"""How soon counting goes on when a refresh did not get through all new topics."""
_LEAST_WIDTH: Final = 240
_REFUSED_REMEDY: Final = (
    "The broker's access rules decide: ask for a narrower filter, or connect as another user."
)
_EVERYTHING: Final = (
    "Every message of every client comes over your connection. On a busy broker that takes its network and its"
    " memory from the others, and you see what is not yours. A narrower Topic Filter is kinder."
)


class SubscriptionsPane(QWidget):
    """The subscriptions with their colours and rates, and a line to add one.

    `header` is for the dock's title bar.
    """

    subscriptions_changed = Signal()
    """Filters, their order or their colours are not what they were."""
    hidden_topics_changed = Signal(object)
    """A `HiddenTopics` that tells which topics the tables hide, None for none."""

    def __init__(self, bridge: ConnectionBridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("subscriptions-pane")
        self.setMinimumWidth(_LEAST_WIDTH)
        self.header = PaneHeader("Subscriptions")
        self.model = SubscriptionsModel(bridge.log, self)
        self._subscribing = Subscribing(bridge, self.model, self)
        self._hidden = HiddenTopics(())
        self._hiding_waits = False
        self._kept_for = ""
        self._asked: tuple[str, ...] = ()
        self._kept: KeptSubscriptions | None = None
        self.add_row = SubscriptionAddRow(RecentFilters(), self)
        self.add_row.know(partial(_subscribed, self.model))
        self.view = SubscriptionsView(self.model, self)
        self._answer = ToneLine(self)
        self._empty = EmptyState("rss", "No subscriptions. Type a Topic Filter above.", "", self)
        self._stack = QStackedWidget(self)
        self._pacer = Pacer(REFRESH_MS, "subscriptions-refresh", self)
        self._lay_out()
        self._connect(bridge)

    # Properties

    @property
    def answer_text(self) -> str:
        """What is said below the rows about an answer of the broker; empty when there is none to tell."""
        return self._answer.text()

    @property
    def hidden_topics(self) -> HiddenTopics | None:
        """What exclusions, mute and solo hide from the tables: call it with a Topic Name; None for nothing."""
        return self._hidden or None

    # Methods

    def add(self, topic_filter: str, qos: int = 0) -> None:
        """Subscribe; raises `ValueError` when the Topic Filter is not valid (section 4.7)."""
        self._subscribing.subscribe([SubscriptionRequest(topic_filter, qos)])

    def set_initial(
        self,
        filters: Iterable[str],
        qos: QoS = 0,
        kind: BrokerKind = "development",
        profile: str = "",
    ) -> None:
        """Put these subscriptions in place of the ones shown and ask for them; skips invalid ones.

        With the name of a profile they come as they were left there, and are kept as they are left here.
        """
        asked = tuple(filters)
        found = read_kept(profile) if profile else None
        rows = fresh(asked, qos=qos) if found is None else found.merged(asked)
        if not self._kept_for:
            # What was excluded while there was no broker yet belongs to the first.
            shown = map(kept, self.model.subscriptions)
            filters_out = {row.filter for row in rows if row.exclusion}
            rows += tuple(row for row in shown if row.exclusion and row.filter not in filters_out)
        self._kept_for, self._kept = "", None
        self._subscribing.begin(rows, kind, dressed=bool(profile))
        self._kept_for, self._asked = profile, asked
        self._keep()

    def filters(self) -> list[str]:
        """Return the Topic Filters shown, paused ones included; exclusions are none."""
        return [row.topic_filter for row in self.model.subscriptions if not row.is_exclusion]

    def identifiers(self) -> Mapping[int, str]:
        """Return the Topic Filter of each Subscription Identifier (section 3.8.2.1.2)."""
        return self._subscribing.identifiers

    def colour_for_topic(self, topic_id: int) -> QColor | None:
        """Return the colour of the subscription that a topic belongs to, or None."""
        return self.model.colour_for_topic(topic_id)

    def hides(self, topic: bytes) -> bool:
        """Tell whether messages on a topic are hidden from the tables."""
        return bool(self._hidden) and self._hidden(topic)

    # Slots

    @Slot()
    def focus_add(self) -> None:
        """Put the cursor where a Topic Filter is typed."""
        self.add_row.focus()

    @Slot(list)
    def _on_exclude_requested(self, filters: list[str]) -> None:
        for topic_filter in filters:
            self.model.exclude(topic_filter)
        self._on_changed()

    @Slot(list)
    def _on_doubtful(self, filters: list[str]) -> None:
        names = ", ".join(map(short_filter, filters))
        question = Question(
            f"Subscribe to {names} on a {self._subscribing.kind} broker?",
            _EVERYTHING,
            "Subscribe",
            "Do not subscribe",
            self.window(),
        )
        question.accepted.connect(partial(self._subscribing.confirm, filters))
        question.open()

    @Slot(str, str)
    def _on_unsubscription_refused(self, topic_filter: str, words: str) -> None:
        self._say(
            "error",
            f"Not unsubscribed: {words} · {short_filter(topic_filter)}",
            "Its messages may go on arriving until the connection ends.",
        )

    @Slot(object)
    def _on_log_replaced(self, log: CaptureLog) -> None:
        self.model.set_log(log)
        # What is known of topics was known of the other capture's.
        self._hidden = HiddenTopics(())
        self._on_changed()

    @Slot()
    def _on_appended(self) -> None:
        if self.isVisible():
            self._pacer.wake()

    @Slot()
    def _on_refresh_due(self) -> None:
        if not (self.isVisible() or self._hiding_waits):
            return
        left = self.model.refresh()
        if self._hiding_waits:
            self._renew_hidden()
        if left:
            self._pacer.wake_after(GO_ON_MS)
        elif self.model.moving:
            self._pacer.wake_after(REFRESH_MS)

    @Slot()
    def _on_rows_told(self) -> None:
        """Say what the broker answered: for the selected row, or else the newest that was refused."""
        shown = self.model.subscriptions
        selected = [shown[row] for row in self.view.selected_rows() if row < len(shown)]
        refused = [row for row in shown if row.state is SubscriptionState.REFUSED]
        told = next((row for row in selected if row in refused), None)
        if told is None and len(selected) == 1 and not selected[0].is_exclusion:
            self._say("dim", f"{answer(selected[0])} · {short_filter(selected[0].topic_filter)}")
        elif refused:
            row = told or refused[-1]
            words = f"Refused: {row.answer} · {short_filter(row.topic_filter)}"
            self._say("error", words, _REFUSED_REMEDY)
        else:
            self._say("", "")

    @Slot(QModelIndex, QModelIndex, "QList<int>")
    def _on_data_changed(self, _first: QModelIndex, _last: QModelIndex, roles: list[int]) -> None:
        if not roles:
            self._on_rows_told()
            self._renew_hidden()
            self._keep()

    @Slot()
    def _on_changed(self) -> None:
        self._stack.setCurrentWidget(self.view if self.model.subscriptions else self._empty)
        self._renew_hidden()
        self._keep()
        self.subscriptions_changed.emit()
        if self.isVisible():
            self._pacer.wake()

    # Qt overrides

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what came while the pane was hidden."""
        super().showEvent(event)
        self._pacer.wake()

    # Private

    def _keep(self) -> None:
        """Remember for the next time what was made of the rows, if it has changed."""
        if not self._kept_for:
            return
        rows = tuple(map(kept, self.model.subscriptions))
        found = KeptSubscriptions(asked=self._asked, rows=rows)
        if found != self._kept:
            self._kept = found
            write_kept(self._kept_for, found)

    def _renew_hidden(self) -> None:
        self._hiding_waits = False
        hidden = self.model.hidden_topics
        if hidden == self._hidden:
            return
        if hidden and hidden.unasked > ASKED_AT_ONCE:
            # Very many topics are asked a few milliseconds at a time; then the tables hide them in one go.
            self._hiding_waits = True
            self._pacer.wake_after(GO_ON_MS)
            return
        self._hidden = hidden
        self.hidden_topics_changed.emit(self.hidden_topics)

    def _say(self, tone: str, text: str, explanation: str = "") -> None:
        self._answer.say(tone, text, explanation)
        self._answer.setVisible(bool(text))

    def _lay_out(self) -> None:
        self._answer.setContentsMargins(GRID, 4, GRID, 2)
        self._answer.hide()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.view)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.add_row)
        column.addWidget(self._stack, 1)
        column.addWidget(self._answer)

    def _connect(self, bridge: ConnectionBridge) -> None:
        subscribing, view = self._subscribing, self.view
        bridge.appended.connect(self._on_appended)
        bridge.log_replaced.connect(self._on_log_replaced)
        subscribing.changed.connect(self._on_changed)
        subscribing.doubtful.connect(self._on_doubtful)
        subscribing.unsubscription_refused.connect(self._on_unsubscription_refused)
        self._pacer.due.connect(self._on_refresh_due)
        self.model.dataChanged.connect(self._on_data_changed)
        self.model.rowsRemoved.connect(self._on_rows_told)
        self.add_row.subscribe_requested.connect(subscribing.subscribe)
        self.add_row.exclude_requested.connect(self._on_exclude_requested)
        view.selectionModel().selectionChanged.connect(self._on_rows_told)
        view.remove_asked.connect(subscribing.remove)
        view.pause_asked.connect(subscribing.toggle)
        view.options_asked.connect(subscribing.subscribe)
        view.looks_changed.connect(self._on_changed)


def _subscribed(model: SubscriptionsModel) -> list[str]:
    """Return the Topic Filters that the broker was asked for and did not refuse."""
    states = {SubscriptionState.ASKED, SubscriptionState.GRANTED}
    rows = model.subscriptions
    return [row.topic_filter for row in rows if not row.is_exclusion and row.state in states]
