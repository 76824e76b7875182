"""What a server said of a connection, in words for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topicscope.mqtt.control_packets import ProtocolVersion
from topicscope.payload.text import escape

if TYPE_CHECKING:
    from topicscope.connection.server_told import ServerTold
    from topicscope.connection.state import ConnectionState

Row = tuple[str, str, str]
"""Name, words, tone."""

_FOR_EVER = 0xFFFFFFFF
_LONGEST = 400
_SMALL_PACKET = 1 << 20
"""Bytes; from here on people seldom meet the limit."""


def server_rows(state: ConnectionState) -> list[Row]:
    """Return the facts of CONNACK (section 3.2.2.3); before MQTT 5 a server says little."""
    server = state.server
    if server is None:
        return []
    session = (
        "present: the broker kept subscriptions and messages"
        if server.session_present
        else "new: the broker kept nothing"
    )
    rows: list[Row] = [("Session", session, "")]
    if state.protocol_version != ProtocolVersion.MQTT_5:
        label = state.protocol_version.label if state.protocol_version else "This version"
        return [*rows, ("Limits", f"{label} has no way to tell them.", "dim")]
    return rows + _session_rows(server) + _limit_rows(server) + _other_rows(server)


def _session_rows(server: ServerTold) -> list[Row]:
    keep_alive = server.server_keep_alive
    return [
        ("Keep Alive", "as asked for" if keep_alive is None else _seconds(keep_alive), ""),
        ("Session Expiry", _expiry(server.session_expiry_interval), ""),
    ]


def _limit_rows(server: ServerTold) -> list[Row]:
    largest, aliases = server.maximum_packet_size, server.topic_alias_maximum
    return [
        _limit("Maximum QoS", str(server.maximum_qos), is_less=server.maximum_qos < 2),
        _able("Retained messages", able=server.retain_available),
        _limit(
            "Largest packet",
            "no limit" if largest is None else f"{largest:,} bytes",
            is_less=largest is not None and largest < _SMALL_PACKET,
        ),
        ("Receive Maximum", f"{server.receive_maximum:,} messages under way", ""),
        ("Topic Aliases", f"up to {aliases:,}" if aliases else "none", ""),
        _able("Wildcards", able=server.wildcard_subscription_available),
        _able("Shared Subscriptions", able=server.shared_subscription_available),
        _able("Subscription Identifiers", able=server.subscription_identifiers_available),
    ]


def _other_rows(server: ServerTold) -> list[Row]:
    rows = [
        ("Response Information", _text(server.response_information), ""),
        ("Server Reference", _text(server.server_reference), ""),
        ("Reason String", _text(server.reason_string), ""),
    ]
    rows = [row for row in rows if row[1]]
    rows += [
        ("User Property", f"{_text(name)}: {_text(text)}", "")
        for name, text in server.user_properties
    ]
    return rows


def _able(name: str, *, able: bool) -> Row:
    return (name, "yes", "") if able else (name, "not available", "warning")


def _limit(name: str, words: str, *, is_less: bool) -> Row:
    return name, words, "warning" if is_less else ""


def _expiry(seconds: int | None) -> str:
    if seconds is None:
        return "as asked for"
    if seconds == _FOR_EVER:
        return "never"
    return "with the connection" if not seconds else f"{_seconds(seconds)} after the connection"


def _seconds(seconds: int) -> str:
    return f"{seconds:,} s" if seconds else "off"


def _text(text: str) -> str:
    return escape(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…")
