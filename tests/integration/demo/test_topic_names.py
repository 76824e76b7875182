"""The simulated plant over a socket: a first-time user sees names without having set anything up."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING

import pytest

from topicscope.capture.friendly_names import FriendlyNames
from topicscope.capture.level_names import LevelNames
from topicscope.capture.log import CaptureLog
from topicscope.capture.name_readers import name_rule
from topicscope.capture.tap import Tap
from topicscope.demo import BrokerThread
from topicscope.mqtt.control_packets import Direction
from topicscope.mqtt.encode import encode_connect, encode_subscribe
from topicscope.mqtt.packets import Subscription
from topicscope.profiles.topic_templates import TopicNaming

if TYPE_CHECKING:
    from collections.abc import Callable

RETAINED = {
    b"placeos/org-Fq3HxV/metadata/driver-Vn8Ps3",
    b"zigbee2mqtt/bridge/devices",
    b"homeassistant/sensor/0x00158d0003c4d5e6/temperature/config",
}


def captured(port: int, is_enough: Callable[[CaptureLog], bool]) -> CaptureLog:
    """Subscribe to everything and capture it until there is enough, ten seconds at most."""
    log = CaptureLog()
    tap = Tap(log.append)
    tap.open_connection("plant", time.time_ns())
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        for packet in (encode_connect("names"), encode_subscribe(1, [Subscription("#")])):
            connection.sendall(packet)
            tap.feed(Direction.OUT, packet, time.time_ns())
        deadline = time.monotonic() + 10
        while not is_enough(log) and time.monotonic() < deadline:
            tap.feed(Direction.IN, connection.recv(1 << 16), time.time_ns())
    return log


def sensors(log: CaptureLog) -> list[bytes]:
    """Return the topics of room sensors; their states come within seconds, and are not retained."""
    return [name for name in log.topics.names if b"/driver-Vn8Ps3/" in name]


@pytest.fixture(scope="module")
def log() -> CaptureLog:
    def has_all(log: CaptureLog) -> bool:
        return RETAINED.issubset(log.topics.names) and bool(sensors(log))

    with BrokerThread(plant=True) as broker:
        return captured(broker.port, has_all)


def test_that_the_levels_of_the_plant_have_names(log: CaptureLog) -> None:
    log.topics.grow(10)
    levels = LevelNames(log.topics, TopicNaming().all_templates())
    assert levels.update() == 0
    sensor = log.topics.names.index(sensors(log)[0])
    assert levels.value(sensor, "drv") == b"driver-Vn8Ps3"
    assert levels.value(sensor, "mod") == b"Sensor"
    names = [levels.name_of_node(node) for node in _way_down(log, sensor)]
    assert names == [
        *(None, "org", None, "bld", "lvl", "area", "sys", "drv", "mod", "idx", "state")
    ]
    found = levels.mask("mod", b"Sensor".__eq__).nonzero()[0]
    assert [log.topics.names[topic_id] for topic_id in found] == sensors(log)
    assert {"org", "drv", "component", "device"} <= set(levels.names_in_use)


def test_that_ids_of_the_plant_have_friendly_names(log: CaptureLog) -> None:
    rules = [name_rule(rule.topic, rule.kind, rule.path) for rule in TopicNaming().all_name_rules()]
    names = FriendlyNames(rules)
    assert names.update(log)
    assert not names.unread
    state = sensors(log)[0]
    assert [names.name_for_level(state.split(b"/")[at]) for at in (1, 3, 7)] == [
        *("Harbour Works", "Harbour Building", "Room Sensor")
    ]
    assert names.name_for_level(b"0x00158d0003c4d5e6") == "bedroom_climate"
    discovery = b"homeassistant/sensor/0x00158d0003c4d5e6/temperature"
    assert names.name_for_path(discovery) == "bedroom_climate Temperature"
    assert names.name_for_path(state) is None


def _way_down(log: CaptureLog, topic_id: int) -> list[int]:
    way = [log.topics.node_of_topic(topic_id)]
    while log.topics.parent(way[0]) > 0:
        way.insert(0, log.topics.parent(way[0]))
    return way
