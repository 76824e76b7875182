"""Tiles of one's own that somebody made for a broker, kept from one start to the next by the name of its profile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from topicscope.broker_status.tiles import UserTile
from topicscope.gui.settings import forget_text, save_text, saved_text

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_TILES: Final = 100


def read_tiles(profile: str) -> list[UserTile]:
    """Return what was kept for a profile; nothing when it cannot be read."""
    try:
        found = msgspec.json.decode(saved_text(_key(profile)), type=list[UserTile])
    except (msgspec.DecodeError, UnicodeError):
        return []
    unique = {tile.topic: tile for tile in found if tile.topic.startswith("$SYS/")}
    return list(unique.values())[:MOST_TILES]


def write_tiles(profile: str, tiles: Iterable[UserTile]) -> None:
    """Keep the tiles of a profile; Topic Names that are not UTF-8 are for this time only."""
    kept = [tile for tile in tiles if tile.topic.isprintable()][:MOST_TILES]
    if kept:
        save_text(_key(profile), msgspec.json.encode(kept).decode())
    else:
        forget_text(_key(profile))


def _key(profile: str) -> str:
    # Names of profiles may hold what means something in the names of settings.
    return f"broker_tiles/{profile.encode(errors='replace').hex()}"
