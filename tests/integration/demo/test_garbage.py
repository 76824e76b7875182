"""Thousands of broken packets: none of them hurts the broker or those who behave."""

from __future__ import annotations

import contextlib
import logging
import random
import socket
from typing import TYPE_CHECKING

import pytest

from tests.integration.demo.raw_client import RawClient
from topicscope.mqtt.control_packets import ProtocolVersion
from topicscope.mqtt.encode import encode_connect, encode_packet
from topicscope.mqtt.packets import (
    Disconnect,
    Pingreq,
    Pingresp,
    Publish,
    Subscribe,
    Subscription,
    Unsubscribe,
    WillMessage,
)

if TYPE_CHECKING:
    from topicscope.demo import BrokerThread

PACKETS = (
    Publish("a/b", b"x" * 20, 2, True, packet_identifier=4, properties=[(35, 1), (38, ("a", "b"))]),
    Subscribe(1, (Subscription("a/#", 2), Subscription("$share/g/+", 1)), [(11, 5)]),
    Unsubscribe(2, ("a/#",)),
    Pingreq(),
    Disconnect(4, [(17, 3)]),
)
HANDSHAKE = (
    b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"
)


def damaged(data: bytes, source: random.Random) -> bytes:
    broken = bytearray(data)
    for _ in range(source.randrange(1, 4)):
        broken[source.randrange(len(broken))] = source.randrange(256)
    return bytes(broken)


@pytest.mark.parametrize("version", ProtocolVersion)
@pytest.mark.parametrize("over_websocket", [False, True])
def test_that_broken_packets_hurt_nobody_else(
    broker: BrokerThread,
    version: ProtocolVersion,
    over_websocket: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING, "asyncio")
    source = random.Random(f"{version}{over_websocket}")
    will = WillMessage("w", b"x")
    connect = encode_connect("c", clean_start=False, will=will, version=version)
    stream = b"".join(encode_packet(packet, version) for packet in PACKETS)
    port = broker.websocket_port if over_websocket else broker.port
    with RawClient(broker.port) as bystander:
        bystander.connect("bystander")
        for number in range(300):
            head = damaged(connect, source) if number % 5 == 0 else connect
            data = head + damaged(stream, source)
            if over_websocket:
                # A mask of zeros leaves the payload as it is.
                frame = b"\x82\xfe" + len(data).to_bytes(2, "big") + bytes(4) + data
                data = HANDSHAKE + (damaged(frame, source) if number % 3 == 0 else frame)
            with (
                contextlib.suppress(ConnectionError),
                socket.create_connection(("127.0.0.1", port or 0), timeout=5) as raw,
            ):
                raw.sendall(data)
                raw.shutdown(socket.SHUT_WR)
                while raw.recv(65_536):
                    pass
        bystander.send(Pingreq())
        assert bystander.receive() == Pingresp()
    assert caplog.records == []
