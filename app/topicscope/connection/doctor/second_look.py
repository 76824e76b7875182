"""Looking again at a port that did not answer as it should, for what it speaks instead.

Each look is a connection of its own. No user name, password or token is ever sent in one, and a
session that a broker opens for it is empty and ended at once.
"""

from __future__ import annotations

import contextlib
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from topicscope.connection.doctor.conversation import Conversation
from topicscope.connection.doctor.overhearing import http_status
from topicscope.connection.doctor.reach import answering_ports, ports_remedy
from topicscope.connection.doctor.waiting import TooLateError
from topicscope.connection.offers import OFFERS, Offer
from topicscope.connection.outcomes import ConnectionEnded
from topicscope.connection.transports.stream import StreamClosed, StreamLost
from topicscope.connection.transports.tls import TlsStream, make_context
from topicscope.mqtt.control_packets import ControlPacketType, ProtocolVersion
from topicscope.mqtt.encode import encode_connect
from topicscope.profiles.profile import Profile
from topicscope.profiles.secrets import path_without_tokens

if TYPE_CHECKING:
    from topicscope.connection.doctor.way import Way
    from topicscope.connection.outcomes import Outcome
    from topicscope.connection.transports.stream import Stream

_LOOK_S = 2.0
_PATHS = ("/mqtt", "/", "/ws")
_NO_PATH = "No WebSocket for MQTT opens at /mqtt, / or /ws."
_SUB_PROTOCOLS = ("mqtt", "mqttv3.1")
_OLD = ProtocolVersion.MQTT_3_1_1


@dataclass(frozen=True, slots=True)
class Finding:
    """What a second look found: words for the remedy, and what may be changed by a click.

    One that `is_certain` takes the place of the general remedy; another only stands before it.
    """

    text: str = ""
    offer: Offer | None = None
    is_certain: bool = False

    def applied_to(self, outcome: Outcome) -> Outcome:
        """Return an outcome with what to do about it, now that this is known."""
        if self.is_certain:
            return replace(outcome, remedy=self.text, offer=self.offer)
        remedy = " ".join(part for part in (self.text, outcome.remedy) if part)
        return replace(outcome, remedy=remedy, offer=self.offer or outcome.offer)


def instead_of_tls(way: Way) -> Finding:
    """Look what answers where TLS did not."""
    profile = way.profile
    if profile.transport == "tcp" and _answers_connect(way, tls=False):
        text = "This port speaks MQTT without TLS: switch TLS off, or find the port that has it."
        return Finding(text, OFFERS["tls-plain-port"], is_certain=True)
    plain = msgspec.structs.replace(profile, tls=False)
    if profile.transport == "websocket" and _opens(way, plain):
        text = (
            "This port speaks WebSocket without TLS: switch TLS off, or find the port that has it."
        )
        return Finding(text, OFFERS["tls-plain-port"], is_certain=True)
    if path := _websocket_path(way, plain):
        text = f"This port speaks MQTT in a WebSocket at {path}, without TLS: "
        text += "choose WebSocket and that path, and switch TLS off."
        offer = Offer("websocket_without_tls", "Use WebSocket without TLS", path)
        return Finding(text, offer, is_certain=True)
    return _web_server(way) or other_ports(way)


def instead_of_websocket(way: Way, heard: bytes) -> Finding:
    """Look what answers where the WebSocket did not open."""
    if finding := _other_sub_protocol(way):
        return finding
    if heard.startswith(b"HTTP/"):
        return _other_path(way, heard)
    if not way.profile.tls and heard[:1] in (b"\x15", b"\x16"):
        return _tls_on()
    if _answers_connect(way, tls=way.profile.tls):
        return Finding("This port speaks MQTT without WebSocket: choose TCP.", is_certain=True)
    if not way.profile.tls and _speaks_tls(way):
        return _tls_on()
    return other_ports(way)


def instead_of_mqtt(way: Way, reason: str) -> Finding:
    """Look what answers where CONNECT was not understood; `reason` is that of the outcome."""
    profile = way.profile
    if profile.transport != "tcp":
        return Finding()
    if not profile.tls and (reason == "tls" or _speaks_tls(way)):
        return _tls_on()
    if path := _websocket_path(way, profile):
        text = f"This port speaks MQTT in a WebSocket at {path}: choose WebSocket."
        return Finding(text, Offer("websocket", "Use WebSocket", path), is_certain=True)
    return _web_server(way) or other_ports(way)


