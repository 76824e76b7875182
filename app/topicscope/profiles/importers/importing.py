"""Finding out which tool has written a file, and reading it with the module of that tool."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from topicscope.profiles.importers import mosquitto, mqtt_explorer, mqttx, own
from topicscope.profiles.importers.imported import Imported, ImportFailed
from topicscope.profiles.importers.reading import (
    TwiceNamed,
    decoded,
    inside,
    parse_json,
    read_bytes,
)

if TYPE_CHECKING:
    from pathlib import Path

TOOLS = "MQTT Explorer, MQTTX, MQTT.fx, mqtt-spy, mosquitto_sub, mosquitto_pub, mosquitto_rr or Topicscope"

_DATABASE = b"SQLite format 3\0"
_XML = (b"<", b"\xef\xbb\xbf<", b"\xff\xfe<", b"\xfe\xff\0<")
_YAML = re.compile(r"(?:-\s+|\s+)(?:id|clientId|name|clean|protocol|host):", re.MULTILINE)
_CSV_OF_MQTTX = "client_id,connection_name"


def import_file(path: Path) -> Imported:
    """Read the connections of any tool; blocking. Raises ImportFailed with place and reason."""
    if begins_as_database(path):
        from topicscope.profiles.importers import mqttx_database

        return _with_own_names(mqttx_database.read_database(path))
    return import_bytes(read_bytes(path), path.name)


def import_bytes(data: bytes, name: str = "") -> Imported:
    """Read what a file holds; its name tells options of mosquitto_pub from those of mosquitto_sub."""
    return _with_own_names(_import_bytes(data, name))


def _import_bytes(data: bytes, name: str) -> Imported:
    start = data.lstrip()[:200]
    if not start:
        raise ImportFailed(name, "is empty")
    if start.startswith(_XML):
        return _import_xml(data)
    text = decoded(data)
    stripped = text.lstrip()
    if stripped.startswith(("{", "[")):
        return _import_json(text)
    if mosquitto.is_options(text):
        return mosquitto.read_options(text, name)
    if stripped.startswith(_CSV_OF_MQTTX):
        raise ImportFailed(name, f"these are messages; {mqttx.EXPORT_AS_JSON}")
    if stripped.startswith("-") and _YAML.match(stripped):
        raise ImportFailed(name, f"YAML is not read; {mqttx.EXPORT_AS_JSON}")
    raise ImportFailed(name, f"is no file of connections of {TOOLS}")


def begins_as_database(path: Path) -> bool:
    """Say whether a file is a database of SQLite; one that cannot be read is none."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(len(_DATABASE)) == _DATABASE
    except (OSError, ValueError):
        return False


def _import_json(text: str) -> Imported:
    value = parse_json(text.removeprefix("\ufeff"))
    _refuse_twice_named_around(value)
    if own.is_export(value):
        assert isinstance(value, dict)
        return own.read_export(value)
    if mqtt_explorer.is_settings(value):
        assert isinstance(value, dict)
        return mqtt_explorer.read_settings(value)
    if mqttx.is_export(value):
        return mqttx.read_export(value)
    raise ImportFailed("", f"this JSON has no connections of {TOOLS}")


def _refuse_twice_named_around(value: object) -> None:
    """Raise ImportFailed where a key around the connections is named twice; in one, it is the fault of that one."""
    if isinstance(value, TwiceNamed):
        raise ImportFailed(inside("", value.key), "stands there twice")
    around = value.get(mqtt_explorer.CONNECTIONS) if isinstance(value, dict) else None
    if isinstance(around, TwiceNamed):
        raise ImportFailed(inside(mqtt_explorer.CONNECTIONS, around.key), "stands there twice")


def _import_xml(data: bytes) -> Imported:
    from topicscope.profiles.importers import mqtt_spy, mqttfx
    from topicscope.profiles.importers.xml_reading import parse_xml

    root = parse_xml(data.lstrip())
    if root.name == mqtt_spy.ROOT:
        return mqtt_spy.read_configuration(root)
    if mqttfx.is_configuration(root):
        return mqttfx.read_configuration(root)
    if root.name == "root" and root.first("oneconnection") is not None:
        raise ImportFailed(root.place, f"XML of MQTTX is not read; {mqttx.EXPORT_AS_JSON}")
    raise ImportFailed(root.place, f"this XML has no connections of {TOOLS}")


def _with_own_names(imported: Imported) -> Imported:
    """Give each profile of a file a name of its own."""
    names: set[str] = set()
    profiles = []
    for one in imported.profiles:
        name, number = one.profile.name, 1
        while name in names:
            number += 1
            name = f"{one.profile.name} ({number})"
        names.add(name)
        profiles.append(
            one
            if name == one.profile.name
            else replace(one, profile=msgspec.structs.replace(one.profile, name=name))
        )
    return replace(imported, profiles=tuple(profiles))
