"""What was edited in the connections dialog and is not saved yet, for each profile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from topicscope.gui.models.connections.profile_tree import profile_key
from topicscope.profiles.presets import fill_in
from topicscope.profiles.store import unused_name

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from topicscope.profiles.presets import Preset
    from topicscope.profiles.profile import Profile

    Found = dict[str, str] | None


@dataclass(slots=True)
class Draft:
    """A profile as it stands in the form.

    Attributes:
        before: the profile as it is stored; None for a new one.
        profile: as it was edited, without its secrets.
        secrets: as they were edited; None while they are not known.
        preset: what a new one began with.

    """

    before: Profile | None
    profile: Profile
    secrets: Found = None
    preset: Preset | None = None


class Drafts:
    """The drafts by key, over the stored profiles."""

    def __init__(self, profiles: Sequence[Profile]) -> None:
        self._stored = {profile_key(profile): profile for profile in profiles}
        self._drafts: dict[str, Draft] = {}
        self._made = 0

    @property
    def keys(self) -> frozenset[str]:
        """The keys of what is not saved."""
        return frozenset(self._drafts)

    @property
    def stored_keys(self) -> frozenset[str]:
        """The keys of the stored profiles."""
        return frozenset(self._stored)

    @property
    def stored(self) -> list[Profile]:
        """The stored profiles."""
        return list(self._stored.values())

    def set_stored(self, profiles: Sequence[Profile]) -> None:
        """Take the stored profiles as they are now; drafts of those that are gone become new ones."""
        self._stored = {profile_key(profile): profile for profile in profiles}
        for key, draft in self._drafts.items():
            if draft.before is not None and key not in self._stored:
                draft.before = None

    def put_stored(self, profile: Profile, before: Profile | None) -> None:
        """Take a profile as stored from now on, in place of what it was."""
        if before is not None:
            self.remove_stored(before)
        self._stored[profile_key(profile)] = profile

    def remove_stored(self, profile: Profile) -> None:
        """Take a profile as no longer stored."""
        self._stored.pop(profile_key(profile), None)

    def shown(self) -> list[Profile]:
        """Return all profiles as they are listed: where they are stored, called as they were edited."""
        new = [draft.profile for key, draft in self._drafts.items() if key not in self._stored]
        return [*self._stored.values(), *new]

    def key_of(self, profile: Profile) -> str:
        """Return the key of a profile, else that of the stored one with its name."""
        key = profile_key(profile)
        same = (at for at, one in self._stored.items() if one.name == profile.name)
        return key if key in self._stored else next(same, "")

    def get(self, key: str) -> Draft | None:
        """Return the draft of a key, else a fresh one of what is stored; None when there is neither."""
        if key in self._drafts:
            return self._drafts[key]
        stored = self._stored.get(key)
        return Draft(stored, stored) if stored is not None else None

    def keep(self, key: str, draft: Draft) -> None:
        """Keep what was edited."""
        self._drafts[key] = draft

    def drop(self, key: str) -> None:
        """Forget what was edited, or a new one altogether."""
        self._drafts.pop(key, None)

    def begin(self, profile: Profile, secrets: dict[str, str], preset: Preset | None = None) -> str:
        """Begin a new profile and return its key."""
        self._made += 1
        profile = msgspec.structs.replace(
            profile,
            # Its own only until it is stored: the store makes the real one.
            identifier=f"new-{self._made}",
            name=unused_name(profile.name, self.names("")) if profile.name else "",
            position=len(self._stored),
        )
        key = profile_key(profile)
        self._drafts[key] = Draft(None, profile, secrets, preset)
        return key

    def names(self, except_key: str) -> Collection[str]:
        """Return the names that others have."""
        return {profile.name for key, profile in self._stored.items() if key != except_key}

    def finished(self, key: str, draft: Draft) -> Profile:
        """Return the profile of a draft as it is to be stored: named, and with its names in the Topic Filters."""
        profile = fill_in(draft.profile, {})
        if draft.before is None:
            profile = msgspec.structs.replace(profile, identifier="", position=0)
        if not profile.name:
            name = unused_name(profile.url, self.names(key))
            profile = msgspec.structs.replace(profile, name=name)
        return profile
