"""What in a profile is secret: taking it out before a file is written, and putting it back before connecting."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import parse_qsl, urlencode

import msgspec

from topicscope.profiles.jwt import is_token

if TYPE_CHECKING:
    from topicscope.profiles.profile import Profile

Secrets: TypeAlias = Mapping[str, str]
"""Secrets of one profile by what they are.

``secret`` is the password, token, device key or secret access key, as `Profile.login` says; ``session_token`` belongs
to AWS, ``passphrase`` to the private key or PKCS#12 file; ``proxy_password``; ``header NAME`` is the value of a header;
``path`` is the whole path of a WebSocket whose query holds a token.
"""

_HEADER = "header "
_SECRET_HEADER = re.compile(
    r"authorization|cookie|token|secret|password|api-?key|signature|credential", re.IGNORECASE
)
_SECRET_PARAMETER = re.compile(
    r"token|secret|passw|auth|sig|credential|(^|[-_])key$|api-?key|^jwt$", re.IGNORECASE
)


def take_secrets(profile: Profile, password: str | None = None) -> tuple[Profile, dict[str, str]]:
    """Return the profile as it may stand in a file, and the secrets that were in it.

    Secret are the values of headers such as Authorization and Cookie, of which the empty names stay; tokens in the
    query of a WebSocket path; and a token as user name, which becomes the ``secret``: with `login` ``api_key`` where
    the password is the same, else ``token_as_user_name``, for which any other password is a placeholder.
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
    """Return the profile with the secret headers and the whole path; a secret header of no known value is left out.

    A path that has been changed since its tokens were taken out stays as it is.
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
    return msgspec.structs.replace(profile, headers=tuple(headers), path=path)


def is_secret_header(name: str) -> bool:
    """Tell whether the value of an HTTP header is a secret, by its name."""
    return bool(_SECRET_HEADER.search(name))


def path_without_tokens(path: str) -> str | None:
    """Return a path without the secrets in its query; None when there are none."""
    front, _, query = path.partition("?")
    parameters = parse_qsl(query, keep_blank_values=True)
    kept = [pair for pair in parameters if not _is_secret_parameter(*pair)]
    if len(kept) == len(parameters):
        return None
    return f"{front}?{urlencode(kept)}" if kept else front


def has_token(address: str) -> bool:
    """Tell whether a secret stands in the query of a URL or path, or a token in front of the host."""
    front, _, query = address.partition("?")
    user_info = front.partition("://")[2].rpartition("@")[0]
    if any(map(is_token, user_info.split(":", 1))):
        return True
    return any(value and _is_secret_parameter(name, value) for name, value in parse_qsl(query))


def _is_secret_parameter(name: str, value: str) -> bool:
    return bool(_SECRET_PARAMETER.search(name)) or is_token(value)


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
