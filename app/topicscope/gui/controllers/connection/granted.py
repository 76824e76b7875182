"""Which subscriptions the broker has granted to the connection, and with which QoS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from topicscope.connection.state import ConnectionState, Phase, SubscribeAnswered

if TYPE_CHECKING:
    from topicscope.connection.state import UnsubscribeAnswered
    from topicscope.gui.connection.bridge import ConnectionBridge
    from topicscope.gui.controllers.connection.connecting import Connecting


class GrantedSubscriptions(QObject):
    """Listens to what the broker answers; a session that goes on keeps its subscriptions.

    Attributes:
        qos: the QoS that was granted, by Topic Filter.

    """

    changed = Signal()

    def __init__(self, bridge: ConnectionBridge, connecting: Connecting, parent: QObject) -> None:
        super().__init__(parent)
        self.qos: dict[str, int] = {}
        self._phase = bridge.state.phase
        bridge.state_changed.connect(self._on_state_changed)
        bridge.subscription_answered.connect(self._on_answered)
        bridge.unsubscription_answered.connect(self._on_answered)
        connecting.begun.connect(self._forget)

    def facts(self) -> list[tuple[str, str, str]]:
        """Return what experiments have to work with, as a row of name, words and tone; none where nothing is known."""
        if not self.qos:
            return []
        much = sum(map(bool, self.qos.values()))
        if much:
            return [("Subscriptions", f"{len(self.qos)}, {much} of them with QoS 1 or 2", "")]
        words = f"{len(self.qos)}, none with QoS 1 or 2: nothing is acknowledged or queued"
        return [("Subscriptions", words, "warning")]

    @property
    def are_all_qos_0(self) -> bool:
        """Whether there are some, and none of which anything is acknowledged or queued."""
        return bool(self.qos) and not any(self.qos.values())

    # Slots

    @Slot(object)
    def _on_state_changed(self, state: ConnectionState) -> None:
        is_new = state.phase is Phase.CONNECTED and self._phase is not Phase.CONNECTED
        self._phase = state.phase
        if is_new and not state.session_present:
            self._forget()

    @Slot(object)
    def _on_answered(self, answer: SubscribeAnswered | UnsubscribeAnswered) -> None:
        if answer.refused:
            return
        if isinstance(answer, SubscribeAnswered):
            self.qos[answer.topic_filter] = answer.reason_code
        else:
            self.qos.pop(answer.topic_filter, None)
        self.changed.emit()

    @Slot()
    def _forget(self) -> None:
        self.qos.clear()
        self.changed.emit()