def other_ports(way: Way) -> Finding:
    """Say which ports of the usual ones answer on this host, if any do."""
    ports = _usual_ports(way)
    return Finding(ports_remedy(way.profile.host, ports)) if ports else Finding()


def any_port(way: Way) -> Finding:
    """Say which ports of the usual ones answer on this host, or that none does."""
    ports = _usual_ports(way)
    return Finding() if ports is None else Finding(ports_remedy(way.profile.host, ports))


def _usual_ports(way: Way) -> list[int] | None:
    if way.address is None or way.profile.transport == "unix" or way.profile.proxy is not None:
        return None
    return answering_ports(way.address, way.profile.port, way.patience())


def _tls_on() -> Finding:
    return Finding("This port speaks TLS: switch TLS on.", OFFERS["needs-tls"], is_certain=True)


def _speaks_tls(way: Way) -> bool:
    """Say ClientHello and look whether the answer is TLS, good or bad."""
    with contextlib.suppress(ConnectionEnded, TooLateError):
        below = way.connect()
        context = make_context(Profile(insecure=True))
        stream = TlsStream(below, context, way.verified_name, way.text)
        try:
            way.patience().at_most(_LOOK_S).shake_hands(stream)
        except (ConnectionEnded, TooLateError):
            return stream.heard_tls
        finally:
            below.close()
        return True
    return False


def _answers_connect(way: Way, *, tls: bool) -> bool:
    """Say CONNECT without any login and look whether a CONNACK comes, whatever it says."""
    stream: Stream | None = None
    try:
        stream = way.connect()
        top: Stream = way.secure(stream) if tls else stream
        conversation = Conversation(top, way.text, _OLD, is_tls=tls)
        patience = way.patience().at_most(_LOOK_S)
        identifier = f"topicscope-{secrets.token_hex(4)}"
        conversation.say(encode_connect(identifier, version=_OLD), patience)
        conversation.hear(ControlPacketType.CONNACK, patience=patience)
        conversation.leave()
    except (ConnectionEnded, TooLateError, StreamClosed, StreamLost):
        return False
    else:
        return True
    finally:
        if stream is not None:
            stream.close()


def _web_server(way: Way) -> Finding | None:
    """Name a server that has answered in HTTP when paths were tried, and opened no WebSocket."""
    overheard = way.overheard
    if overheard is None or not overheard.heard.startswith(b"HTTP/"):
        return None
    text = f"A web server is on this port. {_NO_PATH} {other_ports(way).text}".strip()
    return Finding(text, is_certain=True)


def _other_sub_protocol(way: Way) -> Finding | None:
    """Look whether the WebSocket opens at its path when it is asked for as most brokers know it."""
    profile = way.profile
    asked = {name.strip() for name in profile.sub_protocol.split(",")}
    for name in _SUB_PROTOCOLS:
        if name not in asked and _opens(way, msgspec.structs.replace(profile, sub_protocol=name)):
            text = f"With the sub-protocol “{name}” the WebSocket opens: ask for that."
            return Finding(text, is_certain=True)
    return None


def _other_path(way: Way, heard: bytes) -> Finding:
    path = _websocket_path(way, way.profile)
    if not path and http_status(heard).startswith("5"):
        # A gateway says so of a broker that is down, and knows the path.
        return other_ports(way)
    if not path:
        text = f"{_NO_PATH} Whoever runs the broker knows its path. {other_ports(way).text}".strip()
        return Finding(text, is_certain=True)
    text = f"A WebSocket for MQTT opens at {path} on this port: take that path."
    return Finding(text, Offer("websocket", f"Use the path {path}", path), is_certain=True)


def _websocket_path(way: Way, profile: Profile) -> str:
    """Return the first of the usual paths at which a WebSocket opens, or nothing."""
    own = profile.path.partition("?")[0] if profile.transport == "websocket" else None
    for path in _PATHS:
        if path == own:
            continue
        if _opens(way, msgspec.structs.replace(profile, transport="websocket", path=path)):
            return path
    return ""


def _opens(way: Way, profile: Profile) -> bool:
    """Look whether a WebSocket opens as `profile` says; no header, query or token of it is sent."""
    path = path_without_tokens(profile.path) or profile.path
    asked = msgspec.structs.replace(profile, headers=(), path=path.partition("?")[0] or "/")
    try:
        below = way.connect()
    except (ConnectionEnded, TooLateError):
        return False
    try:
        top: Stream = way.secure(below) if profile.tls else below
        way.upgrade(top, asked, _LOOK_S)
    except (ConnectionEnded, TooLateError, StreamClosed, StreamLost):
        return False
    finally:
        below.close()
    return True
