"""Profiles on disk: one JSON file each, that no crash, no full disk and no second window loses."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from topicscope.profiles.files import FileProblem, StoreError
from topicscope.profiles.folder_files import (
    Scanned,
    changing,
    free_path,
    kept_beside,
    rename,
    safe_file_name,
    scan,
)
from topicscope.profiles.folder_lock import FolderLock
from topicscope.profiles.one_file_store import OneFileStore
from topicscope.profiles.profile import Profile
from topicscope.profiles.secrets import take_secrets
from topicscope.profiles.upgrades import UPGRADES

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

_IDENTIFIER = re.compile(r"[0-9a-f]{16}")


class ChangedElsewhereError(StoreError):
    """Another window was faster; `stored` is what was to be saved, under a name and an identifier of its own."""

    def __init__(self, what: str, stored: Profile) -> None:
        super().__init__(kept_beside(what, stored.name))
        self.stored = stored


@dataclass(slots=True)
class StoredProfiles:
    """What the folder holds: profiles in the order of the list, and what went wrong."""

    profiles: list[Profile] = field(default_factory=list)
    problems: list[FileProblem] = field(default_factory=list)


class ProfileStore:
    """The profiles of one folder; names are unique in it.

    Other windows, of other processes too, may change the same folder. Every change is made under a lock to what is on
    disk then; what this store has not seen yet is never overwritten. All that writes raises StoreError.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = FolderLock(folder)
        self._seen: dict[Path, Profile] = {}

    # Methods

    def list(self) -> StoredProfiles:
        """Read all profiles, by folder, position and name; a broken file is set aside and hides no other."""
        found, problems = self._scan()
        self._seen |= found
        return StoredProfiles(sorted(found.values(), key=_in_list), problems)

    def save(self, profile: Profile, before: Profile | None = None) -> Profile:
        """Write a profile in place of the one of its identifier, else of its name, and return it as it is stored.

        Secrets are left out: `secrets.take_secrets` gives them to the caller. `before` is the profile as it was when
        its editing began, without it what this store saw last. Raises ChangedElsewhereError when it is another now.
        """
        clean, _ = take_secrets(profile)
        with self._changing(profile.name):
            found, _ = self._scan()
            path = _path_of(clean, found)
            others = {one.name for at, one in found.items() if at != path}
            if path is None and clean.name not in others:
                return self._create(clean, found.values())
            if path is None or clean.name in others:
                what = f"Another connection is called “{clean.name}” already."
                raise self._keep_both(what, clean, found.values())
            stored = found[path]
            seen = self._seen.get(path) if before is None else take_secrets(before)[0]
            if seen is None or _content(seen) != _content(stored):
                if _content(stored) != _content(clean):
                    what = f"“{stored.name}” was changed by another window."
                    raise self._keep_both(what, clean, found.values())
                seen = stored
            clean = msgspec.structs.replace(
                clean,
                identifier=stored.identifier or _new_identifier(),
                # Where it stands in the list may have been changed while it was edited.
                folder=stored.folder if clean.folder == seen.folder else clean.folder,
                position=stored.position if clean.position == seen.position else clean.position,
            )
            return self._write(self._renamed(path, stored.name, clean.name), clean, stored)

    def duplicate(self, profile: Profile) -> Profile:
        """Store a copy under an identifier and a name of its own, beside the profile, and return it."""
        with self._changing(profile.name):
            found, _ = self._scan()
            return self._copy(take_secrets(profile)[0], found.values())

    def move(self, names: Sequence[str], folder: str) -> None:
        """Put profiles at the front of a folder in this order; its others follow as they were.

        Only files of profiles that stand elsewhere then are written.
        """
        with self._changing(folder or "The order"):
            found, _ = self._scan()
            by_name = {one.name: path for path, one in found.items()}
            paths = [by_name[name] for name in dict.fromkeys(names) if name in by_name]
            others = (path for path, one in found.items() if one.folder == folder)
            paths += sorted(set(others) - set(paths), key=lambda path: _in_list(found[path]))
            for position, path in enumerate(paths):
                self._place(path, found[path], folder, position)

    def rename_folder(self, folder: str, new: str) -> None:
        """Call a folder something else, for all that is in it and below it."""
        with self._changing(folder):
            for path, one in self._scan()[0].items():
                if one.folder == folder or one.folder.startswith(f"{folder}/"):
                    inside = (new + one.folder[len(folder) :]).strip("/")
                    self._place(path, one, inside, one.position)

    def delete(self, name: str) -> Profile | None:
        """Delete the profile of that name, and return it; None when there is none."""
        with self._changing(name, "deleted"):
            found, _ = self._scan()
            path = next((path for path, one in found.items() if one.name == name), None)
            if path is None:
                return None
            self._file(path).delete()
            self._seen.pop(path, None)
            return found[path]

    # Private

    def _scan(self) -> Scanned[Profile]:
        found, problems = scan(self._folder, "*.json", self._file)
        return Scanned(_told_apart(found), problems)

    def _file(self, path: Path, name: str = "", *, backup: bool = True) -> OneFileStore[Profile]:
        words = f"“{name}” was"
        return OneFileStore(
            path, Profile, words=words, upgrades=UPGRADES, lock=self._lock, backup=backup
        )

    def _create(self, profile: Profile, others: Collection[Profile]) -> Profile:
        position = profile.position
        if not position:
            # Behind the others, once somebody has given them an order.
            neighbours = [one.position for one in others if one.folder == profile.folder]
            position = max(neighbours, default=0) + 1 if any(neighbours) else 0
        identifier = profile.identifier
        if not _IDENTIFIER.fullmatch(identifier):
            identifier = _new_identifier()
        new = msgspec.structs.replace(profile, identifier=identifier, position=position)
        return self._write(self._free_path(new.name), new)

    def _copy(self, profile: Profile, others: Collection[Profile]) -> Profile:
        name = unused_name(profile.name, [one.name for one in others])
        copy = msgspec.structs.replace(profile, name=name, identifier=_new_identifier())
        return self._write(self._free_path(name), copy)

    def _keep_both(
        self, what: str, profile: Profile, others: Collection[Profile]
    ) -> ChangedElsewhereError:
        return ChangedElsewhereError(what, self._copy(profile, others))

    def _place(self, path: Path, stored: Profile, folder: str, position: int) -> None:
        if (stored.folder, stored.position) == (folder, position):
            return
        placed = msgspec.structs.replace(stored, folder=folder, position=position)
        seen = self._seen.get(path)
        self._write(path, placed, stored)
        if seen is not None and _content(seen) != _content(stored):
            # What another window has changed in it has still not been seen here.
            self._seen[path] = seen

    def _write(self, path: Path, profile: Profile, before: Profile | None = None) -> Profile:
        # A secret that somebody wrote into the file by hand must not live on in its backup.
        had_secrets = before is not None and bool(take_secrets(before)[1])
        self._file(path, profile.name, backup=not had_secrets).save(profile)
        self._seen[path] = profile
        return profile

    def _renamed(self, path: Path, old: str, new: str) -> Path:
        """Give a file, and its backup, the name that goes with the new name of its profile."""
        if old == new or path.name != file_name(old):
            return path
        target = self._free_path(new)
        rename(path, target)
        if path in self._seen:
            self._seen[target] = self._seen.pop(path)
        return target

    def _free_path(self, name: str) -> Path:
        return free_path(self._folder / file_name(name))

    def _changing(self, name: str, done: str = "saved") -> AbstractContextManager[None]:
        return changing(self._lock, self._folder, name, done)


