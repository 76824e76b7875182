"""The corner above a table: its bookmarks, its export, and its columns, each as a button with a menu."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QPoint, Qt, Signal, Slot
from PySide6.QtWidgets import QMenu

from topicscope.gui.text import format_count, format_time
from topicscope.gui.widgets.messages.actions import (
    add_action,
    add_export_actions,
    add_mark_actions,
)
from topicscope.payload.text import escape, safe_topic

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QToolButton

    from topicscope.gui.models.messages.marks import RowMarks
    from topicscope.gui.widgets.card import PaneHeader
    from topicscope.gui.widgets.messages.view import MessageView

LISTED_MARKS: Final = 20
_LONGEST = 60


class TableCorner(QObject):
    """Three buttons for the table that is shown; hidden while none is."""

    row_chosen = Signal(int)
    """A marked row of the capture that somebody wants to see."""

    def __init__(
        self, header: PaneHeader, marks: RowMarks, shown: Callable[[], MessageView | None]
    ) -> None:
        super().__init__(header)
        self._marks = marks
        self._shown = shown
        self.marks_button = header.add_button("bookmark", "Marks (M marks a row)")
        self.export_button = header.add_button("download", "Export rows")
        self.columns_button = header.add_button("columns-3", "Columns")
        self._buttons = (self.marks_button, self.export_button, self.columns_button)
        self.marks_button.clicked.connect(self._on_marks_clicked)
        self.export_button.clicked.connect(self._on_export_clicked)
        self.columns_button.clicked.connect(self.show_columns)
        self.renew()

    # Methods

    def renew(self) -> None:
        """Show the buttons if a table is shown."""
        for button in self._buttons:
            button.setVisible(self._shown() is not None)

    def marks_menu(self, view: MessageView) -> QMenu:
        """Return what can be done with marks, and the marks themselves; it deletes itself when closed."""
        menu = _menu(self.marks_button)
        row = view.current_row()
        actions = view.actions_of_row
        add_mark_actions(menu, actions, self._marks, marked=row in self._marks, has_row=row >= 0)
        menu.addSeparator()
        rows = self._marks.rows()
        for marked in rows[-LISTED_MARKS:]:
            action = menu.addAction(self._words(view, marked))
            action.setEnabled(view.shows_row(marked))
            action.triggered.connect(partial(self._on_mark_chosen, marked))
        if len(rows) > LISTED_MARKS:
            older = menu.addAction(f"… and {format_count(len(rows) - LISTED_MARKS)} before them")
            older.setEnabled(False)
        menu.addSeparator()
        add_action(menu, "Remove all marks", "", self._marks.clear, enabled=bool(rows))
        return menu

    def export_menu(self, view: MessageView) -> QMenu:
        """Return what can be exported; it deletes itself when closed."""
        menu = _menu(self.export_button)
        add_export_actions(menu, view.actions_of_row, has_selection=view.current_row() >= 0)
        return menu

    # Slots

    @Slot()
    def show_columns(self) -> None:
        """Show the menu of columns."""
        view = self._shown()
        if view is not None:
            _pop_up(view.columns.menu(), self.columns_button)

    @Slot()
    def _on_marks_clicked(self) -> None:
        view = self._shown()
        if view is not None:
            _pop_up(self.marks_menu(view), self.marks_button)

    @Slot()
    def _on_export_clicked(self) -> None:
        view = self._shown()
        if view is not None:
            _pop_up(self.export_menu(view), self.export_button)

    # Private

    def _on_mark_chosen(self, row: int, _checked: bool = False) -> None:
        self.row_chosen.emit(row)

    def _words(self, view: MessageView, row: int) -> str:
        record = view.record_of(row)
        words = escape(self._marks.text(row))
        if record is not None:
            what = safe_topic(record.topic) if record.topic else record.packet_type.name
            number = "" if record.number is None else f"#{format_count(record.number)}  "
            when = format_time(record.time_ns)
            words = f"{number}{when}  {words or what}"
        cut = words if len(words) <= _LONGEST else words[:_LONGEST] + "…"
        return cut.replace("&", "&&")


def _menu(button: QToolButton) -> QMenu:
    menu = QMenu(button)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return menu


def _pop_up(menu: QMenu, button: QToolButton) -> None:
    """Show a menu below a button, flush with its right edge."""
    corner = button.mapToGlobal(QPoint(button.width(), button.height()))
    menu.popup(corner - QPoint(menu.sizeHint().width(), 0))
