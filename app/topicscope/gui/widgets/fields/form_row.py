"""One row of a form: its name, its field, and below it a hint, or what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QWidget

from topicscope.gui.widgets.labels import WrappedLabel
from topicscope.gui.widgets.style import set_tone, set_validity

if TYPE_CHECKING:
    from collections.abc import Sequence

LABEL_WIDTH: Final = 148
FIELD_HEIGHT: Final = 28


class FormRow(QWidget):
    """A field with its name on the left; what is wrong takes the place of the hint."""

    def __init__(
        self, name: str, field: QWidget, hint: str = "", buddy: QWidget | None = None
    ) -> None:
        """Take a name, with an ampersand before its letter of access; `buddy` is what that letter goes to."""
        super().__init__()
        self.field = field
        self._buddy = buddy or field
        self._hint, self._reason, self._warning, self._problem = hint, "", "", ""
        # Not plain text: a label shows the underlined letter of its mnemonic only as automatic text.
        self.name = QLabel(name, self)
        self.name.setBuddy(self._buddy)
        self.name.setFixedWidth(LABEL_WIDTH)
        self.name.setMinimumHeight(FIELD_HEIGHT)
        set_tone(self.name, "dim")
        self._words = WrappedLabel(0, self)
        # Clicks on a hint must not take the focus from the field.
        self._words.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        if not self._buddy.accessibleName():
            self._buddy.setAccessibleName(name.replace("&", ""))
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self.name, 0, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(field, 0, 1)
        grid.addWidget(self._words, 1, 1)
        self._renew()

    def set_name(self, name: str) -> None:
        """Call the row something else."""
        self.name.setText(name)
        self._buddy.setAccessibleName(name.replace("&", ""))

    def set_hint(self, hint: str) -> None:
        """Say something else below the field."""
        self._hint = hint
        self._renew()

    def set_warning(self, warning: str) -> None:
        """Say in red what follows from what was chosen, though nothing is wrong with it."""
        self._warning = warning
        self._renew()

    def set_off(self, reason: str) -> None:
        """Switch the field off and say why; with an empty reason, on."""
        self._reason = reason
        self.field.setEnabled(not reason)
        self._renew()

    def set_enabled(self, enabled: bool) -> None:
        """Switch the field on or off where the reason stands elsewhere."""
        self.field.setEnabled(enabled)

    def set_problem(self, problem: str) -> None:
        """Say what is wrong with the field; an empty text when nothing is."""
        self._problem = problem
        line = self._buddy if isinstance(self._buddy, QLineEdit) else None
        if line is not None:
            set_validity(line, False if problem else None)
        self._buddy.setAccessibleDescription(problem)
        self._renew()

    def problem(self) -> str:
        """Return what is said to be wrong."""
        return self._problem

    def words(self) -> str:
        """Return what stands below the field."""
        return self._words.text()

    def focus_field(self) -> None:
        """Put the cursor into the field."""
        self._buddy.setFocus(Qt.FocusReason.OtherFocusReason)

    def _renew(self) -> None:
        words = self._problem or self._warning or self._reason or self._hint
        self._words.setText(words)
        set_tone(self._words, "error" if self._problem or self._warning else "dim")
        self._words.setVisible(bool(words))


def field_row(*fields: QWidget, stretch: Sequence[int] = (1,)) -> QWidget:
    """Return fields side by side; `stretch` says how they share the width, what is left of it stays free."""
    holder = QWidget()
    row = QGridLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setHorizontalSpacing(8)
    for column, field in enumerate(fields):
        row.addWidget(field, 0, column)
        row.setColumnStretch(column, stretch[column] if column < len(stretch) else 0)
    if not any(stretch):
        row.setColumnStretch(len(fields), 1)
    return holder
