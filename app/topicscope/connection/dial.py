"""Reaching a broker: name, TCP, TLS and WebSocket, in a thread that can be abandoned at any moment.

The look-up of a name cannot be interrupted, so it runs in a thread of its own that nobody waits for;
the dial itself waits only in ``select``, where an abandoned dial is woken. Whatever arrives late is
closed and forgotten.
"""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import selectors
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from topicscope.connection.outcomes import ConnectionEnded, Outcome, ended, outcome
from topicscope.connection.transports import tcp

if TYPE_CHECKING:
    from collections.abc import Callable

    from topicscope.connection.timing import Timing
    from topicscope.connection.transports.stream import Stream
    from topicscope.connection.transports.tls import TlsStream
    from topicscope.profiles.profile import Profile

_log = logging.getLogger(__name__)
_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


@dataclass(slots=True)
class Dialed:
    """A transport that is ready for CONNECT."""

    stream: Stream
    tls: str | None = None
    remarks: list[str] = field(default_factory=list)


class _Abandoned(Exception):  # noqa: N818
    """The dial is not wanted any more."""


class _HandShaking(Protocol):
    @property
    def wants_write(self) -> bool: ...
    def fileno(self) -> int: ...
    def advance(self) -> bool: ...


def endpoint_text(profile: Profile) -> str:
    """Return how sentences name the other side: host and port, or the path of a Unix socket."""
    if profile.transport == "unix":
        return profile.path
    return tcp.address_text(profile.host, profile.port)


