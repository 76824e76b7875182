"""One readable JSON file that holds one thing of the user's, so that no crash and no second window loses it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, Protocol, TypeVar

import msgspec

from topicscope.profiles.broken_words import broken_reason
from topicscope.profiles.files import FileProblem, StoreError, set_aside, write_atomically
from topicscope.profiles.folder_lock import FolderLock
from topicscope.profiles.upgrades import NewerVersionError, Upgrade, upgrade

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

LARGEST_FILE: Final = 1 << 20
"""A file in bytes at most; a larger one is broken."""

_BROKEN = (ValueError, TypeError, KeyError, RecursionError)

T = TypeVar("T", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Stored(Generic[T]):
    """What a file holds.

    Attributes:
        value: what was read; a fresh one where nothing could be.
        problem: what is wrong with the file.
        state: ``read``; ``recovered``: the file was broken, and this is what it held before its last change;
            ``missing``; ``broken``: it was set aside; ``unreadable``; ``newer``: of a later Topicscope.

    """

    value: T
    problem: FileProblem | None = None
    state: Literal["read", "recovered", "missing", "broken", "unreadable", "newer"] = "read"

    @property
    def found(self) -> bool:
        """Whether `value` comes from the file or its backup."""
        return self.state in {"read", "recovered"}


class FileForm(Protocol):
    """How an object is written in a file."""

    def read(self, data: bytes) -> dict[str, Any]:
        """Return the object; raises `ValueError` for what is none."""

    def write(self, stored: dict[str, Any]) -> bytes:
        """Return what stands in the file."""


class JsonForm:
    """An object of JSON, indented for people."""

    def read(self, data: bytes) -> dict[str, Any]:
        """Return the object; raises `ValueError` for what is none."""
        return msgspec.json.decode(data, type=dict[str, Any])

    def write(self, stored: dict[str, Any]) -> bytes:
        """Return what stands in the file."""
        return msgspec.json.format(msgspec.json.encode(stored), indent=2) + b"\n"


_JSON: Final = JsonForm()


class OneFileStore(Generic[T]):
    """A struct in a file of its own; what it held before its last change stands beside it as ``.bak``.

    `kind` has a `version`, whose default is the current one, and defaults for all else. `words` begin the sentence
    of a failure: “The filters were”. With `backup` False there is no ``.bak``, and an older one is deleted. `form` is
    how it is written, JSON where nothing is said.
    """

    def __init__(
        self,
        path: Path,
        kind: type[T],
        *,
        words: str,
        upgrades: Mapping[int, Upgrade],
        lock: FolderLock | None = None,
        backup: bool = True,
        form: FileForm = _JSON,
    ) -> None:
        self._form = form
        self._path = path
        self._kind = kind
        self._version: int = msgspec.structs.asdict(kind())["version"]
        self._words = words
        self._upgrades = upgrades
        self._lock = lock or FolderLock(path.parent)
        self._backup = backup

    # Methods

    def load(self) -> Stored[T]:
        """Read the file; for a broken one, which is set aside, its backup; one of a later Topicscope is left alone."""
        try:
            return Stored(self._read(self._path))
        except FileNotFoundError:
            return Stored(self._kind(), state="missing")
        except NewerVersionError as error:
            return Stored(self._kind(), FileProblem(self._path, str(error)), "newer")
        except OSError as error:
            problem = FileProblem(self._path, f"cannot be read: {error.strerror or error}")
            return Stored(self._kind(), problem, "unreadable")
        except _BROKEN as error:
            return self._recover(broken_reason(error))

    def read(self) -> T:
        """Return what the file holds and leave it as it is, for files of others. Raises StoreError."""
        try:
            return self._read(self._path)
        except (OSError, NewerVersionError, *_BROKEN) as error:
            reason = getattr(error, "strerror", None) or broken_reason(error)
            raise StoreError(f"{self._path} cannot be read: {reason}.") from error

    def save(self, value: T) -> None:
        """Write the file in place of the old one, with what others have added to it. Raises StoreError."""
        try:
            with self._lock:
                self._replace(value)
        except (OSError, UnicodeEncodeError) as error:
            raise StoreError(self._not_saved(error)) from error

    def change(self, make: Callable[[T], T]) -> T:
        """Write what `make` makes of the file as it is now, with no other window in between. Raises StoreError."""
        try:
            with self._lock:
                value = make(self.load().value)
                self._replace(value)
        except (OSError, UnicodeEncodeError) as error:
            raise StoreError(self._not_saved(error)) from error
        return value

    def delete(self) -> None:
        """Delete the file and its backup; one that is not there is no error. Raises OSError."""
        with self._lock:
            self._path.unlink(missing_ok=True)
            self._backup_path.unlink(missing_ok=True)

    # Private

    @property
    def _backup_path(self) -> Path:
        return backup_of(self._path)

    def _read(self, path: Path) -> T:
        stored = upgrade(
            self._form.read(_read_bytes(path)), upgrades=self._upgrades, current=self._version
        )
        return msgspec.convert(stored, self._kind)

    def _recover(self, reason: str) -> Stored[T]:
        """Set a broken file aside, and put in its place what it held before."""
        aside: Path | None = None
        with contextlib.suppress(OSError), self._lock:
            with contextlib.suppress(*_BROKEN):
                # Another window may have put it right in this moment.
                return Stored(self._read(self._path))
            aside = set_aside(self._path)
        try:
            before = self._read(self._backup_path)
        except (OSError, *_BROKEN):
            return Stored(self._kind(), FileProblem(self._path, reason, aside), "broken")
        if aside is not None:
            with contextlib.suppress(OSError):
                write_atomically(self._path, self._backup_path.read_bytes())
        reason = f"{reason}; what it held before its last change is in use"
        return Stored(before, FileProblem(self._path, reason, aside), "recovered")

    def _replace(self, value: T) -> None:
        loaded = self.load()
        if loaded.state in {"newer", "unreadable"}:
            raise StoreError(f"{self._not_saved()}, because it would be lost: {loaded.problem}")
        old = self._path.read_bytes() if loaded.found else b""
        stored = self._keys_of_others(old) | msgspec.to_builtins(value)
        new = self._form.write(stored)
        # Where the file is new, a backup is that of another, deleted by hand.
        if not self._backup or loaded.state == "missing":
            self._backup_path.unlink(missing_ok=True)
        if new == old:
            return
        if self._backup and old:
            write_atomically(self._backup_path, old)
        write_atomically(self._path, new)

    def _keys_of_others(self, old: bytes) -> dict[str, Any]:
        """Return what a later version or a person has added, so that it stays."""
        stored = self._form.read(old) if old else {}
        known = self._kind.__struct_fields__
        return {key: value for key, value in stored.items() if key not in known}

    def _not_saved(self, error: Exception | None = None) -> str:
        text = f"{self._words} not saved in {self._path}"
        if error is None:
            return text
        return f"{text}: {getattr(error, 'strerror', None) or error}."


def backup_of(path: Path) -> Path:
    """Return where the previous contents of a file stand."""
    return path.with_name(f"{path.name}.bak")


def _read_bytes(path: Path) -> bytes:
    size = path.stat().st_size
    if size > LARGEST_FILE:
        raise ValueError(f"{size:,} bytes are too many")
    return path.read_bytes()
