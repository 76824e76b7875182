"""The question whether one certificate, of which nothing here vouches, is to be trusted by its fingerprint."""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QVBoxLayout

from topicscope.connection.certificates import grouped_fingerprint
from topicscope.gui.icons import icon
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.facts import FactsCard
from topicscope.gui.widgets.labels import WrappedLabel, strong_label
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
    names = ", ".join(certificate.names) or "none"
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


class CertificateQuestion(QDialog):
    """Shows whom a certificate is for, who signed it and its fingerprint; Enter and Escape do not trust it."""

    def __init__(
        self, certificate: CertificateFacts, name: str, parent: QWidget | None = None
    ) -> None:
        """Ask for the profile of that name."""
        super().__init__(parent)
        self.setObjectName("certificate-question")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Trust this certificate?")
        self.yes_button = push_button("Trust it for this connection", parent=self)
        self.no_button = push_button("Do not trust it", kind="primary", parent=self)
        self.yes_button.clicked.connect(self.accept)
        self.no_button.clicked.connect(self.reject)
        self.no_button.setDefault(True)
        self.facts = FactsCard(parent=self)
        self.facts.setFixedWidth(WIDTH - 32)
        self.facts.set_rows(certificate_rows(certificate, time.time()))
        self._lay_out(name)
        self.no_button.setFocus()

    def _lay_out(self, name: str) -> None:
        picture = QLabel(self)
        picture.setPixmap(icon("triangle-alert", "warning").pixmap(20, 20))
        words = WrappedLabel(0, self)
        words.setFixedWidth(WIDTH - 64)
        words.setText(_CONSEQUENCE)
        sentences = QVBoxLayout()
        sentences.setSpacing(8)
        shown = name if len(name) <= 50 else f"{name[:49]}…"
        sentences.addWidget(strong_label(f"Trust this certificate for “{escape(shown)}”?"))
        sentences.addWidget(words)
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(sentences, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        buttons.addWidget(self.yes_button)
        buttons.addWidget(self.no_button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(16, 16, 16, 16)
        whole.setSpacing(16)
        whole.addLayout(top)
        whole.addWidget(self.facts)
        whole.addLayout(buttons)
        whole.setSizeConstraint(QVBoxLayout.SizeConstraint.SetFixedSize)


def _day(seconds: float) -> str:
    # Some systems cannot count to the year 9999, in which certificates end.
    moment = dt.datetime.fromtimestamp(0, dt.UTC) + dt.timedelta(seconds=seconds)
    return f"{moment:%Y-%m-%d}"
