"""SCRAM-SHA-256, the client's side (RFC 5802, RFC 7677), without any I/O.

The password never leaves: the server learns that we know it, and proves that it knows it as well.
Channel binding is not offered (``n,,``).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import stringprep
import unicodedata

METHOD = "SCRAM-SHA-256"

_GS2_HEADER = "n,,"
_MOST_ITERATIONS = 1_000_000
"""More would keep this computer busy for longer than anybody wants, and no server needs it."""

_PROHIBITED = (
    stringprep.in_table_c12,
    stringprep.in_table_c21_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
    stringprep.in_table_a1,
)


class ScramError(ValueError):
    """The exchange cannot go on; the text is the end of a sentence."""


class ScramClient:
    """One exchange: ``first``, then ``final`` with the server's answer, then ``verify``.

    Raises ScramError where user name or password have characters that SASLprep forbids (RFC 4013).
    """

    def __init__(self, username: str, password: str, nonce: str | None = None) -> None:
        self._password = prepare(password).encode()
        name = prepare(username).replace("=", "=3D").replace(",", "=2C")
        self._nonce = secrets.token_urlsafe(24) if nonce is None else nonce
        self._first_bare = f"n={name},r={self._nonce}"
        self._server_signature: bytes | None = None
        self.is_verified = False
        """True once the server has proved that it knows the password."""

    def first(self) -> bytes:
        """Return the client-first-message."""
        return (_GS2_HEADER + self._first_bare).encode()

    def final(self, server_first: bytes) -> bytes:
        """Return the client-final-message for the server-first-message; raises ScramError."""
        text = _text(server_first)
        fields = _fields(text)
        if "m" in fields:
            raise ScramError("the server asks for an extension of SCRAM that is not known")
        nonce = fields.get("r", "")
        if not nonce.startswith(self._nonce) or len(nonce) == len(self._nonce):
            raise ScramError("the server did not go on from our nonce")
        salted = hashlib.pbkdf2_hmac(
            "sha256", self._password, _base64(fields.get("s", ""), "salt"), _iterations(fields)
        )
        binding = base64.b64encode(_GS2_HEADER.encode()).decode()
        without_proof = f"c={binding},r={nonce}"
        message = f"{self._first_bare},{text},{without_proof}".encode()
        client_key = _mac(salted, b"Client Key")
        signature = _mac(hashlib.sha256(client_key).digest(), message)
        proof = bytes(one ^ other for one, other in zip(client_key, signature, strict=True))
        self._server_signature = _mac(_mac(salted, b"Server Key"), message)
        return f"{without_proof},p={base64.b64encode(proof).decode()}".encode()

    def verify(self, server_final: bytes) -> None:
        """Check the server-final-message; raises ScramError when the server does not know the password."""
        fields = _fields(_text(server_final))
        if "e" in fields:
            raise ScramError(f"the server says {_printable(fields['e'])}")
        signature = _base64(fields.get("v", ""), "signature")
        if self._server_signature is None or not hmac.compare_digest(
            signature, self._server_signature
        ):
            raise ScramError("the server could not prove that it knows the password")
        self.is_verified = True


def prepare(text: str) -> str:
    """Return ``text`` as SASLprep wants it (RFC 4013); raises ScramError."""
    mapped = "".join(
        " " if stringprep.in_table_c12(sign) else sign
        for sign in text
        if not stringprep.in_table_b1(sign)
    )
    prepared = unicodedata.ucd_3_2_0.normalize("NFKC", mapped)
    for sign in prepared:
        if any(is_in(sign) for is_in in _PROHIBITED):
            raise ScramError(
                f"user name and password must not have U+{ord(sign):04X} in them (RFC 4013)"
            )
    _check_directions(prepared)
    return prepared


def _check_directions(text: str) -> None:
    """Refuse a mixture of writing directions (RFC 3454 section 6)."""
    if not any(stringprep.in_table_d1(sign) for sign in text):
        return
    ends_right = stringprep.in_table_d1(text[0]) and stringprep.in_table_d1(text[-1])
    if not ends_right or any(stringprep.in_table_d2(sign) for sign in text):
        raise ScramError("user name or password mixes writing directions (RFC 3454 section 6)")


def _iterations(fields: dict[str, str]) -> int:
    given = fields.get("i", "")
    if not (given.isascii() and given.isdigit() and len(given) < 10) or not int(given):
        raise ScramError("the server gives no iteration count")
    if int(given) > _MOST_ITERATIONS:
        raise ScramError(
            f"the server asks for {int(given):,} iterations; at most {_MOST_ITERATIONS:,} are done"
        )
    return int(given)


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise ScramError("the server's Authentication Data is not text") from error


def _fields(text: str) -> dict[str, str]:
    """Return the attributes, of one letter each (RFC 5802 section 5.1)."""
    fields: dict[str, str] = {}
    for part in text.split(","):
        name, equals, value = part.partition("=")
        if len(name) != 1 or not equals or name in fields:
            raise ScramError("the server's Authentication Data is not a message of SCRAM")
        fields[name] = value
    return fields


def _base64(text: str, what: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ScramError(f"the server's {what} is not Base64") from error
    if not data:
        raise ScramError(f"the server gives no {what}")
    return data


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in text[:60])
