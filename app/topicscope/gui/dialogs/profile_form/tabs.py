"""The form of a profile: seven pages behind tabs, the address above them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QVBoxLayout, QWidget

from topicscope.gui.dialogs.profile_form.connection import ConnectionPage
from topicscope.gui.dialogs.profile_form.general import GeneralPage
from topicscope.gui.dialogs.profile_form.login import LoginPage
from topicscope.gui.dialogs.profile_form.mqtt import MqttPage
from topicscope.gui.dialogs.profile_form.subscriptions import SubscriptionsPage
from topicscope.gui.dialogs.profile_form.tls import TlsPage
from topicscope.gui.dialogs.profile_form.will import WillPage
from topicscope.gui.icons import icon
from topicscope.gui.widgets.fields.url_field import UrlField
from topicscope.gui.widgets.tabs import TabbedCard
from topicscope.profiles.problems import profile_problem
from topicscope.profiles.profile import Profile
from topicscope.profiles.secrets import take_secrets, with_secrets

if TYPE_CHECKING:
    from topicscope.gui.dialogs.profile_form.page import ProfilePage
    from topicscope.gui.widgets.fields.form_row import FormRow
    from topicscope.profiles.secrets import Secrets

_ADDRESS: Final = ("transport", "tls", "host", "port", "path")
_PASTE: Final = "paste another address here to fill in the form"
_PASTE_FIRST: Final = "Paste an address here to fill in the form: mqtts://broker.local:8883"


class ProfileFormTabs(QWidget):
    """Shows a profile and its secrets, and gives the edited ones back."""

    changed = Signal()
    submitted = Signal()
    """Enter was pressed on an address."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._base = Profile()
        self._is_showing = False
        self._knows_secrets = True
        self._before_address: tuple[Profile, str] | None = None
        self.url_field = UrlField()
        self.card = TabbedCard()
        self.general, self.connection = GeneralPage(), ConnectionPage()
        self.tls, self.login, self.mqtt = TlsPage(), LoginPage(), MqttPage()
        self.will, self.subscriptions = WillPage(), SubscriptionsPage()
        self.pages: tuple[ProfilePage, ...] = (
            self.general, self.connection, self.login, self.tls, self.mqtt, self.will,
            self.subscriptions,
        )  # fmt: skip
        for page in self.pages:
            self.card.add_page(page.title, page)
            page.changed.connect(self._on_changed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.url_field)
        column.addWidget(self.card, 1)
        self.url_field.understood.connect(self._on_url_understood)
        self.url_field.edit.textChanged.connect(self._on_url_typed)
        self.url_field.submitted.connect(self._on_url_submitted)
        self.tls.tls_wanted.connect(self._on_tls_wanted)
        self.show_profile(self._base, {})

    # What is shown

    def show_profile(self, profile: Profile, secrets: Secrets | None) -> None:
        """Show a profile and its secrets; None where they are still being read."""
        self._is_showing = True
        self._base = profile
        self._before_address = None
        self._knows_secrets = secrets is not None
        self.url_field.edit.clear()
        whole = with_secrets(profile, secrets) if secrets else profile
        for page in self.pages:
            page.show_profile(whole)
            page.wait_for_secrets()
            if secrets is not None:
                page.show_secrets(secrets)
        self._is_showing = False
        self._adapt()

    def show_secrets(self, secrets: Secrets) -> None:
        """Show secrets that have been read now; what was typed meanwhile stays."""
        if self._knows_secrets:
            return
        self._is_showing = True
        self._knows_secrets = True
        whole = with_secrets(self.login.applied(self.connection.applied(self._base)), secrets)
        self.connection.headers.set_pairs(whole.headers)
        if whole.username and whole.username != self.login.username.text():
            self.login.username.setText(whole.username)
        if whole.transport == "websocket":
            self.connection.path.setText(whole.path)
        for page in self.pages:
            page.show_secrets(secrets)
        self._is_showing = False
        self._adapt()

    def profile(self) -> Profile:
        """Return the profile as it is in the form, with what is secret in headers and path."""
        profile = self._base
        for page in (self.mqtt, *(page for page in self.pages if page is not self.mqtt)):
            # The version comes first: other pages leave out what it does not have.
            profile = page.applied(profile)
        return profile

    def change(self, **fields: object) -> None:
        """Put these fields of the profile in, as if somebody had typed them; all else stays, secrets too."""
        self._fill(msgspec.structs.replace(self.profile(), **fields), self.login.secret.text())

    def parted(self) -> tuple[Profile, dict[str, str] | None]:
        """Return the profile without secrets, and these; None while they are unknown and nobody typed one."""
        secrets: dict[str, str] = {}
        for page in self.pages:
            secrets |= page.secrets()
        profile, taken = take_secrets(self.profile(), secrets.get("secret"))
        secrets |= taken
        typed = any(page.secrets_typed() for page in self.pages) or bool(taken)
        return profile, secrets if self._knows_secrets or typed else None

    # Problems and places

    def problem(self) -> str:
        """Return the first thing that is wrong, or an empty text."""
        return profile_problem(self.profile()) or (self.tls.problem() if self.profile().tls else "")

    def show_problem(self, problem: str) -> None:
        """Say at its field, and on the tab of its page, what is wrong."""
        for number, page in enumerate(self.pages):
            row = page.row_of(problem) if problem else None
            page.clear_problems()
            if row is not None:
                row.set_problem(_after_field(problem))
            picture = icon("circle-alert", "error") if row is not None else QIcon()
            self.card.tabs.setTabIcon(number, picture)
            self.card.tabs.setTabToolTip(number, "Something is wrong here" if row else "")

    def go_to_problem(self, problem: str) -> None:
        """Show the page with the field that a problem speaks of, and put the cursor there."""
        for page in self.pages:
            row = page.row_of(problem)
            if row is not None:
                self.go_to(page, row)
                return

    def go_to(self, page: ProfilePage, row: FormRow) -> None:
        """Show a row and put the cursor into its field."""
        self.card.show_page(page)
        page.go_to(row)

    def go_to_field(self, field: str) -> None:
        """Show the field of a profile of this name (`secret` too), and put the cursor there."""
        place = _PLACES.get(field)
        if place is None:
            return
        title, says = place
        page = next(page for page in self.pages if page.title == title)
        self.go_to(page, page.rows[says])

    # Slots

    @Slot()
    def _on_changed(self) -> None:
        if not self._is_showing:
            self._before_address = None
            self._adapt()
            self.changed.emit()

    @Slot(object, object)
    def _on_url_understood(self, address: Profile, secret: str | None) -> None:
        given = {
            name: value
            for name, value in msgspec.structs.asdict(address).items()
            if name in _ADDRESS or value != getattr(_DEFAULT, name)
        }
        if self._before_address is None:
            self._before_address = (self.profile(), self.login.secret.text())
        before, secret_before = self._before_address
        merged = msgspec.structs.replace(before, **given)
        self._fill(merged, secret_before if secret is None else secret)

    @Slot(str)
    def _on_url_typed(self, text: str) -> None:
        # What half an address has filled in goes again when the whole of it is wrong.
        if self._before_address is not None and text and self.url_field.problem():
            self._fill(*self._before_address)

    @Slot(object, object)
    def _on_url_submitted(self, _address: Profile, _secret: str | None) -> None:
        self.submitted.emit()

    @Slot()
    def _on_tls_wanted(self) -> None:
        self.connection.tls.setChecked(True)

    def _fill(self, profile: Profile, secret: str) -> None:
        self._is_showing = True
        for page in self.pages:
            page.show_profile(profile)
        if secret != self.login.secret.text():
            self.login.put_secret(secret)
        self._is_showing = False
        self._adapt()
        self.changed.emit()

    def _adapt(self) -> None:
        profile = self.profile()
        for page in self.pages:
            page.adapt(profile)
        has_address = profile.transport == "unix" or profile.host
        words = f"{profile.url}  ·  {_PASTE}" if has_address else _PASTE_FIRST
        self.url_field.edit.setPlaceholderText(words)


_DEFAULT: Final = Profile()
_PLACES: Final = {
    "host": ("Connection", "Host"),
    "port": ("Connection", "Port"),
    "tls": ("Connection", "TLS"),
    "username": ("Login", "User name"),
    "secret": ("Login", "Password"),
    "client_identifier": ("MQTT", "Client Identifier"),
    "certificate_file": ("TLS", "Certificate"),
    "key_file": ("TLS", "Key"),
    "subscriptions": ("Subscriptions", "Subscriptions"),
}


def _after_field(problem: str) -> str:
    text = problem.partition(":")[2].strip()
    return text[:1].upper() + text[1:]
