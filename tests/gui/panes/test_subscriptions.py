"""The Subscriptions pane, used as a person would."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from tests.helpers.packets import publish
from tests.helpers.scripted_connection import (
    CONNECTED,
    ScriptedConnection,
    scripted_bridge,
    settle,
)
from topicscope.capture.log import CaptureLog
from topicscope.connection.state import ConnectionState, Phase
from topicscope.gui.models.subscriptions import SubscriptionState
from topicscope.gui.panes.subscriptions import SubscriptionsPane, filters_problem, split_filters
from topicscope.gui.theme import apply_theme, series_colour

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from topicscope.gui.bridge import ConnectionBridge

Key = Qt.Key


class Desk(NamedTuple):
    pane: SubscriptionsPane
    bridge: ConnectionBridge
    connection: ScriptedConnection
    qtbot: QtBot

    def settle(self) -> None:
        settle(self.qtbot, self.bridge)

    def type_filter(self, text: str) -> None:
        edit = self.pane._edit.edit
        edit.setFocus()
        edit.clear()
        self.qtbot.keyClicks(edit, text)
        self.qtbot.keyClick(edit, Key.Key_Return)

    def select(self, row: int) -> None:
        self.pane.view.setFocus()
        self.pane.view.selectRow(row)

    def rows(self) -> list[list[str]]:
        model = self.pane.model
        return [
            [model.index(row, column).data() for column in range(3)]
            for row in range(model.rowCount())
        ]

    def states(self) -> list[SubscriptionState]:
        return [row.state for row in self.pane.model.subscriptions]


@pytest.fixture
def desk(qtbot: QtBot, qapp: QApplication) -> Iterator[Desk]:
    apply_theme(qapp, "light")
    bridge, connection = scripted_bridge()
    pane = SubscriptionsPane(bridge)
    qtbot.addWidget(pane)
    pane.resize(360, 300)
    with qtbot.waitExposed(pane):
        pane.show()
    yield Desk(pane, bridge, connection, qtbot)
    qapp.setStyleSheet("")


def test_that_enter_subscribes_and_clears_the_field(desk: Desk) -> None:
    desk.pane._qos.setCurrentIndex(1)
    with desk.qtbot.waitSignal(desk.pane.subscriptions_changed):
        desk.type_filter("plant/+/temperature")
    assert desk.pane.filters() == ["plant/+/temperature"]
    assert [(r.topic_filter, r.qos) for r in desk.connection.subscribed] == [
        ("plant/+/temperature", 1)
    ]
    assert desk.pane._edit.edit.text() == ""
    assert desk.pane.view.isVisible()


def test_that_commas_separate_filters_and_a_backslash_keeps_one(desk: Desk) -> None:
    desk.type_filter("a/b, c/# ,d\\,e")
    assert desk.pane.filters() == ["a/b", "c/#", "d,e"]


def test_that_an_invalid_filter_is_not_added_and_the_reason_is_shown(desk: Desk) -> None:
    desk.type_filter("plant/#/x")
    assert desk.pane.filters() == []
    assert desk.connection.subscribed == []
    assert desk.pane._edit.reason() == "The wildcard # must be the last level"


def test_that_the_reason_names_the_filter_when_there_are_several() -> None:
    assert filters_problem("a, b#") == "b#: The wildcard # must stand alone in its level"
    assert filters_problem(" , ") == "A Topic Filter must be at least one character long"
    assert split_filters(" ,a,,") == ["a"]


def test_that_the_plus_button_subscribes_too(desk: Desk) -> None:
    desk.qtbot.keyClicks(desk.pane._edit.edit, "a")
    desk.qtbot.mouseClick(desk.pane._add_button, Qt.MouseButton.LeftButton)
    assert desk.pane.filters() == ["a"]


def test_that_delete_unsubscribes_and_forgets(desk: Desk) -> None:
    desk.pane.set_initial(["a", "b", "c"])
    desk.select(1)
    desk.qtbot.keyClick(desk.pane.view, Key.Key_Delete)
    assert desk.pane.filters() == ["a", "c"]
    assert desk.connection.unsubscribed == ["b"]


def test_that_space_pauses_and_resumes(desk: Desk) -> None:
    desk.pane.add("a", 2)
    desk.select(0)
    desk.qtbot.keyClick(desk.pane.view, Key.Key_Space)
    assert desk.connection.unsubscribed == ["a"]
    assert desk.rows() == [["a", "q2", "paused"]]
    assert desk.pane.filters() == ["a"]
    desk.qtbot.keyClick(desk.pane.view, Key.Key_Space)
    assert [r.qos for r in desk.connection.subscribed] == [2, 2]
    assert desk.states() == [SubscriptionState.ASKED]


def test_that_a_refused_subscription_says_so_in_words(desk: Desk) -> None:
    desk.pane.set_initial(["a", "secret/#"])
    desk.connection.answer("a", 0, "Granted QoS 0")
    desk.connection.answer("secret/#", 0x87, "Refused: Not authorized (0x87)")
    desk.settle()
    assert desk.states() == [SubscriptionState.GRANTED, SubscriptionState.REFUSED]
    assert desk.rows()[1][2] == "refused"
    assert desk.pane.answer_text == "Refused: Not authorized (0x87) · secret/#"
    desk.select(1)
    desk.qtbot.keyClick(desk.pane.view, Key.Key_Delete)
    assert desk.pane.answer_text == ""


def test_that_a_lower_qos_than_asked_for_is_shown(desk: Desk) -> None:
    desk.pane.add("a", 2)
    desk.connection.answer("a", 0, "Granted QoS 0")
    desk.settle()
    assert desk.rows()[0][1] == "q2→0"


def test_that_a_subscription_made_elsewhere_in_the_window_appears(desk: Desk) -> None:
    desk.connection.answer("$SYS/#", 0, "Granted QoS 0")
    desk.settle()
    assert desk.pane.filters() == ["$SYS/#"]
    assert desk.states() == [SubscriptionState.GRANTED]


def test_that_losing_the_connection_leaves_every_row_unanswered(desk: Desk) -> None:
    desk.pane.set_initial(["a", "b"])
    desk.connection.tell(CONNECTED)
    desk.connection.answer("a", 0)
    desk.connection.answer("b", 0)
    desk.settle()
    desk.select(1)
    desk.qtbot.keyClick(desk.pane.view, Key.Key_Space)
    desk.connection.tell(ConnectionState(Phase.WAITING, "Lost."))
    desk.settle()
    assert desk.states() == [SubscriptionState.ASKED, SubscriptionState.PAUSED]
    desk.connection.tell(ConnectionState(Phase.CONNECTED, "Connected.", session_present=True))
    desk.settle()
    assert desk.states() == [SubscriptionState.GRANTED, SubscriptionState.PAUSED]


def test_that_rows_count_what_arrives_and_no_timer_runs_afterwards(desk: Desk) -> None:
    desk.pane.set_initial(["plant/#"])
    desk.connection.receive(*[publish(b"plant/a", b"1")] * 500)
    desk.settle()
    desk.qtbot.waitUntil(lambda: desk.pane.model.subscriptions[0].messages == 500)
    desk.qtbot.waitUntil(lambda: not desk.pane._pacer.waiting, timeout=8000)
    assert desk.rows() == [["plant/#", "q0", "–"]]


def test_that_a_hidden_pane_does_not_count(desk: Desk) -> None:
    desk.pane.set_initial(["plant/#"])
    desk.pane.hide()
    desk.connection.receive(publish(b"plant/a", b"1"))
    desk.settle()
    assert desk.pane.model.subscriptions[0].messages == 0
    desk.pane.show()
    desk.qtbot.waitUntil(lambda: desk.pane.model.subscriptions[0].messages == 1)


def test_that_initial_filters_replace_the_ones_before_and_skip_invalid_ones(desk: Desk) -> None:
    desk.pane.set_initial(["a", "b"])
    desk.pane.set_initial(["b", "c/#/d", "e"])
    assert desk.pane.filters() == ["b", "e"]
    assert desk.connection.unsubscribed == ["a"]


def test_that_a_colour_can_be_chosen_from_the_menu(desk: Desk) -> None:
    desk.pane.add("plant/#", 0)
    desk.connection.receive(publish(b"plant/a", b"1"))
    desk.settle()
    assert desk.pane.colour_for_topic(0) == series_colour(0)
    desk.select(0)
    menu = desk.pane.view.context_menu()
    colours = next(a for a in menu.actions() if a.text() == "Colour").menu()
    with desk.qtbot.waitSignal(desk.pane.subscriptions_changed):
        colours.actions()[4].trigger()
    assert desk.pane.colour_for_topic(0) == series_colour(4)
    menu.close()


def test_that_ctrl_c_copies_the_filters_exactly(desk: Desk) -> None:
    desk.pane.set_initial(["a/\u202eb", "c"])
    desk.pane.view.setFocus()
    desk.pane.view.selectAll()
    desk.qtbot.keyClick(desk.pane.view, Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "a/\u202eb\nc"


def test_that_another_capture_starts_the_counts_again(desk: Desk) -> None:
    desk.pane.set_initial(["plant/#"])
    desk.connection.receive(publish(b"plant/a", b"1"))
    desk.settle()
    desk.qtbot.waitUntil(lambda: desk.pane.model.subscriptions[0].messages == 1)
    desk.bridge.log_replaced.emit(CaptureLog())
    assert desk.pane.model.subscriptions[0].messages == 0
    assert desk.pane.colour_for_topic(0) is None


def test_that_the_number_of_messages_is_shown_where_there_is_room(desk: Desk) -> None:
    desk.pane.add("a", 0)
    assert not desk.pane.view.isColumnHidden(3)
    desk.pane.resize(260, 300)
    desk.qtbot.waitUntil(lambda: desk.pane.view.isColumnHidden(3))
