"""The user's topic templates and name rules on disk: one readable JSON file in the configuration folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from topicscope.profiles.files import set_aside, write_atomically
from topicscope.profiles.store import ProfileProblem, StoreError
from topicscope.profiles.topic_templates import CURRENT_VERSION, TopicNaming
from topicscope.profiles.upgrades import NewerVersionError, Upgrade, upgrade

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME = "topic-names.json"
LARGEST_FILE = 1 << 20

UPGRADES: dict[int, Upgrade] = {}
"""For each older version the function that makes the next one of it, with a test named after it."""


@dataclass(frozen=True, slots=True)
class StoredNaming:
    """What the file holds; the conventions alone where there is none, or where it is broken."""

    naming: TopicNaming = field(default_factory=TopicNaming)
    problem: ProfileProblem | None = None


class TopicTemplateStore:
    """The topic templates and name rules of one folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME

    def load(self) -> StoredNaming:
        """Read the file; a broken one is set aside with its reason, one of a later Topicscope left alone."""
        try:
            return StoredNaming(msgspec.convert(upgraded(_read(self._path)), TopicNaming))
        except FileNotFoundError:
            return StoredNaming()
        except NewerVersionError as error:
            return StoredNaming(problem=ProfileProblem(self._path, str(error)))
        except OSError as error:
            reason = f"cannot be read: {error.strerror or error}"
            return StoredNaming(problem=ProfileProblem(self._path, reason))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            reason = str(error) or type(error).__name__
            return StoredNaming(problem=ProfileProblem(self._path, reason, set_aside(self._path)))

    def save(self, naming: TopicNaming) -> None:
        """Write the file in place of the old one. Raises StoreError."""
        stored = self._unknown_keys() | msgspec.to_builtins(naming)
        text = msgspec.json.format(msgspec.json.encode(stored), indent=2)
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_atomically(self._path, text + b"\n")
        except OSError as error:
            raise StoreError(
                f"The topic names were not saved in {self._path}: {error.strerror or error}."
            ) from error

    def _unknown_keys(self) -> dict[str, Any]:
        """Return what is in the file and not ours. Raises StoreError where a later form would be lost."""
        try:
            stored = _read(self._path)
            upgraded(dict(stored))
        except NewerVersionError as error:
            raise StoreError(
                f"The topic names were not saved, because {self._path} would be lost: {error}."
            ) from error
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return {}
        fields = TopicNaming.__struct_fields__
        return {key: value for key, value in stored.items() if key not in fields}


def upgraded(stored: dict[str, Any]) -> dict[str, Any]:
    """Return the stored form in the current version; raises as `upgrades.upgrade` does."""
    return upgrade(stored, upgrades=UPGRADES, current=CURRENT_VERSION)


def _read(path: Path) -> dict[str, Any]:
    size = path.stat().st_size
    if size > LARGEST_FILE:
        raise ValueError(f"{size:,} bytes are too many for topic names")
    return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
