"""The topics pane, driven by keys and clicks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from tests.helpers.fake_bridge import FakeBridge
from tests.helpers.packets import publish
from topicscope.gui import theme
from topicscope.gui.models.topics.texts import MESSAGES
from topicscope.gui.models.topics.tree import MORE
from topicscope.gui.panes.topics import TopicsPane
from topicscope.gui.widgets.topics.actions import filter_of
from topicscope.gui.widgets.topics.painting import name_left

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from PySide6.QtWidgets import QApplication, QMenu
    from pytestqt.qtbot import QtBot


@pytest.fixture
def bridge() -> FakeBridge:
    return FakeBridge()


@pytest.fixture
def pane(qapp: QApplication, qtbot: QtBot, bridge: FakeBridge) -> Iterator[TopicsPane]:
    theme.apply_theme(qapp, "light")
    made = TopicsPane(bridge)
    made.view.branches.settle_s = 0.0
    qtbot.addWidget(made)
    made.resize(400, 500)
    made.show()
    qtbot.waitExposed(made)
    yield made
    qapp.setStyleSheet("")


def tell(bridge: FakeBridge, topics: Iterable[bytes]) -> None:
    bridge.feed([publish(topic, b"1") for topic in topics])


def catch_up(pane: TopicsPane) -> None:
    pane._pacer.fire()
    while pane.model.grow():
        pane.view.branches.after_growth()
    pane._pacer.fire()


def in_sight(pane: TopicsPane) -> list[str]:
    """Return the rows as they stand on screen, indented by two blanks a level."""
    rows: list[str] = []
    index = pane.model.index(0, 0)
    while index.isValid():
        depth = 0
        above = index.parent()
        while above.isValid():
            above, depth = above.parent(), depth + 1
        rows.append("  " * depth + index.data())
        index = pane.view.indexBelow(index)
    return rows


def find(pane: TopicsPane, path: bytes) -> QModelIndex:
    node = next(n for n in pane.model.shown if pane.model.topics.path(n) == path)
    return pane.model.index_of(node)


def choose(pane: TopicsPane, path: bytes) -> None:
    pane.view.setCurrentIndex(find(pane, path))


def click(pane: TopicsPane, index: QModelIndex, x: int | None = None) -> None:
    area = pane.view.visualRect(index)
    position = QPoint(area.left() + 20 if x is None else x, area.center().y())
    QTest.mouseClick(pane.view.viewport(), Qt.MouseButton.LeftButton, pos=position)


def trigger(menu: QMenu, text: str) -> None:
    next(action for action in menu.actions() if action.text() == text).trigger()


def offered(menu: QMenu) -> dict[str, bool]:
    return {action.text(): action.isEnabled() for action in menu.actions() if action.text()}


def test_that_the_first_levels_open_by_themselves(pane: TopicsPane, bridge: FakeBridge) -> None:
    assert pane.empty.isVisible()
    tell(bridge, [b"plant/line1/temp", b"plant/line2/temp", b"$SYS/broker/uptime", b"a/b/c/d/e"])
    catch_up(pane)

    assert in_sight(pane) == [
        "a",
        "  b",
        "    c",
        "plant",
        "  line1",
        "    temp",
        "  line2",
        "    temp",
        "$SYS",
    ]
    assert pane.header.extra() == "4"


def test_that_a_large_capture_stays_closed(pane: TopicsPane, bridge: FakeBridge) -> None:
    tell(bridge, [b"s%d/d%d" % (n % 30, n) for n in range(900)])
    catch_up(pane)

    assert len(in_sight(pane)) <= 60
    assert pane.header.extra() == "900"


def test_that_what_somebody_closed_stays_closed(pane: TopicsPane, bridge: FakeBridge) -> None:
    tell(bridge, [b"a/b", b"c/d"])
    catch_up(pane)
    choose(pane, b"a")
    QTest.keyClick(pane.view, Qt.Key.Key_Left)
    tell(bridge, [b"a/e", b"f/g"])
    catch_up(pane)

    assert in_sight(pane) == ["a", "c", "  d", "f"]


def test_that_the_triangle_opens_and_closes(pane: TopicsPane, bridge: FakeBridge) -> None:
    tell(bridge, [b"a/b"])
    catch_up(pane)
    index = find(pane, b"a")
    assert pane.view.isExpanded(index)

    click(pane, index, 7)
    assert not pane.view.isExpanded(index)
    click(pane, index, 7)
    assert pane.view.isExpanded(index)


def test_that_deep_nodes_are_opened_where_their_triangle_is_painted(
    pane: TopicsPane, bridge: FakeBridge
) -> None:
    tell(bridge, [b"/".join([b"l"] * 1000)])
    catch_up(pane)
    choose(pane, b"l")
    QTest.keyClick(pane.view, Qt.Key.Key_Asterisk)
    rows = in_sight(pane)
    assert len(rows) > 100
    pane.view.grab()
    index = find(pane, b"/".join([b"l"] * 100))
    pane.view.scrollTo(index)
    pane.view.setExpanded(index, False)
    deepest = name_left(100, 0, pane.view.columnWidth(0))

    click(pane, index, deepest - 5)

    assert pane.view.isExpanded(index)


def test_that_a_level_below_stands_behind_the_one_above_however_narrow_the_tree() -> None:
    lefts = [name_left(depth, 0, 120) for depth in range(1, 13)]
    assert lefts == sorted(set(lefts))
    assert name_left(1000, 0, 120) == name_left(2000, 0, 120) < 120


def test_that_choosing_a_node_tells_its_topic(
    pane: TopicsPane, bridge: FakeBridge, qtbot: QtBot
) -> None:
    tell(bridge, [b"a/\xff", b"<img src=x>"])
    catch_up(pane)

    with qtbot.waitSignal(pane.topic_selected) as leaf:
        click(pane, find(pane, b"a/\xff"))
    with qtbot.waitSignal(pane.topic_selected) as branch:
        QTest.keyClick(pane.view, Qt.Key.Key_Up)

    assert leaf.args == [b"a/\xff", True]
    assert branch.args == [b"a", False]
    assert "<img src=x>" in in_sight(pane)


def test_that_enter_shows_only_the_node(pane: TopicsPane, bridge: FakeBridge, qtbot: QtBot) -> None:
    tell(bridge, [b"plant/line1/temp"])
    catch_up(pane)
    choose(pane, b"plant/line1")
    with qtbot.waitSignal(pane.filter_requested) as branch:
        QTest.keyClick(pane.view, Qt.Key.Key_Return)
    choose(pane, b"plant/line1/temp")
    with qtbot.waitSignal(pane.filter_requested) as leaf:
        QTest.keyClick(pane.view, Qt.Key.Key_Return)

    assert branch.args == ["plant/line1/#"]
    assert leaf.args == ["plant/line1/temp"]


def test_that_the_menu_acts_on_the_node(pane: TopicsPane, bridge: FakeBridge, qtbot: QtBot) -> None:
    tell(bridge, [b"plant/line1/temp"])
    catch_up(pane)
    choose(pane, b"plant/line1")
    actions = pane.view.actions_of_node

    trigger(actions.menu(), "Copy topic")
    assert QGuiApplication.clipboard().text() == "plant/line1"
    with qtbot.waitSignal(pane.subscribe_requested) as subscribe:
        trigger(actions.menu(), "Subscribe to this branch")
    assert subscribe.args == ["plant/line1/#"]
    with qtbot.waitSignal(pane.publish_requested) as wanted:
        trigger(actions.menu(), "Publish to this topic")
    assert wanted.args == [b"plant/line1"]
    choose(pane, b"plant/line1/temp")
    with qtbot.waitSignal(pane.filter_requested) as only:
        trigger(actions.menu(), "Show only this topic")
    assert only.args == ["plant/line1/temp"]


def test_that_a_node_no_filter_can_say_offers_none(pane: TopicsPane, bridge: FakeBridge) -> None:
    tell(bridge, [b"a/\xff"])
    catch_up(pane)
    choose(pane, b"a/\xff")
    menu = offered(pane.view.actions_of_node.menu())

    assert menu["Copy topic"]
    assert not menu["Show only this topic"]
    assert not menu["Subscribe to this topic"]
    assert not menu["Publish to this topic"]


@pytest.mark.parametrize(
    ("path", "branch", "expected"),
    [
        (b"a/b", False, "a/b"),
        (b"a/b", True, "a/b/#"),
        (b"", True, "/#"),
        (b"/a", False, "/a"),
        (b"a+b", False, None),
        (b"a/#", False, None),
        (b"\xff", True, None),
        (b"a\x00", False, None),
    ],
)
def test_that_a_node_has_the_filter_that_sees_it(
    path: bytes, branch: bool, expected: str | None
) -> None:
    assert filter_of(path, is_branch=branch) == expected


def test_that_expanding_all_below_is_bounded(pane: TopicsPane, bridge: FakeBridge) -> None:
    tell(bridge, [b"big/g%d/n%d" % (n % 100, n) for n in range(5000)])
    catch_up(pane)
    choose(pane, b"big")

    trigger(pane.view.actions_of_node.menu(), "Expand all below")

    assert 1000 < len(in_sight(pane)) <= 2200


def test_that_a_large_level_shows_more_when_asked(pane: TopicsPane, bridge: FakeBridge) -> None:
    tell(bridge, [b"big/%d" % n for n in range(2500)])
    catch_up(pane)
    index = find(pane, b"big")
    pane.view.setExpanded(index, True)
    assert in_sight(pane)[-1] == "  … 1,500 more"
    more = pane.model.index(1000, 0, index)
    assert pane.model.node(more) & MORE

    pane.view.scrollTo(more)
    click(pane, more)
    assert in_sight(pane)[-1] == "  … 500 more"
    pane.view.setCurrentIndex(pane.model.index(2000, 0, index))
    QTest.keyClick(pane.view, Qt.Key.Key_Return)
    assert in_sight(pane)[-1] == "  2499"


def test_that_a_search_narrows_the_tree_and_its_end_brings_back_what_was_open(
    pane: TopicsPane, bridge: FakeBridge, qtbot: QtBot
) -> None:
    tell(bridge, [b"plant/line1/temp", b"plant/line2/temp", b"home/door"])
    catch_up(pane)
    choose(pane, b"home")
    QTest.keyClick(pane.view, Qt.Key.Key_Left)
    before = in_sight(pane)
    assert "  door" not in before

    QTest.keyClicks(pane.edit, "LINE2")
    qtbot.waitUntil(pane.empty.isVisible)
    assert pane.empty.sentence() == "No topic contains “LINE2”"
    pane.edit.clear()
    QTest.keyClicks(pane.edit, "line2")
    QTest.keyClick(pane.edit, Qt.Key.Key_Return)
    catch_up(pane)
    assert in_sight(pane) == ["plant", "  line2", "    temp"]
    assert pane.header.extra() == "1 of 3"
    tell(bridge, [b"x/line2"])
    catch_up(pane)
    assert in_sight(pane)[-2:] == ["x", "  line2"]

    QTest.keyClick(pane.edit, Qt.Key.Key_Escape)
    catch_up(pane)
    assert in_sight(pane) == [*before, "x"]
    assert pane.edit.text() == ""


def test_that_counters_are_read_when_they_are_painted(pane: TopicsPane, bridge: FakeBridge) -> None:
    changed: list[None] = []
    pane.model.dataChanged.connect(lambda *_: changed.append(None))
    tell(bridge, [b"a/b"] * 5)
    catch_up(pane)
    tell(bridge, [b"a/b"] * 5)
    catch_up(pane)

    assert find(pane, b"a").siblingAtColumn(MESSAGES).data() == "10"
    assert changed == []


def test_that_rates_settle_and_then_nothing_runs(
    pane: TopicsPane, bridge: FakeBridge, qtbot: QtBot
) -> None:
    tell(bridge, [b"a/b"] * 50)
    catch_up(pane)
    assert pane._pacer.waiting
    qtbot.waitUntil(lambda: find(pane, b"a").siblingAtColumn(3).data() != "–")

    qtbot.waitUntil(lambda: not pane._pacer.waiting, timeout=4000)

    assert find(pane, b"a").siblingAtColumn(3).data() == "–"


def test_that_branches_of_the_same_name_open_in_another_capture(
    pane: TopicsPane, bridge: FakeBridge
) -> None:
    tell(bridge, [b"s%d/%d" % (n, m) for n in range(12) for m in range(9)])
    catch_up(pane)
    pane.view.collapseAll()
    pane.view.setExpanded(find(pane, b"s7"), True)

    bridge.replace_log()
    assert pane.empty.isVisible()
    tell(bridge, [b"s%d/%d" % (n, m) for n in range(12) for m in range(9)])
    catch_up(pane)

    assert pane.view.isExpanded(find(pane, b"s7"))


def test_that_a_narrow_tree_leaves_the_number_of_messages_out(
    pane: TopicsPane, bridge: FakeBridge
) -> None:
    tell(bridge, [b"a"])
    catch_up(pane)
    assert not pane.view.isColumnHidden(MESSAGES)
    pane.resize(280, 500)
    assert pane.view.isColumnHidden(MESSAGES)
    assert not pane.view.horizontalScrollBar().isVisible()
    pane.view.grab()


def test_that_a_tree_too_large_opens_the_busiest_branch_for_an_example(
    pane: TopicsPane, bridge: FakeBridge
) -> None:
    homes = [b"home%d/room/lamp" % n for n in range(20)]
    tell(bridge, [*homes, *[b"plant/line1/temp", b"plant/line2/temp"] * 5])
    catch_up(pane)

    rows = in_sight(pane)
    assert rows[20:] == ["plant", "  line1", "    temp", "  line2"]
    assert not any(row.startswith(" ") for row in rows[:20])


def test_that_branches_of_identifiers_stay_closed(pane: TopicsPane, bridge: FakeBridge) -> None:
    tell(bridge, [b"sensor/0x00158d0002b3c4d%d/state" % n for n in range(3)])
    tell(bridge, [b"plant/line1"])
    catch_up(pane)

    assert in_sight(pane) == ["plant", "  line1", "sensor"]


def test_that_branches_open_only_when_the_first_burst_is_over(
    pane: TopicsPane, bridge: FakeBridge
) -> None:
    pane.view.branches.settle_s = 3600.0
    tell(bridge, [b"a/b"])
    catch_up(pane)
    assert in_sight(pane) == ["a"]

    pane.view.branches.settle_s = 0.0
    catch_up(pane)
    assert in_sight(pane) == ["a", "  b"]


def test_that_a_long_name_takes_the_room_of_a_value_that_is_not_there(
    pane: TopicsPane, bridge: FakeBridge, qapp: QApplication
) -> None:
    pane.resize(250, 400)
    tell(bridge, [b"homeassistant_of_ada/x"])
    catch_up(pane)
    pane.view.collapseAll()
    picture = pane.view.viewport().grab().toImage()
    begin = pane.view.columnViewportPosition(1)
    inked = {picture.pixelColor(x, y).name() for x in range(begin, begin + 40) for y in range(22)}
    assert theme.colour("text").name() in inked
