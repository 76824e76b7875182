"""The topic tree in other orders than that of names, and what it knows of its nodes."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester

from tests.gui.models.test_topic_tree import find, grow, model_of, names, open_all, watched
from tests.helpers.fake_bridge import FakeBridge
from tests.helpers.packets import publish
from topicscope.capture.level_names import LevelNames
from topicscope.capture.moments import History
from topicscope.gui.models.topics.columns import (
    AGE,
    BYTES,
    LAST_VALUE,
    MESSAGES,
    RATE,
    RETAINED,
    TOPIC,
)
from topicscope.gui.models.topics.search import SearchError, SearchMode
from topicscope.gui.models.topics.texts import format_age
from topicscope.gui.models.topics.tree import PAGE, TopicTreeModel
from topicscope.mqtt.topic_templates import TopicTemplate

if TYPE_CHECKING:
    from collections.abc import Iterable

pytestmark = pytest.mark.usefixtures("qapp")

UP, DOWN = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder
INVALID = QModelIndex()


def say(bridge: FakeBridge, messages: Iterable[tuple[bytes, bytes]]) -> None:
    bridge.feed([publish(topic, payload) for topic, payload in messages])


def refresh(model: TopicTreeModel) -> None:
    model.texts.facts._refreshed_s = -1.0
    model.texts.facts.refresh()
    model.texts.facts.rates._samples[-1] = (0.0, model.texts.facts.rates._samples[-1][1])
    model.texts.facts.sample_rates()


def always(_node: int) -> bool:
    return True


def test_that_siblings_are_ordered_by_what_they_count() -> None:
    bridge = FakeBridge()
    say(bridge, [(b"a", b"1")] * 3 + [(b"b", b"1" * 100)] + [(b"c", b"1")] * 2 + [(b"d", b"1")])
    model = model_of(bridge)
    tester = watched(model)
    grow(model)
    refresh(model)

    for column, order, expected in (
        (MESSAGES, DOWN, "acbd"),
        (MESSAGES, UP, "bdca"),
        (BYTES, DOWN, "bacd"),
        (RATE, DOWN, "acbd"),
        (TOPIC, DOWN, "dcba"),
        (TOPIC, UP, "abcd"),
    ):
        model.sort(column, order)
        assert "".join(names(model)) == expected, column
    del tester


def test_that_an_order_by_values_follows_them_only_when_asked() -> None:
    bridge = FakeBridge()
    say(bridge, [(b"a", b"1")] * 2 + [(b"b", b"1")])
    model = model_of(bridge)
    tester = watched(model)
    grow(model)
    model.sort(MESSAGES, DOWN)
    say(bridge, [(b"b", b"1")] * 5 + [(b"c", b"1")] * 3)
    grow(model)
    assert names(model) == ["a", "b", "c"]

    assert not model.reorder(always)
    assert names(model) == ["b", "c", "a"]
    moves: list[None] = []
    model.layoutChanged.connect(lambda *_: moves.append(None))
    say(bridge, [(b"b", b"1")])
    model.reorder(always)
    assert moves == []
    del tester


def test_that_last_values_are_ordered_as_numbers_before_texts() -> None:
    bridge = FakeBridge()
    say(
        bridge,
        [
            (b"a", b'{"value": 9}'),
            (b"b", b"81.2"),
            (b"c", b"on"),
            (b"d", b"Off"),
            (b"e", b""),
            (b"f", b"-3e1"),
        ],
    )
    model = model_of(bridge)
    grow(model)

    model.sort(LAST_VALUE, UP)
    assert "".join(names(model)) == "fabdce"
    model.sort(LAST_VALUE, DOWN)
    assert "".join(names(model)) == "bafcde"
    say(bridge, [(b"e", b"1e400"), (b"f", b"200")])
    assert not model.reorder(always)
    assert "".join(names(model)).startswith("fba")


def test_that_age_and_retained_order_the_tree() -> None:
    bridge = FakeBridge()
    for topic in (b"old", b"mid", b"new"):
        say(bridge, [(topic, b"1")])
    bridge.feed([publish(b"mid", b"1", retain=True)], seconds=0.0)
    model = model_of(bridge)
    grow(model)
    refresh(model)

    model.sort(AGE, DOWN)
    assert names(model)[0] == "old"
    model.sort(RETAINED, DOWN)
    assert names(model)[0] == "mid"
    assert find(model, "mid").siblingAtColumn(RETAINED).data() == "R"


def test_that_the_busiest_of_many_come_into_sight_and_what_is_held_stays() -> None:
    bridge = FakeBridge()
    count = 2 * PAGE
    say(bridge, [(b"big/%d/x" % n, b"1") for n in range(count)])
    model = model_of(bridge)
    tester = watched(model)
    grow(model)
    big = find(model, "big")
    model.fetchMore(big)
    held = QPersistentModelIndex(find(model, "big", "0", "x"))
    model.fetchMore(find(model, "big", "1"))
    model.sort(MESSAGES, DOWN)

    say(bridge, [(b"big/%d/x" % n, b"1") for n in range(PAGE, count)])
    model.reorder(always)

    big = find(model, "big")
    shown = names(model, big)
    assert len(shown) == PAGE + 1
    assert "0" in shown
    assert "1" not in shown
    assert {int(name) for name in shown[:PAGE]} <= {0, *range(PAGE, count)}
    assert held.data() == "x"
    assert held.parent().data() == "0"
    assert model.index(held.parent().row(), 0, big).data() == "0"
    model.sort(TOPIC, UP)
    assert names(model, find(model, "big"))[:3] == ["0", "1", "2"]
    assert held.parent().row() == 0
    del tester


def test_that_a_tree_that_grows_and_moves_keeps_the_model_tester_quiet() -> None:
    bridge = FakeBridge()
    model = model_of(bridge)
    mode = QAbstractItemModelTester.FailureReportingMode.Warning
    tester = QAbstractItemModelTester(model, mode, model)
    tester.setUseFetchMore(False)
    random.seed(4)
    orders = [(column, order) for column in (*range(7), TOPIC) for order in (UP, DOWN)]

    for column, order in orders:
        numbers = random.choices(range(6), k=3 * 12)
        topics = [b"s%d/d%d/t%d" % tuple(numbers[n : n + 3]) for n in range(0, len(numbers), 3)]
        say(bridge, [(topic, b"%d" % random.randrange(99)) for topic in topics])
        model.grow()
        open_all(model)
        model.sort(column, order)
        say(bridge, [(topic, b"%d" % random.randrange(99)) for topic in topics[::2]])
        grow(model)
        refresh(model)
        while model.reorder(always):
            pass
    open_all(model)

    assert len(model.shown) == model.topics.node_count - 1
    del tester


def test_that_a_node_on_a_later_page_can_be_revealed() -> None:
    bridge = FakeBridge()
    say(bridge, [(b"big/%d/x" % n, b"1") for n in range(2 * PAGE)])
    model = model_of(bridge)
    tester = watched(model)
    grow(model)
    wanted = b"big/%d/x" % (2 * PAGE - 1)

    index = model.reveal(model.topics.find(wanted))

    assert model.topics.path(model.node(index)) == wanted
    assert model.rowCount(find(model, "big")) == PAGE + 2
    assert names(model, find(model, "big"))[-2] == str(2 * PAGE - 1)
    model.set_search("big/1/")
    grow(model)
    assert not model.reveal(model.topics.find(wanted)).isValid()
    del tester


@pytest.mark.parametrize(
    ("text", "mode", "found"),
    [
        ("plant/+/temp", SearchMode.TOPIC_FILTER, 2),
        ("plant/#", SearchMode.TOPIC_FILTER, 3),
        (r"line\d+$", SearchMode.PATTERN, 1),
        ("(?i)TEMP", SearchMode.PATTERN, 2),
        ("line", SearchMode.CONTAINS, 4),
    ],
)
def test_that_a_search_can_be_meant_in_three_ways(text: str, mode: SearchMode, found: int) -> None:
    bridge = FakeBridge()
    topics = (b"plant/line1/temp", b"plant/line2/temp", b"plant/line1/x", b"home/line7", b"a/\xff")
    say(bridge, [(topic, b"1") for topic in topics])
    model = model_of(bridge)
    model.set_search(text, mode)
    grow(model)

    assert model.search is not None
    assert model.search.found == found


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        ("a/#/b", SearchMode.TOPIC_FILTER),
        ("(", SearchMode.PATTERN),
        ("a{99999999}", SearchMode.PATTERN),
    ],
)
def test_that_a_search_without_sense_leaves_the_tree_alone(text: str, mode: SearchMode) -> None:
    bridge = FakeBridge()
    say(bridge, [(b"a", b"1")])
    model = model_of(bridge)
    grow(model)

    with pytest.raises(SearchError):
        model.set_search(text, mode)

    assert names(model) == ["a"]


def test_that_a_topic_is_silent_when_it_has_missed_its_rhythm() -> None:
    bridge = FakeBridge()
    for _ in range(10):
        bridge.feed([publish(b"p/steady", b"1"), publish(b"p/gone", b"1")], seconds=1.0)
    for _ in range(20):
        bridge.feed([publish(b"p/steady", b"1")], seconds=1.0)
    model = model_of(bridge)
    grow(model)
    refresh(model)

    gone = find(model, "p", "gone")
    assert gone.siblingAtColumn(AGE).data() == "silent 20 s"
    assert "missed its usual rhythm" in gone.data(Qt.ItemDataRole.ToolTipRole)
    assert find(model, "p", "steady").siblingAtColumn(AGE).data() == "now"
    assert find(model, "p").siblingAtColumn(AGE).data() == "now"
    bridge.feed([publish(b"p/gone", b"1")], seconds=1.0)
    assert find(model, "p", "gone").siblingAtColumn(AGE).data() == "now"


def test_that_branches_count_the_retained_topics_below() -> None:
    bridge = FakeBridge()
    bridge.feed([publish(b"a/%d" % n, b"1", retain=n < 3) for n in range(5)])
    model = model_of(bridge)
    grow(model)
    refresh(model)

    assert find(model, "a").siblingAtColumn(RETAINED).data() == "3"
    assert "3 retained topics" in find(model, "a").data(Qt.ItemDataRole.ToolTipRole)
    assert find(model, "a", "4").siblingAtColumn(RETAINED).data() == ""


def test_that_a_moment_shows_what_was_known_then() -> None:
    bridge = FakeBridge()
    say(bridge, [(b"a/x", b"1")])
    say(bridge, [(b"a/x", b"2"), (b"b/later", b"3")])
    model = model_of(bridge)
    grow(model)
    refresh(model)
    first = int(bridge.log.topics.births.rows(1)[0])

    model.set_moment(History(bridge.log).moment(first))
    index = find(model, "a", "x")
    assert index.siblingAtColumn(LAST_VALUE).data() == "1"
    assert index.siblingAtColumn(MESSAGES).data() == ""
    assert index.siblingAtColumn(AGE).data() == "now"
    assert find(model, "b", "later").siblingAtColumn(LAST_VALUE).data() == "not yet"
    assert model.texts.then is not None
    assert not model.texts.then.is_met(model.node(find(model, "b")))

    model.sort(LAST_VALUE, DOWN)
    model.set_moment(None)
    assert find(model, "a", "x").siblingAtColumn(LAST_VALUE).data() == "2"
    assert find(model, "a", "x").siblingAtColumn(MESSAGES).data() == "2"


def test_that_names_stand_beside_levels() -> None:
    bridge = FakeBridge()
    say(bridge, [(b"org/o1/state", b"1")])
    model = model_of(bridge)
    grow(model)
    levels = LevelNames(bridge.log.topics, [TopicTemplate("org/<org>/<state>")])
    levels.update()
    model.texts.set_naming(levels, None)

    assert model.texts.level_name(model.node(find(model, "org", "o1"))) == "org"
    assert "level: org" in find(model, "org", "o1").data(Qt.ItemDataRole.ToolTipRole)


def test_that_ages_are_written_in_whole_units() -> None:
    ages = [format_age(seconds) for seconds in (0.2, 4.4, 99, 240, 7200, 200_000)]

    assert ages == ["now", "4 s", "99 s", "4 min", "2 h", "2 d"]