class Dial:
    """One attempt; ``done`` is called once on the dial thread, unless ``abandon`` came first."""

    def __init__(
        self, profile: Profile, timing: Timing, done: Callable[[Dial, Dialed | Outcome], None]
    ) -> None:
        self._profile = profile
        self._address = endpoint_text(profile)
        self._timing = timing
        self._done = done
        self._deadline = time.monotonic() + timing.connect_s
        self._lock = threading.Lock()
        self._abandoned = False
        self._waker, self._woken = socket.socketpair()
        self._woken.setblocking(False)
        self._found: list[tcp.Address] | ConnectionEnded | None = None
        self._thread = threading.Thread(target=self._run, name="topicscope-dial", daemon=True)
        self.heard_tls = False

    def start(self) -> None:
        """Begin to dial."""
        self._thread.start()

    def abandon(self) -> None:
        """Forget the result, from any thread and at once; what is under way ends by itself."""
        with self._lock:
            self._abandoned = True
            self._wake()

    def join(self, seconds: float) -> None:
        """Wait for the end of the thread, for shutdown."""
        self._thread.join(seconds)

    def _wake(self) -> None:
        with contextlib.suppress(OSError):
            self._waker.send(b"\0")

    # --- on the dial thread ---

    def _run(self) -> None:
        result: Dialed | Outcome | None = None
        try:
            result = self._dial()
        except ConnectionEnded as error:
            result = error.outcome
        except _Abandoned:
            pass
        except Exception as error:  # noqa: BLE001 - a thread must not end without a word
            _log.exception("dialing failed in an unforeseen way")
            result = outcome("internal", detail=f"{type(error).__name__}: {error}")
        with self._lock:
            if self._abandoned and isinstance(result, Dialed):
                result.stream.close()
            wanted = result is not None and not self._abandoned
            self._waker.close()
            self._woken.close()
        if wanted and result is not None:
            self._done(self, result)

    def _dial(self) -> Dialed:
        profile = self._profile
        if profile.transport == "unix":
            return Dialed(tcp.connect_unix(profile.path, self._remaining()))
        stream: Stream = self._connect(self._resolve())
        try:
            tls = None
            if profile.tls:
                stream = tls_stream = self._secure(stream)
                tls = tls_stream.version
            dialed = Dialed(stream, tls)
            if profile.transport == "websocket":
                self._upgrade(dialed)
        except BaseException:
            stream.close()
            raise
        return dialed

    def _resolve(self) -> list[tcp.Address]:
        host, port = self._profile.host, self._profile.port
        with contextlib.suppress(ValueError):
            ipaddress.ip_address(host)
            return tcp.resolve(host, port)
        threading.Thread(target=self._look_up, name="topicscope-name", daemon=True).start()
        while self._found is None:
            if not self._wait({}):
                raise ended("no-name-service", host=host)
        if isinstance(self._found, ConnectionEnded):
            raise self._found
        return self._found

    def _look_up(self) -> None:
        try:
            found: list[tcp.Address] | ConnectionEnded = tcp.resolve(
                self._profile.host, self._profile.port
            )
        except ConnectionEnded as error:
            found = error
        self._found = found
        with self._lock:
            self._wake()

    def _connect(self, addresses: list[tcp.Address]) -> tcp.SocketStream:
        """Race the addresses: the first that answers wins, the others are closed."""
        waiting = list(addresses)
        racing: dict[socket.socket, int] = {}
        errors: list[OSError] = []
        next_start = 0.0
        try:
            while waiting or racing:
                now = time.monotonic()
                if waiting and (not racing or now >= next_start):
                    next_start = now + self._timing.next_address_s
                    try:
                        racing[tcp.begin_connect(waiting.pop(0))] = _WRITE
                    except OSError as error:
                        errors.append(error)
                    continue
                ready = self._wait(racing, next_start if waiting else None)
                for sock in [sock for sock in racing if sock in ready]:
                    del racing[sock]
                    error_of = tcp.connect_error(sock)
                    if error_of is None:
                        return tcp.SocketStream(sock)
                    sock.close()
                    errors.append(error_of)
                if self._remaining() <= 0:
                    break
        finally:
            for sock in racing:
                sock.close()
        raise tcp.dial_failure([] if racing else errors, self._address, self._timing.connect_s)

    def _secure(self, below: Stream) -> TlsStream:
        from topicscope.connection.transports.tls import TlsStream, make_context

        stream = TlsStream(below, make_context(self._profile), self._profile.host, self._address)
        try:
            self._shake_hands(stream, "tls-no-answer")
        finally:
            self.heard_tls = stream.heard_tls
        return stream

    def _upgrade(self, dialed: Dialed) -> None:
        from topicscope.connection.transports.websocket import WebSocketStream

        stream = WebSocketStream(dialed.stream, self._profile, self._address)
        self._shake_hands(stream, "ws-no-answer")
        dialed.stream = stream
        if stream.sub_protocol is None:
            dialed.remarks.append(
                "The server names no WebSocket sub-protocol; it should say mqtt"
                " (MQTT 5.0 section 6)."
            )

    def _shake_hands(self, stream: _HandShaking, too_late: str) -> None:
        while not stream.advance():
            if not self._wait({stream: _READ | (_WRITE if stream.wants_write else 0)}):
                raise ended(
                    too_late, address=self._address, seconds=f"{self._timing.connect_s:.0f}"
                )

    def _remaining(self) -> float:
        return self._deadline - time.monotonic()

    def _wait(
        self, wanted: dict[socket.socket, int] | dict[_HandShaking, int], until: float | None = None
    ) -> set[object]:
        """Wait until something is ready, ``until`` or the end of the dial; raises _Abandoned.

        Returns what is ready: empty means that the time is over.
        """
        timeout = self._remaining()
        if until is not None:
            timeout = min(timeout, until - time.monotonic())
        with selectors.DefaultSelector() as selector:
            selector.register(self._woken, _READ)
            for item, events in wanted.items():
                selector.register(item, events)
            ready: set[object] = {key.fileobj for key, _ in selector.select(max(timeout, 0.0))}
        if self._abandoned:
            raise _Abandoned
        if self._woken in ready:
            with contextlib.suppress(BlockingIOError):
                self._woken.recv(64)
        return ready
