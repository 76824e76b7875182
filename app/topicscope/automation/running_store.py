"""The file that tells which schedules and responders ran when the program ended, however it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from topicscope.profiles.one_file_store import OneFileStore

if TYPE_CHECKING:
    from pathlib import Path

    from topicscope.profiles.upgrades import Upgrade

FILE_NAME = "running.json"
CURRENT_VERSION = 1
"""Version of the stored form."""

UPGRADES: dict[int, Upgrade] = {}
"""For each older version the function that makes the next one of it, with a test named after it."""


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """Ids of what runs. Nothing is started because it stands here."""

    version: int = CURRENT_VERSION
    identifiers: tuple[str, ...] = ()


def running_store(folder: Path) -> OneFileStore[Running]:
    """Return the file in a folder."""
    return OneFileStore(
        folder / FILE_NAME,
        Running,
        words="What runs was",
        upgrades=UPGRADES,
        backup=False,
    )
