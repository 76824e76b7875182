"""What goes on the wire to log in: made from a profile and its secrets for one dial.

Each kind of `Profile.login` is one small function. A token that has expired is said before anybody
tries it; a clock may be wrong by a minute. Nothing here is printed: see ``Credentials``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from topicscope.payload.text import escape
from topicscope.profiles import azure, sigv4
from topicscope.profiles.jwt import (
    CLOCK_SKEW_S,
    bare_token,
    clock_words,
    is_token,
    read_token,
    span_words,
)
from topicscope.profiles.problem_checks import LONGEST_STRING
from topicscope.profiles.secrets import tokens_in, with_secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from topicscope.profiles.profile import Profile

DEFAULT_PLACEHOLDER: Final = "-"
"""The password where a broker wants one beside a token and looks at none."""

SECRET_USER_NAMES: Final = frozenset({"token_as_user_name", "api_key"})
"""Kinds of login whose user name is as secret as a password, whatever it looks like."""

_OLD_TOKEN: Final = {
    "stored": "give a new one",
    "command": "the token command printed an old one",
    "file": "the token file holds an old one",
    "environment": "the environment variable holds an old one",
}


class CredentialsError(ValueError):
    """Why nobody can log in with this profile and these secrets; the text is a sentence."""


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """User name, password and what else is secret on the way to CONNACK.

    Attributes:
        path: of the WebSocket request, signed where needed; else that of the profile.
        headers: of the WebSocket request, the secret ones put back.
        passphrase: of the client key or PKCS#12 file.
        expires_at: when token or SAS expire, in seconds since 1970, where they say.
        remarks: sentences worth a note, such as a clock that is a little wrong.

    """

    username: str | None = None
    password: bytes | None = None
    path: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    passphrase: str | None = None
    proxy_password: str | None = None
    expires_at: float | None = None
    remarks: tuple[str, ...] = ()

    @property
    def has_login(self) -> bool:
        """Whether CONNECT says who connects."""
        return self.username is not None or self.password is not None

    def __repr__(self) -> str:
        return f"Credentials(expires_at={self.expires_at})"


def make_credentials(profile: Profile, secrets: Mapping[str, str], now: float) -> Credentials:
    """Make what logs in at `now` (seconds since 1970).

    Raises CredentialsError with a sentence: a secret is missing, or a token has expired.
    """
    profile = with_secrets(profile, secrets)
    given = Credentials(
        path=profile.path,
        headers=profile.headers,
        passphrase=secrets.get("passphrase"),
        proxy_password=secrets.get("proxy_password"),
    )
    made = _LOGINS[profile.login](profile, secrets, given, now)
    _check_length("user name", made.username or "")
    _check_length("password", made.password or b"")
    return _with_expiry(made, profile, now)


# --- kinds of login ---


def _password(
    profile: Profile, secrets: Mapping[str, str], given: Credentials, _now: float
) -> Credentials:
    secret = secrets.get("secret")
    # A password needs a user name before MQTT 5 (section 3.1.2.9 of 3.1.1), if only an empty one.
    username = profile.username or (None if secret is None else "")
    return replace(given, username=username, password=None if secret is None else secret.encode())


def _token_as_user_name(
    profile: Profile, secrets: Mapping[str, str], given: Credentials, _now: float
) -> Credentials:
    password = profile.placeholder_password or DEFAULT_PLACEHOLDER
    return replace(given, username=_token(secrets, "token"), password=password.encode())


def _token_as_password(
    profile: Profile, secrets: Mapping[str, str], given: Credentials, _now: float
) -> Credentials:
    return replace(given, username=profile.username, password=_token(secrets, "token").encode())


def _api_key(
    _profile: Profile, secrets: Mapping[str, str], given: Credentials, _now: float
) -> Credentials:
    key = _token(secrets, "API key")
    return replace(given, username=key, password=key.encode())


def _azure_sas(
    profile: Profile, secrets: Mapping[str, str], given: Credentials, now: float
) -> Credentials:
    secret = _secret(secrets, "device key")
    host = profile.server_name or profile.host
    device = profile.client_identifier
    if not device:
        raise CredentialsError("Client Identifier: Azure IoT Hub needs the device ID here.")
    if azure.is_sas_token(secret):
        token, expires_at = secret, azure.expiry_of(secret)
    else:
        expires_at = float(int(now) + azure.LIFETIME_S)
        uri = azure.resource_uri(host, device)
        try:
            token = azure.sas_token(uri, azure.key_of(secret), int(expires_at))
        except azure.KeyFormatError as error:
            raise CredentialsError(
                f"{error} Copy the primary key or the connection string of the device."
            ) from None
    username = profile.username or azure.user_name(host, device)
    return replace(given, username=username, password=token.encode(), expires_at=expires_at)


def _aws_sigv4(
    profile: Profile, secrets: Mapping[str, str], given: Credentials, now: float
) -> Credentials:
    secret = _secret(secrets, "secret access key")
    if profile.transport != "websocket" or not profile.tls:
        raise CredentialsError("Signature Version 4 needs a WebSocket over TLS (wss).")
    if not profile.username.strip():
        raise CredentialsError("User name: the access key ID belongs here.")
    region = sigv4.region_of(profile.host) or sigv4.region_of(profile.server_name)
    if region is None:
        raise CredentialsError(
            "Host: the region is read from the endpoint of AWS IoT Core, which looks like "
            "a1b2c3d4e5-ats.iot.eu-west-1.amazonaws.com."
        )
    port = "" if profile.port == 443 else f":{profile.port}"
    named = {name.lower(): text for name, text in given.headers}
    path = sigv4.presigned_path(
        given.path or "/mqtt",
        host=named.get("host", (profile.server_name or profile.host) + port),
        region=region,
        access_key=profile.username.strip(),
        secret_key=secret,
        session_token=secrets.get("session_token", "").strip(),
        now=now,
    )
    return replace(given, path=path)


_LOGINS: Final[
    dict[str, Callable[[Profile, Mapping[str, str], Credentials, float], Credentials]]
] = {
    "password": _password,
    "token_as_user_name": _token_as_user_name,
    "token_as_password": _token_as_password,
    "api_key": _api_key,
    "azure_sas": _azure_sas,
    "aws_sigv4": _aws_sigv4,
}


# --- checks ---


def _secret(secrets: Mapping[str, str], what: str) -> str:
    secret = secrets.get("secret", "").strip()
    if not secret:
        raise CredentialsError(f"The {what} is missing.")
    return secret


def _token(secrets: Mapping[str, str], what: str) -> str:
    secret = _secret(secrets, what)
    bare = bare_token(secret)
    return bare if is_token(bare) else secret


def _check_length(what: str, text: str | bytes) -> None:
    raw = text if isinstance(text, bytes) else text.encode(errors="replace")
    if len(raw) > LONGEST_STRING:
        raise CredentialsError(
            f"The {what} has {len(raw):,} bytes, more than the 65,535 that MQTT can carry."
        )
    if isinstance(text, str) and "\0" in text:
        raise CredentialsError(f"NUL is not allowed in the {what}.")


def _with_expiry(made: Credentials, profile: Profile, now: float) -> Credentials:
    """Raise when a token has expired; else keep the end that comes first, and remarks."""
    dated: list[_Dated] = []
    if made.expires_at is not None:
        dated.append(_Dated("The token", None, made.expires_at, is_secret=True))
    for name, text, is_secret in _places_of_tokens(made, profile):
        if (token := read_token(text)) is not None:
            dated.append(_Dated(name, token.not_before, token.expires_at, is_secret))
    remarks = list(made.remarks)
    remarks += (
        f"{one.name} is good from {clock_words(one.starts, now)} on: is this computer’s clock right?"
        for one in dated
        if one.starts is not None and one.starts > now + CLOCK_SKEW_S
    )
    ends = [(one.ends, one) for one in dated if one.ends is not None]
    expires_at, first = min(ends, key=lambda end: end[0], default=(None, None))
    if expires_at is not None and first is not None and expires_at <= now:
        late = now - expires_at
        said = f"{first.name} expired {span_words(late)} ago ({clock_words(expires_at, now)})"
        if late > CLOCK_SKEW_S:
            source = profile.secret_source if first.is_secret else "stored"
            raise CredentialsError(f"{said}: {_OLD_TOKEN[source]}.")
        remarks.append(f"{said}; it is tried, for clocks may differ a little.")
    return replace(made, expires_at=expires_at, remarks=tuple(dict.fromkeys(remarks)))


class _Dated(NamedTuple):
    """Something that is good for a time, in seconds since 1970."""

    name: str
    starts: float | None
    ends: float | None
    is_secret: bool
    """Whether it comes from where the profile's secret comes from."""


def _places_of_tokens(made: Credentials, profile: Profile) -> Iterator[tuple[str, str, bool]]:
    """Yield what a token is called, what may be one, and whether it is the secret of the profile."""
    for text in (made.username or "", (made.password or b"").decode(errors="replace")):
        yield "The token", text, True
    for text in tokens_in("?" + (made.username or "").partition("?")[2]):
        yield "The token behind the user name", text, False
    if profile.transport != "websocket":
        return
    for text in tokens_in(made.path):
        yield "The token in the WebSocket path", text, False
    for name, value in made.headers:
        for part in value.split(";"):
            # A cookie has a name of its own in front of it.
            text = part.partition("=")[2] if name.lower() == "cookie" else part
            yield f"The token in the header {escape(name[:40])}", text, False
