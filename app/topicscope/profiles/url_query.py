"""What stands behind host and port in an address of MQTT over TCP: a Topic Filter, and settings as a query."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from topicscope.mqtt.topics import topic_filter_problem
from topicscope.profiles.url_error import UrlError, decoded

_NAMES: Final = {
    "clientid": "client_identifier",
    "username": "username",
    "user": "username",
    "password": "password",
    "keepalive": "keep_alive",
    "clean": "clean_start",
    "cleanstart": "clean_start",
    "cleansession": "clean_start",
}
_KNOWN: Final = "clientId, username, password, keepAlive and cleanStart"
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}
_OF_WEBSOCKETS: Final = frozenset({"mqtt", "ws", "wss", "websocket"})


class Behind(NamedTuple):
    """Fields of a profile, and a password."""

    changes: dict[str, Any]
    password: str | None = None


def read_behind(text: str) -> Behind:
    """Read ``/topic/filter?clientId=…``; raises UrlError. The path is a Topic Filter, as mosquitto_sub reads it."""
    path, _, query = text.partition("?")
    changes: dict[str, Any] = {}
    if path not in {"", "/"}:
        changes["subscriptions"] = (_topic_filter(path),)
    for pair in filter(None, query.split("&")):
        name, _, value = pair.partition("=")
        field = _NAMES.get(decoded("Query", name).replace("_", "").replace("-", "").lower())
        if field is None:
            # Its name is not repeated: it may be a piece of a password.
            raise UrlError("Query", f"known in an address of MQTT over TCP are {_KNOWN}")
        changes[field] = _value(field, decoded("Query", value.replace("+", "%20")))
    return Behind(changes, changes.pop("password", None))


def _topic_filter(path: str) -> str:
    text = decoded("Path", path.removeprefix("/"))
    if not path.startswith("/") or text.rstrip("/") in _OF_WEBSOCKETS:
        raise UrlError(
            "Path",
            "MQTT over TCP has none but a Topic Filter; a WebSocket address begins with ws:// or wss://",
        )
    if problem := topic_filter_problem(text):
        raise UrlError("Path", f"it is read as a Topic Filter. {problem}")
    return text


def _value(field: str, text: str) -> object:
    if field == "keep_alive":
        if not (text.isascii() and text.isdigit() and len(text) < 6 and int(text) <= 65_535):
            raise UrlError("Query", "keepAlive is a number of seconds from 0 to 65535")
        return int(text)
    if field == "clean_start":
        if text.lower() not in _BOOLEANS:
            raise UrlError("Query", "cleanStart is true or false")
        return _BOOLEANS[text.lower()]
    return text
