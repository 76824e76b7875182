"""The file of the responders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from topicscope.automation.responders.responder import Responder  # noqa: TC001 - msgspec reads it
from topicscope.profiles.one_file_store import OneFileStore

if TYPE_CHECKING:
    from pathlib import Path

    from topicscope.profiles.upgrades import Upgrade

FILE_NAME = "responders.json"
CURRENT_VERSION = 1
"""Version of the stored form."""

UPGRADES: dict[int, Upgrade] = {}
"""For each older version the function that makes the next one of it, with a test named after it."""


class Responders(msgspec.Struct, frozen=True, kw_only=True):
    """All responders, in the order in which they answer."""

    version: int = CURRENT_VERSION
    responders: tuple[Responder, ...] = ()

    def with_responder(self, responder: Responder) -> Responders:
        """Return them with one added, or in place of the one with its id."""
        kept = [responder if one.id == responder.id else one for one in self.responders]
        if responder not in kept:
            kept.append(responder)
        return msgspec.structs.replace(self, responders=tuple(kept))

    def without(self, responder_id: str) -> Responders:
        """Return them without one."""
        kept = tuple(one for one in self.responders if one.id != responder_id)
        return msgspec.structs.replace(self, responders=kept)


def responder_store(folder: Path) -> OneFileStore[Responders]:
    """Return the file of the responders in a folder."""
    return OneFileStore(
        folder / FILE_NAME, Responders, words="The responders were", upgrades=UPGRADES
    )
