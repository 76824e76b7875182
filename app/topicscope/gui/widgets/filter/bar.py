"""The row with the display filter: the field, what it found, saved filters, history, help and clear."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import QPoint, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from topicscope.gui.icons import icon
from topicscope.gui.text import format_count, plain_tooltip
from topicscope.gui.theme import GRID
from topicscope.gui.widgets.buttons import icon_button
from topicscope.gui.widgets.filter.edit import FilterEdit
from topicscope.gui.widgets.filter.menus import fill_history_menu, fill_saved_menu
from topicscope.gui.widgets.labels import label
from topicscope.gui.widgets.style import set_kind, set_tone

if TYPE_CHECKING:
    from collections.abc import Callable

    from topicscope.gui.library.filters import FilterLibrary
    from topicscope.gui.widgets.filter.edit import FilterHelpers

BAR_HEIGHT: Final = 41


class FilterResult(NamedTuple):
    """What a filter found.

    Attributes:
        shown: rows that it sees.
        total: rows that it was asked about, or will be.
        noun: what the rows are.
        elapsed_s: how long it looked.
        share: part of the rows that it was asked about.
        searching: whether it is still looking.
        hides: whether the Subscriptions pane hides some, whatever the filter says.
        warnings: sentences about what it could not look at.

    """

    shown: int
    total: int
    noun: str = "messages"
    elapsed_s: float = 0.0
    share: float = 1.0
    searching: bool = False
    hides: bool = False
    warnings: tuple[str, ...] = ()

    def words(self) -> str:
        """Say it in a line."""
        found = f"{format_count(self.shown)} of {format_count(self.total)}"
        if self.searching:
            return f"{found} · {self.share:.0%}"
        if self.share < 1:
            return f"{found} · stopped at {self.share:.0%}"
        if self.elapsed_s >= 1:
            return f"{found} · {self.elapsed_s:.1f} s"
        return f"{found} · {max(1, round(self.elapsed_s * 1000))} ms"


class FilterBar(QFrame):
    """The display filter of a window."""

    applied = Signal(str)
    """A filter to use from now on; empty for none."""
    left = Signal()
    stop_requested = Signal()
    save_requested = Signal(str)
    """A filter to keep under a name."""
    rules_requested = Signal()
    help_requested = Signal()

    def __init__(
        self, helpers: FilterHelpers, library: FilterLibrary, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("filter-bar")
        set_kind(self, "bar")
        self.setFixedHeight(BAR_HEIGHT)
        self._library = library
        self._applied = ""
        self._result: FilterResult | None = None
        self._picture = QLabel(self)
        self.edit = FilterEdit(helpers, self)
        self.result_label = label("", "dim", self)
        self.stop_button = icon_button("square", "Stop filtering; keep what was found", parent=self)
        self.saved_button = icon_button("star", "Saved filters and colour rules", parent=self)
        self.history_button = icon_button("history", "Filters used before", parent=self)
        self.help_button = icon_button(
            "circle-question-mark", "Help: how to write a display filter", parent=self
        )
        self.clear_button = icon_button("x", "Show all messages", parent=self)
        self._lay_out()
        self._connect()
        self._renew()

    # Properties

    @property
    def filter_text(self) -> str:
        """The filter in force."""
        return self._applied

    # Setters

    def set_filter(self, text: str) -> None:
        """Show a filter that is in force now, wherever it came from."""
        self._applied = text
        self.edit.put(text)
        self._renew()

    def set_result(self, result: FilterResult) -> None:
        """Show what the filter found."""
        self._result = result
        self._renew_words()

    # Methods

    def focus(self) -> None:
        """Put the cursor into the field."""
        self.edit.setFocus()
        self.edit.selectAll()

    # Slots

    @Slot()
    def clear(self) -> None:
        """Show all."""
        self.edit.put("")
        self.applied.emit("")

    @Slot()
    def _on_left(self) -> None:
        self.edit.put(self._applied)
        self.left.emit()

    @Slot(str)
    def _on_chosen(self, text: str) -> None:
        self.edit.put(text)
        if self.edit.problem:
            self.edit.setFocus()
        else:
            self.applied.emit(text)

    @Slot()
    def _on_saved_clicked(self) -> None:
        menu = QMenu(self)
        fill_saved_menu(menu, self._library, self._on_chosen)
        menu.addSeparator()
        text = self.edit.text().strip()
        keep = menu.addAction(icon("star", "dim"), "Save this filter…")
        keep.setEnabled(bool(text) and not self.edit.problem and not self.edit.offer)
        keep.triggered.connect(partial(self.save_requested.emit, text))
        rules = menu.addAction(icon("palette", "dim"), "Colour rules…")
        rules.triggered.connect(self.rules_requested)
        self._pop_up(menu, self.saved_button)

    @Slot()
    def _on_history_clicked(self) -> None:
        menu = QMenu(self)
        fill_history_menu(menu, self._library.history, self._on_chosen)
        self._pop_up(menu, self.history_button)

    @Slot()
    def _renew(self) -> None:
        self.clear_button.setEnabled(bool(self.edit.text() or self._applied))
        self._renew_words()

    # Private

    def _renew_words(self) -> None:
        result, text = self._result, self.edit.text().strip()
        searching = result is not None and result.searching
        self.stop_button.setVisible(searching)
        tone, tip = "dim", ""
        if text != self._applied.strip():
            unclear = self.edit.problem or self.edit.needs_choice
            words = "" if unclear else "Enter applies"
        elif result is None:
            words = ""
        elif not self._applied:
            words = f"{format_count(result.total)} {result.noun}"
            if result.hides:
                words = f"{format_count(result.shown)} of {words}"
        else:
            words = result.words()
            tip = "\n".join(result.warnings)
            tone = "warning" if result.warnings or (result.share < 1 and not searching) else "dim"
        if words != self.result_label.text():
            self.result_label.setText(words)
            # Numbers that change must not make the field beside them tremble.
            wide = self.result_label.sizeHint().width()
            if wide > self.result_label.minimumWidth() or len(words) < 20:
                self.result_label.setMinimumWidth(wide)
        self.result_label.setToolTip(plain_tooltip(tip))
        set_tone(self.result_label, tone)

    def _pop_up(self, menu: QMenu, button: QToolButton) -> None:
        menu.aboutToHide.connect(menu.deleteLater)
        right = menu.sizeHint().width() - button.width()
        menu.popup(button.mapToGlobal(QPoint(-right, button.height() + 2)))

    def _lay_out(self) -> None:
        self._picture.setPixmap(icon("list-filter", "dim").pixmap(16, 16))
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, GRID, 0)
        row.setSpacing(GRID)
        row.addWidget(self._picture)
        row.addWidget(self.edit, 1)
        row.addWidget(self.result_label)
        for button in (
            self.stop_button,
            self.saved_button,
            self.history_button,
            self.help_button,
            self.clear_button,
        ):
            row.addWidget(button)
        self.stop_button.hide()

    def _connect(self) -> None:
        slots: dict[QToolButton, Callable[[], None]] = {
            self.saved_button: self._on_saved_clicked,
            self.history_button: self._on_history_clicked,
            self.clear_button: self.clear,
        }
        for button, slot in slots.items():
            button.clicked.connect(slot)
        self.stop_button.clicked.connect(self.stop_requested)
        self.help_button.clicked.connect(self.help_requested)
        self.edit.submitted.connect(self.applied)
        self.edit.left.connect(self._on_left)
        self.edit.judged.connect(self._renew)
