"""The message table model: bursts, eviction, freezing, notes, and what its cells say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPersistentModelIndex, QSortFilterProxyModel, Qt
from PySide6.QtTest import QAbstractItemModelTester

from tests.helpers.fake_bridge import FakeBridge
from tests.helpers.packets import packet, publish
from topicscope.capture.view import LogView, OnTopics, messages, packets
from topicscope.gui.models.messages.columns import (
    MESSAGE_COLUMNS,
    PACKET_COLUMNS,
    RowKind,
)
from topicscope.gui.models.messages.counts import MessageCounts
from topicscope.gui.models.messages.table import CACHED_ROWS, ROW_ROLE, MessageTableModel
from topicscope.mqtt.control_packets import Direction
from topicscope.mqtt.topics import TopicFilter

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

pytestmark = pytest.mark.usefixtures("qapp")

MEGABYTE = 1 << 20


def message_model(bridge: FakeBridge) -> MessageTableModel:
    return MessageTableModel(LogView(bridge.log, messages), MESSAGE_COLUMNS)


def packet_model(bridge: FakeBridge) -> MessageTableModel:
    return MessageTableModel(LogView(bridge.log, packets), PACKET_COLUMNS)


def cells(model: MessageTableModel, row: int) -> dict[str, str]:
    titles = [model.headerData(n, Qt.Orientation.Horizontal) for n in range(model.columnCount())]
    return {title: model.index(row, n).data() for n, title in enumerate(titles)}


def watched(model: MessageTableModel) -> QAbstractItemModelTester:
    mode = QAbstractItemModelTester.FailureReportingMode.Warning
    return QAbstractItemModelTester(model, mode, model)


def fill_megabytes(bridge: FakeBridge, first: int, count: int) -> None:
    for number in range(first, first + count):
        bridge.feed([publish(b"big/%d" % number, b"x" * MEGABYTE)])


def test_that_a_row_says_what_a_message_was() -> None:
    bridge = FakeBridge()
    bridge.feed([publish(b"a/b", b'{"value": 1}', qos=1, retain=True)])
    bridge.feed([publish(b"a/c", b"on")], Direction.OUT, seconds=0.25)
    model = message_model(bridge)

    assert cells(model, 0) | {"Time": ""} == {
        "#": "1",
        "Time": "",
        "Δ": "",
        "⇄": "←",
        "Topic": "a/b",
        "QoS": "1",
        "R": "R",
        "Size": "12 B",
        "Payload": '{"value": 1}',
        "Δ topic": "",
        "D": "",
        "Subscriptions": "",
        "Properties": "",
    }
    assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3}", cells(model, 0)["Time"])
    second = cells(model, 1)
    assert (second["#"], second["Δ"], second["⇄"], second["R"]) == ("2", "+0.250", "→", "")
    assert model.row_text(1).kind is RowKind.SENT


@pytest.mark.parametrize(
    ("topic", "shown"),
    [
        (b"<img src=x>", "<img src=x>"),
        (b"\xff\xfe/a", "\\xff\\xfe/a"),
        ("x/\u202eabc\u200b".encode(), "x/\\u202eabc\\u200b"),
        (b"a\x00b\x1b[31m", "a\\x00b\\x1b[31m"),
        (b"a\nb", "a\\nb"),
    ],
)
def test_that_a_topic_from_the_network_is_shown_as_one_line_of_text(
    topic: bytes, shown: str
) -> None:
    bridge = FakeBridge()
    bridge.feed([publish(topic, topic)])
    model = message_model(bridge)

    assert cells(model, 0)["Topic"] == shown
    assert "\n" not in cells(model, 0)["Payload"]
    assert "<img" not in model.index(0, 4).data(Qt.ItemDataRole.ToolTipRole)
    assert model.record(0).topic == topic


def test_that_a_large_payload_is_previewed_without_being_copied() -> None:
    bridge = FakeBridge()
    bridge.feed([publish(b"big", b"y" * 3 * MEGABYTE)])
    model = message_model(bridge)

    assert cells(model, 0)["Size"] == "3 MB"
    assert cells(model, 0)["Payload"] == "y" * 256 + "…"


def test_that_a_burst_is_announced_as_one_insertion() -> None:
    bridge = FakeBridge()
    model = message_model(bridge)
    tester = watched(model)
    inserted: list[tuple[int, int]] = []
    model.rowsInserted.connect(lambda _parent, first, last: inserted.append((first, last)))

    for number in range(20):
        bridge.feed([publish(b"t/%d" % n, b"%d" % number) for n in range(1000)])
    assert model.update() == 20_000
    assert model.update() == 0

    assert inserted == [(0, 19_999)]
    assert model.rowCount() == 20_000
    assert cells(model, 19_999)["#"] == "20,000"
    del tester


def test_that_rows_evicted_from_the_front_are_removed_while_new_ones_come() -> None:
    bridge = FakeBridge(memory_budget=10 * MEGABYTE)
    model = message_model(bridge)
    tester = watched(model)
    removed: list[tuple[int, int]] = []
    model.rowsRemoved.connect(lambda _parent, first, last: removed.append((first, last)))

    for first in range(0, 60, 2):
        fill_megabytes(bridge, first, 2)
        model.update()

    assert removed
    assert all(first == 0 for first, _ in removed)
    assert model.dropped == sum(last + 1 for _, last in removed)
    assert model.rowCount() + model.dropped == 60
    assert cells(model, model.rowCount() - 1)["Topic"] == "big/59"
    assert bridge.log.ledger.evicted == model.dropped
    del tester


def test_that_a_persistent_index_behind_a_proxy_stays_with_its_message() -> None:
    bridge = FakeBridge(memory_budget=20 * MEGABYTE)
    model = message_model(bridge)
    proxy = QSortFilterProxyModel()
    proxy.setSourceModel(model)
    mode = QAbstractItemModelTester.FailureReportingMode.Warning
    tester = QAbstractItemModelTester(proxy, mode)
    fill_megabytes(bridge, 0, 18)
    model.update()
    kept = QPersistentModelIndex(proxy.index(17, 4))
    lost = QPersistentModelIndex(proxy.index(0, 4))

    for first in range(18, 30, 3):
        fill_megabytes(bridge, first, 3)
        model.update()

    assert model.dropped > 0
    assert not lost.isValid()
    assert kept.data() == "big/17"
    assert proxy.rowCount() == model.rowCount()
    del tester


def test_that_a_frozen_table_stands_still_and_counts_what_waits() -> None:
    bridge = FakeBridge()
    model = message_model(bridge)
    tester = watched(model)
    bridge.feed([publish(b"a", b"1")])
    model.update()

    model.set_frozen(True)
    bridge.feed([publish(b"a", b"2")] * 1204)
    assert model.update() == 0
    assert (model.rowCount(), model.waiting) == (1, 1204)

    model.set_frozen(False)
    assert (model.rowCount(), model.waiting) == (1205, 0)
    del tester


def test_that_a_row_evicted_behind_a_freeze_says_so() -> None:
    bridge = FakeBridge(memory_budget=10 * MEGABYTE)
    fill_megabytes(bridge, 0, 3)
    model = message_model(bridge)
    model.set_frozen(True)
    fill_megabytes(bridge, 3, 40)
    model.update()

    assert model.rowCount() == 3
    assert model.row_text(0).kind is RowKind.EVICTED
    assert model.row_text(0).note == "evicted to stay within the budget of memory"
    assert model.record(0) is None


def test_that_a_note_is_one_text_over_the_row() -> None:
    bridge = FakeBridge()
    bridge.feed([publish(b"a", b"1")])
    bridge.note("connection lost after 2.4 s")
    model = message_model(bridge)
    tester = watched(model)

    row = model.row_text(1)
    assert (row.kind, row.note, row.cells) == (
        RowKind.NOTE,
        "connection lost after 2.4 s",
        (),
    )
    assert cells(model, 1)["Payload"] == "connection lost after 2.4 s"
    assert cells(model, 1)["Topic"] == ""
    del tester


def test_that_packets_are_rows_with_their_type_identifier_and_summary() -> None:
    bridge = FakeBridge()
    bridge.feed([publish(b"a/b", b"on", qos=1, identifier=12)], Direction.OUT)
    bridge.feed([packet(0x40, b"\x00\x0c"), packet(0xD0)])
    model = packet_model(bridge)
    tester = watched(model)

    rows = [cells(model, row) for row in range(3)]
    assert [row["Type"] for row in rows] == ["PUBLISH", "PUBACK", "PINGRESP"]
    assert [row["Id"] for row in rows] == ["12", "12", ""]
    assert [row["⇄"] for row in rows] == ["→", "←", "←"]
    assert [row["Size"] for row in rows] == ["11 B", "4 B", "2 B"]
    assert rows[0]["Summary"] == "a/b  on"
    assert not rows[1]["Summary"].startswith("PUBACK")
    del tester


def test_that_the_message_table_leaves_other_packets_out() -> None:
    bridge = FakeBridge()
    bridge.feed([packet(0xD0), publish(b"a", b"1"), packet(0x40, b"\x00\x01"), publish(b"b", b"2")])
    model = message_model(bridge)

    assert [cells(model, row)["Topic"] for row in range(model.rowCount())] == ["a", "b"]
    assert [cells(model, row)["#"] for row in range(model.rowCount())] == ["1", "2"]
    assert model.index(1, 0).data(ROW_ROLE) == 3


def test_that_another_view_begins_the_table_anew() -> None:
    bridge = FakeBridge()
    model = message_model(bridge)
    tester = watched(model)
    bridge.feed([publish(b"plant/1/t", b"1"), publish(b"plant/2/p", b"2"), publish(b"x", b"3")])
    model.update()
    assert cells(model, 1)["Δ"] == "+0.000"

    seen = OnTopics(bridge.log.topics, TopicFilter("plant/+/p").matches)
    model.set_view(LogView(bridge.log, seen))

    assert model.rowCount() == 1
    assert (cells(model, 0)["Topic"], cells(model, 0)["Δ"]) == ("plant/2/p", "")
    bridge.feed([publish(b"plant/3/p", b"4"), publish(b"plant/1/t", b"1")])
    assert model.update() == 1
    del tester


def test_that_hidden_and_shown_messages_add_up_to_those_stored() -> None:
    bridge = FakeBridge()
    model = message_model(bridge)
    counts = MessageCounts(model)
    bridge.feed([publish(b"a", b"1"), publish(b"b", b"2"), packet(0xD0)])
    bridge.note("connection lost")
    model.update()
    assert (counts.stored, counts.shown, counts.hidden) == (2, 2, 0)

    model.set_view(LogView(bridge.log, OnTopics(bridge.log.topics, TopicFilter("a").matches)))
    assert (counts.shown, counts.hidden) == (1, 1)

    model.set_frozen(True)
    bridge.feed([publish(b"a", b"1")])
    bridge.note("connected")
    model.update()
    assert counts.stored == 3


def test_that_only_rows_looked_at_lately_are_remembered() -> None:
    bridge = FakeBridge()
    bridge.feed([publish(b"a", b"%d" % n) for n in range(2 * CACHED_ROWS)])
    model = message_model(bridge)

    for row in range(model.rowCount()):
        model.row_text(row)

    assert len(model._cache) == CACHED_ROWS
    assert cells(model, 0)["Payload"] == "0"


def test_that_an_index_outside_the_table_has_no_data(qapp: QApplication) -> None:
    assert qapp is not None
    bridge = FakeBridge()
    bridge.feed([publish(b"a", b"1")])
    model = message_model(bridge)

    assert model.index(1, 0).data() is None
    assert model.rowCount(model.index(0, 0)) == 0
    assert model.data(model.index(-1, 0)) is None


def test_that_news_of_the_connection_is_told_from_trouble() -> None:
    bridge = FakeBridge()
    bridge.note("Connected to lab:1883 as me, session not present.")
    bridge.note("Connection lost: closed.")
    model = message_model(bridge)

    kinds = [model.row_text(row).kind for row in range(2)]
    assert kinds == [RowKind.NEWS, RowKind.NOTE]
    assert model.row_text(0).note.startswith("Connected")
    assert model.row_text(0).cells == ()
