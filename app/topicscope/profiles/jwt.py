"""Reading what a JSON Web Token claims (RFC 7519); nothing is verified here, that is the broker's.

Whatever text comes in, nothing is raised: what is not a readable token is None. The budget is the
longest string of MQTT; what is encrypted (five parts, RFC 7516) has no claims that we could read.
"""

from __future__ import annotations

import base64
import json
import math
import re
import time
from dataclasses import dataclass, field
from typing import Any, Final

LONGEST_TOKEN: Final = 65_535
"""Longest token in characters that is looked at: more cannot be sent in CONNECT."""
CLOCK_SKEW_S: Final = 60.0
"""How far two clocks may differ before a time is believed."""

_TOKEN: Final = re.compile(r"([A-Za-z0-9_-]+)=*\.([A-Za-z0-9_-]+)=*\.([A-Za-z0-9_-]*)=*")
_BEARER: Final = re.compile(r"bearer\s+", re.IGNORECASE)
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_LONGEST_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class Token:
    """What a token says of itself; times are in seconds since 1970, None where it says nothing."""

    algorithm: str
    issuer: str = ""
    subject: str = ""
    issued_at: float | None = None
    not_before: float | None = None
    expires_at: float | None = None
    claims: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)


def read_token(text: str) -> Token | None:
    """Read the claims of a token, or return None; never verifies and never raises."""
    text = bare_token(text)
    if len(text) > LONGEST_TOKEN or not (match := _TOKEN.fullmatch(text)):
        return None
    header, claims = _object(match[1]), _object(match[2])
    if header is None or claims is None or not isinstance(header.get("alg"), str):
        return None
    return Token(
        algorithm=header["alg"][:_LONGEST_NAME],
        issuer=_name(claims.get("iss")),
        subject=_name(claims.get("sub")),
        issued_at=_moment(claims.get("iat")),
        not_before=_moment(claims.get("nbf")),
        expires_at=_moment(claims.get("exp")),
        claims=claims,
    )


def is_token(text: str) -> bool:
    """Say whether a text is a token whose claims can be read."""
    return read_token(text) is not None


def bare_token(text: str) -> str:
    """Take away the white space around a token and the word Bearer that was copied with it."""
    text = text.strip()
    return text[match.end() :] if (match := _BEARER.match(text)) else text


def expiry_words(expires_at: float, now: float) -> str:
    """Say how long something is good: ``expires in 42 min``, ``expired 3 h ago``."""
    left = expires_at - now
    return f"expires in {span_words(left)}" if left > 0 else f"expired {span_words(-left)} ago"


def span_words(seconds: float) -> str:
    """Return a span in whole units, rounded down: ``42 s``, ``42 min``, ``3 h``, ``12 days``."""
    seconds = max(0.0, seconds)
    if seconds < 2 * _MINUTE:
        return f"{int(seconds)} s"
    if seconds < 2 * _HOUR:
        return f"{int(seconds // _MINUTE)} min"
    if seconds < 2 * _DAY:
        return f"{int(seconds // _HOUR)} h"
    return f"{int(seconds // _DAY):,} days"


def clock_words(moment: float, now: float) -> str:
    """Return a local time of day, ``11:02``, with the date when that is not today."""
    try:
        then, today = time.localtime(moment), time.localtime(now)
    except (OverflowError, ValueError, OSError):
        return "a time that no calendar knows"
    pattern = "%H:%M" if then[:3] == today[:3] else "%Y-%m-%d %H:%M"
    return time.strftime(pattern, then)


def _object(part: str) -> dict[str, Any] | None:
    try:
        value = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _name(value: object) -> str:
    return value[:_LONGEST_NAME] if isinstance(value, str) else ""


def _moment(value: object) -> float | None:
    """Return a NumericDate (RFC 7519 section 2), or None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        moment = float(value)
    except OverflowError:
        return None
    return moment if math.isfinite(moment) else None
