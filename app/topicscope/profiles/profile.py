"""How to reach one broker: everything but the secrets."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from topicscope.mqtt.topics import topic_filter_problem

CURRENT_VERSION = 1
"""Version of the stored form; `profiles.upgrades` brings older files up to it."""

DEFAULT_PORTS = {"mqtt": 1883, "mqtts": 8883, "ws": 80, "wss": 443}

LONGEST_STRING = 65_535
"""Longest UTF-8 Encoded String in bytes (MQTT 5.0 section 1.5.4)."""

Transport = Literal["tcp", "websocket", "unix"]
BrokerKind = Literal["development", "public", "production"]

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SPACE_OR_CONTROL = re.compile(r"[\x00-\x20\x7f-\x9f]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """Where a broker is and how to speak to it; the password is kept elsewhere.

    With transport ``unix``, `path` is the file name of the socket and `host` and `port` are not
    used; with ``websocket`` it is the path of the request; with ``tcp`` it is not used.
    An empty `client_identifier` means ``topicscope-`` and eight random hex digits at each connect.
    `keep_alive` is in seconds. `insecure` means that the broker's certificate is not verified.
    `kind` says who else is on the broker: with ``public`` and ``production`` what may hurt others asks first.
    """

    version: int = CURRENT_VERSION
    name: str = ""
    host: str = "localhost"
    port: int = 1883
    transport: Transport = "tcp"
    tls: bool = False
    path: str = "/mqtt"
    protocol_version: Literal[3, 4, 5] = 5
    client_identifier: str = ""
    username: str = ""
    keep_alive: int = 60
    clean_start: bool = True
    ca_file: str = ""
    certificate_file: str = ""
    key_file: str = ""
    insecure: bool = False
    alpn: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    subscriptions: tuple[str, ...] = ("#",)
    kind: BrokerKind = "development"

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
        # A query may carry a token, and this text is shown and logged.
        path = self.path.partition("?")[0] if self.transport == "websocket" else ""
        return f"{self.scheme}://{host}:{self.port}{path}"

    @property
    def label(self) -> str:
        """How people call it: its name, else its URL."""
        return self.name or self.url

    def problem(self) -> str | None:
        """Say in a sentence the first thing that is wrong, with its field, or None."""
        checks = (
            _address_problem,
            _session_problem,
            _tls_problem,
            _header_problem,
            _subscription_problem,
        )
        return next((text for check in checks if (text := check(self))), None)


def _address_problem(profile: Profile) -> str | None:
    if profile.transport == "unix":
        return _socket_path_problem(profile.path)
    if problem := _host_problem(profile.host):
        return problem
    if not 1 <= profile.port <= 65_535:
        return f"Port: {profile.port} is not between 1 and 65535."
    return _websocket_path_problem(profile.path) if profile.transport == "websocket" else None


def _host_problem(host: str) -> str | None:
    if not host:
        return "Host: the name or address of the broker is missing."
    if _SPACE_OR_CONTROL.search(host):
        return "Host: a host name has no spaces or control characters."
    if any(mark in host for mark in "/@[]?#"):
        return "Host: only the name or address belongs here, not a URL."
    return None


def _socket_path_problem(path: str) -> str | None:
    if not path.strip():
        return "Path: the file name of the socket is missing."
    return "Path: the file name has a NUL in it." if "\0" in path else None


def _websocket_path_problem(path: str) -> str | None:
    if not path.startswith("/"):
        return "Path: the path of a WebSocket begins with “/”."
    if _SPACE_OR_CONTROL.search(path) or not path.isascii():
        return "Path: spaces, control characters and letters beyond ASCII must be written as %XX."
    return None


def _session_problem(profile: Profile) -> str | None:
    for field, text in (
        ("Client Identifier", profile.client_identifier),
        ("User name", profile.username),
    ):
        if problem := _string_problem(text):
            return f"{field}: {problem}"
    if profile.protocol_version == 3 and len(profile.client_identifier) > 23:
        return "Client Identifier: MQTT 3.1 allows at most 23 characters."
    if not 0 <= profile.keep_alive <= 65_535:
        return f"Keep alive: {profile.keep_alive} s is not between 0 and 65535."
    return None


def _string_problem(text: str) -> str | None:
    if "\0" in text:
        return "NUL is not allowed in a string of MQTT."
    try:
        length = len(text.encode())
    except UnicodeEncodeError:
        return "half of a surrogate pair is not allowed in a string of MQTT."
    if length > LONGEST_STRING:
        return f"{length:,} bytes are more than the 65,535 that MQTT can carry."
    return None


def _tls_problem(profile: Profile) -> str | None:
    if profile.tls and profile.transport == "unix":
        return "TLS: a Unix domain socket is spoken to without TLS."
    if profile.key_file and not profile.certificate_file:
        return "Key: a private key needs its client certificate."
    for protocol in profile.alpn:
        if not protocol.isascii() or not 1 <= len(protocol) <= 255:
            return f"ALPN: “{protocol}” is not a protocol name of 1 to 255 ASCII characters."
    return None


def _header_problem(profile: Profile) -> str | None:
    for name, value in profile.headers:
        if not _HEADER_NAME.fullmatch(name):
            return f"Headers: “{name}” is not the name of an HTTP header."
        if _CONTROL.search(value):
            return f"Headers: the value of {name} has a control character in it."
    return None


def _subscription_problem(profile: Profile) -> str | None:
    for topic_filter in profile.subscriptions:
        if problem := topic_filter_problem(topic_filter):
            return f"Subscriptions: “{topic_filter}”: {problem}."
    return None
