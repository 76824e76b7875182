"""How a Topic Filter is subscribed to, as a menu: QoS, and the options of MQTT 5 (section 3.8.3.1)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from topicscope.connection.state import SubscriptionRequest
from topicscope.gui.text import plain_tooltip
from topicscope.mqtt.topics import SHARE_PREFIX

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

_QOS: Final = (
    ("QoS 0: at most once", "Messages come without acknowledgement; some may be lost."),
    ("QoS 1: at least once", "Messages published with QoS 1 or 2 come acknowledged."),
    ("QoS 2: exactly once", "Messages published with QoS 2 come exactly once."),
)
_RETAIN_HANDLING: Final = (
    ("Retained messages: send them", "The broker sends retained messages at each subscribing."),
    ("Retained messages: only if new", "The broker sends them unless this was subscribed before."),
    ("Retained messages: do not send", "Only what is published from now on comes."),
)
_NO_LOCAL: Final = "The broker does not send back what this connection publishes."
_AS_PUBLISHED: Final = "Messages keep the RETAIN flag they were published with."


class SubscriptionOptions(QMenu):
    """A menu that shows and changes the options of a `SubscriptionRequest`; its Topic Filter it leaves alone."""

    changed = Signal(object)
    """The SubscriptionRequest with other options."""

    def __init__(
        self, request: SubscriptionRequest | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._request = request or SubscriptionRequest("#")
        self.setToolTipsVisible(True)
        self._qos = self._choices(_QOS, "qos")
        self.addSeparator()
        self.addAction("MQTT 5").setEnabled(False)
        self._no_local = self._flag("No Local", _NO_LOCAL, "no_local")
        self._as_published = self._flag("Retain As Published", _AS_PUBLISHED, "retain_as_published")
        self._retain = self._choices(_RETAIN_HANDLING, "retain_handling")
        self._show()

    @property
    def request(self) -> SubscriptionRequest:
        """The options as they are chosen."""
        return self._request

    def request_for(self, topic_filter: str) -> SubscriptionRequest:
        """Return the request for a Topic Filter; a Shared Subscription cannot have No Local."""
        no_local = self._request.no_local and not topic_filter.startswith(SHARE_PREFIX)
        return replace(self._request, topic_filter=topic_filter, no_local=no_local)

    def set_request(self, request: SubscriptionRequest) -> None:
        """Show other options."""
        self._request = request
        self._show()

    def words(self) -> str:
        """Say the options in a few words."""
        request = self._request
        parts = [f"QoS {request.qos}"]
        if request.no_local:
            parts.append("No Local")
        if not request.retain_as_published:
            parts.append("not Retain As Published")
        if request.retain_handling:
            parts.append(_RETAIN_HANDLING[request.retain_handling][0])
        return "\n".join(parts)

    def is_plain(self) -> bool:
        """Tell whether all options but the QoS are as they are at first."""
        return replace(self._request, qos=0, topic_filter="#", identifier=0) == SubscriptionRequest(
            "#"
        )

    # Private

    def _choices(self, entries: tuple[tuple[str, str], ...], field: str) -> list[QAction]:
        group = QActionGroup(self)
        return [
            self._entry(words, hint, {field: number}, group)
            for number, (words, hint) in enumerate(entries)
        ]

    def _entry(self, words: str, hint: str, chosen: dict[str, int], group: QActionGroup) -> QAction:
        action = self.addAction(words)
        action.setCheckable(True)
        action.setToolTip(plain_tooltip(hint))
        group.addAction(action)
        action.triggered.connect(partial(self._on_chosen, chosen))
        return action

    def _flag(self, words: str, hint: str, field: str) -> QAction:
        action = self.addAction(words)
        action.setCheckable(True)
        action.setToolTip(plain_tooltip(hint))
        action.triggered.connect(partial(self._on_flag, field, action))
        return action

    def _on_chosen(self, chosen: dict[str, int], _checked: bool = True) -> None:
        self._change(chosen)

    def _on_flag(self, field: str, action: QAction, _checked: bool = True) -> None:
        self._change({field: action.isChecked()})

    def _change(self, chosen: dict[str, int]) -> None:
        request = replace(self._request, **chosen)  # type: ignore[arg-type]
        if request == self._request:
            return
        self._request = request
        self._show()
        self.changed.emit(request)

    def _show(self) -> None:
        request = self._request
        self._qos[request.qos].setChecked(True)
        self._retain[request.retain_handling].setChecked(True)
        self._as_published.setChecked(request.retain_as_published)
        shared = request.topic_filter.startswith(SHARE_PREFIX)
        self._no_local.setChecked(request.no_local and not shared)
        self._no_local.setEnabled(not shared)
