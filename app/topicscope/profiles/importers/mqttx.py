"""MQTTX: its export as JSON, and the connections that `mqttx_database` makes of its database."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from topicscope.profiles.importers.draft import Draft, clean_name
from topicscope.profiles.importers.imported import (
    Imported,
    ImportedProfile,
    ImportFailed,
    read_each,
)
from topicscope.profiles.importers.json_fields import (
    LARGEST_INTERVAL,
    counted,
    protocol_version,
    put_subscriptions,
    user_properties,
)
from topicscope.profiles.importers.reading import refuse_twice_named
from topicscope.profiles.importers.record import Record
from topicscope.profiles.profile import Will

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

TOOL = "MQTTX"
EXPORT_AS_JSON = "in MQTTX choose Export, format JSON, and import that file"

_DEEPEST_FOLDER = 16
_PATHS = {"ca": "ca_file", "cert": "certificate_file", "key": "key_file"}
_PROPERTIES: tuple[tuple[str, str, int], ...] = (
    ("sessionExpiryInterval", "session_expiry_interval", LARGEST_INTERVAL),
    ("receiveMaximum", "receive_maximum", 65_535),
    ("maximumPacketSize", "maximum_packet_size", LARGEST_INTERVAL),
    ("topicAliasMaximum", "topic_alias_maximum", 65_535),
)


def is_export(value: object) -> bool:
    """Tell whether this looks like connections of MQTTX: an array of objects, or one object."""
    first = value[0] if isinstance(value, list) and value else value
    return isinstance(first, dict) and (
        ("clientId" in first and "host" in first) or first.get("isCollection") is True
    )


def read_export(value: object) -> Imported:
    """Read an export."""
    single = not isinstance(value, list)
    connections = [value] if single else value
    assert isinstance(connections, list)
    places = ["" if single else f"[{index}]" for index in range(len(connections))]
    return read_connections(connections, places)


def read_connections(connections: Sequence[object], places: Sequence[str]) -> Imported:
    """Read connections and the folders among them; a place per connection."""
    pairs = list(_flat(connections, places))
    folders = _folders(value for value, _ in pairs)
    profiles, problems = read_each(
        partial(_read_connection, value, place, folders)
        for value, place in pairs
        if not (isinstance(value, dict) and value.get("isCollection") is True)
    )
    return Imported(TOOL, profiles, problems)


def _flat(connections: Sequence[object], places: Sequence[str]) -> Iterator[tuple[object, str]]:
    """Give out what stands in folders, too, each behind its folder."""
    waiting = list(zip(connections, places, strict=True))[::-1]
    while waiting:
        value, place = waiting.pop()
        yield value, place
        if isinstance(value, dict) and value.get("isCollection") is True:
            children = value.get("children")
            for index, child in enumerate(children if isinstance(children, list) else ()):
                if isinstance(child, dict) and "id" in value:
                    child.setdefault("parentId", value["id"])
                waiting.append((child, f"{place}.children[{index}]"))


def _folders(values: Iterator[object]) -> dict[str, tuple[str, object]]:
    found: dict[str, tuple[str, object]] = {}
    for value in values:
        if isinstance(value, dict) and value.get("isCollection") is True:
            name = value.get("name")
            title = clean_name(name).replace("/", "-") if isinstance(name, str) else ""
            found[str(value.get("id"))] = (title, value.get("parentId"))
    return found


def _folder_path(parent: object, folders: Mapping[str, tuple[str, object]]) -> str:
    levels: list[str] = []
    seen: set[str] = set()
    while str(parent) in folders and str(parent) not in seen and len(seen) < _DEEPEST_FOLDER:
        seen.add(str(parent))
        title, parent = folders[str(parent)]
        levels.append(title)
    return "/".join(level for level in reversed(levels) if level)


def _read_connection(
    value: object, place: str, folders: Mapping[str, tuple[str, object]]
) -> Iterator[ImportedProfile]:
    if not isinstance(value, dict):
        raise ImportFailed(place, "is no connection")
    refuse_twice_named({key: one for key, one in value.items() if key != "messages"}, place)
    draft = Draft(TOOL, place)
    record = Record(value, place, draft.notes)
    _put_address(draft, record)
    _put_certificates(draft, record)
    _put_session(draft, record)
    _put_properties(draft, record)
    draft.put(
        name=record.text("name"),
        folder=_folder_path(record.raw("parentId"), folders),
        position=record.number("orderId", 0, 1 << 31),
        will=_will(record.record("will")),
    )
    put_subscriptions(draft, _subscriptions(record))
    if count := len(record.items("messages")):
        draft.notes.ignored.append(counted(count, "message of the history"))
    record.skip("id", "unreadMessageCount", "createAt", "updateAt", "isCollection", "reconnect")
    record.skip("reconnectPeriod", "children", "willId", "collectionId")
    record.leave("properties of the last message sent", *_push_properties(value))
    record.note_the_rest()
    yield draft.finish()


def _put_address(draft: Draft, record: Record) -> None:
    protocol = record.text("protocol").removesuffix("://").lower()
    ssl = record.flag("ssl")
    if protocol not in {"mqtt", "mqtts", "ws", "wss", ""}:
        draft.notes.check.append(f"{record.at('protocol')}: is not known; it was not taken.")
        protocol = ""
    tls = protocol in {"mqtts", "wss"} if protocol else bool(ssl)
    if ssl and not tls:
        draft.notes.check.append("SSL is on, but the protocol is one without it; TLS is used.")
        tls = True
    draft.put(host=record.text("host").strip(), port=record.number("port", 1, 65_535), tls=tls)
    path = record.text("path").strip()
    if protocol in {"ws", "wss"}:
        draft.put(transport="websocket", path="/" + path.lstrip("/"))


def _put_certificates(draft: Draft, record: Record) -> None:
    tls = bool(draft.fields.get("tls"))
    certificates = record.text("certType").lower()
    if tls and record.flag("rejectUnauthorized") is False:
        draft.put(insecure=True)
    if tls and certificates in {"self", ""}:
        draft.put(**{field: record.text(key).strip() for key, field in _PATHS.items()})
    else:
        record.leave("certificate files that were not in use", *_PATHS)
    record.skip("rejectUnauthorized")
    alpn = record.raw("ALPNProtocols")
    names = alpn if isinstance(alpn, list) else record.text("ALPNProtocols").strip("[] ").split(",")
    protocols = [name.strip(" \"'") for name in names if isinstance(name, str)]
    if tls:
        draft.put(alpn=tuple(name for name in protocols if name))


def _put_session(draft: Draft, record: Record) -> None:
    draft.put(
        username=record.text("username"),
        client_identifier=record.text("clientId"),
        keep_alive=record.number("keepalive", 0, 65_535),
        connect_timeout=record.number("connectTimeout", 1, 600),
        clean_start=record.flag("clean"),
        protocol_version=protocol_version(record.text("mqttVersion"), draft.notes),
    )
    draft.password(record.text("password"))
    if record.flag("clientIdWithTime"):
        draft.notes.ignored.append("time behind the Client Identifier")


def _put_properties(draft: Draft, record: Record) -> None:
    """Take the CONNECT properties, which older versions have beside the others."""
    nested = record.record("properties")
    for source in (record, nested):
        for key, field, highest in _PROPERTIES:
            draft.put(**{field: source.number(key, 0, highest)})
        draft.put(
            request_response_information=source.flag("requestResponseInformation"),
            request_problem_information=source.flag("requestProblemInformation"),
        )
        if pairs := user_properties(source, "userProperties"):
            draft.put(user_properties=pairs)
        method = source.text("authenticationMethod")
        if method == "SCRAM-SHA-256":
            draft.put(authentication_method=method)
        elif method:
            draft.notes.ignored.append("enhanced authentication")
        source.leave("Authentication Data", "authenticationData")
    nested.note_the_rest()


def _will(record: Record) -> Will | None:
    topic = record.text("lastWillTopic")
    payload = record.text("lastWillPayload")
    values: dict[str, Any] = {"qos": record.number("lastWillQos", 0, 2) or 0}
    values["retain"] = bool(record.flag("lastWillRetain"))
    for source in (record, record.record("properties")):
        found = {
            "delay_interval": source.number("willDelayInterval", 0, LARGEST_INTERVAL),
            "payload_format_indicator": source.flag("payloadFormatIndicator"),
            "message_expiry_interval": source.number("messageExpiryInterval", 0, LARGEST_INTERVAL),
            "content_type": source.text("contentType"),
            "response_topic": source.text("responseTopic"),
            "correlation_data": _in_hexadecimal(source, "correlationData"),
            "user_properties": user_properties(source, "userProperties"),
        }
        values |= {name: value for name, value in found.items() if value not in (None, "", ())}
    return Will(topic=topic, payload=payload, **values) if topic else None


def _in_hexadecimal(record: Record, key: str) -> str:
    """Read binary data: a text, or what JavaScript makes of a buffer."""
    value = record.raw(key)
    if isinstance(value, dict) and value.get("type") == "Buffer":
        data = value.get("data")
        if isinstance(data, list) and all(type(one) is int and 0 <= one < 256 for one in data):
            return bytes(data)[:65_535].hex()
    return record.text(key).encode().hex()


def _subscriptions(record: Record) -> Iterator[Record]:
    for index, one in enumerate(record.items("subscriptions")):
        place = f"{record.at('subscriptions')}[{index}]"
        yield Record(one if isinstance(one, dict) else {"topic": one}, place, record.notes)


def _push_properties(value: Mapping[str, object]) -> list[str]:
    return [key for key in value if key.startswith("pushProps")]
