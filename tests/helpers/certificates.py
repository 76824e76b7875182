"""Certificates for TLS tests, made when a test needs them and good only in its folder."""

from __future__ import annotations

import datetime as dt
import ipaddress
from typing import TYPE_CHECKING, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from pathlib import Path

_NOW = dt.datetime.now(dt.UTC)
_DAY = dt.timedelta(days=1)


class Pair(NamedTuple):
    """Files of a certificate and its key, both PEM."""

    certificate: Path
    key: Path


class Authority:
    """A certificate authority that lives in `folder`."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(name)
        self._certificate = _builder(self._name, self._name, self._key).sign(
            self._key, hashes.SHA256()
        )
        self.ca_file = folder / f"{name}.pem"
        self.ca_file.write_bytes(self._certificate.public_bytes(serialization.Encoding.PEM))

    def issue(
        self,
        file_name: str,
        names: tuple[str, ...] = ("localhost", "127.0.0.1", "::1"),
        *,
        begin: dt.timedelta = -_DAY,
        end: dt.timedelta = _DAY,
        passphrase: bytes | None = None,
        has_alternative_names: bool = True,
    ) -> Pair:
        """Sign a certificate for `names`, good from now + `begin` to now + `end`.

        Without alternative names only the first name is in it, as its common name.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(_name(names[0]), self._name, key, begin, end, authority=False)
        if has_alternative_names:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False
            )
        certificate = builder.sign(self._key, hashes.SHA256())
        return _write(self._folder, file_name, certificate, key, passphrase)


def self_signed(folder: Path, file_name: str = "self-signed") -> Pair:
    """Make a certificate for localhost that only vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("localhost")
    builder = _builder(name, name, key).add_extension(
        x509.SubjectAlternativeName([_general_name(n) for n in ("localhost", "127.0.0.1")]),
        critical=False,
    )
    return _write(folder, file_name, builder.sign(key, hashes.SHA256()), key, None)


def as_pkcs12(pair: Pair, passphrase: bytes | None) -> Path:
    """Write a pair as one PKCS#12 file beside it; its key must not be encrypted."""
    path = pair.certificate.with_suffix(".p12")
    key = serialization.load_pem_private_key(pair.key.read_bytes(), None)
    certificate = x509.load_pem_x509_certificate(pair.certificate.read_bytes())
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        encryption = serialization.BestAvailableEncryption(passphrase)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    path.write_bytes(
        pkcs12.serialize_key_and_certificates(b"client", key, certificate, None, encryption)
    )
    return path


def fingerprint(pair: Pair) -> str:
    """Return the SHA-256 fingerprint of a certificate."""
    certificate = x509.load_pem_x509_certificate(pair.certificate.read_bytes())
    return certificate.fingerprint(hashes.SHA256()).hex()


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    begin: dt.timedelta = -_DAY,
    end: dt.timedelta = _DAY,
    *,
    authority: bool = True,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_NOW + begin)
        .not_valid_after(_NOW + end)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )


def _write(
    folder: Path,
    file_name: str,
    certificate: x509.Certificate,
    key: ec.EllipticCurvePrivateKey,
    passphrase: bytes | None,
) -> Pair:
    pair = Pair(folder / f"{file_name}.pem", folder / f"{file_name}.key")
    pair.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        encryption = serialization.BestAvailableEncryption(passphrase)
    pair.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    )
    return pair


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _general_name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)
