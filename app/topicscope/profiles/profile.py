"""How to reach one broker: everything but the secrets."""

from __future__ import annotations

from typing import Literal

import msgspec

from topicscope.profiles.jwt import is_token

CURRENT_VERSION = 1
"""Version of the stored form; `profiles.upgrades` brings older files up to it."""

DEFAULT_PORTS = {"mqtt": 1883, "mqtts": 8883, "ws": 80, "wss": 443}

Transport = Literal["tcp", "websocket", "unix"]
BrokerKind = Literal["development", "public", "production"]
Colour = Literal["blue", "amber", "violet", "green", "red", "teal", "pink", "grey"]
Login = Literal[
    "password", "token_as_user_name", "token_as_password", "api_key", "azure_sas", "aws_sigv4"
]
"""What the secret is and where it goes: see `profiles.credentials`."""
SecretSource = Literal["stored", "command", "file", "environment"]


class Will(msgspec.Struct, frozen=True, kw_only=True):
    """What the server publishes for us when the connection ends without DISCONNECT (section 3.1.2.5).

    `delay_interval` and `message_expiry_interval` are in seconds; None leaves a property out.
    `correlation_data` is written in hexadecimal. All from `delay_interval` on need MQTT 5.
    """

    topic: str
    payload: str = ""
    qos: Literal[0, 1, 2] = 0
    retain: bool = False
    delay_interval: int = 0
    payload_format_indicator: bool = False
    message_expiry_interval: int | None = None
    content_type: str = ""
    response_topic: str = ""
    correlation_data: str = ""
    user_properties: tuple[tuple[str, str], ...] = ()


class Proxy(msgspec.Struct, frozen=True, kw_only=True):
    """A proxy on the way; its password is a secret and kept elsewhere."""

    kind: Literal["socks5", "http"] = "socks5"
    host: str = ""
    port: int = 1080
    username: str = ""


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """Where a broker is and how to speak to it; secrets are kept elsewhere (`profiles.secrets`).

    With transport ``unix``, `path` is the file name of the socket and `host` and `port` are not
    used; with ``websocket`` it is the path of the request; with ``tcp`` it is not used.
    An empty `client_identifier` means ``topicscope-`` and eight random hex digits at each connect.
    `keep_alive`, `connect_timeout` and `session_expiry_interval` are in seconds.
    A None among the CONNECT properties (section 3.1.2.11) leaves that property out.

    Attributes:
        identifier: what secrets are kept under; made when the profile is first stored, and its own for ever.
        folder: where it stands in the list, levels parted by ``/``; empty: at the top.
        position: its place among its neighbours, ascending.
        kind: who else is on the broker: with ``public`` and ``production`` what may hurt others asks first.
        read_only: every PUBLISH is refused before it reaches the network.
        login: what the secret is and where it goes.
        secret_source: where the secret comes from: the key store or the person (``stored``), what a program
            prints (``command``), a file, or an environment variable; the last three are asked anew at each dial.
        secret_reference: the command line, file name or name of the variable.
        placeholder_password: what goes as password where the user name is the token.
        insecure: the broker's certificate is not verified.
        pinned_certificate: SHA-256 fingerprint of the one certificate to trust, 64 hexadecimal digits;
            its names, dates and issuer are not looked at then.
        server_name: the name to ask for and to verify in TLS, where it is not `host`.
        certificate_file: PEM or PKCS#12; with the latter `key_file` is empty.
        tls_key_log_file: where the keys of TLS are written for Wireshark; anyone who has them reads along.
        sub_protocol: what the WebSocket asks for (section 6).
        authentication_method: enhanced authentication (section 4.12) by this method.

    """

    version: int = CURRENT_VERSION
    identifier: str = ""
    name: str = ""
    folder: str = ""
    position: int = 0
    colour: Colour | Literal[""] = ""
    kind: BrokerKind = "development"
    read_only: bool = False

    host: str = "localhost"
    port: int = 1883
    transport: Transport = "tcp"
    path: str = "/mqtt"
    headers: tuple[tuple[str, str], ...] = ()
    sub_protocol: str = "mqtt"
    proxy: Proxy | None = None
    connect_timeout: int = 10

    tls: bool = False
    ca_file: str = ""
    certificate_file: str = ""
    key_file: str = ""
    insecure: bool = False
    pinned_certificate: str = ""
    server_name: str = ""
    alpn: tuple[str, ...] = ()
    tls_key_log_file: str = ""

    username: str = ""
    login: Login = "password"
    secret_source: SecretSource = "stored"
    secret_reference: str = ""
    placeholder_password: str = ""
    authentication_method: Literal["", "SCRAM-SHA-256"] = ""

    protocol_version: Literal[3, 4, 5] = 5
    client_identifier: str = ""
    keep_alive: int = 60
    clean_start: bool = True
    session_expiry_interval: int | None = None
    receive_maximum: int | None = None
    maximum_packet_size: int | None = None
    topic_alias_maximum: int | None = None
    request_response_information: bool = False
    request_problem_information: bool = True
    user_properties: tuple[tuple[str, str], ...] = ()
    will: Will | None = None

    subscriptions: tuple[str, ...] = ("#",)

    @property
    def scheme(self) -> str:
        """Scheme of the URL: ``mqtt``, ``mqtts``, ``ws``, ``wss`` or ``mqtt+unix``."""
        if self.transport == "unix":
            return "mqtt+unix"
        plain = "ws" if self.transport == "websocket" else "mqtt"
        return plain + ("s" if self.tls else "")

    @property
    def url(self) -> str:
        """The address as a URL without any secret: ``mqtts://host:8883``."""
        if self.transport == "unix":
            return f"mqtt+unix://{self.path}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        path = _path_to_show(self.path) if self.transport == "websocket" else ""
        return f"{self.scheme}://{host}:{self.port}{path}"

    @property
    def label(self) -> str:
        """How people call it: its name, else its URL."""
        return self.name or self.url


def _path_to_show(path: str) -> str:
    """Return a path without its query and tokens: this text is shown and logged."""
    levels = path.partition("?")[0].split("/")
    return "/".join("…" if is_token(level) else level for level in levels)
