"""Between the rows of the Subscriptions pane and the broker: asks, takes answers, and asks people where it hurts."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from topicscope.connection.state import Phase, SubscriptionRequest
from topicscope.gui.models.subscriptions.subscription import SubscriptionState, takes_everything
from topicscope.profiles.filters import COLOURS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from topicscope.connection.state import (
        ConnectionState,
        SubscribeAnswered,
        UnsubscribeAnswered,
    )
    from topicscope.gui.connection.bridge import ConnectionBridge
    from topicscope.gui.connection.kept_subscriptions import KeptSubscription
    from topicscope.gui.models.subscriptions.table import SubscriptionsModel
    from topicscope.profiles.profile import BrokerKind


class Subscribing(QObject):
    """Keeps the rows of a `SubscriptionsModel` and what the broker is asked for the same.

    Every Topic Filter has a Subscription Identifier of its own, so that the broker can say which of them matched.
    """

    changed = Signal()
    """Rows have come or gone, or are asked for anew."""
    doubtful = Signal(list)
    """Topic Filters that were not subscribed to: `confirm` does it when somebody says so."""
    unsubscription_refused = Signal(str, str)
    """A Topic Filter and what the broker said."""

    def __init__(
        self, bridge: ConnectionBridge, model: SubscriptionsModel, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._model = model
        self._kind: BrokerKind = "development"
        self._doubts: list[str] = []
        self._identifiers: dict[str, int] = {}
        self._of_others: set[str] = set()
        self._next = count(1)
        bridge.state_changed.connect(self._on_state_changed)
        bridge.subscription_answered.connect(self._on_subscription_answered)
        bridge.unsubscription_answered.connect(self._on_unsubscription_answered)

    # Properties

    @property
    def kind(self) -> BrokerKind:
        """What kind of broker it is."""
        return self._kind

    @property
    def identifiers(self) -> Mapping[int, str]:
        """The Topic Filter of each Subscription Identifier."""
        return {number: text for text, number in self._identifiers.items()}

    # Methods

    def subscribe(self, requests: Iterable[SubscriptionRequest]) -> None:
        """Add rows and ask the broker; raises `ValueError` when a Topic Filter is not valid (section 4.7)."""
        rows = [self._model.put(self._numbered(request)) for request in requests]
        self._ask([row.request for row in rows])
        self.changed.emit()

    def begin(
        self, rows: Sequence[KeptSubscription], kind: BrokerKind, *, dressed: bool = False
    ) -> None:
        """Put these subscriptions in place of the ones shown, for another broker.

        When `dressed`, rows come with their names, colours and exclusions; else what is shown keeps its own.
        What is doubtful is asked about once it is connected: it may never be, or only after other questions.
        """
        self._kind = kind
        wanted = {(row.filter, row.exclusion) for row in rows}
        gone = [
            position
            for position, row in enumerate(self._model.subscriptions)
            if (row.topic_filter, row.is_exclusion) not in wanted
            and (dressed or not row.is_exclusion)
        ]
        self.remove(gone)
        asked = [self._put(row, dressed=dressed) for row in rows]
        requests = [request for request in asked if request is not None]
        self._doubts = self._doubtful(requests)
        self._subscribe_but(self._doubts, requests)
        self.changed.emit()

    def confirm(self, filters: Sequence[str]) -> None:
        """Subscribe to what was doubtful."""
        requests: list[SubscriptionRequest] = []
        for text in filters:
            position = self._model.position_of(text)
            if position >= 0:
                self._model.set_state(position, SubscriptionState.ASKED)
                requests.append(self._model.subscriptions[position].request)
        self._bridge.subscribe(requests)
        self.changed.emit()

    def remove(self, positions: Iterable[int]) -> None:
        """Unsubscribe from rows and forget them."""
        rows = [self._model.remove(position) for position in sorted(positions, reverse=True)]
        filters = [row.topic_filter for row in rows if not row.is_exclusion]
        if filters:
            self._bridge.unsubscribe(filters)
        if rows:
            self.changed.emit()

    def toggle(self, positions: Sequence[int]) -> None:
        """Pause rows, or resume them when all of them are paused."""
        rows = [self._model.subscriptions[position] for position in positions]
        resumes = all(row.state is SubscriptionState.PAUSED for row in rows)
        for position, row in zip(positions, rows, strict=True):
            running = SubscriptionState.GRANTED if row.is_exclusion else SubscriptionState.ASKED
            self._model.set_state(position, running if resumes else SubscriptionState.PAUSED)
        subscribed = [row.request for row in rows if not row.is_exclusion]
        if resumes:
            self._ask(subscribed)
        elif subscribed:
            self._bridge.unsubscribe([request.topic_filter for request in subscribed])
        self.changed.emit()

    # Slots

    @Slot(object)
    def _on_subscription_answered(self, answer: SubscribeAnswered) -> None:
        row = self._model.position_of(answer.topic_filter)
        if row < 0:
            # Somebody else in the window asked for it, the Broker pane for instance.
            self._model.add(answer.topic_filter, 0 if answer.refused else answer.reason_code)
            self._of_others.add(answer.topic_filter)
            row = self._model.position_of(answer.topic_filter)
            self.changed.emit()
        if self._model.subscriptions[row].state is SubscriptionState.PAUSED:
            return
        if answer.refused:
            words = answer.text.removeprefix("Refused: ")
            self._model.set_state(row, SubscriptionState.REFUSED, words)
        else:
            granted = SubscriptionState.GRANTED
            self._model.set_state(row, granted, answer.text, answer.reason_code)

    @Slot(object)
    def _on_unsubscription_answered(self, answer: UnsubscribeAnswered) -> None:
        if answer.refused:
            words = answer.text.removeprefix("Refused: ")
            self.unsubscription_refused.emit(answer.topic_filter, words)
            return
        row = self._model.position_of(answer.topic_filter)
        if row < 0 or self._model.subscriptions[row].state is not SubscriptionState.GRANTED:
            return
        if answer.topic_filter in self._of_others:
            # Who asked for it wants it no longer: nobody else ever did.
            self._of_others.discard(answer.topic_filter)
            self._model.remove(row)
            self.changed.emit()
        else:
            self._model.set_state(row, SubscriptionState.PAUSED)

    @Slot(object)
    def _on_state_changed(self, state: ConnectionState) -> None:
        if state.phase is Phase.CONNECTED:
            doubts, self._doubts = self._doubts, []
            self._tell_doubts(doubts)
            then = SubscriptionState.GRANTED if state.session_present else None
        else:
            then = SubscriptionState.ASKED
        if then is None:
            return
        for position, row in enumerate(self._model.subscriptions):
            if not row.is_exclusion and row.state not in {SubscriptionState.PAUSED, then}:
                self._model.set_state(position, then)

    # Private

    def _put(self, kept: KeptSubscription, *, dressed: bool) -> SubscriptionRequest | None:
        """Make a row of what was kept; return what to ask the broker for, if anything."""
        if kept.exclusion:
            self._model.exclude(kept.filter)
        else:
            self._model.put(self._numbered(kept.request))
        position = self._model.position_of(kept.filter, is_exclusion=kept.exclusion)
        if dressed:
            self._model.setData(self._model.index(position, self._model.FILTER), kept.alias)
            self._model.set_series(position, COLOURS.index(kept.colour))
            self._model.set_muted(position, kept.muted)
        if kept.paused:
            self._model.set_state(position, SubscriptionState.PAUSED)
        if kept.paused or kept.exclusion:
            return None
        return self._model.subscriptions[position].request

    def _numbered(self, request: SubscriptionRequest) -> SubscriptionRequest:
        text = request.topic_filter
        if text not in self._identifiers:
            self._identifiers[text] = next(self._next)
        return replace(request, identifier=self._identifiers[text])

    def _ask(self, requests: Sequence[SubscriptionRequest]) -> None:
        """Ask the broker for rows that are there, but people first where others would feel it."""
        doubtful = self._doubtful(requests)
        self._subscribe_but(doubtful, requests)
        self._tell_doubts(doubtful)

    def _doubtful(self, requests: Sequence[SubscriptionRequest]) -> list[str]:
        if self._kind == "development":
            return []
        return [one.topic_filter for one in requests if takes_everything(one.topic_filter)]

    def _subscribe_but(
        self, doubtful: Sequence[str], requests: Sequence[SubscriptionRequest]
    ) -> None:
        sure = [one for one in requests if one.topic_filter not in doubtful]
        if sure:
            self._bridge.subscribe(sure)

    def _tell_doubts(self, doubtful: Sequence[str]) -> None:
        """Pause what is doubtful, and let people be asked."""
        rows = {text: self._model.position_of(text) for text in doubtful}
        known = [text for text, row in rows.items() if row >= 0]
        for text in known:
            self._model.set_state(rows[text], SubscriptionState.PAUSED)
        if known:
            self.doubtful.emit(known)
