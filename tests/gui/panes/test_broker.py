"""The Broker pane in each of its states."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.helpers.packets import SECOND, publish
from tests.helpers.scripted_connection import (
    CONNECTED,
    ScriptedConnection,
    scripted_bridge,
    settle,
)
from tests.helpers.status_trees import tree
from topicscope.connection.state import ConnectionState, Phase
from topicscope.gui import tasks
from topicscope.gui.dialogs.status_history import StatusHistoryDialog
from topicscope.gui.panes.broker import BrokerPane
from topicscope.gui.theme import apply_theme

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from topicscope.broker_status.tiles import UserTile
    from topicscope.gui.connection.bridge import ConnectionBridge

LEFT = Qt.MouseButton.LeftButton


def values(received: int = 100, **more: str) -> list[bytes]:
    told = {
        "version": "mosquitto version 2.0.11",
        "uptime": "3675 seconds",
        "clients/connected": "12",
        "clients/total": "15",
        "publish/messages/received": str(received),
        "publish/messages/dropped": "3",
        "bytes/received": "2097152",
        "subscriptions/count": "42",
        "retained messages/count": "204",
        "load/publish/received/1min": "12.50",
        "load/publish/received/5min": "8.00",
    } | more
    return [publish(b"$SYS/broker/" + k.encode(), v.encode()) for k, v in told.items()]


class Desk(NamedTuple):
    pane: BrokerPane
    bridge: ConnectionBridge
    connection: ScriptedConnection
    qtbot: QtBot
    wishes: list[bool]
    begin_ns: int

    def settle(self) -> None:
        settle(self.qtbot, self.bridge)

    def connect(self) -> None:
        self.connection.tell(CONNECTED)
        self.settle()

    def watch(self) -> None:
        self.connect()
        self.pane.set_watching(True)
        self.connection.answer("$SYS/#", 0, "Granted QoS 0")
        self.settle()

    def receive(self, packets: list[bytes], second: int = 0) -> None:
        self.connection.receive(*packets, time_ns=self.begin_ns + second * SECOND)
        self.settle()

    def receive_tree(self, name: str) -> None:
        for told in tree(name):
            packet = publish(told.topic, told.payload, retain=told.retained)
            self.connection.receive(packet, time_ns=told.time_ns)
        self.settle()
        self.qtbot.waitUntil(lambda: not self.pane._pacer.waiting)

    def wait_for_name(self, name: str) -> None:
        self.qtbot.waitUntil(lambda: self.pane.header.name.text() == name)

    def row(self, name: str) -> tuple[str, str]:
        row = self.pane.figures.rows[name]
        assert row.isVisible()
        return row.value, row.more

    def tile(self, name: str) -> tuple[str, str]:
        tile = self.pane.figures.tiles[name]
        assert tile.isVisible()
        return tile.value, tile.more


@pytest.fixture
def desk(qtbot: QtBot, qapp: QApplication) -> Iterator[Desk]:
    apply_theme(qapp, "light")
    bridge, connection = scripted_bridge()
    pane = BrokerPane(bridge)
    qtbot.addWidget(pane)
    wishes: list[bool] = []
    pane.watch_requested.connect(wishes.append)
    pane.resize(740, 600)
    with qtbot.waitExposed(pane):
        pane.show()
    with tasks.event_loop(qapp):
        yield Desk(pane, bridge, connection, qtbot, wishes, time.time_ns())
        bridge.close()
    qapp.setStyleSheet("")


def test_that_it_asks_for_a_connection_first(desk: Desk) -> None:
    assert desk.pane.empty.sentence() == "Connect to a broker to see what it tells of itself."
    assert not desk.pane.empty.button.isVisible()


def test_that_it_watches_only_when_told_to_and_then_waits(desk: Desk) -> None:
    desk.connect()
    assert desk.wishes == []
    desk.qtbot.mouseClick(desk.pane.empty.button, LEFT)
    assert desk.wishes == [True]
    desk.pane.set_watching(True)
    assert desk.pane.empty.title() == "Waiting for the broker"
    desk.qtbot.mouseClick(desk.pane.empty.button, LEFT)
    assert desk.wishes == [True, False]


def test_that_a_refusal_is_told_in_words_and_can_be_tried_again(desk: Desk) -> None:
    desk.connect()
    desk.pane.set_watching(True)
    desk.connection.answer("$SYS/#", 0x87, "Refused: Not authorized (0x87)")
    desk.settle()
    assert "Not authorized, 0x87" in desk.pane.empty.sentence()
    assert "EMQX needs a rule by default" in desk.pane.empty.sentence()
    assert desk.pane.empty.button.text() == "Try again"
    desk.qtbot.mouseClick(desk.pane.empty.button, LEFT)
    assert desk.wishes == [True]


def test_that_the_address_tells_which_rule_to_add(desk: Desk) -> None:
    desk.connection.tell(
        ConnectionState(
            Phase.CONNECTED, "Connected.", endpoint="broker.emqx.io:1883", connected_at=3.0
        )
    )
    desk.pane.set_watching(True)
    desk.connection.answer("$SYS/#", 0x80, "Refused")
    desk.settle()
    assert "etc/acl.conf" in desk.pane.empty.sentence()


def test_that_a_broker_without_sys_topics_is_told_from_a_slow_one(desk: Desk) -> None:
    desk.watch()
    assert desk.pane.empty.title() == "Waiting for the broker"
    desk.pane._watch._granted_at -= 20  # type: ignore[operator]
    desk.pane._on_silence()
    assert desk.pane.empty.title() == "Nothing yet"
    assert "need a minute" in desk.pane.empty.sentence()
    desk.pane._watch._granted_at -= 70  # type: ignore[operator]
    desk.pane._on_silence()
    assert desk.pane.empty.title() == "The broker is silent"
    assert "RabbitMQ: see its management API" in desk.pane.empty.sentence()


def test_that_values_fill_tiles_rows_and_the_table_of_load(desk: Desk) -> None:
    desk.watch()
    desk.receive(values())
    desk.wait_for_name("Mosquitto 2.0.11")
    assert "up 01:01:15" in desk.pane.header.state.details()
    assert desk.pane.header.state.text() == "Live"
    assert desk.tile("clients_connected") == ("12", "")
    assert desk.tile("publish_received") == ("–", "100 in all")
    assert desk.row("clients_total") == ("15", "")
    assert desk.row("publish_dropped") == ("3", "")
    assert desk.row("bytes_received")[0] == "2.1 MB"
    assert desk.row("subscriptions")[0] == "42"
    assert desk.row("retained")[0] == "204"
    assert "heap" not in desk.pane.figures.rows
    assert "heap" in desk.pane.figures._missing.text()
    assert desk.pane.figures.loads["publish_received"].text() == "Publish received 12.50 8.00 –"


def test_that_what_may_still_come_is_told_from_what_never_does(desk: Desk) -> None:
    desk.watch()
    desk.receive(values(100))
    desk.wait_for_name("Mosquitto 2.0.11")
    desk.qtbot.waitUntil(desk.pane.figures._missing.isVisible)
    later, never = desk.pane.figures._missing.text().split(" Not told by this broker: ")
    assert later.startswith("Not told so far: ")
    assert "clients at most" in later
    assert later.endswith("; this broker tells a figure again only when it has changed.")
    assert never == "processor."
    desk.receive([publish(b"$SYS/broker/clients/maximum", b"15")], second=1)
    desk.qtbot.waitUntil(lambda: "clients at most" not in desk.pane.figures._missing.text())


def test_that_two_rounds_give_a_rate(desk: Desk) -> None:
    desk.watch()
    desk.receive(values(100))
    desk.receive(values(1100, uptime="3685 seconds"), second=10)
    desk.wait_for_name("Mosquitto 2.0.11")
    desk.qtbot.waitUntil(lambda: desk.pane.figures.tiles["publish_received"].value == "100/s")
    assert desk.row("publish_received") == ("1,100", "100/s")
    assert desk.tile("publish_received") == ("100/s", "1,100 in all")


def test_that_no_timer_runs_between_rounds_but_the_one_for_silence(desk: Desk) -> None:
    desk.watch()
    desk.receive(values())
    desk.wait_for_name("Mosquitto 2.0.11")
    desk.qtbot.waitUntil(lambda: not desk.pane._pacer.waiting)
    assert desk.pane._silence.isActive()
    assert desk.pane._silence.isSingleShot()
    desk.pane.hide()
    assert not desk.pane._silence.isActive()


def test_that_a_hidden_pane_reads_nothing_and_catches_up_with_all_when_it_is_shown(
    desk: Desk,
) -> None:
    desk.watch()
    desk.pane.hide()
    for second in range(5):
        desk.receive(values(100 + second * 10, uptime=f"{3675 + 10 * second} seconds"), 10 * second)
    desk.qtbot.waitUntil(lambda: not desk.pane._pacer.waiting)
    assert not desk.pane.feed.reader.tree.entries
    desk.pane.show()
    desk.wait_for_name("Mosquitto 2.0.11")
    assert [p.value for p in desk.pane.feed.reader.history.points("publish_received")] == [
        *range(100, 150, 10)
    ]


def test_that_silence_after_words_is_an_alarm(desk: Desk) -> None:
    desk.watch()
    desk.receive(values(), second=-200)
    desk.receive(values(uptime="3685 seconds"), second=-190)
    desk.qtbot.waitUntil(lambda: desk.pane.header.state.text() == "Silent")
    assert any("Nothing has come on $SYS" in text for text in desk.pane.alarms.texts())
    assert desk.pane.alarms.isVisible()


def test_that_an_alarm_stays_when_the_theme_changes(desk: Desk, qapp: QApplication) -> None:
    desk.watch()
    desk.receive(values(), second=-200)
    desk.receive(values(uptime="3685 seconds"), second=-190)
    desk.qtbot.waitUntil(desk.pane.alarms.isVisible)
    rows = list(desk.pane.alarms._rows)
    for theme in ("dark", "light", "dark", "light"):
        apply_theme(qapp, theme)
        qapp.processEvents()
    assert desk.pane.alarms._rows == rows
    assert desk.pane.alarms.isVisible()


def test_that_losing_the_connection_keeps_the_values_and_says_so(desk: Desk) -> None:
    desk.watch()
    desk.receive(values())
    desk.wait_for_name("Mosquitto 2.0.11")
    desk.connection.tell(ConnectionState(Phase.WAITING, "Lost."))
    desk.settle()
    assert desk.pane.header.state.text() == "Not connected"
    assert desk.row("clients_connected")[0] == "12"
    assert desk.pane.alarms.texts() == []


def test_that_another_broker_begins_anew_and_the_same_one_goes_on(desk: Desk) -> None:
    desk.watch()
    desk.receive(values())
    desk.wait_for_name("Mosquitto 2.0.11")
    again = ConnectionState(
        Phase.CONNECTED, "Connected.", endpoint=CONNECTED.endpoint, connected_at=2.0
    )
    desk.connection.tell(again)
    desk.settle()
    assert desk.row("clients_connected")[0] == "12"
    other = ConnectionState(Phase.CONNECTED, "Connected.", endpoint="other:1883", connected_at=3.0)
    desk.connection.tell(other)
    desk.settle()
    assert desk.pane.empty.isVisible()
    desk.receive(values(version="mosquitto version 1.6.9"), second=60)
    desk.wait_for_name("Mosquitto 1.6.9")


def test_that_a_broker_that_only_tells_what_happens_shows_that_and_says_where_figures_are(
    desk: Desk,
) -> None:
    desk.watch()
    desk.receive_tree("nanomq")
    desk.qtbot.waitUntil(desk.pane.events.isVisible)
    figures = desk.pane.pages.tabRect(0).center()
    desk.qtbot.mouseClick(desk.pane.pages, LEFT, pos=figures)
    assert "Its HTTP API has them" in desk.pane.figures._nothing.text()
    desk.receive_tree("nanomq")
    assert desk.pane.figures.isVisible(), "who chose a page keeps it"


def test_that_not_watching_any_more_is_said(desk: Desk) -> None:
    desk.watch()
    desk.receive(values())
    desk.wait_for_name("Mosquitto 2.0.11")
    button = desk.pane.header.watch_button
    assert (button.text(), button.isChecked()) == ("Watching", True)
    desk.qtbot.mouseClick(button, LEFT)
    assert desk.wishes == [False]
    assert button.isChecked(), "the row of the subscription decides, not the click"
    desk.pane.set_watching(False)
    assert (button.text(), button.isChecked()) == ("Watch the broker", False)
    assert desk.pane.header.state.text() == "Not watching"


def test_that_what_we_publish_to_sys_is_not_taken_for_the_broker(desk: Desk) -> None:
    desk.connect()
    desk.connection.send(*values())
    desk.settle()
    desk.qtbot.wait(50)
    assert desk.pane.empty.isVisible()


def test_that_a_version_with_markup_is_plain_text(desk: Desk) -> None:
    desk.watch()
    topics = [publish(b"$SYS/broker/version", "<img src=x>\u202e".encode())]
    desk.receive(topics)
    desk.qtbot.waitUntil(lambda: "<img src=x>" in desk.pane.header.name.text())
    assert "\u202e" not in desk.pane.header.name.text()


def test_that_tiles_stand_below_each_other_where_it_is_narrow(desk: Desk) -> None:
    desk.watch()
    desk.receive(values())
    desk.wait_for_name("Mosquitto 2.0.11")
    tiles = list(desk.pane.figures.tiles.values())
    desk.pane.resize(880, 600)
    desk.qtbot.waitUntil(lambda: tiles[0].x() < tiles[1].x() and tiles[0].y() == tiles[1].y())
    desk.pane.resize(320, 600)
    desk.qtbot.waitUntil(lambda: tiles[0].x() == tiles[1].x())


def test_that_groups_stay_at_the_top_of_their_columns_when_the_pane_was_narrow(desk: Desk) -> None:
    desk.watch()
    desk.receive(values())
    desk.wait_for_name("Mosquitto 2.0.11")
    left, right = (desk.pane.figures._groups[title] for title in ("Messages", "Bytes"))
    for width in (880, 320, 880):
        desk.pane.resize(width, 600)
        beside = width == 880
        desk.qtbot.waitUntil(lambda beside=beside: (left.x() < right.x()) is beside)
    for column in desk.pane.figures._columns:
        # What is left of the height belongs below them.
        assert column.itemAt(column.count() - 1).spacerItem() is not None


def test_that_the_topics_stand_beside_the_figures_where_there_is_room(desk: Desk) -> None:
    desk.watch()
    desk.receive(values())
    desk.wait_for_name("Mosquitto 2.0.11")
    assert not desk.pane.topics.isVisible()
    desk.pane.resize(1100, 600)
    desk.qtbot.waitUntil(desk.pane.topics.isVisible)
    assert desk.pane.topics_model.rowCount() == 1
    desk.qtbot.mouseClick(desk.pane.header.topics_button, LEFT)
    assert not desk.pane.topics.isVisible()
    desk.pane.resize(1000, 600)
    assert not desk.pane.topics.isVisible(), "who closed it does not want it"


def test_that_a_topic_of_an_unknown_broker_becomes_a_tile_with_a_rate(desk: Desk) -> None:
    desk.watch()
    kept: list[list[UserTile]] = []
    desk.pane.tiles_changed.connect(kept.append)
    desk.receive_tree("unknown")
    desk.qtbot.waitUntil(desk.pane.topics.isVisible)
    index = desk.pane.topics_model.index_of(b"$SYS/Coreflux/Total")
    desk.pane.topics.view.setCurrentIndex(index)
    desk.qtbot.mouseClick(desk.pane.topics.button, LEFT)
    tile = desk.pane.figures.own.shown["$SYS/Coreflux/Total"]
    assert tile.isVisible()
    assert tile.value == "10/s"
    assert [one.topic for one in kept[-1]] == ["$SYS/Coreflux/Total"]
    tile.setFocus()
    QTest.keyClick(tile, Qt.Key.Key_Delete)
    assert kept[-1] == []
    assert not desk.pane.figures.own.isVisible()


def test_that_events_stand_in_a_log_the_newest_first(desk: Desk) -> None:
    desk.watch()
    desk.receive_tree("nanomq")
    assert desk.pane.pages.tabText(1) == "Events 3"
    desk.pane.pages.setCurrentIndex(1)
    model = desk.pane.events_model
    assert model.index(0, 2).data().startswith("Client nanomq-1 disconnected")
    assert desk.pane.events.view.isVisible()


def test_that_nodes_of_a_cluster_stand_in_columns(desk: Desk) -> None:
    desk.watch()
    desk.receive_tree("emqx5")
    desk.qtbot.waitUntil(desk.pane.figures._node_card.isVisible)
    assert len(desk.pane.feed.reader.snapshot().nodes) == 2


@pytest.mark.parametrize("key", ["clients_connected", "publish_received"])
def test_that_enter_on_a_figure_opens_its_history_once(desk: Desk, key: str) -> None:
    desk.watch()
    desk.receive(values(100))
    desk.receive(values(1100, uptime="3685 seconds"), second=10)
    desk.wait_for_name("Mosquitto 2.0.11")
    desk.qtbot.waitUntil(lambda: bool(desk.pane.figures.rows))
    desk.qtbot.mouseClick(desk.pane.figures.rows[key], LEFT)
    desk.qtbot.mouseClick(desk.pane.figures.tiles[key], LEFT)
    (dialog,) = desk.pane.findChildren(StatusHistoryDialog)
    assert dialog.key == key
    desk.qtbot.waitUntil(lambda: dialog.chart.is_drawn)
    is_rate = key == "publish_received"
    assert ("last 100/s" if is_rate else "last 12") in dialog.chart.readout
    QTest.keyClick(dialog.chart._plot, Qt.Key.Key_Left)
    assert dialog.chart.readout.endswith("100/s" if is_rate else "12")
    desk.qtbot.mouseClick(dialog.copy_button, LEFT)
    assert QApplication.clipboard().text().rstrip().endswith("100.0" if is_rate else "12")
    desk.receive(values(3100, uptime="3695 seconds"), second=20)
    if is_rate:
        desk.qtbot.waitUntil(lambda: "last 200/s" in dialog.chart.readout)
        dialog.views.setCurrentIndex(1)
        assert "last 3,100" in dialog.chart.readout
    dialog.close()
