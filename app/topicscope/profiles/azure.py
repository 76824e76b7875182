"""What Azure IoT Hub wants from a device: a user name, and a SAS token made from the device's key.

A SAS token names the device (its resource URI), says when it expires, and is signed with
HMAC-SHA256 under the key, which itself never leaves this computer.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import Final
from urllib.parse import parse_qsl, quote

API_VERSION: Final = "2021-04-12"
LIFETIME_S: Final = 24 * 3600
"""How long a token that we make is good; IoT Hub ends the connection then, and the next has a new one."""

_TOKEN_BEGINS: Final = "SharedAccessSignature "


class KeyFormatError(ValueError):
    """A device key that is not base64."""


def user_name(host: str, client_identifier: str) -> str:
    """Return the user name of a device, or of a module (``device/module`` as Client Identifier)."""
    return f"{host}/{client_identifier}/?api-version={API_VERSION}"


def resource_uri(host: str, client_identifier: str) -> str:
    """Return what a token of this device or module gives access to."""
    device, _, module = client_identifier.partition("/")
    return f"{host}/devices/{device}" + (f"/modules/{module}" if module else "")


def sas_token(uri: str, key: str, expires_at: int, policy: str = "") -> str:
    """Make a SAS token for a resource, good until `expires_at` (seconds since 1970).

    `policy` names the shared access policy that the key belongs to; a device's own key has none.
    Raises KeyFormatError when the key is not base64.
    """
    resource = quote(uri, safe="")
    signature = _sign(f"{resource}\n{expires_at}", key)
    ending = f"&skn={quote(policy, safe='')}" if policy else ""
    return f"{_TOKEN_BEGINS}sr={resource}&sig={quote(signature, safe='')}&se={expires_at}{ending}"


def is_sas_token(secret: str) -> bool:
    """Say whether the secret is a token already, not the key to make one."""
    return secret.startswith(_TOKEN_BEGINS)


def expiry_of(token: str) -> float | None:
    """Return when a SAS token expires, in seconds since 1970, or None when it does not say."""
    fields = dict(parse_qsl(token.removeprefix(_TOKEN_BEGINS)))
    text = fields.get("se", "")
    return float(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def key_of(secret: str) -> str:
    """Return the key; where a whole connection string was pasted, the one that stands in it."""
    for part in secret.split(";"):
        name, equals, value = part.strip().partition("=")
        if equals and name.lower() == "sharedaccesskey":
            return value
    return secret.strip()


def _sign(text: str, key: str) -> str:
    try:
        raw = base64.b64decode(key, validate=True)
    except (binascii.Error, ValueError):
        raise KeyFormatError("The device key is not base64.") from None
    return base64.b64encode(hmac.digest(raw, text.encode(), hashlib.sha256)).decode()
