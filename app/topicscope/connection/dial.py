"""Reaching a broker: token, name, TCP, proxy, TLS and WebSocket, in a thread that can be abandoned.

The look-up of a name cannot be interrupted, so it runs in a thread of its own that nobody waits for;
the dial itself waits only in ``select``, where an abandoned dial is woken. Whatever arrives late is
closed and forgotten. Nothing is followed: no redirect, no other server.
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
from topicscope.profiles.credentials import Credentials, CredentialsError, make_credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from topicscope.connection.certificates import CertificateFacts
    from topicscope.connection.timing import Timing
    from topicscope.connection.transports.stream import Stream
    from topicscope.connection.transports.tls import CertificateRefused, TlsStream
    from topicscope.profiles.profile import Profile

_log = logging.getLogger(__name__)
_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


@dataclass(slots=True)
class Dialed:
    """A transport that is ready for CONNECT, and what to log in with.

    `certificate` is what the server showed in TLS, verified or pinned unless the profile is insecure.
    """

    stream: Stream
    credentials: Credentials = field(default_factory=Credentials)
    tls: str | None = None
    certificate: CertificateFacts | None = None
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
    """One attempt; ``done`` is called once on the dial thread, unless ``abandon`` came first.

    ``secrets`` has the names of `profiles.secrets`. `Profile.connect_timeout` counts from when a token
    command has ended, which has its own limit.
    """

    def __init__(
        self,
        profile: Profile,
        secrets: Mapping[str, str],
        timing: Timing,
        done: Callable[[Dial, Dialed | Outcome], None],
    ) -> None:
        self._profile = profile
        self._secrets = dict(secrets)
        self._address = endpoint_text(profile)
        self._timing = timing
        self._done = done
        self._limit_s = profile.connect_timeout if timing.connect_s is None else timing.connect_s
        self._deadline = time.monotonic() + self._limit_s
        self._lock = threading.Lock()
        self._abandoned = threading.Event()
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
            self._abandoned.set()
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
            abandoned = self._abandoned.is_set()
            if abandoned and isinstance(result, Dialed):
                result.stream.close()
            wanted = result is not None and not abandoned
            self._waker.close()
            self._woken.close()
        if wanted and result is not None:
            self._done(self, result)

    def _dial(self) -> Dialed:
        profile = self._profile
        credentials = self._make_credentials()
        if profile.transport == "unix":
            stream: Stream = tcp.connect_unix(profile.path, self._remaining())
            return Dialed(stream, credentials, remarks=list(credentials.remarks))
        dialed = Dialed(self._reach(credentials), credentials, remarks=list(credentials.remarks))
        try:
            if profile.tls:
                self._secure(dialed)
            if profile.transport == "websocket":
                self._upgrade(dialed)
        except BaseException:
            dialed.stream.close()
            raise
        return dialed

    def _make_credentials(self) -> Credentials:
        """Get what to log in with ready before anything is sent; a token may have expired."""
        secrets = self._secrets
        if self._profile.secret_source != "stored":
            from topicscope.connection.fetching import fetch_secret

            secrets = secrets | {"secret": fetch_secret(self._profile, self._abandoned)}
            self._deadline = time.monotonic() + self._limit_s
        try:
            return make_credentials(self._profile, secrets, time.time())
        except CredentialsError as error:
            raise ended("credentials", problem=str(error)) from error

    def _reach(self, credentials: Credentials) -> Stream:
        """Return a stream to the broker, on the way through the proxy where there is one."""
        profile, proxy = self._profile, self._profile.proxy
        if proxy is None:
            return self._connect(self._resolve(profile.host, profile.port), self._address)
        from topicscope.connection.transports.proxy import ProxyHandShake, proxy_unreachable

        try:
            addresses = self._resolve(proxy.host, proxy.port)
            stream = self._connect(addresses, tcp.address_text(proxy.host, proxy.port))
        except ConnectionEnded as error:
            raise proxy_unreachable(proxy, error.outcome) from error
        try:
            way = ProxyHandShake(stream, profile, credentials.proxy_password)
            self._shake_hands(way, "proxy-no-answer", **way.facts)
        except BaseException:
            stream.close()
            raise
        return stream

    def _resolve(self, host: str, port: int) -> list[tcp.Address]:
        with contextlib.suppress(ValueError):
            ipaddress.ip_address(host)
            return tcp.resolve(host, port)
        threading.Thread(
            target=self._look_up, args=(host, port), name="topicscope-name", daemon=True
        ).start()
        while self._found is None:
            if not self._wait({}):
                raise ended("no-name-service", host=host)
        if isinstance(self._found, ConnectionEnded):
            raise self._found
        return self._found

    def _look_up(self, host: str, port: int) -> None:
        try:
            found: list[tcp.Address] | ConnectionEnded = tcp.resolve(host, port)
        except ConnectionEnded as error:
            found = error
        self._found = found
        with self._lock:
            self._wake()

    def _connect(self, addresses: list[tcp.Address], address: str) -> tcp.SocketStream:
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
        raise tcp.dial_failure([] if racing else errors, address, self._limit_s)

    def _secure(self, dialed: Dialed) -> None:
        from topicscope.connection.certificates import read_chain
        from topicscope.connection.transports.tls import CertificateRefused

        try:
            stream = self._shake_tls_hands(dialed, self._profile)
        except CertificateRefused as error:
            raise self._look_at_certificate(error, dialed) from error
        dialed.stream = stream
        dialed.tls = stream.version
        if chain := stream.certificates():
            dialed.certificate = read_chain(chain)
        if self._profile.tls_key_log_file:
            dialed.remarks.append(
                f"The keys of TLS go to {self._profile.tls_key_log_file}:"
                " whoever has them can read along."
            )

    def _shake_tls_hands(self, dialed: Dialed, profile: Profile) -> TlsStream:
        from topicscope.connection.transports.tls import TlsStream, make_context

        context = make_context(profile, dialed.credentials.passphrase)
        host = profile.server_name or profile.host
        stream = TlsStream(dialed.stream, context, host, self._address, profile.pinned_certificate)
        try:
            self._shake_hands(stream, "tls-no-answer")
        finally:
            self.heard_tls = self.heard_tls or stream.heard_tls
        return stream

    def _look_at_certificate(self, refused: CertificateRefused, dialed: Dialed) -> ConnectionEnded:
        """Shake hands once more without verifying, solely to read the certificate; nothing is sent.

        OpenSSL lets nobody look at a certificate that it has refused.
        """
        import msgspec

        from topicscope.connection.certificates import read_chain

        dialed.stream.close()
        looking = msgspec.structs.replace(
            self._profile,
            insecure=True,
            certificate_file="",
            key_file="",
            tls_key_log_file="",
        )
        try:
            dialed.stream = self._reach(dialed.credentials)
            chain = self._shake_tls_hands(dialed, looking).certificates()
        except ConnectionEnded:
            return refused
        return refused.with_certificate(read_chain(chain)) if chain else refused

    def _upgrade(self, dialed: Dialed) -> None:
        from topicscope.connection.transports.websocket import WebSocketStream

        stream = WebSocketStream(dialed.stream, self._profile, self._address, dialed.credentials)
        self._shake_hands(stream, "ws-no-answer")
        dialed.stream = stream
        if stream.sub_protocol is None:
            dialed.remarks.append(
                "The server names no WebSocket sub-protocol; it should say mqtt"
                " (MQTT 5.0 section 6)."
            )

    def _shake_hands(self, stream: _HandShaking, too_late: str, **facts: str) -> None:
        while not stream.advance():
            if not self._wait({stream: _READ | (_WRITE if stream.wants_write else 0)}):
                facts = {"address": self._address, "seconds": f"{self._limit_s:.0f}"} | facts
                raise ended(too_late, **facts)

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
        if self._abandoned.is_set():
            raise _Abandoned
        if self._woken in ready:
            with contextlib.suppress(BlockingIOError):
                self._woken.recv(64)
        return ready
