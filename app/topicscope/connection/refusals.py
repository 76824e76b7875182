"""What the codes of CONNACK and DISCONNECT mean for us: stop, go on, and what to advise.

MQTT 5.0 sections 3.2.2.2 and 3.14.2.1, MQTT 3.1.1 section 3.2.2.3. A refused login is tried once:
repeating it locks accounts. Nothing is changed in silence: no older version, no other identifier.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from topicscope.connection.offers import Offer, offer_identifier, offer_server
from topicscope.connection.outcomes import Outcome, Retry, shown_text
from topicscope.mqtt.control_packets import ControlPacketType, ProtocolVersion
from topicscope.mqtt.reason_codes import reason_name

if TYPE_CHECKING:
    from topicscope.mqtt.properties import PropertyList

_REASON_STRING = 31
_SERVER_REFERENCE = 28

_LOGIN = "Check user name and password. Topicscope tries a login only once."
_NO_LOGIN = (
    "No user name was sent: give user name and password, or the token that this broker wants."
)
_IDENTIFIER = "Choose another Client Identifier in the profile."
_TAKEN = "Another client uses the same Client Identifier. Give one of the two another, then connect again."
_FULL = "The broker is busy or a limit of it is reached."
_NEW_IDENTIFIER = frozenset(("client-identifier", "taken-over"))
_MOVED = "Topicscope does not go elsewhere by itself. Connect there if you trust that address."

_Meaning = tuple[str, str, Retry]  # reason, remedy, retry

_RETURN_CODES: dict[int, _Meaning] = {
    1: ("version", "Choose another version of MQTT in the profile.", Retry.NEVER),
    2: ("client-identifier", _IDENTIFIER, Retry.NEVER),
    3: ("busy", _FULL, Retry.SLOWLY),
    4: ("auth", _LOGIN, Retry.NEVER),
    5: ("auth", _LOGIN, Retry.NEVER),
}

_CONNACK: dict[int, _Meaning] = {
    0x01: _RETURN_CODES[1],
    0x84: _RETURN_CODES[1],
    0x85: ("client-identifier", _IDENTIFIER, Retry.NEVER),
    0x86: ("auth", _LOGIN, Retry.NEVER),
    0x87: ("auth", _LOGIN, Retry.NEVER),
    0x88: ("busy", _FULL, Retry.SLOWLY),
    0x89: ("busy", _FULL, Retry.SLOWLY),
    0x8A: ("banned", "Ask whoever runs the broker.", Retry.NEVER),
    0x8C: ("auth", "Check how this broker wants clients to log in.", Retry.NEVER),
    0x97: ("busy", _FULL, Retry.SLOWLY),
    0x9C: ("moved", _MOVED, Retry.NEVER),
    0x9D: ("moved", _MOVED, Retry.NEVER),
    0x9F: ("busy", _FULL, Retry.SLOWLY),
}

_DISCONNECT: dict[int, _Meaning] = {
    0x87: ("auth", "Ask whoever runs the broker for the right to do this.", Retry.NEVER),
    0x89: ("busy", _FULL, Retry.SLOWLY),
    0x8B: ("closed", "The broker stops or starts again.", Retry.BACK_OFF),
    0x8E: ("taken-over", _TAKEN, Retry.NEVER),
    0x96: ("busy", _FULL, Retry.SLOWLY),
    0x97: ("busy", _FULL, Retry.SLOWLY),
    0x98: ("closed", "Someone who runs the broker ended the connection.", Retry.NEVER),
    0x9C: ("moved", _MOVED, Retry.NEVER),
    0x9D: ("moved", _MOVED, Retry.NEVER),
    0x9F: ("busy", _FULL, Retry.SLOWLY),
}


def refused_connection(
    address: str,
    code: int,
    properties: PropertyList,
    version: ProtocolVersion,
    *,
    had_login: bool = True,
) -> Outcome:
    """Make the outcome of a CONNACK that says no; `had_login` tells whether CONNECT named a user."""
    # A broker that knows no MQTT 5 answers with a return code of MQTT 3.1.1.
    old = version < ProtocolVersion.MQTT_5 or code == 1
    named = ProtocolVersion.MQTT_3_1_1 if old else version
    name = reason_name(ControlPacketType.CONNACK, code, named)
    name = name.removeprefix("Connection Refused, ")
    table = _RETURN_CODES if old else _CONNACK
    reason, remedy, retry = table.get(code, ("refused-by-broker", "", Retry.NEVER))
    if remedy == _LOGIN and not had_login:
        remedy = _NO_LOGIN
    if reason == "version":
        name = f"it does not speak {version.label}"
    text = f"{address} refused the connection: {name} (0x{code:02X}).{said(properties)}"
    return Outcome(reason, text, remedy, retry, code, _offer(reason, properties))


def disconnected_by_server(address: str, code: int, properties: PropertyList) -> Outcome:
    """Make the outcome of a DISCONNECT from the server, which only MQTT 5 has."""
    name = reason_name(ControlPacketType.DISCONNECT, code, ProtocolVersion.MQTT_5)
    reason, remedy, retry = _DISCONNECT.get(code, ("closed", "", Retry.BACK_OFF))
    text = f"{address} ended the connection: {name} (0x{code:02X}).{said(properties)}"
    return Outcome(reason, text, remedy, retry, code, _offer(reason, properties))


def _offer(reason: str, properties: PropertyList) -> Offer | None:
    if reason in _NEW_IDENTIFIER:
        return offer_identifier()
    if reason != "moved":
        return None
    named = [value for identifier, value in properties if identifier == _SERVER_REFERENCE]
    return offer_server(shown_text(str(named[0]))) if named else None


def said(properties: PropertyList) -> str:
    """Add what the server says besides: Reason String and Server Reference."""
    said = ""
    for identifier, value in properties:
        if identifier == _REASON_STRING:
            said += f" It says: “{shown_text(str(value))}”"
        elif identifier == _SERVER_REFERENCE:
            said += f" It names this server instead: “{shown_text(str(value))}”"
    return said
