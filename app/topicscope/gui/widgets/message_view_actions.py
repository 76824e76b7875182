"""What can be done with the rows of the message table: copy them, filter by them, publish where they came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QMenu

from topicscope.gui.icons import icon
from topicscope.gui.widgets import message_view_clipboard as clipboard
from topicscope.mqtt.topics import topic_name_problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QTableView

    from topicscope.capture.record import Record
    from topicscope.gui.models.message_table import MessageTableModel

MAX_ROWS_COPIED = 10_000


class MessageActions(QObject):
    """Acts on the current row of a table, and copies its selected rows."""

    filter_requested = Signal(str)
    """A Topic Filter that sees only what somebody wants to see."""
    publish_requested = Signal(object)
    """A Topic Name, in bytes, that somebody wants to publish to."""

    def __init__(self, view: QTableView, model: MessageTableModel) -> None:
        super().__init__(view)
        self._view = view
        self._model = model

    def current_record(self) -> Record | None:
        """Return the record of the current row, None without one."""
        index = self._view.currentIndex()
        return self._model.record(index.row()) if index.isValid() else None

    def selected_positions(self) -> list[int]:
        """Return the selected positions in order, up to `MAX_ROWS_COPIED`."""
        found: set[int] = set()
        for part in self._view.selectionModel().selection().toList():
            room = MAX_ROWS_COPIED - len(found)
            found.update(range(part.top(), min(part.bottom() + 1, part.top() + room)))
        return sorted(found)

    def menu(self) -> QMenu:
        """Return a menu of what can be done with the current row; it deletes itself when closed."""
        menu = QMenu(self._view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        record = self.current_record()
        topic = record.topic if record else b""
        # A filter cannot say a topic that is not UTF-8, nor can one publish to it.
        usable = bool(topic) and topic_name_problem(topic) is None
        add_action(menu, "Copy rows", "copy", self.copy_rows, enabled=record is not None)
        add_action(menu, "Copy topic", "", self.copy_topic, enabled=bool(topic))
        add_action(menu, "Copy payload", "", self.copy_payload, enabled=bool(topic))
        menu.addSeparator()
        add_action(menu, "Show only this topic", "list-filter", self.request_filter, enabled=usable)
        add_action(menu, "Publish to this topic", "send", self.request_publish, enabled=usable)
        return menu

    @Slot()
    def copy_rows(self) -> None:
        """Copy time, topic and payload of the selected rows."""
        records = map(self._model.record, self.selected_positions())
        selection = self._view.selectionModel().selection().toList()
        selected = sum(part.bottom() - part.top() + 1 for part in selection)
        clipboard.copy_rows((record for record in records if record is not None), selected)

    @Slot()
    def copy_topic(self) -> None:
        """Copy the Topic Name of the current row."""
        if record := self.current_record():
            clipboard.copy_topic(record.topic)

    @Slot()
    def copy_payload(self) -> None:
        """Copy the payload of the current row, all of it."""
        if record := self.current_record():
            clipboard.copy_bytes(record.payload)

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


def add_action(
    menu: QMenu, text: str, name: str, slot: Callable[[], None], *, enabled: bool = True
) -> None:
    """Put an action at the end of a menu; `name` is that of its icon, or empty."""
    action = menu.addAction(text)
    if name:
        action.setIcon(icon(name))
    action.setEnabled(enabled)
    action.triggered.connect(slot)
