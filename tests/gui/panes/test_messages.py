"""The messages pane, driven by keys and clicks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from tests.helpers.fake_bridge import FakeBridge
from tests.helpers.packets import packet, publish
from topicscope.connection.state import ConnectionState, Phase
from topicscope.gui import theme
from topicscope.gui.panes.messages import MessagesPane
from topicscope.mqtt.control_packets import Direction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication, QMenu
    from pytestqt.qtbot import QtBot

    from topicscope.gui.widgets.messages.view import MessageView


@pytest.fixture
def bridge() -> FakeBridge:
    return FakeBridge()


@pytest.fixture
def pane(qapp: QApplication, qtbot: QtBot, bridge: FakeBridge) -> Iterator[MessagesPane]:
    theme.apply_theme(qapp, "light")
    made = MessagesPane(bridge)
    qtbot.addWidget(made)
    made.resize(760, 400)
    made.show()
    qtbot.waitExposed(made)
    yield made
    qapp.setStyleSheet("")


def catch_up(pane: MessagesPane) -> None:
    pane._pacer.fire()


def feed_many(bridge: FakeBridge, count: int, topic: bytes = b"a/b") -> None:
    bridge.feed([publish(topic, b"%d" % number) for number in range(count)])


def topics_in_sight(view: MessageView) -> list[str]:
    first, last = view.rowAt(0), view.rowAt(view.viewport().height() - 1)
    last = last if last >= 0 else view.model().rowCount() - 1
    return [view.model().index(row, 4).data() for row in range(first, last + 1)]


def actions(menu: QMenu) -> dict[str, bool]:
    return {action.text(): action.isEnabled() for action in menu.actions() if action.text()}


def trigger(menu: QMenu, text: str) -> None:
    next(action for action in menu.actions() if action.text() == text).trigger()


def click_row(view: MessageView, row: int) -> None:
    y = view.rowViewportPosition(row) + 5
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(120, y))


def has_colour(widget: QWidget, role: str) -> bool:
    image, wanted = widget.grab().toImage(), theme.colour(role).rgb()
    return any(
        image.pixel(x, y) == wanted for y in range(image.height()) for x in range(image.width())
    )


def test_that_an_empty_capture_says_what_to_do(pane: MessagesPane, bridge: FakeBridge) -> None:
    assert pane.messages.empty.isVisible()
    assert pane.messages.empty.sentence().startswith("No messages yet: connect to a broker")
    bridge.set_state(ConnectionState(Phase.CONNECTED))
    assert pane.messages.empty.sentence().startswith("No messages yet: what is published")
    assert not pane.messages.empty.button.isVisible()

    feed_many(bridge, 3)
    catch_up(pane)

    assert not pane.messages.empty.isVisible()
    assert pane.messages.view.isVisible()
    assert (pane.messages.shown, pane.messages.total) == (3, 3)


def test_that_topics_from_the_network_are_painted_as_text(
    pane: MessagesPane, bridge: FakeBridge
) -> None:
    hostile = [b"<img src=x>", b"\xff\xfe", "\u202eabc".encode(), b"a\x00b", b"", b"x" * 65_535]
    bridge.feed([publish(topic, topic[:999]) for topic in hostile])
    bridge.note("<b>lost</b> \u202e")
    catch_up(pane)

    assert topics_in_sight(pane.messages.view)[:5] == [
        "<img src=x>",
        "\\xff\\xfe",
        "\\u202eabc",
        "a\\x00b",
        "",
    ]
    assert pane.messages.model.row_text(6).note == "<b>lost</b> \\u202e"
    assert has_colour(pane.messages.view.viewport(), "warning_ground")
    pane.tabs.setCurrentIndex(1)
    assert has_colour(pane.packets.view.viewport(), "warning_ground")


@pytest.mark.parametrize("name", ["light", "dark"])
def test_that_what_we_sent_stands_out_in_both_themes(
    pane: MessagesPane, bridge: FakeBridge, qapp: QApplication, name: theme.ThemeChoice
) -> None:
    theme.apply_theme(qapp, name)
    feed_many(bridge, 3)
    catch_up(pane)
    view = pane.messages.view
    assert not has_colour(view.viewport(), "accent")

    bridge.feed([publish(b"a/set", b"1")], Direction.OUT)
    catch_up(pane)

    assert pane.messages.model.index(3, 3).data() == "→"
    assert has_colour(view.viewport(), "accent")
    assert view.grab().toImage().pixelColor(5, 200) == QColor(theme.colour("panel"))


def test_that_the_newest_row_is_followed_until_somebody_scrolls_up(
    pane: MessagesPane, bridge: FakeBridge
) -> None:
    view, button = pane.messages.view, pane.messages.follow_button
    feed_many(bridge, 100)
    catch_up(pane)
    bar = view.verticalScrollBar()
    assert bar.value() == bar.maximum()
    assert button.isChecked()

    bar.setValue(20)
    assert not view.following
    assert not button.isChecked()
    feed_many(bridge, 100)
    catch_up(pane)
    assert bar.value() == 20

    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert view.following
    assert bar.value() == bar.maximum()
    feed_many(bridge, 10)
    catch_up(pane)
    assert bar.value() == bar.maximum()
    assert view.rowAt(view.viewport().height() - 2) == 209


def test_that_end_goes_to_the_newest_row_and_follows(
    pane: MessagesPane, bridge: FakeBridge
) -> None:
    view = pane.messages.view
    feed_many(bridge, 100)
    catch_up(pane)
    QTest.keyClick(view, Qt.Key.Key_Home)
    assert (view.current_row(), view.following) == (0, False)
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert view.current_row() == 1

    QTest.keyClick(view, Qt.Key.Key_End)

    assert (view.current_row(), view.following) == (99, True)


def test_that_a_click_selects_and_stops_following(
    pane: MessagesPane, bridge: FakeBridge, qtbot: QtBot
) -> None:
    feed_many(bridge, 5)
    catch_up(pane)
    view = pane.messages.view

    with qtbot.waitSignal(pane.record_selected) as selected:
        click_row(view, 2)

    assert selected.args == [2]
    assert not view.following
    assert view.actions_of_row.current_record().payload == b"2"
    assert has_colour(view.viewport(), "selection")


def test_that_the_selection_stays_with_its_row_while_others_are_evicted(
    qapp: QApplication, qtbot: QtBot
) -> None:
    assert qapp is not None
    bridge = FakeBridge(memory_budget=20 << 20)
    pane = MessagesPane(bridge)
    qtbot.addWidget(pane)
    pane.resize(760, 200)
    pane.show()
    big = b"x" * (1 << 20)
    for number in range(18):
        bridge.feed([publish(b"t/%d" % number, big)])
    catch_up(pane)
    pane.show_row(16)
    view = pane.messages.view
    view.verticalScrollBar().setValue(10)
    in_sight = topics_in_sight(view)

    for number in range(18, 26):
        bridge.feed([publish(b"t/%d" % number, big)])
        catch_up(pane)

    assert pane.messages.model.dropped > 0
    assert (view.current_row(), view.actions_of_row.selected_positions()) == (
        16,
        [16 - pane.messages.model.dropped],
    )
    assert topics_in_sight(view) == in_sight
    with qtbot.waitSignal(pane.record_selected, check_params_cb=(-1).__eq__):
        for number in range(26, 60):
            bridge.feed([publish(b"t/%d" % number, big)])
            catch_up(pane)
    assert view.current_row() == -1
    assert view.actions_of_row.selected_positions() == []


def test_that_a_topic_filter_decides_what_is_shown(
    pane: MessagesPane, bridge: FakeBridge, qtbot: QtBot
) -> None:
    bridge.feed([publish(b"plant/%d/temperature" % n, b"1") for n in range(4)])
    bridge.feed([publish(b"plant/%d/pressure" % n, b"1") for n in range(6)])
    catch_up(pane)
    page = pane.messages
    assert (page.shown, page.total) == (10, 10)

    with qtbot.waitSignal(pane.filter.changed) as changed:
        pane.set_topic_filter("plant/+/temperature")

    assert changed.args == ['topic ~ "plant/+/temperature"']
    assert (page.shown, page.total) == (4, 10)
    assert (pane.shown, pane.hidden) == (4, 6)
    bridge.feed([publish(b"plant/9/temperature", b"1"), publish(b"x", b"1")])
    catch_up(pane)
    assert (page.shown, page.total) == (5, 12)

    pane.filter.clear()
    assert pane.filter.text == ""
    assert (page.shown, page.total) == (12, 12)


def test_that_a_filter_that_hides_all_offers_to_show_all(
    pane: MessagesPane, bridge: FakeBridge
) -> None:
    feed_many(bridge, 7)
    catch_up(pane)

    pane.set_topic_filter("nothing/here")

    assert pane.messages.empty.sentence() == "None of 7 messages matches the display filter"
    QTest.mouseClick(pane.messages.empty.button, Qt.MouseButton.LeftButton)
    assert pane.filter.text == ""
    assert pane.messages.view.isVisible()


def test_that_a_filter_keeps_the_selected_message(pane: MessagesPane, bridge: FakeBridge) -> None:
    bridge.feed([publish(b"a", b"1"), publish(b"b", b"2"), publish(b"a", b"3")])
    catch_up(pane)
    row = bridge.log.first_row + 2
    pane.show_row(row)

    pane.set_topic_filter("a")
    assert pane.messages.view.current_row() == row
    pane.set_topic_filter("b")
    assert pane.messages.view.current_row() == -1


def test_that_freezing_says_how_many_wait(pane: MessagesPane, bridge: FakeBridge) -> None:
    feed_many(bridge, 10)
    catch_up(pane)
    pane.set_frozen(True)
    feed_many(bridge, 1204)
    catch_up(pane)

    assert pane.messages.frozen_label.text() == "1,204 waiting"
    assert pane.messages.frozen_label.isVisible()
    assert pane.messages.model.rowCount() == 10
    assert (pane.shown, pane.hidden, pane.waiting) == (10, 0, 1204)

    pane.set_frozen(False)
    assert not pane.messages.frozen_label.isVisible()
    assert pane.shown == 1214


def test_that_the_packets_tab_shows_every_packet_and_the_same_selection(
    pane: MessagesPane, bridge: FakeBridge, qtbot: QtBot
) -> None:
    bridge.feed([publish(b"a", b"1", qos=1), packet(0xD0), publish(b"b", b"2")])
    catch_up(pane)
    click_row(pane.messages.view, 1)
    row = pane.messages.view.current_row()

    pane.tabs.setCurrentIndex(1)

    assert pane.packets.view.isVisible()
    assert pane.packets.model.rowCount() == 3
    assert pane.packets.total == 3
    assert pane.packets.view.current_row() == row
    with qtbot.waitSignal(pane.record_selected) as selected:
        click_row(pane.packets.view, 1)
    assert selected.args == [1]


def test_that_other_panes_can_be_tabs(pane: MessagesPane) -> None:
    page = QLabel("what the broker says")
    index = pane.add_tab(page, "Broker")

    pane.tabs.setCurrentIndex(index)

    assert page.isVisible()
    assert [pane.tabs.tabText(n) for n in range(3)] == ["Messages", "Packets", "Broker"]


def test_that_rows_are_copied_with_exact_payloads(pane: MessagesPane, bridge: FakeBridge) -> None:
    bridge.feed([publish(b"a/b", "a\tµ\u202e".encode()), publish(b"c\xff", b"\x00\xff")])
    catch_up(pane)
    view = pane.messages.view
    view.selectAll()
    QTest.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)

    lines = QGuiApplication.clipboard().text().split("\n")
    assert [line.split("\t", 1)[1] for line in lines] == [
        "a/b\ta\tµ\u202e",
        "0x63ff\t0x00ff",
    ]


def test_that_copying_too_many_rows_says_how_many_are_left_out(
    pane: MessagesPane, bridge: FakeBridge
) -> None:
    feed_many(bridge, 12_000)
    catch_up(pane)
    pane.messages.view.selectAll()
    pane.messages.view.actions_of_row.copy_rows()

    lines = QGuiApplication.clipboard().text().split("\n")
    assert len(lines) == 10_001
    assert lines[-1] == "… 2,000 more rows were selected and are not copied"


def test_that_the_menu_acts_on_the_row(
    pane: MessagesPane, bridge: FakeBridge, qtbot: QtBot
) -> None:
    bridge.feed([publish(b"a/b", b"1"), publish(b"a/c", b"\xff\x01")])
    catch_up(pane)
    view = pane.messages.view
    click_row(view, 1)

    trigger(view.actions_of_row.menu(), "Copy topic")
    assert QGuiApplication.clipboard().text() == "a/c"
    trigger(view.actions_of_row.menu(), "Copy payload")
    assert QGuiApplication.clipboard().text() == "0xff01"
    exact = QGuiApplication.clipboard().mimeData().data("application/octet-stream")
    assert bytes(exact.data()) == b"\xff\x01"
    with qtbot.waitSignal(pane.publish_requested) as wanted:
        trigger(view.actions_of_row.menu(), "Publish to this topic")
    assert wanted.args == [b"a/c"]
    trigger(view.actions_of_row.menu(), "Show only this topic")
    assert pane.filter.text == 'topic ~ "a/c"'
    assert topics_in_sight(view) == ["a/c"]


def test_that_a_topic_no_filter_can_say_is_not_offered_as_one(
    pane: MessagesPane, bridge: FakeBridge
) -> None:
    bridge.feed([publish(b"\xff", b"1"), publish(b"a/#", b"1")])
    catch_up(pane)
    view = pane.messages.view
    for row in (0, 1):
        click_row(view, row)
        offered = actions(view.actions_of_row.menu())
        assert offered["Copy topic"]
        assert not offered["Show only this topic"]
        assert not offered["Publish to this topic"]


def test_that_another_capture_replaces_all_rows(
    pane: MessagesPane, bridge: FakeBridge, qtbot: QtBot
) -> None:
    feed_many(bridge, 5)
    catch_up(pane)
    pane.set_topic_filter("a/b")
    click_row(pane.messages.view, 1)

    with qtbot.waitSignal(pane.record_selected, check_params_cb=(-1).__eq__):
        bridge.replace_log()
    assert pane.shown == 0
    assert pane.messages.empty.isVisible()
    bridge.feed([publish(b"a/b", b"1"), publish(b"z", b"1")])
    catch_up(pane)
    assert (pane.shown, pane.hidden) == (1, 1)


def test_that_nothing_runs_when_nothing_arrives(
    pane: MessagesPane, bridge: FakeBridge, qtbot: QtBot
) -> None:
    feed_many(bridge, 5)
    feed_many(bridge, 5)
    qtbot.waitUntil(lambda: not pane._pacer.waiting)

    assert pane.messages.model.rowCount() == 10
    updated: list[None] = []
    pane.counts_changed.connect(lambda: updated.append(None))
    qtbot.wait(120)
    assert updated == []


def test_that_a_hidden_pane_takes_its_time_and_catches_up(
    pane: MessagesPane, bridge: FakeBridge, qtbot: QtBot
) -> None:
    feed_many(bridge, 5)
    pane.hide()
    feed_many(bridge, 5)
    assert pane._pacer.interval_ms >= 500

    pane.show()
    qtbot.waitUntil(lambda: pane.messages.model.rowCount() == 10)


def test_that_only_trouble_is_amber(pane: MessagesPane, bridge: FakeBridge) -> None:
    bridge.note("Opened mqtt://lab:1883.")
    bridge.note("Connected to lab:1883 as me, session not present.")
    catch_up(pane)
    view = pane.messages.view
    assert not has_colour(view.viewport(), "warning_ground")
    bridge.note("Connection lost: closed.")
    catch_up(pane)
    assert has_colour(view.viewport(), "warning_ground")


def test_that_a_narrow_pane_says_less_before_it_cuts_titles(
    pane: MessagesPane, bridge: FakeBridge
) -> None:
    pane.resize(900, 400)
    pane.set_frozen(True)
    feed_many(bridge, 3)
    catch_up(pane)
    assert pane.messages.frozen_label.text() == "3 waiting"
    pane.resize(600, 400)
    assert pane.messages.frozen_label.text() == "+3"
    assert "3 rows wait" in pane.messages.frozen_label.toolTip()
    pane.resize(900, 400)
    assert pane.messages.frozen_label.text() == "3 waiting"


def test_that_notes_alone_do_not_hide_the_words_on_what_to_do(
    pane: MessagesPane, bridge: FakeBridge, qtbot: QtBot
) -> None:
    bridge.set_state(ConnectionState(Phase.CONNECTED))
    bridge.note("Opened mqtt://lab:1883.")
    bridge.note("Connected to lab:1883 as me, session not present.")
    catch_up(pane)
    page = pane.messages
    assert page.view.isVisible()
    assert page.empty.isVisible()
    assert page.empty.sentence().startswith("No messages yet: what is published")

    feed_many(bridge, 7)
    catch_up(pane)
    assert not page.empty.isVisible()
    pane.set_topic_filter("elsewhere/#")
    catch_up(pane)
    assert page.view.isVisible()
    assert page.empty.sentence() == "None of 7 messages matches the display filter"
    QTest.mouseClick(page.empty.button, Qt.MouseButton.LeftButton)
    catch_up(pane)
    assert not page.empty.isVisible()
    qtbot.waitUntil(lambda: page.view.height() > 200)
