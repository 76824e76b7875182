"""What the broker does with messages, seen on the wire: QoS, retained, shared, properties, Will Messages."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.integration.demo.raw_client import RawClient
from topicscope.mqtt.control_packets import ControlPacketType, ProtocolVersion
from topicscope.mqtt.packets import (
    Ack,
    Disconnect,
    Pingreq,
    Pingresp,
    Publish,
    Suback,
    Subscribe,
    Subscription,
    Unsuback,
    Unsubscribe,
    WillMessage,
)

if TYPE_CHECKING:
    from topicscope.demo import BrokerThread

V3_1, V3_1_1, V5 = ProtocolVersion
PUBACK, PUBREC = ControlPacketType.PUBACK, ControlPacketType.PUBREC
PUBREL, PUBCOMP = ControlPacketType.PUBREL, ControlPacketType.PUBCOMP


def client(broker: BrokerThread, name: str, version: ProtocolVersion = V5) -> RawClient:
    raw = RawClient(broker.port, version)
    assert raw.connect(name).reason_code == 0
    return raw


@pytest.mark.parametrize("version", ProtocolVersion)
def test_that_qos_2_is_two_handshakes_and_one_message(
    broker: BrokerThread, version: ProtocolVersion
) -> None:
    with client(broker, "p", version) as publisher, client(broker, "s", version) as subscriber:
        assert subscriber.subscribe("a/+", qos=2) == (2,)
        publish = Publish("a/b", b"once", 2, packet_identifier=77)
        publisher.send(publish)
        assert publisher.expect(Ack) == Ack(PUBREC, 77)
        publisher.send(Publish("a/b", b"once", 2, dup=True, packet_identifier=77))
        assert publisher.expect(Ack) == Ack(PUBREC, 77)
        publisher.send(Ack(PUBREL, 77))
        assert publisher.expect(Ack) == Ack(PUBCOMP, 77)

        received = subscriber.expect(Publish)
        assert (received.topic, received.payload, received.qos) == ("a/b", b"once", 2)
        assert received.packet_identifier
        subscriber.send(Ack(PUBREC, received.packet_identifier))
        assert subscriber.expect(Ack) == Ack(PUBREL, received.packet_identifier)
        subscriber.send(Ack(PUBCOMP, received.packet_identifier))
        assert subscriber.messages() == []


def test_that_a_publish_that_nobody_wants_is_acknowledged_with_that_reason(
    broker: BrokerThread,
) -> None:
    with client(broker, "p") as publisher:
        publisher.send(Publish("nobody", b"", 1, packet_identifier=5))
        assert publisher.expect(Ack) == Ack(PUBACK, 5, 0x10)


def test_that_no_more_messages_are_in_flight_than_the_client_receives(
    broker: BrokerThread,
) -> None:
    with RawClient(broker.port) as subscriber, client(broker, "p", V3_1_1) as publisher:
        subscriber.connect("s", properties=[(33, 3)])
        subscriber.subscribe("#", qos=1)
        publisher.send(*[Publish("t", bytes([n]), 1, packet_identifier=n) for n in range(1, 8)])
        assert [publisher.expect(Ack).packet_identifier for _ in range(7)] == list(range(1, 8))
        first = subscriber.messages()
        assert [message.payload for message in first] == [b"\1", b"\2", b"\3"]
        subscriber.send(*[Ack(PUBACK, message.packet_identifier or 0) for message in first])
        assert [subscriber.expect(Publish).payload for _ in range(3)] == [b"\4", b"\5", b"\6"]


def test_that_a_retained_message_is_marked_for_a_new_subscriber_only(broker: BrokerThread) -> None:
    with client(broker, "p") as publisher, client(broker, "s") as subscriber:
        subscriber.subscribe("a")
        publisher.send(Publish("a", b"1", retain=True), Pingreq())
        assert publisher.receive() == Pingresp()
        assert subscriber.expect(Publish).retain is False
        with client(broker, "late") as late:
            late.subscribe("#")
            assert late.expect(Publish) == Publish("a", b"1", retain=True)


def test_that_an_empty_retained_message_clears_the_topic(broker: BrokerThread) -> None:
    with client(broker, "p") as publisher:
        publisher.send(Publish("a", b"1", retain=True), Publish("a", b"", retain=True))
        publisher.subscribe("#")
        assert publisher.messages() == []


@pytest.mark.parametrize(("handling", "first", "second"), [(0, 1, 1), (1, 1, 0), (2, 0, 0)])
def test_that_retain_handling_decides_when_retained_messages_come(
    broker: BrokerThread, handling: int, first: int, second: int
) -> None:
    with client(broker, "c") as raw:
        raw.send(Publish("a", b"1", retain=True))
        wanted = Subscription("a", retain_handling=handling)
        raw.subscribe(wanted)
        assert len(raw.messages()) == first
        raw.subscribe(wanted)
        assert len(raw.messages()) == second


def test_that_retain_as_published_keeps_the_flag(broker: BrokerThread) -> None:
    with client(broker, "s") as raw:
        raw.subscribe(Subscription("a", retain_as_published=True))
        raw.send(Publish("a", b"1", retain=True))
        assert [message.retain for message in raw.messages()] == [True]


def test_that_no_local_keeps_ones_own_messages_away(broker: BrokerThread) -> None:
    with client(broker, "s") as raw, client(broker, "other") as other:
        raw.subscribe(Subscription("a", no_local=True))
        raw.send(Publish("a", b"own"))
        other.send(Publish("a", b"foreign"), Pingreq())
        assert other.receive() == Pingresp()
        assert [message.payload for message in raw.messages()] == [b"foreign"]


def test_that_subscription_identifiers_and_user_properties_reach_the_subscriber(
    broker: BrokerThread,
) -> None:
    sent = [(3, "text/plain"), (8, "answers"), (9, b"\0\1"), (38, ("k", "v")), (38, ("k", "w"))]
    with client(broker, "c") as raw:
        raw.send(Subscribe(1, (Subscription("a/#"),), [(11, 300)]))
        raw.expect(Suback)
        raw.send(Publish("a/b", b"x", properties=[*sent, (2, 60), (35, 1)]))
        (message,) = raw.messages()
        assert message.properties == [*sent, (2, 60), (11, 300)]


def test_that_a_topic_alias_is_resolved(broker: BrokerThread) -> None:
    with client(broker, "c") as raw:
        raw.subscribe("#")
        raw.send(
            Publish("a/b", b"1", properties=[(35, 3)]), Publish("", b"2", properties=[(35, 3)])
        )
        assert [(m.topic, m.payload) for m in raw.messages()] == [("a/b", b"1"), ("a/b", b"2")]


def test_that_an_unknown_topic_alias_ends_the_connection(broker: BrokerThread) -> None:
    with client(broker, "c") as raw:
        raw.send(Publish("", b"2", properties=[(35, 3)]))
        assert raw.expect(Disconnect).reason_code == 0x94
        assert raw.receive() is None


def test_that_a_message_larger_than_the_client_takes_is_left_out(broker: BrokerThread) -> None:
    with RawClient(broker.port) as raw:
        raw.connect("c", properties=[(39, 50)])
        raw.subscribe("#", qos=1)
        raw.send(Publish("a", b"x" * 100), Publish("b", b"y"))
        assert [message.topic for message in raw.messages()] == ["b"]


def test_that_a_share_divides_the_messages(broker: BrokerThread) -> None:
    with client(broker, "p") as publisher, client(broker, "1") as one, client(broker, "2") as two:
        for raw in (one, two):
            raw.subscribe("$share/g/t/#")
        publisher.send(*[Publish(f"t/{n}", b"") for n in range(10)], Pingreq())
        publisher.receive()
        topics = [[message.topic for message in raw.messages()] for raw in (one, two)]
        assert sorted(topics[0] + topics[1]) == [f"t/{n}" for n in range(10)]
        assert len(topics[0]) == 5


def test_that_a_wildcard_does_not_reach_the_topics_of_the_server(broker: BrokerThread) -> None:
    with client(broker, "c") as raw:
        raw.subscribe("#", "+/broker/version")
        assert raw.messages() == []
        raw.subscribe("$SYS/broker/version")
        (message,) = raw.messages()
        assert message.payload.startswith(b"topicscope demo broker")
        assert message.retain


def test_that_unsubscribing_says_whether_there_was_a_subscription(broker: BrokerThread) -> None:
    with client(broker, "c") as raw:
        raw.subscribe("a")
        raw.send(Unsubscribe(3, ("a", "b", "c/#/d")))
        assert raw.expect(Unsuback).reason_codes == (0, 0x11, 0x8F)
        raw.send(Publish("a", b""))
        assert raw.messages() == []


WILL = WillMessage("status", b"gone", 1, retain=True)


def watcher(broker: BrokerThread) -> RawClient:
    raw = client(broker, "watcher")
    raw.subscribe("status")
    return raw


def test_that_a_lost_connection_leaves_its_will(broker: BrokerThread) -> None:
    with watcher(broker) as watch:
        with RawClient(broker.port) as mortal:
            mortal.connect("mortal", will=WILL)
        assert watch.expect(Publish).payload == b"gone"


@pytest.mark.parametrize(("code", "count"), [(0, 0), (4, 1)])
def test_that_a_disconnect_decides_about_the_will(
    broker: BrokerThread, code: int, count: int
) -> None:
    with watcher(broker) as watch:
        with RawClient(broker.port) as mortal:
            mortal.connect("mortal", will=WILL)
            mortal.send(Disconnect(code))
            assert mortal.receive() is None
        time.sleep(0.05)
        assert len(watch.messages()) == count


def test_that_a_will_waits_for_its_delay_and_not_beyond_the_return(broker: BrokerThread) -> None:
    late = WillMessage("status", b"gone", properties=[(24, 1)])
    with watcher(broker) as watch:
        for _ in range(2):
            with RawClient(broker.port) as mortal:
                mortal.connect("mortal", clean_start=False, will=late, properties=[(17, 60)])
        assert watch.messages() == []
        assert watch.expect(Publish).payload == b"gone"
        assert watch.messages() == []


def test_that_a_taken_over_connection_is_told_and_leaves_its_will(broker: BrokerThread) -> None:
    with watcher(broker) as watch, RawClient(broker.port) as old, RawClient(broker.port) as new:
        old.connect("same", will=WILL)
        assert new.connect("same").session_present is False
        assert old.expect(Disconnect).reason_code == 0x8E
        assert old.receive() is None
        assert watch.expect(Publish).payload == b"gone"
        new.send(Pingreq())
        assert new.receive() == Pingresp()
