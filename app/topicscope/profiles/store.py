"""Profiles on disk: one JSON file each, written so that no crash and no full disk loses one."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from topicscope.profiles.files import set_aside, write_atomically
from topicscope.profiles.profile import Profile
from topicscope.profiles.redaction import without_secrets
from topicscope.profiles.upgrades import NewerVersionError, upgrade

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_FILE = 1 << 20
"""A profile in bytes at most; a larger file is none."""


class StoreError(Exception):
    """A profile could not be written or deleted; the text says why, for people."""


@dataclass(frozen=True, slots=True)
class ProfileProblem:
    """A file of the folder that gave no profile, or one under another name."""

    file: Path
    reason: str
    set_aside: Path | None = None

    def __str__(self) -> str:
        kept = f" It is kept as {self.set_aside.name}." if self.set_aside else ""
        return f"{self.file.name}: {self.reason}.{kept}"


@dataclass(slots=True)
class StoredProfiles:
    """What the folder holds: profiles in the order of their names, and what went wrong."""

    profiles: list[Profile] = field(default_factory=list)
    problems: list[ProfileProblem] = field(default_factory=list)


class ProfileStore:
    """The profiles of one folder; names are unique in it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def list(self) -> StoredProfiles:
        """Read all profiles; a broken file is set aside with its reason and hides no other."""
        found, problems = _scan(self._folder)
        profiles = sorted(found.values(), key=_by_name)
        return StoredProfiles(profiles, problems)

    def save(self, profile: Profile) -> tuple[str, ...]:
        """Write a profile in place of the one of the same name.

        Returns what was left out because it is a secret, in words. Raises StoreError.
        """
        clean, left_out = without_secrets(profile)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = self._file_of(profile.name) or self._folder / file_name(profile.name)
            stored = _unknown_keys(path) | msgspec.to_builtins(clean)
            text = msgspec.json.format(msgspec.json.encode(stored), indent=2)
            write_atomically(path, text + b"\n")
        except OSError as error:
            raise StoreError(
                f"“{profile.name}” was not saved in {self._folder}: {error.strerror or error}."
            ) from error
        return left_out

    def delete(self, name: str) -> None:
        """Delete the profile of that name, if there is one. Raises StoreError."""
        path = self._file_of(name)
        if path is None:
            return
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(f"“{name}” was not deleted: {error.strerror or error}.") from error

    def _file_of(self, name: str) -> Path | None:
        found, _ = _scan(self._folder)
        return next((path for path, profile in found.items() if profile.name == name), None)


def file_name(name: str) -> str:
    """Make a file name of a profile's name: readable, safe on every system, and its own.

    The digest keeps names apart that differ only in case or in what is not safe.
    """
    readable = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:40].lower() or "profile"
    digest = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:8]
    return f"{readable}-{digest}.json"


def _scan(folder: Path) -> tuple[dict[Path, Profile], list[ProfileProblem]]:
    found: dict[Path, Profile] = {}
    problems: list[ProfileProblem] = []
    names: set[str] = set()
    try:
        files = sorted(folder.glob("*.json"))
    except OSError as error:
        return {}, [ProfileProblem(folder, f"cannot be read: {error.strerror}")]
    for path in files:
        profile = _read_or_set_aside(path, problems)
        if profile is None:
            continue
        if profile.name in names:
            # A copied file: both stay reachable, each under a name of its own.
            profile = msgspec.structs.replace(profile, name=f"{profile.name} ({path.stem})")
        names.add(profile.name)
        found[path] = profile
    return found, problems


def _by_name(profile: Profile) -> tuple[str, str]:
    return profile.name.casefold(), profile.name


def _read_or_set_aside(path: Path, problems: list[ProfileProblem]) -> Profile | None:
    try:
        return _read(path)
    except NewerVersionError as error:
        problems.append(ProfileProblem(path, str(error)))
    except OSError as error:
        problems.append(ProfileProblem(path, f"cannot be read: {error.strerror or error}"))
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        reason = str(error) or type(error).__name__
        problems.append(ProfileProblem(path, reason, set_aside(path)))
    return None


def _read(path: Path) -> Profile:
    size = path.stat().st_size
    if size > LARGEST_FILE:
        raise ValueError(f"{size:,} bytes are too many for a profile")
    stored = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    return msgspec.convert(upgrade(stored), Profile)


def _unknown_keys(path: Path) -> dict[str, Any]:
    """Return what a later version has added to the file, so that an older one keeps it."""
    try:
        stored = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except (OSError, ValueError, RecursionError):
        return {}
    return {key: value for key, value in stored.items() if key not in Profile.__struct_fields__}