def file_name(name: str) -> str:
    """Make a file name of a profile's name."""
    return safe_file_name(name, 40, "profile", ".json")


def unused_name(wanted: str, taken: Collection[str]) -> str:
    """Return a name for a profile that no other has: the one wanted, or one with a number behind it."""
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted} ({number})", number + 1
    return name


def _new_identifier() -> str:
    return secrets.token_hex(8)


def _told_apart(found: dict[Path, Profile]) -> dict[Path, Profile]:
    """Return profiles with names and identifiers of their own: a copied file has those of the other."""
    apart: dict[Path, Profile] = {}
    names: set[str] = set()
    identifiers: set[str] = set()
    for path in sorted(found, key=lambda path: (path.name != file_name(found[path].name), path)):
        profile = found[path]
        if profile.name in names:
            profile = msgspec.structs.replace(profile, name=f"{profile.name} ({path.stem})")
        if profile.identifier in identifiers or not _IDENTIFIER.fullmatch(profile.identifier):
            profile = msgspec.structs.replace(profile, identifier="")
        names.add(profile.name)
        identifiers.add(profile.identifier)
        apart[path] = profile
    return apart


def _path_of(profile: Profile, found: dict[Path, Profile]) -> Path | None:
    """Return the file of a profile: that of its identifier, else, where it has none, that of its name."""
    if profile.identifier:
        for path, one in found.items():
            if one.identifier == profile.identifier:
                return path
    for path, one in found.items():
        if one.name == profile.name and "" in {profile.identifier, one.identifier}:
            return path
    return None


def _content(profile: Profile) -> Profile:
    """Return what somebody edits in a profile: not where it stands in the list, and not what the store makes."""
    return msgspec.structs.replace(profile, identifier="", folder="", position=0)


def _in_list(profile: Profile) -> tuple[Any, ...]:
    levels = [level.casefold() for level in profile.folder.split("/")]
    return levels, profile.position, profile.name.casefold(), profile.name
