"""How reading an address fails, and what all its parts share: the codes ``%XX``."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote_to_bytes

BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")


class UrlError(ValueError):
    """An address that cannot be read; `part` names where, the text says why."""

    def __init__(self, part: str, reason: str) -> None:
        super().__init__(f"{part}: {reason}")
        self.part = part


def decoded(part: str, text: str) -> str:
    """Return a part with its %XX codes read as UTF-8. Raises UrlError."""
    if BAD_ESCAPE.search(text):
        raise UrlError(part, "after “%” come two hexadecimal digits; a percent sign itself is %25")
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeError:
        raise UrlError(part, "its %XX codes are not valid UTF-8") from None
