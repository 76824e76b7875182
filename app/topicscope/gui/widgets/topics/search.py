"""The field that narrows the topic tree: a part of a name, a Topic Filter or a regular expression."""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QActionGroup, QKeyEvent, Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QToolButton, QVBoxLayout, QWidget

from topicscope.gui.icons import icon
from topicscope.gui.models.topics.search import SearchError, SearchMode, matcher
from topicscope.gui.text import plain_tooltip
from topicscope.gui.theme import mono_font
from topicscope.gui.widgets.buttons import name_button
from topicscope.gui.widgets.labels import WrappedLabel
from topicscope.gui.widgets.style import set_tone, set_validity

DELAY_MS = 120
LENGTH = 1000

_MODES: Final = {
    SearchMode.CONTAINS: ("abc", "Contains the text", "Find in topics"),
    SearchMode.TOPIC_FILTER: ("+/#", "Matches the Topic Filter", "Topic Filter, as plant/+/temp"),
    SearchMode.PATTERN: (".*", "Matches the regular expression", "Regular expression"),
}


class TopicSearchEdit(QLineEdit):
    """A line edit that hands the down key and Enter on, and is emptied by Escape."""

    left = Signal()
    """Enter or the down key: somebody wants to go on to what was found."""
    emptied = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave on Enter and down, empty on Escape; all else as in any field."""
        if event.key() == Qt.Key.Key_Escape:
            self.clear()
            self.emptied.emit()
        elif event.key() in {Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.left.emit()
        else:
            super().keyPressEvent(event)


class TopicSearchField(QWidget):
    """A field with a button that says how its text is meant; red, with the reason below, when it makes no sense."""

    search_changed = Signal(str, object)
    """What is looked for, empty for nothing, and the `SearchMode`; only what makes sense."""
    left = Signal()
    mode_changed = Signal(object)
    """The `SearchMode` that somebody chose."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._mode = SearchMode.CONTAINS
        self.edit = TopicSearchEdit(self)
        self.reason = WrappedLabel(0, self)
        self.button = QToolButton(self)
        self._delay = QTimer(self)
        self._set_up()
        self._lay_out()
        self.setFocusProxy(self.edit)
        self.edit.textChanged.connect(self._on_edited)
        self.edit.left.connect(self._on_left)
        self.edit.emptied.connect(self.apply)
        self._clear_action.triggered.connect(self.edit.clear)
        self._delay.timeout.connect(self.apply)

    # Properties

    @property
    def mode(self) -> SearchMode:
        """How the text is meant."""
        return self._mode

    # Methods

    def set_mode(self, mode: SearchMode) -> None:
        """Mean the text in another way."""
        self._mode = mode
        sign, name, placeholder = _MODES[mode]
        self.button.setText(sign)
        name_button(self.button, f"{name} (click for other ways to search)")
        self.edit.setPlaceholderText(placeholder)
        for action in self.button.menu().actions():
            action.setChecked(action.data() == mode.value)
        self.apply()

    @Slot()
    def apply(self) -> None:
        """Search now, if the text makes sense."""
        self._delay.stop()
        text, problem = self.edit.text(), ""
        if text:
            try:
                matcher(text, self._mode)
            except SearchError as error:
                problem = str(error)
        set_validity(self.edit, False if problem else None)
        self.edit.setAccessibleDescription(problem)
        self.reason.setText(problem)
        self.reason.setVisible(bool(problem))
        if not problem:
            self.search_changed.emit(text, self._mode)

    # Slots

    @Slot(str)
    def _on_edited(self, text: str) -> None:
        self._clear_action.setVisible(bool(text))
        self._delay.start()

    @Slot()
    def _on_left(self) -> None:
        self.apply()
        if not self.reason.text():
            self.left.emit()

    @Slot()
    def _on_mode_chosen(self, mode: SearchMode, _checked: bool = False) -> None:
        self.set_mode(mode)
        self.mode_changed.emit(mode)

    # Private

    def _set_up(self) -> None:
        self.edit.setFont(mono_font())
        self.edit.setAccessibleName("Find in topics")
        self.edit.setMaxLength(LENGTH)
        position = QLineEdit.ActionPosition
        self.edit.addAction(icon("search", "dim"), position.LeadingPosition)
        self._clear_action = self.edit.addAction(icon("x", "dim"), position.TrailingPosition)
        self._clear_action.setToolTip(plain_tooltip("Show all topics (Esc)"))
        self._clear_action.setVisible(False)
        self._delay.setObjectName("topic search delay")
        self._delay.setSingleShot(True)
        self._delay.setInterval(DELAY_MS)
        set_tone(self.reason, "error")
        self.reason.hide()
        self.button.setFont(mono_font())
        self.button.setAutoRaise(True)
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.button.setMenu(self._mode_menu())
        self.set_mode(SearchMode.CONTAINS)

    def _mode_menu(self) -> QMenu:
        menu = QMenu(self)
        group = QActionGroup(menu)
        for mode, (sign, name, _) in _MODES.items():
            action = menu.addAction(f"{name}\t{sign}")
            action.setCheckable(True)
            action.setData(mode.value)
            action.triggered.connect(partial(self._on_mode_chosen, mode))
            group.addAction(action)
        return menu

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.edit, 1)
        row.addWidget(self.button)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 6)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.reason)
