"""The question whether one certificate, of which nothing here vouches, is to be trusted by its fingerprint."""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING

from topicscope.connection.certificates import grouped_fingerprint
from topicscope.gui.dialogs.question import Question
from topicscope.gui.widgets.facts import FactsCard
from topicscope.payload.text import escape

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from topicscope.connection.certificates import CertificateFacts

WIDTH = 600
_CONSEQUENCE = (
    "Nothing vouches for this certificate. Compare its fingerprint with one that you got another way, for instance "
    "from whoever runs the broker. If you trust it, this connection accepts this one certificate and no other; no "
    "other connection does."
)


def certificate_rows(certificate: CertificateFacts, now: float) -> list[tuple[str, str, str]]:
    """Return what a certificate says of itself as rows of name, words and tone."""
    names = ", ".join(certificate.all_names) or "none"
    issuer = "itself (self-signed)" if certificate.self_signed else certificate.issuer or "not said"
    rows = [
        ("For", escape(certificate.subject) or "cannot be read", ""),
        ("Names", escape(names), ""),
        ("Signed by", escape(issuer), "warning" if certificate.self_signed else ""),
    ]
    if certificate.not_after:
        tone = "" if certificate.not_before <= now <= certificate.not_after else "error"
        valid = f"{_day(certificate.not_before)} to {_day(certificate.not_after)}"
        if now > certificate.not_after:
            valid += " (expired)"
        elif now < certificate.not_before:
            valid += " (not yet)"
        rows.append(("Valid", valid, tone))
    digits = grouped_fingerprint(certificate.fingerprint)
    half = len(digits) // 2 + 1
    rows.append(("SHA-256", f"{digits[:half]}\n{digits[half:]}", "mono"))
    return rows


class CertificateQuestion(Question):
    """Shows whom a certificate is for, who signed it and its fingerprint; Enter and Escape do not trust it."""

    def __init__(
        self, certificate: CertificateFacts, name: str, parent: QWidget | None = None
    ) -> None:
        """Ask for the profile of that name."""
        self.facts = FactsCard()
        self.facts.setFixedWidth(WIDTH - 32)
        self.facts.set_rows(certificate_rows(certificate, time.time()))
        shown = name if len(name) <= 50 else f"{name[:49]}…"
        super().__init__(
            f"Trust this certificate for “{escape(shown)}”?",
            _CONSEQUENCE,
            "Trust it for this connection",
            "Do not trust it",
            parent,
            width=WIDTH,
            facts=self.facts,
        )
        self.setObjectName("certificate-question")
        self.setWindowTitle("Trust this certificate?")


def _day(seconds: float) -> str:
    # Some systems cannot count to the year 9999, in which certificates end.
    moment = dt.datetime.fromtimestamp(0, dt.UTC) + dt.timedelta(seconds=seconds)
    return f"{moment:%Y-%m-%d}"
