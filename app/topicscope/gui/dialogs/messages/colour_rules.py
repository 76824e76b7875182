"""Colour rules: which messages get which colour; the first rule that sees a message wins."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec
from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from topicscope.gui.dialogs.messages.save_filter import colour_box
from topicscope.gui.theme import GRID, mono_font
from topicscope.gui.widgets.buttons import icon_button, push_button
from topicscope.gui.widgets.empty_state import EmptyState
from topicscope.gui.widgets.filter.menus import colour_icon
from topicscope.gui.widgets.labels import label
from topicscope.gui.widgets.style import set_validity
from topicscope.payload.text import escape
from topicscope.profiles.filters import COLOURS, ColourRule, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from topicscope.query import FilterError

MOST_RULES: Final = 100
LONGEST_NAME: Final = 60
_CHECKED, _UNCHECKED = Qt.CheckState.Checked, Qt.CheckState.Unchecked


_NO_RULES = "No rules yet. A rule tints the messages that its filter sees."


class ColourRulesDialog(QDialog):
    """A list of rules in order, and fields for the one that is chosen."""

    rules_changed = Signal(object)
    """All `ColourRule`s, in order."""

    def __init__(
        self,
        rules: Sequence[ColourRule],
        problem: Callable[[str], FilterError | None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("colour-rules")
        self.setWindowTitle("Colour rules — Topicscope")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(640, 420)
        self._rules = list(rules)
        self._problem_of = problem
        self.list = QListWidget(self)
        self.list.setAccessibleName("Colour rules, the first that fits wins")
        self.empty = EmptyState("palette", _NO_RULES, parent=self)
        self._stack = QStackedWidget(self)
        self.filter_edit = QLineEdit(self)
        self.filter_edit.setFont(mono_font())
        self.filter_edit.setAccessibleName("Filter of the rule")
        self.filter_edit.setPlaceholderText("Filter, such as json.temperature > 80")
        self.name_edit = QLineEdit(self)
        self.name_edit.setAccessibleName("Name of the rule")
        self.name_edit.setPlaceholderText("Name")
        self.name_edit.setMaxLength(LONGEST_NAME)
        self.colour_box = colour_box(COLOURS[0], self)
        self.reason = label(tone="error", parent=self)
        self.reason.setWordWrap(True)
        self.add_button = push_button("Add a rule", "plus", parent=self)
        self.up_button = icon_button("chevron-up", "Earlier", parent=self)
        self.down_button = icon_button("chevron-down", "Later", parent=self)
        self.remove_button = icon_button("trash-2", "Remove the rule", parent=self)
        self.save_button = push_button("Save", kind="primary", parent=self)
        self.cancel_button = push_button("Cancel", parent=self)
        self._lay_out()
        self._connect()
        self._fill(0)

    # Properties

    @property
    def rules(self) -> tuple[ColourRule, ...]:
        """The rules as they stand in the dialog."""
        return tuple(self._rules)

    # Slots

    @Slot()
    def _on_add(self) -> None:
        used = [rule.colour for rule in self._rules]
        free = [colour for colour in COLOURS if colour not in used]
        self._rules.append(ColourRule(filter="", colour=free[0] if free else COLOURS[0]))
        self._fill(len(self._rules) - 1)
        self.filter_edit.setFocus()

    @Slot()
    def _on_remove(self) -> None:
        row = self.list.currentRow()
        if row >= 0:
            del self._rules[row]
            self._fill(min(row, len(self._rules) - 1))

    def _move(self, by: int) -> None:
        row = self.list.currentRow()
        if row >= 0 and 0 <= row + by < len(self._rules):
            self._rules.insert(row + by, self._rules.pop(row))
            self._fill(row + by)

    @Slot(int)
    def _on_chosen(self, row: int) -> None:
        rule = self._rules[row] if 0 <= row < len(self._rules) else None
        fields = (self.filter_edit, self.name_edit, self.colour_box)
        for field in (*fields, self.up_button, self.down_button, self.remove_button):
            field.setEnabled(rule is not None)
        blockers = [QSignalBlocker(field) for field in fields]
        self.filter_edit.setText(rule.filter if rule else "")
        self.name_edit.setText(rule.name if rule else "")
        self.colour_box.setCurrentIndex(COLOURS.index(rule.colour) if rule else 0)
        del blockers
        self._judge()

    @Slot()
    def _on_edited(self) -> None:
        row = self.list.currentRow()
        if row < 0:
            return
        self._rules[row] = msgspec.structs.replace(
            self._rules[row],
            filter=one_line(self.filter_edit.text()),
            name=one_line(self.name_edit.text()),
            colour=COLOURS[self.colour_box.currentIndex()],
        )
        self._show(self.list.item(row), self._rules[row])
        self._judge()

    @Slot(QListWidgetItem)
    def _on_item_changed(self, item: QListWidgetItem) -> None:
        row = self.list.row(item)
        enabled = item.checkState() == _CHECKED
        self._rules[row] = msgspec.structs.replace(self._rules[row], enabled=enabled)

    @Slot()
    def _on_save(self) -> None:
        for row, rule in enumerate(self._rules):
            if rule.filter and self._problem_of(rule.filter) is not None:
                self.list.setCurrentRow(row)
                self.filter_edit.setFocus()
                return
        self.rules_changed.emit(tuple(rule for rule in self._rules if rule.filter))
        self.accept()

    # Private

    def _judge(self) -> None:
        text = self.filter_edit.text().strip()
        problem = self._problem_of(text) if text else None
        set_validity(self.filter_edit, None if not text else problem is None)
        said = f"Column {problem.position + 1}: {problem.message}" if problem else ""
        self.reason.setText(said)
        self.add_button.setEnabled(len(self._rules) < MOST_RULES)

    def _fill(self, row: int) -> None:
        with QSignalBlocker(self.list):
            self.list.clear()
            for rule in self._rules:
                self._show(QListWidgetItem(self.list), rule)
            self.list.setCurrentRow(row)
        self._stack.setCurrentWidget(self.list if self._rules else self.empty)
        self._on_chosen(row)

    def _show(self, item: QListWidgetItem, rule: ColourRule) -> None:
        with QSignalBlocker(self.list):
            name = f"{rule.name}  ·  " if rule.name else ""
            item.setText(escape(name + (rule.filter or "a new rule")))
            item.setIcon(colour_icon(rule.colour))
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(_CHECKED if rule.enabled else _UNCHECKED)

    def _connect(self) -> None:
        self.list.currentRowChanged.connect(self._on_chosen)
        self.list.itemChanged.connect(self._on_item_changed)
        self.filter_edit.textChanged.connect(self._on_edited)
        self.name_edit.textChanged.connect(self._on_edited)
        self.colour_box.currentIndexChanged.connect(self._on_edited)
        self.add_button.clicked.connect(self._on_add)
        self.remove_button.clicked.connect(self._on_remove)
        self.up_button.clicked.connect(partial(self._move, -1))
        self.down_button.clicked.connect(partial(self._move, 1))
        self.save_button.clicked.connect(self._on_save)
        self.cancel_button.clicked.connect(self.reject)

    def _lay_out(self) -> None:
        words = "A message gets the colour of the first rule that sees it. Ticked rules are in use."
        above = QHBoxLayout()
        above.addWidget(label(words, "dim", self), 1)
        for button in (self.up_button, self.down_button, self.remove_button, self.add_button):
            above.addWidget(button)
        fields = QHBoxLayout()
        fields.setSpacing(GRID)
        fields.addWidget(self.filter_edit, 4)
        fields.addWidget(self.name_edit, 2)
        fields.addWidget(self.colour_box, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.reason, 1)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.save_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(GRID)
        column.addLayout(above)
        for page in (self.list, self.empty):
            self._stack.addWidget(page)
        column.addWidget(self._stack, 1)
        column.addLayout(fields)
        column.addLayout(buttons)
