"""The session lab: what breaks a session on purpose, offered where it makes sense, and what came of it."""

from __future__ import annotations

import contextlib
import time
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from topicscope.connection.connect_packet import session_is_kept
from topicscope.connection.state import AcknowledgementsHeld, ConnectionState, Phase
from topicscope.gui.controllers.connection.granted import GrantedSubscriptions
from topicscope.gui.text import count_of, format_count
from topicscope.mqtt.control_packets import ControlPacketType, Direction
from topicscope.payload.text import escape, safe_topic

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from topicscope.capture.log import CaptureLog
    from topicscope.connection.state import ConnectionEvent
    from topicscope.gui.connection.bridge import ConnectionBridge
    from topicscope.gui.controllers.connection.connecting import Connecting
    from topicscope.gui.dialogs.caution import Caution
    from topicscope.gui.dialogs.session_lab.dialog import SessionLabWindow
    from topicscope.mqtt.properties import PropertyList
    from topicscope.profiles.profile import Profile

ARRIVALS_MS: Final = 1000
"""How long messages are counted for after a session was resumed."""
_NAMED_TOPICS: Final = 5
_DUP: Final = 0x08
_OFFLINE: Final = "There is no connection: connect first."
_NOT_KEPT: Final = (
    "The broker keeps no session for this connection: it ends with it. Edit the connection: a Session Expiry Interval "
    "with MQTT 5, or Clean Session off before."
)


