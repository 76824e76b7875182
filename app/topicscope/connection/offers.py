"""What one click can change in a profile after a failure; a person decides, never the program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from topicscope.connection.certificates import CertificateFacts
    from topicscope.profiles.profile import Profile

OfferKind = Literal[
    "pin",
    "tls_on",
    "tls_off",
    "new_client_identifier",
    "go_to",
    "use_name",
    "websocket",
    "websocket_without_tls",
]


@dataclass(frozen=True, slots=True)
class Offer:
    """Offer a change under the button `text`.

    Attributes:
        kind: what to change: trust one certificate (``pin``), TLS, the Client Identifier, the server
            (``go_to``), the name that is verified (``use_name``), or TCP to WebSocket, and its path.
        text: label of the button.
        value: what to put in: a fingerprint, a Server Reference, a name, a path; empty where `kind` says all.
        certificate: the certificate that it is about, to be looked at before the click.

    """

    kind: OfferKind
    text: str
    value: str = ""
    certificate: CertificateFacts | None = None


_NEW_IDENTIFIER = Offer("new_client_identifier", "Use a new Client Identifier")

OFFERS: dict[str, Offer] = {
    "needs-tls": Offer("tls_on", "Switch TLS on"),
    "tls-plain-port": Offer("tls_off", "Switch TLS off"),
    "tls-cut": Offer("tls_off", "Switch TLS off"),
    "http-answer": Offer("websocket", "Use WebSocket"),
    "closed-again": _NEW_IDENTIFIER,
}
"""Offers that are always the same, by the name of the outcome."""


def with_offer(profile: Profile, offer: Offer) -> Profile:
    """Return the profile as `offer` changes it.

    A new Client Identifier and another server are more than that: with those it stays as it is.
    """
    changes: dict[str, object] = {}
    match offer.kind:
        case "pin":
            changes = {"pinned_certificate": offer.value, "insecure": False}
        case "use_name":
            changes = {"server_name": offer.value}
        case "tls_on" | "tls_off":
            changes = {"tls": offer.kind == "tls_on"}
        case "websocket" | "websocket_without_tls":
            changes = {"transport": "websocket"}
            if offer.kind == "websocket_without_tls":
                changes["tls"] = False
            if offer.value:
                query = profile.path.partition("?")[1:]
                changes["path"] = offer.value + "".join(query)
    return msgspec.structs.replace(profile, **changes)


def offer_pin(certificate: CertificateFacts, text: str = "Trust this certificate…") -> Offer:
    """Offer to trust this one certificate, for this profile."""
    return Offer("pin", text, certificate.fingerprint, certificate)


def offer_name(certificate: CertificateFacts) -> Offer:
    """Offer to verify a name that the certificate has; one without such a name can be pinned."""
    name = certificate.usable_name
    if not name:
        return offer_pin(certificate)
    return Offer("use_name", f"Verify as “{name}”", name, certificate)


def offer_identifier() -> Offer:
    """Offer a new Client Identifier."""
    return _NEW_IDENTIFIER


def offer_server(reference: str) -> Offer | None:
    """Offer the server that a Server Reference names (section 4.11), the first of several; None without one."""
    servers = reference.split()
    return Offer("go_to", f"Go to {servers[0]}", servers[0]) if servers else None
