"""TLS over another stream, with every failure in words.

OpenSSL works on memory here and never on the socket: one system call brings many records, the first
bytes of a server that speaks no TLS can be shown, and nothing can block. The server's certificate is
verified unless the profile says otherwise.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import ssl
import time
from typing import TYPE_CHECKING

from topicscope.connection.certificates import (
    fingerprint_of,
    grouped_fingerprint,
    plain_fingerprint,
    read_certificate,
)
from topicscope.connection.offers import offer_name, offer_pin
from topicscope.connection.outcomes import (
    ConnectionEnded,
    Outcome,
    ended,
    outcome,
    shown,
    shown_text,
)
from topicscope.connection.transports.stream import READ_SIZE, Stream, StreamClosed, StreamLost
from topicscope.connection.transports.tls_settings import make_context

if TYPE_CHECKING:
    from topicscope.connection.certificates import CertificateFacts

__all__ = ["CertificateRefused", "TlsStream", "certificate_refused", "make_context"]

_ALERT, _HANDSHAKE = 21, 22
"""Content types of a TLS record (RFC 8446 section 5.1)."""

_LARGEST_SEND = 65_536
_DER = 2
"""What the `_ssl` module calls ENCODING_DER."""

_BY_VERIFY_CODE = {
    9: "tls-not-yet-valid",
    10: "tls-expired",
    18: "tls-self-signed",
    19: "tls-unknown-ca",
    2: "tls-unknown-ca",
    20: "tls-unknown-ca",
    21: "tls-unknown-ca",
    62: "tls-wrong-name",
    64: "tls-wrong-name",
}
"""X509_V_ERR_… of OpenSSL."""

_CLIENT_CERTIFICATE_ALERTS = (
    "BAD_CERTIFICATE",
    "CERTIFICATE_EXPIRED",
    "CERTIFICATE_REVOKED",
    "CERTIFICATE_UNKNOWN",
    "UNSUPPORTED_CERTIFICATE",
    "UNKNOWN_CA",
    "ACCESS_DENIED",
    "DECRYPT_ERROR",
)
_NO_COMMON = ("HANDSHAKE_FAILURE", "NO_APPLICATION_PROTOCOL", "INSUFFICIENT_SECURITY", "NO_CIPHERS")


class CertificateRefused(ConnectionEnded):
    """The server's certificate was not accepted: `name` is the outcome, `detail` what OpenSSL says."""

    def __init__(self, name: str, host: str, detail: str) -> None:
        super().__init__(certificate_refused(name, host, detail, None))
        self.name = name
        self.host = host
        self.detail = detail

    def with_certificate(self, certificate: CertificateFacts) -> ConnectionEnded:
        """Return the same end, now that the certificate is known."""
        return ConnectionEnded(certificate_refused(self.name, self.host, self.detail, certificate))


def certificate_refused(
    name: str, host: str, detail: str, certificate: CertificateFacts | None
) -> Outcome:
    """Make the outcome of a certificate that was not accepted, with what it offers instead."""
    names, dates = "another name", ""
    if certificate is not None:
        names = shown_text(", ".join(certificate.all_names)) or "no name at all"
        if certificate.not_after:
            begin, end = _day(certificate.not_before), _day(certificate.not_after)
            dates = f"It is valid from {begin} to {end}. "
    made = outcome(name, host=host, detail=detail, names=names, dates=dates, now=_day(time.time()))
    if certificate is None:
        return made
    is_name = name == "tls-wrong-name"
    return made.with_offer(offer_name(certificate) if is_name else offer_pin(certificate))


def _day(seconds: float) -> str:
    # gmtime fails on some systems beyond what they can count; certificates end in 9999.
    moment = dt.datetime.fromtimestamp(0, dt.UTC) + dt.timedelta(seconds=seconds)
    return f"{moment:%Y-%m-%d}"


