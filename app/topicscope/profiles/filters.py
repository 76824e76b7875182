"""The user's saved filters, colour rules and filter history: one readable JSON file in the configuration folder."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

from topicscope.profiles.files import set_aside, write_atomically
from topicscope.profiles.store import ProfileProblem, StoreError
from topicscope.profiles.upgrades import NewerVersionError, Upgrade, upgrade

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME = "filters.json"
CURRENT_VERSION = 1
LARGEST_FILE = 1 << 20
LONGEST_HISTORY = 50
Colour = Literal["blue", "amber", "violet", "green", "red", "teal", "pink", "grey"]
COLOURS: tuple[Colour, ...] = ("blue", "amber", "violet", "green", "red", "teal", "pink", "grey")
"""Names of colours, in the order of the series of a theme: each theme has its own shade of them."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

_Text = Annotated[str, msgspec.Meta(max_length=10_000)]
_Name = Annotated[str, msgspec.Meta(max_length=200)]

UPGRADES: dict[int, Upgrade] = {}
"""For each older version the function that makes the next one of it, with a test named after it."""


class SavedFilter(msgspec.Struct, frozen=True, kw_only=True):
    """A display filter with a name and a colour."""

    name: _Name
    filter: _Text
    colour: Colour = "blue"


class ColourRule(msgspec.Struct, frozen=True, kw_only=True):
    """Messages that a display filter sees get a colour; the first rule that sees one wins."""

    filter: _Text
    colour: Colour = "amber"
    name: _Name = ""
    enabled: bool = True


class FilterBook(msgspec.Struct, frozen=True, kw_only=True):
    """All that is remembered about filters.

    Attributes:
        saved: saved filters, in the order of their menu.
        rules: colour rules, the first that fits wins.
        history: filters applied lately, the newest first.

    """

    version: int = CURRENT_VERSION
    saved: tuple[SavedFilter, ...] = ()
    rules: tuple[ColourRule, ...] = ()
    history: tuple[_Text, ...] = ()

    def with_saved(self, new: SavedFilter) -> FilterBook:
        """Return a book that holds a saved filter, in place of one of the same name."""
        names = [one.name for one in self.saved]
        if new.name in names:
            at = names.index(new.name)
            return msgspec.structs.replace(
                self, saved=(*self.saved[:at], new, *self.saved[at + 1 :])
            )
        return msgspec.structs.replace(self, saved=(*self.saved, new))

    def without_saved(self, name: str) -> FilterBook:
        """Return a book without the saved filter of a name."""
        kept = tuple(one for one in self.saved if one.name != name)
        return msgspec.structs.replace(self, saved=kept)

    def with_applied(self, text: str) -> FilterBook:
        """Return a book whose history begins with a filter."""
        text = one_line(text)
        if not text:
            return self
        older = [one for one in self.history if one != text]
        return msgspec.structs.replace(self, history=(text, *older)[:LONGEST_HISTORY])


@dataclass(frozen=True, slots=True)
class StoredFilters:
    """What the file holds; nothing where there is none, or where it is broken."""

    book: FilterBook = field(default_factory=FilterBook)
    problem: ProfileProblem | None = None


class FilterStore:
    """The filters of one folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME

    def load(self) -> StoredFilters:
        """Read the file; a broken one is set aside with its reason, one of a later Topicscope left alone."""
        try:
            return StoredFilters(msgspec.convert(upgraded(_read(self._path)), FilterBook))
        except FileNotFoundError:
            return StoredFilters()
        except NewerVersionError as error:
            return StoredFilters(problem=ProfileProblem(self._path, str(error)))
        except OSError as error:
            reason = f"cannot be read: {error.strerror or error}"
            return StoredFilters(problem=ProfileProblem(self._path, reason))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            reason = str(error) or type(error).__name__
            return StoredFilters(problem=ProfileProblem(self._path, reason, set_aside(self._path)))

    def save(self, book: FilterBook) -> None:
        """Write the file in place of the old one. Raises StoreError."""
        stored = self._unknown_keys() | msgspec.to_builtins(book)
        text = msgspec.json.format(msgspec.json.encode(stored), indent=2)
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_atomically(self._path, text + b"\n")
        except OSError as error:
            raise StoreError(
                f"The filters were not saved in {self._path}: {error.strerror or error}."
            ) from error

    def _unknown_keys(self) -> dict[str, Any]:
        """Return what is in the file and not ours. Raises StoreError where a later form would be lost."""
        try:
            stored = _read(self._path)
            upgraded(dict(stored))
        except NewerVersionError as error:
            raise StoreError(
                f"The filters were not saved, because {self._path} would be lost: {error}."
            ) from error
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return {}
        return {
            key: value for key, value in stored.items() if key not in FilterBook.__struct_fields__
        }


def one_line(text: str) -> str:
    """Return a filter as it is kept: on one line, without blanks round it."""
    return _CONTROL.sub(" ", text).strip()


def upgraded(stored: dict[str, Any]) -> dict[str, Any]:
    """Return the stored form in the current version; raises as `upgrades.upgrade` does."""
    return upgrade(stored, upgrades=UPGRADES, current=CURRENT_VERSION)


def _read(path: Path) -> dict[str, Any]:
    size = path.stat().st_size
    if size > LARGEST_FILE:
        raise ValueError(f"{size:,} bytes are too many for filters")
    return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
