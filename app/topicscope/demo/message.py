"""An Application Message on its way through the broker, with the bytes it was sent as."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from topicscope.mqtt.control_packets import ProtocolVersion
from topicscope.mqtt.encode import encode_publish
from topicscope.mqtt.properties import BY_KEY

if TYPE_CHECKING:
    from topicscope.mqtt.properties import PropertyList

_MESSAGE_EXPIRY = BY_KEY["message_expiry_interval"].identifier
_TOPIC_ALIAS = BY_KEY["topic_alias"].identifier
_SUBSCRIPTION_IDENTIFIER = BY_KEY["subscription_identifier"].identifier
_HOP_BY_HOP = {_MESSAGE_EXPIRY, _TOPIC_ALIAS, _SUBSCRIPTION_IDENTIFIER}
_V5 = ProtocolVersion.MQTT_5


class Message:
    """An Application Message; `expires_at` on the broker's clock, in seconds, or infinity."""

    __slots__ = (
        "_encoded",
        "expires_at",
        "payload",
        "properties",
        "publisher",
        "qos",
        "retain",
        "topic",
    )

    def __init__(
        self,
        topic: str,
        payload: bytes = b"",
        *,
        qos: int = 0,
        retain: bool = False,
        properties: PropertyList | None = None,
        publisher: str = "",
        now: float = 0.0,
    ) -> None:
        self.topic = topic
        self.payload = payload
        self.qos = qos
        self.retain = retain
        self.publisher = publisher
        self.expires_at = math.inf
        self.properties: PropertyList = []
        self._encoded: dict[tuple[bool, bool], bytes] = {}
        for identifier, value in properties or ():
            if identifier == _MESSAGE_EXPIRY and isinstance(value, int):
                self.expires_at = now + value
            elif identifier not in _HOP_BY_HOP:
                self.properties.append((identifier, value))

    def is_expired(self, now: float) -> bool:
        """Tell whether the Message Expiry Interval is over (section 3.3.2.3.3)."""
        return now >= self.expires_at

    def encode(
        self,
        version: ProtocolVersion,
        now: float,
        *,
        qos: int = 0,
        retain: bool = False,
        dup: bool = False,
        packet_identifier: int | None = None,
        identifiers: tuple[int, ...] = (),
    ) -> bytes:
        """Encode as PUBLISH for one receiver; the plain QoS 0 form is made once for all of them."""
        is_v5 = version == _V5
        properties = self._for_receiver(now, identifiers) if is_v5 else None
        shareable = not qos and not identifiers and self.expires_at == math.inf
        if shareable:
            known = self._encoded.get((is_v5, retain))
            if known is not None:
                return known
        packet = encode_publish(
            self.topic,
            self.payload,
            qos=qos,
            retain=retain,
            dup=dup,
            packet_identifier=packet_identifier,
            properties=properties,
            version=version,
        )
        if shareable:
            self._encoded[is_v5, retain] = packet
        return packet

    def _for_receiver(self, now: float, identifiers: tuple[int, ...]) -> PropertyList:
        if not identifiers and self.expires_at == math.inf:
            return self.properties
        properties = list(self.properties)
        if self.expires_at != math.inf:
            properties.append((_MESSAGE_EXPIRY, max(0, math.ceil(self.expires_at - now))))
        properties.extend((_SUBSCRIPTION_IDENTIFIER, identifier) for identifier in identifiers)
        return properties
