"""Asking people for secrets: before connecting when one is missing, and again when it was refused."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from topicscope.gui.asked_secrets import (
    PROXY_LOGIN,
    AskedSecret,
    login_secret,
    missing_secrets,
    proxy_secret,
)
from topicscope.gui.dialogs.connections.secret_question import SecretQuestion
from topicscope.gui.tasks import await_for, in_worker_for
from topicscope.profiles.secrets import take_secrets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PySide6.QtWidgets import QWidget

    from topicscope.gui.controllers.connection.profile_library import ProfileLibrary
    from topicscope.gui.errands import Errands
    from topicscope.gui.secrets import SecretKeeper
    from topicscope.profiles.key_store import Kept
    from topicscope.profiles.profile import Profile

PASS_PHRASE = "pass phrase"
"""What stands in every sentence about a client key that could not be opened."""


class LoggingIn(QObject):
    """Opens the question, keeps what was answered as its user wants, and hands it on."""

    answered = Signal(object, object)
    """A Profile and its secrets to connect with."""
    profile_changed = Signal(object)
    """The Profile as it is stored now, with another user name."""

    def __init__(
        self, keeper: SecretKeeper, library: ProfileLibrary, errands: Errands, window: QWidget
    ) -> None:
        super().__init__(window)
        self._keeper = keeper
        self._library = library
        self._errands = errands
        self._window = window
        self._left_empty: set[tuple[str, str]] = set()

    async def missing(self, profile: Profile, secrets: Mapping[str, str]) -> list[AskedSecret]:
        """Return what has to be asked for; what somebody left empty on purpose is not asked again."""
        missing = await in_worker_for(self, missing_secrets, profile, secrets)
        return [one for one in missing if (_of(profile), one.name) not in self._left_empty]

    async def ask(
        self,
        profile: Profile,
        asked: Sequence[AskedSecret],
        secrets: Mapping[str, str],
        told: str = "",
    ) -> None:
        """Open the question; `told` is what was said when the secrets were last tried."""
        kept: Kept = "memory"
        if profile.identifier:
            kept = await await_for(self, self._keeper.find_where())
        question = SecretQuestion(profile, asked, secrets, kept, self._window, told)
        question.answered.connect(partial(self._on_answered, profile))
        question.open()

    async def ask_again(
        self, profile: Profile, secrets: Mapping[str, str], told: str, reason: str = ""
    ) -> None:
        """Open the question with what was refused in its fields; `reason` is that of the connection's end."""
        if reason == PROXY_LOGIN:
            asked = [proxy_secret()]
        elif PASS_PHRASE in told:
            asked = [AskedSecret("passphrase", "Pass phrase of the key", may_be_empty=True)]
        else:
            missing = await in_worker_for(self, missing_secrets, profile, secrets)
            asked = [login_secret(profile), *(one for one in missing if one.name != "secret")]
        await self.ask(profile, asked, secrets, told)

    # Private

    def _on_answered(
        self, before: Profile, profile: Profile, secrets: Mapping[str, str], remembers: bool
    ) -> None:
        self._errands.add(partial(self._use_answer, before, profile, secrets, remembers=remembers))

    async def _use_answer(
        self, before: Profile, profile: Profile, secrets: Mapping[str, str], *, remembers: bool
    ) -> None:
        profile, found = take_secrets(profile)
        secrets = {**secrets, **found}
        missing = await in_worker_for(self, missing_secrets, profile, secrets)
        self._left_empty |= {(_of(profile), one.name) for one in missing}
        if profile != before and before.identifier:
            profile = await self._library.save(profile, before, None)
            self.profile_changed.emit(profile)
        if remembers:
            await self._library.keep(profile, secrets)
        else:
            self._keeper.remember(profile, secrets)
        self.answered.emit(profile, secrets)


def _of(profile: Profile) -> str:
    return profile.identifier or f"{profile.username} at {profile.url}"
