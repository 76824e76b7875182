"""Reading a broker's address as people type, paste and print it.

``mqtt`` ``mqtts`` ``ws`` ``wss`` and ``mqtt+unix`` are the schemes of our own; ``http`` and
``https`` are what brokers print for their WebSocket listeners; ``tcp`` ``ssl`` ``tls`` stand in
the manuals of other clients. An address without a scheme is read as ``mqtt://``, with the port that is
registered for MQTT over TLS (8883) as ``mqtts://``. A token in the user
info becomes the secret that `Profile.login` says; behind an address of MQTT over TCP a Topic Filter
and settings may stand (`url_query`).

No sentence of an error quotes the part in which a password may stand.
"""

from __future__ import annotations

import ipaddress
import re
from typing import NamedTuple

import msgspec

from topicscope.profiles.jwt import is_token
from topicscope.profiles.profile import DEFAULT_PORTS, Profile
from topicscope.profiles.secrets import take_token
from topicscope.profiles.url_error import BAD_ESCAPE, UrlError, decoded
from topicscope.profiles.url_query import read_behind

__all__ = ["UrlError", "parse_url"]

LONGEST_URL = 8192
"""Longest address in characters that is looked at."""


class _Scheme(NamedTuple):
    transport: str
    tls: bool
    port: int


_SCHEMES = {
    "mqtt": _Scheme("tcp", tls=False, port=DEFAULT_PORTS["mqtt"]),
    "mqtts": _Scheme("tcp", tls=True, port=DEFAULT_PORTS["mqtts"]),
    "ws": _Scheme("websocket", tls=False, port=DEFAULT_PORTS["ws"]),
    "wss": _Scheme("websocket", tls=True, port=DEFAULT_PORTS["wss"]),
    "mqtt+unix": _Scheme("unix", tls=False, port=DEFAULT_PORTS["mqtt"]),
}
_SCHEMES |= {
    "http": _SCHEMES["ws"],
    "https": _SCHEMES["wss"],
    "tcp": _SCHEMES["mqtt"],
    "ssl": _SCHEMES["mqtts"],
    "tls": _SCHEMES["mqtts"],
    "tcps": _SCHEMES["mqtts"],
    "mqtt+tcp": _SCHEMES["mqtt"],
    "mqtt+ssl": _SCHEMES["mqtts"],
    "mqtt+tls": _SCHEMES["mqtts"],
    "mqtt+ws": _SCHEMES["ws"],
    "mqtt+wss": _SCHEMES["wss"],
    "unix": _SCHEMES["mqtt+unix"],
}

_WITH_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
_SLASHES_FORGOTTEN = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):/?(?=[^/0-9])")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029]")


def parse_url(text: str) -> tuple[Profile, str | None]:
    """Read an address into a profile without a name, and the password or token that stood in it.

    Raises UrlError with a sentence that says where the address is wrong, and why.
    """
    written = _unquoted(text)
    scheme_name, rest = _split_scheme(written)
    scheme = _SCHEMES[scheme_name]
    authority, path = _split_authority(rest)
    user_info, at, endpoint = authority.rpartition("@")
    username, password = _user_and_password(user_info) if at else ("", None)
    if scheme.transport == "unix":
        if endpoint:
            raise UrlError("Host", "a socket on this machine has none: write mqtt+unix:///path")
        profile = Profile(transport="unix", path=_unix_path(path), username=username)
        return _with_login(profile, password)
    host, port = _host_and_port(endpoint, scheme.port)
    tls = scheme.tls or (rest == written and port == DEFAULT_PORTS["mqtts"])
    profile = Profile(host=host, port=port, tls=tls, username=username)
    if scheme.transport == "websocket":
        profile = msgspec.structs.replace(
            profile, transport="websocket", path=_websocket_path(path)
        )
        return _with_login(profile, password)
    behind = read_behind(path)
    # What stands in front of the host is told from what a query says of it.
    changes = behind.changes | ({"username": username} if at else {})
    profile = msgspec.structs.replace(profile, **changes)
    return _with_login(profile, behind.password if password is None else password)


def _unquoted(text: str) -> str:
    """Return an address without the blanks, quotation marks and brackets in which texts put it."""
    text = text.strip()
    for opening, closing in ('""', "''", "``", "<>", "“”"):
        if len(text) > 1 and text.startswith(opening) and text.endswith(closing):
            return text[1:-1].strip()
    return text


