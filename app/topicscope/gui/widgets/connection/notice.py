"""The strip that says why there is no connection, with what a click can do about it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal, Slot

from topicscope.connection.state import Phase
from topicscope.gui.asked_secrets import PROXY_LOGIN
from topicscope.gui.widgets.connection.status import failed
from topicscope.gui.widgets.notice import NoticeBar

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from topicscope.connection.state import ConnectionState
    from topicscope.profiles.profile import Profile

    Way = tuple[str, Callable[[], object]]

_EDITABLE_REASONS: Final = frozenset(
    {"profile", "bad-host", "unknown-host", "refused", "auth", "tls", "not-mqtt", "websocket"}
    | {
        "no-answer",
        "no-connack",
        "unreachable",
        "proxy",
        "proxy-login",
        "token",
        "credentials",
        "version",
    }
    | {"client-identifier", "taken-over"}
)
"""Failures that editing the profile may put right."""
MOST_WAYS: Final = 2
"""Buttons of a notice."""
_KEY_LOGINS: Final = frozenset({"api_key", "azure_sas", "aws_sigv4"})


class ConnectionNotice(NoticeBar):
    """Tells the end of a connection, and of its token."""

    edit_requested = Signal()
    login_requested = Signal()
    """Another password or token is to be given."""
    offer_taken = Signal(object)
    """The `Offer` of the failure that is shown."""
    doctor_requested = Signal()
    """The way to the broker is to be examined."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: tuple[str, str] = ("", "")
        self._ways: list[Way] = []
        self.action_triggered.connect(partial(self._go, 0))
        self.second_triggered.connect(partial(self._go, 1))

    def show_state(self, state: ConnectionState, profile: Profile | None) -> None:
        """Tell of a state, if it tells of a failure; while it is dialled again, what went wrong before stays."""
        if failed(state):
            if (state.text, state.remedy) != self._shown:
                self._shown = (state.text, state.remedy)
                tone = "warning" if state.phase == Phase.WAITING else "error"
                self._tell(tone, state.text, state.remedy, self._ways_on(state, profile))
        elif state.phase in {Phase.CONNECTED, Phase.OFFLINE} or state.attempt <= 1:
            self._shown = ("", "")
            self.clear()

    def warn_of_token(self, sentence: str, remedy: str, *, can_be_typed: bool) -> None:
        """Say that the token ends, with a button to give another where people type it."""
        ways: list[Way] = [("Give a new token…", self.login_requested.emit)]
        self._tell("warning", sentence, remedy, ways if can_be_typed else [])

    def _ways_on(self, state: ConnectionState, profile: Profile | None) -> list[Way]:
        ways: list[Way] = []
        if state.offer is not None:
            ways.append((state.offer.text, partial(self.offer_taken.emit, state.offer)))
        if profile is None:
            return ways
        if not ways and (words := login_words(profile, state)):
            ways.append((words, self.login_requested.emit))
        if state.reason in _EDITABLE_REASONS:
            ways.append(("Edit…", self.edit_requested.emit))
        if len(ways) < MOST_WAYS:
            ways.append(("Examine…", self.doctor_requested.emit))
        return ways

    def _tell(self, tone: str, text: str, remedy: str, ways: list[Way]) -> None:
        self._ways = ways
        self.tell(tone, text, remedy, *(words for words, _ in ways))

    @Slot()
    def _go(self, number: int) -> None:
        self._ways[number][1]()


def login_words(profile: Profile, state: ConnectionState) -> str:
    """Return what a button says that asks for another secret; nothing where that would not help."""
    if state.reason == "tls" and "pass phrase" in state.text:
        return "Give the pass phrase…"
    if state.reason == PROXY_LOGIN:
        # Without a user name the password would not be sent: that is a matter of the form.
        named = profile.proxy is not None and profile.proxy.username
        return "Give the proxy's password…" if named else ""
    if profile.secret_source != "stored" or state.reason not in {"auth", "credentials"}:
        return ""
    if profile.login == "password":
        return "Give another password…" if profile.username else "Log in…"
    return "Give another key…" if profile.login in _KEY_LOGINS else "Give a new token…"
