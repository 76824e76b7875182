"""Our own export: profiles without secrets, to be shared or kept under version control."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from topicscope.profiles.broken_words import broken_words
from topicscope.profiles.importers.draft import things_to_check, words_of
from topicscope.profiles.importers.imported import (
    Imported,
    ImportedProfile,
    ImportFailed,
    read_each,
)
from topicscope.profiles.importers.reading import inside, refuse_twice_named
from topicscope.profiles.importers.record import LONGEST_TEXT
from topicscope.profiles.profile import Profile
from topicscope.profiles.secrets import take_secrets
from topicscope.profiles.upgrades import upgrade

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

TOOL = "Topicscope"
MARK = "topicscope_profiles"
CURRENT_VERSION = 1

_OWN_FIELDS = {"version", "identifier"}


def export_profiles(profiles: Iterable[Profile]) -> bytes:
    """Write profiles as readable JSON; secrets and identifiers stay here."""
    stored = []
    for profile in profiles:
        clean, _ = take_secrets(profile)
        values = msgspec.to_builtins(clean)
        del values["identifier"]
        stored.append(values)
    text = msgspec.json.encode({MARK: CURRENT_VERSION, "profiles": stored})
    return msgspec.json.format(text, indent=2) + b"\n"


def is_export(value: object) -> bool:
    """Tell whether this is our export, or a single file of the profile store."""
    if not isinstance(value, dict):
        return False
    return MARK in value or ("version" in value and "transport" in value and "host" in value)


def read_export(value: Mapping[str, Any]) -> Imported:
    """Read an export. Raises ImportFailed where a later Topicscope has written it."""
    if MARK not in value:
        stored: object = [value]
        places = [""]
    else:
        version = value[MARK]
        if not isinstance(version, int) or isinstance(version, bool) or version < 1:
            raise ImportFailed(MARK, "is not the version of a form")
        if version > CURRENT_VERSION:
            raise ImportFailed(
                MARK,
                f"it was written by a newer Topicscope (form {version}, this one reads up to {CURRENT_VERSION})",
            )
        stored = value.get("profiles")
        if not isinstance(stored, list):
            raise ImportFailed("profiles", "is not a list")
        places = [f"profiles[{index}]" for index in range(len(stored))]
    assert isinstance(stored, list)
    profiles, problems = read_each(
        partial(_read_profile, one, place) for one, place in zip(stored, places, strict=True)
    )
    return Imported(TOOL, profiles, problems)


def _read_profile(stored: object, place: str) -> Iterator[ImportedProfile]:
    if not isinstance(stored, dict):
        raise ImportFailed(place, "is no profile")
    refuse_twice_named(stored, place)
    _refuse_bad_texts(stored, place)
    known = Profile.__struct_fields__
    ignored = [f"“{key[:60]}”" for key in stored if key not in known][:20]
    values = {key: value for key, value in stored.items() if key != "identifier"}
    try:
        profile = msgspec.convert(upgrade(values), Profile)
    except (ValueError, TypeError, KeyError) as error:
        raise _failure(error, place) from error
    profile, secrets = take_secrets(profile)
    yield ImportedProfile(
        profile,
        dict(secrets),
        words_of(profile, dict(secrets), []),
        tuple(ignored),
        things_to_check(profile, ""),
    )


def _failure(error: Exception, place: str) -> ImportFailed:
    path, words = broken_words(error)
    return ImportFailed(f"{place}.{path}" if place and path else path or place, words)


def _refuse_bad_texts(stored: Mapping[str, object], place: str) -> None:
    """Raise ImportFailed for text that no file could be written of, or that is too long to be anything."""
    waiting: list[tuple[object, str]] = [(stored, place)]
    while waiting:
        value, at = waiting.pop()
        if isinstance(value, dict):
            waiting += [(part, inside(at, key)) for key, part in value.items()]
            waiting += [(key, at) for key in value]
        elif isinstance(value, list):
            waiting += [(part, f"{at}[{index}]") for index, part in enumerate(value)]
        elif isinstance(value, str):
            try:
                length = len(value.encode())
            except UnicodeEncodeError:
                raise ImportFailed(at, "has half of a surrogate pair in it") from None
            if length > LONGEST_TEXT:
                raise ImportFailed(at, f"{length:,} bytes are more than MQTT can carry")
