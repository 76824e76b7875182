"""The Broker pane in each of its states."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
from PySide6.QtCore import Qt

from tests.helpers.packets import SECOND, START_NS, publish
from tests.helpers.scripted_connection import (
    CONNECTED,
    ScriptedConnection,
    scripted_bridge,
    settle,
)
from topicscope.connection.state import ConnectionState, Phase
from topicscope.gui.panes.broker import BrokerPane
from topicscope.gui.theme import apply_theme

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from topicscope.gui.bridge import ConnectionBridge

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

    def settle(self) -> None:
        settle(self.qtbot, self.bridge)

    def connect(self) -> None:
        self.connection.tell(CONNECTED)
        self.settle()

    def receive(self, packets: list[bytes], second: int = 0) -> None:
        self.connection.receive(*packets, time_ns=START_NS + second * SECOND)
        self.settle()

    def value(self, name: str) -> str:
        return self.pane.tiles.tiles[name].value.text()

    def more(self, name: str) -> str:
        return self.pane.tiles.tiles[name].more.text()


@pytest.fixture
def desk(qtbot: QtBot, qapp: QApplication) -> Iterator[Desk]:
    apply_theme(qapp, "light")
    bridge, connection = scripted_bridge()
    pane = BrokerPane(bridge)
    qtbot.addWidget(pane)
    pane.resize(740, 600)
    with qtbot.waitExposed(pane):
        pane.show()
    yield Desk(pane, bridge, connection, qtbot)
    qapp.setStyleSheet("")


def test_that_it_asks_for_a_connection_first(desk: Desk) -> None:
    assert desk.pane.empty.sentence() == "Connect to a broker to see what it tells of itself."
    assert not desk.pane.empty.button.isVisible()


def test_that_it_subscribes_only_when_told_to_and_then_waits(desk: Desk) -> None:
    desk.connect()
    assert desk.connection.subscribed == []
    desk.qtbot.mouseClick(desk.pane.empty.button, LEFT)
    assert [(r.topic_filter, r.qos) for r in desk.connection.subscribed] == [("$SYS/#", 0)]
    assert "Waiting for the first values" in desk.pane.empty.sentence()
    assert not desk.pane.empty.button.isVisible()


def test_that_a_refusal_is_told_in_words_and_can_be_tried_again(desk: Desk) -> None:
    desk.connect()
    desk.pane.subscribe()
    desk.connection.answer("$SYS/#", 0x87, "Refused: Not authorized (0x87)")
    desk.settle()
    assert desk.pane.empty.sentence().startswith(
        "The broker does not allow $SYS/#: Not authorized (0x87)."
    )
    assert desk.pane.empty.button.text() == "Try again"
    desk.qtbot.mouseClick(desk.pane.empty.button, LEFT)
    assert len(desk.connection.subscribed) == 2


def test_that_a_broker_without_sys_topics_is_told_from_a_slow_one(desk: Desk) -> None:
    desk.connect()
    desk.pane._silence.setInterval(10)
    desk.pane.subscribe()
    desk.connection.answer("$SYS/#", 0, "Granted QoS 0")
    desk.settle()
    desk.qtbot.waitUntil(lambda: "has sent nothing on it" in desk.pane.empty.sentence())


def test_that_values_fill_the_tiles(desk: Desk) -> None:
    desk.connect()
    desk.pane.subscribe()
    desk.receive(values())
    desk.qtbot.waitUntil(lambda: desk.value("Broker") == "2.0.11")
    assert desk.more("Broker") == "mosquitto"
    assert desk.value("Uptime") == "01:01:15"
    assert desk.value("Clients connected") == "12"
    assert desk.more("Clients connected") == "known 15"
    assert desk.value("Publish received") == "100"
    assert desk.value("Publish dropped") == "3"
    assert desk.value("Bytes received") == "2 MB"
    assert desk.value("Subscriptions") == "42"
    assert desk.value("Retained") == "204"
    assert desk.value("Heap") == "–"
    assert "Publish received 12.50 8.00 –" in desk.pane.tiles.load_text()
    assert desk.pane.state_text.text() == "Live"
    assert desk.pane.state_text.details().startswith("last update ")


def test_that_two_rounds_give_a_rate(desk: Desk) -> None:
    desk.connect()
    desk.pane.subscribe()
    desk.receive(values(100))
    desk.qtbot.waitUntil(lambda: desk.value("Publish received") == "100")
    desk.receive(values(1100), second=10)
    desk.qtbot.waitUntil(lambda: desk.value("Publish received") == "1,100")
    assert desk.more("Publish received") == "100 /s"


def test_that_no_timer_runs_between_rounds_but_the_one_for_silence(desk: Desk) -> None:
    desk.connect()
    desk.receive(values())
    desk.qtbot.waitUntil(lambda: desk.value("Broker") == "2.0.11")
    desk.qtbot.waitUntil(lambda: not desk.pane._pacer.waiting)
    assert desk.pane._silence.isActive()
    assert desk.pane._silence.isSingleShot()


def test_that_a_hidden_pane_catches_up_when_it_is_shown(desk: Desk) -> None:
    desk.connect()
    desk.pane.hide()
    desk.receive(values())
    assert desk.value("Broker") == "–"
    desk.pane.show()
    desk.qtbot.waitUntil(lambda: desk.value("Broker") == "2.0.11")


def test_that_silence_is_said(desk: Desk) -> None:
    desk.connect()
    desk.pane._silence.setInterval(10)
    desk.receive(values())
    desk.qtbot.waitUntil(lambda: desk.pane.state_text.text() == "No news for more than a minute")


def test_that_losing_the_connection_keeps_the_values_and_says_so(desk: Desk) -> None:
    desk.connect()
    desk.receive(values())
    desk.qtbot.waitUntil(lambda: desk.value("Broker") == "2.0.11")
    desk.connection.tell(ConnectionState(Phase.WAITING, "Lost."))
    desk.settle()
    assert desk.pane.state_text.text() == "Not connected"
    assert desk.value("Broker") == "2.0.11"


def test_that_a_new_connection_forgets_the_other_brokers_values(desk: Desk) -> None:
    desk.connect()
    desk.pane.subscribe()
    desk.receive(values())
    desk.qtbot.waitUntil(lambda: desk.value("Broker") == "2.0.11")
    desk.connection.tell(ConnectionState(Phase.CONNECTED, "Connected.", connected_at=2.0))
    desk.settle()
    assert desk.pane.empty.isVisible()
    desk.receive(values(version="other version 9"), second=60)
    desk.qtbot.waitUntil(lambda: desk.value("Broker") == "9")


def test_that_unsubscribing_elsewhere_offers_to_subscribe_again(desk: Desk) -> None:
    desk.connect()
    desk.pane.subscribe()
    desk.connection.answer("$SYS/#", 0)
    desk.receive(values())
    desk.qtbot.waitUntil(lambda: desk.value("Broker") == "2.0.11")
    assert not desk.pane.subscribe_button.isVisible()
    desk.connection.answer_unsubscribe("$SYS/#")
    desk.settle()
    assert desk.pane.subscribe_button.isVisible()


def test_that_a_subscription_made_elsewhere_counts(desk: Desk) -> None:
    desk.connect()
    desk.connection.answer("$SYS/broker/#", 0)
    desk.settle()
    assert "Waiting" in desk.pane.empty.sentence()


def test_that_what_we_publish_to_sys_is_not_taken_for_the_broker(desk: Desk) -> None:
    desk.connect()
    desk.connection.send(*values())
    desk.settle()
    desk.qtbot.wait(50)
    assert desk.pane.empty.isVisible()


def test_that_a_version_with_markup_is_plain_text(desk: Desk) -> None:
    desk.connect()
    desk.receive(values(version="<img src=x>\u202e"))
    desk.qtbot.waitUntil(lambda: desk.value("Broker").startswith("<img src=x>"))
    assert "\u202e" not in desk.value("Broker")


def test_that_tiles_stand_below_each_other_where_it_is_narrow(desk: Desk) -> None:
    desk.connect()
    desk.receive(values())
    desk.qtbot.waitUntil(lambda: desk.value("Broker") == "2.0.11")
    tiles = list(desk.pane.tiles.tiles.values())
    desk.pane.resize(900, 600)
    desk.qtbot.waitUntil(lambda: tiles[0].x() < tiles[1].x() and tiles[0].y() == tiles[1].y())
    desk.pane.resize(220, 600)
    desk.qtbot.waitUntil(lambda: tiles[0].x() == tiles[1].x())
