"""The settings of TLS that a profile asks for: authorities, client certificate, key log.

All files are read here, before anything is sent, and each that cannot be used has its sentence.
Nobody is ever asked for a pass phrase on the terminal.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import ssl
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from topicscope.connection.outcomes import ended

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from topicscope.profiles.profile import Profile

_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
"""Where systems keep their authorities, for an OpenSSL that was built on another system."""

_PKCS12_VERSION = b"\x02\x01\x03"
"""INTEGER 3, which is how the content of a PKCS#12 file begins (RFC 7292 section 4)."""

_LARGEST_KEY_FILE = 1_000_000


class _NoPassphraseError(Exception):
    """OpenSSL asked for a pass phrase that nobody gave."""


def make_context(profile: Profile, passphrase: str | None = None) -> ssl.SSLContext:
    """Make the settings of TLS for ``profile``; reads its files. Raises ConnectionEnded.

    With a pinned certificate nothing is verified here: `TlsStream` compares the fingerprint.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if profile.insecure or profile.pinned_certificate:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif profile.ca_file:
        _load_authorities(context, profile.ca_file)
    else:
        _load_system_authorities(context)
    if profile.alpn:
        context.set_alpn_protocols(list(profile.alpn))
    if profile.certificate_file:
        _load_client_certificate(context, profile.certificate_file, profile.key_file, passphrase)
    if profile.tls_key_log_file:
        _log_keys(context, profile.tls_key_log_file)
    return context


# --- authorities ---


def _load_authorities(context: ssl.SSLContext, path: str) -> None:
    try:
        context.load_verify_locations(cafile=path)
    except (OSError, ValueError) as error:
        raise ended("tls-file", what="CA file", path=path, detail=_file_problem(error)) from error
    # Whoever gives the certificate of an intermediate authority, or of the broker, trusts just that.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN


def _load_system_authorities(context: ssl.SSLContext) -> None:
    context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    paths = ssl.get_default_verify_paths()
    if paths.cafile or paths.capath or context.cert_store_stats()["x509_ca"]:
        return
    for bundle in _BUNDLES:
        if Path(bundle).is_file():
            context.load_verify_locations(cafile=bundle)
            return


# --- client certificate ---


def _load_client_certificate(
    context: ssl.SSLContext, certificate: str, key: str, passphrase: str | None
) -> None:
    packed = _pkcs12_content(certificate)
    if packed is None:
        _load_pem(context, certificate, key, passphrase)
        return
    with _unpacked(packed, certificate, passphrase) as (path, password):
        context.load_cert_chain(path, password=password)


def _load_pem(context: ssl.SSLContext, certificate: str, key: str, passphrase: str | None) -> None:
    asked = False

    def password() -> str:
        nonlocal asked
        if passphrase is None:
            raise _NoPassphraseError
        asked = True
        return passphrase

    key_path = key or certificate
    try:
        # Without a callback OpenSSL asks on the terminal and blocks.
        context.load_cert_chain(certificate, key or None, password=password)
    except _NoPassphraseError as error:
        raise ended("tls-key-encrypted", path=key_path) from error
    except (OSError, ValueError) as error:
        if isinstance(error, ssl.SSLError) and error.reason == "KEY_VALUES_MISMATCH":
            detail = "it is not the key of the certificate"
            raise ended("tls-file", what="key", path=key_path, detail=detail) from error
        if asked and (isinstance(error, ssl.SSLError) or not isinstance(error, OSError)):
            raise ended("tls-wrong-passphrase", path=key_path) from error
        absent = key and Path(certificate).is_file() and not Path(key).is_file()
        raise ended(
            "tls-file",
            what="client certificate or key",
            path=key if absent else certificate,
            detail=_file_problem(error),
        ) from error


def _pkcs12_content(path: str) -> bytes | None:
    """Return the content of a PKCS#12 file, None of any other; OpenSSL says what is wrong with those."""
    with contextlib.suppress(OSError, ValueError), Path(path).open("rb") as file:
        content = file.read(_LARGEST_KEY_FILE)
        # SEQUENCE, then its length in one to five bytes, or 0x80 for a length that is not said.
        if content[:1] == b"\x30" and _PKCS12_VERSION in content[2:10]:
            return content
    return None


@contextlib.contextmanager
def _unpacked(
    content: bytes, path: str, passphrase: str | None
) -> Iterator[tuple[str, Callable[[], str]]]:
    """Lay certificate and key of a PKCS#12 file on the disk as PEM, for that is all that ssl reads.

    The key lies there encrypted under a password made for this moment.
    """
    password = secrets.token_hex(16)
    pem = _as_pem(content, path, passphrase, password.encode())
    # mkstemp makes files that only their owner may read.
    descriptor, name = tempfile.mkstemp(prefix="topicscope-", suffix=".pem")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
        yield name, password.__str__
    except OSError as error:
        detail = _file_problem(error)
        raise ended("tls-file", what="client certificate", path=path, detail=detail) from error
    finally:
        Path(name).unlink(missing_ok=True)


def _as_pem(content: bytes, path: str, passphrase: str | None, password: bytes) -> bytes:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.serialization import pkcs12

    with warnings.catch_warnings():
        # Files that other programs wrote use what is out of fashion; the person cannot mend that.
        warnings.simplefilter("ignore")
        try:
            secret = passphrase.encode() if passphrase else None
            store = pkcs12.load_pkcs12(content, secret)
        except ValueError as error:
            name = "tls-wrong-passphrase" if passphrase else "tls-key-encrypted"
            raise ended(name, path=path) from error
        except Exception as error:  # algorithms that this library does not know
            detail = "it is protected in a way that cannot be read"
            raise ended("tls-file", what="client certificate", path=path, detail=detail) from error
        if store.key is None or store.cert is None:
            detail = "it holds no certificate with its key"
            raise ended("tls-file", what="client certificate", path=path, detail=detail)
        chain = [store.cert, *store.additional_certs]
        parts = [one.certificate.public_bytes(serialization.Encoding.PEM) for one in chain]
        key = store.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(password),
        )
    return b"".join([*parts, key])


# --- key log ---


def _log_keys(context: ssl.SSLContext, path: str) -> None:
    """Let OpenSSL append the keys of each session to ``path``, which only its owner may read."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
        context.keylog_filename = path
    except (OSError, ValueError) as error:
        raise ended("tls-key-log", path=path, detail=_file_problem(error)) from error


def _file_problem(error: OSError | ValueError) -> str:
    if isinstance(error, ssl.SSLError):
        return "it holds nothing in PEM format that can be read"
    text = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return text[:1].lower() + text[1:]
