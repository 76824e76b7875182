"""How a connection can end, in words: what was tried, what answered, what to do next.

`connection.sentences` holds every sentence; the rest of the room names an entry and gives the
facts. Facts that come from the network are escaped by ``shown`` before they get here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from topicscope.connection.offers import OFFERS, Offer
from topicscope.connection.sentences import SENTENCES, Retry

__all__ = [
    "ConnectionEnded",
    "Offer",
    "Outcome",
    "Retry",
    "ended",
    "names",
    "outcome",
    "shown",
    "shown_text",
]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Say why a connection ended or did not come about."""

    reason: str
    text: str
    remedy: str
    retry: Retry
    reason_code: int | None = None
    offer: Offer | None = None
    """What one click can change in the profile to get further."""

    def with_offer(self, offer: Offer | None) -> Outcome:
        """Return the same outcome with another offer."""
        return replace(self, offer=offer)

    def with_text(self, text: str) -> Outcome:
        """Return the same outcome under another sentence."""
        return replace(self, text=text)


class ConnectionEnded(Exception):  # noqa: N818 - an end is a result, not always an error
    """Carries the outcome from wherever the end was noticed up to the supervisor."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.text)
        self.outcome = outcome


def outcome(name: str, **facts: object) -> Outcome:
    """Make the outcome called ``name`` of the table, with its facts filled in."""
    reason, text, remedy, retry = SENTENCES[name]
    text, remedy = text.format_map(facts), remedy.format_map(facts)
    return Outcome(reason, text, remedy, retry, offer=OFFERS.get(name))


def ended(name: str, **facts: object) -> ConnectionEnded:
    """Make the exception for the outcome called ``name``."""
    return ConnectionEnded(outcome(name, **facts))


def names() -> list[str]:
    """Return the names of all outcomes, for the test that meets each of them."""
    return list(SENTENCES)


def shown(data: bytes, limit: int = 60) -> str:
    """Show bytes from the network as one line of printable ASCII; the rest is escaped."""
    head = "".join(_escaped(byte) for byte in data[:limit])
    return f"“{head}{'…' if len(data) > limit else ''}”"


def shown_text(text: str, limit: int = 200) -> str:
    """Show text from the network on one line: what is not printable is escaped."""
    head = "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode()
        for sign in text[:limit]
    )
    return head + ("…" if len(text) > limit else "")


def _escaped(byte: int) -> str:
    if byte in b"\r\n\t":
        return {13: "\\r", 10: "\\n", 9: "\\t"}[byte]
    return chr(byte) if 0x20 <= byte < 0x7F else f"\\x{byte:02x}"
