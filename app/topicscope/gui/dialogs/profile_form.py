"""The fields of a profile, and how they depend on each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, cast

import msgspec
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from topicscope.gui.text import plain_tooltip
from topicscope.gui.theme import mono_font
from topicscope.gui.widgets.file_field import FileField
from topicscope.gui.widgets.labels import label
from topicscope.gui.widgets.password_field import PasswordField
from topicscope.gui.widgets.style import set_tone
from topicscope.mqtt.control_packets import ProtocolVersion
from topicscope.profiles.profile import DEFAULT_PORTS, Profile

if TYPE_CHECKING:
    from topicscope.profiles.profile import BrokerKind, Transport

LABEL_WIDTH = 112
SOCKET_EXAMPLE = "/run/mosquitto/mosquitto.sock"
_KINDS: Final = (
    ("Development: yours to try things on", "development"),
    ("Public: strangers are on it too", "public"),
    ("Production: people rely on it", "production"),
)
_PEM: Final = "Certificates and keys (*.pem *.crt *.cer *.key);;All files (*)"
_TRANSPORTS: Final = (("TCP", "tcp"), ("WebSocket", "websocket"), ("Unix socket", "unix"))
_KIND_HINT: Final = (
    "On public and production brokers Topicscope asks before it subscribes to everything,\n"
    "and the bar on top says where you are."
)
_INSECURE_WARNING: Final = (
    "Anyone between here and the broker can read and change everything, the password included."
)


class ProfileForm(QWidget):
    """A form that shows a profile and returns the edited one; the password goes beside it."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._base = Profile()
        self._make_fields()
        self._lay_out()
        self._default_port = DEFAULT_PORTS["mqtt"]
        self._connect_fields()
        self.set_profile(self._base, None)

    def set_profile(self, profile: Profile, password: str | None) -> None:
        """Show all of a profile."""
        self._base = profile
        self.name.setText(profile.name)
        self.protocol.setCurrentIndex(self.protocol.findData(profile.protocol_version))
        self.client_identifier.setText(profile.client_identifier)
        self.keep_alive.setValue(profile.keep_alive)
        self.kind.setCurrentIndex(self.kind.findData(profile.kind))
        self.ca_file.set_text(profile.ca_file)
        self.certificate_file.set_text(profile.certificate_file)
        self.key_file.set_text(profile.key_file)
        self.insecure.setChecked(profile.insecure)
        self.set_address(profile, password)

    def set_address(self, profile: Profile, password: str | None) -> None:
        """Show what a URL says: host, port, transport, TLS, path, and user name when it has one."""
        self.transport.setCurrentIndex(self.transport.findData(profile.transport))
        self.tls.setChecked(profile.tls)
        self.host.setText(profile.host)
        self.port.setValue(profile.port)
        (self.socket if profile.transport == "unix" else self.path).setText(profile.path)
        self.username.setText(profile.username)
        self.password.setText(password or "")
        self._on_transport_changed()

    def profile(self) -> Profile:
        """Return the profile as it is in the form; it may have a problem."""
        transport = self._transport()
        path = self.socket.text().strip() if transport == "unix" else self.path.text().strip()
        return msgspec.structs.replace(
            self._base,
            name=self.name.text().strip(),
            transport=transport,
            host=self.host.text().strip(),
            port=self.port.value(),
            tls=self.tls.isChecked() and transport != "unix",
            path=path,
            protocol_version=cast("Literal[3, 4, 5]", int(self.protocol.currentData())),
            client_identifier=self.client_identifier.text(),
            username=self.username.text(),
            keep_alive=self.keep_alive.value(),
            kind=cast("BrokerKind", self.kind.currentData()),
            ca_file=self.ca_file.text(),
            certificate_file=self.certificate_file.text(),
            key_file=self.key_file.text(),
            insecure=self.insecure.isChecked(),
        )

    def password_text(self) -> str | None:
        """Return the password, or None when there is none."""
        return self.password.text() or None

    @Slot()
    def _on_transport_changed(self) -> None:
        transport, unix = self._transport(), self._transport() == "unix"
        tls = self.tls.isChecked() and not unix
        self.tls.setEnabled(not unix)
        for row in (self.ca_file, self.certificate_file, self.key_file, self._insecure_row):
            self._form.setRowVisible(row, tls)
        self._form.setRowVisible(self._address_row, not unix)
        self._form.setRowVisible(self.path, transport == "websocket")
        self._form.setRowVisible(self.socket, unix)
        self._follow_default_port()
        self._on_insecure_toggled()

    @Slot()
    def _on_insecure_toggled(self) -> None:
        set_tone(self.insecure, "error" if self.insecure.isChecked() else "")
        self._insecure_warning.setVisible(self.insecure.isChecked())

    def _follow_default_port(self) -> None:
        scheme = "ws" if self._transport() == "websocket" else "mqtt"
        default = DEFAULT_PORTS[scheme + ("s" if self.tls.isChecked() else "")]
        if self.port.value() == self._default_port:
            self.port.setValue(default)
        self._default_port = default

    def _transport(self) -> Transport:
        return cast("Transport", self.transport.currentData())

    def _make_fields(self) -> None:
        self.name = _line("How you call this broker; empty: its address")
        self.kind = QComboBox()
        for text, kind in _KINDS:
            self.kind.addItem(text, kind)
        self.kind.setToolTip(plain_tooltip(_KIND_HINT))
        self.host = _mono_line("broker.local or 192.0.2.7")
        self.port = _number(1, 65_535)
        self.transport = QComboBox()
        for text, transport in _TRANSPORTS:
            self.transport.addItem(text, transport)
        self.tls = QCheckBox("TLS")
        self.path = _mono_line("/mqtt")
        self.socket = _mono_line(SOCKET_EXAMPLE)
        self.ca_file = FileField("CA file", _PEM)
        self.ca_file.edit.setPlaceholderText("Empty: the authorities that this system trusts")
        self.certificate_file = FileField("client certificate", _PEM)
        self.certificate_file.edit.setPlaceholderText("Only if the broker asks for one")
        self.key_file = FileField("private key", _PEM)
        self.insecure = QCheckBox("Do not verify the certificate of the broker")
        self._insecure_warning = label(_INSECURE_WARNING, "error")
        self._insecure_warning.setWordWrap(True)
        self._insecure_warning.setMinimumHeight(2 * self.fontMetrics().lineSpacing())
        self.protocol = QComboBox()
        for version in reversed(ProtocolVersion):
            self.protocol.addItem(version.label, int(version))
        self.client_identifier = _mono_line("Generated: topicscope- and eight digits")
        self.username = _line("")
        self.password = PasswordField()
        self.password.setPlaceholderText("Kept until Topicscope is closed, never in a file")
        self.keep_alive = _number(0, 65_535)
        self.keep_alive.setSuffix(" s")

    def _lay_out(self) -> None:
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setHorizontalSpacing(12)
        self._form.setVerticalSpacing(8)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._address_row = _row(self.host, _named("P&ort", self.port), self.port)
        insecure = QWidget()
        inside = QVBoxLayout(insecure)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(4)
        inside.addWidget(self.insecure)
        inside.addWidget(self._insecure_warning)
        self._insecure_row = insecure
        keep_alive = _row(self.keep_alive, stretch_first=False)
        for name, field, buddy in (
            ("&Name", self.name, self.name),
            ("Kin&d", self.kind, self.kind),
            ("&Host", self._address_row, self.host),
            ("&Transport", _row(self.transport, self.tls), self.transport),
            ("P&ath", self.path, self.path),
            ("So&cket", self.socket, self.socket),
            ("CA &file", self.ca_file, self.ca_file),
            ("C&ertificate", self.certificate_file, self.certificate_file),
            ("&Key", self.key_file, self.key_file),
            ("", self._insecure_row, self.insecure),
            ("&Version", self.protocol, self.protocol),
            ("Client &ID", self.client_identifier, self.client_identifier),
            ("&User name", self.username, self.username),
            ("&Password", self.password, self.password),
            ("Keep al&ive", keep_alive, self.keep_alive),
        ):
            self._form.addRow(_named(name, buddy, width=LABEL_WIDTH), field)

    def _connect_fields(self) -> None:
        self.transport.currentIndexChanged.connect(self._on_transport_changed)
        self.tls.toggled.connect(self._on_transport_changed)
        self.insecure.toggled.connect(self._on_insecure_toggled)
        lines = (self.name, self.host, self.path, self.socket, self.client_identifier)
        files = (self.ca_file.edit, self.certificate_file.edit, self.key_file.edit)
        for line in (*lines, *files, self.username, self.password):
            line.textChanged.connect(self.changed)
        for box in (self.transport, self.protocol, self.kind):
            box.currentIndexChanged.connect(self.changed)
        for number in (self.port, self.keep_alive):
            number.valueChanged.connect(self.changed)
        for check in (self.tls, self.insecure):
            check.toggled.connect(self.changed)


def _line(placeholder: str) -> QLineEdit:
    made = QLineEdit()
    made.setPlaceholderText(placeholder)
    return made


def _mono_line(placeholder: str) -> QLineEdit:
    made = _line(placeholder)
    made.setFont(mono_font())
    return made


def _number(least: int, most: int) -> QSpinBox:
    made = QSpinBox()
    made.setRange(least, most)
    made.setFont(mono_font())
    made.setFixedWidth(88)
    # The style sheet takes the arrows away and, by a fault of Qt, the padding with them.
    made.lineEdit().setTextMargins(7, 0, 0, 0)
    return made


def _named(text: str, buddy: QWidget, width: int = 0) -> QLabel:
    # Not plain text: a label shows the underlined letter of its mnemonic only as automatic text.
    made = QLabel(text)
    set_tone(made, "dim")
    made.setBuddy(buddy)
    made.setMinimumHeight(28)
    if width:
        made.setFixedWidth(width)
    return made


def _row(*widgets: QWidget, stretch_first: bool = True) -> QWidget:
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(12)
    for index, widget in enumerate(widgets):
        row.addWidget(widget, int(stretch_first and index == 0))
    if not stretch_first:
        row.addStretch(1)
    return holder
