"""The ledger's column of what the broker dropped, for each dialect's topic."""

from __future__ import annotations

import pytest

from tests.helpers.packets import START_NS, publish
from topicscope.capture.log import CaptureLog
from topicscope.capture.tap import Tap
from topicscope.gui.controllers.broker.drops import BrokerDrops
from topicscope.mqtt.control_packets import Direction


@pytest.mark.parametrize(
    "topic",
    [
        b"$SYS/broker/publish/messages/dropped",
        b"$SYS/broker/messages/dropped",
        b"$SYS/VerneMQ@10.0.0.1/queue/message/drop",
        b"$SYS/brokers/emqx@10.0.0.1/metrics/delivery/dropped/queue_full",
    ],
)
def test_that_drops_are_counted_from_the_first_value_seen(topic: bytes) -> None:
    log, drops = CaptureLog(), BrokerDrops()
    tap = Tap(log.append)
    tap.open_connection("mqtt://lab", START_NS)
    assert drops.count(log) is None
    for payload, count in ((b"100", 0), (b"130", 30), (b"5", 35)):
        tap.feed(Direction.IN, publish(b"plant/line1", b"1") + publish(topic, payload), START_NS)
        log.count_topics()
        assert drops.count(log) == count
