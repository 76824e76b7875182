"""Packets and batches for tests, by the shortest words."""

from __future__ import annotations

from topicscope.capture.log import CaptureLog
from topicscope.capture.tap import Tap
from topicscope.mqtt.control_packets import Direction
from topicscope.mqtt.framing import write_variable_byte_integer

SECOND = 1_000_000_000
START_NS = 1_795_255_200 * SECOND
"""2026-11-21 10:00:00 UTC."""


def packet(first: int, body: bytes = b"") -> bytes:
    """Return a packet with this first byte and body."""
    return bytes([first]) + write_variable_byte_integer(len(body)) + body


def publish(
    topic: bytes,
    payload: bytes = b"",
    *,
    qos: int = 0,
    retain: bool = False,
    identifier: int = 7,
    properties: bytes | None = None,
) -> bytes:
    """Return a PUBLISH; `properties` with their length makes it one of MQTT 5."""
    body = len(topic).to_bytes(2) + topic
    if qos:
        body += identifier.to_bytes(2)
    return packet(0x30 | qos << 1 | retain, body + (properties or b"") + payload)


def connect(version: int = 4, client: bytes = b"me", tail: bytes = b"", flags: int = 2) -> bytes:
    """Return a CONNECT; `tail` follows the Client Identifier."""
    name = b"MQIsdp" if version == 3 else b"MQTT"
    properties = b"\x00" if version == 5 else b""
    head = len(name).to_bytes(2) + name + bytes([version, flags]) + b"\x00\x3c" + properties
    return packet(0x10, head + len(client).to_bytes(2) + client + tail)


def filled_log(
    *packets: bytes, memory_budget: int = 1 << 29, version: int = 4
) -> tuple[CaptureLog, Tap]:
    """Return a log that holds a CONNECT and these incoming packets, and the tap that feeds it."""
    log = CaptureLog(memory_budget)
    tap = Tap(log.append)
    tap.open_connection("", START_NS)
    tap.feed(Direction.OUT, connect(version), START_NS)
    for number, one in enumerate(packets):
        tap.feed(Direction.IN, one, START_NS + number * SECOND)
    return log, tap
