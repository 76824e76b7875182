"""What a responder does with a message that its filter sees: guard against loops, fill in its template, publish."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from topicscope.automation.publisher import template_at
from topicscope.automation.responders.loop_guard import LoopGuard, loop_words
from topicscope.automation.responders.responder import CORRELATION_DATA, property_of, variables_of
from topicscope.capture.rows import iso_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from topicscope.automation.publisher import Publisher, TemplateOf, TemplateRenderer
    from topicscope.automation.responders.loop_guard import Chain
    from topicscope.automation.responders.responder import Responder
    from topicscope.automation.templates.template import MessageTemplate
    from topicscope.capture.record import Record
    from topicscope.mqtt.properties import PropertyList


@dataclass(frozen=True, slots=True)
class ResponderStatus:
    """How a responder stands.

    Attributes:
        answers: messages it has published.
        refused: answers that could not be published.
        last_at: when it answered last, in seconds since the epoch; None before the first.
        is_stopped: whether the loop guard has stopped it.
        problem: the newest sentence on what went wrong; empty when nothing did.

    """

    answers: int = 0
    refused: int = 0
    last_at: float | None = None
    is_stopped: bool = False
    problem: str = ""


class Answer(NamedTuple):
    """An answer that is not rendered yet: it may have to wait."""

    rule: Responder
    template: MessageTemplate
    variables: dict[str, Any]
    correlation_data: bytes | None
    chain: Chain


@dataclass(slots=True)
class _State:
    rule: Responder
    answers: int = 0
    refused: int = 0
    last_at: float | None = None
    last_topic: str = ""
    is_stopped: bool = False
    problem: str = ""

    def refuse(self, problem: str) -> None:
        self.refused += 1
        self.problem = problem


class Answering:
    """See the module; used on the engine's thread, but for `status`."""

    def __init__(
        self,
        publisher: Publisher,
        renderer: TemplateRenderer,
        templates: TemplateOf,
        level_names: tuple[str, ...],
        level_of: Callable[[str, bytes], str | None] | None,
        on_stopped: Callable[[str, str], None] | None,
    ) -> None:
        self._publisher = publisher
        self._renderer = renderer
        self._templates = templates
        self._level_names = level_names
        self._level_of = level_of
        self._on_stopped = on_stopped
        self._guard = LoopGuard()
        self._states: dict[str, _State] = {}

    def set_rules(self, rules: Iterable[Responder]) -> None:
        """Take the rules; one that is as it was keeps its counts, and stays stopped."""
        states: dict[str, _State] = {}
        for rule in rules:
            before = self._states.get(rule.id)
            if before is None or before.rule != rule:
                self._guard.forget(rule.id)
                before = _State(rule)
            states[rule.id] = before
        self._states = states

    def fail(self, rule: Responder, problem: str) -> None:
        """Say why a rule cannot answer anything."""
        self._states[rule.id].problem = problem

    def resume(self, rule_id: str) -> None:
        """Let a rule go on that was stopped."""
        self._guard.forget(rule_id)
        state = self._states.get(rule_id)
        if state is not None:
            state.is_stopped, state.problem = False, ""

    def status(self, rule_id: str) -> ResponderStatus | None:
        """Return how a rule stands; None when there is none. Any thread may ask."""
        state = self._states.get(rule_id)
        if state is None:
            return None
        return ResponderStatus(
            state.answers, state.refused, state.last_at, state.is_stopped, state.problem
        )

    def answer_to(self, record: Record, rule: Responder) -> Answer | None:
        """Prepare the answer of a rule to a message; None where it gives none."""
        state = self._states[rule.id]
        if state.is_stopped:
            return None
        now = time.monotonic()
        chain = self._guard.chain_of(record.topic, record.payload, now)
        if self._guard.is_loop(rule.id, chain, now):
            self._stop(state, chain)
            return None
        variables = variables_of(record, rule.levels, self._level_of, self._level_names)
        try:
            template = answer_template(rule, variables, self._templates)
        except ValueError as error:
            state.refuse(str(error))
            return None
        correlation_data = property_of(record, CORRELATION_DATA)
        return Answer(rule, template, variables, correlation_data, (*chain, rule.id))

    def send(self, answer: Answer) -> None:
        """Render an answer and publish it, unless its rule has changed or was stopped meanwhile."""
        state = self._states.get(answer.rule.id)
        if state is None or state.rule != answer.rule or state.is_stopped:
            return
        try:
            message = self._renderer.render(answer.template, answer.variables)
            properties = with_correlation_data(message.properties, answer.correlation_data)
            self._publisher.publish(
                message.topic, message.payload, message.qos, message.retain, properties
            )
        except ValueError as error:
            state.refuse(str(error))
            return
        topic = message.topic.encode(errors="surrogatepass")
        self._guard.published(topic, message.payload, answer.chain, time.monotonic())
        state.answers += 1
        state.last_at = time.time()
        state.last_topic = message.topic

    def refuse(self, answer: Answer, problem: str) -> None:
        """Count an answer that cannot be sent."""
        state = self._states.get(answer.rule.id)
        if state is not None:
            state.refuse(problem)

    # Private

    def _stop(self, state: _State, chain: Chain) -> None:
        rules = {rule_id: one.rule for rule_id, one in self._states.items()}
        state.is_stopped = True
        state.problem = loop_words(state.rule.id, chain, rules, self._topic_of)
        state.problem += f" ({iso_time(time.time_ns())[11:19]} UTC)"
        if self._on_stopped is not None:
            self._on_stopped(state.rule.id, state.problem)

    def _topic_of(self, rule_id: str) -> str:
        return self._states[rule_id].last_topic


def answer_template(
    rule: Responder, variables: Mapping[str, Any], templates: TemplateOf
) -> MessageTemplate:
    """Return the template of an answer, with the topic it goes to; raises ValueError with a sentence."""
    template = template_at(rule.template, rule.message, templates)
    if rule.to == "response_topic":
        if variables["response_topic"]:
            # A variable, so that nothing in a topic from the network is taken for code.
            return msgspec.structs.replace(template, topic="{{response_topic}}")
        if not template.topic:
            raise ValueError(
                f"The message on {variables['topic']} has no Response Topic, and the template no topic."
            )
    return template


def with_correlation_data(properties: PropertyList, correlation_data: bytes | None) -> PropertyList:
    """Return the properties of an answer; without Correlation Data of its own it takes that of the request."""
    has_own = any(identifier == CORRELATION_DATA for identifier, _ in properties)
    if correlation_data is None or has_own:
        return list(properties)
    return [*properties, (CORRELATION_DATA, correlation_data)]
