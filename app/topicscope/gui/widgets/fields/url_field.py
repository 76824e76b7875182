"""A field that reads a broker's address as it is pasted or typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from topicscope.gui.theme import mono_font
from topicscope.gui.widgets.fields.guarded_field import GuardedField
from topicscope.gui.widgets.labels import label
from topicscope.gui.widgets.style import set_validity
from topicscope.profiles.secrets import has_token
from topicscope.profiles.url import UrlError, parse_url

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from topicscope.profiles.profile import Profile

EXAMPLE = "mqtt://broker.local:1883"


class UrlField(QWidget):
    """A line for a URL; what is wrong with it stands below as a sentence."""

    understood = Signal(object, object)
    """The text has become an address: a Profile, and the password that stood in it or None."""
    submitted = Signal(object, object)
    """Enter was pressed on an address: a Profile and a password or None."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._read: tuple[Profile, str | None] | None = None
        self.edit = GuardedField("address", has_token, self)
        self.edit.setFont(mono_font())
        self.edit.setPlaceholderText(EXAMPLE)
        self.edit.setAccessibleName("Address of the broker as a URL")
        self._problem = label(tone="error", parent=self)
        self._problem.setWordWrap(True)
        self._problem.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.edit)
        column.addWidget(self._problem)
        self.setFocusProxy(self.edit)
        self.edit.textChanged.connect(self._on_text_changed)
        self.edit.returnPressed.connect(self.submit)

    def profile(self) -> Profile | None:
        """Return the profile that the address describes, or None while there is none."""
        return self._read[0] if self._read else None

    def problem(self) -> str:
        """Return the sentence below the field."""
        return self._problem.text()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keep Enter on an address that is wrong from the default button of a dialog."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            event.accept()
        else:
            super().keyPressEvent(event)

    @Slot()
    def submit(self) -> None:
        """Submit the address as if Enter were pressed; an empty field says what belongs there."""
        if self._read is not None:
            self.submitted.emit(*self._read)
        elif not self.edit.text():
            self._show_problem("Paste or type the address of a broker first.")

    @Slot(str)
    def _on_text_changed(self, text: str) -> None:
        self._read = None
        problem = ""
        if text.strip():
            try:
                self._read = parse_url(text)
            except UrlError as error:
                problem = str(error)
        self._show_problem(problem)
        if self._read is not None:
            self.understood.emit(*self._read)

    def _show_problem(self, problem: str) -> None:
        set_validity(self.edit, False if problem else True if self._read else None)
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        self.edit.setAccessibleDescription(problem)
