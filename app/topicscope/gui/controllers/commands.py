"""Every command of the window by name, with its keys; the palette lists them, the window connects them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QApplication, QWidget

from topicscope.gui.dialogs.about import AboutDialog
from topicscope.gui.dialogs.command_palette import CommandPalette
from topicscope.gui.dialogs.help import HelpDialog
from topicscope.gui.settings import save_theme
from topicscope.gui.theme import apply_theme

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from topicscope.gui.theme import ThemeChoice

_NAMES = {
    "palette": ("Command palette…", "Ctrl+K"),
    "new_window": ("New window", "Ctrl+N"),
    "open": ("Open a capture…", "Ctrl+O"),
    "save": ("Save the capture as…", "Ctrl+S"),
    "clear": ("Clear the capture", "Ctrl+L"),
    "record": ("Record to a file", "Ctrl+R"),
    "freeze": ("Freeze the tables", "Ctrl+Space"),
    "connect": ("Connect", "Ctrl+Shift+C"),
    "disconnect": ("Disconnect", "Ctrl+D"),
    "new_connection": ("New connection…", "Ctrl+Shift+N"),
    "edit_connection": ("Edit the connection…", "Ctrl+E"),
    "delete_connection": ("Delete the connection…", ""),
    "import_connections": ("Import connections…", ""),
    "export_connections": ("Export connections…", ""),
    "doctor": ("Connection doctor…", ""),
    "retained": ("Retained messages…", "Ctrl+Shift+M"),
    "session_lab": ("Session lab…", "Ctrl+Shift+L"),
    "connection_details": ("Connection details…", "Ctrl+I"),
    "watch_broker": ("Watch the broker", ""),
    "chart": ("Chart a value of the message…", ""),
    "demo": ("Try the demo", ""),
    "filter": ("Display filter", "Ctrl+F"),
    "show_all": ("Show all topics", "Ctrl+Shift+F"),
    "colour_rules": ("Colour rules…", ""),
    "subscribe": ("Subscribe to a Topic Filter", "Ctrl+T"),
    "find_topic": ("Find in topics", "Ctrl+Shift+T"),
    "publish": ("Publish a message", "Ctrl+P"),
    "publish_history": ("Published messages…", ""),
    "templates": ("Templates of messages…", ""),
    "automation": ("Schedules and responders", "Ctrl+Shift+A"),
    "requests": ("Requests and responses", ""),
    "send_request": ("Send a request…", "Ctrl+Shift+R"),
    "new_schedule": ("New schedule…", ""),
    "new_responder": ("New responder…", ""),
    "start_schedules": ("Start all schedules", ""),
    "start_responders": ("Start all responders", ""),
    "stop_all": ("Stop all schedules and responders", "Ctrl+Shift+X"),
    "name_levels": ("Name topic levels…", ""),
    "time_travel": ("Time travel", "Ctrl+Shift+H"),
    "mark": ("Mark the message, or remove its mark", "Ctrl+B"),
    "mark_text": ("Mark with words…", "Ctrl+Shift+B"),
    "next_mark": ("Next mark", "F2"),
    "previous_mark": ("Previous mark", "Shift+F2"),
    "clear_marks": ("Remove all marks", ""),
    "go_to": ("Go to a time or a number…", "Ctrl+G"),
    "copy_text": ("Copy messages as text", ""),
    "copy_json": ("Copy messages as JSON", "Ctrl+Shift+J"),
    "copy_payloads": ("Copy payloads", "Ctrl+Shift+P"),
    "export_selected": ("Export the selected rows…", "Ctrl+Shift+E"),
    "export_shown": ("Export all rows shown…", ""),
    "columns": ("Columns…", ""),
    "light": ("Theme: light", ""),
    "dark": ("Theme: dark", ""),
    "system": ("Theme: as the desktop", ""),
    "help": ("Help: first steps", "F1"),
    "filter_help": ("Help: display filter", "Shift+F1"),
    "connecting_help": ("Help: connecting", ""),
    "doctor_help": ("Help: connection doctor", ""),
    "broker_help": ("Help: broker status", ""),
    "retained_help": ("Help: retained messages, session lab", ""),
    "publish_help": ("Help: publishing", ""),
    "schedules_help": ("Help: schedules", ""),
    "responders_help": ("Help: responders and requests", ""),
    "about": ("About Topicscope", ""),
    "close": ("Close the window", "Ctrl+W"),
    "quit": ("Quit", "Ctrl+Q"),
}
_PAGES = {
    "help": "first-steps",
    "connecting_help": "connecting",
    "doctor_help": "connection-doctor",
    "broker_help": "broker-status",
    "retained_help": "retained-and-session-lab",
}
_CHECKABLE = {"record", "freeze", "time_travel"}
_PALETTE_FROM_TOP = 96


class Commands(QObject):
    """The actions of one window, and those that need nothing of it but its place."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._others: list[QAction] = []
        self._actions = {name: self._make(name, *words) for name, words in _NAMES.items()}
        self.connect_command("palette", self.show_palette)
        for name, page in _PAGES.items():
            self.connect_command(name, partial(self.show_help, page))
        self.connect_command("about", self.show_about)
        self.connect_command("close", window.close)
        self.connect_command("quit", QApplication.closeAllWindows)
        for choice in ("light", "dark", "system"):
            self.connect_command(choice, partial(self.choose_theme, choice))

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def add(self, actions: Iterable[QAction]) -> None:
        """Offer actions of others by their names too."""
        self._others += actions

    def connect_command(self, name: str, slot: Callable[[], object]) -> None:
        """Call a slot when the command is chosen, by its keys or by its name."""
        self._actions[name].triggered.connect(partial(_call, slot))

    @Slot()
    def show_palette(self) -> None:
        """Offer all commands by name."""
        window = self._window
        # The palette in the palette would be its first entry, and do nothing.
        actions = [action for name, action in self._actions.items() if name != "palette"]
        palette = CommandPalette([*actions, *self._others], window)
        corner = window.mapToGlobal(window.rect().topLeft())
        left = corner.x() + (window.width() - palette.width()) // 2
        palette.move(left, corner.y() + _PALETTE_FROM_TOP)
        palette.show()

    @Slot(str)
    def show_help(self, page: str) -> None:
        """Show a help page."""
        HelpDialog(page, self._window).show()

    @Slot()
    def show_about(self) -> None:
        """Show versions and licence."""
        AboutDialog(self._window).open()

    @Slot(str)
    def choose_theme(self, choice: ThemeChoice) -> None:
        """Dress the application anew and remember the choice."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        apply_theme(app, choice)
        save_theme(choice)

    def _make(self, name: str, text: str, keys: str) -> QAction:
        action = QAction(text, self._window)
        action.setObjectName(f"action-{name}")
        action.setCheckable(name in _CHECKABLE)
        if keys:
            action.setShortcut(QKeySequence(keys))
        self._window.addAction(action)
        return action


def _call(slot: Callable[[], object], _checked: bool = False) -> None:
    """Leave out the state that `triggered` brings."""
    slot()
