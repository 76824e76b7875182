"""The Subscriptions pane, used as a person would."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit

from tests.helpers.packets import publish
from tests.helpers.scripted_connection import (
    CONNECTED,
    ScriptedConnection,
    scripted_bridge,
    settle,
)
from topicscope.capture.log import CaptureLog
from topicscope.connection.state import ConnectionState, Phase
from topicscope.gui.dialogs.question import Question
from topicscope.gui.library.recent_filters import RecentFilters
from topicscope.gui.models.subscriptions.subscription import SubscriptionState
from topicscope.gui.panes.subscriptions import SubscriptionsPane
from topicscope.gui.theme import apply_theme, series_colour
from topicscope.gui.widgets.subscriptions.add_row import filters_problem, split_filters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication, QMenu
    from pytestqt.qtbot import QtBot

    from topicscope.gui.connection.bridge import ConnectionBridge

Key = Qt.Key


class Desk(NamedTuple):
    pane: SubscriptionsPane
    bridge: ConnectionBridge
    connection: ScriptedConnection
    qtbot: QtBot

    def settle(self) -> None:
        settle(self.qtbot, self.bridge)

    def type_filter(self, text: str) -> None:
        edit = self.pane.add_row.edit
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


def choose(menu: QMenu, words: str) -> None:
    """Choose the entry of a menu that begins with these words."""
    next(a for a in menu.actions() if a.text().startswith(words)).trigger()


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
    bridge.close()
    qapp.setStyleSheet("")


def test_that_enter_subscribes_and_clears_the_field(desk: Desk) -> None:
    choose(desk.pane.add_row.options, "QoS 1")
    with desk.qtbot.waitSignal(desk.pane.subscriptions_changed):
        desk.type_filter("plant/+/temperature")
    assert desk.pane.filters() == ["plant/+/temperature"]
    assert [(r.topic_filter, r.qos) for r in desk.connection.subscribed] == [
        ("plant/+/temperature", 1)
    ]
    assert desk.pane.add_row.edit.text() == ""
    assert desk.pane.view.isVisible()


def test_that_commas_separate_filters_and_a_backslash_keeps_one(desk: Desk) -> None:
    desk.type_filter("a/b, c/# ,d\\,e")
    assert desk.pane.filters() == ["a/b", "c/#", "d,e"]


def test_that_an_invalid_filter_is_not_added_and_the_reason_is_shown(desk: Desk) -> None:
    desk.type_filter("plant/#/x")
    assert desk.pane.filters() == []
    assert desk.connection.subscribed == []
    assert desk.pane.add_row.reason() == "The wildcard # must be the last level"


def test_that_the_reason_names_the_filter_when_there_are_several() -> None:
    assert filters_problem("a, b#") == "b#: The wildcard # must stand alone in its level"
    assert filters_problem(" , ") == "A Topic Filter must be at least one character long"
    assert split_filters(" ,a,,") == ["a"]


def test_that_the_plus_button_subscribes_too(desk: Desk) -> None:
    desk.qtbot.keyClicks(desk.pane.add_row.edit, "a")
    desk.qtbot.mouseClick(desk.pane.add_row.add_button, Qt.MouseButton.LeftButton)
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


def menu_entry(desk: Desk, words: str) -> None:
    """Choose an entry of the menu of the selected row."""
    menu = desk.pane.view.context_menu()
    choose(menu, words)
    menu.close()


def hidden(desk: Desk, *topics: str) -> list[bool]:
    return [desk.pane.hides(topic.encode()) for topic in topics]


def test_that_each_subscription_has_an_identifier_of_its_own_that_stays(desk: Desk) -> None:
    desk.type_filter("a, b")
    desk.pane.add("a", 2)
    assert [r.identifier for r in desk.connection.subscribed] == [1, 2, 1]
    assert desk.pane.identifiers() == {1: "a", 2: "b"}


def test_that_options_go_along_with_what_is_typed(desk: Desk) -> None:
    options = desk.pane.add_row.options
    for words in ("QoS 2", "No Local", "Retain As", "Retained messages: do not"):
        choose(options, words)
    assert desk.pane.add_row.options_button.text() == "QoS 2 •"
    desk.type_filter("a, $share/g/b")
    asked = desk.connection.subscribed
    assert [(r.qos, r.retain_as_published, r.retain_handling) for r in asked] == [(2, False, 2)] * 2
    assert [r.no_local for r in asked] == [True, False], "the standard forbids it for a share"


def test_that_options_of_a_subscription_can_be_changed_and_are_asked_for(desk: Desk) -> None:
    desk.pane.add("a", 0)
    desk.select(0)
    menu = desk.pane.view.context_menu()
    options = next(a for a in menu.actions() if a.text() == "Options").menu()
    choose(options, "QoS 1")
    choose(options, "No Local")
    menu.close()
    last = desk.connection.subscribed[-1]
    assert (last.topic_filter, last.qos, last.no_local, last.identifier) == ("a", 1, True, 1)
    assert "QoS 1 · No Local" in desk.pane.model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)


def test_that_topic_filters_that_overlap_warn_of_messages_sent_twice(desk: Desk) -> None:
    row = desk.pane.add_row
    desk.pane.add("plant/#")
    desk.qtbot.keyClicks(row.edit, "plant/+/state")
    assert row.warning() == (
        "Overlaps plant/#: the broker may send a message once for each of them."
    )
    row.edit.clear()
    desk.qtbot.keyClicks(row.edit, "plant/#")
    assert row.warning() == ""
    row.edit.clear()
    desk.qtbot.keyClicks(row.edit, "home/+, home/door")
    assert "Overlaps home/+" in row.warning()


def test_that_a_share_warns_whom_it_takes_from(desk: Desk) -> None:
    edit = desk.pane.add_row.edit
    desk.qtbot.keyClicks(edit, "$share/workers/plant/#")
    assert "away from the other members of “workers”" in desk.pane.add_row.warning()
    edit.clear()
    assert desk.pane.add_row.warning() == ""


def test_that_the_latest_filters_are_offered_and_remembered(desk: Desk) -> None:
    for number in range(32):
        desk.type_filter(f"t/{number}")
    desk.type_filter("t/7, with\\,comma")
    assert RecentFilters().latest()[:3] == ["t/7", "with,comma", "t/31"]
    assert len(RecentFilters().latest()) == 30
    desk.pane.add_row.show_recent()
    popup = desk.pane.add_row.edit.completer().popup()
    assert popup.isVisible()
    assert popup.model().index(1, 0).data() == "with,comma"
    popup.hide()


def test_that_the_last_of_several_filters_is_completed(desk: Desk) -> None:
    RecentFilters().add(["plant/line1/#", "home/door"])
    desk.pane.activateWindow()
    desk.pane.focus_add()
    edit = desk.pane.add_row.edit
    desk.qtbot.waitUntil(edit.hasFocus)
    desk.qtbot.keyClicks(edit, "a/b, line")
    popup = edit.completer().popup()
    desk.qtbot.waitUntil(popup.isVisible)
    assert popup.model().rowCount() == 1
    desk.qtbot.keyClick(popup, Key.Key_Down)
    desk.qtbot.keyClick(popup, Key.Key_Return)
    assert edit.text() == "a/b, plant/line1/#"
    assert not popup.isVisible()
    desk.qtbot.keyClick(edit, Key.Key_Return)
    assert desk.pane.filters() == ["a/b", "plant/line1/#"]


def test_that_help_shows_wildcards_and_an_example_goes_into_the_field(desk: Desk) -> None:
    menu = desk.pane.add_row.help_menu()
    assert [a.text().split("\t")[0] for a in menu.actions()][:3] == [
        "plant/+/temperature",
        "plant/#",
        "$share/group/plant/#",
    ]
    choose(menu, "plant/+")
    assert desk.pane.add_row.edit.text() == "plant/+/temperature"
    assert desk.pane.add_row.edit.is_valid()
    menu.close()


def test_that_an_exclusion_hides_and_counts_without_asking_the_broker(desk: Desk) -> None:
    desk.pane.add("plant/#")
    desk.qtbot.keyClicks(desk.pane.add_row.edit, "plant/debug/#")
    with desk.qtbot.waitSignal(desk.pane.hidden_topics_changed):
        desk.qtbot.mouseClick(desk.pane.add_row.exclude_button, Qt.MouseButton.LeftButton)
    desk.connection.receive(publish(b"plant/debug/x", b"1"), publish(b"plant/a", b"1"))
    desk.settle()
    desk.qtbot.waitUntil(lambda: desk.pane.model.subscriptions[1].messages == 1)
    assert desk.rows()[1][0] == "− plant/debug/#"
    assert desk.pane.filters() == ["plant/#"]
    assert len(desk.connection.subscribed) == 1
    assert hidden(desk, "plant/debug/x", "plant/a") == [True, False]
    desk.select(1)
    desk.qtbot.keyClick(desk.pane.view, Key.Key_Space)
    assert hidden(desk, "plant/debug/x") == [False]
    desk.qtbot.keyClick(desk.pane.view, Key.Key_Space)
    desk.qtbot.keyClick(desk.pane.view, Key.Key_Delete)
    assert desk.pane.hidden_topics is None
    assert desk.connection.unsubscribed == []


def test_that_mute_hides_what_wears_the_colour_of_a_subscription(desk: Desk) -> None:
    desk.type_filter("#, plant/#")
    desk.select(1)
    desk.qtbot.keyClick(desk.pane.view, Key.Key_M)
    assert hidden(desk, "plant/a", "home/b") == [True, False]
    desk.qtbot.keyClick(desk.pane.view, Key.Key_M)
    assert desk.pane.hidden_topics is None
    desk.select(0)
    menu_entry(desk, "Mute")
    assert hidden(desk, "plant/a", "home/b") == [False, True]
    assert desk.connection.unsubscribed == []


def test_that_solo_shows_nothing_else(desk: Desk) -> None:
    desk.type_filter("#, plant/#, home/#")
    desk.select(1)
    desk.qtbot.keyClick(desk.pane.view, Key.Key_S)
    assert hidden(desk, "plant/a", "home/b", "other") == [False, True, True]
    desk.select(2)
    menu_entry(desk, "Solo")
    assert hidden(desk, "plant/a", "home/b", "other") == [False, False, True]
    desk.pane.view.selectAll()
    desk.qtbot.keyClick(desk.pane.view, Key.Key_S)
    desk.qtbot.keyClick(desk.pane.view, Key.Key_S)
    assert desk.pane.hidden_topics is None


def test_that_an_alias_is_shown_and_the_filter_stays_in_the_tooltip(desk: Desk) -> None:
    desk.pane.add("plant/+/temperature")
    desk.select(0)
    desk.qtbot.keyClick(desk.pane.view, Key.Key_R)
    editor = desk.pane.view.findChild(QLineEdit)
    desk.qtbot.keyClicks(editor, "Temperatures")
    desk.qtbot.keyClick(editor, Key.Key_Return)
    desk.qtbot.waitUntil(lambda: desk.rows()[0][0] == "Temperatures")
    assert "plant/+/temperature" in desk.pane.model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)


def test_that_bytes_and_last_are_shown_where_there_is_room(desk: Desk) -> None:
    desk.pane.set_initial(["plant/#"])
    desk.pane.resize(700, 300)
    desk.connection.receive(publish(b"plant/a", b"1" * 2000))
    desk.settle()
    row = desk.pane.model.subscriptions[0]
    desk.qtbot.waitUntil(lambda: row.messages == 1)
    view, model = desk.pane.view, desk.pane.model
    assert not view.isColumnHidden(model.BYTES)
    assert not view.isColumnHidden(model.LAST)
    assert model.index(0, model.BYTES).data() == "2 kB"
    assert len(model.index(0, model.LAST).data()) == len("10:41:43")


def test_that_everything_on_a_production_broker_is_asked_for_first(desk: Desk) -> None:
    desk.pane.set_initial(["#", "plant/#"], kind="production")
    assert [r.topic_filter for r in desk.connection.subscribed] == ["plant/#"]
    # Before there is a connection, there may be other questions: for a password, about a certificate.
    assert desk.pane.findChild(Question) is None
    desk.connection.tell(CONNECTED)
    desk.settle()
    assert desk.states() == [SubscriptionState.PAUSED, SubscriptionState.ASKED]
    question = desk.pane.findChild(Question)
    assert question.windowTitle() == "Subscribe to # on a production broker?"
    desk.qtbot.keyClick(question, Key.Key_Escape)
    assert desk.states()[0] is SubscriptionState.PAUSED
    desk.pane.activateWindow()
    desk.qtbot.waitUntil(desk.pane.isActiveWindow)
    desk.select(0)
    desk.qtbot.keyClick(desk.pane.view, Key.Key_Space)
    again = [one for one in desk.pane.findChildren(Question) if one.isVisible()]
    desk.qtbot.mouseClick(again[0].yes_button, Qt.MouseButton.LeftButton)
    assert [r.topic_filter for r in desk.connection.subscribed] == ["plant/#", "#"]
    assert desk.states()[0] is SubscriptionState.ASKED


def test_that_a_development_broker_asks_nothing(desk: Desk) -> None:
    desk.pane.set_initial(["#"])
    assert [r.topic_filter for r in desk.connection.subscribed] == ["#"]
    assert desk.pane.findChild(Question) is None


def test_that_the_answer_of_the_selected_row_stands_in_words(desk: Desk) -> None:
    desk.pane.add("a", 2)
    desk.connection.answer("a", 1, "Granted QoS 1, asked for QoS 2")
    desk.settle()
    desk.select(0)
    assert desk.pane.answer_text == "Granted QoS 1, asked for QoS 2 · a"
