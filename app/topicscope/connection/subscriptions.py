"""Which Topic Filters are wanted, which of them the server has granted, and what it answered."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from topicscope.connection.limits import subscription_problem
from topicscope.connection.state import SubscribeAnswered, SubscriptionRequest, UnsubscribeAnswered
from topicscope.mqtt.control_packets import ControlPacketType, ProtocolVersion
from topicscope.mqtt.reason_codes import ERROR, reason_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from topicscope.connection.paho_client import PahoClient
    from topicscope.connection.server_told import ServerTold
    from topicscope.connection.session import SessionPacket
    from topicscope.connection.state import ConnectionEvent

MOST_FILTERS = 8
"""Topic Filters in one packet: AWS IoT cuts the connection when there are more."""


class Subscriptions:
    """The filters of one Connection, through all its connections; on the connection thread."""

    def __init__(self, report: Callable[[ConnectionEvent], None]) -> None:
        self._report = report
        self._wanted: dict[str, SubscriptionRequest] = {}
        self._granted: dict[str, SubscriptionRequest] = {}
        self._subscribing: dict[int, list[SubscriptionRequest]] = {}
        self._unsubscribing: dict[int, list[str]] = {}
        self._client: PahoClient | None = None
        self._version = ProtocolVersion.MQTT_3_1_1
        self._server: ServerTold | None = None

    def subscribe(self, requests: Iterable[SubscriptionRequest]) -> None:
        """Want these filters from now on; ask for them at once when connected."""
        wanted = list(requests)
        self._wanted.update({request.topic_filter: request for request in wanted})
        self._ask(wanted)

    def unsubscribe(self, topic_filters: Iterable[str]) -> None:
        """Want these filters no more."""
        filters = list(topic_filters)
        for topic_filter in filters:
            self._wanted.pop(topic_filter, None)
            self._granted.pop(topic_filter, None)
        if self._client is None:
            for topic_filter in filters:
                self._report(UnsubscribeAnswered(topic_filter, 0, "Not connected.", refused=False))
            return
        for begin in range(0, len(filters), MOST_FILTERS):
            part = filters[begin : begin + MOST_FILTERS]
            self._unsubscribing[self._client.unsubscribe(part)] = part

    def connected(
        self,
        client: PahoClient,
        version: ProtocolVersion,
        server: ServerTold,
    ) -> None:
        """Ask for what this session does not have yet."""
        self._client = client
        self._version = version
        self._server = server
        if not server.session_present:
            self._granted.clear()
        self._ask(
            [
                request
                for request in self._wanted.values()
                if self._granted.get(request.topic_filter) != request
            ]
        )

    def lost(self) -> None:
        """Take note that the connection is gone; answers that were due will not come."""
        self._client = None
        self._server = None
        self._subscribing.clear()
        self._unsubscribing.clear()

    def forget_session(self) -> None:
        """Take note that the next session is with another broker or another Client Identifier."""
        self._granted.clear()

    def answered(self, packet: SessionPacket) -> None:
        """Take a SUBACK or UNSUBACK."""
        if packet.kind is ControlPacketType.SUBACK:
            requests = self._subscribing.pop(packet.packet_identifier, [])
            for request, code in zip(requests, packet.codes, strict=False):
                self._subscribed(request, code)
            return
        filters = self._unsubscribing.pop(packet.packet_identifier, [])
        # Before MQTT 5 UNSUBACK has no codes: it can only mean yes.
        codes = packet.codes or (0,) * len(filters)
        for topic_filter, code in zip(filters, codes, strict=False):
            text = reason_name(ControlPacketType.UNSUBACK, code, self._version)
            self._report(UnsubscribeAnswered(topic_filter, code, text, code >= ERROR))

    def _subscribed(self, request: SubscriptionRequest, code: int) -> None:
        refused = code >= ERROR
        text = reason_name(ControlPacketType.SUBACK, code, self._version)
        if refused:
            text = f"Refused: {text} (0x{code:02X})"
        else:
            if code != request.qos:
                text += f", asked for QoS {request.qos}"
            if self._wanted.get(request.topic_filter) == request:
                self._granted[request.topic_filter] = request
        self._report(SubscribeAnswered(request.topic_filter, code, text, refused))

    def _ask(self, requests: list[SubscriptionRequest]) -> None:
        if self._client is None:
            return
        requests = [request for request in requests if self._may_ask(request)]
        for part in self._packets(requests):
            self._subscribing[self._client.subscribe(self._sendable(part))] = part

    def _may_ask(self, request: SubscriptionRequest) -> bool:
        """Tell what the server has ruled out without asking it: it may end the connection over it."""
        problem = subscription_problem(self._server, request.topic_filter)
        if problem is None:
            return True
        code, text = problem
        self._report(SubscribeAnswered(request.topic_filter, code, text, refused=True))
        return False

    @property
    def _takes_identifiers(self) -> bool:
        takes = self._server is not None and self._server.subscription_identifiers_available
        return takes and self._version == ProtocolVersion.MQTT_5

    def _packets(self, requests: list[SubscriptionRequest]) -> Iterator[list[SubscriptionRequest]]:
        """Return what goes into one packet each: a Subscription Identifier holds for all filters of its packet."""
        alone = [one for one in requests if one.identifier and self._takes_identifiers]
        together = [one for one in requests if one not in alone]
        for begin in range(0, len(together), MOST_FILTERS):
            yield together[begin : begin + MOST_FILTERS]
        for request in alone:
            yield [request]

    def _sendable(self, part: list[SubscriptionRequest]) -> list[SubscriptionRequest]:
        if self._takes_identifiers:
            return part
        return [replace(request, identifier=0) for request in part]
