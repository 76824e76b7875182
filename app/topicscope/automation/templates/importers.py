"""Templates out of the messages that other tools keep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

import msgspec

from topicscope.automation.templates.files import with_own_name
from topicscope.automation.templates.shorthand import as_literal
from topicscope.automation.templates.template import (
    MessageTemplate,
    TemplateFormat,
    template_problem,
)
from topicscope.profiles.importers.messages import import_messages

if TYPE_CHECKING:
    from pathlib import Path

    from topicscope.profiles.importers.messages import ImportedMessage

_FORMATS = get_args(TemplateFormat)
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class ImportedTemplates:
    """What a file of another tool gave; `problems` and `notes` are sentences."""

    tool: str
    templates: tuple[MessageTemplate, ...] = ()
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def import_templates(path: Path) -> ImportedTemplates:
    """Read predefined messages of MQTT.fx, or what MQTTX has sent; blocking.

    Raises `profiles.importers.imported.ImportFailed` for a file that gives nothing. Predefined messages get a button.
    """
    found = import_messages(path)
    problems = list(found.problems)
    paths: set[str] = set()
    templates = []
    for message in found.messages:
        template = _template(message, in_bar=bool(message.name))
        if problem := template_problem(template):
            problems.append(f"{message.name or message.topic}: {problem}")
            continue
        template = with_own_name(template, paths)
        paths.add(template.path)
        templates.append(template)
    return ImportedTemplates(found.tool, tuple(templates), tuple(problems), tuple(found.notes))


def _template(message: ImportedMessage, *, in_bar: bool) -> MessageTemplate:
    name = (message.name or message.topic).replace("/", " ").strip()
    values: dict[str, Any] = {"format": message.format if message.format in _FORMATS else "text"}
    template = MessageTemplate(
        name=name[:_LONGEST_NAME].strip() or "message",
        folder=message.folder,
        topic=as_literal(message.topic),
        payload=as_literal(message.payload),
        qos=1 if message.qos == 1 else 2 if message.qos == 2 else 0,
        retain=message.retain,
        properties={key: _literal(value) for key, value in message.properties.items()},
        in_bar=in_bar,
        **values,
    )
    problem = template_problem(template) or ""
    # A tool shows a payload in a format that it need not have.
    return (
        msgspec.structs.replace(template, format="text")
        if problem.startswith("Payload")
        else template
    )


def _literal(value: object) -> object:
    if isinstance(value, str):
        return as_literal(value)
    return [_literal(one) for one in value] if isinstance(value, list) else value
