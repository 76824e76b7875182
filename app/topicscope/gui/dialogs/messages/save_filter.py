"""A name and a colour for a filter that is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QDialog, QFormLayout, QHBoxLayout, QLineEdit, QVBoxLayout

from topicscope.gui.theme import GRID
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.filter.menus import colour_icon
from topicscope.gui.widgets.labels import ElidedLabel
from topicscope.gui.widgets.style import set_tone
from topicscope.profiles.filters import COLOURS, SavedFilter, one_line

if TYPE_CHECKING:
    from collections.abc import Collection

    from PySide6.QtWidgets import QWidget

LONGEST_NAME = 60


def colour_box(chosen: str, parent: QWidget) -> QComboBox:
    """Return a field to choose one of the colours in; the data of an entry is its name."""
    box = QComboBox(parent)
    box.setAccessibleName("Colour")
    for name in COLOURS:
        box.addItem(colour_icon(name), name.capitalize(), name)
    box.setCurrentIndex(max(0, box.findData(chosen)))
    return box


class SaveFilterDialog(QDialog):
    """Asks for a name and a colour."""

    saved = Signal(object)
    """A `SavedFilter`."""

    def __init__(self, text: str, taken: Collection[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("save-filter")
        self.setWindowTitle("Save the filter — Topicscope")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(420, 0)
        self._text = one_line(text)
        self._taken = set(taken)
        self.name_edit = QLineEdit(self)
        self.name_edit.setAccessibleName("Name of the filter")
        self.name_edit.setMaxLength(LONGEST_NAME)
        self.colour_box = colour_box(COLOURS[len(self._taken) % len(COLOURS)], self)
        self.save_button = push_button("Save", kind="primary", parent=self)
        self.save_button.setDefault(True)
        self.cancel_button = push_button("Cancel", parent=self)
        self._hint = ElidedLabel("", Qt.TextElideMode.ElideRight, self)
        set_tone(self._hint, "dim")
        self._lay_out()
        self.name_edit.textChanged.connect(self._on_name_changed)
        self.save_button.clicked.connect(self._on_save)
        self.cancel_button.clicked.connect(self.reject)
        self._on_name_changed("")

    @Slot(str)
    def _on_name_changed(self, text: str) -> None:
        name = text.strip()
        self.save_button.setEnabled(bool(name))
        is_taken = name in self._taken
        self._hint.setText("Takes the place of the filter of this name" if is_taken else "")

    @Slot()
    def _on_save(self) -> None:
        colour = COLOURS[self.colour_box.currentIndex()]
        name = one_line(self.name_edit.text())
        self.saved.emit(SavedFilter(name=name, filter=self._text, colour=colour))
        self.accept()

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setSpacing(GRID)
        form.addRow("Filter", ElidedLabel(self._text, Qt.TextElideMode.ElideRight, self))
        form.addRow("Name", self.name_edit)
        form.addRow("Colour", self.colour_box)
        buttons = QHBoxLayout()
        buttons.addWidget(self._hint, 1)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.save_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(16)
        column.addLayout(form)
        column.addLayout(buttons)
