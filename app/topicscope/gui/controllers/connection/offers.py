"""Doing what a failure offers: one click changes the profile and tries again, after a question where it matters."""

from __future__ import annotations

from functools import partial
from secrets import token_hex
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Signal, Slot

from topicscope.connection.offers import with_offer
from topicscope.gui.controllers.connection.importing import front_of
from topicscope.gui.dialogs.connections.certificate_question import CertificateQuestion
from topicscope.gui.dialogs.question import Question
from topicscope.payload.text import escape
from topicscope.profiles.url import UrlError, parse_url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtWidgets import QWidget

    from topicscope.connection.offers import Offer
    from topicscope.gui.controllers.connection.connecting import Connecting
    from topicscope.profiles.profile import Profile

_LONGEST_IDENTIFIER = 23
"""Characters that every broker of MQTT 3.1 takes."""


class Offers(QObject):
    """Takes an `Offer` for the connection that failed, or for another profile."""

    told = Signal(str, str)
    """Tone and a sentence."""

    def __init__(self, connecting: Connecting, window: QWidget) -> None:
        super().__init__(window)
        self._connecting = connecting
        self._window = window
        self._doers: dict[str, Callable[[Profile, Mapping[str, str], Offer], None]] = {
            "pin": self._pin,
            "tls_on": self._as_offered,
            "tls_off": self._without_tls,
            "new_client_identifier": self._new_identifier,
            "go_to": self._go_to,
            "use_name": self._as_offered,
            "websocket": self._as_offered,
            "websocket_without_tls": self._without_tls,
        }

    @Slot(object)
    def take(self, offer: Offer) -> None:
        """Take an offer for the connection that there is, or was last."""
        profile = self._connecting.active
        if profile is not None:
            self.take_for(profile, self._connecting.active_secrets, offer)

    def take_for(self, profile: Profile, secrets: Mapping[str, str], offer: Offer) -> None:
        """Take an offer for a profile."""
        self._doers[offer.kind](profile, secrets, offer)

    # Private

    def _pin(self, profile: Profile, secrets: Mapping[str, str], offer: Offer) -> None:
        if offer.certificate is None:
            return
        after = with_offer(profile, offer)
        window = front_of(self._window)
        question = CertificateQuestion(offer.certificate, profile.label, window)
        question.accepted.connect(partial(self._change, profile, after, secrets))
        question.open()

    def _as_offered(self, profile: Profile, secrets: Mapping[str, str], offer: Offer) -> None:
        self._change(profile, with_offer(profile, offer), secrets)

    def _without_tls(self, profile: Profile, secrets: Mapping[str, str], offer: Offer) -> None:
        after = with_offer(profile, offer)
        if not secrets and profile.secret_source == "stored":
            self._change(profile, after, secrets)
            return
        self._ask(
            f"Log in to {escape(profile.host)} without TLS?",
            "The password or token crosses the network as it is: whoever is on the way can read and use it.",
            "Switch TLS off",
            "Keep TLS",
            partial(self._change, profile, after, secrets),
        )

    def _new_identifier(self, profile: Profile, secrets: Mapping[str, str], _offer: Offer) -> None:
        identifier = profile.client_identifier
        if identifier:
            longest = _LONGEST_IDENTIFIER - 5
            kept = identifier[:longest] if len(identifier) <= _LONGEST_IDENTIFIER else identifier
            identifier = f"{kept}-{token_hex(2)}"
        after = msgspec.structs.replace(profile, client_identifier=identifier)
        self._change(profile, after, secrets)

    def _go_to(self, profile: Profile, _secrets: Mapping[str, str], offer: Offer) -> None:
        try:
            there = _at_reference(profile, offer.value)
        except UrlError as error:
            sentence = f"“{escape(offer.value)}” is no address: {error}."
            self.told.emit("error", sentence)
            return
        words = (
            f"{escape(profile.host)} sends you to {escape(there.url)}. Go there only if you trust that address. "
            "Your password or token is not sent there before you give it again."
        )
        if profile.tls and not there.tls:
            words += " That address is not encrypted, this one is."
        self._ask(
            f"Connect to {escape(there.host)}?",
            words,
            "Connect there",
            "Stay here",
            partial(self._connecting.connect_given, there, {}),
        )

    def _change(self, before: Profile, after: Profile, secrets: Mapping[str, str]) -> None:
        # What was examined in the form is not stored as it is there: the form takes the change.
        if not self._connecting.editing.change(before, after):
            self._connecting.change(before, after, secrets)

    def _ask(self, title: str, words: str, yes: str, no: str, then: Callable[[], object]) -> None:
        question = Question(title, words, yes, no, front_of(self._window))
        question.accepted.connect(then)
        question.open()


def _at_reference(profile: Profile, reference: str) -> Profile:
    """Return the profile for another server (section 4.11); nothing that belongs to this one goes there.

    Raises UrlError.
    """
    address, _ = parse_url(reference if "://" in reference else f"{profile.scheme}://{reference}")
    here = "://" not in reference
    there = msgspec.structs.replace(
        profile,
        identifier="",
        name="",
        host=address.host,
        port=address.port,
        transport=profile.transport if here else address.transport,
        tls=profile.tls if here else address.tls,
        pinned_certificate="",
        server_name="",
        headers=tuple((name, "") for name, _ in profile.headers),
    )
    if address.transport == "websocket" and not here:
        there = msgspec.structs.replace(there, path=address.path)
    return there
