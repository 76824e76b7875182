"""Which subscriptions a received message matches, as the packets of its connection tell.

SUBSCRIBE, SUBACK, UNSUBSCRIBE and UNSUBACK are in the capture, so what was subscribed to at a row is known for live
connections and for recordings alike. A server that was given Subscription Identifiers says itself which of them matched
(MQTT 5, section 3.3.2.3.8); else the Topic Filters are asked, each once about each topic.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

import numpy as np

from topicscope.mqtt.control_packets import ControlPacketType, ProtocolVersion
from topicscope.mqtt.decode import decode_packet
from topicscope.mqtt.framing import MalformedPacket
from topicscope.mqtt.packets import Connack, Suback, Subscribe, Unsuback, Unsubscribe
from topicscope.mqtt.properties import SUBSCRIPTION_IDENTIFIER
from topicscope.mqtt.topics import TopicFilter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from topicscope.capture.log import CaptureLog
    from topicscope.capture.segment import Segment

MOST_ASKED = 2000
"""Topic Filters that are asked about one topic; a cell must not cost more."""
_REFUSED = 0x80
_TELLING = np.array(
    [
        ControlPacketType.CONNACK,
        ControlPacketType.SUBSCRIBE,
        ControlPacketType.SUBACK,
        ControlPacketType.UNSUBSCRIBE,
        ControlPacketType.UNSUBACK,
    ],
    np.uint8,
)


class _Subscribed:
    """A subscription from the row of its SUBSCRIBE on, until `end` if that is known."""

    __slots__ = ("begin", "end", "identifier", "matcher")

    def __init__(self, matcher: TopicFilter, identifier: int | None, begin: int) -> None:
        self.matcher = matcher
        self.identifier = identifier
        self.begin = begin
        self.end: int | None = None

    def holds(self, row: int) -> bool:
        return self.begin <= row and (self.end is None or row < self.end)


class _Connection:
    """What one Network Connection was subscribed to, and when."""

    __slots__ = ("all", "asked", "changes", "leaving", "now")

    def __init__(self) -> None:
        self.all: list[_Subscribed] = []
        self.now: dict[str, _Subscribed] = {}
        self.changes: list[int] = []
        self.asked: dict[int, list[str]] = {}
        self.leaving: dict[int, tuple[str, ...]] = {}

    def subscribe(self, matcher: TopicFilter, identifier: int | None, row: int) -> None:
        self.forget((matcher.text,), row)
        self.now[matcher.text] = _Subscribed(matcher, identifier, row)
        self.all.append(self.now[matcher.text])
        self.changes.append(row)

    def forget(self, topic_filters: Iterable[str], row: int) -> None:
        for topic_filter in topic_filters:
            gone = self.now.pop(topic_filter, None)
            if gone is not None:
                gone.end = row
                self.changes.append(row)


class SubscriptionHistory:
    """The subscriptions of every connection of a capture, row by row; looks at each packet once."""

    def __init__(self, log: CaptureLog) -> None:
        self._log = log
        self._looked = log.first_row
        self._connections: dict[int, _Connection] = {}
        self._matching: dict[tuple[int, int, int], tuple[str, ...]] = {}
        self._held_key = (0, 0)
        self._held_then: list[_Subscribed] = []

    def matching(
        self, row: int, connection: int, topic_id: int, identifiers: Iterable[int] = ()
    ) -> tuple[str, ...]:
        """Return the Topic Filters that matched a message received at a row.

        `identifiers` are the Subscription Identifiers that it bears; one that nobody is known to have given stands
        for itself: ``identifier 7``.
        """
        self._catch_up()
        known = self._connections.get(connection)
        change = bisect_right(known.changes, row) if known else 0
        if known is None or not change:
            return tuple(f"identifier {one}" for one in identifiers)
        topic = self._log.topics.names[topic_id]
        held = self._held(known, connection, change, row)
        if identifiers:
            return tuple(text for one in identifiers for text in _named(one, held, topic))
        key = (connection, change, topic_id)
        found = self._matching.get(key)
        if found is None:
            texts = [one.matcher.text for one in held[:MOST_ASKED] if _fits(one, topic)]
            if len(held) > MOST_ASKED:
                texts.append("…")
            found = self._matching[key] = tuple(texts)
        return found

    # Private

    def _held(
        self, known: _Connection, connection: int, change: int, row: int
    ) -> list[_Subscribed]:
        """Return what a connection was subscribed to at a row, behind so many changes."""
        key = (connection, change)
        if self._held_key != key:
            self._held_key = key
            self._held_then = [one for one in known.all if one.holds(row)]
        return self._held_then

    def _catch_up(self) -> None:
        end = self._log.end_row
        if self._looked >= end:
            return
        new: list[Segment] = []
        for segment in reversed(self._log.segments):
            if segment.end_row <= self._looked:
                break
            new.append(segment)
        for segment in reversed(new):
            self._look_at(segment, max(0, self._looked - segment.first_row))
        self._looked = end

    def _look_at(self, segment: Segment, begin: int) -> None:
        others = segment.others[np.searchsorted(segment.others, begin) :]
        types = segment.first_byte[others] >> 4
        for local in others[np.isin(types, _TELLING)].tolist():
            number = segment.connection_of(local)
            version = self._log.versions.get(number, ProtocolVersion.MQTT_3_1_1)
            try:
                packet = decode_packet(segment.packet(local), version)
            except MalformedPacket:
                continue
            self._take(number, segment.first_row + local, packet)

    def _take(self, number: int, row: int, packet: object) -> None:
        known = self._connections.setdefault(number, _Connection())
        if isinstance(packet, Connack):
            before = self._connections.get(number - 1)
            if packet.session_present and before is not None:
                for one in before.now.values():
                    known.subscribe(one.matcher, one.identifier, row)
        elif isinstance(packet, Subscribe):
            known.asked[packet.packet_identifier] = _ask(known, packet, row)
        elif isinstance(packet, Suback):
            asked = known.asked.pop(packet.packet_identifier, [])
            answers = zip(asked, packet.reason_codes, strict=False)
            known.forget([text for text, code in answers if code >= _REFUSED], row)
        elif isinstance(packet, Unsubscribe):
            known.leaving[packet.packet_identifier] = packet.topic_filters
        elif isinstance(packet, Unsuback):
            known.forget(known.leaving.pop(packet.packet_identifier, ()), row)


def _ask(known: _Connection, packet: Subscribe, row: int) -> list[str]:
    identifier = next(
        (value for key, value in packet.properties if key == SUBSCRIPTION_IDENTIFIER), None
    )
    for one in packet.subscriptions:
        matcher = _matcher(one.topic_filter)
        if matcher is not None:
            number = identifier if isinstance(identifier, int) else None
            known.subscribe(matcher, number, row)
    return [one.topic_filter for one in packet.subscriptions]


def _matcher(text: str) -> TopicFilter | None:
    try:
        return TopicFilter(text)
    except ValueError:
        return None


def _named(identifier: int, held: list[_Subscribed], topic: bytes) -> list[str]:
    texts = [one.matcher.text for one in held if one.identifier == identifier and _fits(one, topic)]
    return texts or [f"identifier {identifier}"]


def _fits(one: _Subscribed, topic: bytes) -> bool:
    return one.matcher.matches(topic)
