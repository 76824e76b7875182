"""Which connections of an imported file are stored already, whatever they are called here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from topicscope.profiles.importers.imported import EmbeddedFile, ImportedProfile
    from topicscope.profiles.profile import Profile


def stored_names(imported: Iterable[ImportedProfile], stored: Sequence[Profile]) -> list[str]:
    """Return for each imported connection the name of the stored one that says the same, or an empty text.

    It reads the certificates that stored profiles name: call it in a worker.
    """
    known: dict[tuple[str, ...], dict[Profile, list[Profile]]] = {}
    found: list[str] = []
    for one in imported:
        fields = tuple(sorted(file.field for file in one.files))
        if fields not in known:
            known[fields] = {}
            for profile in stored:
                known[fields].setdefault(_content(profile, fields), []).append(profile)
        alike = known[fields].get(_content(one.profile, fields), [])
        same = (profile.name for profile in alike if _has_all(profile, one.files))
        found.append(next(same, ""))
    return found


def _content(profile: Profile, embedded: Iterable[str]) -> Profile:
    """Return what makes two profiles the same connection, but for the files that stand in the imported one."""
    places = dict.fromkeys(embedded, "")
    return msgspec.structs.replace(profile, identifier="", name="", folder="", position=0, **places)


def _has_all(profile: Profile, files: Iterable[EmbeddedFile]) -> bool:
    return all(_is_same(getattr(profile, file.field), file.data) for file in files)


def _is_same(name: str, data: bytes) -> bool:
    path = Path(name)
    try:
        return bool(name) and path.stat().st_size == len(data) and path.read_bytes() == data
    except (OSError, ValueError):
        return False
