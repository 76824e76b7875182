"""Bringing stored profiles of older versions up to the current one, a step per version."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from topicscope.profiles.profile import CURRENT_VERSION

Upgrade = Callable[[dict[str, Any]], dict[str, Any]]

UPGRADES: dict[int, Upgrade] = {}
"""For each older version the function that makes the next one of it.

A change of the stored form raises CURRENT_VERSION by one and adds its function here, with a test
named after it; a test fails while one of the two is missing.
"""


class NewerVersionError(ValueError):
    """A file that a later Topicscope has written."""


def upgrade(
    stored: dict[str, Any],
    *,
    upgrades: Mapping[int, Upgrade] = UPGRADES,
    current: int = CURRENT_VERSION,
) -> dict[str, Any]:
    """Return the stored form in the current version.

    Raises NewerVersionError for a later version and ValueError for one that is none.
    """
    version = stored.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise ValueError("it does not say the version of its form")
    if version > current:
        raise NewerVersionError(
            f"it was written by a newer Topicscope (form {version}, this one reads up to {current})"
        )
    while version < current:
        stored = upgrades[version](stored)
        version += 1
        stored["version"] = version
    return stored
