"""Storing profiles and their secrets, each where it belongs, without holding the window up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid

from topicscope.gui.tasks import await_for, finish, in_worker, in_worker_for, outcome, to_the_end
from topicscope.payload.text import escape
from topicscope.profiles.files import StoreError
from topicscope.profiles.secrets import take_secrets
from topicscope.profiles.store import ChangedElsewhereError, unused_name

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping, Sequence

    from topicscope.gui.services import Services
    from topicscope.profiles.profile import Profile
    from topicscope.profiles.store import StoredProfiles


class ProfileLibrary(QObject):
    """Profiles go into the folder of the store, their secrets to the keeper; what goes wrong is told, not raised."""

    told = Signal(str, str)
    """Tone and a sentence."""

    def __init__(self, services: Services, parent: QObject) -> None:
        super().__init__(parent)
        self._store = services.store
        self._keeper = services.secrets
        self._saving: asyncio.Task[Profile] | None = None

    async def list(self) -> StoredProfiles:
        """Read all profiles."""
        return await in_worker_for(self, self._store.list)

    async def save(
        self, profile: Profile, before: Profile | None, secrets: Mapping[str, str] | None
    ) -> Profile:
        """Store a profile and return it as it is stored; without `secrets` those that are kept stay.

        Secrets that stand in the profile itself are kept, too. What could not be stored is returned as it was given.
        """
        return await self.saved(self.begin_save(profile, before, secrets))

    def begin_save(
        self, profile: Profile, before: Profile | None, secrets: Mapping[str, str] | None
    ) -> asyncio.Task[Profile]:
        """Do the same from now on, behind what is being saved, even when the window is closed at once."""
        saving = self._save_behind(self._saving, profile, before, secrets)
        self._saving = finish(saving, "save-profile")
        return self._saving

    async def saved(self, saving: asyncio.Task[Profile]) -> Profile:
        """Return the profile as it is stored in the end."""
        return await await_for(self, outcome(saving))

    async def keep(self, profile: Profile, secrets: Mapping[str, str]) -> None:
        """Keep the secrets of a profile in place of older ones."""
        await await_for(self, to_the_end(self._keep(profile, secrets), "keep-secrets"))

    async def delete(self, profile: Profile) -> bool:
        """Delete a profile and its secrets, and return whether it is gone."""
        return await await_for(self, to_the_end(self._delete(profile), "delete-profile"))

    async def move(self, profiles: Sequence[Profile]) -> None:
        """Put profiles into the folders and at the places that they name."""
        try:
            for profile in profiles:
                await in_worker_for(self, self._store.save, profile)
        except StoreError as error:
            self.told.emit("error", str(error))

    # Private: these run to their ends, even when the window has gone before

    async def _save_behind(
        self,
        other: asyncio.Task[Profile] | None,
        profile: Profile,
        before: Profile | None,
        secrets: Mapping[str, str] | None,
    ) -> Profile:
        import asyncio

        if other is not None:
            await asyncio.wait([other])
        return await self._save(profile, before, secrets)

    async def _save(
        self, profile: Profile, before: Profile | None, secrets: Mapping[str, str] | None
    ) -> Profile:
        clean, found = take_secrets(profile)
        stored = await self._save_profile(clean, before)
        kept = secrets
        if kept is None and (found or not before or stored.identifier != before.identifier):
            kept = await self._keeper.read(before or stored)
        if kept is not None:
            await self._keep(stored, {**kept, **found})
        return stored

    async def _save_profile(self, profile: Profile, before: Profile | None) -> Profile:
        try:
            stored = await in_worker(self._store.save, profile, before)
            # A profile that had no identifier yet is a new one to the store, under its new name.
            if before is not None and before.name != profile.name and not profile.identifier:
                await in_worker(self._store.delete, before.name)
        except ChangedElsewhereError as error:
            self._tell("warning", str(error))
            return error.stored
        except StoreError as error:
            self._tell("error", str(error))
            return profile
        return stored

    async def _keep(self, profile: Profile, secrets: Mapping[str, str]) -> None:
        try:
            if secrets or await self._keeper.read(profile):
                await self._keeper.write(profile, secrets)
            else:
                self._keeper.remember(profile, {})
        except StoreError as error:
            self._tell("error", str(error))

    async def _delete(self, profile: Profile) -> bool:
        try:
            await in_worker(self._store.delete, profile.name)
            await self._keeper.delete(profile)
        except StoreError as error:
            self._tell("error", str(error))
            return False
        self._tell("good", f"“{escape(profile.name)}” was deleted.")
        return True

    def _tell(self, tone: str, sentence: str) -> None:
        if isValid(self):
            self.told.emit(tone, sentence)


def known_or_named(address: Profile, stored: Sequence[Profile]) -> Profile:
    """Return the stored profile of a pasted address, else the address under a name of its own.

    What the address says of login, session and Topic Filters holds for the stored one, too.
    """
    for profile in stored:
        if (profile.url, profile.path, profile.username) == (
            address.url,
            address.path,
            address.username,
        ):
            return msgspec.structs.replace(profile, **_said(address))
    return msgspec.structs.replace(
        address, name=unused_name(address.url, [profile.name for profile in stored])
    )


def _said(address: Profile) -> dict[str, object]:
    unsaid = type(address)()
    names = ("login", "subscriptions", "client_identifier", "keep_alive", "clean_start")
    return {
        name: getattr(address, name)
        for name in names
        if getattr(address, name) != getattr(unsaid, name)
    }
