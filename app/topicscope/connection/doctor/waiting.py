"""Waiting for streams with an end in sight: a time limit, and an Event that calls it all off."""

from __future__ import annotations

import selectors
import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import socket
    import threading
    from collections.abc import Iterable

    from topicscope.connection.transports.stream import Stream

_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
_GLANCE_S = 0.1
"""How often the Event is looked at."""


class CancelledError(Exception):
    """The examination is not wanted any more."""


class TooLateError(Exception):
    """The time limit is over."""


class HandShaking(Protocol):
    """A stream that is not open yet."""

    @property
    def wants_write(self) -> bool:
        """True while bytes wait to be written."""

    def fileno(self) -> int:
        """Return the file descriptor to wait on."""

    def advance(self) -> bool:
        """Go on as far as possible; True when the hand-shake is through."""


class Patience:
    """How long one step may take, in seconds from now on."""

    def __init__(
        self, seconds: float, cancelled: threading.Event, deadline: float | None = None
    ) -> None:
        self.seconds = seconds
        self._cancelled = cancelled
        self._deadline = time.monotonic() + seconds
        if deadline is not None:
            self._deadline = min(self._deadline, deadline)

    def at_most(self, seconds: float) -> Patience:
        """Return the patience for a part: no longer than ``seconds`` from now, nor than this one."""
        return Patience(seconds, self._cancelled, self._deadline)

    def left(self) -> float:
        """Return the seconds that are left; raises CancelledError, and TooLateError when there are none."""
        if self._cancelled.is_set():
            raise CancelledError
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TooLateError
        return left

    def wait_for(self, stream: Stream | HandShaking, *, write: bool = False) -> None:
        """Wait until the stream can be read, or written where asked for."""
        events = _READ | (_WRITE if write or stream.wants_write else 0)
        with selectors.DefaultSelector() as selector:
            selector.register(stream, events)
            while not selector.select(min(self.left(), _GLANCE_S)):
                pass

    def wait_for_any(self, sockets: Iterable[socket.socket]) -> set[socket.socket]:
        """Wait until at least one of some connecting sockets is decided, and return which are."""
        with selectors.DefaultSelector() as selector:
            for sock in sockets:
                selector.register(sock, _WRITE)
            while not (ready := selector.select(min(self.left(), _GLANCE_S))):
                pass
        return {key.fileobj for key, _ in ready}  # type: ignore[misc]

    def wait_until_done(self, thread: threading.Thread) -> None:
        """Wait for the end of a thread that cannot be interrupted."""
        while thread.is_alive():
            thread.join(min(self.left(), _GLANCE_S))

    def shake_hands(self, stream: HandShaking) -> None:
        """Bring a hand-shake to its end."""
        while not stream.advance():
            self.wait_for(stream)

    def send(self, stream: Stream, data: bytes) -> None:
        """Write all of ``data``."""
        rest = memoryview(data)
        while True:
            rest = rest[stream.send(rest) if rest else 0 :]
            stream.flush()
            if not rest and not stream.wants_write:
                return
            self.wait_for(stream, write=True)

    def receive(self, stream: Stream) -> bytes:
        """Return what arrives next; raises StreamClosed and StreamLost as the stream does."""
        while True:
            self.left()
            if data := stream.receive():
                return data
            if not stream.has_pending():
                self.wait_for(stream)
