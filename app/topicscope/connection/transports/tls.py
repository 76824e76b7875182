"""TLS over another stream, with every failure in words.

OpenSSL works on memory here and never on the socket: one system call brings many records, the first
bytes of a server that speaks no TLS can be shown, and nothing can block. The server's certificate is
verified unless the profile says otherwise.
"""

from __future__ import annotations

import contextlib
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

from topicscope.connection.outcomes import ConnectionEnded, ended, shown, shown_text
from topicscope.connection.transports.stream import READ_SIZE, Stream, StreamClosed, StreamLost

if TYPE_CHECKING:
    from topicscope.profiles.profile import Profile

_ALERT, _HANDSHAKE = 21, 22
"""Content types of a TLS record (RFC 8446 section 5.1)."""

_LARGEST_SEND = 65_536

_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
"""Where systems keep their authorities, for an OpenSSL that was built on another system."""

_BY_VERIFY_CODE = {
    9: "tls-not-yet-valid",
    10: "tls-expired",
    18: "tls-self-signed",
    19: "tls-self-signed",
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


class _KeyIsEncryptedError(Exception):
    """OpenSSL asked for a pass phrase."""


def make_context(profile: Profile) -> ssl.SSLContext:
    """Make the settings of TLS for ``profile``; reads its files. Raises ConnectionEnded."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if profile.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif profile.ca_file:
        _load_authorities(context, profile.ca_file)
    else:
        _load_system_authorities(context)
    if profile.alpn:
        context.set_alpn_protocols(list(profile.alpn))
    if profile.certificate_file:
        _load_client_certificate(context, profile.certificate_file, profile.key_file)
    return context


def _load_authorities(context: ssl.SSLContext, path: str) -> None:
    try:
        context.load_verify_locations(cafile=path)
    except OSError as error:
        raise ended("tls-file", what="CA file", path=path, detail=_file_problem(error)) from error


def _load_system_authorities(context: ssl.SSLContext) -> None:
    context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    paths = ssl.get_default_verify_paths()
    if paths.cafile or paths.capath or context.cert_store_stats()["x509_ca"]:
        return
    for bundle in _BUNDLES:
        if Path(bundle).is_file():
            context.load_verify_locations(cafile=bundle)
            return


def _load_client_certificate(context: ssl.SSLContext, certificate: str, key: str) -> None:
    try:
        # Without a callback OpenSSL asks on the terminal and blocks.
        context.load_cert_chain(certificate, key or None, password=_refuse_to_ask)
    except _KeyIsEncryptedError as error:
        raise ended("tls-key-encrypted", path=key or certificate) from error
    except OSError as error:
        if isinstance(error, ssl.SSLError) and error.reason == "KEY_VALUES_MISMATCH":
            raise ended(
                "tls-file",
                what="key",
                path=key or certificate,
                detail="it is not the key of the certificate",
            ) from error
        path = certificate
        if key and Path(certificate).is_file() and not Path(key).is_file():
            path = key
        raise ended(
            "tls-file", what="client certificate or key", path=path, detail=_file_problem(error)
        ) from error


def _refuse_to_ask() -> str:
    raise _KeyIsEncryptedError


def _file_problem(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return "it holds nothing in PEM format that can be read"
    text = error.strerror or str(error)
    return text[0].lower() + text[1:]


class TlsStream:
    """TLS upon ``below``; ``version`` is for instance ``TLS 1.3`` once the hand-shake is through."""

    def __init__(self, below: Stream, context: ssl.SSLContext, host: str, address: str) -> None:
        self._below = below
        self._host = host
        self._address = address
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
            self._more = self._incoming.pending > 0
            return True
        finally:
            with contextlib.suppress(StreamLost):
                self.flush()

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
            return ended(name, host=self._host, detail=shown_text(error.verify_message))
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
