"""The parts of the connections dialog and where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QUrl, Slot
from PySide6.QtGui import QAction, QDesktopServices, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from topicscope.gui.dialogs.connections.presets import FIELD_WORDS, PresetChooser
from topicscope.gui.dialogs.connections.profile_list import ProfileList
from topicscope.gui.dialogs.profile_form.tabs import ProfileFormTabs
from topicscope.gui.icons import icon
from topicscope.gui.text import count_of, plain_tooltip
from topicscope.gui.widgets.buttons import ICON_SIZE, push_button
from topicscope.gui.widgets.card import CardFrame
from topicscope.gui.widgets.empty_state import EmptyState
from topicscope.gui.widgets.labels import WrappedLabel
from topicscope.gui.widgets.style import set_kind, set_tone
from topicscope.gui.widgets.tone_line import ToneLine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from topicscope.gui.dialogs.connections.drafts import Draft
    from topicscope.profiles.profile import Profile

LIST_WIDTH: Final = 268
_FOLDER: Final = "{} in this folder. F2 gives the folder another name; dragging moves it."
_CHOOSE: Final = "Choose a connection on the left."


class ConnectionsLayout:
    """Builds the widgets of the dialog; what they do is the dialog's."""

    def __init__(self, dialog: QDialog) -> None:
        self._dialog = dialog
        self.list = ProfileList()
        self.form = ProfileFormTabs()
        self.presets = PresetChooser()
        self.folder_page = EmptyState("folder-open", _CHOOSE)
        self.said = ToneLine()
        self._make_actions()
        self.doctor_button = push_button("Doctor…", "circle-check")
        self.doctor_button.setToolTip(
            plain_tooltip("Try each step of reaching the broker, and say what is wrong")
        )
        self.close_button = push_button("Close")
        self.revert_button = push_button("Undo changes")
        self.save_button = self._button_of(self.save_action)
        self.connect_button = push_button("Connect", "plug", kind="primary")
        self.connect_button.clicked.connect(self.connect_action.trigger)
        self.connect_button.setDefault(True)
        self._note = QFrame()
        self._note_words = WrappedLabel(0, self._note)
        self._help_button = push_button("Manual", kind="link")
        self._help_url = ""
        self._help_button.clicked.connect(self._open_help)
        self.next_button = push_button("", kind="link")
        self.next_button.clicked.connect(self._go_to_next)
        self._next_field = ""
        self._stack = QStackedWidget()
        self._work_page, self._form_page = QWidget(), QWidget()
        self._chosen = QStackedWidget()
        self._lay_out()

    # What is shown

    def show_presets(self) -> None:
        """Show the presets in place of the form."""
        self._stack.setCurrentWidget(self.presets)

    def show_draft(self, draft: Draft | None, below: Sequence[Profile]) -> None:
        """Show the form for a draft; without one, how many profiles the chosen folder has."""
        words = _FOLDER.format(count_of(len(below), "connection")) if below else _CHOOSE
        self.folder_page.set_sentence(words)
        self._stack.setCurrentWidget(self._work_page)
        self._chosen.setCurrentWidget(self.folder_page if draft is None else self._form_page)
        preset = draft.preset if draft is not None else None
        self._note.setVisible(preset is not None)
        self._note_words.setText(preset.note if preset else "")
        self._help_url = preset.help_url if preset else ""
        self._help_button.setVisible(bool(self._help_url))
        for action in (self.duplicate_action, self.delete_action):
            action.setEnabled(draft is not None)
        for button in (self.doctor_button, self.connect_button):
            button.setEnabled(draft is not None)
        self.said.say("", "")

    def show_edited(self, *, is_edited: bool, is_new: bool) -> None:
        """Offer what there is to do with a profile that was edited, or not."""
        self.save_action.setEnabled(is_edited)
        self.save_button.setEnabled(is_edited)
        self.revert_button.setVisible(is_edited and not is_new)
        self.connect_button.setText("Save && Connect" if is_edited else "Connect")

    def show_next(self, fields: Sequence[str]) -> None:
        """Offer to go to the first of the fields that a preset asks for and nobody has filled in."""
        self._next_field = fields[0] if fields else ""
        self.next_button.setVisible(bool(fields))
        if fields:
            self.next_button.setText(f"Next: {FIELD_WORDS[fields[0]]}")
            left = ", ".join(FIELD_WORDS[field] for field in fields)
            self.next_button.setToolTip(plain_tooltip(f"Still to fill in: {left}"))

    # Private

    def _make_actions(self) -> None:
        keys = QKeySequence.StandardKey
        self.new_action = self._action("New connection", "plus", keys.New)
        self.duplicate_action = self._action("Duplicate", "copy", QKeySequence("Ctrl+D"))
        self.delete_action = self._action("Delete", "trash-2", None)
        self.import_action = self._action(
            "Import from another program or a file…", "download", None
        )
        self.export_action = self._action("Export to a file, without secrets…", "save", None)
        self.save_action = self._action("Save", None, keys.Save)
        self.connect_action = self._action("Connect", None, QKeySequence("Ctrl+Return"))
        search = self._action("Search", None, keys.Find)
        search.triggered.connect(self.list.search.setFocus)
        following = self._action("Next page", None, QKeySequence("Ctrl+PgDown"))
        previous = self._action("Previous page", None, QKeySequence("Ctrl+PgUp"))
        following.triggered.connect(self._show_next_page)
        previous.triggered.connect(self._show_previous_page)

    @Slot()
    def _show_next_page(self) -> None:
        self._turn(1)

    @Slot()
    def _show_previous_page(self) -> None:
        self._turn(-1)

    def _turn(self, by: int) -> None:
        tabs = self.form.card.tabs
        tabs.setCurrentIndex((tabs.currentIndex() + by) % tabs.count())

    @Slot()
    def _go_to_next(self) -> None:
        self.form.go_to_field(self._next_field)

    @Slot()
    def _open_help(self) -> None:
        QDesktopServices.openUrl(QUrl(self._help_url))

    def _action(
        self, text: str, picture: str | None, keys: QKeySequence | QKeySequence.StandardKey | None
    ) -> QAction:
        action = QAction(text, self._dialog)
        if picture is not None:
            action.setIcon(icon(picture, "dim"))
        if keys is not None:
            action.setShortcut(keys)
        self._dialog.addAction(action)
        return action

    def _button_of(self, action: QAction) -> QWidget:
        button = push_button(action.text())
        button.clicked.connect(action.trigger)
        return button

    def _tool(self, action: QAction, *, words: bool = False) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(action)
        button.setIconSize(ICON_SIZE)
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(action.text())
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        button.setToolTip(plain_tooltip(f"{action.text()} ({keys})" if keys else action.text()))
        if words:
            button.setText("New")
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        return button

    def _lay_out(self) -> None:
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setChildrenCollapsible(False)
        splitter.setHandleWidth(8)
        splitter.addWidget(self._list_card())
        splitter.addWidget(self._right())
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([LIST_WIDTH, 640])
        whole = QVBoxLayout(self._dialog)
        whole.setContentsMargins(12, 12, 12, 12)
        whole.addWidget(splitter)

    def _list_card(self) -> QWidget:
        card, tools = CardFrame(), QFrame()
        row = QHBoxLayout(tools)
        row.setContentsMargins(8, 4, 8, 4)
        row.setSpacing(2)
        new = push_button("New", "plus")
        new.setToolTip(plain_tooltip("New connection (Ctrl+N)"))
        new.setAccessibleName("New connection")
        new.clicked.connect(self.new_action.trigger)
        self.new_button = new
        row.addWidget(new)
        row.addStretch(1)
        self.tools = [
            self._tool(action)
            for action in (
                self.duplicate_action,
                self.delete_action,
                self.import_action,
                self.export_action,
            )
        ]
        for tool in self.tools:
            row.addWidget(tool)
        card.setMinimumWidth(220)
        card.add(self.list, 1)
        card.add(tools)
        return card

    def _right(self) -> QWidget:
        self._lay_out_note()
        form = QVBoxLayout(self._form_page)
        form.setContentsMargins(0, 0, 0, 0)
        form.setSpacing(8)
        form.addWidget(self._note)
        form.addWidget(self.form, 1)
        self._chosen.addWidget(self._form_page)
        self._chosen.addWidget(self.folder_page)
        column = QVBoxLayout(self._work_page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._chosen, 1)
        column.addWidget(self.said)
        column.addLayout(self._buttons())
        self._stack.addWidget(self._work_page)
        self._stack.addWidget(self.presets)
        return self._stack

    def _lay_out_note(self) -> None:
        set_kind(self._note, "notice")
        row = QHBoxLayout(self._note)
        row.setContentsMargins(12, 8, 8, 8)
        row.setSpacing(8)
        row.addWidget(self._note_words, 1)
        links = QVBoxLayout()
        links.setSpacing(0)
        links.addWidget(self._help_button, 0, Qt.AlignmentFlag.AlignRight)
        links.addWidget(self.next_button, 0, Qt.AlignmentFlag.AlignRight)
        links.addStretch(1)
        row.addLayout(links)
        set_tone(self._note, "")
        self._note.hide()

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.doctor_button)
        row.addStretch(1)
        for button in (
            self.revert_button,
            self.close_button,
            self.save_button,
            self.connect_button,
        ):
            row.addWidget(button)
        return row
