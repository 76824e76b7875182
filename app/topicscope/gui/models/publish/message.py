"""A message as it is written, and as it goes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from topicscope.automation.templates.publish_properties import properties_from_json
from topicscope.automation.templates.shorthand import as_literal, has_code
from topicscope.mqtt.topics import topic_name_problem
from topicscope.payload.compose import encode_payload

if TYPE_CHECKING:
    from topicscope.automation.templates.template import MessageTemplate
    from topicscope.mqtt.properties import PropertyList

CHECKED_CHARACTERS: Final = 1 << 18
"""A longer payload is encoded by a worker."""


class Message(NamedTuple):
    """What is published; `properties` as pairs of the wire."""

    topic: str
    payload: bytes
    qos: int
    retain: bool
    properties: PropertyList


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wrote; with `fills_in` False braces in it mean themselves."""

    template: MessageTemplate
    fills_in: bool = True

    @property
    def has_variables(self) -> bool:
        """Whether something in it is still to be filled in."""
        return self.fills_in and template_has_code(self.template)

    @property
    def needs_a_worker(self) -> bool:
        """Whether making the message may take longer than the window can wait."""
        template = self.template
        is_long = len(template.payload) > CHECKED_CHARACTERS
        return is_long or template.format == "file" or self.has_variables

    def stored(self) -> MessageTemplate:
        """Return the template that gives this message."""
        if self.fills_in or not template_has_code(self.template):
            return self.template
        return msgspec.structs.replace(
            self.template,
            topic=as_literal(self.template.topic),
            payload=as_literal(self.template.payload),
            properties={key: _literal(value) for key, value in self.template.properties.items()},
        )

    def message(self) -> Message:
        """Make the message of a draft without variables and files; raises `ValueError` with a sentence."""
        template = self.template
        if problem := topic_name_problem(template.topic):
            raise ValueError(problem)
        payload = encode_payload(template.payload, template.format) if template.payload else b""
        properties = properties_from_json(template.properties)
        return Message(template.topic, payload, template.qos, template.retain, properties)


def written_topic_problem(text: str) -> str | None:
    """Say what is wrong with a Topic Name as it is written, or None; one with variables is judged filled in."""
    return None if has_code(text) else topic_name_problem(text)


def template_has_code(template: MessageTemplate) -> bool:
    """Tell whether a template has variables anywhere."""
    texts = (template.topic, template.payload, *_texts(list(template.properties.values())))
    return any(map(has_code, texts))


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list | tuple):
        return [text for one in value for text in _texts(one)]
    return []


def _literal(value: object) -> object:
    if isinstance(value, str):
        return as_literal(value)
    return [_literal(one) for one in value] if isinstance(value, list | tuple) else value
