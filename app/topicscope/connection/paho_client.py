"""paho driven by hand: the only file that knows it, and all of its private names that we rest on.

paho keeps the protocol state of one session: CONNECT, Packet Identifiers, the flows of QoS 1 and 2.
It gets its bytes from a ``TeeSocket`` through ``_create_socket``, in the simple form that ``session``
gives them, and never sees a network. None of its loops, threads, timers or reconnects are used.
A contract test fails when a name of ``PRIVATE_NAMES`` disappears or paho behaves differently.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, LogLevel, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.subscribeoptions import SubscribeOptions

from topicscope.mqtt.control_packets import ProtocolVersion
from topicscope.mqtt.properties import write_properties

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from topicscope.connection.state import SubscriptionRequest
    from topicscope.connection.tee import TeeSocket
    from topicscope.mqtt.properties import PropertyList

PRIVATE_NAMES = ("_create_socket", "_out_messages", "_in_messages", "_last_mid")

_SUBSCRIPTION_IDENTIFIER = 11
_MOST_READS = 1_000_000


class PahoRefusedError(RuntimeError):
    """paho does not go on; the text is its last word on why."""


class _PackedProperties:
    """Properties as paho wants to write them, without its own rules about values."""

    def __init__(self, items: Iterable[tuple[int, Any]]) -> None:
        self._packed = write_properties(items)

    def pack(self) -> bytes:
        return self._packed


class _TeeClient(Client):
    """A paho client whose network is a TeeSocket."""

    tee: TeeSocket

    def _create_socket(self) -> Any:  # noqa: ANN401 - paho's own type is private
        return self.tee

    @property
    def session(self) -> tuple[Any, Any, int]:
        """Messages in flight, outgoing and incoming, and the last Packet Identifier."""
        return self._out_messages, self._in_messages, self._last_mid

    @session.setter
    def session(self, session: tuple[Any, Any, int]) -> None:
        self._out_messages, self._in_messages, self._last_mid = session


class PahoClient:
    """The protocol state of one dial; for the next dial there is a new one that may adopt it.

    ``connect`` is the CONNECT to send (see ``connect_packet``), in place of the one that paho would write.
    """

    def __init__(
        self,
        *,
        client_identifier: str,
        version: ProtocolVersion,
        clean_start: bool,
        connect: bytes,
    ) -> None:
        five = version == ProtocolVersion.MQTT_5
        self._version = version
        self._connect = connect
        self._last_error = ""
        self._client = _TeeClient(
            CallbackAPIVersion.VERSION2,
            client_id=client_identifier,
            clean_session=None if five else clean_start,
            protocol=MQTTProtocolVersion(int(version)),
            reconnect_on_failure=False,
        )
        self._client.suppress_exceptions = True
        self._client.on_log = self._on_log
        # The outbox counts what is in flight; paho's own limit ignores Receive Maximum.
        self._client.max_inflight_messages_set(0)
        # paho wants a host, which it never dials.
        self._client.connect_async("localhost", clean_start=clean_start if five else 3)

    def adopt(self, older: PahoClient) -> None:
        """Take over the messages that are in flight; before ``begin``."""
        self._client.session = older.session

    @property
    def session(self) -> tuple[Any, Any, int]:
        """What the next client needs to go on, of no meaning to others."""
        return self._client.session

    def begin(self, tee: TeeSocket) -> None:
        """Write CONNECT into ``tee``."""
        self._client.tee = tee
        self._check(self._client.reconnect())
        tee.discard()
        tee.send(self._connect)

    def drain(self, tee: TeeSocket) -> None:
        """Let paho act on all that lies in ``tee``; raises PahoRefusedError."""
        for _ in range(_MOST_READS):
            if not tee.has_input:
                return
            self._check(self._client.loop_read())

    def publish(
        self, topic: str, payload: bytes, qos: int, properties: PropertyList, *, retain: bool
    ) -> int:
        """Write PUBLISH and return its Packet Identifier (of no meaning with QoS 0)."""
        packed: Any = None
        if properties and self._version == ProtocolVersion.MQTT_5:
            packed = _PackedProperties(properties)
        info = self._client.publish(topic, payload, qos, retain, packed)
        while info.rc == MQTTErrorCode.MQTT_ERR_QUEUE_SIZE:
            # This Packet Identifier is still in flight; there are 65,534 others.
            info = self._client.publish(topic, payload, qos, retain, packed)
        self._check(info.rc)
        return info.mid

    def subscribe(self, requests: Sequence[SubscriptionRequest]) -> int:
        """Write SUBSCRIBE and return its Packet Identifier; a Subscription Identifier holds for all of it."""
        filters: list[Any]
        properties: Any = None
        if self._version == ProtocolVersion.MQTT_5:
            filters = [(request.topic_filter, _options(request)) for request in requests]
            if requests[0].identifier:
                properties = _PackedProperties([(_SUBSCRIPTION_IDENTIFIER, requests[0].identifier)])
        else:
            filters = [(request.topic_filter, request.qos) for request in requests]
        code, identifier = self._client.subscribe(filters, properties=properties)
        self._check(code)
        return identifier or 0

    def unsubscribe(self, topic_filters: Sequence[str]) -> int:
        """Write UNSUBSCRIBE and return its Packet Identifier."""
        code, identifier = self._client.unsubscribe(list(topic_filters))
        self._check(code)
        return identifier or 0

    def disconnect(self) -> None:
        """Write DISCONNECT."""
        self._client.disconnect()

    def forget(self, packet_identifier: int) -> None:
        """Drop one outgoing message: its PUBREC refused it, so no PUBREL may follow."""
        self._client.session[0].pop(packet_identifier, None)

    def forget_session(self) -> None:
        """Drop all messages in flight in both directions: the server knows nothing of them."""
        outgoing, incoming, _ = self._client.session
        outgoing.clear()
        incoming.clear()

    def _check(self, code: MQTTErrorCode) -> None:
        if code != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise PahoRefusedError(self._last_error or f"paho says {MQTTErrorCode(code).name}")

    def _on_log(self, client: Client, userdata: object, level: int, text: str) -> None:
        del client, userdata
        if level == LogLevel.MQTT_LOG_ERR:
            self._last_error = text


def _options(request: SubscriptionRequest) -> SubscribeOptions:
    return SubscribeOptions(
        qos=request.qos,
        noLocal=request.no_local,
        retainAsPublished=request.retain_as_published,
        retainHandling=request.retain_handling,
    )
