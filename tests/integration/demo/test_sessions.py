"""CONNECT to the end: Sessions that last, credentials, keep alive, and everything broken on the way in."""

from __future__ import annotations

import socket
import time

import pytest

from tests.integration.demo.raw_client import RawClient
from topicscope.demo import Broker, BrokerThread, Limits
from topicscope.mqtt.control_packets import ControlPacketType, ProtocolVersion
from topicscope.mqtt.encode import encode_connect, encode_pingreq, encode_publish
from topicscope.mqtt.packets import (
    Ack,
    Connack,
    Disconnect,
    Pingreq,
    Pingresp,
    Publish,
    Subscription,
)

V3_1, V3_1_1, V5 = ProtocolVersion


@pytest.mark.parametrize("version", [V3_1_1, V5])
def test_that_a_session_keeps_subscriptions_and_messages(
    broker: BrokerThread, version: ProtocolVersion
) -> None:
    keep = [(17, 60)] if version == V5 else None
    with RawClient(broker.port, version) as raw:
        assert not raw.connect("kept", clean_start=False, properties=keep).session_present
        raw.subscribe("a/#", qos=1)
        raw.send(Disconnect())
        assert raw.receive() is None
    with RawClient(broker.port) as publisher:
        publisher.connect("p")
        publisher.send(Publish("a/1", b"", 1, packet_identifier=1), Publish("a/2", b""), Pingreq())
        assert publisher.expect(Ack).reason_code == 0
        publisher.expect(Pingresp)
    with RawClient(broker.port, version) as raw:
        assert raw.connect("kept", clean_start=False, properties=keep).session_present
        message = raw.expect(Publish)
        assert (message.topic, message.dup) == ("a/1", False)
    with RawClient(broker.port, version) as raw:
        assert raw.connect("kept", clean_start=False, properties=keep).session_present
        again = raw.expect(Publish)
        assert (again.topic, again.dup) == ("a/1", True)
        assert again.packet_identifier == message.packet_identifier
        raw.send(Ack(ControlPacketType.PUBACK, again.packet_identifier or 0))
        assert raw.messages() == []
    with RawClient(broker.port, version) as raw:
        assert not raw.connect("kept", clean_start=True).session_present


def test_that_a_session_expires(broker: BrokerThread) -> None:
    with RawClient(broker.port) as raw:
        raw.connect("short", clean_start=False, properties=[(17, 1)])
    time.sleep(1.2)
    with RawClient(broker.port) as raw:
        assert not raw.connect("short", clean_start=False).session_present


def test_that_the_server_chooses_a_client_identifier(broker: BrokerThread) -> None:
    with RawClient(broker.port) as raw:
        properties = dict(raw.connect("").properties)
        assert str(properties[18]).startswith("auto-")
        assert {33, 34, 39} <= set(properties)
    with RawClient(broker.port, V3_1_1) as raw:
        assert raw.connect("", clean_start=False) == Connack(reason_code=2)
        assert raw.receive() is None
    with RawClient(broker.port, V3_1) as raw:
        assert raw.connect("").reason_code == 2


@pytest.mark.parametrize(
    ("version", "user", "password", "code"),
    [
        (V3_1_1, "ann", b"secret", 0),
        (V3_1_1, "ann", b"wrong", 4),
        (V3_1_1, None, None, 5),
        (V5, "ann", b"secret", 0),
        (V5, "ann", None, 0x86),
        (V5, "bob", b"secret", 0x86),
        (V5, None, None, 0x87),
    ],
)
def test_that_credentials_are_checked_when_there_are_users(
    version: ProtocolVersion, user: str | None, password: bytes | None, code: int
) -> None:
    with (
        BrokerThread(Broker(users={"ann": "secret"})) as broker,
        RawClient(broker.port, version) as raw,
    ):
        raw.socket.sendall(encode_connect("c", username=user, password=password, version=version))
        assert raw.expect(Connack).reason_code == code
        if code:
            assert raw.receive() is None


@pytest.mark.parametrize(("version", "code"), [(V3_1_1, 0x80), (V5, 0x87)])
def test_that_subscriptions_can_be_refused(version: ProtocolVersion, code: int) -> None:
    broker = Broker(refuse_subscriptions="secret/#".__eq__, refuse_publishes="secret".__eq__)
    with BrokerThread(broker) as thread, RawClient(thread.port, version) as raw:
        raw.connect("c")
        assert raw.subscribe("secret/#", "open/#") == (code, 0)
        raw.send(Publish("secret", b"", 1, packet_identifier=9))
        assert raw.expect(Ack).reason_code == (0x87 if version == V5 else 0)


def test_that_an_invalid_topic_filter_is_refused(broker: BrokerThread) -> None:
    with RawClient(broker.port) as raw:
        raw.connect("c")
        assert raw.subscribe("a/#/b", "a+", "$share/x") == (0x8F, 0x8F, 0x8F)
        raw.send(Pingreq())
        assert raw.receive() == Pingresp()


def test_that_a_silent_client_is_cut_off_after_one_and_a_half_keep_alives(
    broker: BrokerThread,
) -> None:
    with RawClient(broker.port) as raw:
        raw.connect("c", keep_alive=1)
        begin = time.monotonic()
        assert raw.expect(Disconnect).reason_code == 0x8D
        assert 1.3 < time.monotonic() - begin < 2.5


