"""Writing the user's files so that no crash and no full disk loses one, and putting broken ones aside."""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class StoreError(Exception):
    """Something of the user's could not be written or deleted; the text says why, for people."""


@dataclass(frozen=True, slots=True)
class FileProblem:
    """A file that could not be read, or not as it was, and where it is kept."""

    file: Path
    reason: str
    set_aside: Path | None = None

    def __str__(self) -> str:
        kept = f" It is kept as {self.set_aside.name}." if self.set_aside else ""
        return f"{self.file.name}: {self.reason}.{kept}"


def write_atomically(path: Path, data: bytes) -> None:
    """Put a file in place whole, for its user alone, or leave the old one. Raises OSError."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def set_aside(path: Path) -> Path | None:
    """Rename a broken file so that nobody reads it again; None when that cannot be."""
    moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    target = path.with_name(f"{path.name}.broken-{moment}")
    if target.exists():
        target = target.with_name(f"{target.name}-{secrets.token_hex(3)}")
    try:
        path.rename(target)
    except OSError:
        return None
    return target


def _sync_folder(folder: Path) -> None:
    """Make the new name last through a power cut, where folders can be synced."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
