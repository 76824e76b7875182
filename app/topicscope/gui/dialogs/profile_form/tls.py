"""How the broker proves who it is, and how we do, in TLS."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec
from PySide6.QtCore import Signal

from topicscope.gui.dialogs.profile_form.page import ProfilePage, choice, choose, mono_field
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.fields.file_field import FileField
from topicscope.gui.widgets.fields.form_row import field_row
from topicscope.gui.widgets.fields.secret_field import SecretField
from topicscope.gui.widgets.labels import label

if TYPE_CHECKING:
    from topicscope.profiles.profile import Profile
    from topicscope.profiles.secrets import Secrets

_PEM: Final = "Certificates (*.pem *.crt *.cer);;All files (*)"
_CERTIFICATES: Final = "Certificates (*.pem *.crt *.cer *.p12 *.pfx);;All files (*)"
_KEYS: Final = "Private keys (*.pem *.key);;All files (*)"
_PKCS12: Final = (".p12", ".pfx")
SYSTEM, FILE, PINNED, NOT_AT_ALL = "system", "file", "pinned", "not"
_MODES: Final = (
    ("The authorities that this system trusts", SYSTEM),
    ("An authority of your own, from a CA file", FILE),
    ("This one certificate, by its fingerprint", PINNED),
    ("Not at all (insecure)", NOT_AT_ALL),
)
_MODE_HINTS: Final = {
    SYSTEM: "Right for brokers on the internet.",
    FILE: "Right for a broker with certificates made at home or at work.",
    PINNED: "Trusts exactly this certificate, whatever names and dates stand in it.",
    NOT_AT_ALL: "",
}
INSECURE_WARNING: Final = (
    "Anyone between here and the broker can read and change everything, the password included."
)
_NO_TLS: Final = "This connection goes without TLS: everyone on the way can read along."
_UNIX: Final = "A Unix domain socket is on this machine and goes without TLS."
_LOG_HINT: Final = (
    "For Wireshark. Anyone who has this file can read the whole connection, passwords included."
)


class TlsPage(ProfilePage):
    """Verification, name, client certificate, ALPN, key log."""

    title = "TLS"
    tls_wanted = Signal()
    """Somebody wants TLS switched on."""

    def build(self) -> None:
        """Make the rows."""
        self._mode_shown = SYSTEM
        self._build_off()
        self.verify = choice(*_MODES)
        self.ca_file = FileField("CA file", _PEM)
        self.fingerprint = mono_field("64 hexadecimal digits of SHA-256, colons are fine")
        self.server_name = mono_field("The host")
        self._verify_row = self.add_row("&Verify the broker by", self.verify)
        self._ca_row = self.add_row("CA fi&le", self.ca_file, says="CA file")
        self._pin_row = self.add_row("Fin&gerprint", self.fingerprint, says="Pinned certificate")
        self._name_row = self.add_row(
            "Server na&me",
            self.server_name,
            says="Server name",
            hint="Only where the certificate has another name than the host that you connect to.",
        )
        self._build_client()
        self.alpn = mono_field("None; several with commas, such as x-amzn-mqtt-ca")
        self.key_log = FileField("file for the keys of TLS", "All files (*)", new=True)
        self.key_log.edit.setPlaceholderText("None")
        more = [
            self.add_heading("For special cases"),
            self.add_row("AL&PN", self.alpn, says="ALPN"),
            self.add_row("Key lo&g", self.key_log, says="Key log", hint=_LOG_HINT),
        ]
        self._whole = [self._verify_row, *self._client, *more]
        self.watch(self.verify, self.ca_file, self.fingerprint, self.server_name)
        self.watch(self.certificate, self.key, self.passphrase, self.alpn, self.key_log)

    def show_profile(self, profile: Profile) -> None:
        """Show the fields of a profile."""
        self._mode_shown = _mode_of(profile)
        choose(self.verify, self._mode_shown)
        self.ca_file.set_text(profile.ca_file)
        self.fingerprint.setText(profile.pinned_certificate)
        self.server_name.setText(profile.server_name)
        self.certificate.set_text(profile.certificate_file)
        self.key.set_text(profile.key_file)
        self.alpn.setText(", ".join(profile.alpn))
        self.key_log.set_text(profile.tls_key_log_file)

    def applied(self, profile: Profile) -> Profile:
        """Return the profile with the fields of this page in it."""
        mode = self.verify.currentData()
        ca_file, pin = self.ca_file.text(), _plain(self.fingerprint.text())
        if mode != self._mode_shown:
            # What another way of verifying had in its field is not to come back by surprise.
            ca_file = ca_file if mode == FILE else ""
            pin = pin if mode == PINNED else ""
        names = (name.strip() for name in self.alpn.text().split(","))
        return msgspec.structs.replace(
            profile,
            insecure=mode == NOT_AT_ALL,
            ca_file=ca_file,
            pinned_certificate=pin,
            server_name=self.server_name.text().strip(),
            certificate_file=self.certificate.text(),
            key_file="" if self._has_key_inside() else self.key.text(),
            alpn=tuple(filter(None, names)),
            tls_key_log_file=self.key_log.text(),
        )

    def problem(self) -> str:
        """Return what is missing for the way of verifying, as a sentence that begins with its field."""
        mode = self.verify.currentData()
        if mode == FILE and not self.ca_file.text():
            return "CA file: it is missing; choose it, or trust what this system trusts."
        if mode == PINNED and not self.fingerprint.text().strip():
            return "Pinned certificate: its fingerprint is missing; the connection doctor shows it."
        return ""

    def adapt(self, profile: Profile) -> None:
        """Show what belongs to the way of verifying, or that there is no TLS."""
        for widget in self._whole:
            widget.setVisible(profile.tls)
        self._off_row.setVisible(not profile.tls)
        unix = profile.transport == "unix"
        self._off_words.setText(_UNIX if unix else _NO_TLS)
        self.tls_button.setVisible(not unix)
        mode = self.verify.currentData()
        insecure = mode == NOT_AT_ALL
        self._verify_row.set_hint(_MODE_HINTS[mode])
        self._verify_row.set_warning(INSECURE_WARNING if insecure and profile.tls else "")
        self._ca_row.setVisible(profile.tls and mode == FILE)
        self._pin_row.setVisible(profile.tls and mode == PINNED)
        self._name_row.setVisible(profile.tls and mode in {SYSTEM, FILE})
        self._key_row.set_off(
            "A PKCS#12 file holds its key itself." if self._has_key_inside() else ""
        )
        self.server_name.setPlaceholderText(f"The host: {profile.host}" if profile.host else "")

    def secrets(self) -> dict[str, str]:
        """Return the passphrase of the key."""
        passphrase = self.passphrase.text()
        used = bool(self.certificate.text())
        return {"passphrase": passphrase} if passphrase and used else {}

    def wait_for_secrets(self) -> None:
        """Say that the passphrase is being read."""
        self.passphrase.wait_for_text()

    def show_secrets(self, secrets: Secrets) -> None:
        """Show the passphrase."""
        self.passphrase.show_secret(secrets.get("passphrase", ""))

    def secrets_typed(self) -> bool:
        """Tell whether the passphrase was typed."""
        return self.passphrase.was_typed

    def _has_key_inside(self) -> bool:
        return self.certificate.text().lower().endswith(_PKCS12)

    def _build_off(self) -> None:
        self._off_words = label(_NO_TLS, "dim")
        self.tls_button = push_button("Switch TLS on")
        self.tls_button.clicked.connect(self.tls_wanted)
        self._off_row = field_row(self._off_words, self.tls_button)
        self.add_widget(self._off_row)

    def _build_client(self) -> None:
        self.certificate = FileField("client certificate", _CERTIFICATES)
        self.certificate.edit.setPlaceholderText("PEM or PKCS#12; only if the broker asks for one")
        self.key = FileField("private key", _KEYS)
        self.key.edit.setPlaceholderText("Empty: in the same file as the certificate")
        self.passphrase = SecretField("None")
        heading = self.add_heading("Who you are")
        certificate = self.add_row("Client certi&ficate", self.certificate, says="Certificate")
        self._key_row = self.add_row("Private &key", self.key, says="Key")
        passphrase = self.add_row("Passph&rase", self.passphrase)
        self._client = [heading, certificate, self._key_row, passphrase]


def _mode_of(profile: Profile) -> str:
    if profile.insecure:
        return NOT_AT_ALL
    if profile.pinned_certificate:
        return PINNED
    return FILE if profile.ca_file else SYSTEM


def _plain(fingerprint: str) -> str:
    """Return a fingerprint as it is stored, from what programs print: with colons, spaces, or a name in front."""
    text = fingerprint.strip().rpartition("=")[2]
    return re.sub(r"[\s:]", "", text).lower()