CONNECT = encode_connect("c", version=V5)
CONNECT_3 = encode_connect("c")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (CONNECT + b"\x36\x05\0\x01a\0\x01", 0x81),
        (CONNECT + b"\x30\xff\xff\xff\xff", 0x81),
        (CONNECT + b"\x30\x03\0\x02\xff", 0x81),
        (CONNECT + b"\x80\x07\0\x01\0\0\x01a\0", 0x81),
        (CONNECT + b"\x00\x00", 0x81),
        (CONNECT + CONNECT, 0x82),
        (CONNECT + b"\x20\x03\0\0\0", 0x82),
        (CONNECT + b"\xf0\x00", 0x82),
        (CONNECT + b"\x82\x03\0\x01\0", 0x82),
        (CONNECT + b"\x30\x09\0\x01a\x05\x11\0\0\0\0", 0x82),
        (CONNECT + b"\x30\x06\0\x01a\x02\x0b\x01", 0x82),
        (CONNECT + b"\x82\x12\0\x01\0\0\x0c$share/g/abc\x04", 0x82),
        (CONNECT + b"\x30\x05\0\x02a#\0", 0x90),
    ],
)
def test_that_a_broken_packet_ends_its_connection_with_the_reason_and_no_other(
    broker: BrokerThread, data: bytes, code: int
) -> None:
    with RawClient(broker.port) as bystander, RawClient(broker.port) as raw:
        bystander.connect("bystander")
        raw.socket.sendall(data)
        assert raw.expect(Connack).reason_code == 0
        assert raw.expect(Disconnect).reason_code == code
        assert raw.receive() is None
        bystander.send(Pingreq())
        assert bystander.receive() == Pingresp()


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", b""),
        (b"\x16\x03\x01\x02\x00\x01\x00", b""),
        (encode_publish("a", b"x"), b""),
        (CONNECT_3.replace(b"MQTT\x04", b"MQTT\x09"), b"\x20\x02\x00\x01"),
        (CONNECT_3.replace(b"MQTT\x04", b"HTTP\x04"), b""),
        (CONNECT_3 + b"\x36\x05\0\x01a\0\x01", b"\x20\x02\x00\x00"),
        (b"\x10\x11\0\x04MQTT\x05\x02\0\0\x04\x21\0\x05\0\0\0", b"\x20"),
    ],
)
def test_that_what_is_not_a_connect_gets_no_more_than_it_can_read(
    broker: BrokerThread, data: bytes, answer: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", broker.port), timeout=5) as raw:
        raw.sendall(data)
        received = b""
        while chunk := raw.recv(4096):
            received += chunk
        assert received == answer if answer != b"\x20" else received[:1] == answer


def test_that_a_packet_beyond_the_limit_is_refused_before_it_is_read() -> None:
    with (
        BrokerThread(Broker(limits=Limits(packet_size=1_000))) as broker,
        RawClient(broker.port) as raw,
    ):
        assert dict(raw.connect("c").properties)[39] == 1_000
        raw.socket.sendall(b"\x30\xe8\x07")
        assert raw.expect(Disconnect).reason_code == 0x95


def test_that_a_connection_without_connect_is_closed() -> None:
    with (
        BrokerThread(Broker(limits=Limits(connect_timeout=0.2))) as broker,
        RawClient(broker.port) as raw,
    ):
        raw.socket.sendall(CONNECT[:5])
        assert raw.receive() is None


def test_that_a_packet_may_come_byte_by_byte(broker: BrokerThread) -> None:
    with RawClient(broker.port) as raw:
        for byte in CONNECT + encode_pingreq():
            raw.socket.sendall(bytes([byte]))
        raw.expect(Connack)
        assert raw.receive() == Pingresp()


def test_that_a_large_message_arrives_whole(broker: BrokerThread) -> None:
    with RawClient(broker.port) as raw:
        raw.connect("c")
        raw.subscribe("#")
        payload = bytes(range(256)) * 40_000
        raw.send(Publish("large", payload))
        assert raw.expect(Publish).payload == payload


def test_that_a_slow_reader_loses_messages_and_they_are_counted() -> None:
    limits = Limits(queued_bytes=100_000)
    with (
        BrokerThread(Broker(limits=limits)) as broker,
        RawClient(broker.port, V3_1_1) as slow,
        RawClient(broker.port, V3_1_1) as publisher,
    ):
        slow.connect("slow")
        slow.subscribe(Subscription("#"))
        publisher.connect("p")
        for _ in range(40):
            publisher.send(*[Publish("a", b"x" * 10_000)] * 50)
        publisher.send(Pingreq())
        assert publisher.receive() == Pingresp()
        dropped = broker.broker.exchange.counters.publish_dropped
        assert dropped > 0
        assert len(slow.messages()) == 2_000 - dropped


def test_that_a_port_in_use_is_said_clearly(broker: BrokerThread) -> None:
    with pytest.raises(OSError, match=r"cannot listen on 127\.0\.0\.1:.*another program"):
        BrokerThread(port=broker.port).start()
    with pytest.raises(OSError, match="another program"):
        BrokerThread(websocket_port=broker.port).start()


def test_that_stopping_says_goodbye_and_frees_the_port() -> None:
    thread = BrokerThread()
    thread.start()
    with RawClient(thread.port) as raw:
        raw.connect("c")
        thread.stop()
        assert raw.expect(Disconnect).reason_code == 0x8B
        assert raw.receive() is None
    thread.stop()
    with BrokerThread(port=thread.port) as again:
        assert again.port == thread.port


def test_that_stopping_does_not_wait_for_a_client_that_never_reads() -> None:
    thread = BrokerThread()
    thread.start()
    with RawClient(thread.port, V3_1_1) as slow:
        slow.connect("slow")
        slow.subscribe("#")
        for _ in range(20):
            slow.send(*[Publish("a", b"x" * 10_000)] * 50)
        begin = time.monotonic()
        thread.stop()
        assert time.monotonic() - begin < 4
