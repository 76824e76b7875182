"""The options that say how to reach a broker, common to all commands that do."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple
from urllib.parse import unquote, urlsplit

import msgspec

from topicscope.cli.exit_codes import USAGE, CommandFailed
from topicscope.cli.words import say
from topicscope.profiles.problems import profile_problem
from topicscope.profiles.profile import Proxy, Will
from topicscope.profiles.url import UrlError, parse_url

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from topicscope.profiles.profile import Profile

_PROTOCOLS = {"3.1": 3, "3.1.1": 4, "5": 5, "5.0": 5}
_LOGINS = {
    "password": "password",
    "token-as-user-name": "token_as_user_name",
    "token-as-password": "token_as_password",
    "api-key": "api_key",
    "azure-sas": "azure_sas",
    "aws-sigv4": "aws_sigv4",
}
_TLS_OPTIONS = (
    *("ca", "cert", "key", "passphrase_file", "insecure", "alpn", "pin", "server_name", "key_log"),
)
_WEBSOCKET_OPTIONS = ("header", "sub_protocol")
_MQTT_5_OPTIONS = ("session_expiry", "user_property")
_TOKEN_SOURCES = {
    "token_command": "command",
    "token_file": "file",
    "token_env": "environment",
}
_WILL_OPTIONS = ("will_payload", "will_qos", "will_retain")
_OTHERS = (
    *("username", "password_stdin", "login", "protocol", "client_id", "proxy", "keep_alive"),
    *("read_only", "will_topic"),
)
_PROXY_PORTS = {"socks5": 1080, "http": 8080}
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_LONGEST_PASS_PHRASE = 4096
_LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))


class Target(NamedTuple):
    """A broker to connect to."""

    profile: Profile
    secrets: Mapping[str, str]

    def __repr__(self) -> str:
        """Leave the secrets out: this text may end up in a log."""
        return f"Target({self.profile.url})"


def add_connection_options(parser: argparse.ArgumentParser) -> None:
    """Add what an address cannot say."""
    _add_login_options(parser.add_argument_group("login", "who connects"))
    _add_security_options(parser.add_argument_group("security", "for mqtts:// and wss://"))
    _add_way_options(parser.add_argument_group("way", "how the broker is reached"))
    _add_session_options(parser.add_argument_group("session", "what CONNECT says"))


def _add_login_options(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--username", metavar="NAME", help="user name")
    add("--password-stdin", action="store_true", help="read the password from standard input")
    add("--login", choices=_LOGINS, help="what the password is and where it goes")
    add("--token-command", metavar="COMMAND", help="program that prints the password or token")
    add("--token-file", metavar="FILE", help="file that holds it")
    add("--token-env", metavar="NAME", help="environment variable that holds it")


def _add_security_options(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--ca", metavar="FILE", help="certificates to trust in place of the system's")
    add("--cert", metavar="FILE", help="certificate of this client, PEM or PKCS#12")
    add("--key", metavar="FILE", help="private key of that certificate")
    add("--passphrase-file", metavar="FILE", help="its first line is the pass phrase of that key")
    add("--pin", metavar="SHA-256", help="fingerprint of the one certificate to trust")
    add("--server-name", metavar="NAME", help="name to verify in place of the host")
    add("--insecure", action="store_true", help="do not verify the broker's certificate")
    add("--alpn", metavar="NAME", action="append", help="protocol to offer; may be repeated")
    add("--key-log", metavar="FILE", help="write the keys of TLS there, for Wireshark")


def _add_way_options(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--proxy", metavar="URL", help="socks5://[user@]host[:port] or http://[user@]host[:port]")
    text = "header of the WebSocket request; may be repeated"
    add("--header", metavar="'NAME: VALUE'", action="append", help=text)
    add("--sub-protocol", metavar="NAME", help="of the WebSocket; mqtt unless told")


def _add_session_options(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--protocol", choices=_PROTOCOLS, help="version of MQTT; 5 unless told")
    add("--client-id", metavar="ID", help="Client Identifier")
    add("--keep-alive", metavar="S", type=int, help="seconds; 60 unless told, 0 for none")
    text = "keep the session for so many seconds (no Clean Start)"
    add("--session-expiry", metavar="S", type=int, help=text)
    text = "User Property of CONNECT; may be repeated"
    add("--user-property", metavar="KEY=VALUE", action="append", help=text)
    add("--read-only", action="store_true", help="refuse every PUBLISH")
    add("--will-topic", metavar="TOPIC", help="topic of the Will Message")
    add("--will-payload", metavar="TEXT", help="its payload")
    add("--will-qos", metavar="N", type=int, choices=(0, 1, 2), help="its QoS")
    add("--will-retain", action="store_true", help="let it be retained")


def has_connection_options(options: argparse.Namespace) -> bool:
    """Tell whether any of the options was given."""
    names = (
        *(*_TLS_OPTIONS, *_WEBSOCKET_OPTIONS, *_MQTT_5_OPTIONS, *_TOKEN_SOURCES),
        *(*_WILL_OPTIONS, *_OTHERS),
    )
    return any(_is_given(options, name) for name in names)


def _is_given(options: argparse.Namespace, name: str) -> bool:
    # A keep alive of 0 and an empty payload are given, too.
    value = getattr(options, name)
    return value is not None and value is not False


def target(url: str, options: argparse.Namespace) -> Target:
    """Read an address and its options. Raises CommandFailed where they do not go together."""
    try:
        profile, password = parse_url(url)
    except UrlError as error:
        raise CommandFailed(USAGE, f"{error}.") from error
    _refuse_options_without_use(profile, options)
    proxy, proxy_password = _proxy(options.proxy) if options.proxy else (None, None)
    profile = _with_options(profile, options)
    if proxy is not None:
        profile = msgspec.structs.replace(profile, proxy=proxy)
    if problem := profile_problem(profile):
        raise CommandFailed(USAGE, problem)
    if options.password_stdin:
        password = _read_password()
    brings_secret = password is not None or profile.secret_source != "stored"
    if brings_secret and not profile.tls and not _stays_here(profile):
        say(
            f"The password goes to {profile.host} unencrypted; mqtts:// or wss:// would protect it."
        )
    passphrase = _first_line(options.passphrase_file) if options.passphrase_file else None
    secrets = {"secret": password, "passphrase": passphrase, "proxy_password": proxy_password}
    return Target(profile, {name: text for name, text in secrets.items() if text is not None})


def _with_options(profile: Profile, options: argparse.Namespace) -> Profile:
    changes: dict[str, object] = {
        "username": options.username,
        "login": _LOGINS.get(options.login or ""),
        "client_identifier": options.client_id,
        "protocol_version": _PROTOCOLS.get(options.protocol or ""),
        "ca_file": options.ca,
        "certificate_file": options.cert,
        "key_file": options.key,
        "insecure": options.insecure or None,
        "pinned_certificate": _pin(options.pin) if options.pin else None,
        "server_name": options.server_name,
        "tls_key_log_file": options.key_log,
        "alpn": tuple(options.alpn) if options.alpn else None,
        "headers": tuple(map(_header, options.header)) if options.header else None,
        "sub_protocol": options.sub_protocol,
        "keep_alive": options.keep_alive,
        "read_only": options.read_only or None,
        "will": _will(options),
    }
    for name, source in _TOKEN_SOURCES.items():
        if reference := getattr(options, name):
            changes |= {"secret_source": source, "secret_reference": reference}
    if options.session_expiry is not None:
        changes |= {"session_expiry_interval": options.session_expiry, "clean_start": False}
    if options.user_property:
        changes["user_properties"] = tuple(map(_user_property, options.user_property))
    given = {name: value for name, value in changes.items() if value is not None}
    return msgspec.structs.replace(profile, **given)


def _refuse_options_without_use(profile: Profile, options: argparse.Namespace) -> None:
    """Tell who asks for something that this address or another option would not use."""
    tls = "TLS: the address begins with mqtts:// or wss:// then"
    websocket = "a WebSocket: an address with ws:// or wss://"
    for needed, what, names in (
        (profile.tls, tls, _TLS_OPTIONS),
        (profile.transport == "websocket", websocket, _WEBSOCKET_OPTIONS),
        (
            options.protocol in (None, "5", "5.0"),
            "MQTT 5, not an older --protocol",
            _MQTT_5_OPTIONS,
        ),
        (options.cert, "--cert: it opens the key of a client certificate", ("passphrase_file",)),
        (options.will_topic, "--will-topic: a Will Message has a topic", _WILL_OPTIONS),
        (profile.transport != "unix", "a network: a Unix socket is on this machine", ("proxy",)),
    ):
        for name in names:
            if not needed and _is_given(options, name):
                raise CommandFailed(USAGE, f"{_flag(name)} needs {what}.")
    _refuse_two_at_once(options, ("password_stdin", *_TOKEN_SOURCES), "each brings the password")
    _refuse_two_at_once(options, ("pin", "insecure"), "a pinned certificate is verified")
    _refuse_two_at_once(options, ("pin", "ca"), "only the pinned certificate is trusted")
    if _is_given(options, "read_only") and _is_given(options, "will_topic"):
        raise CommandFailed(
            USAGE, "--read-only and --will-topic do not go together: a Will Message is published."
        )


def _refuse_two_at_once(options: argparse.Namespace, names: tuple[str, ...], why: str) -> None:
    given = [_flag(name) for name in names if _is_given(options, name)]
    if len(given) > 1:
        raise CommandFailed(USAGE, f"{given[0]} and {given[1]} do not go together: {why}.")


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _pin(text: str) -> str:
    fingerprint = "".join(text.lower().replace(":", " ").split())
    if not _FINGERPRINT.fullmatch(fingerprint):
        raise CommandFailed(
            USAGE, "--pin takes a SHA-256 fingerprint: 64 hexadecimal digits, colons allowed."
        )
    return fingerprint


def _proxy(text: str) -> tuple[Proxy, str | None]:
    """Read the address of a proxy; a password that stands in it is kept apart, and never quoted."""
    scheme, mark, _ = text.partition("://")
    if not mark or scheme.lower() not in _PROXY_PORTS:
        raise CommandFailed(USAGE, "--proxy is written socks5://host:1080 or http://host:8080.")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or port == 0 or (parts.path.strip("/") or parts.query or parts.fragment):
        raise CommandFailed(USAGE, "--proxy: no host and port can be read from it.")
    kind: Literal["socks5", "http"] = "http" if parts.scheme == "http" else "socks5"
    proxy = Proxy(
        kind=kind,
        host=host,
        port=port or _PROXY_PORTS[kind],
        username=unquote(parts.username or ""),
    )
    return proxy, None if parts.password is None else unquote(parts.password)


def _will(options: argparse.Namespace) -> Will | None:
    if options.will_topic is None:
        return None
    return Will(
        topic=options.will_topic,
        payload=options.will_payload or "",
        qos=options.will_qos or 0,
        retain=options.will_retain,
    )


def _user_property(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign:
        raise CommandFailed(USAGE, "--user-property is written KEY=VALUE.")
    return key, value


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon:
        raise CommandFailed(USAGE, "--header is written 'Name: value'.")
    return name.strip(), value.strip()


def _read_password() -> str:
    line = sys.stdin.readline()
    if not line:
        raise CommandFailed(USAGE, "--password-stdin: standard input has ended without a line.")
    return line.rstrip("\r\n")


def _first_line(name: str) -> str:
    try:
        with Path(name).open(encoding="utf-8") as file:
            return file.readline(_LONGEST_PASS_PHRASE).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise CommandFailed(USAGE, f"--passphrase-file {name}: {reason}.") from error


def _stays_here(profile: Profile) -> bool:
    return profile.transport == "unix" or profile.host.lower() in _LOOPBACK
