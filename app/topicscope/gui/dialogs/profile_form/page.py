"""A page of the form of a profile: rows that scroll, and how they say what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from topicscope.gui.theme import GRID, mono_font
from topicscope.gui.widgets.fields.file_field import FileField
from topicscope.gui.widgets.fields.form_row import FormRow
from topicscope.gui.widgets.fields.pair_table import PairTable
from topicscope.gui.widgets.labels import strong_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from topicscope.profiles.profile import Profile
    from topicscope.profiles.secrets import Secrets

ONLY_5: Final = "only MQTT 5 has them"


class ProfilePage(QScrollArea):
    """Shows some fields of a profile and gives them back; the others pass through untouched.

    Attributes:
        title: what stands on its tab.
        rows: the rows, by the names that `profile_problem` gives to their fields.

    """

    title = ""
    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: dict[str, FormRow] = {}
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        inside = QWidget()
        inside.setObjectName("page")
        # The card below shows through; a style sheet here would reach into every field.
        inside.setAutoFillBackground(False)
        self.viewport().setAutoFillBackground(False)
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        self._column.setSpacing(10)
        self.build()
        self._column.addStretch(1)
        self.setWidget(inside)
        inside.setAutoFillBackground(False)

    # What each page says

    def build(self) -> None:
        """Make the rows."""
        raise NotImplementedError

    def show_profile(self, profile: Profile) -> None:
        """Show the fields of a profile."""
        raise NotImplementedError

    def applied(self, profile: Profile) -> Profile:
        """Return the profile with the fields of this page in it."""
        raise NotImplementedError

    def adapt(self, profile: Profile) -> None:
        """Switch off or hide what makes no sense for the profile, as all pages have it now."""

    def secrets(self) -> dict[str, str]:
        """Return the secrets of this page that are not empty, by their names."""
        return {}

    def wait_for_secrets(self) -> None:
        """Say that the secrets are being read."""

    def show_secrets(self, secrets: Secrets) -> None:
        """Show what was read, but not in place of what was typed meanwhile."""

    def secrets_typed(self) -> bool:
        """Tell whether somebody typed a secret."""
        return False

    # Problems

    def row_of(self, problem: str) -> FormRow | None:
        """Return the row that a problem speaks of, or None."""
        return self.rows.get(problem.partition(":")[0])

    def clear_problems(self) -> None:
        """Say that nothing is wrong."""
        for row in self.rows.values():
            if row.problem():
                row.set_problem("")

    def go_to(self, row: FormRow) -> None:
        """Bring a row into view and put the cursor into its field."""
        self.ensureWidgetVisible(row)
        row.focus_field()

    # Building

    def add_row(
        self,
        name: str,
        field: QWidget,
        *,
        says: str | Sequence[str] = (),
        hint: str = "",
        buddy: QWidget | None = None,
    ) -> FormRow:
        """Add a row; `says` are the names that `profile_problem` gives to its field."""
        row = FormRow(name, field, hint, buddy)
        self._column.addWidget(row)
        for key in (says,) if isinstance(says, str) else says:
            self.rows[key] = row
        return row

    def add_heading(self, text: str) -> QLabel:
        """Add a heading above the rows that follow, and return it."""
        heading = strong_label(text)
        heading.setContentsMargins(0, GRID, 0, 0)
        self._column.addWidget(heading)
        return heading

    def add_widget(self, widget: QWidget, stretch: int = 0) -> None:
        """Add something over the whole width."""
        self._column.addWidget(widget, stretch)

    def watch(self, *fields: QWidget) -> None:
        """Tell of every change of these fields."""
        for field in fields:
            if isinstance(field, (QLineEdit, QPlainTextEdit)):
                field.textChanged.connect(self.changed)
            elif isinstance(field, FileField):
                field.text_changed.connect(self.changed)
            elif isinstance(field, QComboBox):
                field.currentIndexChanged.connect(self.changed)
                if field.isEditable():
                    field.editTextChanged.connect(self.changed)
            elif isinstance(field, QSpinBox):
                field.valueChanged.connect(self.changed)
            elif isinstance(field, QCheckBox):
                field.toggled.connect(self.changed)
            elif isinstance(field, PairTable):
                field.changed.connect(self.changed)


def line_field(placeholder: str = "") -> QLineEdit:
    """Return a field for words."""
    made = QLineEdit()
    made.setPlaceholderText(placeholder)
    return made


def mono_field(placeholder: str = "") -> QLineEdit:
    """Return a field for names that a machine reads."""
    made = line_field(placeholder)
    made.setFont(mono_font())
    return made


def choice(*entries: tuple[str, object]) -> QComboBox:
    """Return a field to choose one entry in; the data of each is what it stands for."""
    made = QComboBox()
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    made.setMinimumContentsLength(12)
    for text, data in entries:
        made.addItem(text, data)
    return made


def choose(box: QComboBox, data: object) -> None:
    """Choose the entry that stands for something, else the first."""
    box.setCurrentIndex(max(0, box.findData(data)))
