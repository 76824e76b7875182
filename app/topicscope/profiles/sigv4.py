"""Signing the WebSocket of AWS IoT Core: Signature Version 4, in the query of the path.

The service is ``iotdevicegateway``. Unlike elsewhere at AWS the session token of temporary
credentials is no part of what is signed: it is appended afterwards.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from typing import Final
from urllib.parse import parse_qsl, quote

LIFETIME_S: Final = 3600
"""How long a signed path opens a WebSocket; one that is open stays open."""

_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_SERVICE: Final = "iotdevicegateway"
_NOTHING: Final = hashlib.sha256(b"").hexdigest()
_REGION: Final = re.compile(
    r"(?:^|\.)iot(?:-fips)?\.([a-z]{2}(?:-[a-z]+)+-\d+)\.(?:vpce\.)?amazonaws\.com(?:\.cn)?\.?",
    re.IGNORECASE,
)


def region_of(host: str) -> str | None:
    """Return the region that the name of an endpoint of AWS IoT Core says, or None."""
    match = _REGION.search(host)
    return match[1].lower() if match and match.end() == len(host) else None


def presigned_path(
    path: str,
    *,
    host: str,
    region: str,
    access_key: str,
    secret_key: str,
    now: float,
    session_token: str = "",
) -> str:
    """Return the path with its signature, good for an hour from `now` (seconds since 1970).

    `host` is what the header Host will say, with the port where that is not 443.
    """
    moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    scope = f"{moment[:8]}/{region}/{_SERVICE}/aws4_request"
    path, _, query = path.partition("?")
    parameters = [
        *parse_qsl(query, keep_blank_values=True),
        ("X-Amz-Algorithm", _ALGORITHM),
        ("X-Amz-Credential", f"{access_key}/{scope}"),
        ("X-Amz-Date", moment),
        ("X-Amz-Expires", str(LIFETIME_S)),
        ("X-Amz-SignedHeaders", "host"),
    ]
    pairs = sorted((_encoded(name), _encoded(text)) for name, text in parameters)
    query = "&".join(f"{name}={text}" for name, text in pairs)
    # What is %XX in the path is encoded once more in what is signed, at every service but S3.
    request = f"GET\n{quote(path, safe='/-_.~')}\n{query}\nhost:{host}\n\nhost\n{_NOTHING}"
    digest = hashlib.sha256(request.encode()).hexdigest()
    key = _signing_key(secret_key, scope)
    signature = hmac.digest(
        key, f"{_ALGORITHM}\n{moment}\n{scope}\n{digest}".encode(), hashlib.sha256
    ).hex()
    ending = f"&X-Amz-Security-Token={_encoded(session_token)}" if session_token else ""
    return f"{path}?{query}&X-Amz-Signature={signature}{ending}"


def _signing_key(secret_key: str, scope: str) -> bytes:
    key = b"AWS4" + secret_key.encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), hashlib.sha256)
    return key


def _encoded(text: str) -> str:
    return quote(text, safe="-_.~")
