"""What can be done with rows of a table: copy, mark and export them, filter by them, publish where they came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QMenu

from topicscope.gui.icons import icon
from topicscope.gui.text import count_of
from topicscope.gui.widgets.messages import clipboard
from topicscope.mqtt.topics import topic_name_problem
from topicscope.payload.text import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PySide6.QtCore import QModelIndex

    from topicscope.capture.record import Record
    from topicscope.gui.models.messages.marks import RowMarks
    from topicscope.gui.models.messages.table import MessageTableModel
    from topicscope.gui.widgets.messages.following import FollowingTable

MAX_ROWS_COPIED = 10_000
MAX_ROWS_MARKED = 1_000


class MessageActions(QObject):
    """Acts on the current row of a table, and on its selected rows."""

    filter_requested = Signal(str)
    """A Topic Filter that sees only what somebody wants to see."""
    publish_requested = Signal(object)
    """A Topic Name, in bytes, that somebody wants to publish to."""
    mark_text_requested = Signal()
    """Somebody wants to write on the mark of the current row."""
    export_requested = Signal(bool)
    """Somebody wants rows in a file: True the selected ones, False all that are shown."""
    menu_opening = Signal(object)
    """The `QMenu` that is about to be shown for the current row; others may add to it."""
    told = Signal(str, str)
    """Tone and words on what was done."""

    def __init__(self, view: FollowingTable, model: MessageTableModel) -> None:
        super().__init__(view)
        self._view = view
        self._model = model
        self._marks: RowMarks | None = None

    # Properties

    @property
    def marks(self) -> RowMarks | None:
        """The bookmarks that are shown, if any."""
        return self._marks

    # Setters

    def set_marks(self, marks: RowMarks) -> None:
        """Mark rows here from now on."""
        self._marks = marks

    # Methods

    def current_record(self) -> Record | None:
        """Return the record of the current row, None without one."""
        index = self._view.currentIndex()
        return self._model.record(index.row()) if index.isValid() else None

    def selected_ranges(self) -> list[range]:
        """Return the selected positions as ranges in order, however many there are."""
        parts = [
            range(part.top(), part.bottom() + 1)
            for part in self._view.selectionModel().selection().toList()
        ]
        merged: list[range] = []
        for part in sorted(parts, key=_start):
            if merged and part.start <= merged[-1].stop:
                merged[-1] = range(merged[-1].start, max(merged[-1].stop, part.stop))
            else:
                merged.append(part)
        return merged

    def selected_positions(self) -> list[int]:
        """Return the selected positions in order, up to `MAX_ROWS_COPIED`."""
        found: list[int] = []
        for part in self.selected_ranges():
            found += part[: MAX_ROWS_COPIED - len(found)]
        return found

    def words_of_mark(self, index: QModelIndex) -> str:
        """Return the words of the mark of a row, or that it is one; empty where there is none."""
        if self._marks is None or not index.isValid():
            return ""
        row = self._model.row_at(index.row())
        return escape(self._marks.text(row)) or "Marked" if row in self._marks else ""

    def menu(self) -> QMenu:
        """Return a menu of what can be done with the current row; it deletes itself when closed."""
        menu = QMenu(self._view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        record = self.current_record()
        topic = record.topic if record else b""
        # A filter cannot say a topic that is not UTF-8, nor can one publish to it.
        usable = bool(topic) and topic_name_problem(topic) is None
        add_action(menu, "Show only this topic", "list-filter", self.request_filter, enabled=usable)
        add_action(menu, "Publish to this topic", "send", self.request_publish, enabled=usable)
        menu.addSeparator()
        self._add_copying(menu, bool(topic), record is not None)
        menu.addSeparator()
        if self._marks is not None:
            marked = self._view.current_row() in self._marks
            add_mark_actions(menu, self, self._marks, marked=marked, has_row=record is not None)
            menu.addSeparator()
        add_export_actions(menu, self, has_selection=record is not None)
        self.menu_opening.emit(menu)
        return menu

    # Slots

    @Slot()
    def copy_rows(self) -> None:
        """Copy time, topic and payload of the selected rows."""
        self._tell(clipboard.copy_rows(self._selected_records(), self._selected_count()), "as text")

    @Slot()
    def copy_json(self) -> None:
        """Copy the selected rows as JSON, one object a line."""
        self._tell(clipboard.copy_json(self._selected_records(), self._selected_count()), "as JSON")

    @Slot()
    def copy_payload(self) -> None:
        """Copy the payloads of the selected rows, each byte of them."""
        records = (record for record in self._selected_records() if record.topic)
        left_out = clipboard.copy_payloads(records)
        self._tell(left_out + max(0, self._selected_count() - MAX_ROWS_COPIED), "as bytes")

    @Slot()
    def copy_topic(self) -> None:
        """Copy the Topic Name of the current row."""
        if record := self.current_record():
            clipboard.copy_topic(record.topic)

    @Slot()
    def toggle_mark(self) -> None:
        """Mark the selected rows, or take their marks away when all have one."""
        if self._marks is None:
            return
        positions = self.selected_positions()[:MAX_ROWS_MARKED]
        self._marks.toggle([self._model.row_at(position) for position in positions])

    @Slot()
    def go_to_next_mark(self) -> None:
        """Go to the next marked row that is shown, from the last one on to the first."""
        if self._marks is not None:
            row = self._marks.next(self._view.current_row(), self._view.shows_row)
            self._go_to_mark(self._marks.next(-1, self._view.shows_row) if row is None else row)

    @Slot()
    def go_to_previous_mark(self) -> None:
        """Go to the marked row before that is shown, from the first one on to the last."""
        if self._marks is not None:
            end = self._model.view.log.end_row
            current = self._view.current_row()
            row = self._marks.previous(current if current >= 0 else end, self._view.shows_row)
            self._go_to_mark(
                self._marks.previous(end, self._view.shows_row) if row is None else row
            )

    @Slot()
    def request_filter(self) -> None:
        """Ask to see only the topic of the current row."""
        if record := self.current_record():
            self.filter_requested.emit(record.topic.decode())

    @Slot()
    def request_publish(self) -> None:
        """Ask to publish to the topic of the current row."""
        if record := self.current_record():
            self.publish_requested.emit(record.topic)

    @Slot()
    def request_mark_text(self) -> None:
        """Ask for words on the mark of the current row."""
        self.mark_text_requested.emit()

    @Slot()
    def request_export_of_selected(self) -> None:
        """Ask for the selected rows in a file."""
        self.export_requested.emit(True)

    @Slot()
    def request_export_of_shown(self) -> None:
        """Ask for all rows shown in a file."""
        self.export_requested.emit(False)

    # Private

    def _add_copying(self, menu: QMenu, has_topic: bool, has_row: bool) -> None:
        many = self._selected_count() > 1
        payload = "Copy payloads" if many else "Copy payload"
        add_action(menu, "Copy as text", "copy", self.copy_rows, "Ctrl+C", enabled=has_row)
        add_action(menu, "Copy as JSON", "", self.copy_json, "Ctrl+Shift+J", enabled=has_row)
        add_action(menu, payload, "", self.copy_payload, "Ctrl+Shift+P", enabled=has_topic or many)
        add_action(menu, "Copy topic", "", self.copy_topic, enabled=has_topic)

    def _selected_count(self) -> int:
        return sum(map(len, self.selected_ranges()))

    def _selected_records(self) -> Iterator[Record]:
        records = map(self._model.record, self.selected_positions())
        return (record for record in records if record is not None)

    def _go_to_mark(self, row: int | None) -> None:
        if row is not None:
            self._view.select_row(row)
        elif self._marks:
            self.told.emit("info", "No marked row is shown: the filter hides them all.")
        else:
            self.told.emit("info", "Nothing is marked yet: M marks the current row.")

    def _tell(self, left_out: int, how: str) -> None:
        if left_out > 0:
            copied = count_of(self._selected_count() - left_out, "row")
            words = (
                f"{copied} copied {how}; {left_out:,} more were too many. Export takes them all."
            )
            self.told.emit("warning", words)


def add_mark_actions(
    menu: QMenu, actions: MessageActions, marks: RowMarks, *, marked: bool, has_row: bool
) -> None:
    """Put what can be done with marks at the end of a menu."""
    mark = "Remove the mark" if marked else "Mark"
    write = "Words of the mark…" if marked else "Mark with words…"
    some = len(marks) > 0
    add_action(menu, mark, "bookmark", actions.toggle_mark, "M", enabled=has_row)
    add_action(menu, write, "", actions.request_mark_text, "Ctrl+Shift+B", enabled=has_row)
    add_action(menu, "Next mark", "", actions.go_to_next_mark, "F2", enabled=some)
    add_action(menu, "Previous mark", "", actions.go_to_previous_mark, "Shift+F2", enabled=some)


def add_export_actions(menu: QMenu, actions: MessageActions, *, has_selection: bool) -> None:
    """Put what can be exported at the end of a menu."""
    add_action(
        menu,
        "Export the selected rows…",
        "download",
        actions.request_export_of_selected,
        "Ctrl+Shift+E",
        enabled=has_selection,
    )
    add_action(menu, "Export all rows shown…", "", actions.request_export_of_shown)


def add_action(
    menu: QMenu,
    text: str,
    name: str,
    slot: Callable[[], None],
    keys: str = "",
    *,
    enabled: bool = True,
) -> None:
    """Put an action at the end of a menu; `name` is that of its icon, or empty; `keys` are those that do the same."""
    action = menu.addAction(text)
    if keys:
        # Only said here: whoever listens to these keys does so without the menu, too.
        action.setShortcut(keys)
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.setShortcutVisibleInContextMenu(True)
    if name:
        action.setIcon(icon(name))
    action.setEnabled(enabled)
    action.triggered.connect(slot)


def _start(part: range) -> int:
    return part.start
