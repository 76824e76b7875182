"""What every transport offers to the one above it: bytes in, bytes out, never waiting.

A stack of streams belongs to one thread at a time: the dial thread while the hand-shakes run, the
connection thread afterwards. Only the lowest has a file descriptor; the loop waits on that one and
asks the highest whether it wants to write.
"""

from __future__ import annotations

from typing import Protocol

READ_SIZE = 131_072
"""Bytes asked of the system at once: larger reads hold the interpreter longer than a frame is
painted in (DESIGN section 3)."""


class StreamClosed(Exception):  # noqa: N818 - an end is not always an error
    """The other side has ended the stream in good order."""


class StreamLost(Exception):  # noqa: N818
    """The stream broke; the text says how, in the middle of a sentence."""


class Stream(Protocol):
    """Bytes in both directions without ever blocking.

    All methods but ``close`` may raise StreamClosed, StreamLost, or ConnectionEnded where this
    transport knows a better sentence.
    """

    @property
    def wants_write(self) -> bool:
        """True while bytes that ``send`` has taken are not yet on their way."""

    def fileno(self) -> int:
        """Return the file descriptor to wait on."""

    def receive(self) -> bytes:
        """Return what has arrived, about ``READ_SIZE`` bytes at most; b"" when there is nothing now."""

    def has_pending(self) -> bool:
        """Tell whether ``receive`` would find bytes that the file descriptor knows nothing of."""

    def send(self, data: memoryview) -> int:
        """Take bytes from the front of ``data`` and return how many; 0 when none can go now.

        The next call must begin with the first byte that was not taken.
        """

    def flush(self) -> None:
        """Push on what is held back here."""

    def finish(self) -> None:
        """Say good-bye in the way of this transport, as far as that goes without waiting."""

    def close(self) -> None:
        """Release the file descriptor; may be called twice."""
