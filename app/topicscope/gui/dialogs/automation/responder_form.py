"""The form of a responder: which messages it answers, with what, where to, and how soon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit

from topicscope.gui.dialogs.automation.acting_form import ActingForm
from topicscope.gui.theme import mono_font
from topicscope.gui.widgets.automation.message_fields import MessageFields
from topicscope.gui.widgets.fields.decimal_field import DecimalField
from topicscope.gui.widgets.fields.form_row import FormRow, field_row
from topicscope.gui.widgets.labels import label
from topicscope.gui.widgets.messages.preview import FormPreview
from topicscope.gui.widgets.style import set_validity
from topicscope.mqtt.topic_templates import TopicTemplate, topic_template_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

    from topicscope.automation.responders.responder import Responder
    from topicscope.automation.schedules.sources import Message

SIZE: Final = QSize(700, 640)
LONGEST_NAME: Final = 120
RESPONSE_TOPIC, OWN_TOPIC = range(2)
_VARIABLES: Final = (
    "Of the message: {{topic}} {{payload}} {{json.id}} {{level[2]}} {{response_topic}} {{correlation_data}};"
    " and {{now}} {{uuid}} {{counter}} {{random 1 10}}"
)
_LEVELS_HINT: Final = "Levels in <…> become variables: plant/dev/<device>/get gives {{device}}."
_WHEN_HINT: Final = "A display filter. Only messages that this window receives: subscribe to them."


class ResponderForm(ActingForm):
    """Edits a `Responder`; `filter_problem` judges its display filter.

    `answer` returns which message a responder would answer, and what makes the answer on a worker's thread, or why
    there is none.
    """

    saved = Signal(object, bool)
    """The Responder as it was edited, and whether it should start."""

    def __init__(
        self,
        responder: Responder,
        paths: Sequence[str],
        filter_problem: Callable[[str], str],
        answer: Callable[[Responder], tuple[str, Callable[[], Message | None] | str]],
        title: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(f"{title} — Topicscope", SIZE, parent)
        self.setObjectName("responder-form")
        self._responder = responder
        self._filter_problem = filter_problem
        self._answer = answer
        self.name_edit = QLineEdit(self)
        self.name_edit.setMaxLength(LONGEST_NAME)
        self.when_edit = QLineEdit(self)
        self.levels_edit = QLineEdit(self)
        self.to_box = QComboBox(self)
        self.message = MessageFields(paths, _VARIABLES, self)
        self.delay = DecimalField("Delay in milliseconds", 0.0, "at once", self)
        self.preview = FormPreview(self._preview_job, self)
        self.enabled = QCheckBox("Started by “Start all responders”", self)
        self._make_rows()
        self._show(responder)
        self.when_edit.textChanged.connect(self._judge_when)
        self.levels_edit.textChanged.connect(self._judge_levels)
        self.to_box.currentIndexChanged.connect(self._on_to_changed)
        for changed in (
            self.when_edit.textChanged,
            self.levels_edit.textChanged,
            self.to_box.currentIndexChanged,
            self.message.changed,
        ):
            changed.connect(self.preview.renew)
        self.preview.renew()
        self._on_to_changed()
        self._judge_levels()

    def finish(self, *, starts: bool) -> None:
        """Answer with the responder, or say at the fields what is wrong."""
        self._judge_when()
        self._judge_levels()
        wrong = self.message.show_problems(needs_topic=self._needs_topic())
        delay = 0.0
        self.delay_row.set_problem("")
        try:
            delay = self.delay.value()
        except ValueError as error:
            self.delay_row.set_problem(str(error))
        if wrong or any(row.problem() for row in (self.when_row, self.levels_row, self.delay_row)):
            self.say("Not saved: look at what is red.")
            return
        responder = self._responder_of_fields(delay)
        if problem := responder.problem():
            self.say(problem)
            return
        self.accept()
        self.saved.emit(responder, starts)

    # Slots

    @Slot()
    def _judge_when(self) -> None:
        text = self.when_edit.text().strip()
        problem = (
            self._filter_problem(text) if text else "Without a filter it would answer everything."
        )
        self.when_row.set_problem(problem)
        set_validity(self.when_edit, not problem)

    @Slot()
    def _judge_levels(self) -> None:
        text = self.levels_edit.text().strip()
        problem = topic_template_problem(text) if text else None
        self.levels_row.set_problem(f"{problem}." if problem else "")
        names = TopicTemplate(text).names if text and not problem else ()
        variables = " ".join(f"{{{{{name}}}}}" for name in names)
        self.levels_row.set_hint(f"Variables: {variables}" if names else _LEVELS_HINT)

    @Slot()
    def _on_to_changed(self) -> None:
        needs = self._needs_topic()
        self.message.topic_row.set_hint(
            "" if needs else "Where a message has no Response Topic; may be empty."
        )

    # Private

    def _needs_topic(self) -> bool:
        return self.to_box.currentIndex() == OWN_TOPIC

    def _preview_job(self) -> Callable[[], Message | None] | str:
        self.preview_row.set_hint("")
        if not self.when_edit.text().strip():
            return "Write a filter: the newest message that it sees is answered here."
        if problem := self.when_row.problem() or self.levels_row.problem():
            return problem
        asked, job = self._answer(self._responder_of_fields(0.0))
        self.preview_row.set_hint(asked)
        return job

    def _responder_of_fields(self, delay: float) -> Responder:
        when = self.when_edit.text().strip()
        return msgspec.structs.replace(
            self._responder,
            name=self.name_edit.text().strip() or when[:LONGEST_NAME],
            when=when,
            levels=self.levels_edit.text().strip(),
            to="template_topic" if self._needs_topic() else "response_topic",
            template=self.message.template(),
            message=self.message.message(),
            delay_ms=delay,
            enabled=self.enabled.isChecked(),
        )

    def _show(self, responder: Responder) -> None:
        self.name_edit.setText(responder.name)
        self.when_edit.setText(responder.when)
        self.levels_edit.setText(responder.levels)
        self.to_box.setCurrentIndex(
            OWN_TOPIC if responder.to == "template_topic" else RESPONSE_TOPIC
        )
        self.message.show_message(responder.template, responder.message)
        self.delay.set_value(responder.delay_ms)
        self.enabled.setChecked(responder.enabled)

    def _make_rows(self) -> None:
        for edit, example in (
            (self.when_edit, 'topic ~ "plant/dev/+/get" and json.id'),
            (self.levels_edit, "plant/dev/<device>/get"),
        ):
            edit.setFont(mono_font())
            edit.setPlaceholderText(example)
        self.name_edit.setPlaceholderText("the filter")
        self.to_box.addItems(
            ["The Response Topic of the message (MQTT 5)", "The topic of the answer below"]
        )
        delay = field_row(self.delay, label("ms after the message", "dim"), stretch=(0,))
        self.when_row = FormRow("Answers &when", self.when_edit, _WHEN_HINT)
        self.levels_row = FormRow("Topic &levels", self.levels_edit, _LEVELS_HINT)
        self.delay_row = FormRow("&Delay", delay, buddy=self.delay)
        self.preview_row = FormRow("Would answer", self.preview)
        self.message.topic_edit.setPlaceholderText("plant/dev/{{device}}/answer")
        self.lay_out(
            FormRow("&Name", self.name_edit),
            self.when_row,
            self.levels_row,
            FormRow("&Answers to", self.to_box),
            self.message,
            self.preview_row,
            self.delay_row,
            FormRow("", self.enabled),
        )
