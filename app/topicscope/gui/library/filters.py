"""The saved filters, colour rules and filter history that all windows share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Signal

from topicscope.profiles.files import StoreError
from topicscope.profiles.filters import COLOURS, filter_store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from topicscope.profiles.filters import ColourRule, FilterBook, SavedFilter


class FilterLibrary(QObject):
    """One book of filters on disk; read when it is first asked for."""

    saved_changed = Signal()
    rules_changed = Signal()
    told = Signal(str, str)
    """Tone and sentence: a file was broken, or could not be written."""

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = filter_store(folder)
        self._book: FilterBook | None = None
        self._unsaved = False

    # Properties

    @property
    def saved(self) -> tuple[SavedFilter, ...]:
        """Saved filters."""
        return self._read().saved

    @property
    def rules(self) -> tuple[ColourRule, ...]:
        """Colour rules, the first that fits wins."""
        return self._read().rules

    @property
    def history(self) -> tuple[str, ...]:
        """Filters applied lately, the newest first."""
        return self._read().history

    # Methods

    def save_filter(self, new: SavedFilter) -> None:
        """Keep a filter under its name."""
        self._keep(self._read().with_saved(new))
        self.saved_changed.emit()

    def forget_filter(self, name: str) -> None:
        """Keep a filter no longer."""
        self._keep(self._read().without_saved(name))
        self.saved_changed.emit()

    def set_rules(self, rules: Sequence[ColourRule]) -> None:
        """Use other colour rules."""
        self._keep(msgspec.structs.replace(self._read(), rules=tuple(rules)))
        self.rules_changed.emit()

    def remember(self, text: str) -> None:
        """Put a filter at the front of the history; it is written with the next change or by `close`."""
        book = self._read().with_applied(text)
        self._unsaved = self._unsaved or book is not self._book
        self._book = book

    def close(self) -> None:
        """Write what is not yet on disk."""
        if self._unsaved and self._book is not None:
            self._keep(self._book)

    # Private

    def _read(self) -> FilterBook:
        if self._book is None:
            stored = self._store.load()
            self._book = stored.value
            if stored.problem is not None:
                self.told.emit("warning", f"Saved filters: {stored.problem}")
        return self._book

    def _keep(self, book: FilterBook) -> None:
        self._book = book
        self._unsaved = False
        try:
            self._store.save(book)
        except StoreError as error:
            self.told.emit("error", str(error))


def index_of_colour(name: str) -> int:
    """Return the index of a colour in the series of a theme."""
    return COLOURS.index(name)
