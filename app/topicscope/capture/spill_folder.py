"""The folder of one capture's files, and what crashes have left of such folders.

A folder belongs to whoever holds the lock on the file beside it; the operating system lets go of that when the
process ends, however it ends. So a folder whose lock can be had was left by a crash.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from typing import TYPE_CHECKING, Literal, TypeAlias

from topicscope.capture.spill import PAGE, SpillError, SpillFile, map_segment, write_segment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from topicscope.capture.log import CaptureLog
    from topicscope.capture.segment import Arrays, Segment

Kind: TypeAlias = Literal["capture", "file"]
"""What lies in a folder: what came from a broker, or what was read from a file and can be read again."""

SEGMENTS = "segment-*.tsg"
JOURNALS = "journal-*.tsg"
_CANNOT_LOCK = frozenset({errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})
HEADROOM = 256
"""File descriptors that are left to others: each memory map keeps one."""


class SpillFolder:
    """Files of one capture; made when the first is written. One thread uses it."""

    def __init__(self, root: Path, kind: Kind) -> None:
        self._root = root
        self._kind = kind
        self._path: Path | None = None
        self._lock = -1
        self._journal: SpillFile | None = None
        self._sizes: dict[Path, int] = {}
        self._mapped: set[Path] = set()

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(self._sizes.values())

    def limit(self) -> int:
        """Return how many bytes all files may have, so that no more than half of what is free is taken."""
        try:
            return (self.size + shutil.disk_usage(self._existing()).free) // 2
        except OSError as error:
            raise SpillError.of(error) from error

    def write(self, log: CaptureLog, segment: Segment) -> int:
        """Write a whole sealed segment and return the size of its file; raises `SpillError`."""
        path = self._file("segment", segment.first_row)
        if path not in self._sizes:
            if self.size + segment.memory + 4 * PAGE > self.limit():
                raise SpillError("there is no room left on the disk", is_full=True)
            self._sizes[path] = write_segment(path, segment, log.topics.names, log.versions)
            self._remove(self._file("journal", segment.first_row))
        return self._sizes[path]

    def map(self, segment: Segment) -> Arrays:
        """Return the arrays of a segment that was written, memory-mapped; raises `SpillError`."""
        if len(self._mapped) >= _most_maps():
            raise SpillError("too many files are open", is_full=True)
        path = self._file("segment", segment.first_row)
        arrays = map_segment(path)
        self._mapped.add(path)
        return arrays

    def note(self, log: CaptureLog, segment: Segment, begin: int, end: int) -> None:
        """Add local rows of a segment that still grows to its journal; raises `SpillError`."""
        path = self._file("journal", segment.first_row)
        if self._journal is None or self._journal.path != path:
            self._close_journal()
            self._journal = SpillFile(path)
        try:
            self._journal.write(segment, begin, end, log.topics.names, log.versions)
        finally:
            self._sizes[path] = self._journal.size

    def forget(self, first_row: int) -> None:
        """Delete what there is of a segment."""
        if self._path is not None:
            self._remove(self._file("segment", first_row))
            self._remove(self._file("journal", first_row))

    def delete(self) -> None:
        """Delete all."""
        self._close_journal()
        if self._path is not None:
            delete_folder(self._path, self._lock)
            self._path = None

    def _file(self, name: str, first_row: int) -> Path:
        return self._existing() / f"{name}-{first_row:016}.tsg"

    def _remove(self, path: Path) -> None:
        if self._journal is not None and self._journal.path == path:
            self._close_journal()
        if path in self._sizes:
            # Where a file that is still looked at cannot be deleted, it goes with the folder.
            with contextlib.suppress(OSError):
                path.unlink()
            del self._sizes[path]
            self._mapped.discard(path)

    def _close_journal(self) -> None:
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def _existing(self) -> Path:
        if self._path is None:
            try:
                self._path, self._lock = _make_folder(self._root, self._kind)
            except OSError as error:
                raise SpillError.of(error) from error
        return self._path


def folders(root: Path, kind: Kind) -> Iterator[tuple[Path, int]]:
    """Give out the folders that nobody holds, with a lock on each; the caller closes the lock."""
    for path in sorted(root.glob(f"{kind}-*-*/")):
        lock = _try_to_lock(_lock_path(path))
        if lock >= 0:
            yield path, lock


def delete_folder(path: Path, lock: int) -> None:
    """Delete a folder with its files and its lock, as far as the operating system lets us."""
    shutil.rmtree(path, ignore_errors=True)
    with contextlib.suppress(OSError):
        os.close(lock)
    if not path.exists():
        with contextlib.suppress(OSError):
            _lock_path(path).unlink(missing_ok=True)


def _make_folder(root: Path, kind: Kind) -> tuple[Path, int]:
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    root.chmod(0o700)
    number = 1
    while True:
        path = root / f"{kind}-{os.getpid()}-{number}"
        lock = -1 if path.exists() else _try_to_lock(_lock_path(path), is_new=True)
        if lock >= 0:
            break
        number += 1
        if number > 1000:
            raise OSError(f"{root} cannot be locked")
    try:
        path.mkdir(mode=0o700)
    except OSError:
        os.close(lock)
        raise
    return path, lock


def _lock_path(folder: Path) -> Path:
    return folder.with_name(folder.name + ".lock")


def _try_to_lock(path: Path, *, is_new: bool = False) -> int:
    """Return a descriptor that holds the lock; -1 when another one does, or nobody can say.

    Where the file system knows no locks a new folder goes without, and is never taken for one left by a crash.
    """
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    except OSError:
        return -1
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if not (is_new and error.errno in _CANNOT_LOCK):
            os.close(descriptor)
            return -1
    return descriptor


def _most_maps() -> int:
    """Return how many memory maps we may hold, after asking for as many descriptors as we may have."""
    if os.name == "nt":
        return 1 << 30
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 16_384 if hard == resource.RLIM_INFINITY else min(hard, 16_384)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
    return 1 << 30 if soft == resource.RLIM_INFINITY else max(0, soft - HEADROOM)
