"""Name, folder, button and note of a template."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
)

from topicscope.automation.templates.template import template_problem
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.filter.menus import colour_icon
from topicscope.gui.widgets.labels import ElidedLabel, label
from topicscope.gui.widgets.tone_line import ToneLine
from topicscope.payload.text import safe_topic
from topicscope.profiles.filters import COLOURS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from PySide6.QtWidgets import QWidget

    from topicscope.automation.templates.template import MessageTemplate

WIDTH: Final = 480


class TemplateEditDialog(QDialog):
    """Asks how a template is to be called and where it stands; topic, payload and properties stay."""

    saved = Signal(object)
    """The `MessageTemplate` as it was asked for."""

    def __init__(
        self,
        template: MessageTemplate,
        taken: Collection[str],
        folders: Iterable[str],
        parent: QWidget | None = None,
    ) -> None:
        """Take the template, the paths that others have, and the folders that there are."""
        super().__init__(parent)
        self.setObjectName("template-edit")
        self.setWindowTitle("Edit the template" if template.name else "Save as template")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(WIDTH)
        self._template = template
        self._taken = set(taken)
        self.name_edit = QLineEdit(template.name, self)
        self.name_edit.setAccessibleName("Name of the template")
        self.folder_box = QComboBox(self)
        self.folder_box.setEditable(True)
        self.folder_box.setAccessibleName("Folder")
        self.folder_box.addItems(sorted({"", template.folder, *folders}))
        self.folder_box.setCurrentText(template.folder)
        self.bar_box = QCheckBox("A button that publishes it at once", self)
        self.bar_box.setChecked(template.in_bar)
        self.colour_box = QComboBox(self)
        self.colour_box.setAccessibleName("Colour of the button")
        self.colour_box.addItem("No colour", "")
        for name in COLOURS:
            self.colour_box.addItem(colour_icon(name), name.capitalize(), name)
        self.colour_box.setCurrentIndex(max(0, self.colour_box.findData(template.colour)))
        self.note_edit = QLineEdit(template.note, self)
        self.note_edit.setAccessibleName("Note")
        self._line = ToneLine(self)
        self.save_button = push_button("Save", kind="primary", parent=self)
        self.cancel_button = push_button("Cancel", parent=self)
        self._lay_out()
        self._connect()
        self._judge()

    def template(self) -> MessageTemplate:
        """Return the template with what was entered."""
        return msgspec.structs.replace(
            self._template,
            name=self.name_edit.text().strip(),
            folder=self.folder_box.currentText().strip().strip("/"),
            in_bar=self.bar_box.isChecked(),
            colour=self.colour_box.currentData(),
            note=self.note_edit.text().strip(),
        )

    @Slot()
    def _judge(self) -> None:
        template = self.template()
        problem = template_problem(template) or ""
        if not problem and template.path in self._taken:
            problem = f"There is a “{template.path}” already."
        typed = bool(self.name_edit.text())
        self._line.say("error" if typed else "dim", problem)
        self.save_button.setEnabled(not problem)

    @Slot()
    def _on_save(self) -> None:
        self.saved.emit(self.template())
        self.accept()

    def _connect(self) -> None:
        self.name_edit.textChanged.connect(self._judge)
        self.note_edit.textChanged.connect(self._judge)
        self.folder_box.currentTextChanged.connect(self._judge)
        self.save_button.setDefault(True)
        self.save_button.clicked.connect(self._on_save)
        self.cancel_button.clicked.connect(self.reject)
        self.name_edit.setFocus()

    def _lay_out(self) -> None:
        topic = ElidedLabel(safe_topic(self._template.topic.encode(errors="replace")))
        line = self.folder_box.lineEdit()
        if line is not None:
            line.setPlaceholderText("at the top; levels parted by /")
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        button = QHBoxLayout()
        button.setSpacing(8)
        button.addWidget(self.bar_box, 1)
        button.addWidget(self.colour_box)
        fields: tuple[tuple[str, QWidget | QHBoxLayout], ...] = (
            ("Topic", topic),
            ("Name", self.name_edit),
            ("Folder", self.folder_box),
            ("Button", button),
            ("Note", self.note_edit),
        )
        for row, (name, field) in enumerate(fields):
            grid.addWidget(label(name, "dim"), row, 0)
            if isinstance(field, QHBoxLayout):
                grid.addLayout(field, row, 1)
            else:
                grid.addWidget(field, row, 1)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self._line, 1)
        foot.addWidget(self.cancel_button)
        foot.addWidget(self.save_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(16)
        column.addLayout(grid)
        column.addLayout(foot)
