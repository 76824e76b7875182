"""The table of messages: widths of its columns, marks of its rows, and the focus."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest

from tests.helpers.fake_bridge import FakeBridge
from tests.helpers.packets import publish
from topicscope.gui import theme
from topicscope.gui.panes.messages import MessagesPane
from topicscope.gui.widgets.messages.painting import cut_in_middle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot


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


def feed_many(bridge: FakeBridge, count: int) -> None:
    bridge.feed([publish(b"a/b", b"%d" % number) for number in range(count)])


def test_that_topic_and_payload_share_what_the_other_columns_leave(
    pane: MessagesPane, bridge: FakeBridge
) -> None:
    pane.resize(650, 400)
    feed_many(bridge, 50)
    catch_up(pane)
    view = pane.messages.view
    header = view.horizontalHeader()
    assert not view.horizontalScrollBar().isVisible()
    assert header.length() == view.viewport().width()
    topic, payload = header.sectionSize(4), header.sectionSize(8)
    assert 0.8 < topic / payload < 1.0

    pane.resize(900, 400)
    assert header.sectionSize(4) > topic
    assert header.length() == view.viewport().width()


def test_that_a_column_sized_by_hand_keeps_its_width(
    pane: MessagesPane, bridge: FakeBridge
) -> None:
    feed_many(bridge, 3)
    catch_up(pane)
    header = pane.messages.view.horizontalHeader()
    header.resizeSection(4, 300)
    pane.resize(1000, 400)
    assert header.sectionSize(4) == 300
    assert header.length() == pane.messages.view.viewport().width()


def test_that_a_table_too_narrow_for_all_columns_scrolls(pane: MessagesPane) -> None:
    sizes = pane.messages.view._sizes
    sizes.share(100)
    header = pane.messages.view.horizontalHeader()
    assert header.sectionSize(4) >= 12 * pane.messages.view._painter.advance
    assert header.length() > 500


def test_that_numbers_get_more_room_before_they_are_cut(pane: MessagesPane) -> None:
    view = pane.messages.view
    before = view.columnWidth(0)
    assert not view._sizes.fit_number(99_999)
    assert view._sizes.fit_number(100_000)
    assert not view._sizes.fit_number(99_999_999)
    view._sizes.share_again()
    assert view.columnWidth(0) >= view._painter.width("99,999,999") > before


def test_that_rows_are_marked_with_the_colour_of_their_subscription(
    pane: MessagesPane, bridge: FakeBridge
) -> None:
    tint = QColor("#12ab34")
    pane.set_colour_source(lambda topic_id: tint if topic_id == 1 else None)
    bridge.feed([publish(b"a", b"1"), publish(b"b", b"2"), publish(b"a", b"3")])
    bridge.note("lost")
    catch_up(pane)
    picture = pane.messages.view.viewport().grab().toImage()
    marks = [picture.pixelColor(1, 11 + 22 * row) == tint for row in range(4)]
    assert marks == [False, True, False, False]
    assert picture.pixelColor(4, 33) != tint

    tint.setRgb(0xAB, 0x12, 0x34)
    pane.renew_colours()
    assert pane.messages.view.viewport().grab().toImage().pixelColor(1, 33).name() == "#ab1234"


def test_that_the_focus_selects_nothing_and_goes_to_the_table_in_sight(
    pane: MessagesPane, bridge: FakeBridge, qtbot: QtBot
) -> None:
    pane.activateWindow()
    pane.setFocus()
    feed_many(bridge, 50)
    catch_up(pane)
    view = pane.messages.view
    qtbot.waitUntil(view.hasFocus)
    assert view.current_row() == -1
    assert view.following

    pane.tabs.setCurrentIndex(1)
    assert pane.packets.view.hasFocus()
    QTest.keyClick(pane.packets.view, Qt.Key.Key_Up)
    assert pane.packets.view.current_row() == 49


def test_that_a_table_that_becomes_higher_does_not_begin_to_follow(
    pane: MessagesPane, bridge: FakeBridge, qtbot: QtBot
) -> None:
    feed_many(bridge, 20)
    catch_up(pane)
    view = pane.messages.view
    view.select_row(18)
    assert not view.following
    assert view.verticalScrollBar().value()
    pane.resize(760, 900)
    qtbot.waitUntil(lambda: not view.verticalScrollBar().maximum())
    assert not view.following
    pane.resize(760, 400)
    qtbot.waitUntil(lambda: view.verticalScrollBar().maximum() > 0)
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum())
    assert view.following


def test_that_the_last_levels_of_a_long_topic_stay_in_sight() -> None:
    assert cut_in_middle("plant/line1/oven/temperature", 17) == "plan…/temperature"
    assert cut_in_middle("plant/line12/temperature", 15) == "…12/temperature"
    assert cut_in_middle("plant/line1/oven/temperature", 10) == "pla…rature"
    assert cut_in_middle("plant/line1/a", 10) == "pla…ine1/a"
    assert cut_in_middle("plant", 5) == "plant"
    assert cut_in_middle("plant", 1) == "…"
