"""Passwords and tokens for the window: fetched from where they are kept without ever holding the window up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Signal

from topicscope.gui.tasks import in_worker_for, spawn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from topicscope.profiles.key_store import Kept, SecretStore
    from topicscope.profiles.profile import Profile

WHERE: Final[dict[Kept, str]] = {
    "key store": "Kept in the key store of this system",
    "memory": "No key store here: kept until Topicscope is closed",
    "file": "Kept in a file that is not encrypted",
}


class SecretKeeper(QObject):
    """The secrets of profiles, shared by all windows.

    What was read or written once is known without asking again. A profile that is not stored has no identifier: its
    secrets are kept in memory, under its address and user name.
    """

    where_changed = Signal(str)
    """Other words of `where`."""

    def __init__(self, store: SecretStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._known: dict[str, dict[str, str]] = {}
        self._kept: Kept | None = None
        self._asked = False

    # Properties

    @property
    def kept(self) -> Kept | None:
        """Where secrets go now; None while nobody has found out yet."""
        return self._kept

    @property
    def file_allowed(self) -> bool:
        """Whether secrets may be kept in a file that is not encrypted."""
        return self._store.file_allowed

    # Methods

    def where(self) -> str:
        """Return words on where secrets are kept; `where_changed` tells when they are known, and known better."""
        if self._kept is None and not self._asked:
            self._asked = True
            spawn(self.find_where(), "where-secrets-go")
        return "" if self._kept is None else WHERE[self._kept]

    def known(self, profile: Profile) -> dict[str, str]:
        """Return what is known of a profile's secrets without asking the key store."""
        return dict(self._known.get(_key(profile), {}))

    def is_known(self, profile: Profile) -> bool:
        """Tell whether the secrets of a profile, or that it has none, were read, typed or written since the start."""
        return _key(profile) in self._known

    def remember(self, profile: Profile, secrets: Mapping[str, str]) -> None:
        """Keep secrets until the end of the program and nowhere else."""
        self._known[_key(profile)] = dict(secrets)

    async def find_where(self) -> Kept:
        """Find out where secrets go now."""
        self._take(await in_worker_for(self, self._store.where))
        assert self._kept is not None
        return self._kept

    async def read(self, profile: Profile) -> dict[str, str]:
        """Return the secrets of a profile; none where none can be had."""
        key = _key(profile)
        if key not in self._known and profile.identifier:
            found = await in_worker_for(self, self._store.read, profile.identifier)
            if found:
                self._known.setdefault(key, found)
        return dict(self._known.get(key, {}))

    async def write(self, profile: Profile, secrets: Mapping[str, str]) -> Kept:
        """Keep the secrets of a profile in place of older ones, and return where. Raises StoreError."""
        self.remember(profile, secrets)
        if not profile.identifier:
            return "memory"
        kept = await in_worker_for(self, self._store.write, profile.identifier, dict(secrets))
        self._take(kept)
        return kept

    async def delete(self, profile: Profile) -> None:
        """Keep the secrets of a profile no longer, wherever they are. Raises StoreError."""
        self._known.pop(_key(profile), None)
        if profile.identifier:
            await in_worker_for(self, self._store.delete, profile.identifier)

    async def allow_file(self, allowed: bool) -> None:
        """Keep secrets in a file where there is no key store, or delete that file. Raises StoreError."""
        await in_worker_for(self, self._store.allow_file, allowed)
        await self.find_where()

    # Private

    def _take(self, kept: Kept) -> None:
        if kept != self._kept:
            self._kept = kept
            self.where_changed.emit(WHERE[kept])


def _key(profile: Profile) -> str:
    return profile.identifier or f"{profile.username} at {profile.url}"
