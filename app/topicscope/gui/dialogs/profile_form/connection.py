"""The way to the broker: transport, address, WebSocket, proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

import msgspec
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QCheckBox

from topicscope.gui.dialogs.profile_form.page import (
    ProfilePage,
    choice,
    choose,
    line_field,
    mono_field,
)
from topicscope.gui.theme import mono_font
from topicscope.gui.widgets.fields.form_row import field_row
from topicscope.gui.widgets.fields.guarded_field import GuardedField
from topicscope.gui.widgets.fields.number_field import number_field
from topicscope.gui.widgets.fields.pair_table import PairTable
from topicscope.gui.widgets.fields.secret_field import SecretField
from topicscope.gui.widgets.labels import label
from topicscope.profiles.profile import DEFAULT_PORTS, Profile, Proxy
from topicscope.profiles.secrets import has_token, is_secret_header

if TYPE_CHECKING:
    from topicscope.profiles.profile import Transport
    from topicscope.profiles.secrets import Secrets

SOCKET_EXAMPLE: Final = "/run/mosquitto/mosquitto.sock"
_TRANSPORTS: Final = (("TCP", "tcp"), ("WebSocket", "websocket"), ("Unix domain socket", "unix"))
_PROXIES: Final = (("None", ""), ("SOCKS5", "socks5"), ("HTTP CONNECT", "http"))
_PROXY_PORTS: Final = {"socks5": 1080, "http": 3128}
_HEADER_HINT: Final = (
    "Values of headers such as Authorization are kept with the secrets, not in the profile's file."
)


class ConnectionPage(ProfilePage):
    """Everything before the first byte of MQTT, but for TLS."""

    title = "Connection"

    def build(self) -> None:
        """Make the rows."""
        self.transport = choice(*_TRANSPORTS)
        self.tls = QCheckBox("Encrypted with TLS")
        self.host = mono_field("broker.local or 192.0.2.7")
        self.port = number_field(1, 65_535)
        self.path = GuardedField("path", has_token)
        self.path.setFont(mono_font())
        self.path.setPlaceholderText("/mqtt")
        self.socket = mono_field(SOCKET_EXAMPLE)
        self.sub_protocol = mono_field("None")
        self.headers = PairTable(("Header", "Value"), ("X-Name", "value"), is_secret_header)
        self.timeout = number_field(1, 300, " s")
        self._default_port = DEFAULT_PORTS["mqtt"]
        port_name = label("Port", "dim")
        self.port.setAccessibleName("Port")
        self._tls_row = self.add_row(
            "&Transport",
            field_row(self.transport, self.tls),
            says=("Transport", "TLS"),
            buddy=self.transport,
        )
        self._host_row = self.add_row(
            "&Host",
            field_row(self.host, port_name, self.port),
            says=("Host", "Port"),
            buddy=self.host,
        )
        self._path_row = self.add_row("P&ath", self.path)
        self._socket_row = self.add_row("Soc&ket", self.socket)
        self._protocol_row = self.add_row("S&ub-protocol", self.sub_protocol, says="Sub-protocol")
        self._headers_row = self.add_row(
            "HTTP headers", self.headers, says="Headers", hint=_HEADER_HINT
        )
        self.rows["Path"] = self._path_row
        self._build_proxy()
        self.add_row(
            "Connect time-&out", field_row(self.timeout, stretch=()), says="Connect time-out",
            buddy=self.timeout,
        )  # fmt: skip
        self.watch(self.transport, self.tls, self.host, self.port, self.path, self.socket)
        self.watch(self.sub_protocol, self.headers, self.timeout)
        self.transport.currentIndexChanged.connect(self._follow_port)
        self.tls.toggled.connect(self._follow_port)

    def show_profile(self, profile: Profile) -> None:
        """Show the fields of a profile."""
        choose(self.transport, profile.transport)
        self.tls.setChecked(profile.tls)
        self.host.setText(profile.host)
        unix = profile.transport == "unix"
        self.path.setText(Profile().path if unix else profile.path)
        self.path.conceal()
        self.socket.setText(profile.path if unix else "")
        self.sub_protocol.setText(profile.sub_protocol)
        self.headers.set_pairs(profile.headers)
        self.timeout.setValue(profile.connect_timeout)
        proxy = profile.proxy
        choose(self.proxy, proxy.kind if proxy else "")
        self.proxy_host.setText(proxy.host if proxy else "")
        self.proxy_port.setValue(proxy.port if proxy else _PROXY_PORTS["socks5"])
        self.proxy_user.setText(proxy.username if proxy else "")
        self._default_port = self._port_of_scheme()
        self.port.setValue(profile.port)

    def applied(self, profile: Profile) -> Profile:
        """Return the profile with the fields of this page in it."""
        transport = cast("Transport", self.transport.currentData())
        path = (self.socket if transport == "unix" else self.path).text().strip()
        return msgspec.structs.replace(
            profile,
            transport=transport,
            tls=self.tls.isChecked() and transport != "unix",
            host=self.host.text().strip(),
            port=self.port.value(),
            path=path,
            sub_protocol=self.sub_protocol.text().strip(),
            headers=self.headers.pairs(),
            connect_timeout=self.timeout.value(),
            proxy=self._proxy() if transport != "unix" else None,
        )

    def adapt(self, profile: Profile) -> None:
        """Show what belongs to the transport."""
        unix, websocket = profile.transport == "unix", profile.transport == "websocket"
        self.tls.setEnabled(not unix)
        self._tls_row.set_hint(
            "A socket on this machine: there is no network on the way, and no TLS." if unix else ""
        )
        self._host_row.setVisible(not unix)
        self._socket_row.setVisible(unix)
        for row in (self._path_row, self._protocol_row, self._headers_row):
            row.setVisible(websocket)
        self.rows["Path"] = self._socket_row if unix else self._path_row
        self.rows["Proxy"].setVisible(not unix)
        for row in self._proxy_rows:
            row.setVisible(profile.proxy is not None)

    def secrets(self) -> dict[str, str]:
        """Return the password of the proxy."""
        password = self.proxy_password.text()
        used = bool(self.proxy.currentData()) and self.transport.currentData() != "unix"
        return {"proxy_password": password} if password and used else {}

    def wait_for_secrets(self) -> None:
        """Say that the password is being read."""
        self.proxy_password.wait_for_text()

    def show_secrets(self, secrets: Secrets) -> None:
        """Show the password of the proxy."""
        self.proxy_password.show_secret(secrets.get("proxy_password", ""))

    def secrets_typed(self) -> bool:
        """Tell whether the password of the proxy was typed."""
        return self.proxy_password.was_typed

    @Slot()
    def _follow_port(self) -> None:
        port = self._port_of_scheme()
        if self.port.value() == self._default_port:
            self.port.setValue(port)
        self._default_port = port

    @Slot()
    def _follow_proxy_port(self) -> None:
        if self.proxy_port.value() in _PROXY_PORTS.values() and self.proxy.currentData():
            self.proxy_port.setValue(_PROXY_PORTS[self.proxy.currentData()])

    def _port_of_scheme(self) -> int:
        scheme = "ws" if self.transport.currentData() == "websocket" else "mqtt"
        return DEFAULT_PORTS[scheme + ("s" if self.tls.isChecked() else "")]

    def _proxy(self) -> Proxy | None:
        kind: Any = self.proxy.currentData()
        if not kind:
            return None
        return Proxy(
            kind=kind,
            host=self.proxy_host.text().strip(),
            port=self.proxy_port.value(),
            username=self.proxy_user.text(),
        )

    def _build_proxy(self) -> None:
        self.proxy = choice(*_PROXIES)
        self.proxy_host = mono_field("proxy.local")
        self.proxy_port = number_field(1, 65_535)
        self.proxy_port.setAccessibleName("Port of the proxy")
        self.proxy_user = line_field("None")
        self.proxy_password = SecretField("None")
        self.add_row("Pro&xy", self.proxy, says="Proxy")
        place = field_row(self.proxy_host, label("Port", "dim"), self.proxy_port)
        self._proxy_rows = (
            self.add_row(
                "Proxy host", place, says=("Proxy host", "Proxy port"), buddy=self.proxy_host
            ),
            self.add_row("Proxy user name", self.proxy_user, says="Proxy user name"),
            self.add_row("Proxy password", self.proxy_password),
        )
        self.watch(self.proxy, self.proxy_host, self.proxy_port, self.proxy_user)
        self.watch(self.proxy_password)
        self.proxy.currentIndexChanged.connect(self._follow_proxy_port)
