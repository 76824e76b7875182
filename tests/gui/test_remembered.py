"""What comes back after a restart, and what holds in all windows: subscriptions, order of the tree, names."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QLineEdit

from tests.helpers.packets import publish
from topicscope.gui.connection.kept_subscriptions import KeptSubscription, KeptSubscriptions, fresh
from topicscope.gui.models.subscriptions.subscription import SubscriptionState
from topicscope.gui.models.topics.columns import MESSAGES
from topicscope.gui.models.topics.search import SearchMode
from topicscope.gui.settings import save_text
from topicscope.gui.theme import series_colour
from topicscope.mqtt.control_packets import Direction
from topicscope.profiles.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QMenu

    from tests.helpers.window import Desk
    from topicscope.gui.models.subscriptions.subscription import Subscription


@pytest.fixture
def port() -> Iterator[int]:
    """A port where nobody listens, so that nobody answers."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


def lab(port: int, *filters: str) -> Profile:
    return Profile(name="lab / 1", host="127.0.0.1", port=port, subscriptions=filters)


def rows(desk: Desk) -> tuple[Subscription, ...]:
    return desk.window.subscriptions.model.subscriptions


def choose(menu: QMenu, *path: str) -> None:
    top = menu
    for words in path:
        action = next(one for one in menu.actions() if one.text().startswith(words))
        if action.menu() is None:
            action.trigger()
        else:
            menu = action.menu()  # type: ignore[assignment]
    top.close()


def rename(desk: Desk, name: str) -> None:
    desk.keys("R")
    editor = desk.find(QLineEdit, "Name of the subscription")
    QTest.keyClicks(editor, name)
    QTest.keyClick(editor, Qt.Key.Key_Return)
    desk.settle()


def test_that_subscriptions_come_back_as_they_were_dressed(desk: Desk, port: int) -> None:
    desk.window.connect_to(lab(port, "plant/#", "$SYS/#"))
    desk.click_row("Subscriptions", 0)
    rename(desk, "The plant")
    view = desk.window.subscriptions.view
    choose(view.context_menu(), "Colour", "Violet")
    choose(view.context_menu(), "Options", "QoS 2")
    choose(view.context_menu(), "Options", "No Local")
    desk.keys("M", view)
    desk.click_row("Subscriptions", 1)
    desk.keys("Space")
    desk.type("Topic Filter to subscribe to", "home/#", "Return")
    desk.type("Topic Filter to subscribe to", "plant/noise/#")
    desk.click("Exclude: hide what matches, but go on receiving and counting it")

    desk.restart()
    desk.window.connect_to(lab(port, "plant/#", "$SYS/#"))
    plant, system, home, noise = rows(desk)
    assert (plant.alias, plant.topic_filter, plant.is_muted) == ("The plant", "plant/#", True)
    assert plant.colour == series_colour(2)
    assert (plant.request.qos, plant.request.no_local) == (2, True)
    assert (system.topic_filter, system.state) == ("$SYS/#", SubscriptionState.PAUSED)
    assert (home.topic_filter, home.state) == ("home/#", SubscriptionState.ASKED)
    assert (noise.topic_filter, noise.is_exclusion) == ("plant/noise/#", True)
    assert desk.window.subscriptions.hides(b"plant/noise/1")


def test_that_each_broker_has_its_own_and_the_profile_may_change(desk: Desk, port: int) -> None:
    desk.window.connect_to(lab(port, "a", "b"))
    desk.type("Topic Filter to subscribe to", "mine", "Return")
    desk.click_row("Subscriptions", 0)
    rename(desk, "First")
    other = Profile(name="other", host="127.0.0.1", port=port, subscriptions=("a",))
    desk.window.connect_to(other)
    assert [row.alias for row in rows(desk)] == [""]
    # Meanwhile somebody edits what the profile asks for.
    desk.window.connect_to(lab(port, "a", "c"))
    assert [row.topic_filter for row in rows(desk)] == ["a", "mine", "c"]
    assert rows(desk)[0].alias == "First"


def test_that_topics_of_the_command_line_are_for_one_time(desk: Desk, port: int) -> None:
    desk.window.connect_to(lab(port, "a"))
    desk.click_row("Subscriptions", 0)
    rename(desk, "First")
    desk.restart()
    desk.window.subscribe_instead(["x"])
    desk.window.connect_to(lab(port, "a"))
    assert [row.topic_filter for row in rows(desk)] == ["x"]
    desk.restart()
    desk.window.connect_to(lab(port, "a"))
    assert [row.alias for row in rows(desk)] == ["First"]


