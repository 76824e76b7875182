"""Whether $SYS is watched, what the broker said to that, and what to say while nothing has come."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from topicscope.broker_status.advice import PATIENCE_S, advice, broker_hint
from topicscope.connection.state import Phase
from topicscope.mqtt.topics import TopicFilter

if TYPE_CHECKING:
    from collections.abc import Callable

    from topicscope.connection.state import ConnectionState, SubscribeAnswered

FIRST_WORD_S: Final = 12.0
"""After so long without a word it is said why that may be, though some brokers are slower."""
Words = tuple[str, str, str, tuple[str, str]]
"""Title, sentences, what a button offers, and an icon with the role of its colour."""
_PLAIN: Final = ("server", "faint")
_WHAT_IT_IS: Final = (
    "Most brokers tell of themselves on the topics below $SYS: version, clients, messages, memory. Watching subscribes"
    " to $SYS/# with QoS 0 and keeps it out of tree and table."
)
_WAITING: Final = (
    "Subscribed to $SYS/#. Brokers tell their figures every 1 to 60 seconds, most of them every 10."
)


class Watch:
    """The subscriptions to $SYS of one connection."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.is_on = False
        self.hint = ""
        self._endpoint: str | None = None
        self._answers: dict[str, SubscribeAnswered] = {}
        self._granted_at: float | None = None

    @property
    def refused(self) -> int | None:
        """Reason Code of the refusal, while nothing else below $SYS was granted."""
        codes = [answer.reason_code for answer in self._answers.values()]
        return codes[-1] if codes and min(codes) >= 0x80 else None

    @property
    def is_refused(self) -> bool:
        """Whether the broker does not let us."""
        return self.refused is not None

    @property
    def is_heard(self) -> bool:
        """Whether what the broker tells would reach us."""
        return self.is_on and not self.is_refused

    @property
    def waited_s(self) -> float | None:
        """Seconds since the broker granted it; None before that."""
        return None if self._granted_at is None else self._clock() - self._granted_at

    def set_on(self, on: bool) -> None:
        """Say whether there is a subscription."""
        if self.is_on and not on:
            self._answers.clear()
            self._granted_at = None
        self.is_on = on

    def take_answer(self, answer: SubscribeAnswered) -> bool:
        """Take what SUBACK said; returns whether it was about $SYS."""
        try:
            about = TopicFilter(answer.topic_filter).filter
        except ValueError:
            return False
        if not about.startswith("$SYS/"):
            return False
        self._answers[answer.topic_filter] = answer
        if not answer.refused and self._granted_at is None:
            self._granted_at = self._clock()
        return True

    def take_connection(self, state: ConnectionState) -> bool:
        """Take a new connection; returns whether it is to another broker."""
        self._answers.clear()
        # With a session that goes on there may be no SUBACK to wait for.
        self._granted_at = self._clock() if state.session_present else None
        host = _host(state.endpoint)
        told = state.server
        if told is None:
            self.hint = broker_hint(host)
        else:
            said = (told.reason_string, *(" ".join(pair) for pair in told.user_properties))
            self.hint = broker_hint(host, told.assigned_client_identifier, said)
        before, self._endpoint = self._endpoint, state.endpoint
        return before != state.endpoint


def empty_words(watch: Watch, state: ConnectionState) -> Words:
    """Say why there are no figures, and what to do."""
    if state.phase is not Phase.CONNECTED:
        return "Not connected", "Connect to a broker to see what it tells of itself.", "", _PLAIN
    if watch.refused is not None:
        words = advice(watch.hint, refused=watch.refused)
        return "The broker refuses $SYS", words, "Try again", ("circle-alert", "error")
    if not watch.is_on:
        return "The broker's own voice", _WHAT_IT_IS, "Watch the broker", _PLAIN
    waited = watch.waited_s or 0.0
    if waited < FIRST_WORD_S:
        return "Waiting for the broker", _WAITING, "Stop watching", ("timer", "faint")
    title = "The broker is silent" if waited >= PATIENCE_S else "Nothing yet"
    words = advice(watch.hint, silent_s=waited)
    return title, words, "Stop watching", ("circle-question-mark", "warning")


def _host(endpoint: str) -> str:
    try:
        return urlsplit(endpoint if "://" in endpoint else f"//{endpoint}").hostname or ""
    except ValueError:
        return ""
