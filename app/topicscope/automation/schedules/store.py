"""The file of the schedules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from topicscope.automation.schedules.schedule import Schedule  # noqa: TC001 - msgspec reads it
from topicscope.profiles.one_file_store import OneFileStore

if TYPE_CHECKING:
    from pathlib import Path

    from topicscope.profiles.upgrades import Upgrade

FILE_NAME = "schedules.json"
CURRENT_VERSION = 1
"""Version of the stored form."""

UPGRADES: dict[int, Upgrade] = {}
"""For each older version the function that makes the next one of it, with a test named after it."""


class Schedules(msgspec.Struct, frozen=True, kw_only=True):
    """All schedules, in the order of the list."""

    version: int = CURRENT_VERSION
    schedules: tuple[Schedule, ...] = ()

    def with_schedule(self, schedule: Schedule) -> Schedules:
        """Return them with one added, or in place of the one with its id."""
        kept = [schedule if one.id == schedule.id else one for one in self.schedules]
        if schedule not in kept:
            kept.append(schedule)
        return msgspec.structs.replace(self, schedules=tuple(kept))

    def without(self, schedule_id: str) -> Schedules:
        """Return them without one."""
        kept = tuple(one for one in self.schedules if one.id != schedule_id)
        return msgspec.structs.replace(self, schedules=kept)


def schedule_store(folder: Path) -> OneFileStore[Schedules]:
    """Return the file of the schedules in a folder."""
    return OneFileStore(
        folder / FILE_NAME, Schedules, words="The schedules were", upgrades=UPGRADES
    )