class TlsStream:
    """TLS upon ``below``; ``version`` is for instance ``TLS 1.3`` once the hand-shake is through.

    ``host`` is the name to ask for and to verify. With a fingerprint in ``pinned`` the server must
    show that very certificate: nothing else of it counts, and nothing is sent before.
    """

    def __init__(
        self, below: Stream, context: ssl.SSLContext, host: str, address: str, pinned: str = ""
    ) -> None:
        self._below = below
        self._host = host
        self._address = address
        self._pinned = plain_fingerprint(pinned)
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        # Neither the zone of an IPv6 address nor a dot at the end stands in a certificate.
        name = host.partition("%")[0].removesuffix(".")
        try:
            self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=name)
        except ValueError as error:
            raise ended("bad-host", host=host) from error
        self._held = memoryview(b"")
        self._first = b""
        self._more = False

    @property
    def version(self) -> str:
        """Version of TLS in use, as people write it."""
        return (self._tls.version() or "TLS").replace("TLSv", "TLS ")

    @property
    def heard_tls(self) -> bool:
        """True when the other side has answered with a TLS record."""
        return bool(self._first)

    @property
    def wants_write(self) -> bool:
        """True while encrypted bytes wait for the stream below."""
        return bool(self._held) or self._outgoing.pending > 0 or self._below.wants_write

    def fileno(self) -> int:
        """Return the file descriptor of the stream below."""
        return self._below.fileno()

    def advance(self) -> bool:
        """Go on with the hand-shake as far as possible; True when it is through."""
        try:
            # One step first: ClientHello is ours to send before anything can arrive.
            if self._step():
                return True
            while data := self._below.receive():
                self._take_first(data)
                self._incoming.write(data)
                if self._step():
                    return True
        except (StreamClosed, StreamLost) as error:
            raise ended("tls-cut", address=self._address) from error
        return False

    def _step(self) -> bool:
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        except (ssl.SSLError, ssl.CertificateError) as error:
            raise self._translated(error) from error
        else:
            if self._pinned:
                self._check_pin()
            self._more = self._incoming.pending > 0
            return True
        finally:
            with contextlib.suppress(StreamLost):
                self.flush()

    def _check_pin(self) -> None:
        der = self._tls.getpeercert(True) or b""
        if fingerprint_of(der) == self._pinned:
            return
        # The other one must not even get the end of the hand-shake, where a client certificate is.
        self._outgoing.read()
        made = outcome(
            "tls-other-certificate",
            host=self._host,
            shown=grouped_fingerprint(fingerprint_of(der)),
            pinned=grouped_fingerprint(self._pinned),
        )
        offer = offer_pin(read_certificate(der), "Trust the new certificate…")
        raise ConnectionEnded(made.with_offer(offer))

    def certificates(self) -> list[bytes]:
        """Return what the server showed, DER, its own certificate first; [] before the hand-shake is through."""
        with contextlib.suppress(ValueError, AttributeError, ssl.SSLError):
            if hasattr(self._tls, "get_unverified_chain"):  # from Python 3.13 on
                return list(self._tls.get_unverified_chain())
            inner = self._tls._sslobj  # type: ignore[attr-defined]  # noqa: SLF001
            return [one.public_bytes(_DER) for one in inner.get_unverified_chain()]
        with contextlib.suppress(ValueError):
            der = self._tls.getpeercert(True)
            return [der] if der else []
        return []

    def _take_first(self, data: bytes) -> None:
        if not self._first and data[0] not in (_ALERT, _HANDSHAKE):
            raise ended("tls-plain-port", address=self._address, shown=shown(data))
        self._first = self._first or data[:1]

    def receive(self) -> bytes:
        """Read once below and return all that this decrypts to."""
        data = b"" if self._more else self._below.receive()
        if data:
            self._incoming.write(data)
        elif not self._more:
            return b""
        parts: list[bytes] = []
        size = 0
        self._more = False
        try:
            while size < READ_SIZE:
                part = self._tls.read(READ_SIZE)
                if not part:
                    # close_notify; the data before it first.
                    if not parts:
                        raise StreamClosed
                    self._more = True
                    break
                parts.append(part)
                size += len(part)
            else:
                self._more = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as error:
            raise self._translated(error) from error
        # Reading may have made an answer: a key update, for instance.
        if self._outgoing.pending:
            self.flush()
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def has_pending(self) -> bool:
        """Tell whether records wait here that the socket knows nothing of."""
        return self._more or self._below.has_pending()

    def send(self, data: memoryview) -> int:
        """Encrypt a piece, unless the piece before has not left yet."""
        self.flush()
        if self.wants_write:
            return 0
        try:
            taken = self._tls.write(data[:_LARGEST_SEND])
        except ssl.SSLWantReadError:
            return 0
        except ssl.SSLError as error:
            raise self._translated(error) from error
        self.flush()
        return taken

    def flush(self) -> None:
        """Hand encrypted bytes to the stream below as far as it takes them."""
        while True:
            if not self._held:
                if not self._outgoing.pending:
                    break
                self._held = memoryview(self._outgoing.read())
            taken = self._below.send(self._held)
            if not taken:
                break
            self._held = self._held[taken:]
        self._below.flush()

    def finish(self) -> None:
        """Send close_notify and end the stream below."""
        with contextlib.suppress(ssl.SSLError, StreamClosed, StreamLost, ConnectionEnded):
            self._tls.unwrap()
        with contextlib.suppress(StreamClosed, StreamLost, ConnectionEnded):
            self.flush()
        self._below.finish()

    def close(self) -> None:
        """Close the stream below."""
        self._below.close()

    def _translated(self, error: ssl.SSLError | ssl.CertificateError) -> ConnectionEnded:
        """Find the sentence for what OpenSSL says."""
        if isinstance(error, ssl.SSLCertVerificationError):
            name = _BY_VERIFY_CODE.get(error.verify_code, "tls-certificate")
            return CertificateRefused(name, self._host, shown_text(error.verify_message))
        reason = str(getattr(error, "reason", None) or error)
        facts = {"address": self._address, "detail": _alert_text(reason)}
        if "CERTIFICATE_REQUIRED" in reason or "PEER_DID_NOT_RETURN_A_CERTIFICATE" in reason:
            return ended("tls-client-certificate-required", **facts)
        if "PROTOCOL_VERSION" in reason or reason == "UNSUPPORTED_PROTOCOL":
            return ended("tls-too-old", **facts)
        if "ALERT" in reason and any(alert in reason for alert in _CLIENT_CERTIFICATE_ALERTS):
            return ended("tls-client-certificate-refused", **facts)
        if any(word in reason for word in _NO_COMMON):
            return ended("tls-no-common", **facts)
        return ended("tls-error", **facts)


def _alert_text(reason: str) -> str:
    words = reason.removeprefix("TLSV1_ALERT_").removeprefix("TLSV13_ALERT_")
    words = words.removeprefix("SSLV3_ALERT_").replace("_", " ")
    return shown_text(words.lower() if words.isupper() else words)
