"""What an import gives: profiles, the words about each, and the one error there is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from topicscope.profiles.profile import Profile

MOST_PROFILES = 2_000
"""Profiles that are taken out of one file at most."""


class ImportFailed(ValueError):  # noqa: N818 - the name that the window and the command line share
    """A file that gives nothing: `place` says where in it (may be empty), `reason` why."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}" if place else reason)
        self.place = place
        self.reason = reason


class EmbeddedFile(NamedTuple):
    """A certificate or key that stood in the imported file itself.

    Attributes:
        field: field of the profile that names such a file: ``ca_file``, ``certificate_file``, ``key_file``.
        name: a file name that is safe on every system.
        data: what goes into it; it may be a private key.

    """

    field: str
    name: str
    data: bytes

    def __repr__(self) -> str:
        return f"EmbeddedFile({self.field!r}, {self.name!r}, {len(self.data)} bytes)"


@dataclass(frozen=True, slots=True)
class ImportedProfile:
    """One profile and what there is to know before it is kept.

    Attributes:
        profile: without secrets and without an identifier.
        secrets: under the names of `profiles.secrets`.
        taken: what was taken, in words.
        ignored: what was left out, in words.
        check: sentences about what a person must look at.
        files: to be written with `embedded.with_files` where the person wants them.

    """

    profile: Profile
    secrets: dict[str, str] = field(default_factory=dict, repr=False)
    taken: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    check: tuple[str, ...] = ()
    files: tuple[EmbeddedFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file held: profiles in its order.

    Attributes:
        problems: a sentence for each connection that gave no profile.
        notes: sentences about what was left out on purpose.

    """

    tool: str
    profiles: tuple[ImportedProfile, ...] = ()
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_each(
    readers: Iterable[Callable[[], Iterable[ImportedProfile]]],
) -> tuple[tuple[ImportedProfile, ...], tuple[str, ...]]:
    """Run a reader per connection; one that fails becomes a problem and hides no other."""
    profiles: list[ImportedProfile] = []
    problems: list[str] = []
    for number, read in enumerate(readers):
        if number == MOST_PROFILES:
            problems.append(f"Only the first {MOST_PROFILES:,} connections were read.")
            break
        try:
            profiles += read()
        except ImportFailed as failure:
            problems.append(f"{failure}.")
    return tuple(profiles), tuple(problems)
