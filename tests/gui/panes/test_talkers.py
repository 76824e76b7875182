"""The talkers, driven as a person would."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPersistentModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester, QTest

from tests.helpers.fake_bridge import FakeBridge
from tests.helpers.packets import publish
from topicscope.gui import theme
from topicscope.gui.connection.topic_pulse import TopicPulse
from topicscope.gui.models.topics.talkers import SERIES_ROLE, TalkerColumn
from topicscope.gui.panes.talkers import TalkersPane

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot


@pytest.fixture
def bridge() -> FakeBridge:
    return FakeBridge()


@pytest.fixture
def pane(qapp: QApplication, qtbot: QtBot, bridge: FakeBridge) -> Iterator[TalkersPane]:
    theme.apply_theme(qapp, "light")
    made = TalkersPane(bridge, TopicPulse(bridge, bridge))  # type: ignore[arg-type]
    mode = QAbstractItemModelTester.FailureReportingMode.Warning
    QAbstractItemModelTester(made.model, mode, made)
    qtbot.addWidget(made)
    made.resize(800, 400)
    made.show()
    qtbot.waitExposed(made)
    yield made
    qapp.setStyleSheet("")


def say(bridge: FakeBridge, pane: TalkersPane, **topics: int) -> None:
    """Let a second pass in which topics said something so many times."""
    packets = [publish(b"t/" + name.encode(), b"1") for name, n in topics.items() for _ in range(n)]
    bridge.feed(packets, seconds=1.0)
    while bridge.log.topics.pending:
        bridge.log.topics.grow()
    pane._pacer.fire()


def cells(pane: TalkersPane, column: int = TalkerColumn.TOPIC) -> list[str]:
    return [pane.model.index(row, column).data() for row in range(pane.model.rowCount())]


def choose(pane: TalkersPane, title: str) -> None:
    tabs = pane.measures
    tabs.setCurrentIndex([tabs.tabText(n) for n in range(tabs.count())].index(title))


def test_that_those_who_say_most_come_first(pane: TalkersPane, bridge: FakeBridge) -> None:
    assert pane.empty.isVisible()
    say(bridge, pane, a=1, b=1)
    say(bridge, pane, a=2, b=8)
    assert cells(pane) == ["t/b", "t/a"]
    say(bridge, pane, a=30)

    assert cells(pane) == ["t/a", "t/b"]
    assert cells(pane, TalkerColumn.MESSAGES) == ["16 /s", "4 /s"]
    series = pane.model.index(0, TalkerColumn.SERIES).data(SERIES_ROLE)
    assert series[-1] == pytest.approx(30, rel=0.05)
    pane.grab()


def test_that_a_chosen_row_goes_with_its_topic(pane: TalkersPane, bridge: FakeBridge) -> None:
    say(bridge, pane, a=1, b=1)
    say(bridge, pane, a=2, b=8)
    pane.view.setCurrentIndex(pane.model.index(1, 0))
    kept = QPersistentModelIndex(pane.model.index(1, 0))
    say(bridge, pane, a=30, c=1)

    assert kept.data() == "t/a"
    assert pane.view.currentIndex().row() == 0


def test_that_a_click_or_enter_shows_only_that(
    pane: TalkersPane, bridge: FakeBridge, qtbot: QtBot
) -> None:
    say(bridge, pane, a=1)
    say(bridge, pane, a=2)
    position = pane.view.visualRect(pane.model.index(0, 0)).center()
    with qtbot.waitSignal(pane.filter_requested) as clicked:
        QTest.mouseClick(pane.view.viewport(), Qt.MouseButton.LeftButton, pos=position)
    assert clicked.args == ["t/a"]

    pane.branches.setChecked(True)
    assert cells(pane)[0] in {"t/…", "t/a"}
    pane.view.setCurrentIndex(pane.model.index(0, 0))
    with qtbot.waitSignal(pane.filter_requested) as pressed:
        QTest.keyClick(pane.view, Qt.Key.Key_Return)
    assert pressed.args[0].startswith("t/")


def test_that_the_menu_leads_to_the_tree(
    pane: TalkersPane, bridge: FakeBridge, qtbot: QtBot
) -> None:
    say(bridge, pane, a=1)
    say(bridge, pane, a=2)
    pane.view.setCurrentIndex(pane.model.index(0, 0))
    actions = {action.text(): action for action in pane.view.menu().actions()}

    with qtbot.waitSignal(pane.reveal_requested) as wanted:
        actions["Show in the tree of topics"].trigger()
    assert wanted.args == [b"t/a"]
    actions["Copy topic"].trigger()
    assert QGuiApplication.clipboard().text() == "t/a"


def test_that_growth_ranks_branches(pane: TalkersPane, bridge: FakeBridge) -> None:
    say(bridge, pane, old=1)
    choose(pane, "New topics")
    say(bridge, pane, n1=1, n2=1, n3=1)
    say(bridge, pane, n4=1)

    assert cells(pane)[0] == "t/…"
    assert cells(pane, TalkerColumn.GROWTH)[:2] == ["+4", "+1"]
    assert len(pane.model.index(0, TalkerColumn.SERIES).data(SERIES_ROLE)) >= 2
    assert not pane.view.isColumnHidden(TalkerColumn.GROWTH)
    assert pane.view.isColumnHidden(TalkerColumn.USUAL)
    assert not pane.branches.isEnabled()


def test_that_silence_ranks_those_who_missed_their_turn(
    pane: TalkersPane, bridge: FakeBridge
) -> None:
    choose(pane, "Silence")
    for _ in range(8):
        say(bridge, pane, a=1, b=1)
    assert pane.empty.sentence() == "No topic has missed its usual rhythm"
    for _ in range(30):
        say(bridge, pane, b=1)

    assert cells(pane) == ["t/a"]
    assert cells(pane, TalkerColumn.SILENCE) == ["30 s"]
    assert cells(pane, TalkerColumn.USUAL) == ["1.0 s"]


def test_that_nothing_is_sampled_or_runs_while_hidden_or_idle(
    pane: TalkersPane, bridge: FakeBridge
) -> None:
    say(bridge, pane, a=1)
    assert not pane._pacer.waiting
    pane.hide()
    before = pane._pulse.sampler.window_s
    bridge.feed([publish(b"t/a", b"1")], seconds=2.0)

    assert not pane._pacer.waiting
    assert pane._pulse.sampler.window_s == before


def test_that_another_capture_begins_anew(pane: TalkersPane, bridge: FakeBridge) -> None:
    say(bridge, pane, a=1)
    say(bridge, pane, a=2)
    bridge.replace_log()

    assert cells(pane) == []
    say(bridge, pane, z=1)
    say(bridge, pane, z=2)
    assert cells(pane) == ["t/z"]
