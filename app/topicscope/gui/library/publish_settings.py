"""What templates may draw on, and the order of their buttons: kept beside the templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from topicscope.profiles.one_file_store import OneFileStore

if TYPE_CHECKING:
    from pathlib import Path

    from topicscope.profiles.upgrades import Upgrade

FILE_NAME: Final = "publishing.json"
UPGRADES: dict[int, Upgrade] = {}
"""For each older version the function that makes the next one of it."""


class PublishSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of publishing that all windows share.

    Attributes:
        bar: paths of templates in the order of their buttons; those that are missing here come last.
        environment: variables of the environment that templates may read.
        variables: by the name of a profile, names and values that its templates know.

    """

    version: int = 1
    bar: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    variables: dict[str, tuple[tuple[str, str], ...]] = {}


def publish_settings_store(folder: Path) -> OneFileStore[PublishSettings]:
    """Return the file of the settings in a folder."""
    return OneFileStore(
        folder / FILE_NAME,
        PublishSettings,
        words="The settings of publishing were",
        upgrades=UPGRADES,
    )
