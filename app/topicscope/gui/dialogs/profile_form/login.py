"""How we say who we are: the kind of login, the secret, and where it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, cast

import msgspec
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox

from topicscope.gui.dialogs.profile_form.page import (
    ProfilePage,
    choice,
    choose,
    line_field,
    mono_field,
)
from topicscope.gui.widgets.connection.token_line import TokenLine
from topicscope.gui.widgets.fields.file_field import FileField
from topicscope.gui.widgets.fields.guarded_field import GuardedField
from topicscope.gui.widgets.fields.secret_field import SecretField
from topicscope.profiles.secrets import has_token

if TYPE_CHECKING:
    from typing import Literal

    from topicscope.profiles.key_store import Kept
    from topicscope.profiles.profile import Login, Profile, SecretSource
    from topicscope.profiles.secrets import Secrets


class _Kind(NamedTuple):
    words: str
    user_name: str
    """What the user name is called; empty: there is none to fill in."""
    secret: str
    hint: str


_KINDS: Final[dict[str, _Kind]] = {
    "password": _Kind("User name and password", "User name", "Password", ""),
    "token_as_user_name": _Kind(
        "Token as user name", "", "Token", "The token goes as user name, the placeholder as password."
    ),
    "token_as_password": _Kind(
        "Token as password", "User name", "Token", "The token goes as password."
    ),
    "api_key": _Kind("API key as both", "", "API key", "The key goes as user name and as password."),
    "azure_sas": _Kind(
        "Azure IoT Hub device key", "User name", "Device key",
        "Signs a token for an hour at each connect. The Client Identifier is the device ID.",
    ),
    "aws_sigv4": _Kind(
        "AWS access key, signed WebSocket", "Access key ID", "Secret access key",
        "Signs the address at each connect (Signature Version 4). It goes over wss only.",
    ),
}  # fmt: skip
_SOURCES: Final = (
    ("Typed in here", "stored"),
    ("What a program prints", "command"),
    ("A file", "file"),
    ("An environment variable", "environment"),
)
_REFERENCE_HINTS: Final = {
    "command": "Run without a shell at each connect; the first line that it prints is taken.",
    "environment": "Read from the environment in which Topicscope was started.",
}
_KEPT: Final = {
    "key store": "Kept in the key store of this system.",
    "memory": "There is no key store here: it is kept until Topicscope is closed.",
    "file": "Kept in a file that is not encrypted: whoever can read it has the secret.",
}
_SCRAM: Final = "SCRAM-SHA-256"


class LoginPage(ProfilePage):
    """Kind of login, user name, secret, source of the secret."""

    title = "Login"
    allow_file_requested = Signal(bool)
    """Somebody wants secrets kept in a file that is not encrypted, or no longer."""

    def build(self) -> None:
        """Make the rows."""
        self._kept: Kept = "memory"
        self.login = choice(*((kind.words, key) for key, kind in _KINDS.items()))
        self.username = GuardedField("user name", has_token)
        self.source = choice(*_SOURCES)
        self.secret = SecretField("None: asked for when the broker wants one")
        self.command = mono_field("/usr/local/bin/print-token --for plant")
        self.file = FileField("file with the secret", "All files (*)")
        self.variable = mono_field("MQTT_TOKEN")
        self.session_token = SecretField("Only with temporary keys (ASIA…)")
        self.placeholder = line_field("-")
        self.scram = QCheckBox(f"{_SCRAM}: the password itself is never sent")
        self.in_file = QCheckBox("Keep secrets in a file, not encrypted")
        self.token_line = TokenLine()
        self._login_row = self.add_row("&Kind of login", self.login)
        self._user_row = self.add_row("&User name", self.username, says="User name")
        self._source_row = self.add_row("S&ecret comes from", self.source)
        self._secret_row = self.add_row("Pass&word", self.secret, says="Password")
        self._token_row = self.add_row("", self.token_line)
        self._file_choice = self.add_row("", self.in_file)
        self._references = {
            "command": self.add_row("Command", self.command, says="Token command"),
            "file": self.add_row("File", self.file, says="Token file"),
            "environment": self.add_row("Variable", self.variable, says="Variable"),
        }
        for source, hint in _REFERENCE_HINTS.items():
            self._references[source].set_hint(hint)
        self._session_row = self.add_row("Session token", self.session_token)
        self._placeholder_row = self.add_row(
            "Placeholder password",
            self.placeholder,
            says="Placeholder password",
            hint="What goes as password beside the token; brokers that look at the token only take anything.",
        )
        self._scram_row = self.add_row("Authentication", self.scram, says="Authentication")
        self.watch(self.login, self.username, self.source, self.secret, self.command, self.file)
        self.watch(self.variable, self.session_token, self.placeholder, self.scram)
        self.in_file.clicked.connect(self.allow_file_requested)
        self.secret.textChanged.connect(self._read_token)

    def set_kept(self, kept: Kept, words: str) -> None:
        """Say where secrets are kept."""
        self._kept = kept
        self._secret_row.set_hint(words or _KEPT[kept])
        self.in_file.setChecked(kept == "file")
        self._show_file_choice()

    def show_profile(self, profile: Profile) -> None:
        """Show the fields of a profile."""
        choose(self.login, profile.login)
        self.username.setText(profile.username)
        self.username.conceal()
        choose(self.source, profile.secret_source)
        reference = profile.secret_reference
        self.command.setText(reference if profile.secret_source == "command" else "")
        self.file.set_text(reference if profile.secret_source == "file" else "")
        self.variable.setText(reference if profile.secret_source == "environment" else "")
        self.placeholder.setText(profile.placeholder_password)
        self.scram.setChecked(bool(profile.authentication_method))

    def applied(self, profile: Profile) -> Profile:
        """Return the profile with the fields of this page in it."""
        login = cast("Login", self.login.currentData())
        source = cast("SecretSource", self.source.currentData())
        references = {
            "command": self.command.text().strip(),
            "file": self.file.text(),
            "environment": self.variable.text().strip(),
        }
        method: Literal["", "SCRAM-SHA-256"] = _SCRAM if self.scram.isChecked() else ""
        return msgspec.structs.replace(
            profile,
            login=login,
            username=self.username.text() if _KINDS[login].user_name else "",
            secret_source=source,
            secret_reference=references.get(source, ""),
            placeholder_password=self.placeholder.text(),
            authentication_method=method if self._may_scram(profile, login) else "",
        )

    def adapt(self, profile: Profile) -> None:
        """Show what belongs to the kind of login and the source of the secret."""
        kind, stored = _KINDS[profile.login], profile.secret_source == "stored"
        self._login_row.set_hint(kind.hint)
        self._user_row.setVisible(bool(kind.user_name))
        self._user_row.set_name("&" + (kind.user_name or "User name"))
        self.username.setPlaceholderText(
            "Empty: made from host and device ID" if profile.login == "azure_sas" else "None"
        )
        self._secret_row.set_name(kind.secret.replace("w", "&w", 1))
        self._secret_row.setVisible(stored)
        for source, row in self._references.items():
            row.setVisible(source == profile.secret_source)
        self._session_row.setVisible(profile.login == "aws_sigv4" and stored)
        self._placeholder_row.setVisible(profile.login == "token_as_user_name")
        self._scram_row.setVisible(profile.login == "password")
        self._scram_row.set_off("Only MQTT 5 has it." if profile.protocol_version < 5 else "")
        self._read_token()
        self._show_file_choice()

    def secrets(self) -> dict[str, str]:
        """Return the secret, and the session token of AWS."""
        if self.source.currentData() != "stored":
            return {}
        session = self.session_token.text() if self.login.currentData() == "aws_sigv4" else ""
        fields = {"secret": self.secret.text(), "session_token": session}
        return {name: text for name, text in fields.items() if text}

    def wait_for_secrets(self) -> None:
        """Say that the secrets are being read."""
        self.secret.wait_for_text()
        self.session_token.wait_for_text()

    def show_secrets(self, secrets: Secrets) -> None:
        """Show the secrets."""
        self.secret.show_secret(secrets.get("secret", ""))
        self.session_token.show_secret(secrets.get("session_token", ""))

    def put_secret(self, secret: str) -> None:
        """Show another secret: one that stood in an address."""
        self.secret.put_secret(secret)

    def secrets_typed(self) -> bool:
        """Tell whether a secret was typed."""
        return self.secret.was_typed or self.session_token.was_typed

    @Slot()
    def _read_token(self) -> None:
        shown = self.source.currentData() == "stored"
        self.token_line.set_text(self.secret.text() if shown else "")
        self._token_row.setVisible(bool(self.token_line.text()))

    def _show_file_choice(self) -> None:
        stored = self.source.currentData() == "stored"
        self._file_choice.setVisible(stored and self._kept != "key store")

    def _may_scram(self, profile: Profile, login: str) -> bool:
        return login == "password" and profile.protocol_version == 5
