"""What a schedule or a responder would publish now: nothing is published, and counters and chance stay as they are."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from topicscope.automation.publisher import template_at
from topicscope.automation.responders.answering import answer_template, with_correlation_data
from topicscope.automation.responders.responder import CORRELATION_DATA, property_of, variables_of
from topicscope.automation.schedules.runs import Run
from topicscope.automation.schedules.sources import Message, message_of, open_source, problem_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from topicscope.automation.publisher import TemplateOf
    from topicscope.automation.responders.responder import Responder
    from topicscope.automation.schedules.schedule import Schedule
    from topicscope.automation.templates.rendering import Rendered, Renderer
    from topicscope.automation.templates.template import MessageTemplate
    from topicscope.capture.record import Record


def first_message(schedule: Schedule, templates: TemplateOf, renderer: Renderer) -> Message | None:
    """Return the first message of a schedule, None where its source has none; may read files.

    Raises ValueError with a sentence.
    """
    if problem := schedule.problem():
        raise ValueError(problem)
    template = template_at(schedule.template, schedule.message, templates)
    run = Run(schedule)
    try:
        source = open_source(schedule, template, _Previewing(renderer), _for_ever)
        run.begin(source, time.monotonic())
        return run.message()
    except OSError as error:
        raise ValueError(problem_words(error)) from error
    finally:
        run.close()


def answer_to(
    record: Record,
    responder: Responder,
    templates: TemplateOf,
    renderer: Renderer,
    *,
    level_names: tuple[str, ...] = (),
    level_of: Callable[[str, bytes], str | None] | None = None,
) -> Message:
    """Return what a responder would answer to a message. Raises ValueError with words for people."""
    variables = variables_of(record, responder.levels, level_of, level_names)
    template = answer_template(responder, variables, templates)
    message = message_of(renderer.preview(template, variables))
    correlation_data = property_of(record, CORRELATION_DATA)
    return message._replace(properties=with_correlation_data(message.properties, correlation_data))


class _Previewing:
    """Fills templates in as they would be next."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    def render(self, template: MessageTemplate, context: Mapping[str, Any]) -> Rendered:
        return self._renderer.preview(template, context)


def _for_ever() -> bool:
    return True
