"""Filters written by a click, wherever something is shown: level columns, Δ, subscriptions, properties, CBOR."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cbor2
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QTableView

from topicscope.mqtt.control_packets import Direction, ProtocolVersion
from topicscope.mqtt.decode import Subscription
from topicscope.mqtt.encode import encode_connect, encode_publish, encode_subscribe

if TYPE_CHECKING:
    from tests.helpers.window import Desk

V5 = ProtocolVersion.MQTT_5
START_NS = 1_795_255_200_000_000_000
POWER = "placeos/org-1/state/bld-1/lvl-1/area-1/sys-1/{}/Display/1/power"
PROPERTIES = [(3, "application/json"), (38, ("trace", "a1")), (2, 60), (9, b"\xff\x00")]


@pytest.fixture
def filled(desk: Desk) -> Desk:
    """A window with five messages of MQTT 5, each a second after the one before."""
    window = desk.window
    window._stack.setCurrentWidget(window.docking)
    tap = window.bridge._tap
    tap.open_connection("", START_NS)
    tap.feed(Direction.OUT, encode_connect("me", version=V5), START_NS)
    asked = [Subscription("placeos/#"), Subscription("placeos/+/state/#")]
    tap.feed(Direction.OUT, encode_subscribe(1, asked, version=V5), START_NS)
    packets = [
        encode_publish(POWER.format("dep-1"), b"1", version=V5),
        encode_publish(POWER.format("dep-2"), b"1", version=V5),
        encode_publish(POWER.format("dep-1"), b"1", version=V5, properties=PROPERTIES),
        encode_publish("other", cbor2.dumps({"value": 21.5, "at": {"room": "Foyer"}}), version=V5),
        encode_publish("other", cbor2.dumps({"value": 3, "raw": b"\x01"}), version=V5),
    ]
    for second, one in enumerate(packets, 1):
        tap.feed(Direction.IN, one, START_NS + second * 1_000_000_000)
    desk.wait(lambda: desk.ledger("shown") == len(packets))
    return desk


def menu_on(desk: Desk, row: int, key: str) -> QMenu:
    view = desk.window.messages.messages.view
    keys = [column.key for column in desk.window.messages.messages.model.columns]
    view.setCurrentIndex(view.model().index(row, keys.index(key)))
    return view.actions_of_row.menu()


def pick(menu: QMenu, words: str) -> None:
    found = [one for one in menu.actions() if one.text().replace("&&", "&") == words]
    assert found, f"no “{words}” among {[one.text() for one in menu.actions()]}"
    found[0].trigger()
    menu.close()


def shows(desk: Desk, text: str, rows: int) -> None:
    desk.wait(lambda: desk.window.filtering.bar.edit.text() == text, text)
    desk.wait(lambda: desk.ledger("shown") == rows, f"{rows} rows for {text}")


def test_that_a_level_column_is_filtered_on(filled: Desk) -> None:
    desk = filled
    columns = desk.window.messages.messages.view.columns
    desk.wait(lambda: "level.drv" in columns._keys, "columns of levels")
    menu = columns.menu()
    levels = next(one.menu() for one in menu.actions() if one.text() == "Levels")
    assert isinstance(levels, QMenu)
    next(one for one in levels.actions() if one.text() == "Level drv").trigger()
    menu.close()
    assert "level.drv" in columns.shown
    pick(menu_on(desk, 0, "level.drv"), 'Filter on level.drv == "dep-1"')
    shows(desk, 'level.drv == "dep-1"', 2)
    pick(menu_on(desk, 0, "level.mod"), '… and not level.mod == "Display"')
    shows(desk, 'level.drv == "dep-1" and not level.mod == "Display"', 0)


def test_that_a_branch_of_the_tree_narrows_the_filter_or_is_hidden(filled: Desk) -> None:
    desk = filled
    desk.type("Display filter", "value > 0", "Return")
    shows(desk, "value > 0", 5)
    desk.click_topic("placeos")
    actions = desk.window.topics.view.actions_of_node
    pick(actions.menu(), "Hide this branch")
    shows(desk, 'value > 0 and not topic ~ "placeos/#"', 2)
    desk.window.messages.filter.clear()
    desk.click_topic("other")
    pick(actions.menu(), "… and only this topic")
    shows(desk, 'topic ~ "other"', 2)


def test_that_the_time_between_messages_is_filtered_on(filled: Desk) -> None:
    desk = filled
    pick(menu_on(desk, 2, "topic_delta"), "Filter on gap >= 2s")
    shows(desk, "gap >= 2s", 1)
    desk.window.messages.filter.clear()
    pick(menu_on(desk, 4, "delta"), "… and gap >= 1s")
    shows(desk, "gap >= 1s", 2)
    desk.window.messages.filter.clear()
    words = [one.text() for one in menu_on(desk, 0, "topic_delta").actions()]
    assert not any("gap" in text for text in words)


def test_that_each_subscription_of_a_cell_is_filtered_on(filled: Desk) -> None:
    desk = filled
    menu = menu_on(desk, 0, "subscriptions")
    assert 'Filter on subscription == "placeos/#"' in [one.text() for one in menu.actions()]
    pick(menu, '… and not subscription == "placeos/+/state/#"')
    shows(desk, 'not subscription == "placeos/+/state/#"', 2)


def test_that_properties_are_filtered_on(filled: Desk) -> None:
    desk = filled
    desk.click_row("Messages", 2)
    desk.show_tab("Props")
    view = desk.find(QTableView, "Properties")
    place = view.visualRect(view.model().index(1, 0)).center()
    view.customContextMenuRequested.emit(place)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    pick(menu, 'Filter on prop.user["trace"] == "a1"')
    shows(desk, 'prop.user["trace"] == "a1"', 1)
    properties = desk.window.inspector.property_menu
    pick(properties.menu(0), '… and prop.content_type == "application/json"')
    shows(desk, 'prop.user["trace"] == "a1" and prop.content_type == "application/json"', 1)
    pick(properties.menu(2), "Filter on prop.message_expiry_interval == 60")
    shows(desk, "prop.message_expiry_interval == 60", 1)
    pick(properties.menu(3), "Filter on prop.correlation_data")
    shows(desk, "prop.correlation_data", 1)
    pick(properties.menu(1), "Copy value")
    assert QGuiApplication.clipboard().text() == "a1"
    assert properties.menu(9) is None
    pick(menu_on(desk, 0, "properties"), '… and not prop.user["trace"] == "a1"')
    shows(desk, 'prop.correlation_data and not prop.user["trace"] == "a1"', 0)


def test_that_a_field_of_cbor_is_filtered_on(filled: Desk) -> None:
    desk = filled
    desk.click_row("Messages", 3)
    inspector = desk.window.inspector
    text = inspector.pretty_page.view
    desk.wait(lambda: "Foyer" in text.toPlainText(), "the decoded payload")
    menus = inspector.filter_menu
    pick(menus.menu(text.toPlainText().index("21.5")), "Filter on json.value == 21.5")
    shows(desk, "json.value == 21.5", 1)
    desk.wait(lambda: "Foyer" in text.toPlainText(), "the message, looked at still")
    pick(menus.menu(text.toPlainText().index("Foyer")), '… and json.at.room == "Foyer"')
    shows(desk, 'json.value == 21.5 and json.at.room == "Foyer"', 1)
    desk.type("Display filter", "value == 3", "Return")
    shows(desk, "value == 3", 1)
    desk.click_row("Messages", 0)
    desk.wait(lambda: "h'01'" in text.toPlainText(), "the other payload")
    pick(menus.menu(text.toPlainText().index("h'01'")), "Filter on json.raw")
    shows(desk, "json.raw", 1)


def test_that_the_count_stands_once_and_says_what_is_hidden(filled: Desk) -> None:
    desk = filled
    desk.wait(lambda: desk.says("5 messages", desk.window.filtering.bar), "the count")
    assert not any("messages" in text for text in desk.words(desk.window.messages.header))
    desk.type("Topic Filter to subscribe to", "other")
    desk.click("Exclude: hide what matches, but go on receiving and counting it")
    desk.wait(lambda: desk.says("3 of 5 messages", desk.window.filtering.bar), "what is hidden")


def test_that_follow_stands_in_the_header_of_the_table_in_front(filled: Desk) -> None:
    desk = filled
    messages, packets = desk.window.messages.messages, desk.window.messages.packets
    header = desk.window.messages.header
    assert header.isAncestorOf(messages.follow_button)
    desk.show_tab("Packets")
    assert packets.follow_button.isVisible()
    assert not messages.follow_button.isVisible()
    desk.show_tab("Broker")
    assert not packets.follow_button.isVisible()
    desk.show_tab("Messages")
    QTest.mouseClick(messages.follow_button, Qt.MouseButton.LeftButton)
    assert not messages.view.following
    assert messages.view.mapTo(desk.window.messages, messages.view.rect().topLeft()).y() < 45
