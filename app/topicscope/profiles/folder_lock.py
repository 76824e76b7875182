"""One window at a time changes the files of a folder, whichever process it is in."""

from __future__ import annotations

import errno
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, Final

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

FILE_NAME: Final = ".lock"
LONGEST_WAIT_S: Final = 2.0
_BETWEEN_TRIES_S: Final = 0.01
_HELD = frozenset({errno.EACCES, errno.EAGAIN, errno.EDEADLK})


class FolderLock:
    """A lock round reading, changing and writing; a thread that has it may take it again.

    Entering makes the folder and waits `LONGEST_WAIT_S` at most; raises OSError. The file of the lock stays where
    it is: who deletes it may take the lock from under another. Where a file system has no locks, none is taken.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._in_process = threading.RLock()
        self._depth = 0
        self._descriptor = -1

    def __enter__(self) -> None:
        if not self._in_process.acquire(timeout=LONGEST_WAIT_S):
            raise _held_by_another()
        try:
            if self._depth == 0:
                self._descriptor = self._open()
        except BaseException:
            self._in_process.release()
            raise
        self._depth += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._depth -= 1
        if self._depth == 0:
            # Closing gives the lock back.
            os.close(self._descriptor)
        self._in_process.release()

    def _open(self) -> int:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._folder / FILE_NAME, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _wait_for(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor


def _wait_for(descriptor: int) -> None:
    until = time.monotonic() + LONGEST_WAIT_S
    while True:
        try:
            _take(descriptor)
        except OSError as error:
            if error.errno not in _HELD:
                return
        else:
            return
        if time.monotonic() > until:
            raise _held_by_another()
        time.sleep(_BETWEEN_TRIES_S)


def _take(descriptor: int) -> None:
    if sys.platform == "win32":
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _held_by_another() -> OSError:
    return OSError(errno.ETIMEDOUT, "another window is writing there and does not finish")
