"""The socket that paho sees: it never waits, never fails, and owns no file descriptor.

What the server sent is laid in by the link after the tap has seen it; what paho writes is taken at
once and handed on by the link as the transport takes it. So partial writes, which paho copies the
rest of each time, never reach paho.
"""

from __future__ import annotations

from collections import deque

from topicscope.mqtt.control_packets import ControlPacketType
from topicscope.mqtt.framing import MalformedPacket, frame

_SMALL = 4096
"""Writes up to this size leave together: a burst of acknowledgements must not cost one call each."""


class TeeSocket:
    """Bytes between paho and a link, both on the connection thread.

    When ``is_read_only``, this is the last guard: no PUBLISH gets past it, whoever writes it.
    """

    def __init__(self, *, is_read_only: bool = False) -> None:
        self._is_read_only = is_read_only
        self._inbox = b""
        self._position = 0
        self._outbox: deque[memoryview] = deque()
        self._tail = bytearray()
        self.closed = False
        """True once paho has let go of the connection."""
        self.accepted = 0
        """Bytes that paho has written so far."""
        self.written = 0
        """Bytes of these that have left."""
        self.held_back = 0
        """PUBLISH packets that were not let through, and that nobody was told of yet."""

    # --- for paho ---

    def recv(self, size: int) -> bytes:
        """Return up to ``size`` bytes for paho; raises BlockingIOError when there are none."""
        begin = self._position
        if begin >= len(self._inbox):
            raise BlockingIOError
        self._position = min(begin + size, len(self._inbox))
        return self._inbox[begin : self._position]

    def send(self, data: bytes | bytearray | memoryview) -> int:
        """Take all of ``data``, which nobody may change afterwards."""
        asked = len(data)
        if self._is_read_only:
            data = self._without_publishes(bytes(data))
        if len(data) <= _SMALL:
            self._tail += data
        else:
            self._seal_tail()
            self._outbox.append(memoryview(data))
        self.accepted += len(data)
        return asked

    def fileno(self) -> int:
        """Return -1: there is none."""
        return -1

    def setblocking(self, flag: bool) -> None:
        """Do nothing: this never blocks."""

    def close(self) -> None:
        """Take note that paho is done; what it wrote before still leaves."""
        self.closed = True

    # --- for the link ---

    def lay_in(self, data: bytes) -> None:
        """Let paho read ``data`` next."""
        self._inbox = self._inbox[self._position :] + data
        self._position = 0

    def discard(self) -> None:
        """Forget all that was written and has not left."""
        self._outbox.clear()
        self._tail = bytearray()
        self.accepted = self.written

    @property
    def has_input(self) -> bool:
        """True while paho has something to read."""
        return self._position < len(self._inbox)

    @property
    def backlog(self) -> int:
        """Bytes that wait to leave."""
        return self.accepted - self.written

    def head(self) -> memoryview | None:
        """Return what is to leave next; its bytes stay where they are until they are taken."""
        if not self._outbox:
            self._seal_tail()
        return self._outbox[0] if self._outbox else None

    def taken(self, size: int) -> None:
        """Take note that ``size`` bytes of the head have left."""
        self.written += size
        head = self._outbox.popleft()
        if size < len(head):
            self._outbox.appendleft(head[size:])

    def _without_publishes(self, data: bytes) -> bytes:
        """Return the whole packets in ``data`` that may pass; what cannot be cut into packets may not."""
        try:
            starts, end = frame(data)
        except MalformedPacket:
            starts, end = [], 0
        kept: list[bytes] = []
        for begin, stop in zip(starts, [*starts[1:], end], strict=False):
            if data[begin] >> 4 == ControlPacketType.PUBLISH:
                self.held_back += 1
            else:
                kept.append(data[begin:stop])
        self.held_back += end < len(data)
        return b"".join(kept)

    def _seal_tail(self) -> None:
        if self._tail:
            self._outbox.append(memoryview(self._tail))
            self._tail = bytearray()
