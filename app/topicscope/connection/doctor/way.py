"""The way to a broker, piece by piece, so that it can be gone once with words and again in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topicscope.connection.dial import endpoint_text
from topicscope.connection.doctor.overhearing import OverhearingStream
from topicscope.connection.doctor.security import OverheardHandshake
from topicscope.connection.doctor.waiting import Patience, TooLateError
from topicscope.connection.outcomes import ended
from topicscope.connection.transports import tcp
from topicscope.connection.transports.proxy import ProxyHandShake
from topicscope.connection.transports.tls import TlsStream, make_context
from topicscope.connection.transports.websocket import WebSocketStream
from topicscope.profiles.credentials import Credentials

if TYPE_CHECKING:
    import threading

    from topicscope.connection.transports.stream import Stream
    from topicscope.profiles.profile import Profile


class Way:
    """How to get to the broker of one profile; `address` is set as soon as one has answered."""

    def __init__(
        self, profile: Profile, cancelled: threading.Event, credentials: Credentials | None = None
    ) -> None:
        self.profile = profile
        self._credentials = credentials or Credentials()
        self.text = endpoint_text(profile)
        self.address: tcp.Address | None = None
        self.handshake: OverheardHandshake | None = None
        self.overheard: OverhearingStream | None = None
        self._cancelled = cancelled
        self._open: list[Stream] = []

    @property
    def first_hop(self) -> tuple[str, int]:
        """Host and port that TCP goes to: the broker's, or the proxy's."""
        proxy = self.profile.proxy
        if proxy is None:
            return self.profile.host, self.profile.port
        return proxy.host, proxy.port

    @property
    def verified_name(self) -> str:
        """The name that the certificate has to have."""
        return self.profile.server_name or self.profile.host

    def patience(self) -> Patience:
        """Return the time that one step may take."""
        return Patience(float(self.profile.connect_timeout), self._cancelled)

    def keep(self, stream: Stream) -> None:
        """Take charge of a stream: it is closed with the others."""
        self._open.append(stream)

    def close(self) -> None:
        """Close all that was opened."""
        while self._open:
            self._open.pop().close()

    def connect(self) -> Stream:
        """Open a socket to the address that has answered, and pass the proxy; raises ConnectionEnded."""
        stream = self._connect()
        if self.profile.proxy is not None:
            self.pass_proxy(stream)
        return stream

    def _connect(self) -> Stream:
        patience = self.patience()
        if self.profile.transport == "unix":
            stream: Stream = tcp.connect_unix(self.profile.path, patience.left())
            self.keep(stream)
            return stream
        assert self.address is not None
        try:
            sock = tcp.begin_connect(self.address)
        except OSError as error:
            raise tcp.dial_failure([error], self.text, patience.seconds) from error
        try:
            patience.wait_for_any([sock])
        except TooLateError:
            sock.close()
            raise tcp.dial_failure([], self.text, patience.seconds) from None
        except BaseException:
            sock.close()
            raise
        if problem := tcp.connect_error(sock):
            sock.close()
            raise tcp.dial_failure([problem], self.text, patience.seconds)
        stream = tcp.SocketStream(sock)
        self.keep(stream)
        return stream

    def pass_proxy(self, stream: Stream) -> None:
        """Ask the proxy at the other end for the way on; raises ConnectionEnded."""
        password = self._credentials.proxy_password
        patience = self.patience()
        try:
            patience.shake_hands(ProxyHandShake(stream, self.profile, password))
        except TooLateError:
            host, port = self.first_hop
            address, seconds = tcp.address_text(host, port), f"{patience.seconds:.0f}"
            raise ended("no-answer", address=address, seconds=seconds) from None

    def secure(self, below: Stream) -> TlsStream:
        """Put TLS upon a stream; raises ConnectionEnded. What was overheard is in `handshake`."""
        context = make_context(self.profile, self._credentials.passphrase)
        self.handshake = OverheardHandshake(context)
        pinned = self.profile.pinned_certificate
        stream = TlsStream(below, context, self.verified_name, self.text, pinned)
        patience = self.patience()
        try:
            patience.shake_hands(stream)
        except TooLateError:
            seconds = f"{patience.seconds:.0f}"
            raise ended("tls-no-answer", address=self.text, seconds=seconds) from None
        return stream

    def upgrade(
        self, below: Stream, profile: Profile | None = None, seconds: float | None = None
    ) -> WebSocketStream:
        """Put a WebSocket upon a stream; raises ConnectionEnded. The answer is in `overheard`."""
        self.overheard = OverhearingStream(below)
        stream = WebSocketStream(self.overheard, profile or self.profile, self.text)
        patience = self.patience()
        patience = patience if seconds is None else patience.at_most(seconds)
        try:
            patience.shake_hands(stream)
        except TooLateError:
            limit = f"{patience.seconds:.0f}"
            raise ended("ws-no-answer", address=self.text, seconds=limit) from None
        return stream

    def open(self) -> Stream:
        """Go the whole way again, as far as the transport below MQTT; raises ConnectionEnded."""
        stream = self.connect()
        if self.profile.tls:
            stream = self.secure(stream)
        if self.profile.transport == "websocket":
            stream = self.upgrade(stream)
        return stream
