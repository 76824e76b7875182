"""Which secrets a profile needs and nobody knows yet, and what people call them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from topicscope.profiles.secrets import is_secret_header

if TYPE_CHECKING:
    from collections.abc import Mapping

    from topicscope.profiles.profile import Login, Profile

SECRET_NAMES: Final[dict[Login, str]] = {
    "password": "Password",
    "token_as_user_name": "Token",
    "token_as_password": "Token",
    "api_key": "API key",
    "azure_sas": "Device key",
    "aws_sigv4": "Secret access key",
}
_LONGEST_KEY_FILE: Final = 1 << 20
_PKCS12: Final = frozenset({".p12", ".pfx"})


PROXY_LOGIN: Final = "proxy-login"
"""The reason of a connection that ended because a proxy wants to know who goes through it."""


class AskedSecret(NamedTuple):
    """One field of a question: the name of the secret, the words before the field, whether it may stay empty."""

    name: str
    title: str
    may_be_empty: bool = False


def login_secret(profile: Profile) -> AskedSecret:
    """Return how the secret of the login is asked for."""
    return AskedSecret("secret", SECRET_NAMES[profile.login], profile.login == "password")


def proxy_secret() -> AskedSecret:
    """Return how the password of the proxy is asked for."""
    return AskedSecret("proxy_password", "Password of the proxy", may_be_empty=True)


def missing_secrets(profile: Profile, secrets: Mapping[str, str]) -> tuple[AskedSecret, ...]:
    """Return what is to be asked before connecting. It looks at the key file: call it in a worker."""
    found: list[AskedSecret] = []
    if profile.secret_source == "stored" and "secret" not in secrets:
        wants = bool(profile.username or profile.authentication_method)
        if profile.login != "password" or wants:
            found.append(login_secret(profile))
    if profile.tls and "passphrase" not in secrets and _is_locked(profile):
        found.append(AskedSecret("passphrase", "Pass phrase of the key", may_be_empty=True))
    proxy = profile.proxy
    if proxy is not None and proxy.username and "proxy_password" not in secrets:
        found.append(proxy_secret())
    return (*found, *_missing_headers(profile, secrets))


def _missing_headers(profile: Profile, secrets: Mapping[str, str]) -> list[AskedSecret]:
    if profile.transport != "websocket":
        return []
    return [
        AskedSecret(f"header {name}", f"Header {name}", may_be_empty=True)
        for name, value in profile.headers
        if not value and is_secret_header(name) and f"header {name}" not in secrets
    ]


def _is_locked(profile: Profile) -> bool:
    """Tell whether the client key is encrypted; a file that cannot be read is told about when it is used."""
    name = profile.key_file or profile.certificate_file
    if not name:
        return False
    path = Path(name)
    if path.suffix.lower() in _PKCS12:
        return True
    try:
        with path.open("rb") as file:
            return b"ENCRYPTED" in file.read(_LONGEST_KEY_FILE)
    except OSError:
        return False
