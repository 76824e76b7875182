"""More ways through the topics pane: columns, pins, levels, search modes, silence, moments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from tests.gui.panes.test_topics import catch_up, choose, find, in_sight, offered, tell, trigger
from tests.helpers.fake_bridge import FakeBridge
from tests.helpers.packets import publish
from topicscope.capture.moments import History
from topicscope.connection.state import ConnectionState, Phase
from topicscope.gui import theme
from topicscope.gui.models.topics.columns import (
    AGE,
    BYTES,
    LAST_VALUE,
    MESSAGES,
    RATE,
    TOPIC,
)
from topicscope.gui.models.topics.search import SearchMode
from topicscope.gui.panes.topics import TopicsPane

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot


@pytest.fixture
def bridge() -> FakeBridge:
    return FakeBridge()


@pytest.fixture
def pane(qapp: QApplication, qtbot: QtBot, bridge: FakeBridge) -> Iterator[TopicsPane]:
    theme.apply_theme(qapp, "light")
    made = TopicsPane(bridge)  # type: ignore[arg-type]
    made.view.branches.settle_s = 0.0
    qtbot.addWidget(made)
    made.resize(400, 500)
    made.show()
    qtbot.waitExposed(made)
    yield made
    qapp.setStyleSheet("")


def refresh(pane: TopicsPane) -> None:
    pane.model.texts.facts._refreshed_s = -1.0
    pane._pacer.fire()


def shown(pane: TopicsPane) -> set[int]:
    return {column for column in range(7) if not pane.view.isColumnHidden(column)}


def test_that_columns_are_chosen_in_the_header_and_remembered(
    pane: TopicsPane, bridge: FakeBridge, qtbot: QtBot
) -> None:
    tell(bridge, [b"a"])
    catch_up(pane)
    pane.remember_columns()
    trigger(pane.view.columns.menu(), "Bytes")
    trigger(pane.view.columns.menu(), "Messages")
    assert BYTES in shown(pane)
    assert MESSAGES not in shown(pane)
    pane.resize(250, 500)
    assert BYTES in shown(pane)

    other = TopicsPane(bridge)  # type: ignore[arg-type]
    qtbot.addWidget(other)
    other.remember_columns()
    assert shown(other) == shown(pane)
    trigger(other.view.columns.menu(), "As many as fit")
    other.resize(600, 400)
    other.show()
    catch_up(other)
    assert MESSAGES in shown(other)
    assert BYTES not in shown(other)


def test_that_a_click_on_a_heading_sorts_and_keeps_what_is_open_and_chosen(
    pane: TopicsPane, bridge: FakeBridge
) -> None:
    tell(bridge, [b"a/x", *[b"b/y"] * 3, *[b"b/z"] * 2])
    catch_up(pane)
    choose(pane, b"b/z")
    header = pane.view.header()
    place = QPoint(header.sectionViewportPosition(MESSAGES) + 10, header.height() // 2)
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)

    assert in_sight(pane) == ["b", "  y", "  z", "a", "  x"]
    assert pane.model.topics.path(pane.model.node(pane.view.currentIndex())) == b"b/z"
    tell(bridge, [b"a/x"] * 9)
    refresh(pane)
    assert in_sight(pane) == ["a", "  x", "b", "  y", "  z"]
    assert pane.model.topics.path(pane.model.node(pane.view.currentIndex())) == b"b/z"
    pane.view.sortByColumn(TOPIC, Qt.SortOrder.AscendingOrder)
    assert in_sight(pane)[0] == "a"


def test_that_arrow_keys_walk_the_tree(pane: TopicsPane, bridge: FakeBridge) -> None:
    tell(bridge, [b"a/b/c"])
    catch_up(pane)
    choose(pane, b"a")
    QTest.keyClick(pane.view, Qt.Key.Key_Left)
    assert in_sight(pane) == ["a"]
    QTest.keyClick(pane.view, Qt.Key.Key_Right)
    QTest.keyClick(pane.view, Qt.Key.Key_Right)
    assert pane.model.topics.path(pane.model.node(pane.view.currentIndex())) == b"a/b"
    QTest.keyClick(pane.view, Qt.Key.Key_Left)
    QTest.keyClick(pane.view, Qt.Key.Key_Left)
    assert pane.model.topics.path(pane.model.node(pane.view.currentIndex())) == b"a"


def test_that_ctrl_and_a_digit_show_so_many_levels(pane: TopicsPane, bridge: FakeBridge) -> None:
    tell(bridge, [b"a/b/c/d", b"e/f/g"])
    catch_up(pane)
    choose(pane, b"a")

    QTest.keyClick(pane.view, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    assert in_sight(pane) == ["a", "  b", "    c", "e", "  f", "    g"]
    QTest.keyClick(pane.view, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert in_sight(pane) == ["a", "e"]
    trigger(pane.view.actions_of_node.menu().findChildren(type(pane.view.actions_of_node.menu()))[0],
            "Level 2\tCtrl+2")  # fmt: skip
    assert in_sight(pane) == ["a", "  b", "e", "  f"]


def test_that_too_many_levels_are_told(pane: TopicsPane, bridge: FakeBridge, qtbot: QtBot) -> None:
    tell(bridge, [b"g%d/n%d" % (n % 100, n) for n in range(5000)])
    catch_up(pane)
    with qtbot.waitSignal(pane.told) as told:
        QTest.keyClick(pane.view, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert "2,000" in told.args[1]


def test_that_pinned_topics_stay_above_the_tree_through_another_capture(
    pane: TopicsPane, bridge: FakeBridge, qtbot: QtBot
) -> None:
    tell(bridge, [b"a/b", b"c"])
    catch_up(pane)
    assert not pane.pinned.isVisible()
    choose(pane, b"a/b")
    trigger(pane.view.actions_of_node.menu(), "Pin this topic")
    assert pane.pinned.isVisible()
    assert pane.pinned_model.data(pane.pinned_model.index(0)) == "a/b"
    assert pane.pinned_model.value(0) == ("1", True)
    pane.grab()

    bridge.replace_log()
    assert pane.pinned_model.value(0) == ("not seen", False)
    tell(bridge, [b"a/b", b"c"])
    catch_up(pane)
    pane.view.collapseAll()
    area = pane.pinned.visualRect(pane.pinned_model.index(0))
    QTest.mouseClick(pane.pinned.viewport(), Qt.MouseButton.LeftButton, pos=area.center())
    assert pane.model.topics.path(pane.model.node(pane.view.currentIndex())) == b"a/b"
    with qtbot.waitSignal(pane.filter_requested) as only:
        QTest.keyClick(pane.pinned, Qt.Key.Key_Return)
    assert only.args == ["a/b"]
    assert "Unpin this topic" in offered(pane.view.actions_of_node.menu())
    trigger(pane.pinned.menu(), "Unpin")
    assert not pane.pinned.isVisible()


def test_that_a_search_that_makes_no_sense_is_red_and_says_why(
    pane: TopicsPane, bridge: FakeBridge, qtbot: QtBot
) -> None:
    tell(bridge, [b"plant/line1/temp", b"plant/line2/temp", b"home/temp"])
    catch_up(pane)
    trigger(pane.search.button.menu(), "Matches the Topic Filter\t+/#")
    assert pane.search.mode is SearchMode.TOPIC_FILTER
    QTest.keyClicks(pane.edit, "plant/#x")
    qtbot.waitUntil(pane.search.reason.isVisible)
    assert pane.edit.property("valid") == "no"
    assert pane.model.search is None

    pane.edit.clear()
    QTest.keyClicks(pane.edit, "plant/+/temp")
    QTest.keyClick(pane.edit, Qt.Key.Key_Return)
    catch_up(pane)
    assert pane.header.extra() == "2 of 3"
    assert not pane.search.reason.isVisible()
    trigger(pane.search.button.menu(), "Matches the regular expression\t.*")
    QTest.keyClick(pane.edit, Qt.Key.Key_Escape)
    QTest.keyClicks(pane.edit, "^ho")
    QTest.keyClick(pane.edit, Qt.Key.Key_Down)
    catch_up(pane)
    assert in_sight(pane) == ["home", "  temp"]


def test_that_clearing_offers_the_number_of_retained_topics(
    pane: TopicsPane, bridge: FakeBridge, qtbot: QtBot
) -> None:
    bridge.feed([publish(b"a/%d" % n, b"1", retain=n < 2) for n in range(4)])
    catch_up(pane)
    choose(pane, b"a/3")
    assert not offered(pane.view.actions_of_node.menu())["Clear retained"]
    choose(pane, b"a/1")
    assert offered(pane.view.actions_of_node.menu())["Clear retained"]
    choose(pane, b"a")
    with qtbot.waitSignal(pane.clear_requested) as wanted:
        trigger(pane.view.actions_of_node.menu(), "Clear 2 retained topics…")
    assert wanted.args == [b"a"]


def test_that_silence_is_said_in_words(pane: TopicsPane, bridge: FakeBridge) -> None:
    for _ in range(8):
        bridge.feed([publish(b"a/gone", b"1"), publish(b"a/here", b"1")], seconds=1.0)
    for _ in range(200):
        bridge.feed([publish(b"a/here", b"1")], seconds=1.2)
    catch_up(pane)
    refresh(pane)

    assert find(pane, b"a/gone").siblingAtColumn(AGE).data() == "silent 4 min"
    pane.resize(700, 500)
    picture = pane.view.viewport().grab().toImage()
    area = pane.view.visualRect(find(pane, b"a/gone").siblingAtColumn(AGE))
    warning = theme.colour("warning").name()
    inked = {
        picture.pixelColor(x, y).name()
        for x in range(area.left(), area.right())
        for y in range(area.top(), area.bottom())
    }
    assert warning in inked


def test_that_ages_go_on_only_while_connected_and_seen(
    pane: TopicsPane, bridge: FakeBridge, qtbot: QtBot
) -> None:
    tell(bridge, [b"a"])
    qtbot.waitUntil(lambda: not pane._pacer.waiting, timeout=5000)
    assert not pane._ageing.isActive()
    bridge.set_state(ConnectionState(Phase.CONNECTED, ""))
    pane._pacer.fire()
    qtbot.waitUntil(pane._ageing.isActive)
    pane.hide()
    assert not pane._ageing.isActive()


def test_that_a_moment_shows_the_values_of_then(pane: TopicsPane, bridge: FakeBridge) -> None:
    tell(bridge, [b"a/x"])
    first = bridge.log.end_row - 1
    tell(bridge, [b"b/y"])
    catch_up(pane)
    pane.set_moment(History(bridge.log).moment(first))
    pane.grab()
    assert find(pane, b"a/x").siblingAtColumn(MESSAGES).data() == ""
    assert find(pane, b"b/y").siblingAtColumn(1).data() == "not yet"

    pane.set_moment(None)
    assert find(pane, b"a/x").siblingAtColumn(MESSAGES).data() == "1"
    assert find(pane, b"a/x").siblingAtColumn(RATE).data() != ""


def test_that_the_heading_of_the_values_fits_in_a_narrow_tree(
    pane: TopicsPane, bridge: FakeBridge
) -> None:
    pane.resize(244, 300)
    header = pane.view.header()
    assert header.sectionSize(LAST_VALUE) >= header.sectionSizeHint(LAST_VALUE)
    assert header.sectionSize(TOPIC) >= 60
