"""The exchange without a network: local clients, retained messages, the broker's own topics."""

from __future__ import annotations

import pytest

from topicscope.demo.exchange import Exchange, LocalClient
from topicscope.demo.message import Message
from topicscope.demo.sys_topics import LoadAverage, SysTopics
from topicscope.mqtt.control_packets import ProtocolVersion
from topicscope.mqtt.packets import WillMessage


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def listen(exchange: Exchange, topic_filter: str) -> list[tuple[str, bytes]]:
    heard: list[tuple[str, bytes]] = []

    def hear(message: Message) -> None:
        heard.append((message.topic, message.payload))

    exchange.attach(f"listener-{topic_filter}", hear).subscribe(topic_filter)
    return heard


def test_that_an_answer_never_overtakes_its_question() -> None:
    exchange = Exchange()
    clients: list[LocalClient] = []

    def answer(message: Message) -> None:
        clients[0].publish("answer", message.payload)

    clients.append(exchange.attach("answerer", answer))
    clients[0].subscribe("question")
    heard = listen(exchange, "#")
    exchange.attach("asker").publish("question", b"?")
    assert heard == [("question", b"?"), ("answer", b"?")]


def test_that_a_lost_local_client_leaves_its_will_and_its_subscriptions() -> None:
    exchange = Exchange()
    heard = listen(exchange, "#")
    will = WillMessage("status", b"offline", 1, retain=True)
    client = exchange.attach("mortal", heard.append, will)
    client.subscribe("#")
    client.lose()
    assert heard == [("status", b"offline")]
    assert exchange.retained.count == 1
    assert (exchange.connected, exchange.tree.count) == (1, 1)


def test_that_a_local_client_which_closes_leaves_no_will() -> None:
    exchange = Exchange()
    heard = listen(exchange, "#")
    exchange.attach("polite", will=WillMessage("status", b"offline")).close()
    assert heard == []


def test_that_a_sys_topic_is_published_only_when_it_has_changed() -> None:
    clock = Clock()
    exchange = Exchange(clock)
    heard = listen(exchange, "$SYS/#")
    sys_topics = SysTopics(exchange)
    sys_topics.publish()
    first = dict(heard)
    assert first["$SYS/broker/version"].startswith(b"topicscope demo broker ")
    assert first["$SYS/broker/uptime"] == b"0 seconds"
    assert first["$SYS/broker/clients/connected"] == b"1"
    assert first["$SYS/broker/publish/messages/dropped"] == b"0"
    assert "$SYS/broker/retained messages/count" in first
    heard.clear()
    clock.now += 2
    sys_topics.publish()
    second = dict(heard)
    assert second["$SYS/broker/uptime"] == b"2 seconds"
    assert "$SYS/broker/version" not in second
    assert "$SYS/broker/load/messages/sent/1min" in second


def test_that_a_steady_load_is_told_per_minute() -> None:
    load = LoadAverage()
    for step in range(1, 2_000):
        load.update(step * 20, 2.0)
    assert load.averages == pytest.approx([600, 600, 600], rel=0.02)


def test_that_the_expiry_that_is_left_is_sent_on() -> None:
    message = Message("a", b"x", properties=[(2, 60), (3, "text/plain")], now=0)
    assert message.expires_at == 60
    encoded = message.encode(ProtocolVersion.MQTT_5, 20)
    assert b"\x02\x00\x00\x00\x28" in encoded
