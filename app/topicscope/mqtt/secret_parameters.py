"""Which parameters of a query are secrets, by their names: in a WebSocket path, and behind a User Name."""

from __future__ import annotations

import re
from typing import Final

_SECRET: Final = re.compile(
    # The name of a custom authorizer of AWS is none; what it asks for is.
    r"token|secret|passw|auth(?!orizer-name)|(^|[-_])sig($|[-_])|signature|credential"
    r"|(^|[-_])key$|api-?key|^jwt$",
    re.IGNORECASE,
)


def is_secret_parameter(name: str) -> bool:
    """Tell whether the value of a parameter is a secret, by its name."""
    return bool(_SECRET.search(name))
