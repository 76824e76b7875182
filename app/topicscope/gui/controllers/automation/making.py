"""Schedules and responders are made and edited: from nothing, from messages somebody chose, from others."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from PySide6.QtCore import QObject, Signal

from topicscope.gui.controllers.automation.machine import read_machinery
from topicscope.gui.icons import icon
from topicscope.gui.tasks import in_worker_for, spawn
from topicscope.mqtt.control_packets import ControlPacketType, Direction
from topicscope.payload.text import safe_topic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from PySide6.QtWidgets import QMenu, QWidget

    from topicscope.automation.publisher import TemplateOf
    from topicscope.automation.responders.responder import Responder
    from topicscope.automation.schedules.schedule import Schedule
    from topicscope.automation.schedules.sources import Message
    from topicscope.automation.templates.rendering import Renderer
    from topicscope.capture.log import CaptureLog
    from topicscope.capture.record import Record
    from topicscope.gui.connection.bridge import ConnectionBridge
    from topicscope.gui.filter_sources import FilterSources
    from topicscope.gui.library.publishing import PublishLibrary
    from topicscope.gui.widgets.messages.view import MessageView

MOST_LOOKED = 20_000
"""Packets that are looked through for a message to answer: few enough for a filter on JSON at each key."""
_STEP = 2_000
_LONGEST_NAME = 60


class Making(QObject):
    """Opens the forms. What they need is imported off the window's thread first."""

    schedule_made = Signal(object, bool)
    """A Schedule to keep, and whether it should start."""
    responder_made = Signal(object, bool)
    """A Responder to keep, and whether it should start."""
    told = Signal(str, str)
    """Tone and a sentence."""

    def __init__(
        self,
        bridge: ConnectionBridge,
        sources: FilterSources,
        library: PublishLibrary,
        templates: TemplateOf,
        renderer: Callable[[], Renderer],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._library = library
        self._renderer = renderer
        self._bridge = bridge
        self._sources = sources
        self._templates = templates
        self._window = window

    # Methods

    def edit_schedule(self, schedule: Schedule | None, records: Sequence[Record] = ()) -> None:
        """Open the form of a schedule, or of a new one that sends these messages again."""
        spawn(self._edit_schedule(schedule, list(records)), "schedule form")

    def edit_responder(self, responder: Responder | None, record: Record | None = None) -> None:
        """Open the form of a responder, or of a new one that answers messages like this."""
        spawn(self._edit_responder(responder, record), "responder form")

    def offer_in(self, views: Iterable[MessageView]) -> None:
        """Offer in the menus of tables to send messages again, and to answer messages like one."""
        for view in views:
            view.actions_of_row.menu_opening.connect(partial(self._add_to_menu, view))

    # Private

    def _add_to_menu(self, view: MessageView, menu: QMenu) -> None:
        current = view.actions_of_row.current_record()
        is_message = current is not None and bool(current.topic)
        many = sum(map(len, view.actions_of_row.selected_ranges())) > 1
        menu.addSeparator()
        words = "Schedule these messages…" if many else "Schedule this message…"
        for text, icon_name, slot, enabled in (
            (words, "timer", self._on_schedule_chosen, many or is_message),
            ("Answer messages like this…", "message-square", self._on_answer_chosen, is_message),
        ):
            action = menu.addAction(icon(icon_name), text)
            action.setEnabled(enabled)
            action.triggered.connect(partial(slot, view))

    def _on_schedule_chosen(self, view: MessageView, _checked: bool = False) -> None:
        positions = view.actions_of_row.selected_positions()
        rows = (view.log_view.row_at(position) for position in positions)
        records = [record for row in rows if (record := view.record_of(row)) is not None]
        messages = [record for record in records if record.topic]
        # As with recordings: what we sent and got back counts once.
        messages = [one for one in messages if one.direction is Direction.IN] or messages
        if messages:
            self.edit_schedule(None, messages)
        else:
            self.told.emit("info", "Choose messages first: Control Packets cannot be scheduled.")

    def _on_answer_chosen(self, view: MessageView, _checked: bool = False) -> None:
        record = view.actions_of_row.current_record()
        if record is not None and record.topic:
            self.edit_responder(None, record)

    async def _edit_schedule(self, schedule: Schedule | None, records: list[Record]) -> None:
        await in_worker_for(self, read_machinery)
        from topicscope.automation import previewing
        from topicscope.automation.schedules.schedule import Schedule
        from topicscope.gui.dialogs.automation.schedule_form import ScheduleForm

        title = "New schedule" if schedule is None else "Edit the schedule"
        try:
            shown = schedule or (schedule_of(records) if records else Schedule())
        except ValueError as error:
            self.told.emit("warning", str(error))
            return
        preview = partial(
            previewing.first_message, templates=self._templates, renderer=self._renderer()
        )
        form = ScheduleForm(shown, self._paths(), preview, title, self._window)
        form.saved.connect(self.schedule_made)
        form.open()

    async def _edit_responder(self, responder: Responder | None, record: Record | None) -> None:
        await in_worker_for(self, read_machinery)
        from topicscope.automation.responders.responder import Responder
        from topicscope.gui.dialogs.automation.responder_form import ResponderForm

        title = "New responder" if responder is None else "Edit the responder"
        shown = responder or (responder_of(record) if record else Responder(to="response_topic"))
        answer = partial(self._answer, self._renderer())
        form = ResponderForm(
            shown, self._paths(), self._filter_problem, answer, title, self._window
        )
        form.saved.connect(self.responder_made)
        form.open()

    def _paths(self) -> list[str]:
        return [one.path for one in self._library.templates]

    def _answer(
        self, renderer: Renderer, responder: Responder
    ) -> tuple[str, Callable[[], Message] | str]:
        from topicscope.automation.previewing import answer_to

        record = newest_match(self._sources, self._bridge.log, responder.when)
        if record is None:
            return "", "No message was received that this filter sees: subscribe, or wait for one."
        make = partial(
            answer_to,
            record,
            responder,
            self._templates,
            renderer,
            level_names=tuple(self._sources.level_names()),
            level_of=self._sources.level_of,
        )
        return f"To the newest message that it sees, on {safe_topic(record.topic)}.", make

    def _filter_problem(self, text: str) -> str:
        problem = self._sources.problem(text, self._bridge.log)
        return "" if problem is None else f"{problem.message}."


def newest_match(sources: FilterSources, log: CaptureLog, text: str) -> Record | None:
    """Return the newest received message that a filter sees, among the last `MOST_LOOKED` packets."""
    from topicscope.query import FilterError, compile_filter

    try:
        wanted = compile_filter(text, sources.context(log))
    except FilterError:
        return None
    first = max(log.first_row, log.end_row - MOST_LOOKED)
    for segment in reversed(log.segments):
        end = segment.count
        while end > 0 and segment.first_row + end > first:
            begin = max(0, end - _STEP)
            rows = segment.first_byte[begin:end] >> 4 == ControlPacketType.PUBLISH
            rows &= segment.directions(begin, end) == Direction.IN
            seen = wanted.predicate(segment, begin, end)
            found = np.flatnonzero(rows if seen is None else rows & seen)
            if found.size:
                return log.record(segment.first_row + begin + int(found[-1]))
            end = begin
    return None


def schedule_of(records: Sequence[Record]) -> Schedule:
    """Return a schedule that sends these messages again; raises ValueError with a sentence.

    One message becomes a message that can be edited and has its own pace, where it is text.
    """
    from topicscope.automation.schedules.schedule import Schedule, recorded_from

    if len(records) == 1 and (message := _message_of(records[0])) is not None:
        return Schedule(name=message.topic[:_LONGEST_NAME], message=message)
    name = records[0].topic.decode(errors="replace")[:_LONGEST_NAME]
    if len(records) > 1:
        name = f"{len(records):,} messages from {name}"
    return Schedule(name=name, source=recorded_from(records))


def responder_of(record: Record) -> Responder:
    """Return a responder that answers messages on the topic of this one, as a component would that is missing."""
    from topicscope.automation.responders.responder import (
        RESPONSE_TOPIC,
        Responder,
        json_of,
        property_of,
    )
    from topicscope.automation.templates.template import MessageTemplate
    from topicscope.query.literals import write_text

    topic = record.topic.decode(errors="replace")
    asks = property_of(record, RESPONSE_TOPIC) is not None
    value = json_of(record.payload)
    payload = '{"received": {{json | tojson}}}' if value is not None else "{{payload}}"
    message = MessageTemplate(
        topic="" if asks else "{{topic}}/response",
        payload=payload,
        format="json" if value is not None else "text",
        qos=_qos(record),
    )
    return Responder(
        name=f"Answer to {topic}"[:_LONGEST_NAME],
        when=f"topic == {write_text(record.topic)}",
        to="response_topic" if asks else "template_topic",
        message=message,
    )


def copy_of(item: Any, names: Sequence[str]) -> Any:  # noqa: ANN401 - a Schedule or a Responder
    """Return the same under another id and a name that is free."""
    from topicscope.automation.schedules.schedule import new_id

    name, number = f"{item.name} (copy)", 2
    while name in names:
        name, number = f"{item.name} (copy {number})", number + 1
    return msgspec.structs.replace(item, id=new_id(), name=name)


def _message_of(record: Record) -> Any:  # noqa: ANN401 - a MessageTemplate, or None where it cannot be edited
    from topicscope.automation.templates.shorthand import has_code
    from topicscope.automation.templates.template import MessageTemplate
    from topicscope.mqtt.properties import BY_KEY, SUBSCRIPTION_IDENTIFIER, properties_to_json

    left_out = {SUBSCRIPTION_IDENTIFIER, BY_KEY["topic_alias"].identifier}
    try:
        topic, payload = record.topic.decode(), record.payload.decode()
    except UnicodeDecodeError:
        return None
    if has_code(topic) or has_code(payload) or "\0" in payload or "\r" in payload:
        # What looks like a variable must go out as it came.
        return None
    kept = [(key, value) for key, value in record.properties if key not in left_out]
    return MessageTemplate(
        topic=topic,
        payload=payload,
        qos=_qos(record),
        retain=record.retain,
        properties=properties_to_json(kept),
    )


def _qos(record: Record) -> Any:  # noqa: ANN401 - 0, 1 or 2, which the type of the field says too
    return min(record.qos, 2)
