"""What payloads say about names: a name rule, and one reader for each convention.

A reader is handed a payload that somebody on the network has made up; it gives claims, or nothing, and never raises
anything but what `unreadable` lists.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from topicscope.mqtt.topic_templates import TopicTemplate
from topicscope.mqtt.topics import topic_name_problem
from topicscope.payload.json_path import follow, parse_paths

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from topicscope.payload.json_path import Path

LARGEST_PAYLOAD = 256 * 1024
LARGEST_LIST = 4 * 1024 * 1024
"""Bytes of a payload that is looked at: one that describes one thing, and one that lists all of them."""

ID = "id"
UNREADABLE = (ValueError, RecursionError)
"""What reading a payload may raise: not UTF-8, not JSON, of another shape, nested too deeply."""

_MOST_CLAIMS = 5_000
_MOST_OBJECTS = 100_000
_AVAILABILITY = ("avty_t", "availability_topic")


class Claim(NamedTuple):
    """That something has a name.

    Attributes:
        key: a level, or when `is_path` the levels from the root on, joined as in a Topic Name.
        text: the name as it came.
        common: what to say instead where several claims to the key differ, but agree in this.

    """

    key: bytes
    text: str
    common: str = ""
    is_path: bool = False


@dataclass(frozen=True, slots=True)
class NameRule:
    """Which topics tell names, and how to read them; made by `name_rule`."""

    template: TopicTemplate
    read: Callable[[bytes, bytes], Iterable[Claim]]
    largest: int = LARGEST_PAYLOAD


def name_rule(topic: str, kind: str = "json", path: str = "name") -> NameRule:
    """Make a rule of what the user has written.

    With `kind` ``json`` the topic is a template with a level ``<id>``, and `path` leads to the name in the payload;
    of several paths with commas between them the first counts that leads to one, and the empty path takes the whole
    payload. ``home-assistant``, ``zigbee2mqtt`` and ``tasmota`` read what these publish.

    Raises `ValueError` with a sentence.
    """
    template = TopicTemplate(topic)
    if kind == "json":
        if template.position(ID) < 0:
            raise ValueError("The rule needs a level <id>: the one that gets the name")
        reader = partial(_read_paths, template.position(ID), parse_paths(path))
        return NameRule(template, reader)
    if kind == "zigbee2mqtt":
        return NameRule(template, _read_zigbee2mqtt, LARGEST_LIST)
    readers = {"home-assistant": _read_home_assistant, "tasmota": _read_tasmota}
    if kind not in readers:
        raise ValueError(f"“{kind}” is not a kind of name rule")
    return NameRule(template, readers[kind])


# --- one name at a path ---


def _read_paths(
    position: int, paths: Sequence[Path], topic: bytes, payload: bytes
) -> Iterator[Claim]:
    try:
        value = msgspec.json.decode(payload)
    except ValueError:
        if () not in paths:
            raise
        value = payload.decode()
    for path in paths:
        text = _text(follow(value, path))
        if text:
            yield Claim(topic.split(b"/", position + 1)[position], text)
            return


# --- zigbee2mqtt ---


class _Zigbee(msgspec.Struct):
    ieee_address: Any = None
    friendly_name: Any = None


_zigbee = msgspec.json.Decoder(list[_Zigbee])


def _read_zigbee2mqtt(topic: bytes, payload: bytes) -> Iterator[Claim]:
    """Read ``zigbee2mqtt/bridge/devices``: all devices with address and name."""
    del topic
    if payload.count(b"{") > _MOST_OBJECTS:  # millions of empty ones would take long to read
        raise ValueError("too many objects")
    for device in _zigbee.decode(payload)[:_MOST_CLAIMS]:
        yield from _of_level(device.ieee_address, _text(device.friendly_name))


# --- Tasmota ---


def _read_tasmota(topic: bytes, payload: bytes) -> Iterator[Claim]:
    """Read ``tasmota/discovery/<mac>/config``: ``dn`` is the name, ``t`` the level in its topics."""
    del topic
    told = _object(payload)
    name = _text(told.get("dn"))
    yield from _of_level(told.get("mac"), name)
    yield from _of_level(told.get("t"), name)


# --- Home Assistant ---


def _read_home_assistant(topic: bytes, payload: bytes) -> Iterator[Claim]:
    """Read a discovery topic: ``<prefix>/<component>/[<node>/]<object>/config``, or one for a whole device.

    A node, a device and an object without node are unique, so their names hold for the level wherever it is. An
    object below a node is called ``temperature`` or the like: that name holds for its own topic alone.
    """
    told = _object(payload)
    device = _device_of(told)
    levels = topic.split(b"/")
    object_path, object_id = topic.rpartition(b"/")[0], levels[-2] if len(levels) > 1 else b""
    for identifier in _identifiers_of(device):
        yield from _of_level(identifier, _text(device.get("name")))
    device_name = _text(device.get("name"))
    if levels[1:2] == [b"device"]:
        yield Claim(object_id, device_name)
    elif len(levels) >= 5:
        yield Claim(levels[-3], device_name)
        yield Claim(object_path, _full_name(device_name, _text(told.get("name"))), is_path=True)
    else:
        yield Claim(object_id, _full_name(device_name, _text(told.get("name"))))
    components = told.get("components") or told.get("cmps")
    parts = list(components.values()) if isinstance(components, dict) else []
    for part in [told, *parts][:_MOST_CLAIMS]:
        if isinstance(part, dict):
            yield from _of_topics(part, told.get("~"), device_name)


def _of_topics(part: dict[str, object], base: object, device_name: str) -> Iterator[Claim]:
    """Give the topics of an entity its name, and its availability the device's alone."""
    full = _full_name(device_name, _text(part.get("name")))
    base = part.get("~", base)
    for key, value in part.items():
        if not key.endswith(("_t", "_topic")) or not isinstance(value, str):
            continue
        topic = _expanded(value, base).encode()
        if topic_name_problem(topic) is None:
            text = device_name if key in _AVAILABILITY else full
            yield Claim(topic, text, device_name, is_path=True)


def _device_of(told: dict[str, object]) -> dict[str, object]:
    device = told.get("device", told.get("dev"))
    return device if isinstance(device, dict) else {}


def _identifiers_of(device: dict[str, object]) -> list[object]:
    found = device.get("identifiers", device.get("ids"))
    return found[:_MOST_CLAIMS] if isinstance(found, list) else [found]


def _full_name(device: str, entity: str) -> str:
    """Join both names, as Home Assistant does; many entities repeat the device's name themselves."""
    if not entity or not device or entity.casefold().startswith(device.casefold()):
        return entity or device
    return f"{device} {entity}"


def _expanded(topic: str, base: object) -> str:
    if not isinstance(base, str):
        return topic
    if topic.startswith("~"):
        return base + topic[1:]
    return topic[:-1] + base if topic.endswith("~") else topic


# --- small parts ---


def _object(payload: bytes) -> dict[str, object]:
    return msgspec.json.decode(payload, type=dict[str, object])


def _text(value: object) -> str:
    """Return what may be a name; a room may be called 204, but nothing is called true."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _of_level(level: object, name: str) -> Iterator[Claim]:
    text = _text(level)
    if text and name and "/" not in text:
        yield Claim(text.encode(), name)
