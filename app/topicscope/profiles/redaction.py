"""Taking secrets out of a profile before it is written to a file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

import msgspec

if TYPE_CHECKING:
    from topicscope.profiles.profile import Profile

_SECRET_HEADER = re.compile(
    r"authorization|cookie|token|secret|password|api-?key|signature|credential", re.IGNORECASE
)
_SECRET_PARAMETER = re.compile(
    r"token|secret|passw|auth|sig|credential|(^|[-_])key$|api-?key|^jwt$", re.IGNORECASE
)


def without_secrets(profile: Profile) -> tuple[Profile, tuple[str, ...]]:
    """Return the profile without its secrets, and what was left out, in words.

    Secret are the values of headers such as Authorization and Cookie, and tokens in the query of
    a WebSocket path. The password is no part of a profile.
    """
    headers = tuple(pair for pair in profile.headers if not _SECRET_HEADER.search(pair[0]))
    left_out = [f"header {pair[0]}" for pair in profile.headers if pair not in headers]
    path, _, query = profile.path.partition("?")
    if profile.transport == "websocket" and query:
        parameters = parse_qsl(query, keep_blank_values=True)
        kept = [pair for pair in parameters if not _SECRET_PARAMETER.search(pair[0])]
        left_out += [f"query parameter {pair[0]}" for pair in parameters if pair not in kept]
        if len(kept) < len(parameters):
            path = f"{path}?{urlencode(kept)}" if kept else path
            return msgspec.structs.replace(profile, headers=headers, path=path), tuple(left_out)
    return msgspec.structs.replace(profile, headers=headers), tuple(left_out)
