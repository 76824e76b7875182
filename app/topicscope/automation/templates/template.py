"""A message that can be published again and again, with variables in its topic, payload and properties."""

from __future__ import annotations

import re
from typing import Any, Final, Literal, TypeAlias, get_args

import msgspec

from topicscope.automation.templates.publish_properties import properties_from_json
from topicscope.automation.templates.shorthand import has_code
from topicscope.mqtt.properties import BY_KEY
from topicscope.mqtt.topics import topic_name_problem
from topicscope.payload.compose import ComposeError, encode_payload
from topicscope.profiles.profile import Colour  # noqa: TC001 - msgspec reads the annotations

CURRENT_VERSION = 1
"""Version of the stored form; `template_files.UPGRADES` brings older files up to it."""

LONGEST_NAME: Final = 200
LONGEST_NOTE: Final = 4_000
LARGEST_PAYLOAD: Final = 900_000
"""Bytes of a payload's text in a template; larger ones are files of their own."""

TemplateFormat: TypeAlias = Literal["text", "json", "hex", "base64", "cbor", "messagepack", "file"]
FORMATS: Final[tuple[TemplateFormat, ...]] = get_args(TemplateFormat)

_DEEPEST_FOLDER = 16
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class MessageTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """A named message; `payload` is its text in `format`, with ``file`` the name of a file.

    Attributes:
        folder: where it stands, levels parted by ``/``; empty: at the top.
        properties: names in snake_case, as `mqtt.properties.properties_to_json` writes them.
        in_bar: it has a button of its own.

    """

    version: int = CURRENT_VERSION
    name: str = ""
    folder: str = ""
    topic: str = ""
    format: TemplateFormat = "text"
    qos: Literal[0, 1, 2] = 0
    retain: bool = False
    properties: dict[str, Any] = {}
    in_bar: bool = False
    colour: Colour | Literal[""] = ""
    note: str = ""
    payload: str = ""

    @property
    def path(self) -> str:
        """Folder and name in one, which no other template of a store has: ``plant/line 1/start``."""
        return f"{self.folder}/{self.name}" if self.folder else self.name


def template_problem(template: MessageTemplate) -> str | None:
    """Say in a sentence the first thing that is wrong, with its field, or None.

    What depends on values, as a topic made of variables, is told when it is rendered.
    """
    checks = (_place_problem, _topic_problem, _payload_problem, _properties_problem)
    return next((text for check in checks if (text := check(template))), None)


def folder_problem(folder: str) -> str | None:
    """Say in a sentence why templates cannot stand in a folder of this name, or None."""
    levels = folder.split("/") if folder else []
    if any(not level.strip() or _CONTROL.search(level) for level in levels):
        return "Folder: each level needs a name, on one line."
    if len(levels) > _DEEPEST_FOLDER or len(folder) > LONGEST_NAME:
        return f"Folder: {LONGEST_NAME} characters and {_DEEPEST_FOLDER} levels are the most."
    return None


def _place_problem(template: MessageTemplate) -> str | None:
    name = template.name
    if not name.strip():
        return "Name: a template needs one."
    if len(name) > LONGEST_NAME or _CONTROL.search(name) or "/" in name:
        return f"Name: {LONGEST_NAME} characters on one line are the most, and none of them is “/”."
    if len(template.note) > LONGEST_NOTE:
        return f"Note: {LONGEST_NOTE:,} characters are the most."
    if not _can_be_written(template.note):
        return "Note: half of a surrogate pair cannot be written."
    return folder_problem(template.folder)


def _topic_problem(template: MessageTemplate) -> str | None:
    if has_code(template.topic):
        return _code_problem(template.topic, "Topic")
    problem = topic_name_problem(template.topic)
    return f"Topic: {problem}." if problem else None


def _payload_problem(template: MessageTemplate) -> str | None:
    text = template.payload
    if not _can_be_written(text):
        return "Payload: half of a surrogate pair cannot be sent as UTF-8."
    if (size := len(text.encode())) > LARGEST_PAYLOAD:
        return f"Payload: {size:,} bytes are more than {LARGEST_PAYLOAD:,}; keep it in a file."
    if has_code(text):
        return _code_problem(text, "Payload")
    if template.format == "file":
        return None if text.strip() else "Payload: no file is named."
    try:
        encode_payload(text, template.format)
    except ComposeError as error:
        return f"Payload: {error}."
    return None


def _properties_problem(template: MessageTemplate) -> str | None:
    fixed: dict[str, Any] = {}
    for key, value in template.properties.items():
        codes = [one for one in _texts(value) if has_code(one)]
        for code in codes:
            name = BY_KEY[key].name if key in BY_KEY else key[:60]
            if problem := _code_problem(code, name):
                return problem
        if not codes or key not in BY_KEY:
            fixed[key] = value
    try:
        properties_from_json(fixed)
    except ValueError as error:
        return f"Properties: {error}."
    return None


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return []


def _code_problem(text: str, where: str) -> str | None:
    # Late: the template library is not needed before the first template with code.
    from topicscope.automation.templates.compiling import RenderError, check_syntax

    try:
        check_syntax(text, where)
    except RenderError as error:
        return str(error)
    return None


def _can_be_written(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
