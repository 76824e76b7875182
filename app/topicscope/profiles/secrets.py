"""What in a profile is secret: taking it out before a file is written, and putting it back before connecting."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import unquote_plus

import msgspec

from topicscope.mqtt.secret_parameters import is_secret_parameter
from topicscope.profiles.jwt import is_token

if TYPE_CHECKING:
    from topicscope.profiles.profile import Profile

Secrets: TypeAlias = Mapping[str, str]
"""Secrets of one profile by what they are.

``secret`` is the password, token, device key or secret access key, as `Profile.login` says; ``session_token`` belongs
to AWS, ``passphrase`` to the private key or PKCS#12 file; ``proxy_password``; ``header NAME`` is the value of a header;
``path`` is the whole path of a WebSocket that holds a token, ``username`` the whole user name with a token in the query
behind it, as AWS reads it.
"""

_HEADER = "header "
_SECRET_HEADER = re.compile(
    r"authorization|cookie|token|secret|password|api-?key|signature|credential", re.IGNORECASE
)


def take_secrets(profile: Profile, password: str | None = None) -> tuple[Profile, dict[str, str]]:
    """Return the profile as it may stand in a file, and the secrets that were in it.

    Secret are the values of headers such as Authorization and Cookie, of which the empty names stay; tokens in a
    WebSocket path and in the query behind a user name; and a token as user name, which becomes the ``secret``: with
    `login` ``api_key`` where the password is the same, else ``token_as_user_name``, for which any other password is a
    placeholder.
    """
    profile, taken = _take_headers(profile)
    if password is not None:
        taken["secret"] = password
    if profile.transport == "websocket" and (path := path_without_tokens(profile.path)):
        taken["path"] = profile.path
        profile = msgspec.structs.replace(profile, path=path)
    profile, token = take_token(profile, password)
    if token is not None:
        taken["secret"] = token
    if (username := user_name_without_tokens(profile.username)) is not None:
        taken["username"] = profile.username
        profile = msgspec.structs.replace(profile, username=username)
    if is_token(profile.placeholder_password):
        profile = msgspec.structs.replace(profile, placeholder_password="")
    return profile, taken


def take_token(profile: Profile, password: str | None = None) -> tuple[Profile, str | None]:
    """Return the profile without the token that is its user name, and that token; None where it is none."""
    token = profile.username
    if not is_token(token):
        return profile, None
    login = "api_key" if password == token else "token_as_user_name"
    return msgspec.structs.replace(profile, username="", login=login), token


def with_secrets(profile: Profile, secrets: Secrets) -> Profile:
    """Return the profile with the secret headers, the whole path and the whole user name.

    A secret header of no known value is left out. A path or user name that has been changed since its tokens were
    taken out stays as it is.
    """
    left = {
        name.removeprefix(_HEADER): value
        for name, value in secrets.items()
        if name.startswith(_HEADER)
    }
    headers: list[tuple[str, str]] = []
    for key, (name, value) in _keyed(profile.headers):
        known = left.pop(key, "")
        if value or known or not is_secret_header(name):
            headers.append((name, value or known))
    headers += [(key.partition(" ")[0], value) for key, value in left.items()]
    path = secrets.get("path", "")
    if profile.transport != "websocket" or path_without_tokens(path) != profile.path:
        path = profile.path
    username = secrets.get("username", "")
    if user_name_without_tokens(username) != profile.username:
        username = profile.username
    return msgspec.structs.replace(profile, headers=tuple(headers), path=path, username=username)


def is_secret_header(name: str) -> bool:
    """Tell whether the value of an HTTP header is a secret, by its name."""
    return bool(_SECRET_HEADER.search(name))


def path_without_tokens(path: str) -> str | None:
    """Return a path without its tokens and the secrets in its query; None when there are none."""
    front, mark, query = path.partition("?")
    levels = front.split("/")
    kept = [level for level in levels if not is_token(level)]
    front = "/".join(kept) or "/"
    clean = _query_without_secrets(query)
    if clean is None:
        return None if len(kept) == len(levels) else front + mark + query
    return f"{front}?{clean}" if clean else front


def user_name_without_tokens(username: str) -> str | None:
    """Return a user name without the secrets in the query behind it; None when there are none."""
    front, _, query = username.partition("?")
    clean = _query_without_secrets(query)
    if clean is None:
        return None
    return f"{front}?{clean}" if clean else front


def has_token(address: str) -> bool:
    """Tell whether there is a secret in a URL, path or user name: in its query, in front of the host, or a token."""
    front, _, query = address.partition("?")
    user_info, _, path = front.partition("://")[2].rpartition("@")
    parts = (*user_info.split(":", 1), *(path or front).split("/"))
    return any(map(is_token, parts)) or _query_without_secrets(query) is not None


def tokens_in(address: str) -> list[str]:
    """Return the tokens in a path or user name and in the query behind it."""
    front, _, query = address.partition("?")
    values = [unquote_plus(pair.partition("=")[2]) for pair in query.split("&")]
    return [part for part in (*front.split("/"), *values) if is_token(part)]


def _query_without_secrets(query: str) -> str | None:
    """Return the rest of a query as it was written; None when there is no secret in it."""
    pairs = query.split("&")
    kept = [pair for pair in pairs if not _is_secret_pair(pair)]
    return None if len(kept) == len(pairs) else "&".join(kept)


def _is_secret_pair(pair: str) -> bool:
    name, _, value = pair.partition("=")
    return bool(value) and (
        is_secret_parameter(unquote_plus(name)) or is_token(unquote_plus(value))
    )


def _take_headers(profile: Profile) -> tuple[Profile, dict[str, str]]:
    taken: dict[str, str] = {}
    headers: list[tuple[str, str]] = []
    for key, (name, value) in _keyed(profile.headers):
        if value and (is_secret_header(name) or is_token(value.removeprefix("Bearer "))):
            taken[_HEADER + key] = value
            headers.append((name, ""))
        else:
            headers.append((name, value))
    return msgspec.structs.replace(profile, headers=tuple(headers)), taken


def _keyed(headers: tuple[tuple[str, str], ...]) -> list[tuple[str, tuple[str, str]]]:
    """Return each header with a key of its own: its name, and a number behind a name that comes again."""
    seen: dict[str, int] = {}
    keyed: list[tuple[str, tuple[str, str]]] = []
    for name, value in headers:
        number = seen[name] = seen.get(name, 0) + 1
        keyed.append((f"{name} {number}" if number > 1 else name, (name, value)))
    return keyed
