"""The form of a schedule: what it sends, when, and until when."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec
from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QLineEdit

from topicscope.gui.dialogs.automation.acting_form import ActingForm
from topicscope.gui.widgets.automation.message_fields import MessageFields
from topicscope.gui.widgets.automation.pace_fields import PaceFields
from topicscope.gui.widgets.automation.source_fields import VARIABLES, SourceFields
from topicscope.gui.widgets.automation.wave_fields import WaveFields
from topicscope.gui.widgets.fields.decimal_field import DecimalField
from topicscope.gui.widgets.fields.form_row import FormRow, field_row
from topicscope.gui.widgets.labels import label
from topicscope.gui.widgets.messages.preview import FormPreview

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

    from topicscope.automation.schedules.schedule import Schedule
    from topicscope.automation.schedules.sources import Message

SIZE: Final = QSize(780, 660)
LONGEST_NAME: Final = 120


class ScheduleForm(ActingForm):
    """Edits a `Schedule`."""

    saved = Signal(object, bool)
    """The Schedule as it was edited, and whether it should start."""

    def __init__(
        self,
        schedule: Schedule,
        paths: Sequence[str],
        first_message: Callable[[Schedule], Message | None],
        title: str,
        parent: QWidget | None = None,
    ) -> None:
        """Take the schedule, the paths of the templates, and what makes a message on a worker's thread."""
        super().__init__(f"{title} — Topicscope", SIZE, parent)
        self.setObjectName("schedule-form")
        self._schedule = schedule
        self._first_message = first_message
        self.name_edit = QLineEdit(self)
        self.name_edit.setMaxLength(LONGEST_NAME)
        self.source = SourceFields(self)
        self.message = MessageFields(paths, VARIABLES[0], self)
        self.pace = PaceFields(self)
        self.wave = WaveFields(self)
        self.count = DecimalField("Messages", 0.0, "no end", self)
        self.duration = DecimalField("Seconds", 0.0, "no end", self)
        self.preview = FormPreview(self._preview_job, self)
        self.enabled = QCheckBox("Started by “Start all schedules”", self)
        self._make_rows()
        self._show(schedule)
        self.source.changed.connect(self._on_source_changed)
        self.pace.changed.connect(self._judge_pace)
        for part in (self.source, self.message, self.wave):
            part.changed.connect(self.preview.renew)
        self.preview.renew()
        self._on_source_changed()
        self._judge_pace()

    def finish(self, *, starts: bool) -> None:
        """Answer with the schedule, or say at the fields what is wrong."""
        schedule = self._schedule_of_fields()
        if schedule is None:
            return
        if problem := schedule.problem():
            self.say(problem)
            return
        self.accept()
        self.saved.emit(schedule, starts)

    # Slots

    @Slot()
    def _on_source_changed(self) -> None:
        own_times = self.source.has_own_times()
        self.message.setVisible(not own_times)
        self.message.set_payload_fixed(self.source.has_own_payload())
        self.message.set_variables(self.source.variables())
        self.pace_row.setVisible(not own_times)
        self.wave_row.setVisible(not own_times)

    @Slot()
    def _judge_pace(self) -> None:
        try:
            pace = self.pace.pace()
        except ValueError as error:
            self.pace_row.set_problem(str(error))
        else:
            self.pace_row.set_problem("")
            self.pace_row.set_hint(f"{pace.words()[0].upper()}{pace.words()[1:]}.")

    # Private

    def _schedule_of_fields(self) -> Schedule | None:
        """Return the schedule, or say what is wrong and return None."""
        is_wrong = False
        parts: dict[str, object] = {}
        own_times = self.source.has_own_times()
        checks: list[tuple[str, Callable[[], object], Callable[[str], None]]] = [
            ("source", self.source.source, self.source.set_problem),
            ("count", self._count, self.end_row.set_problem),
            ("duration_s", self.duration.value, self.end_row.set_problem),
        ]
        if not own_times:
            checks.append(("pace", self.pace.pace, self.pace_row.set_problem))
            checks.append(("wave", self.wave.wave, self.wave_row.set_problem))
        for *_, say in checks:
            say("")
        for name, read, say in checks:
            try:
                parts[name] = read()
            except ValueError as error:
                say(str(error))
                is_wrong = True
        if not own_times and self.message.show_problems():
            is_wrong = True
        if is_wrong:
            self.say("Not saved: look at what is red.")
            return None
        self.say("")
        return msgspec.structs.replace(
            self._schedule,
            name=self.name_edit.text().strip() or self._usual_name(),
            template="" if own_times else self.message.template(),
            message=self.message.message(),
            enabled=self.enabled.isChecked(),
            **parts,
        )

    def _preview_job(self) -> Callable[[], Message | None] | str:
        if self.source.has_own_times():
            return "The messages as they were recorded, at their own times."
        try:
            schedule = msgspec.structs.replace(
                self._schedule,
                source=self.source.source(),
                wave=self.wave.wave(),
                template=self.message.template(),
                message=self.message.message(),
            )
        except ValueError as error:
            return str(error)
        return partial(self._first_message, schedule)

    def _count(self) -> int:
        count = self.count.value()
        if count < 0 or count != int(count):
            raise ValueError("A number of messages is whole, and not below zero.")
        return int(count)

    def _usual_name(self) -> str:
        if self.source.has_own_times():
            return "Recorded messages"
        return (self.message.template() or self.message.message().topic)[:LONGEST_NAME]

    def _show(self, schedule: Schedule) -> None:
        self.name_edit.setText(schedule.name)
        self.name_edit.setPlaceholderText("the topic")
        self.source.show_source(schedule.source)
        self.message.show_message(schedule.template, schedule.message)
        self.pace.show_pace(schedule.pace)
        self.wave.show_wave(schedule.wave)
        self.count.set_value(schedule.count)
        self.duration.set_value(schedule.duration_s)
        self.enabled.setChecked(schedule.enabled)

    def _make_rows(self) -> None:
        ends = field_row(
            self.count,
            label("messages, or after", "dim"),
            self.duration,
            label("s", "dim"),
            stretch=(0,),
        )
        self.pace_row = FormRow("Ho&w often", self.pace, buddy=self.pace.kind)
        self.wave_row = FormRow(
            "&Value", self.wave, "A waveform that {{value}} follows.", buddy=self.wave.shape
        )
        self.end_row = FormRow("&Ends after", ends, buddy=self.count)
        self.lay_out(
            FormRow("&Name", self.name_edit),
            self.source,
            self.message,
            self.pace_row,
            self.wave_row,
            FormRow("First message", self.preview),
            self.end_row,
            FormRow("", self.enabled),
        )
