"""Messages that other tools keep for publishing: predefined ones of MQTT.fx, and what MQTTX has sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from topicscope.mqtt.topics import topic_name_problem
from topicscope.profiles.importers import mqttx
from topicscope.profiles.importers.draft import clean_name
from topicscope.profiles.importers.imported import ImportFailed
from topicscope.profiles.importers.importing import begins_as_database
from topicscope.profiles.importers.json_fields import counted, user_properties
from topicscope.profiles.importers.reading import decoded, parse_json, read_bytes
from topicscope.profiles.importers.record import Notes, Record

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from topicscope.profiles.importers.xml_reading import Element

MOST_MESSAGES = 2_000
"""Messages that are taken out of one file at most."""

_LARGEST_PAYLOAD = 900_000
_FORMATS = {
    "json": "json",
    "hex": "hex",
    "base64": "base64",
    "cbor": "cbor",
    "msgpack": "messagepack",
}
_TEXTS = {"contentType": "content_type", "responseTopic": "response_topic"}
_XML = (b"<", b"\xef\xbb\xbf<", b"\xff\xfe<", b"\xfe\xff\0<")


@dataclass(frozen=True, slots=True)
class ImportedMessage:
    """A message as another tool keeps it.

    Attributes:
        folder: the connection that it belongs to.
        format: how the tool has shown the payload: a key of `payload.compose.FORMATS`.
        properties: names in snake_case.

    """

    name: str
    folder: str
    topic: str
    payload: str
    format: str = "text"
    qos: int = 0
    retain: bool = False
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class ImportedMessages:
    """What a file held: messages in its order, each once; `problems` and `notes` are sentences."""

    tool: str
    messages: list[ImportedMessage] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def import_messages(path: Path) -> ImportedMessages:
    """Read the messages of MQTT.fx or MQTTX; blocking. Raises ImportFailed with place and reason."""
    if begins_as_database(path):
        from topicscope.profiles.importers import mqttx_database

        return _of_mqttx(mqttx_database.read_histories(path))
    return messages_of(read_bytes(path), path.name)


def messages_of(data: bytes, name: str = "") -> ImportedMessages:
    """Read what a file holds. Raises ImportFailed with place and reason."""
    if data.lstrip()[:4].startswith(_XML):
        from topicscope.profiles.importers import mqttfx
        from topicscope.profiles.importers.xml_reading import parse_xml

        root = parse_xml(data.lstrip())
        if mqttfx.is_configuration(root):
            return _of_mqttfx(root)
        raise ImportFailed(root.place, "this XML has no messages of MQTT.fx")
    text = decoded(data).removeprefix("\ufeff").lstrip()
    if text.startswith(("{", "[")):
        value = parse_json(text)
        if mqttx.is_export(value):
            connections = value if isinstance(value, list) else [value]
            return _of_mqttx(connections)
    raise ImportFailed(name, "has no messages of MQTT.fx or MQTTX")


# --- MQTT.fx ---


def _of_mqttfx(root: Element) -> ImportedMessages:
    found = ImportedMessages("MQTT.fx")
    for profile in (one for one in root.walk() if one.name == "connectionprofile"):
        folder = _folder(profile.values().get("profilename", ""))
        for listed in (one for one in profile.walk() if one.name == "predefinedmessages"):
            for element in listed.all("message"):
                _take_predefined(element, folder, found)
    return found


def _take_predefined(element: Element, folder: str, found: ImportedMessages) -> None:
    notes = Notes()
    values: dict[str, object] = dict(element.values())
    payload = element.first("payload")
    if payload is not None:
        # Blanks at the ends of a payload are part of it.
        values["payload"] = payload.text
    topic = element.first("topic")
    if topic is not None and topic.first("name") is not None:
        values["topic"] = topic.values().get("name", "")
    record = Record(values, element.place, notes)
    message = ImportedMessage(
        name=clean_name(record.text("name")),
        folder=folder,
        topic=record.text("topic"),
        payload=str(values.get("payload") or ""),
        qos=record.number("qos", 0, 2) or 0,
        retain=bool(record.flag("retained") or record.flag("retain")),
    )
    _add(message, element.place, found)
    found.problems += notes.check


# --- MQTTX ---


def _of_mqttx(connections: Iterable[object]) -> ImportedMessages:
    found = ImportedMessages("MQTTX")
    received = 0
    for number, connection in enumerate(connections):
        if not isinstance(connection, dict):
            continue
        folder = _folder(connection.get("name"))
        messages = connection.get("messages")
        for index, one in enumerate(messages if isinstance(messages, list) else ()):
            if not isinstance(one, dict):
                continue
            place = f"[{number}].messages[{index}]"
            if Record(one, place, Notes()).flag("out"):
                _take_sent(one, place, folder, found)
            else:
                received += 1
    if received:
        found.notes.append(f"{counted(received, 'message')} that MQTTX has received: left out.")
    return found


def _take_sent(values: dict[str, object], place: str, folder: str, found: ImportedMessages) -> None:
    notes = Notes()
    record = Record(values, place, notes)
    payload = values.get("payload")
    message = ImportedMessage(
        name="",
        folder=folder,
        topic=record.text("topic"),
        payload=payload if isinstance(payload, str) else "",
        format=_shown_as(values.get("meta"), place),
        qos=record.number("qos", 0, 2) or 0,
        retain=bool(record.flag("retain")),
        properties=_properties(values, record),
    )
    _add(message, place, found)
    found.problems += notes.check


def _shown_as(meta: object, place: str) -> str:
    try:
        value = parse_json(meta) if isinstance(meta, str) and meta.strip() else meta
    except ImportFailed:
        return "text"
    kind = Record(value if isinstance(value, dict) else {}, place, Notes()).text("msgType")
    return _FORMATS.get(kind.lower(), "text")


def _properties(values: dict[str, object], record: Record) -> dict[str, Any]:
    """Take the properties of a PUBLISH, nested in an export and beside the rest in the database."""
    nested = values.get("properties")
    source = record.record("properties") if isinstance(nested, dict) else record
    found: dict[str, Any] = {key: source.text(name) for name, key in _TEXTS.items()}
    found["message_expiry_interval"] = source.number("messageExpiryInterval", 0, 0xFFFF_FFFF)
    if source.flag("payloadFormatIndicator"):
        found["payload_format_indicator"] = 1
    found["user_property"] = [list(pair) for pair in user_properties(source, "userProperties")]
    return {key: value for key, value in found.items() if value not in (None, "", [])}


# --- both ---


def _add(message: ImportedMessage, place: str, found: ImportedMessages) -> None:
    if len(found.messages) >= MOST_MESSAGES:
        words = f"Only the first {MOST_MESSAGES:,} messages were read."
        if words not in found.problems:
            found.problems.append(words)
        return
    problem = topic_name_problem(message.topic)
    try:
        size = len(message.payload.encode())
    except UnicodeEncodeError:
        problem = problem or "the payload has half of a surrogate pair in it"
    else:
        if size > _LARGEST_PAYLOAD:
            problem = problem or f"the payload has {size:,} bytes, too many for a template"
    if problem:
        found.problems.append(f"{place}: {problem}; it was not taken.")
    elif message not in found.messages[-200:]:
        found.messages.append(message)


def _folder(name: object) -> str:
    return clean_name(name).replace("/", "-")[:100].strip() if isinstance(name, str) else ""
