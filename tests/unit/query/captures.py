"""Small captures for tests of single fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from topicscope.capture.log import CaptureLog
from topicscope.capture.tap import Tap
from topicscope.mqtt.control_packets import Direction, ProtocolVersion
from topicscope.mqtt.encode import encode_connect, encode_publish
from topicscope.query import FilterContext, compile_filter

if TYPE_CHECKING:
    from topicscope.mqtt.properties import PropertyList

SECOND = 1_000_000_000
START_NS = 1_795_255_200 * SECOND
"""2026-11-21 10:00:00 UTC."""


class Capture:
    """A log that is told message by message, one a second."""

    def __init__(self, version: ProtocolVersion = ProtocolVersion.MQTT_5) -> None:
        self.log = CaptureLog()
        self.tap = Tap(self.log.append)
        self.version = version
        self.now = START_NS
        self.tap.open_connection("", self.now)
        self.feed(encode_connect("me", version=version), Direction.OUT)
        self.now = START_NS
        self.context = FilterContext(self.log, now=lambda: self.now)

    def feed(self, packet: bytes, direction: Direction = Direction.IN) -> None:
        """Let a packet cross, then a second pass."""
        self.tap.feed(direction, packet, self.now)
        self.now += SECOND

    def message(
        self,
        topic: str = "t",
        payload: bytes = b"",
        *,
        qos: int = 0,
        retain: bool = False,
        properties: PropertyList | None = None,
        direction: Direction = Direction.IN,
    ) -> None:
        """Let a message cross."""
        packet = encode_publish(
            topic,
            payload,
            qos=qos,
            retain=retain,
            packet_identifier=7 if qos else None,
            properties=properties,
            version=self.version,
        )
        self.feed(packet, direction)

    def seen(self, text: str, context: FilterContext | None = None) -> list[int]:
        """Return the rows that a filter sees; row 0 is the CONNECT, the first message has row 1."""
        wanted = compile_filter(text, context or self.context)
        rows: list[int] = []
        for segment in self.log.segments:
            mask = wanted.predicate(segment, 0, segment.count)
            found = np.arange(segment.count) if mask is None else np.flatnonzero(mask)
            rows += (found + segment.first_row).tolist()
        return rows


def payloads(*all_of_them: bytes) -> Capture:
    """Return a capture with a message for each payload."""
    capture = Capture()
    for payload in all_of_them:
        capture.message("t", payload)
    return capture
