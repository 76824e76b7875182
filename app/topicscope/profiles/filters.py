"""The user's saved filters, colour rules and filter history: one readable JSON file in the configuration folder."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, get_args

import msgspec

from topicscope.profiles.one_file_store import OneFileStore
from topicscope.profiles.profile import Colour

if TYPE_CHECKING:
    from pathlib import Path

    from topicscope.profiles.upgrades import Upgrade

FILE_NAME = "filters.json"
CURRENT_VERSION = 1
LONGEST_HISTORY = 50
COLOURS: tuple[Colour, ...] = get_args(Colour)
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


def filter_store(folder: Path) -> OneFileStore[FilterBook]:
    """Return the file of the filters in a folder."""
    return OneFileStore(folder / FILE_NAME, FilterBook, words="The filters were", upgrades=UPGRADES)


def one_line(text: str) -> str:
    """Return a filter as it is kept: on one line, without blanks round it."""
    return _CONTROL.sub(" ", text).strip()