class SessionLab(QObject):
    """Opens the window of the lab and does the experiments over the connection of the main window."""

    _rival_told = Signal(object)
    """What the second client says, brought over from its thread."""

    def __init__(
        self, bridge: ConnectionBridge, connecting: Connecting, caution: Caution, window: QWidget
    ) -> None:
        super().__init__(window)
        self._bridge = bridge
        self._connecting = connecting
        self._caution = caution
        self._parent = window
        self.window: SessionLabWindow | None = None
        self._phase = Phase.OFFLINE
        self._held = AcknowledgementsHeld(0, is_holding=False)
        self._rival_text = ""
        self._begin_row = 0
        self._granted = GrantedSubscriptions(bridge, connecting, self)
        self._arrivals = QTimer(self)
        self._arrivals.setObjectName("session-arrivals")
        self._arrivals.setSingleShot(True)
        self._arrivals.setInterval(ARRIVALS_MS)
        self._arrivals.timeout.connect(self._tell_arrivals)
        self._rival_told.connect(self._on_rival_told)
        bridge.state_changed.connect(self._on_state_changed)
        bridge.acknowledgements_held.connect(self._on_held)
        self._granted.changed.connect(self._renew)

    # Slots

    @Slot()
    def show(self) -> None:
        """Open the window, or bring it to the front."""
        # Few look at it, and the start of the main window need not wait for it.
        from topicscope.gui.dialogs.session_lab.dialog import SessionLabWindow

        if self.window is None:
            self.window = made = SessionLabWindow(self._parent)
            made.experiment_requested.connect(self._on_requested)
            made.release_requested.connect(self._on_release)
            made.help_requested.connect(self._on_help)
            made.destroyed.connect(self._on_window_gone)
            self._phase = self._bridge.state.phase
            self._renew()
        self.window.show()
        self.window.raise_()
        self.window.activateWindow()

    @Slot(str)
    def _on_requested(self, key: str) -> None:
        actions: dict[str, Callable[[], None]] = {
            "drop_tcp": self._cut,
            "hold_acknowledgements": self._hold,
            "disconnect": self._ask_disconnect,
            "resume": self._resume,
            "take_over": self._take_over,
        }
        actions[key]()

    @Slot(int)
    def _on_release(self, count: int) -> None:
        self._note(f"Releasing {count_of(count, 'acknowledgement')}.")
        self._bridge.release_acknowledgements(count)

    @Slot(object)
    def _on_state_changed(self, state: ConnectionState) -> None:
        if self.window is not None and state.phase is not self._phase:
            self._note(_words(state))
            if state.phase is Phase.CONNECTED and state.session_present:
                self._begin_row = self._bridge.log.end_row
                self._arrivals.start()
        self._phase = state.phase
        self._renew()

    @Slot(object)
    def _on_held(self, held: AcknowledgementsHeld) -> None:
        before, self._held = self._held, held
        if held.is_holding != before.is_holding:
            left = f", {format_count(held.count)} still held back" if held.count else ""
            self._note(
                "Acknowledgements are held back from now on."
                if held.is_holding
                else f"Acknowledgements are sent again{left}."
            )
        self._renew()

    @Slot(object)
    def _on_rival_told(self, event: ConnectionEvent) -> None:
        if isinstance(event, ConnectionState) and event.text != self._rival_text:
            self._rival_text = event.text
            self._note(f"Second client: {escape(event.text)}")

    @Slot()
    def _tell_arrivals(self) -> None:
        words = arrivals(self._bridge.log, self._begin_row)
        if self._granted.are_all_qos_0:
            words += " A broker queues for subscriptions with QoS 1 and 2."
        self._note(words)

    @Slot()
    def _on_help(self) -> None:
        from topicscope.gui.dialogs.help import HelpDialog

        HelpDialog("retained-and-session-lab", self.window).show()

    @Slot()
    def _on_window_gone(self) -> None:
        self.window = None
        self._arrivals.stop()

    # Experiments

    def _cut(self) -> None:
        self._guard(
            "Cut the connection to",
            "The Will Message is published, if there is one, and others act on it.",
            "Cut it",
            self._do_cut,
        )

    def _do_cut(self) -> None:
        self._note(f"Cutting TCP without DISCONNECT. {_will_words(self._connecting.active)}")
        self._bridge.drop_tcp()

    def _hold(self) -> None:
        if self._held.is_holding:
            self._bridge.hold_acknowledgements(False)
            return
        self._guard(
            "Hold acknowledgements back on",
            "The broker keeps what is not acknowledged, and may drop messages when its queue is full.",
            "Hold them",
            partial(self._bridge.hold_acknowledgements, True),
        )

    def _ask_disconnect(self) -> None:
        from topicscope.gui.dialogs.session_lab.disconnect import DisconnectDialog

        dialog = DisconnectDialog(self._connecting.active, self.window or self._parent)
        dialog.agreed.connect(self._on_disconnect_agreed)
        dialog.open()

    def _on_disconnect_agreed(self, code: int, properties: PropertyList, name: str) -> None:
        self._guard(
            "Disconnect from",
            "A Will Message may be published, and others act on it.",
            "Disconnect",
            partial(self._disconnect, code, properties, name),
        )

    def _disconnect(self, code: int, properties: PropertyList, name: str) -> None:
        self._note(f"Sending DISCONNECT: {name}.")
        self._try(partial(self._bridge.disconnect_with, code, properties))

    def _resume(self) -> None:
        self._note("Connecting with Clean Start 0 under the same Client Identifier.")
        self._try(self._bridge.resume)

    def _take_over(self) -> None:
        self._guard(
            "Take the session over on",
            "The broker disconnects this window's client, which then connects again by itself.",
            "Take it over",
            self._do_take_over,
        )

    def _do_take_over(self) -> None:
        name = escape(self._bridge.state.client_identifier)
        self._note(f"A second client connects as {name}.")
        self._rival_text = ""
        self._try(partial(self._bridge.take_over, self._hear_rival))

    # Private

    def _hear_rival(self, event: ConnectionEvent) -> None:
        """Take what the second client tells, on its own thread."""
        # The window may be gone by then.
        with contextlib.suppress(RuntimeError):
            self._rival_told.emit(event)

    def _try(self, action: Callable[[], object]) -> None:
        try:
            action()
        except ValueError as error:
            self._note(escape(str(error)))

    def _guard(self, title: str, consequence: str, yes: str, then: Callable[[], object]) -> None:
        kind = self._caution.kind
        self._caution.guard(f"{title} a {kind} broker?", consequence, yes, "Leave it", then)

    def _note(self, text: str) -> None:
        if self.window is not None:
            self.window.note(time.time_ns(), text)

    @Slot()
    def _renew(self) -> None:
        window = self.window
        if window is None:
            return
        state, profile = self._bridge.state, self._connecting.active
        window.show_facts([*_facts(state, profile), *self._granted.facts()])
        found = reasons(state, profile)
        if self._held.is_holding:
            found["hold_acknowledgements"] = ""
        window.show_reasons(found)
        window.show_held(self._held.count, is_holding=self._held.is_holding)


