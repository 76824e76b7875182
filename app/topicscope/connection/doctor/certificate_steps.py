"""What the certificates of a hand-shake say: dates, names, issuer, and what is wrong with all of them."""

from __future__ import annotations

import ipaddress
import time
from typing import TYPE_CHECKING

from topicscope.connection.certificates import grouped_fingerprint, read_chain
from topicscope.connection.outcomes import shown_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from topicscope.connection.certificates import CertificateFacts
    from topicscope.connection.doctor.step import Details

_SOON_S = 14 * 86_400.0
_MOST_NAMES = 12


def facts_of(chain: Sequence[bytes]) -> CertificateFacts | None:
    """Read what a server has sent; None where it sent nothing."""
    return read_chain(chain) if chain else None


def certificate_details(facts: CertificateFacts) -> Details:
    """Show a certificate and its chain, for a person to compare."""
    rows = [
        ("Subject", shown_text(facts.subject)),
        ("Issuer", shown_text(facts.issuer)),
        ("Names", names_text(facts)),
        ("Valid from", date_text(facts.not_before)),
        ("Valid until", date_text(facts.not_after)),
        ("SHA-256", grouped_fingerprint(facts.fingerprint)),
    ]
    for number, link in enumerate(facts.chain, 1):
        until = date_text(link.not_after)
        rows.append((f"Chain {number}", f"{shown_text(link.subject)}, valid until {until}"))
    return tuple(rows)


def date_text(moment: float) -> str:
    """Write a moment as a certificate knows it, in UTC."""
    try:
        return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(moment))
    except (ValueError, OverflowError, OSError):
        return "a date beyond all calendars"


def names_text(facts: CertificateFacts) -> str:
    """List the names of a certificate; a long list is cut."""
    names = [shown_text(name, 80) for name in facts.all_names]
    more = len(names) - _MOST_NAMES
    if more > 0:
        names[_MOST_NAMES:] = [f"and {more} more"]
    return ", ".join(names) or "none"


def problems(facts: CertificateFacts, name: str, now: float, but: str = "") -> list[str]:
    """Say everything that is wrong with a certificate as it stands; OpenSSL names only the first.

    `but` is the name of the outcome that has been said already.
    """
    expired, begins = date_text(facts.not_after), date_text(facts.not_before)
    found = {
        "tls-expired": facts.not_after < now and f"It expired on {expired}.",
        "tls-not-yet-valid": facts.not_before > now and f"It is valid only from {begins} on.",
        "tls-wrong-name": not is_for(facts, name)
        and f"It is for {names_text(facts)}, not for {name}.",
        "tls-self-signed": facts.self_signed and "It is self-signed.",
    }
    return [text for key, text in found.items() if text and key != but]


def soon(facts: CertificateFacts, now: float) -> str:
    """Say that a certificate expires soon, or nothing."""
    left = facts.not_after - now
    if left > _SOON_S:
        return ""
    days = int(left // 86_400)
    span = "today or tomorrow" if days < 1 else f"in {days} day{'' if days == 1 else 's'}"
    return f"It expires {span}, on {date_text(facts.not_after)}."


def is_for(facts: CertificateFacts, name: str) -> bool:
    """Tell whether a certificate is for this host name or address (RFC 9525 section 6)."""
    name = name.partition("%")[0].rstrip(".").lower()
    try:
        address = str(ipaddress.ip_address(name))
    except ValueError:
        return any(_matches(known.lower(), name) for known in facts.all_names)
    return address in facts.names


def _matches(known: str, name: str) -> bool:
    if known == name:
        return True
    first, _, rest = known.partition(".")
    return first == "*" and bool(rest) and name.partition(".")[2] == rest
