"""What a certificate says, for the sentence that refuses it and for the person who decides.

Nothing here vouches for anything: the facts of a certificate that was not verified are claims.
"""

from __future__ import annotations

import contextlib
import hashlib
import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography import x509

_MOST_IN_A_CHAIN = 10


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """Describe one certificate; `not_before` and `not_after` are ``time.time`` seconds.

    `names` are the alternative names; where none of them is a host name, OpenSSL looks at `common_name`, too.
    `fingerprint` is the SHA-256 of its DER form, 64 small hexadecimal digits. `chain` holds the
    certificates that the server sent with it, in its order.
    """

    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: float
    not_after: float
    fingerprint: str
    self_signed: bool
    chain: tuple[CertificateFacts, ...] = ()
    common_name: str = ""

    @property
    def all_names(self) -> tuple[str, ...]:
        """What the certificate is for, as OpenSSL sees it."""
        return (*self.names, self.common_name) if self.common_name else self.names

    @property
    def usable_name(self) -> str:
        """The first name that a server can be asked for: none with a wildcard; "" without one."""
        return next((name for name in self.all_names if "*" not in name), "")


def fingerprint_of(der: bytes) -> str:
    """Return the SHA-256 fingerprint of a certificate in DER form."""
    return hashlib.sha256(der).hexdigest()


def plain_fingerprint(text: str) -> str:
    """Return a fingerprint as 64 small digits, however people wrote it: with colons, spaces, capitals."""
    return "".join(text.lower().replace(":", " ").split())


def grouped_fingerprint(fingerprint: str) -> str:
    """Write a fingerprint as other programs show it: ``AB:CD:…``."""
    digits = plain_fingerprint(fingerprint).upper()
    return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))


def read_chain(chain: Sequence[bytes]) -> CertificateFacts:
    """Read a leaf and what came after it, all in DER form; never fails, as `read_certificate`."""
    leaf, *others = [read_certificate(der) for der in chain[:_MOST_IN_A_CHAIN]]
    return replace(leaf, chain=tuple(others))


def read_certificate(der: bytes) -> CertificateFacts:
    """Read one certificate in DER form; of one that cannot be read only the fingerprint is known."""
    from cryptography import x509

    fingerprint = fingerprint_of(der)
    # Certificates in the field break rules, each in another way; that must not hide the others' facts.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _facts(x509.load_der_x509_certificate(der), fingerprint)
        except Exception:  # noqa: BLE001 - a library in another language reads a stranger's bytes
            return CertificateFacts("", "", (), 0.0, 0.0, fingerprint, self_signed=False)


def _facts(certificate: x509.Certificate, fingerprint: str) -> CertificateFacts:
    names, common_name = _names(certificate)
    return CertificateFacts(
        subject=certificate.subject.rfc4514_string(),
        issuer=certificate.issuer.rfc4514_string(),
        names=names,
        common_name=common_name,
        not_before=certificate.not_valid_before_utc.timestamp(),
        not_after=certificate.not_valid_after_utc.timestamp(),
        fingerprint=fingerprint,
        self_signed=certificate.subject == certificate.issuer,
    )


def _names(certificate: x509.Certificate) -> tuple[tuple[str, ...], str]:
    """Return the alternative names, and the common name where it counts.

    By RFC 9525 section 2 it never does, but OpenSSL takes it where no alternative name is a host name.
    """
    from cryptography import x509

    names: list[str] = []
    addresses: list[str] = []
    with contextlib.suppress(x509.ExtensionNotFound, ValueError):
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        names = extension.value.get_values_for_type(x509.DNSName)
        addresses = [str(one) for one in extension.value.get_values_for_type(x509.IPAddress)]
    common = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    common_name = str(common[-1].value) if common and not names else ""
    return tuple(dict.fromkeys([*names, *addresses])), common_name
