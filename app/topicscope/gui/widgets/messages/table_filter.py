"""One display filter for the tables of messages and packets: where it comes from, and what it brings in front."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, Signal, Slot

from topicscope.gui.filter_sources import names_packets
from topicscope.gui.models.messages.table import cell_of
from topicscope.gui.widgets.filter.gestures import add_filters, filters_of_cell

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QColor
    from PySide6.QtWidgets import QMenu

    from topicscope.capture.log import CaptureLog
    from topicscope.gui.filter_sources import FilterSources
    from topicscope.gui.widgets.filter.bar import FilterResult
    from topicscope.gui.widgets.messages.page import FilteredPage, MessagesPage, PacketsPage
    from topicscope.gui.widgets.tabs import TabbedCard
    from topicscope.query.writing import Joint


class TableFilter(QObject):
    """Keeps the two tables on the same filter; packets are filtered as soon as they are looked at."""

    changed = Signal(str)
    """The display filter that decides what is shown, empty for all."""
    progressed = Signal()
    """More rows were looked at, or another table is in front."""
    narrowed = Signal(str, str)
    """How a filter is to be joined with the one in force (and, and not, or empty for instead), and the filter."""

    def __init__(
        self,
        card: TabbedCard,
        messages: MessagesPage,
        packets: PacketsPage,
        sources: FilterSources,
    ) -> None:
        super().__init__(card)
        self._sources = sources
        self._card = card
        self._messages = messages
        self._packets = packets
        self._text = ""
        for page in (messages, packets):
            page.filter_progressed.connect(self.progressed)
            page.clear_requested.connect(self.clear)
            page.view.actions_of_row.menu_opening.connect(self._on_menu_opening)

    # Properties

    @property
    def text(self) -> str:
        """The display filter in force, empty when everything is shown."""
        return self._text

    @property
    def page(self) -> FilteredPage | None:
        """The table in front, None when something else is."""
        page = self._card.current_page()
        for table in (self._messages, self._packets):
            if page is table:
                return table
        return None

    @property
    def result(self) -> FilterResult:
        """What the filter found in the table in front."""
        return (self.page or self._messages).result()

    # Methods

    def apply(self, text: str) -> None:
        """Show only what a display filter describes; raises `FilterError` and then changes nothing."""
        text = text.strip()
        self._messages.set_filter(text)
        self._text = text
        if self.page is not self._packets and text and names_packets(text):
            # The other table has no rows for what was asked.
            self._card.show_page(self._packets)
        elif self.page is None:
            self._card.show_page(self._messages)
        self.look_at_packets()
        self.changed.emit(text)

    def apply_topic_filter(self, text: str) -> None:
        """Show only messages on topics that match a Topic Filter; an empty text shows all."""
        if text:
            from topicscope.query import for_value

            text = for_value("topic", text, "~")
        self.apply(text)

    def narrow(self, joint: str, text: str) -> None:
        """Show also, only or not what another filter describes; raises `FilterError`."""
        if joint in {"and", "and not", "or"}:
            from topicscope.query import combine

            text = combine(self._text, cast("Joint", joint), text)
        self.apply(text)

    def set_log(self, log: CaptureLog) -> None:
        """Show another capture through the same filter, or all of it when the filter makes no sense for it."""
        self._messages.set_log(log)
        self._packets.set_log(log)
        if self._messages.filter_text != self._text:
            self.apply("")

    def look_at_packets(self) -> None:
        """Filter the packets too when they are in front."""
        if self.page is self._packets and self._packets.filter_text != self._text:
            self._packets.set_filter(self._text)

    def set_row_colours(self, colour_of_row: Callable[[int], QColor | None]) -> None:
        """Tint rows with the colour that `colour_of_row` tells for a row of the capture."""
        for page in (self._messages, self._packets):
            page.view.colour_of_row = colour_of_row

    # Slots

    @Slot()
    def clear(self) -> None:
        """Show everything."""
        self.apply("")

    @Slot()
    def stop(self) -> None:
        """Look at no more old rows; those found stay."""
        self._messages.rows.stop()
        self._packets.rows.stop()

    @Slot()
    def focus_table(self) -> None:
        """Put the cursor into the table in front."""
        page = self.page or self._messages
        self._card.show_page(page)
        page.view.setFocus()

    @Slot(object)
    def _on_menu_opening(self, menu: QMenu) -> None:
        page = self.page
        if page is None:
            return
        record = page.view.actions_of_row.current_record()
        column = page.view.currentIndex().column()
        if record is None or not 0 <= column < len(page.model.columns):
            return
        cell = cell_of(page.model, page.view.currentIndex().row())
        level_of = self._sources.level_of
        texts = filters_of_cell(record, page.model.columns[column].key, cell, level_of)
        add_filters(menu, texts, self.narrowed.emit)
