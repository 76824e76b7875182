"""A table of the capture, and words in its place, or below its notes, while it is empty or all is filtered out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from topicscope.capture.view import LogView, messages, packets
from topicscope.gui.icons import icon
from topicscope.gui.models.messages.columns import MESSAGE_COLUMNS, PACKET_COLUMNS
from topicscope.gui.models.messages.counts import MessageCounts
from topicscope.gui.models.messages.filtered_rows import FilteredRows
from topicscope.gui.models.messages.table import MessageTableModel
from topicscope.gui.text import format_count, format_short
from topicscope.gui.theme import ROW_HEIGHT
from topicscope.gui.widgets.buttons import name_button, push_button
from topicscope.gui.widgets.card import line
from topicscope.gui.widgets.empty_state import EmptyState
from topicscope.gui.widgets.filter.bar import FilterResult
from topicscope.gui.widgets.labels import label
from topicscope.gui.widgets.messages.view import MessageView

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QResizeEvent

    from topicscope.capture.log import CaptureLog
    from topicscope.gui.filter_sources import FilterSources

LONG_COUNT = 100_000
"""From here on a count is shortened above the table: the tabs need the room."""
_FOLLOW: Final = "Follow"
_WAITING: Final = " waiting"
_WORDS_FROM: Final = 680
"""Width in pixels below which the tabs need the room of words on buttons."""
_PICTURE_WIDTH: Final = 28
_WORDS_HEIGHT: Final = 140
"""What words below notes take at least, in pixels."""
_FEW_ROWS: Final = 3 * ROW_HEIGHT
_NOTHING_YET = "No messages yet: what is published on a subscribed topic appears here."
_OFFLINE = "No messages yet: connect to a broker, or open a recording."
_NO_PACKETS_YET = "No packets yet: connect to a broker, or open a recording."


class TablePage(QWidget):
    """A live table.

    Attributes:
        corner: how the table moves, for the header that the page stands below.

    """

    def __init__(
        self, model: MessageTableModel, empty: EmptyState, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        model.setParent(self)
        self.model = model
        self.view = MessageView(model, self)
        self.empty = empty
        self.corner = QWidget(self)
        self.frozen_label = label(tone="warning", parent=self.corner)
        self.follow_button = _follow_button(self.corner)
        self._says_it = True
        self._lay_out()
        self.view.follow_changed.connect(self.follow_button.setChecked)
        self.follow_button.clicked.connect(self._on_follow_clicked)

    # Methods

    def refresh(self) -> None:
        """Take in what the capture got."""
        self.model.update()
        self._renew_words()

    def set_frozen(self, frozen: bool) -> None:
        """Let the rows stand still, or go on."""
        self.model.set_frozen(frozen)
        self._renew_words()

    # Slots

    @Slot(bool)
    def _on_follow_clicked(self, checked: bool) -> None:
        self.view.set_following(checked)

    # Private

    def _renew_words(self) -> None:
        frozen = self.model.frozen
        waiting = self.model.waiting
        # A bare number would not say that these are more.
        words = f"{_brief(waiting)}{_WAITING}" if self._says_it else f"+{_brief(waiting)}"
        self.frozen_label.setText(words if frozen else "")
        self.frozen_label.setToolTip(f"Frozen: {format_count(waiting)} rows wait")
        # A table that stands still follows nothing; the tabs need the room.
        self.frozen_label.setVisible(frozen)
        self.follow_button.setVisible(not frozen)
        self._show_table_or_words()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the tabs the room they need."""
        super().resizeEvent(event)
        self._says_it = says_it = self.width() >= _WORDS_FROM
        self._renew_words()
        self.follow_button.setText(_FOLLOW if says_it else "")
        self.follow_button.setMaximumWidth(self.maximumWidth() if says_it else _PICTURE_WIDTH)

    def _show_table_or_words(self) -> None:
        rows = self.model.rowCount()
        nothing = rows == self.model.view.notes
        if nothing and rows:
            # Notes stay in sight, and the words below them.
            needed = self.view.horizontalHeader().height() + rows * ROW_HEIGHT
            self.view.setMaximumHeight(min(needed, max(self.height() - _WORDS_HEIGHT, _FEW_ROWS)))
        else:
            self.view.setMaximumHeight(self.maximumHeight())
        self.empty.setVisible(nothing)
        self._show_table(bool(rows))

    def _show_table(self, visible: bool) -> None:
        # The focus waits here for the table to come back.
        if not visible and self.view.hasFocus():
            self.setFocus()
        self.view.setVisible(visible)
        if visible and self.hasFocus():
            self.view.setFocus()

    def _lay_out(self) -> None:
        self.frozen_label.hide()
        row = QHBoxLayout(self.corner)
        row.setContentsMargins(0, 0, 4, 0)
        row.setSpacing(8)
        row.addWidget(self.frozen_label)
        row.addWidget(self.follow_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(line(self))
        column.addWidget(self.view, 1)
        column.addWidget(self.empty, 1)


class FilteredPage(TablePage):
    """A table that a display filter narrows."""

    filter_changed = Signal(str)
    """The filter in force, empty when all rows are shown."""
    filter_progressed = Signal()
    """More rows were looked at."""
    clear_requested = Signal()
    """The person wants to see all rows."""

    def __init__(
        self,
        model: MessageTableModel,
        empty: EmptyState,
        sources: FilterSources,
        parent: QWidget | None = None,
        *,
        packets: bool,
    ) -> None:
        super().__init__(model, empty, parent)
        self.rows = FilteredRows(model, sources, packets=packets, parent=self)
        self._nothing_yet = empty.sentence()
        self._noun = "packets" if packets else "messages"
        self._wanted_row = -1
        empty.button.hide()
        self.rows.progressed.connect(self._on_progressed)
        empty.action_triggered.connect(self.clear_requested)

    # Properties

    @property
    def filter_text(self) -> str:
        """The display filter in force, empty when all rows are shown."""
        return self.rows.text

    @property
    def total(self) -> int:
        """Rows that the filter is asked about, notes left out."""
        raise NotImplementedError

    @property
    def shown(self) -> int:
        """Rows that are shown, notes left out."""
        view = self.model.view
        return len(view) - view.notes

    # Setters

    def set_filter(self, text: str) -> None:
        """Show what a filter describes; raises `FilterError` and then changes nothing."""
        row = self.view.current_row()
        self.rows.apply(text)
        # What was looked at stays so, as soon as it is found again.
        self._wanted_row = -1 if row < 0 or self.view.select_row(row) else row
        self._renew_words()
        self.filter_changed.emit(self.rows.text)

    def set_hidden_topics(self, hides: Callable[[bytes], bool] | None) -> None:
        """Show nothing on topics that `hides` says yes to; None hides none."""
        row = self.view.current_row()
        self.rows.set_hidden_topics(hides)
        if row >= 0:
            self.view.select_row(row)
        self._renew_words()

    def set_log(self, log: CaptureLog) -> None:
        """Show another capture through the same filter."""
        self._wanted_row = -1
        self.rows.set_log(log)
        self._renew_words()

    # Methods

    def refresh(self) -> None:
        """Take in what the capture got, as far as there is time for it."""
        self.rows.update()
        self._renew_words()

    def result(self) -> FilterResult:
        """Return what the filter found."""
        rows = self.rows
        return FilterResult(
            self.shown,
            self.total,
            self._noun,
            rows.elapsed_s,
            rows.share,
            rows.is_searching,
            rows.hides_topics,
            rows.warnings,
        )

    # Slots

    @Slot()
    def _on_progressed(self) -> None:
        if self._wanted_row >= 0 and self.view.current_row() >= 0:
            self._wanted_row = -1
        if self._wanted_row >= 0 and self.view.select_row(self._wanted_row):
            self._wanted_row = -1
        self._renew_words()
        self.filter_progressed.emit()

    # Private

    def _show_table_or_words(self) -> None:
        super()._show_table_or_words()
        hiding = bool(self.rows.text) and self.total > 0
        self.empty.button.setVisible(hiding)
        sentence = self._nothing_yet
        if hiding:
            total = format_count(self.total)
            sentence = f"None of {total} {self._noun} matches the display filter"
            if self.rows.is_searching:
                sentence = f"Looking through {total} {self._noun} …"
        elif self.rows.hides_topics and self.total:
            sentence = (
                f"All {format_count(self.total)} {self._noun} are hidden in the Subscriptions pane"
            )
        if self.empty.sentence() != sentence:
            self.empty.set_sentence(sentence)


class PacketsPage(FilteredPage):
    """All Control Packets, both ways."""

    def __init__(
        self, log: CaptureLog, sources: FilterSources, parent: QWidget | None = None
    ) -> None:
        model = MessageTableModel(LogView(log, packets), PACKET_COLUMNS)
        empty = EmptyState("binary", _NO_PACKETS_YET, "Show all packets")
        super().__init__(model, empty, sources, parent, packets=True)
        self.view.setAccessibleName("Packets")
        self._renew_words()

    @property
    def total(self) -> int:
        """Control Packets in the capture."""
        log = self.model.view.log
        return log.end_row - log.first_row


class MessagesPage(FilteredPage):
    """Application Messages, all or those that a display filter sees."""

    def __init__(
        self, log: CaptureLog, sources: FilterSources, parent: QWidget | None = None
    ) -> None:
        model = MessageTableModel(LogView(log, messages), MESSAGE_COLUMNS)
        empty = EmptyState("inbox", _OFFLINE, "Show all messages")
        super().__init__(model, empty, sources, parent, packets=False)
        self.counts = MessageCounts(model)
        self.view.setAccessibleName("Messages")
        self._renew_words()

    def set_offline(self, offline: bool) -> None:
        """Say what to do first while there is nothing to show."""
        self._nothing_yet = _OFFLINE if offline else _NOTHING_YET
        self._renew_words()

    @property
    def total(self) -> int:
        """Messages in the capture."""
        return self.counts.stored


def _follow_button(parent: QWidget) -> QPushButton:
    button = push_button(_FOLLOW, "arrow-down-to-line", kind="toggle", parent=parent)
    button.setIcon(icon("arrow-down-to-line", "dim", "accent"))
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setCheckable(True)
    button.setChecked(True)
    name_button(button, "Follow the newest row (End)")
    return button


def _brief(count: int) -> str:
    return format_count(count) if count < LONG_COUNT else format_short(count)
