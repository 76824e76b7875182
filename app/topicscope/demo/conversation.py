"""What the packets of one client mean: CONNECT to DISCONNECT, for MQTT 3.1, 3.1.1 and 5.0 (section 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from topicscope.demo.message import Message
from topicscope.demo.session import Link
from topicscope.mqtt.control_packets import ControlPacketType, ProtocolVersion
from topicscope.mqtt.decode import ProtocolError, UnsupportedProtocolVersion
from topicscope.mqtt.encode import (
    encode_ack,
    encode_connack,
    encode_pingresp,
    encode_suback,
    encode_unsuback,
)
from topicscope.mqtt.packets import (
    Ack,
    Connect,
    ControlPacket,
    Disconnect,
    Pingreq,
    Publish,
    Subscribe,
    Subscription,
    Unsubscribe,
)
from topicscope.mqtt.properties import BY_KEY
from topicscope.mqtt.topics import topic_filter_problem

if TYPE_CHECKING:
    from topicscope.demo.house import House
    from topicscope.demo.session import Session
    from topicscope.mqtt.framing import MalformedPacket
    from topicscope.mqtt.properties import PropertyList, PropertyValue

_V5 = ProtocolVersion.MQTT_5
_PUBACK = ControlPacketType.PUBACK
_PUBREC = ControlPacketType.PUBREC
_PUBREL = ControlPacketType.PUBREL
_PUBCOMP = ControlPacketType.PUBCOMP

_MALFORMED = 0x81
_NO_SUBSCRIBERS = 0x10
_NO_SUBSCRIPTION = 0x11
_WITH_WILL = 0x04
_NOT_AUTHORIZED = 0x87
_FILTER_INVALID = 0x8F
_TOPIC_INVALID = 0x90
_NOT_FOUND = 0x92
_RECEIVE_MAXIMUM_EXCEEDED = 0x93
_ALIAS_INVALID = 0x94
_V3_FAILURE = 0x80
_V3_RETURN_CODES = {0x84: 1, 0x85: 2, 0x88: 3, 0x86: 4, 0x87: 5}

_SESSION_EXPIRY = BY_KEY["session_expiry_interval"].identifier
_RECEIVE_MAXIMUM = BY_KEY["receive_maximum"].identifier
_MAXIMUM_PACKET_SIZE = BY_KEY["maximum_packet_size"].identifier
_TOPIC_ALIAS_MAXIMUM = BY_KEY["topic_alias_maximum"].identifier
_TOPIC_ALIAS = BY_KEY["topic_alias"].identifier
_SUBSCRIPTION_IDENTIFIER = BY_KEY["subscription_identifier"].identifier
_ASSIGNED = BY_KEY["assigned_client_identifier"].identifier
_REASON_STRING = BY_KEY["reason_string"].identifier


class Connection(Link, Protocol):
    """The Network Connection of a Conversation."""

    def keep_alive(self, seconds: float) -> None:
        """Expect a packet every 1.5 x `seconds`, or never again with 0."""
        ...


class Conversation:
    """Acts on the packets of one client, on behalf of its Session once there is one."""

    def __init__(self, house: House, link: Connection) -> None:
        self._house = house
        self._exchange = house.exchange
        self._link = link
        self._session: Session | None = None
        self._aliases: dict[int, str] = {}

    @property
    def is_open(self) -> bool:
        """Whether CONNECT was accepted."""
        return self._session is not None

    def receive(self, packet: ControlPacket) -> None:
        """Act on a packet; raises `ProtocolError` for one that may not come now."""
        session = self._session
        if session is None:
            self._open(packet)
            return
        match packet:
            case Publish():
                self._on_publish(session, packet)
            case Ack():
                self._on_ack(session, packet)
            case Subscribe():
                self._on_subscribe(session, packet)
            case Unsubscribe():
                self._on_unsubscribe(session, packet)
            case Pingreq():
                self._link.send(encode_pingresp())
            case Disconnect():
                self._on_disconnect(session, packet)
            case Connect():
                raise ProtocolError("a second CONNECT")
            case _:
                raise ProtocolError("this packet is not a client's to send")

    def refuse(self, error: MalformedPacket, head: bytes) -> None:
        """Answer what cannot be read, as far as the version has an answer, and end the connection."""
        code = error.reason_code if isinstance(error, ProtocolError) else _MALFORMED
        if self.is_open:
            self._link.close(code, str(error))
            return
        if isinstance(error, UnsupportedProtocolVersion):
            self._link.send(encode_connack(_V3_RETURN_CODES[code]))
        elif b"\0\x04MQTT\x05" in head:
            self._link.version = _V5
            self._reject(code, str(error))
        self._link.close()

    def end(self) -> None:
        """Let go of the Session: the Network Connection is gone."""
        if self._session is not None:
            self._house.registry.leave(self._session, self._link)

    # --- CONNECT ---

    def _open(self, packet: ControlPacket) -> None:
        if not isinstance(packet, Connect):
            raise ProtocolError("the first packet is not CONNECT")
        link = self._link
        link.version = packet.version
        code = self._house.admission.connect_problem(packet)
        if code:
            self._reject(code)
            link.close()
            return
        for identifier, value in packet.properties:
            if identifier == _RECEIVE_MAXIMUM and isinstance(value, int):
                link.receive_maximum = value
            elif identifier == _MAXIMUM_PACKET_SIZE and isinstance(value, int):
                link.maximum_packet_size = value
        session, is_present = self._house.registry.enter(packet, link)
        self._session = session
        properties = self._offers(session, packet) if packet.version == _V5 else None
        link.send(
            encode_connack(session_present=is_present, properties=properties, version=link.version)
        )
        link.keep_alive(packet.keep_alive)
        session.resume()

    def _offers(self, session: Session, connect: Connect) -> PropertyList:
        limits = self._exchange.limits
        offers: PropertyList = [
            (_RECEIVE_MAXIMUM, limits.receive_maximum),
            (_MAXIMUM_PACKET_SIZE, limits.packet_size),
            (_TOPIC_ALIAS_MAXIMUM, limits.topic_aliases),
        ]
        if not connect.client_identifier:
            offers.append((_ASSIGNED, session.client_identifier))
        return offers

    def _reject(self, code: int, reason: str = "") -> None:
        version = self._link.version
        if version == _V5:
            properties: PropertyList = [(_REASON_STRING, reason)] if reason else []
            self._link.send(encode_connack(code, properties=properties, version=version))
        elif code in _V3_RETURN_CODES:
            self._link.send(encode_connack(_V3_RETURN_CODES[code], version=version))

    # --- PUBLISH and its acknowledgements ---

    def _on_publish(self, session: Session, packet: Publish) -> None:
        counters = self._exchange.counters
        counters.publish_received += 1
        counters.publish_bytes_received += len(packet.payload)
        topic = self._resolve(packet)
        if topic is None:
            return
        identifier = packet.packet_identifier
        if identifier is None:
            self._route(session, packet, topic)
        elif packet.qos == 1:
            self._acknowledge(_PUBACK, identifier, self._route(session, packet, topic))
        else:
            self._on_exactly_once(session, packet, topic, identifier)

    def _on_exactly_once(
        self, session: Session, packet: Publish, topic: str, identifier: int
    ) -> None:
        if identifier in session.incoming:
            self._acknowledge(_PUBREC, identifier)
            return
        if len(session.incoming) >= self._exchange.limits.receive_maximum:
            self._link.close(_RECEIVE_MAXIMUM_EXCEEDED)
            return
        code = self._route(session, packet, topic)
        if code < _V3_FAILURE or self._link.version != _V5:
            session.incoming.add(identifier)
        self._acknowledge(_PUBREC, identifier, code)

    def _resolve(self, packet: Publish) -> str | None:
        """Give the Topic Name behind a Topic Alias, or None when the connection had to be closed."""
        topic = packet.topic
        if packet.properties:
            if _find(packet.properties, _SUBSCRIPTION_IDENTIFIER) is not None:
                raise ProtocolError("a Subscription Identifier in a client's PUBLISH")
            alias = _find(packet.properties, _TOPIC_ALIAS)
            if isinstance(alias, int):
                topic = topic or self._aliases.get(alias, "")
                if alias > self._exchange.limits.topic_aliases or not topic:
                    self._link.close(_ALIAS_INVALID)
                    return None
                self._aliases[alias] = topic
        if "+" in topic or "#" in topic:
            self._link.close(_TOPIC_INVALID, "a Topic Name with a wildcard")
            return None
        return topic

    def _route(self, session: Session, packet: Publish, topic: str) -> int:
        """Publish and return the Reason Code of the acknowledgement."""
        if topic.startswith("$SYS/") or self._house.admission.refuses_publish(topic):
            return _NOT_AUTHORIZED
        message = Message(
            topic,
            packet.payload,
            qos=packet.qos,
            retain=packet.retain,
            properties=packet.properties,
            publisher=session.client_identifier,
            now=self._exchange.clock() if packet.properties else 0.0,
        )
        return 0 if self._exchange.publish(message) else _NO_SUBSCRIBERS

    def _acknowledge(self, kind: ControlPacketType, identifier: int, code: int = 0) -> None:
        self._link.send(encode_ack(kind, identifier, code, version=self._link.version))

    def _on_ack(self, session: Session, ack: Ack) -> None:
        if ack.packet_type != _PUBREL:
            session.acknowledge(ack)
            return
        identifier = ack.packet_identifier
        code = 0 if identifier in session.incoming else _NOT_FOUND
        session.incoming.discard(identifier)
        self._acknowledge(_PUBCOMP, identifier, code)

    # --- SUBSCRIBE and UNSUBSCRIBE ---

    def _on_subscribe(self, session: Session, packet: Subscribe) -> None:
        value = _find(packet.properties, _SUBSCRIPTION_IDENTIFIER)
        identifier = value if isinstance(value, int) else 0
        codes: list[int] = []
        granted: list[Subscription] = []
        for subscription in packet.subscriptions:
            code = self._house.admission.subscription_problem(subscription)
            if code is None:
                code = subscription.qos
                is_new = self._exchange.subscribe(session, subscription, identifier)
                if subscription.retain_handling < int(is_new) + 1:
                    granted.append(subscription)
            elif self._link.version != _V5:
                code = _V3_FAILURE
            codes.append(code)
        self._link.send(encode_suback(packet.packet_identifier, codes, version=self._link.version))
        for subscription in granted:
            self._exchange.send_retained(session, subscription, identifier)

    def _on_unsubscribe(self, session: Session, packet: Unsubscribe) -> None:
        codes = [self._unsubscribe(session, topic_filter) for topic_filter in packet.topic_filters]
        self._link.send(
            encode_unsuback(packet.packet_identifier, codes, version=self._link.version)
        )

    def _unsubscribe(self, session: Session, topic_filter: str) -> int:
        if topic_filter_problem(topic_filter):
            return _FILTER_INVALID
        return 0 if self._exchange.unsubscribe(session, topic_filter) else _NO_SUBSCRIPTION

    # --- DISCONNECT ---

    def _on_disconnect(self, session: Session, packet: Disconnect) -> None:
        expiry = _find(packet.properties, _SESSION_EXPIRY)
        if isinstance(expiry, int):
            if expiry and not session.expiry:
                raise ProtocolError("DISCONNECT prolongs a Session that ends with its connection")
            session.expiry = expiry
        if packet.reason_code != _WITH_WILL:
            session.will = None
        self._link.close()


def _find(properties: PropertyList, wanted: int) -> PropertyValue | None:
    return next((value for identifier, value in properties if identifier == wanted), None)
