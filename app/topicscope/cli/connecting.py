"""The options that say how to reach a broker, common to all commands that do."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from topicscope.cli.exit_codes import USAGE, CommandFailed
from topicscope.cli.words import say
from topicscope.profiles.url import UrlError, parse_url

if TYPE_CHECKING:
    import argparse

    from topicscope.profiles.profile import Profile

_PROTOCOLS = {"3.1": 3, "3.1.1": 4, "5": 5, "5.0": 5}
_TLS_OPTIONS = ("ca", "cert", "key", "insecure", "alpn")
_LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))


class Target(NamedTuple):
    """A broker to connect to."""

    profile: Profile
    password: str | None

    def __repr__(self) -> str:
        """Leave the password out: this text may end up in a log."""
        return f"Target({self.profile.url})"


def add_connection_options(parser: argparse.ArgumentParser) -> None:
    """Add what an address cannot say."""
    group = parser.add_argument_group("connection", "what an address cannot say")
    group.add_argument("--username", metavar="NAME", help="user name")
    group.add_argument(
        "--password-stdin", action="store_true", help="read the password from standard input"
    )
    group.add_argument(
        "--ca", metavar="FILE", help="certificates to trust in place of the system's"
    )
    group.add_argument("--cert", metavar="FILE", help="certificate of this client")
    group.add_argument("--key", metavar="FILE", help="private key of that certificate")
    group.add_argument(
        "--insecure", action="store_true", help="do not verify the broker's certificate"
    )
    group.add_argument(
        "--alpn", metavar="NAME", action="append", help="protocol to offer in TLS; may be repeated"
    )
    group.add_argument(
        "--header",
        metavar="'NAME: VALUE'",
        action="append",
        help="header of the WebSocket request; may be repeated",
    )
    group.add_argument("--protocol", choices=_PROTOCOLS, help="version of MQTT; 5 unless told")
    group.add_argument("--client-id", metavar="ID", help="Client Identifier")


def has_connection_options(options: argparse.Namespace) -> bool:
    """Tell whether any of the options was given."""
    names = ("username", "password_stdin", "header", "protocol", "client_id", *_TLS_OPTIONS)
    return any(getattr(options, name) for name in names)


def target(url: str, options: argparse.Namespace) -> Target:
    """Read an address and its options. Raises CommandFailed where they do not go together."""
    try:
        profile, password = parse_url(url)
    except UrlError as error:
        raise CommandFailed(USAGE, f"{error}.") from error
    _refuse_options_without_use(profile, options)
    profile = _with_options(profile, options)
    if problem := profile.problem():
        raise CommandFailed(USAGE, problem)
    if options.password_stdin:
        password = _read_password()
    if password is not None and not profile.tls and not _stays_here(profile):
        say(
            f"The password goes to {profile.host} unencrypted; mqtts:// or wss:// would protect it."
        )
    return Target(profile, password)


def _with_options(profile: Profile, options: argparse.Namespace) -> Profile:
    changes: dict[str, object] = {
        "username": options.username,
        "client_identifier": options.client_id,
        "protocol_version": _PROTOCOLS.get(options.protocol or ""),
        "ca_file": options.ca,
        "certificate_file": options.cert,
        "key_file": options.key,
        "insecure": options.insecure or None,
        "alpn": tuple(options.alpn) if options.alpn else None,
        "headers": tuple(map(_header, options.header)) if options.header else None,
    }
    given = {name: value for name, value in changes.items() if value is not None}
    return msgspec.structs.replace(profile, **given)


def _refuse_options_without_use(profile: Profile, options: argparse.Namespace) -> None:
    """Tell who asks for TLS or a header that this address would not use it."""
    if not profile.tls:
        for name in _TLS_OPTIONS:
            if getattr(options, name):
                raise CommandFailed(
                    USAGE, f"--{name} needs TLS: the address begins with mqtts:// or wss:// then."
                )
    if options.header and profile.transport != "websocket":
        raise CommandFailed(USAGE, "--header needs a WebSocket: an address with ws:// or wss://.")


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


def _stays_here(profile: Profile) -> bool:
    return profile.transport == "unix" or profile.host.lower() in _LOOPBACK
