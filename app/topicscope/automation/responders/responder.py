"""Responders as they are stored: when a message matches, publish a template; and what of the message it may use."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec

from topicscope.automation.schedules.schedule import new_id
from topicscope.automation.templates.template import MessageTemplate
from topicscope.mqtt.properties import BY_KEY, properties_to_json
from topicscope.mqtt.topic_templates import TopicTemplate, topic_template_problem
from topicscope.payload.cbor import cbor_value, looks_like_cbor
from topicscope.query import FilterError, parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from topicscope.capture.record import Record

LONGEST_DELAY_MS = 24 * 3600 * 1000
LARGEST_JSON = 1 << 20
"""Bytes of a payload that is read as JSON for ``{{json.…}}``."""

RESPONSE_TOPIC = BY_KEY["response_topic"].identifier
CORRELATION_DATA = BY_KEY["correlation_data"].identifier

Destination: TypeAlias = Literal["template_topic", "response_topic"]


class Responder(msgspec.Struct, frozen=True, kw_only=True):
    """A rule: when a received message is seen by a filter, publish a message.

    Attributes:
        when: a display filter.
        levels: a topic template, as ``plant/dev/<device>/get``; its names become variables. Empty: none do.
        template: path of a template in the library; where it is empty, `message` is used.
        delay_ms: time between the message and the answer.
        to: ``response_topic``: to the Response Topic of the message (section 4.10), and where it has none to the
            topic of the template.

    """

    id: str = msgspec.field(default_factory=new_id)
    name: str = ""
    enabled: bool = True
    when: str = ""
    levels: str = ""
    template: str = ""
    message: MessageTemplate = MessageTemplate()
    delay_ms: float = 0.0
    to: Destination = "template_topic"

    @property
    def title(self) -> str:
        """The name in quotes, or what it listens to."""
        return f"“{self.name or self.when}”"

    def problem(self) -> str | None:
        """Say what is wrong with it, or None; a filter may still ask for what the capture does not know."""
        if not self.when.strip():
            return "Say when it answers: without a filter it would answer everything."
        try:
            parse(self.when)
        except FilterError as error:
            return f"The filter: {error}."
        if self.levels and (problem := topic_template_problem(self.levels)):
            return f"{problem}."
        if not 0 <= self.delay_ms <= LONGEST_DELAY_MS:
            return "The delay is 0 ms to a day."
        needs_topic = not self.template and self.to == "template_topic"
        return "Its message has no topic." if needs_topic and not self.message.topic else None


def variables_of(
    record: Record,
    levels: str = "",
    level_of: Callable[[str, bytes], str | None] | None = None,
    level_names: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Return what a template may use of a message.

    ``topic``, ``payload`` (text), ``json`` (its value, None where it has none), ``level`` (levels by number from 1
    and by the names that `level_of` knows), ``response_topic``, ``correlation_data`` (text), ``properties`` and the
    names in `levels`, a valid topic template. Bytes that are no UTF-8 become U+FFFD.
    """
    properties = properties_to_json(record.properties)
    variables: dict[str, Any] = {}
    if levels:
        variables |= _captured(levels, record.topic)
    variables |= {
        "topic": _text(record.topic),
        "payload": _text(record.payload),
        "json": json_of(record.payload),
        "level": _levels(record.topic, level_of, level_names),
        "qos": record.qos,
        "retain": record.retain,
        "properties": properties,
        "response_topic": properties.get("response_topic", ""),
        "correlation_data": _text(property_of(record, CORRELATION_DATA) or b""),
    }
    return variables


def property_of(record: Record, identifier: int) -> Any:  # noqa: ANN401 - whatever type the property has
    """Return the value of a property of a message; None where it has none."""
    for found, value in record.properties:
        if found == identifier:
            return value
    return None


def json_of(payload: bytes) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Return the value of a payload that is JSON or CBOR; None for any other."""
    if len(payload) > LARGEST_JSON:
        return None
    try:
        return msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    if not looks_like_cbor(payload):
        return None
    try:
        return cbor_value(payload)
    except ValueError:
        return None


def _levels(
    topic: bytes,
    level_of: Callable[[str, bytes], str | None] | None,
    level_names: tuple[str, ...],
) -> dict[int | str, str]:
    levels: dict[int | str, str] = {
        number: _text(level) for number, level in enumerate(topic.split(b"/"), 1)
    }
    if level_of is not None:
        for name in level_names:
            value = level_of(name, topic)
            if value is not None:
                levels[name] = value.encode(errors="surrogateescape").decode(errors="replace")
    return levels


def _captured(levels: str, topic: bytes) -> dict[str, str]:
    template = _template(levels)
    values = template.match(topic)
    return dict(zip(template.names, map(_text, values), strict=True)) if values else {}


@lru_cache(maxsize=64)
def _template(levels: str) -> TopicTemplate:
    return TopicTemplate(levels)


def _text(data: bytes) -> str:
    return data.decode(errors="replace")
