"""The columns of the tables: times, gaps, flags, properties, and the subscriptions that a message matched."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from tests.helpers.fake_bridge import FakeBridge
from tests.helpers.packets import connect, publish
from topicscope.capture.view import LogView, messages
from topicscope.gui.models.messages import cell
from topicscope.gui.models.messages import subscriptions as matching
from topicscope.gui.models.messages.cell import TimeMode
from topicscope.gui.models.messages.columns import MESSAGE_COLUMNS, default_order
from topicscope.gui.models.messages.table import MessageTableModel
from topicscope.mqtt.control_packets import Direction, ProtocolVersion
from topicscope.mqtt.encode import (
    encode_connack,
    encode_publish,
    encode_suback,
    encode_subscribe,
    encode_unsuback,
    encode_unsubscribe,
)
from topicscope.mqtt.packets import Subscription

if TYPE_CHECKING:
    from topicscope.mqtt.properties import PropertyList

pytestmark = pytest.mark.usefixtures("qapp")

V5 = ProtocolVersion.MQTT_5
OUT = Direction.OUT


def message_model(bridge: FakeBridge) -> MessageTableModel:
    return MessageTableModel(LogView(bridge.log, messages), MESSAGE_COLUMNS)


def column(model: MessageTableModel, key: str) -> list[str]:
    number = next(n for n, one in enumerate(model.columns) if one.key == key)
    return [model.index(row, number).data() for row in range(model.rowCount())]


def subscribe(
    bridge: FakeBridge, *filters: str, identifier: int | None = None, version: ProtocolVersion = V5
) -> None:
    properties: PropertyList = [] if identifier is None else [(11, identifier)]
    subscriptions = [Subscription(text) for text in filters]
    packet = encode_subscribe(7, subscriptions, properties=properties, version=version)
    bridge.feed([packet], OUT)
    bridge.feed([encode_suback(7, [0] * len(filters), version=version)])


def connected(version: ProtocolVersion = V5, *, present: bool = False) -> FakeBridge:
    bridge = FakeBridge()
    begin(bridge, version, present=present)
    return bridge


def begin(bridge: FakeBridge, version: ProtocolVersion = V5, *, present: bool = False) -> None:
    bridge.tap.open_connection("", bridge.time_ns)
    bridge.feed([connect(version)], OUT)
    bridge.feed([encode_connack(0, session_present=present, version=version)])


def test_that_columns_stand_in_the_order_people_expect() -> None:
    order = [MESSAGE_COLUMNS[number].key for number in default_order(MESSAGE_COLUMNS)]
    assert order == [
        "number", "time", "delta", "topic_delta", "direction", "topic", "qos", "retain", "dup",
        "size", "payload", "subscriptions", "properties",
    ]  # fmt: skip


def test_that_times_are_written_as_chosen() -> None:
    bridge = FakeBridge()
    bridge.feed([publish(b"a", b"1")])
    bridge.feed([publish(b"a", b"2")], seconds=1234.5)
    model = message_model(bridge)
    tester = QAbstractItemModelTester(model)
    changed: list[object] = []
    model.dataChanged.connect(lambda *_: changed.append(1))

    seconds, _ = divmod(bridge.time_ns, 1_000_000_000)
    assert column(model, "time")[1].startswith(time.strftime("%H:%M:%S", time.localtime(seconds)))
    model.set_time_mode(TimeMode.UTC)
    assert column(model, "time") == ["10:00:00.100Z", "10:20:34.600Z"]
    model.set_time_mode(TimeMode.RELATIVE)
    assert column(model, "time") == ["0.000", "1,234.500"]
    model.set_time_mode(TimeMode.DATE)
    assert column(model, "time")[0].startswith("2026-11-2")
    assert len(changed) == 3
    del tester


def test_that_relative_times_keep_their_origin_when_it_is_evicted() -> None:
    bridge = FakeBridge(memory_budget=10 << 20)
    bridge.feed([publish(b"first", b"")])
    model = message_model(bridge)
    model.set_time_mode(TimeMode.RELATIVE)
    for _ in range(30):
        bridge.feed([publish(b"big", b"x" * (1 << 20))], seconds=1.0)
        model.update()
    assert model.dropped
    assert column(model, "time")[-1] == "30.000"


def test_that_the_gap_on_the_topic_counts_messages_that_are_hidden_or_sent() -> None:
    bridge = FakeBridge()
    bridge.feed([publish(b"a", b"1")])
    bridge.feed([publish(b"b", b"1")], seconds=1)
    bridge.feed([publish(b"a", b"2")], OUT, seconds=1)
    bridge.feed([publish(b"a", b"3")], seconds=0.5)
    assert column(message_model(bridge), "topic_delta") == ["", "", "+2.000", "+0.500"]


def test_that_a_message_before_that_lies_far_back_is_not_searched_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cell, "LOOK_BACK_ROWS", 100)
    bridge = FakeBridge()
    bridge.feed([publish(b"rare", b"1")])
    for _ in range(150):
        bridge.feed([publish(b"often", b"1")], seconds=0.01)
    bridge.feed([publish(b"rare", b"2")])
    assert column(message_model(bridge), "topic_delta")[-1] == "≥+1.090"


def test_that_the_gap_is_found_across_segments() -> None:
    bridge = FakeBridge()
    bridge.feed([publish(b"a", b"1")])
    for _ in range(9):
        bridge.feed([publish(b"big", b"x" * (1 << 20))], seconds=1)
    bridge.feed([publish(b"a", b"2")], seconds=1)
    assert len(bridge.log.segments) > 1
    assert column(message_model(bridge), "topic_delta")[-1] == "+10.000"


def test_that_flags_have_columns() -> None:
    bridge = connected()
    bridge.feed([encode_publish("a", b"", qos=1, dup=True, packet_identifier=1, version=V5)])
    bridge.feed([encode_publish("a", b"", retain=True, version=V5)])
    model = message_model(bridge)
    assert column(model, "dup") == ["D", ""]
    assert column(model, "retain") == ["", "R"]


def test_that_properties_are_written_in_words_and_safely() -> None:
    bridge = connected()
    properties: PropertyList = [(3, "text/plain"), (38, ("from", "a\nb")), (9, b"\x00\xff")]
    bridge.feed([encode_publish("a", b"x", properties=properties, version=V5)])
    bridge.feed([encode_publish("a", b"x", version=V5)])
    bridge.feed([encode_publish("a", b"x", properties=[(38, ("k", "v" * 60_000))], version=V5)])
    shown = column(message_model(bridge), "properties")
    assert shown[:2] == [
        "Content Type: text/plain · from = a\\nb · Correlation Data: AP8=",
        "",
    ]
    assert shown[2].startswith("k = vvv")
    assert len(shown[2]) < 300


def test_that_properties_too_large_to_read_for_a_cell_say_so() -> None:
    bridge = connected()
    large: PropertyList = [(38, ("k", "v" * 60_000))] * 2
    bridge.feed([encode_publish("a", b"x", properties=large, version=V5)])
    assert column(message_model(bridge), "properties") == ["(too large to be shown here)"]


def test_that_a_message_lists_every_subscription_that_matches_it() -> None:
    bridge = connected(ProtocolVersion.MQTT_3_1_1)
    subscribe(
        bridge, "plant/#", "plant/+/t", "$share/g/plant/1/t", "x/#", version=ProtocolVersion(4)
    )
    bridge.feed([publish(b"plant/1/t", b"1"), publish(b"plant/1/p", b"1"), publish(b"z", b"1")])
    bridge.feed([publish(b"plant/1/t", b"1")], OUT)
    assert column(message_model(bridge), "subscriptions") == [
        "plant/#, plant/+/t, $share/g/plant/1/t",
        "plant/#",
        "",
        "",
    ]


def test_that_the_servers_subscription_identifiers_are_believed() -> None:
    bridge = connected()
    subscribe(bridge, "plant/#", identifier=1)
    subscribe(bridge, "+/1/t", identifier=268_435_455)
    for identifiers in ([1], [268_435_455, 1], [9]):
        properties: PropertyList = [(11, one) for one in identifiers]
        bridge.feed([encode_publish("plant/1/t", b"", properties=properties, version=V5)])
    assert column(message_model(bridge), "subscriptions") == [
        "plant/#",
        "+/1/t, plant/#",
        "identifier 9",
    ]


def test_that_subscriptions_hold_from_their_packet_to_their_end() -> None:
    bridge = connected()
    message = encode_publish("a", b"", version=V5)
    model = message_model(bridge)
    tester = QAbstractItemModelTester(model)
    bridge.feed([message])
    subscribe(bridge, "a")
    bridge.feed([message])
    bridge.feed([encode_unsubscribe(8, ["a"], version=V5)], OUT)
    bridge.feed([message])
    bridge.feed([encode_unsuback(8, [0], version=V5)])
    bridge.feed([message])
    model.update()
    assert column(model, "subscriptions") == ["", "a", "a", ""]
    del tester


def test_that_a_refused_subscription_matches_nothing() -> None:
    bridge = connected()
    bridge.feed([encode_subscribe(3, [Subscription("a"), Subscription("b")], version=V5)], OUT)
    bridge.feed([encode_suback(3, [0x87, 0], version=V5)])
    bridge.feed([encode_publish("a", b"", version=V5), encode_publish("b", b"", version=V5)])
    assert column(message_model(bridge), "subscriptions") == ["", "b"]


@pytest.mark.parametrize(("present", "matched"), [(True, "a"), (False, "")])
def test_that_a_session_that_goes_on_keeps_its_subscriptions(present: bool, matched: str) -> None:
    bridge = connected()
    subscribe(bridge, "a")
    begin(bridge, present=present)
    bridge.feed([encode_publish("a", b"", version=V5)])
    assert column(message_model(bridge), "subscriptions") == [matched]


def test_that_more_subscriptions_than_a_cell_can_ask_are_cut_and_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(matching, "MOST_ASKED", 2)
    bridge = connected()
    subscribe(bridge, "a", "+", "#")
    bridge.feed([encode_publish("a", b"", version=V5)])
    assert column(message_model(bridge), "subscriptions") == ["a, +, …"]


def test_that_a_filter_subscribed_to_again_is_listed_once() -> None:
    bridge = connected()
    subscribe(bridge, "a", identifier=1)
    subscribe(bridge, "a", identifier=2)
    bridge.feed([encode_publish("a", b"", properties=[(11, 2)], version=V5)])
    bridge.feed([encode_publish("a", b"", version=V5)])
    assert column(message_model(bridge), "subscriptions") == ["a", "a"]


def test_that_packets_no_subscription_can_be_read_from_are_passed_over() -> None:
    bridge = connected()
    bridge.feed([bytes([0x82, 2, 0, 1]), bytes([0x90, 0])], OUT)
    subscribe(bridge, "a")
    bridge.feed([encode_publish("a", b"", version=V5)])
    assert column(message_model(bridge), "subscriptions") == ["a"]


def test_that_only_the_texts_of_columns_shown_are_made_beforehand() -> None:
    bridge = connected()
    subscribe(bridge, "a")
    bridge.feed([encode_publish("a", b"x", version=V5)])
    model = message_model(bridge)
    model.set_shown_columns({0, 4})
    assert [text for text in model.row_text(0).cells if text] == ["1", "a"]
    assert column(model, "subscriptions") == ["a"]
    assert model.headerData(4, Qt.Orientation.Horizontal) == "Topic"


def test_that_every_column_explains_itself() -> None:
    keys = [one.key for one in MESSAGE_COLUMNS]
    assert len(set(keys)) == len(keys)
    assert all(one.name and one.meaning for one in MESSAGE_COLUMNS)