def reasons(state: ConnectionState, profile: Profile | None) -> dict[str, str]:
    """Return why each experiment cannot be done now, by its key; an empty text where it can."""
    connected = state.phase is Phase.CONNECTED
    offline = "" if connected else _OFFLINE
    is_five = state.protocol_version is None or state.protocol_version == 5
    found = dict.fromkeys(("drop_tcp", "hold_acknowledgements", "disconnect", "take_over"), offline)
    if connected and not is_five and state.protocol_version is not None:
        label = state.protocol_version.label
        found["disconnect"] = f"Reason Codes of a client need MQTT 5; this connection is {label}."
    if profile is None or not state.client_identifier:
        found["resume"] = "There was no connection yet whose session could be resumed."
    elif not session_is_kept(profile):
        found["resume"] = _NOT_KEPT
    else:
        found["resume"] = (
            ""
            if state.phase is Phase.OFFLINE
            else "The connection is open: cut it or disconnect first."
        )
    return found


def arrivals(log: CaptureLog, begin_row: int) -> str:
    """Say which messages came since a row of the capture."""
    per_topic: dict[int, int] = {}
    total = again = 0
    for segment in log.segments:
        begin, end = max(0, begin_row - segment.first_row), segment.count
        if begin >= end:
            continue
        first = segment.first_byte[begin:end]
        is_in = segment.directions(begin, end) == Direction.IN
        wanted = (first >> 4 == ControlPacketType.PUBLISH) & is_in
        total += int(np.count_nonzero(wanted))
        again += int(np.count_nonzero(first[wanted] & _DUP))
        ids, counts = np.unique(segment.topic[begin:end][wanted], return_counts=True)
        for one, count in zip(ids.tolist(), counts.tolist(), strict=True):
            per_topic[one] = per_topic.get(one, 0) + count
    if not total:
        return "Nothing was queued: no message came in the first second."
    most = sorted(per_topic, key=per_topic.__getitem__, reverse=True)
    names = [
        f"{safe_topic(log.topics.names[one])} ({format_count(per_topic[one])})" for one in most
    ]
    more = (
        f" and {count_of(len(names) - _NAMED_TOPICS, 'more topic')}"
        if len(names) > _NAMED_TOPICS
        else ""
    )
    dup = f", {format_count(again)} of them again (DUP)" if again else ""
    shown = ", ".join(names[:_NAMED_TOPICS])
    return f"{count_of(total, 'message')} came in the first second{dup}: {shown}{more}."


def _words(state: ConnectionState) -> str:
    if state.phase is not Phase.CONNECTED:
        return escape(state.text)
    if state.session_present:
        return f"{escape(state.text)} Session Present: the broker goes on with the session it kept."
    return f"{escape(state.text)} No session was present: this is a new one."


def _will_words(profile: Profile | None) -> str:
    if profile is None or profile.will is None:
        return "This connection has no Will Message."
    return f"The broker should publish the Will Message on {escape(profile.will.topic)}."


def _facts(state: ConnectionState, profile: Profile | None) -> list[tuple[str, str, str]]:
    will = profile.will if profile is not None else None
    rows = [("Connection", escape(state.text), "")]
    if state.client_identifier:
        rows.append(("Client Identifier", escape(state.client_identifier), "mono"))
    if profile is not None:
        rows.append(("Session", _session_words(profile), ""))
        rows.append(
            (
                "Will Message",
                "none" if will is None else escape(will.topic),
                "mono" if will else "dim",
            )
        )
    return rows


def _session_words(profile: Profile) -> str:
    if not session_is_kept(profile):
        return "ends with the connection"
    if profile.protocol_version == 5 and profile.session_expiry_interval is not None:
        return f"kept for {format_count(profile.session_expiry_interval)} s after the connection"
    return "kept after the connection"
