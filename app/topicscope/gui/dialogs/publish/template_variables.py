"""What can be filled into templates: functions, variables of the profile, and of the environment."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout

from topicscope.automation.templates.variables import FUNCTIONS, HELP, environment_problem
from topicscope.gui.theme import mono_font
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.fields.pair_table import PairTable
from topicscope.gui.widgets.labels import WrappedLabel, label, mono_label, strong_label
from topicscope.gui.widgets.style import set_tone
from topicscope.gui.widgets.tone_line import ToneLine

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from topicscope.gui.library.publish_settings import PublishSettings

WIDTH: Final = 640
_MEANING_WIDTH: Final = 480
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_KNOWN = "Always known: {{profile}}, {{host}}, {{port}}, {{client_id}}."
_TAKEN: Final = frozenset({*FUNCTIONS, "env", "profile", "host", "port", "client_id", "value"})
_FIELDS: Final = (
    "Topic, payload and properties may hold variables. {{ and }} that mean themselves are sent as they are when"
    " the button {{ }} below the payload is off."
)


class TemplateVariablesDialog(QDialog):
    """Says what there is, and lets variables be given for a profile and allowed from the environment."""

    saved = Signal(object, object)
    """Pairs of the profile's variables, and names of the environment that are allowed."""

    def __init__(
        self, settings: PublishSettings, profile: str, parent: QWidget | None = None
    ) -> None:
        """Take the settings, and the name of the profile; without one it has no variables of its own."""
        super().__init__(parent)
        self.setObjectName("template-variables")
        self.setWindowTitle("Variables in messages — Topicscope")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedWidth(WIDTH)
        self.pairs = PairTable(("Variable", "Its value"), ("line", "line1"), parent=self)
        self.pairs.set_pairs(settings.variables.get(profile, ()))
        self.pairs.setEnabled(bool(profile))
        self.environment_edit = QLineEdit(", ".join(settings.environment), self)
        self.environment_edit.setFont(mono_font())
        self.environment_edit.setPlaceholderText("HOSTNAME, USER")
        self.environment_edit.setAccessibleName("Variables of the environment")
        self._line = ToneLine(self)
        self.save_button = push_button("Save", kind="primary", parent=self)
        self.cancel_button = push_button("Cancel", parent=self)
        self._lay_out(profile)
        self.pairs.changed.connect(self._judge)
        self.environment_edit.textChanged.connect(self._judge)
        self.save_button.clicked.connect(self._on_save)
        self.cancel_button.clicked.connect(self.reject)
        self._judge()

    def problem(self) -> str:
        """Return what is wrong, or an empty text."""
        names = [name for name, _ in self.pairs.pairs()]
        for name in names:
            if not _NAME.fullmatch(name):
                return f"“{name[:40]}” is no name: letters, digits and _ only."
            if name in _TAKEN:
                return f"“{name}” has a meaning already."
            if names.count(name) > 1:
                return f"“{name}” stands there twice."
        problems = (environment_problem(name) for name in self._environment())
        return next((f"{one}." for one in problems if one), "")

    @Slot()
    def _judge(self) -> None:
        problem = self.problem()
        self._line.say("error", problem)
        self.save_button.setEnabled(not problem)

    @Slot()
    def _on_save(self) -> None:
        self.saved.emit(self.pairs.pairs(), tuple(self._environment()))
        self.accept()

    def _environment(self) -> list[str]:
        return [name for name in re.split(r"[\s,;]+", self.environment_edit.text()) if name]

    def _lay_out(self, profile: str) -> None:
        words = WrappedLabel(0, self)
        words.setFixedWidth(WIDTH - 32)
        words.setText(_FIELDS)
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        for row, (code, meaning) in enumerate(HELP):
            grid.addWidget(mono_label(code), row, 0, Qt.AlignmentFlag.AlignTop)
            said = WrappedLabel(0, self)
            said.setFixedWidth(_MEANING_WIDTH)
            said.setText(meaning)
            set_tone(said, "dim")
            grid.addWidget(said, row, 1)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self._line, 1)
        foot.addWidget(self.cancel_button)
        foot.addWidget(self.save_button)
        own = f"Variables of the profile {profile}" if profile else "Variables of the profile"
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(words)
        column.addLayout(grid)
        column.addSpacing(8)
        column.addWidget(strong_label(own))
        column.addWidget(label(_KNOWN if profile else f"{_KNOWN} Connect to give others.", "dim"))
        column.addWidget(self.pairs)
        column.addSpacing(8)
        column.addWidget(strong_label("Variables of the environment that templates may read"))
        column.addWidget(self.environment_edit)
        column.addSpacing(8)
        column.addLayout(foot)