def _with_login(profile: Profile, password: str | None) -> tuple[Profile, str | None]:
    """Say what kind of secret stood in the address, where it is a token."""
    profile, token = take_token(profile, password)
    if token is not None:
        return profile, token
    if password is not None and is_token(password):
        return msgspec.structs.replace(profile, login="token_as_password"), password
    return profile, password


def _split_scheme(text: str) -> tuple[str, str]:
    if not text:
        raise UrlError("Address", "it is empty; write for example mqtt://localhost:1883")
    if len(text) > LONGEST_URL:
        raise UrlError("Address", f"{len(text):,} characters are too long for an address")
    if match := _FORBIDDEN.search(text):
        raise UrlError(
            "Address",
            f"a space or control character stands at position {match.start() + 1}; "
            "in a name or password write it as %XX",
        )
    if match := _WITH_SCHEME.fullmatch(text):
        return _known_scheme(match[1]), match[2]
    match = _SLASHES_FORGOTTEN.match(text)
    if match and "@" not in text and match[1].lower() in _SCHEMES:
        raise UrlError("Scheme", f"two slashes belong after it: {match[1].lower()}://…")
    return "mqtt", text


def _known_scheme(name: str) -> str:
    if name.lower() in _SCHEMES:
        return name.lower()
    raise UrlError(
        "Scheme",
        f"“{name[:40]}” is not one for MQTT; known are mqtt, mqtts, ws, wss, mqtt+unix, "
        "http and https",
    )


def _split_authority(rest: str) -> tuple[str, str]:
    end = min((i for mark in "/?#" if (i := rest.find(mark)) >= 0), default=len(rest))
    authority, path = rest[:end], rest[end:]
    if "@" in path and "@" not in authority and ":" in authority:
        _refuse_raw_password(authority)
    return authority, path


def _refuse_raw_password(authority: str) -> None:
    """Tell a password with a bare slash from a path with an at sign: a port is a number."""
    port = authority.rpartition(":")[2]
    if not authority.endswith("]") and not (port.isascii() and port.isdigit()):
        raise UrlError(
            "Password", "in a user name or password “/” is written %2F, “?” %3F and “#” %23"
        )


def _user_and_password(user_info: str) -> tuple[str, str | None]:
    username, colon, password = user_info.partition(":")
    return decoded("User name", username), decoded("Password", password) if colon else None


def _host_and_port(endpoint: str, default_port: int) -> tuple[str, int]:
    if endpoint.startswith("["):
        address, bracket, after = endpoint[1:].partition("]")
        if not bracket:
            raise UrlError("Host", "the bracket of the IPv6 address is not closed")
        if after and not after.startswith(":"):
            raise UrlError("Port", "after the IPv6 address in brackets comes “:” and the port")
        return _ipv6(address), _port(after[1:], default_port) if after else default_port
    if endpoint.count(":") > 1:
        raise UrlError("Host", "an IPv6 address is written in brackets: mqtt://[::1]:1883")
    host, colon, port = endpoint.partition(":")
    host = decoded("Host", host)
    if not host:
        raise UrlError("Host", "the name or address of the broker is missing")
    if re.search(r"[\[\]<>\"\\^`{|}@/?#,;]", host) or _FORBIDDEN.search(host):
        raise UrlError("Host", f"“{_shown(host)}” is not a host name")
    return host, _port(port, default_port) if colon else default_port


def _ipv6(text: str) -> str:
    text = text.replace("%25", "%", 1)
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        raise UrlError("Host", f"“{_shown(text)}” is not an IPv6 address") from None
    return text


def _port(text: str, default_port: int) -> int:
    if not text:
        return default_port
    if not (text.isascii() and text.isdigit()):
        raise UrlError("Port", f"“{_shown(text)}” is not a number")
    if len(text) > 9 or not 1 <= int(text) <= 65_535:
        raise UrlError("Port", f"{_shown(text)} is not between 1 and 65535")
    return int(text)


def _shown(text: str) -> str:
    return text if len(text) <= 40 else text[:40] + "…"


def _websocket_path(path: str) -> str:
    path, _, fragment = path.partition("#")
    if fragment:
        raise UrlError("Path", "a WebSocket request has no part after “#”")
    if BAD_ESCAPE.search(path):
        raise UrlError(
            "Path", "after “%” come two hexadecimal digits; a percent sign itself is %25"
        )
    if not path.isascii():
        raise UrlError("Path", "letters beyond ASCII are written as %XX")
    if not path:
        return Profile().path
    return path if path.startswith("/") else "/" + path


def _unix_path(path: str) -> str:
    path = decoded("Path", path)
    if not path.strip("/"):
        raise UrlError("Path", "the file name of the socket is missing: mqtt+unix:///path")
    return path
