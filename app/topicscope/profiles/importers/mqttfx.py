"""MQTT.fx: ``mqttfx-config.xml``, of which no description exists.

Names are compared without case, attributes and child texts are alike, and what is not known is
told by its name. TLS is never taken from a setting whose meaning is not known: see `_put_tls`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from topicscope.profiles.importers.draft import Draft
from topicscope.profiles.importers.imported import Imported, ImportedProfile, read_each
from topicscope.profiles.importers.json_fields import counted, protocol_version
from topicscope.profiles.importers.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from topicscope.profiles.importers.xml_reading import Element

TOOL = "MQTT.fx"

_LISTS = {
    "predefinedmessages": ("message", "predefined message"),
    "recentpublishtopics": ("topic", "recent topic of publishing"),
    "recentsubscriptiontopics": ("topic", "recent topic of subscribing"),
}


def is_configuration(root: Element) -> bool:
    """Tell whether this is a configuration of MQTT.fx."""
    return any(
        element.name in {"connectionprofile", "connectionprofiles"} for element in root.walk()
    )


def read_configuration(root: Element) -> Imported:
    """Read all connection profiles, also where there is only one."""
    found = [element for element in root.walk() if element.name == "connectionprofile"]
    profiles, problems = read_each(partial(_read_profile, element) for element in found)
    return Imported(TOOL, profiles, problems)


def _read_profile(element: Element) -> Iterator[ImportedProfile]:
    draft = Draft(TOOL, element.place)
    record = Record(_leaves(element, draft), element.place, draft.notes)
    port = record.number("brokerport", 1, 65_535)
    draft.put(
        name=record.text("profilename"),
        host=record.text("brokeraddress").strip(),
        port=port,
        username=record.text("username"),
        client_identifier=record.text("clientid"),
        keep_alive=record.number("keepaliveinterval", 0, 65_535),
        connect_timeout=record.number("connectiontimeout", 1, 600),
        clean_start=record.flag("cleansession"),
        protocol_version=protocol_version(record.text("mqttversion"), draft.notes),
    )
    draft.password(record.text("password"))
    _put_tls(draft, record, port)
    record.skip("profileid", "id", "brokertype")
    record.note_the_rest()
    yield draft.finish()


def _put_tls(draft: Draft, record: Record, port: int | None) -> None:
    """Use TLS where files or the port speak for it, and ask: the way MQTT.fx writes it is not known."""
    files = {
        "ca_file": record.text("cafile").strip(),
        "certificate_file": record.text("clientcertificatefile").strip(),
        "key_file": record.text("clientkeyfile").strip(),
    }
    if any(files.values()) or port == 8883:
        why = "certificate files are given" if any(files.values()) else "the port is 8883"
        draft.put(tls=True, **files)
        draft.notes.check.append(f"TLS is used because {why}; see whether it was so in MQTT.fx.")


def _leaves(element: Element, draft: Draft) -> dict[str, object]:
    """Return attributes and texts of all elements, and count what the lists hold."""
    found: dict[str, object] = {}
    waiting = [element]
    while waiting:
        one = waiting.pop()
        if one.name in _LISTS:
            item, words = _LISTS[one.name]
            if count := len(one.all(item)):
                draft.notes.ignored.append(counted(count, words))
            continue
        for name, text in one.values().items():
            found.setdefault(name, text)
        waiting += one.children[::-1]
    return found