@pytest.mark.parametrize("text", ["{", '{"version": 99}', '{"rows": [{"filter": "a/#/b"}]}', "[]"])
def test_that_what_cannot_be_read_is_left_out(desk: Desk, port: int, text: str) -> None:
    save_text(f"subscriptions/{b'lab / 1'.hex()}", text)
    desk.window.connect_to(lab(port, "a"))
    assert [row.topic_filter for row in rows(desk)] == ["a"]


def test_that_rows_are_merged_with_what_the_profile_asks_for_now() -> None:
    mine = KeptSubscription(filter="mine", alias="M")
    before = KeptSubscriptions(asked=("a", "b"), rows=(*fresh(["a"]), mine))
    # b was removed by hand and stays away; c is new; a is asked for no more.
    assert [row.filter for row in before.merged(["b", "c"])] == ["mine", "c"]


def test_that_a_colour_follows_the_theme(desk: Desk, port: int) -> None:
    desk.window.connect_to(lab(port, "plant/#"))
    pane = desk.window.subscriptions
    desk.window.bridge._tap.feed(Direction.IN, publish(b"plant/a", b"1"), 1)
    desk.wait(lambda: len(desk.window.bridge.log.topics) == 1)
    light = pane.colour_for_topic(0)
    desk.window.commands.choose_theme("dark")
    dark = pane.colour_for_topic(0)
    assert dark == series_colour(0)
    assert dark != light
    assert pane.model.index(0, 0).data(Qt.ItemDataRole.DecorationRole) == dark
    desk.window.commands.choose_theme("light")


def test_that_order_and_way_to_search_of_the_tree_come_back(desk: Desk) -> None:
    desk.window._stack.setCurrentWidget(desk.window.docking)
    topics = desk.window.topics
    topics.view.sortByColumn(MESSAGES, Qt.SortOrder.DescendingOrder)
    choose(topics.search.button.menu(), "Matches the Topic Filter")

    desk.restart()
    desk.window._stack.setCurrentWidget(desk.window.docking)
    topics = desk.window.topics
    assert topics.search.mode is SearchMode.TOPIC_FILTER
    header = topics.view.header()
    assert header.sortIndicatorSection() == MESSAGES
    assert header.sortIndicatorOrder() == Qt.SortOrder.DescendingOrder
    tap = desk.window.bridge._tap
    tap.feed(Direction.IN, publish(b"a", b"1") + 3 * publish(b"b", b"1"), 1)
    desk.wait(lambda: [row[0] for row in desk.rows("Topics")] == ["b", "a"], "the busiest first")


def test_that_names_given_in_one_window_hold_in_the_other_at_once(desk: Desk) -> None:
    other = desk.open_window()
    for window in desk.windows:
        window._stack.setCurrentWidget(window.docking)
        window.bridge._tap.feed(Direction.IN, publish(b"site/tower/temp", b"1"), 1)
    columns = other.messages.messages.view.columns
    desk.window.activateWindow()
    desk.window.names.edit()
    desk.click("Add")
    desk.type("Topic template", "site/<building>/<what>")
    desk.click("Save")
    desk.wait(lambda: "level.building" in columns._keys, "the column in the other window")
    assert other.names.naming.level_of("building", b"site/tower/temp") == "tower"


def test_that_the_search_of_the_tree_finds_friendly_names(desk: Desk) -> None:
    desk.window._stack.setCurrentWidget(desk.window.docking)
    state = b"placeos/org-1/state/b/l/a/%s/d/Display/1/power"
    meta = b"placeos/org-1/metadata/%s"
    tap = desk.window.bridge._tap
    tap.feed(Direction.IN, publish(state % b"sys-1", b"1") + publish(state % b"sys-2", b"1"), 1)
    desk.type("Find in topics", "Meeting room")
    desk.wait(lambda: desk.says("No topic contains"), "nothing found yet")
    # The name comes while the search stands there.
    tap.feed(Direction.IN, publish(meta % b"sys-2", b'{"name": "Meeting Room 3"}', retain=True), 1)
    model = desk.window.topics.model
    desk.wait(lambda: model.search is not None and model.search.found == 2, "what is called so")
    found = {
        desk.window.bridge.log.topics.names[n]
        for n in range(3)
        if model.search._matches(desk.window.bridge.log.topics.names[n])
    }
    assert found == {state % b"sys-2", meta % b"sys-2"}
    assert desk.find(QLineEdit, "Find in topics").text() == "Meeting room"
    assert desk.find(QAbstractItemView, "Topics").isVisible()
