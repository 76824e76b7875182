"""The models of the Broker pane while their readers grow, and what reads the capture for them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester

from tests.helpers.fake_bridge import FakeBridge
from tests.helpers.packets import publish
from tests.helpers.status_trees import reader_of, tree
from topicscope.broker_status import StatusReader
from topicscope.broker_status.events import LENGTH, Event
from topicscope.broker_status.tiles import suggested_tile
from topicscope.gui.models.broker import feed as feeding
from topicscope.gui.models.broker.events import StatusEventsModel
from topicscope.gui.models.broker.feed import StatusFeed
from topicscope.gui.models.broker.tree import TOPICS_AT_ONCE, StatusTreeModel
from topicscope.mqtt.control_packets import Direction
from topicscope.payload.text import escape

ROOT = QModelIndex()
FATAL = QAbstractItemModelTester.FailureReportingMode.Fatal


def texts(model: StatusTreeModel, parent: QModelIndex = ROOT, depth: int = 0) -> list[str]:
    found = []
    for row in range(model.rowCount(parent)):
        cells = [model.index(row, column, parent).data() for column in range(model.columnCount())]
        found.append("  " * depth + " ".join(filter(None, cells)))
        found += texts(model, model.index(row, 0, parent), depth + 1)
    return found


def test_that_the_tree_grows_in_order_while_it_is_watched() -> None:
    reader = StatusReader()
    model = StatusTreeModel(reader)
    tester = QAbstractItemModelTester(model, FATAL)
    for told in tree("mosquitto"):
        reader.update(told.topic, told.payload, told.time_ns, retained=told.retained)
        model.grow()
        model.renew()
    lines = texts(model)
    assert lines[0] == "broker"
    index = model.index_of(b"$SYS/broker/uptime")
    assert model.topic(index) == b"$SYS/broker/uptime"
    assert model.topic(model.index_of(b"$SYS/broker")) is None
    assert not model.index_of(b"$SYS/nobody").isValid()
    model.set_reader(reader_of("aedes"))
    model.grow()
    assert model.rowCount() == 1
    del tester


def test_that_very_many_topics_come_some_at_a_time() -> None:
    reader = StatusReader()
    for number in range(2 * TOPICS_AT_ONCE + 1):
        reader.update(b"$SYS/x/%d" % number, b"1", number)
    model = StatusTreeModel(reader)
    assert model.grow()
    assert model.rowCount(model.index(0, 0)) == TOPICS_AT_ONCE
    assert model.grow()
    assert not model.grow()
    assert model.rowCount(model.index(0, 0)) == 2 * TOPICS_AT_ONCE + 1


@given(st.lists(st.tuples(st.binary(max_size=12), st.binary(max_size=8)), max_size=12))
def test_that_any_topic_and_payload_can_be_shown(told: list[tuple[bytes, bytes]]) -> None:
    reader = StatusReader()
    model = StatusTreeModel(reader)
    tester = QAbstractItemModelTester(model, FATAL)
    for number, (topic, payload) in enumerate(told):
        reader.update(b"$SYS/" + topic, payload, number)
        model.grow()
    for line in texts(model):
        assert escape(line) == line
    for topic in reader.tree.entries:
        index = model.index_of(topic)
        assert model.topic(index) == topic
        assert isinstance(index.data(Qt.ItemDataRole.ToolTipRole), str)
    del tester


def test_that_events_come_first_and_old_ones_go() -> None:
    reader = StatusReader()
    model = StatusEventsModel(reader)
    tester = QAbstractItemModelTester(model, FATAL)
    for count in (1, 3, LENGTH - 2, 5, 2 * LENGTH):
        for _ in range(count):
            number = reader.events.count
            reader.events.add(Event(number, "status", f"number {number}", "", b"$SYS/a", False))
        model.grow()
        newest = reader.events.count - 1
        assert model.index(0, 2).data() == f"number {newest}"
        assert model.rowCount() == min(LENGTH, newest + 1)
    model.set_reader(StatusReader())
    assert model.rowCount() == 0
    del tester


# Reading the capture


def read_all(feed: StatusFeed) -> None:
    while feed.read(0.01)[1]:
        pass


def fill(bridge: FakeBridge, begin: int, end: int) -> None:
    for number in range(begin, end):
        packets = [publish(b"$SYS/broker/uptime", b"%d seconds" % (10 * number))]
        packets += [publish(b"other/%d" % n, b"x" * 50) for n in range(20)]
        packets.append(publish(b"$SYS/broker/publish/messages/received", b"%d" % (100 * number)))
        bridge.feed(packets, seconds=10)


def test_that_every_message_is_read_once_and_in_order() -> None:
    bridge = FakeBridge()
    feed = StatusFeed(bridge.log)
    for begin in range(0, 100, 20):
        fill(bridge, begin, begin + 20)
        read_all(feed)
    points = feed.reader.history.points("publish_received")
    assert [point.value for point in points] == [100 * number for number in range(100)]
    assert feed.read(0.01) == (False, False)


def test_that_what_was_sent_and_what_came_before_is_left_out() -> None:
    bridge = FakeBridge()
    fill(bridge, 0, 5)
    feed = StatusFeed(bridge.log, bridge.log.end_row)
    bridge.feed([publish(b"$SYS/broker/uptime", b"1 seconds")], Direction.OUT)
    read_all(feed)
    assert not feed.reader.tree.entries
    fill(bridge, 5, 6)
    read_all(feed)
    assert len(feed.reader.tree.entries) == 2


def test_that_what_was_told_once_and_evicted_is_still_known() -> None:
    bridge = FakeBridge(memory_budget=200_000)
    bridge.feed([publish(b"$SYS/broker/version", b"mosquitto version 2.0.11")])
    for _ in range(400):
        bridge.feed([publish(b"other/%d" % n, b"x" * 500) for n in range(100)])
    fill(bridge, 0, 3)
    assert bridge.log.first_row > 0
    feed = StatusFeed(bridge.log)
    read_all(feed)
    assert feed.reader.snapshot().version == "mosquitto version 2.0.11"


def test_that_of_a_long_capture_the_newest_messages_are_read() -> None:
    bridge = FakeBridge()
    bridge.feed([publish(b"$SYS/broker/version", b"mosquitto version 2.0.11")])
    fill(bridge, 0, 60)
    before, feeding.MOST_MESSAGES = feeding.MOST_MESSAGES, 20  # type: ignore[misc]
    try:
        feed = StatusFeed(bridge.log)
        read_all(feed)
    finally:
        feeding.MOST_MESSAGES = before  # type: ignore[misc]
    points = feed.reader.history.points("publish_received")
    assert [point.value for point in points] == [100 * number for number in range(50, 60)]
    assert feed.reader.snapshot().version == "mosquitto version 2.0.11"


def test_that_a_tile_keeps_every_value() -> None:
    bridge = FakeBridge()
    feed = StatusFeed(bridge.log)
    fill(bridge, 0, 2)
    read_all(feed)
    tile = suggested_tile(feed.reader, b"$SYS/broker/publish/messages/received")
    feed.set_tiles([tile._replace(as_rate=False)])
    fill(bridge, 2, 12)
    read_all(feed)
    values = [point.value for point in feed.tile_history.points(tile.topic)]
    assert values == [100.0 * number for number in range(12)]
    feed.set_tiles([tile._replace(as_rate=True)])
    rates = [point.value for point in feed.tile_history.points(tile.topic)]
    assert rates == pytest.approx([10.0] * 11)


def test_that_reading_keeps_to_its_budget_in_a_flood() -> None:
    bridge = FakeBridge()
    fill(bridge, 0, 1)
    packets = [publish(b"other/%d" % n, b"x") for n in range(2_000)]
    for _ in range(100):
        bridge.feed(packets)
    fill(bridge, 1, 2)
    feed = StatusFeed(bridge.log)
    feed.read(0.004)
    read_all(feed)
    assert len(feed.reader.tree.entries) == 2
