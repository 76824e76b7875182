"""The tabs above a broker's figures and events: a broker that tells no figures shows its events by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Slot

from topicscope.gui.text import format_count
from topicscope.gui.widgets.tabs import SegmentedTabs

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

FIGURES, EVENTS = range(2)
_TITLES: Final = ("Figures", "Events")


class StatusPages(SegmentedTabs):
    """Figures or events; the page that somebody chose stays until another broker is shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_TITLES, parent)
        self.setAccessibleName("Figures or events")
        self._is_chosen = False
        self._by_itself = False
        self.currentChanged.connect(self._on_changed)

    def begin(self) -> None:
        """Let the next broker decide which page is shown."""
        self._is_chosen = False

    def show_counts(self, *, has_figures: bool, events: int) -> None:
        """Say how many events there are, and show the page on which there is something."""
        title = _TITLES[EVENTS]
        self.setTabText(EVENTS, f"{title} {format_count(events)}" if events else title)
        if not self._is_chosen:
            self._by_itself = True
            self.setCurrentIndex(EVENTS if events and not has_figures else FIGURES)
            self._by_itself = False

    @Slot()
    def _on_changed(self) -> None:
        self._is_chosen = not self._by_itself
