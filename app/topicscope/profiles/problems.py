"""What can be wrong with a profile, each in a sentence that begins with the field."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Final

from topicscope.mqtt.topics import topic_filter_problem
from topicscope.profiles.problem_checks import (
    file_problem,
    host_problem,
    range_problem,
    string_problem,
    user_property_problem,
)
from topicscope.profiles.will_problems import will_problem

if TYPE_CHECKING:
    from topicscope.profiles.profile import Profile

LONGEST_NAME: Final = 500
LONGEST_CONNECT_TIMEOUT_S: Final = 300
FOUR_BYTES: Final = 4_294_967_295
"""Largest Four Byte Integer (MQTT 5.0 section 1.5.3)."""

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SPACE_OR_CONTROL = re.compile(r"[\x00-\x20\x7f-\x9f]")
_CONTROL_OR_SURROGATE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_FINGERPRINT = re.compile(r"[0-9A-Fa-f]{64}")
_PKCS12 = (".p12", ".pfx")
_OWN_HEADERS = frozenset(
    {"connection", "upgrade", "content-length", "transfer-encoding"}
    | {f"sec-websocket-{name}" for name in ("key", "version", "protocol", "extensions", "accept")}
)
_REFERENCES = {"command": "Token command", "file": "Token file", "environment": "Variable"}


def profile_problem(profile: Profile) -> str | None:
    """Say in a sentence the first thing that is wrong, with its field, or None."""
    checks = (
        _place_problem,
        _address_problem,
        _way_problem,
        _session_problem,
        _tls_problem,
        _header_problem,
        _login_problem,
        _secret_source_problem,
        _connect_properties_problem,
        _user_properties_problem,
        will_problem,
        _subscription_problem,
    )
    return next((text for check in checks if (text := check(profile))), None)


# --- where it stands, and the way to the broker ---


def _place_problem(profile: Profile) -> str | None:
    for field, text in (("Name", profile.name), ("Folder", profile.folder)):
        if _CONTROL_OR_SURROGATE.search(text):
            return f"{field}: control characters do not belong here."
        if len(text) > LONGEST_NAME:
            return f"{field}: {len(text):,} characters are more than {LONGEST_NAME}."
    if profile.folder and not all(level.strip() for level in profile.folder.split("/")):
        return "Folder: a level is empty; levels are parted by one “/”, as in “plant/line 1”."
    return None


def _address_problem(profile: Profile) -> str | None:
    if profile.transport == "unix":
        return _socket_path_problem(profile.path)
    if problem := host_problem(profile.host, "the name or address of the broker"):
        return f"Host: {problem}"
    if problem := range_problem(profile.port, 1, 65_535):
        return f"Port: {problem}"
    if profile.transport == "websocket":
        return _websocket_path_problem(profile.path) or _sub_protocol_problem(profile.sub_protocol)
    return None


def _socket_path_problem(path: str) -> str | None:
    if not path.strip():
        return "Path: the file name of the socket is missing."
    problem = file_problem(path)
    return f"Path: {problem}" if problem else None


def _websocket_path_problem(path: str) -> str | None:
    if not path.startswith("/"):
        return "Path: the path of a WebSocket begins with “/”."
    if _SPACE_OR_CONTROL.search(path) or not path.isascii():
        return "Path: spaces, control characters and letters beyond ASCII must be written as %XX."
    return None


def _sub_protocol_problem(sub_protocol: str) -> str | None:
    names = [name.strip() for name in sub_protocol.split(",")] if sub_protocol else []
    if all(_TOKEN.fullmatch(name) for name in names):
        return None
    return "Sub-protocol: only names such as “mqtt” belong here, with commas between them."


def _way_problem(profile: Profile) -> str | None:
    if problem := range_problem(profile.connect_timeout, 1, LONGEST_CONNECT_TIMEOUT_S, " s"):
        return f"Connect time-out: {problem}"
    proxy = profile.proxy
    if proxy is None:
        return None
    if profile.transport == "unix":
        return "Proxy: a Unix domain socket is on this machine and reached without one."
    if problem := host_problem(proxy.host, "the name or address of the proxy"):
        return f"Proxy host: {problem}"
    if problem := range_problem(proxy.port, 1, 65_535):
        return f"Proxy port: {problem}"
    return _proxy_user_problem(proxy.kind, proxy.username)


def _proxy_user_problem(kind: str, username: str) -> str | None:
    if _CONTROL_OR_SURROGATE.search(username):
        return "Proxy user name: control characters do not belong here."
    if kind == "http" and ":" in username:
        return "Proxy user name: with HTTP it must not hold “:”."
    if kind == "socks5" and len(username.encode()) > 255:
        return "Proxy user name: SOCKS5 carries at most 255 bytes."
    return None


def _header_problem(profile: Profile) -> str | None:
    for name, value in profile.headers:
        if not _TOKEN.fullmatch(name):
            return f"Headers: “{name}” is not the name of an HTTP header."
        if name.lower() in _OWN_HEADERS:
            return f"Headers: {name} is written by the WebSocket itself."
        if _CONTROL_OR_SURROGATE.search(value):
            return f"Headers: the value of {name} has a control character in it."
    return None


# --- TLS ---


def _tls_problem(profile: Profile) -> str | None:
    if profile.tls and profile.transport == "unix":
        return "TLS: a Unix domain socket is spoken to without TLS."
    if profile.pinned_certificate and not _FINGERPRINT.fullmatch(profile.pinned_certificate):
        return "Pinned certificate: a SHA-256 fingerprint has 64 hexadecimal digits."
    if profile.server_name and (problem := host_problem(profile.server_name, "the name")):
        return f"Server name: {problem}"
    for protocol in profile.alpn:
        if not protocol.isascii() or not 1 <= len(protocol) <= 255:
            return f"ALPN: “{protocol}” is not a protocol name of 1 to 255 ASCII characters."
    return _key_problem(profile) or _files_problem(profile)


def _key_problem(profile: Profile) -> str | None:
    if profile.key_file and not profile.certificate_file:
        return "Key: a private key needs its client certificate."
    if profile.key_file and profile.certificate_file.lower().endswith(_PKCS12):
        return "Key: a PKCS#12 file holds its key itself; leave this empty."
    return None


def _files_problem(profile: Profile) -> str | None:
    files = {
        "CA file": profile.ca_file,
        "Certificate": profile.certificate_file,
        "Key": profile.key_file,
        "Key log": profile.tls_key_log_file,
    }
    for field, file in files.items():
        if problem := file_problem(file):
            return f"{field}: {problem}"
    log = files.pop("Key log")
    for field, file in files.items():
        if log and log == file:
            return f"Key log: this file is in use as “{field}”, and would be written into."
    return None


# --- who logs in, and how ---


def _session_problem(profile: Profile) -> str | None:
    for field, text in (
        ("Client Identifier", profile.client_identifier),
        ("User name", profile.username),
        ("Placeholder password", profile.placeholder_password),
    ):
        if problem := string_problem(text):
            return f"{field}: {problem}"
    if profile.protocol_version == 3 and len(profile.client_identifier) > 23:
        return "Client Identifier: MQTT 3.1 allows at most 23 characters."
    problem = range_problem(profile.keep_alive, 0, 65_535, " s")
    return f"Keep alive: {problem}" if problem else None


def _login_problem(profile: Profile) -> str | None:
    if profile.authentication_method:
        return _authentication_problem(profile)
    if profile.login == "token_as_password" and not profile.username and _before_5(profile):
        return "User name: before MQTT 5 there is no password without one (section 3.1.2.9)."
    if profile.login == "azure_sas":
        return _azure_problem(profile)
    return _aws_problem(profile) if profile.login == "aws_sigv4" else None


def _authentication_problem(profile: Profile) -> str | None:
    method = profile.authentication_method
    if _before_5(profile):
        return f"Authentication: {method} needs MQTT 5 (section 4.12)."
    if profile.login != "password":
        return f"Authentication: {method} needs user name and password, no token or key."
    if not profile.username:
        return f"User name: {method} needs one."
    return None


def _azure_problem(profile: Profile) -> str | None:
    if not profile.client_identifier:
        return "Client Identifier: Azure IoT Hub needs the device ID here."
    if not profile.tls:
        return "TLS: Azure IoT Hub is spoken to with TLS only."
    return None


def _aws_problem(profile: Profile) -> str | None:
    if profile.transport != "websocket" or not profile.tls:
        return "Transport: Signature Version 4 of AWS needs a WebSocket over TLS (wss)."
    if not profile.username.strip():
        return "User name: the access key ID of AWS belongs here."
    return None


def _secret_source_problem(profile: Profile) -> str | None:
    if profile.secret_source == "stored":
        return None
    field, reference = _REFERENCES[profile.secret_source], profile.secret_reference
    if not reference.strip():
        return f"{field}: it says where the secret comes from, and is empty."
    if problem := file_problem(reference):
        return f"{field}: {problem}"
    if profile.secret_source == "command" and (problem := _command_problem(reference)):
        return f"{field}: {problem}"
    if profile.secret_source == "environment" and "=" in reference:
        return f"{field}: only its name belongs here, without “=”."
    return None


def _command_problem(command: str) -> str | None:
    try:
        words = shlex.split(command)
    except ValueError:
        return "a quotation mark is not closed, or nothing follows a backslash."
    return None if words and words[0] else "the program is missing."


# --- properties of CONNECT ---


def _connect_properties_problem(profile: Profile) -> str | None:
    expiry = profile.session_expiry_interval
    limits = (
        ("Session expiry", expiry, 0, FOUR_BYTES, " s"),
        ("Receive maximum", profile.receive_maximum, 1, 65_535, ""),
        ("Maximum packet size", profile.maximum_packet_size, 1, FOUR_BYTES, " bytes"),
        ("Topic alias maximum", profile.topic_alias_maximum, 0, 65_535, ""),
    )
    for field, value, least, most, unit in limits:
        if value is not None and _before_5(profile):
            return _needs_5(field)
        if value is not None and (problem := range_problem(value, least, most, unit)):
            return f"{field}: {problem}"
    if profile.request_response_information and _before_5(profile):
        return _needs_5("Request response information")
    if not profile.request_problem_information and _before_5(profile):
        return _needs_5("Request problem information")
    return None


def _user_properties_problem(profile: Profile) -> str | None:
    if profile.user_properties and _before_5(profile):
        return _needs_5("User properties")
    problem = user_property_problem(profile.user_properties)
    return f"User properties: {problem}" if problem else None


def _subscription_problem(profile: Profile) -> str | None:
    for topic_filter in profile.subscriptions:
        if problem := topic_filter_problem(topic_filter):
            return f"Subscriptions: “{topic_filter}”: {problem}."
    return None


def _before_5(profile: Profile) -> bool:
    return profile.protocol_version < 5


def _needs_5(field: str) -> str:
    return f"{field}: only MQTT 5 has it; choose that version or leave it out."
