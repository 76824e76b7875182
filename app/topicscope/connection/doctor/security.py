"""What the TLS hand-shake shows in passing: the server's certificates, and whether it asks for ours.

The certificates are taken down as they arrive, before they are verified, so that a refused one can
still be shown and pinned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl

_CERTIFICATE, _CERTIFICATE_REQUEST = 11, 13
"""Types of hand-shake messages (RFC 8446 section 4)."""

_MOST_CERTIFICATES = 16


class OverheardHandshake:
    """Listen to the hand-shakes of one context.

    Attributes:
        chain: the certificates that the server sent, DER, its own first.
        asked: it asked for a client certificate.

    """

    def __init__(self, context: ssl.SSLContext) -> None:
        self.chain: list[bytes] = []
        self.asked = False
        # The only way to see a chain that is refused, and the request; CPython keeps it for debugging.
        context._msg_callback = self._take  # type: ignore[attr-defined]  # noqa: SLF001

    def _take(
        self,
        _connection: object,
        direction: str,
        version: int,
        content_type: int,
        message_type: int,
        data: bytes,
    ) -> None:
        if direction != "read" or content_type != 22:
            return
        if message_type == _CERTIFICATE_REQUEST:
            self.asked = True
        elif message_type == _CERTIFICATE:
            self.chain = read_certificates(data, with_extensions=version >= 0x0304)


def read_certificates(message: bytes, *, with_extensions: bool) -> list[bytes]:
    """Return the certificates of a Certificate message (RFC 8446 section 4.4.2, RFC 5246 section 7.4.2).

    What is cut short or makes no sense ends the list.
    """
    position = 4
    if with_extensions:
        position += 1 + (message[position] if len(message) > position else 0)
    position += 3
    found: list[bytes] = []
    while len(found) < _MOST_CERTIFICATES:
        length = int.from_bytes(message[position : position + 3], "big")
        certificate = message[position + 3 : position + 3 + length]
        if not length or len(certificate) < length:
            break
        found.append(certificate)
        position += 3 + length
        if with_extensions:
            position += 2 + int.from_bytes(message[position : position + 2], "big")
    return found
