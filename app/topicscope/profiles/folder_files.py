"""Folders in which every file holds one thing: what the stores of them do alike."""

from __future__ import annotations

import contextlib
import hashlib
import re
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from topicscope.profiles.files import FileProblem, StoreError
from topicscope.profiles.one_file_store import backup_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from topicscope.profiles.folder_lock import FolderLock
    from topicscope.profiles.one_file_store import OneFileStore

T = TypeVar("T")


class Scanned(NamedTuple, Generic[T]):
    """What a folder holds, and what went wrong with its files."""

    found: dict[Path, T]
    problems: list[FileProblem]


def kept_beside(what: str, name: str) -> str:
    """Say that another window was faster, and under which name the other's is kept."""
    return f"{what} What you entered is kept beside it, as “{name}”."


def scan(folder: Path, pattern: str, file_of: Callable[[Path], OneFileStore[T]]) -> Scanned[T]:  # type: ignore[type-var]
    """Read every file; a broken one is set aside and hides no other. Blocks."""
    try:
        paths = sorted(folder.glob(pattern))
    except OSError as error:
        return Scanned({}, [FileProblem(folder, f"cannot be read: {error.strerror}")])
    loaded = {path: file_of(path).load() for path in paths}
    problems = [one.problem for one in loaded.values() if one.problem is not None]
    return Scanned({path: one.value for path, one in loaded.items() if one.found}, problems)


def safe_file_name(name: str, longest: int, usual: str, suffix: str) -> str:
    """Make a file name of the name of a thing: readable, safe on every system, and its own.

    The digest keeps names apart that differ only in case, in what is not safe, or behind `longest` characters.
    """
    readable = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:longest].lower() or usual
    digest = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:8]
    return f"{readable}-{digest}{suffix}"


def free_path(wanted: Path) -> Path:
    """Return a path at which there is no file: this one, or one with a number."""
    path, number = wanted, 2
    while path.exists():
        path = wanted.with_stem(f"{wanted.stem}-{number}")
        number += 1
    return path


def rename(path: Path, target: Path) -> None:
    """Give a file, and its backup, another name. Raises OSError."""
    path.rename(target)
    with contextlib.suppress(FileNotFoundError):
        backup_of(path).replace(backup_of(target))


@contextlib.contextmanager
def changing(lock: FolderLock, folder: Path, name: str, done: str = "saved") -> Iterator[None]:
    """Hold a lock while a thing is changed; what fails is told as a StoreError."""
    try:
        with lock:
            yield
    except OSError as error:
        words = f"“{name}” was not {done} in {folder}: {error.strerror or error}."
        raise StoreError(words) from error
