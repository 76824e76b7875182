"""The dialog in which levels of topics are named once, and where the names of ids come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QDialog, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from topicscope.gui.models.publish.template_counts import TemplateCounts
from topicscope.gui.text import count_of, format_count, plain_tooltip
from topicscope.gui.theme import GRID
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.card import CardFrame
from topicscope.gui.widgets.fields.edited_rows import EditedRows
from topicscope.gui.widgets.labels import ElidedLabel, label, mono_label
from topicscope.gui.widgets.style import set_tone
from topicscope.mqtt.topic_templates import TopicTemplate, topic_template_problem
from topicscope.payload import safe_topic
from topicscope.profiles.topic_templates import CONVENTIONS, StoredNameRule, guess_template

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QHideEvent

    from topicscope.profiles.topic_templates import Convention, TopicNaming

SIZE: Final = (720, 680)
COUNT_MS: Final = 500
GO_ON_MS: Final = 20
BUDGET_S: Final = 0.005
_PRESET_COLUMNS: Final = 3
_EXPLANATION: Final = (
    "Write a topic with <name> in place of each level that has a meaning: the table can show it as a column,"
    " and the filter knows it as level.name."
)
_EXAMPLE: Final = "site/<building>/+/<sensor>/#"
_NO_TEMPLATES: Final = "No template of your own yet: Add writes one."
_NO_RULES: Final = (
    "No rule of your own yet: names of the known systems above are found without one."
)
_NO_EXAMPLE: Final = "No topic of this capture lies on it."


class TopicTemplatesDialog(QDialog):
    """Edits a `TopicNaming`. Open it with `open()`; it answers by its signal."""

    saved = Signal(object)
    """The TopicNaming as it was edited; nothing is wrong with it."""

    def __init__(
        self,
        naming: TopicNaming,
        names: Callable[[], list[bytes]],
        name_of: Callable[[bytes], str | None],
        parent: QWidget | None = None,
    ) -> None:
        """Take the naming as it is, and what tells the Topic Names of the capture and the name of an id."""
        super().__init__(parent)
        self.setObjectName("topic-templates")
        self.setWindowTitle("Names of topic levels")
        self._naming = naming
        self._name_of = name_of
        self._counts = TemplateCounts(names)
        self.templates = EditedRows(
            [("Topic template", _EXAMPLE)],
            _template_problem,
            self,
            extra=["Topics"],
            empty=_NO_TEMPLATES,
        )
        self.rules = EditedRows(
            [("Names come from", "site/<id>/info"), ("Path in the JSON payload", "name")],
            _rule_problem,
            self,
            empty=_NO_RULES,
        )
        self._example = ElidedLabel()
        self._levels = mono_label()
        self.presets = {one.key: QCheckBox(self) for one in CONVENTIONS}
        self._problem = label(tone="error")
        self.save_button = push_button("Save", kind="primary")
        self.cancel_button = push_button("Cancel")
        self._timer = QTimer(self)
        self._timer.setObjectName("template counts")
        self._timer.setSingleShot(True)
        self._kept = [rule for rule in naming.name_rules if rule.kind != "json"]
        self._fill()
        self._lay_out()
        self._connect()
        self._on_count_due()

    # Methods

    def add_for_topic(self, topic: bytes) -> None:
        """Begin a template from a topic: that of a system that is known, else the topic itself, to be written over."""
        for row, (text,) in enumerate(self.templates.rows):
            if not topic_template_problem(text) and TopicTemplate(text).matches(topic):
                self.templates.table.selectRow(row)
                return
        guess = guess_template(topic)
        self.templates.add((guess.template if guess else topic.decode(errors="replace"),))

    def naming(self) -> TopicNaming:
        """Return what is in the dialog; it may have problems."""
        rules = [StoredNameRule(topic, path=path) for topic, path in self.rules.rows]
        off = tuple(key for key, box in self.presets.items() if not box.isChecked())
        return msgspec.structs.replace(
            self._naming,
            templates=tuple(text for (text,) in self.templates.rows if text),
            name_rules=(*(rule for rule in rules if rule.topic), *self._kept),
            conventions_off=off,
        )

    def problem(self) -> str:
        """Return the first thing that is wrong, or an empty text."""
        return " ".join(self.naming().problems()[:1])

    def shown_problem(self) -> str:
        """Return the sentence above the buttons."""
        return self._problem.text()

    def example_words(self) -> list[str]:
        """Return what is shown of the example: the topic, and its levels that have names."""
        return [self._example.text(), *self._levels.text().split("\n")]

    # Slots

    @Slot()
    def _on_count_due(self) -> None:
        own = [text for (text,) in self.templates.rows]
        known = [text for one in CONVENTIONS for text in one.templates]
        left = self._counts.work([*own, *known], BUDGET_S)
        for row, text in enumerate(own):
            self.templates.set_extra(row, [format_count(self._counts.count(text))])
        for one in CONVENTIONS:
            topics = sum(map(self._counts.count, one.templates))
            self.presets[one.key].setText(f"{one.label} · {count_of(topics, 'topic')}")
        self._show_example()
        if self.isVisible() or left:
            self._timer.start(GO_ON_MS if left else COUNT_MS)

    @Slot()
    def _on_changed(self) -> None:
        if self._problem.text():
            self._show_problem(self.problem())
        self._on_count_due()

    @Slot()
    def _show_example(self) -> None:
        row = self.templates.current
        text = self.templates.rows[row][0] if row >= 0 else ""
        example = None if topic_template_problem(text) else self._counts.example(text)
        if row < 0 or topic_template_problem(text):
            words, levels = "", ""
        elif example is None:
            words, levels = _NO_EXAMPLE, ""
        else:
            words = f"Example: {safe_topic(example)}"
            levels = "\n".join(self._level_lines(TopicTemplate(text), example))
        self._example.setText(words)
        if self._levels.text() != levels:
            self._levels.setText(levels)
            self._levels.setVisible(bool(levels))

    @Slot()
    def _on_save(self) -> None:
        problem = self.problem()
        self._show_problem(problem)
        if not problem:
            self.accept()
            self.saved.emit(self.naming())

    # Qt overrides

    def hideEvent(self, event: QHideEvent) -> None:
        """Count no more."""
        super().hideEvent(event)
        self._timer.stop()

    # Private

    def _level_lines(self, template: TopicTemplate, topic: bytes) -> list[str]:
        values = template.match(topic) or ()
        width = max(map(len, template.names), default=0)
        lines: list[str] = []
        for name, value in zip(template.names, values, strict=True):
            called = self._name_of(value)
            line = f"{name:<{width}}  {safe_topic(value)}"
            lines.append(f"{line}  · {called}" if called else line)
        return lines

    def _show_problem(self, problem: str) -> None:
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))

    def _fill(self) -> None:
        self.templates.set_rows([(text,) for text in self._naming.templates])
        rules = [rule for rule in self._naming.name_rules if rule.kind == "json"]
        self.rules.set_rows([(rule.topic, rule.path) for rule in rules])
        for one in CONVENTIONS:
            box = self.presets[one.key]
            box.setChecked(one.key not in self._naming.conventions_off)
            box.setToolTip(_preset_hint(one))

    def _connect(self) -> None:
        self._timer.timeout.connect(self._on_count_due)
        self.templates.changed.connect(self._on_changed)
        self.templates.current_changed.connect(self._show_example)
        self.rules.changed.connect(self._on_changed)
        self.save_button.clicked.connect(self._on_save)
        self.cancel_button.clicked.connect(self.reject)
        self.save_button.setDefault(True)
        if self._naming.templates:
            self.templates.table.selectRow(0)

    def _lay_out(self) -> None:
        self.resize(*SIZE)
        explanation = label(_EXPLANATION, "dim")
        explanation.setWordWrap(True)
        set_tone(self._example, "dim")
        self._levels.hide()
        self._problem.setWordWrap(True)
        self._problem.hide()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(16, 16, 16, 16)
        whole.setSpacing(GRID)
        whole.addWidget(explanation)
        whole.addWidget(self._template_card(), 3)
        whole.addWidget(self._preset_card())
        whole.addWidget(self._rule_card(), 2)
        whole.addWidget(self._problem)
        whole.addLayout(self._button_row())

    def _template_card(self) -> QWidget:
        card, example = CardFrame("Your templates"), QWidget()
        column = QVBoxLayout(example)
        column.setContentsMargins(12, 0, 12, 8)
        column.setSpacing(4)
        column.addWidget(self._example)
        column.addWidget(self._levels)
        card.add(self.templates, 1)
        card.add(example)
        return card

    def _preset_card(self) -> QWidget:
        card, inside = CardFrame("Known systems, named already"), QWidget()
        grid = QGridLayout(inside)
        grid.setContentsMargins(12, 8, 12, 8)
        for number, box in enumerate(self.presets.values()):
            grid.addWidget(box, number // _PRESET_COLUMNS, number % _PRESET_COLUMNS)
        for column in range(_PRESET_COLUMNS):
            grid.setColumnStretch(column, 1)
        card.add(inside)
        return card

    def _rule_card(self) -> QWidget:
        card = CardFrame("Names of ids, from messages on a topic with the level <id>")
        card.add(self.rules, 1)
        return card

    def _button_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        row.addWidget(self.cancel_button)
        row.addWidget(self.save_button)
        return row


def _template_problem(row: tuple[str, ...]) -> str | None:
    return topic_template_problem(row[0]) if row[0] else None


def _rule_problem(row: tuple[str, ...]) -> str | None:
    topic, path = row
    return StoredNameRule(topic, path=path).problem() if topic else None


def _preset_hint(one: Convention) -> str:
    return plain_tooltip("\n".join(one.templates))
