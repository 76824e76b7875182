"""What the options of Mosquitto's tools mean for a profile."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from topicscope.mqtt.topics import topic_name_problem
from topicscope.profiles.importers.imported import ImportFailed
from topicscope.profiles.importers.json_fields import LARGEST_INTERVAL, MOST_USER_PROPERTIES
from topicscope.profiles.importers.record import Record
from topicscope.profiles.profile import Proxy
from topicscope.profiles.url import UrlError, parse_url

if TYPE_CHECKING:
    from topicscope.profiles.importers.draft import Draft

VERSIONS = {
    "mqttv31": 3,
    "31": 3,
    "3": 3,
    "mqttv311": 4,
    "311": 4,
    "4": 4,
    "mqttv5": 5,
    "5": 5,
}
_URL = re.compile(r"(mqtts?)://([^/]*)(?:/(.*))?", re.DOTALL | re.IGNORECASE)
_PROXY = re.compile(
    r"(socks5h?)://(?:([^@]*)@)?(\[[^\]]*\]|[^:@/]*)(?::([0-9]{1,5}))?/?", re.DOTALL
)
_NO_EXPIRY = {"-1", "∞"}

_CONNECT_NUMBERS = {
    "receive-maximum": ("receive_maximum", 65_535),
    "maximum-packet-size": ("maximum_packet_size", LARGEST_INTERVAL),
    "topic-alias-maximum": ("topic_alias_maximum", 65_535),
    "session-expiry-interval": ("session_expiry_interval", LARGEST_INTERVAL),
}
_CONNECT_FLAGS = {
    "request-problem-information": "request_problem_information",
    "request-response-information": "request_response_information",
}
_WILL_TEXTS = {"content-type": "content_type", "response-topic": "response_topic"}
_WILL_NUMBERS = {
    "will-delay-interval": "delay_interval",
    "message-expiry-interval": "message_expiry_interval",
}


def put_address(draft: Draft, record: Record) -> str:
    """Take host, port, socket, proxy and login; return the topic of the URL, where there is one."""
    topic = ""
    draft.put(host="localhost")
    if url := record.text("--url").strip():
        topic = _put_url(draft, url)
    draft.put(
        host=record.text("--host").strip(),
        port=record.number("--port", 1, 65_535),
        username=record.text("--username"),
    )
    draft.password(record.text("--pw"))
    if socket := record.text("--unix").strip():
        draft.put(transport="unix", path=socket)
    if proxy := record.text("--proxy").strip():
        _put_proxy(draft, proxy)
    record.leave("the local address", "--bind")
    return topic


def _put_url(draft: Draft, url: str) -> str:
    match = _URL.fullmatch(url)
    if not match:
        raise ImportFailed(
            draft.place, "--url: it is written mqtt://host/topic or mqtts://host/topic"
        )
    try:
        profile, password = parse_url(f"{match[1]}://{match[2]}")
    except UrlError as error:
        raise ImportFailed(draft.place, f"--url: {error}") from error
    draft.put(host=profile.host, port=profile.port, tls=profile.tls, username=profile.username)
    draft.password(password or "")
    return match[3] or ""


def _put_proxy(draft: Draft, url: str) -> None:
    match = _PROXY.fullmatch(url)
    port = int(match[4] or 1080) if match else 0
    if not match or not match[3] or not 1 <= port <= 65_535:
        draft.notes.check.append(
            "--proxy: is not of the form socks5h://host:port; it was not taken."
        )
        return
    username, _, password = (match[2] or "").partition(":")
    draft.put(
        proxy=Proxy(kind="socks5", host=match[3].strip("[]"), port=port, username=unquote(username))
    )
    if password:
        draft.secrets["proxy_password"] = unquote(password)


def put_tls(draft: Draft, record: Record) -> None:
    """Take the options of TLS; any that chooses certificates switches it on."""
    ca_file = record.text("--cafile").strip()
    folder = record.text("--capath").strip()
    system = record.flag("--tls-use-os-certs")
    if ca_file or folder or system:
        draft.put(tls=True, ca_file=ca_file)
    elif draft.fields.get("port") == 8883 and not draft.fields.get("tls"):
        draft.put(tls=True)
        draft.notes.check.append("TLS is used because the port is 8883.")
    if folder:
        draft.notes.check.append(
            "--capath: a folder of certificates is not read; choose one CA file."
        )
    if "--psk" in record:
        draft.notes.check.append("--psk: TLS with a pre-shared key is not spoken by Topicscope.")
    if draft.fields.get("tls"):
        draft.fields.setdefault("port", 8883)
        _put_more_tls(draft, record)
    record.skip("--psk", "--psk-identity", "--insecure")
    record.leave("versions and ciphers of TLS", "--tls-version", "--ciphers")
    record.leave("engine of TLS", "--tls-engine", "--tls-engine-kpass-sha1", "--keyform")


def _put_more_tls(draft: Draft, record: Record) -> None:
    draft.put(
        certificate_file=record.text("--cert").strip(),
        key_file=record.text("--key").strip(),
    )
    if alpn := record.text("--tls-alpn").strip():
        draft.put(alpn=(alpn,))
    if record.flag("--insecure"):
        draft.put(insecure=True)
        draft.notes.check.append(
            "--insecure leaves out the check of the name; here nothing of the certificate is checked."
        )


def put_session(draft: Draft, record: Record, properties: list[list[str]]) -> None:
    """Take Client Identifier, session and CONNECT properties."""
    draft.put(
        client_identifier=record.text("--id"),
        keep_alive=record.number("--keepalive", 0, 65_535),
    )
    if "--id-prefix" in record:
        draft.notes.ignored.append("prefix of the Client Identifier")
    record.skip("--id-prefix")
    persistent = bool(record.flag("--disable-clean-session"))
    draft.put(clean_start=not persistent)
    expiry = record.text("--session-expiry-interval").strip()
    five = draft.fields.get("protocol_version") == 5
    if expiry in _NO_EXPIRY or (not expiry and persistent and five):
        draft.put(session_expiry_interval=LARGEST_INTERVAL)
    elif expiry:
        number = record.number("--session-expiry-interval", 0, LARGEST_INTERVAL)
        draft.put(session_expiry_interval=number)
    for command, name, *values in (one for one in properties if len(one) >= 3):
        if command.lower() == "connect":
            _put_connect_property(draft, name.lower(), values)
        elif command.lower() != "will":
            draft.notes.ignored.append(f"property {name[:40]} of {command[:20].upper()}")


def _put_connect_property(draft: Draft, name: str, values: list[str]) -> None:
    record = Record({name: values[0]}, "--property connect", draft.notes)
    if name in _CONNECT_NUMBERS:
        field, highest = _CONNECT_NUMBERS[name]
        draft.put(**{field: record.number(name, 0, highest)})
    elif name in _CONNECT_FLAGS:
        draft.put(**{_CONNECT_FLAGS[name]: record.flag(name)})
    elif name == "user-property":
        pairs = draft.fields.get("user_properties", ())
        draft.put(user_properties=_with_pair(pairs, values, draft))
    else:
        draft.notes.ignored.append(f"property {name[:40]} of CONNECT")


def put_will(draft: Draft, record: Record, properties: list[list[str]]) -> None:
    """Take the Will Message and its properties."""
    topic = record.text("--will-topic")
    values: dict[str, Any] = {
        "topic": topic,
        "payload": record.text("--will-payload"),
        "qos": record.number("--will-qos", 0, 2) or 0,
        "retain": bool(record.flag("--will-retain")),
    }
    for one in properties:
        if len(one) >= 3 and one[0].lower() == "will":
            _put_will_property(draft, values, one[1].lower(), one[2:])
    if not topic:
        return
    if problem := topic_name_problem(topic):
        draft.notes.check.append(f"--will-topic: {problem}; the Will was not taken.")
        return
    draft.put(will=values)


def _put_will_property(draft: Draft, will: dict[str, Any], name: str, values: list[str]) -> None:
    record = Record({name: values[0]}, "--property will", draft.notes)
    if name in _WILL_TEXTS:
        will[_WILL_TEXTS[name]] = record.text(name)
    elif name in _WILL_NUMBERS:
        number = record.number(name, 0, LARGEST_INTERVAL)
        will |= {} if number is None else {_WILL_NUMBERS[name]: number}
    elif name == "payload-format-indicator":
        will["payload_format_indicator"] = bool(record.flag(name))
    elif name == "correlation-data":
        will["correlation_data"] = record.text(name).encode().hex()
    elif name == "user-property":
        will["user_properties"] = _with_pair(will.get("user_properties", ()), values, draft)
    else:
        draft.notes.ignored.append(f"property {name[:40]} of the Will")


def _with_pair(
    pairs: tuple[tuple[str, str], ...], values: list[str], draft: Draft
) -> tuple[tuple[str, str], ...]:
    record = Record(
        {"name": values[0], "value": values[1] if len(values) > 1 else ""},
        "user-property",
        draft.notes,
    )
    return (*pairs, (record.text("name"), record.text("value")))[:MOST_USER_PROPERTIES]
