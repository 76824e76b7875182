"""MQTT Explorer: ``settings.json`` with and without ``configVersion``, and the older single connection."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

from topicscope.profiles.importers.draft import Draft
from topicscope.profiles.importers.embedded import embedded_file
from topicscope.profiles.importers.imported import (
    Imported,
    ImportedProfile,
    ImportFailed,
    read_each,
)
from topicscope.profiles.importers.json_fields import counted, put_subscriptions
from topicscope.profiles.importers.reading import inside, refuse_twice_named
from topicscope.profiles.importers.record import Notes, Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TOOL = "MQTT Explorer"
CONNECTIONS = "ConnectionManager_connections"
_CHARTS = "connection_view_state"

_OWN_CLIENT_IDENTIFIER = re.compile(r"mqtt-explorer-[0-9a-f]{8}")
_SHIPPED_HOSTS = {
    "iot.eclipse.org",
    "mqtt.eclipse.org",
    "mqtt.eclipseprojects.io",
    "test.mosquitto.org",
}
_SHIPPED_FILTERS = {"#", "$SYS/#"}
_RENAMED_HOSTS = {"iot.eclipse.org": "mqtt.eclipse.org"}
_CERTIFICATES = (
    ("selfSignedCertificate", "ca_file", "ca.pem"),
    ("clientCertificate", "certificate_file", "client.pem"),
    ("clientKey", "key_file", "client-key.pem"),
)
_WEBSOCKET = {"ws", "wss"}
_SECURE = {"wss", "mqtts", "ssl", "tls"}


def is_settings(value: object) -> bool:
    """Tell whether this is one of the forms of MQTT Explorer."""
    if not isinstance(value, dict):
        return False
    if CONNECTIONS in value:
        return True
    protocol = value.get("protocol")
    return "host" in value and isinstance(protocol, str) and protocol.endswith("://")


def read_settings(value: Mapping[str, Any]) -> Imported:
    """Read all connections. Raises ImportFailed where there is no list of them."""
    if CONNECTIONS not in value:
        profiles, problems = read_each([partial(_read_oldest, value)])
        return Imported(TOOL, profiles, problems)
    connections = value[CONNECTIONS]
    if isinstance(connections, list):  # written so by hand
        connections = {f"{number}": one for number, one in enumerate(connections)}
    if not isinstance(connections, dict):
        raise ImportFailed(CONNECTIONS, "is no list of connections")
    view_state = value.get(_CHARTS)
    charts = view_state if isinstance(view_state, dict) else {}
    shipped = [key for key, one in connections.items() if _is_as_shipped(one)]
    profiles, problems = read_each(
        partial(_read_connection, one, inside(CONNECTIONS, key), charts.get(key))
        for key, one in connections.items()
        if key not in shipped
    )
    hosts = ", ".join(str(connections[key]["host"]) for key in shipped[:5])
    notes = (f"What MQTT Explorer ships was left out: {hosts}.",) if shipped else ()
    return Imported(TOOL, profiles, problems, notes)


def _read_connection(value: object, place: str, charts: object) -> Iterator[ImportedProfile]:
    draft, record = _begun(value, place)
    encrypted = bool(record.flag("encryption"))
    protocol = record.text("protocol").removesuffix("://").lower()
    _put_address(draft, record, protocol, tls=encrypted or protocol in _SECURE)
    _put_login(draft, record)
    for key, field, name in _CERTIFICATES:
        if file := embedded_file(record.record(key), field, name):
            draft.files.append(file)
    put_subscriptions(draft, _subscriptions(record, draft.notes))
    record.skip("configVersion", "type", "id")
    if isinstance(charts, dict) and isinstance(charts.get("charts"), list) and charts["charts"]:
        draft.notes.ignored.append(counted(len(charts["charts"]), "chart"))
    record.note_the_rest()
    yield draft.finish()


def _read_oldest(value: Mapping[str, Any]) -> Iterator[ImportedProfile]:
    """Read the form of the browser's local storage: one connection, scheme in `protocol`, `tls`."""
    draft, record = _begun(value, "")
    protocol = record.text("protocol").removesuffix("://").lower()
    _put_address(draft, record, protocol, tls=bool(record.flag("tls")) or protocol in _SECURE)
    _put_login(draft, record)
    put_subscriptions(draft, _subscriptions(record, draft.notes))
    record.note_the_rest()
    yield draft.finish()


def _begun(value: object, place: str) -> tuple[Draft, Record]:
    if not isinstance(value, dict):
        raise ImportFailed(place, "is no connection")
    refuse_twice_named(value, place)
    draft = Draft(TOOL, place)
    return draft, Record(value, place, draft.notes)


def _put_address(draft: Draft, record: Record, protocol: str, *, tls: bool) -> None:
    host = record.text("host").strip()
    if host in _RENAMED_HOSTS:
        draft.notes.check.append(f"{host} is called {_RENAMED_HOSTS[host]} today.")
        host = _RENAMED_HOSTS[host]
    websocket = protocol in _WEBSOCKET
    draft.put(
        name=record.text("name"),
        host=host,
        port=record.number("port", 1, 65_535),
        tls=tls,
        protocol_version=4,
    )
    base_path = record.text("basePath").strip()
    if websocket:
        draft.put(transport="websocket", path="/" + base_path.lstrip("/"))
    if tls and record.flag("certValidation") is False:
        draft.put(insecure=True)
    record.skip("certValidation")


def _put_login(draft: Draft, record: Record) -> None:
    draft.put(username=record.text("username"))
    draft.password(record.text("password"))
    client_identifier = record.text("clientId")
    if not _OWN_CLIENT_IDENTIFIER.fullmatch(client_identifier):
        draft.put(client_identifier=client_identifier)


def _subscriptions(record: Record, notes: Notes) -> Iterator[Record]:
    """Give out objects with a topic; V0 had the topics alone."""
    for index, one in enumerate(record.items("subscriptions")):
        place = f"{record.at('subscriptions')}[{index}]"
        yield Record(one if isinstance(one, dict) else {"topic": one}, place, notes)


def _is_as_shipped(value: object) -> bool:
    """Tell whether nobody has touched a connection that MQTT Explorer makes at its first start."""
    if not isinstance(value, dict) or value.get("port") != 1883:
        return False
    if not {str(value.get("host")), str(value.get("name"))} <= _SHIPPED_HOSTS:
        return False
    if any(value.get(key) for key in ("username", "password", "encryption", "clientKey")):
        return False
    if value.get("protocol", "mqtt") != "mqtt" or value.get("clientCertificate"):
        return False
    filters = value.get("subscriptions", [])
    topics = (
        [one.get("topic") if isinstance(one, dict) else one for one in filters]
        if isinstance(filters, list)
        else [None]
    )
    return all(isinstance(topic, str) and topic in _SHIPPED_FILTERS for topic in topics)
