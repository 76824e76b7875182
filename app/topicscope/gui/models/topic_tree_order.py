"""The order of topic levels: as people count (``line2`` before ``line10``), ``$SYS`` and its like at the end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

SortKey: TypeAlias = tuple[bool, tuple[bytes | tuple[int, bytes], ...], bytes]

_DIGITS = re.compile(rb"([0-9]+)")
SORTED_WHOLE = 20_000
_LONGEST_COUNTED = 256
"""A longer name is ordered by its bytes: nobody reads its numbers, and an attacker pays for them with our time."""


def sort_key(level: bytes) -> SortKey:
    """Return what to sort a level by among its siblings; different levels have different keys."""
    low = level.lower()
    if len(low) > _LONGEST_COUNTED or low.isalpha():
        return low.startswith(b"$"), (low,), level
    parts = _DIGITS.split(low)
    # Digits stand at every odd place, so that text is never compared with a number.
    counted = [
        (len(number := part.lstrip(b"0")), number) if place & 1 else part
        for place, part in enumerate(parts)
    ]
    return low.startswith(b"$"), tuple(counted), level


def in_order(level: Callable[[int], bytes], nodes: list[int]) -> list[int]:
    """Return nodes in order where that takes a moment only; more of them stay as they came."""
    if len(nodes) > SORTED_WHOLE:
        return nodes
    return sorted(nodes, key=lambda node: sort_key(level(node)))
