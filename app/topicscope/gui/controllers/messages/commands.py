"""Commands on messages: mark, go to, copy, export, columns; they act on the table that is shown."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from topicscope.capture.saving import CaptureSnapshot
from topicscope.gui.controllers.messages.exporting import Exporting, Rows
from topicscope.gui.dialogs.line_dialog import LineDialog
from topicscope.gui.models.messages.marks import RowMarks
from topicscope.gui.models.messages.places import EXAMPLES, PlaceError, place_of
from topicscope.gui.text import format_count
from topicscope.gui.widgets.messages.corner import TableCorner

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from topicscope.gui.connection.bridge import ConnectionBridge
    from topicscope.gui.controllers.commands import Commands
    from topicscope.gui.panes.messages import MessagesPane
    from topicscope.gui.widgets.messages.view import MessageView

LONGEST_MARK = 200


class MessageCommands(QObject):
    """Carries out what commands, menus and keys ask of the tables."""

    told = Signal(str, str)
    """Tone and a sentence."""

    def __init__(
        self, bridge: ConnectionBridge, pane: MessagesPane, commands: Commands, window: QWidget
    ) -> None:
        super().__init__(window)
        self._pane = pane
        self._window = window
        self._views = (pane.messages.view, pane.packets.view)
        self.marks = RowMarks(bridge.log, self)
        self.exporting = Exporting(window)
        self.corner = TableCorner(pane.header, self.marks, self._shown)
        self.corner.row_chosen.connect(self._on_row_chosen)
        pane.page_changed.connect(self.corner.renew)
        pane.counts_changed.connect(self.marks.drop_evicted)
        bridge.log_replaced.connect(self.marks.set_log)
        for view in self._views:
            view.set_marks(self.marks)
            actions = view.actions_of_row
            actions.told.connect(self.told)
            actions.mark_text_requested.connect(self.ask_for_mark_text)
            actions.export_requested.connect(self.ask_to_export)
        for name, act in _OF_TABLE.items():
            commands.connect_command(name, partial(self._act, act))
        slots: dict[str, Callable[[], object]] = {
            "mark_text": self.ask_for_mark_text,
            "clear_marks": self.marks.clear,
            "go_to": self.ask_where_to_go,
            "export_selected": partial(self.ask_to_export, True),
            "export_shown": partial(self.ask_to_export, False),
            "columns": self.show_columns,
        }
        for name, slot in slots.items():
            commands.connect_command(name, slot)

    # Slots

    @Slot()
    def ask_for_mark_text(self) -> None:
        """Ask for words on the mark of the current row."""
        row = self.table().current_row()
        if row < 0:
            self.told.emit("info", "Choose a row first: the mark goes there.")
            return
        text = self.marks.text(row)
        dialog = LineDialog("Mark", "Words on this mark", text, _judge_mark, self._window)
        dialog.answered.connect(partial(self._on_mark_text, row))
        dialog.open()

    @Slot()
    def ask_where_to_go(self) -> None:
        """Ask for a time or a number of a message, and go there."""
        view = self.table()
        dialog = LineDialog(
            "Go to",
            "A time, or the number of a row",
            "",
            partial(self._judge_place, view),
            self._window,
        )
        dialog.edit.setPlaceholderText(EXAMPLES)
        dialog.answered.connect(partial(self.go_to, view))
        dialog.open()

    @Slot(bool)
    def ask_to_export(self, only_selected: bool) -> None:
        """Ask where to write the selected rows, or all that are shown."""
        view = self.table()
        ranges = view.actions_of_row.selected_ranges() if only_selected else None
        rows = Rows(view.log_view, ranges)
        if not len(rows):
            words = "Choose rows first." if only_selected else "No rows are shown."
            self.told.emit("info", words)
            return
        if not only_selected and self._is_searching(view):
            self.told.emit("warning", "The filter still looks at old rows: they are left out.")
        snapshot = CaptureSnapshot(view.log_view.log)
        self.exporting.ask(snapshot, rows, packets=self._shows_packets(view))

    @Slot()
    def show_columns(self) -> None:
        """Show the menu of columns."""
        self.table()
        self.corner.show_columns()

    # Methods

    def remember_columns(self) -> None:
        """Bring the columns of the tables back as they were left, and remember them from now on."""
        for view, name in zip(self._views, ("messages", "packets"), strict=True):
            view.columns.remember_as(name)

    @Slot()
    def close(self) -> None:
        """Call an export off, and remember columns that were changed just now."""
        self.exporting.cancel()
        for view in self._views:
            view.columns.save_now()

    def table(self) -> MessageView:
        """Return the table that is shown; where none is, bring the messages to the front."""
        view = self._shown()
        if view is None:
            self._pane.show_page(self._pane.messages)
        return view or self._pane.messages.view

    def go_to(self, view: MessageView, text: str) -> None:
        """Go to the row that a text means, or to the nearest that is shown before it."""
        try:
            place = place_of(text, view.log_view.log, packets=self._shows_packets(view))
        except PlaceError as error:
            self.told.emit("warning", str(error))
            return
        found = view.select_near(place.row)
        view.setFocus()
        if found != place.row:
            record = view.record_of(found)
            nearest = f" #{format_count(record.number)}" if record and record.number else ""
            self.told.emit("info", f"The filter hides that row; the nearest one{nearest} is shown.")

    # Private

    def _shown(self) -> MessageView | None:
        page = self._pane.current_page()
        pages = (self._pane.messages, self._pane.packets)
        return next((one.view for one in pages if one is page), None)

    def _shows_packets(self, view: MessageView) -> bool:
        return view is self._pane.packets.view

    def _is_searching(self, view: MessageView) -> bool:
        pages = (self._pane.messages, self._pane.packets)
        return any(page.rows.is_searching for page in pages if page.view is view)

    def _on_row_chosen(self, row: int) -> None:
        self.table().select_row(row)

    def _act(self, act: Callable[[MessageView], None]) -> None:
        act(self.table())

    def _on_mark_text(self, row: int, text: str) -> None:
        self.marks.write(row, text.strip())

    def _judge_place(self, view: MessageView, text: str) -> tuple[str, str]:
        if not text.strip():
            return "dim", "Times as in the display filter; +30s counts from the first row."
        try:
            place = place_of(text, view.log_view.log, packets=self._shows_packets(view))
        except PlaceError as error:
            return "error", str(error)
        return "good", place.words


def _judge_mark(text: str) -> tuple[str, str]:
    if len(text) > LONGEST_MARK:
        return "error", f"{format_count(len(text))} characters are too many; {LONGEST_MARK} fit."
    return (
        "dim",
        "May be empty. Shown in the list of marks, and when the pointer rests on the mark.",
    )


def _toggle_mark(view: MessageView) -> None:
    view.actions_of_row.toggle_mark()


def _next_mark(view: MessageView) -> None:
    view.actions_of_row.go_to_next_mark()


def _previous_mark(view: MessageView) -> None:
    view.actions_of_row.go_to_previous_mark()


def _copy_text(view: MessageView) -> None:
    view.actions_of_row.copy_rows()


def _copy_json(view: MessageView) -> None:
    view.actions_of_row.copy_json()


def _copy_payloads(view: MessageView) -> None:
    view.actions_of_row.copy_payload()


_OF_TABLE: dict[str, Callable[[MessageView], None]] = {
    "mark": _toggle_mark,
    "next_mark": _next_mark,
    "previous_mark": _previous_mark,
    "copy_text": _copy_text,
    "copy_json": _copy_json,
    "copy_payloads": _copy_payloads,
}
