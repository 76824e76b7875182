"""The topic tree model: order, growth, pages, search, last values and rates."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt
from PySide6.QtTest import QAbstractItemModelTester

from tests.helpers.fake_bridge import FakeBridge
from tests.helpers.packets import publish
from topicscope.gui.connection.topic_pulse import TopicPulse
from topicscope.gui.models.topics.order import sort_key
from topicscope.gui.models.topics.rates import NodeRates
from topicscope.gui.models.topics.texts import LAST_VALUE, MESSAGES, RATE, TOPIC
from topicscope.gui.models.topics.tree import MORE, NODE_ROLE, PAGE, TopicTreeModel
from topicscope.gui.models.topics.values import short_value

if TYPE_CHECKING:
    from collections.abc import Iterable

import numpy as np

pytestmark = pytest.mark.usefixtures("qapp")

INVALID = QModelIndex()


def tell(bridge: FakeBridge, topics: Iterable[bytes], payload: bytes = b"1") -> None:
    bridge.feed([publish(topic, payload) for topic in topics])


def model_of(bridge: FakeBridge) -> TopicTreeModel:
    return TopicTreeModel(bridge.log, TopicPulse(bridge, bridge))


def grow(model: TopicTreeModel) -> None:
    while model.grow():
        pass


def watched(model: TopicTreeModel) -> QAbstractItemModelTester:
    mode = QAbstractItemModelTester.FailureReportingMode.Warning
    tester = QAbstractItemModelTester(model, mode, model)
    # The tester would fetch while it is being told of rows, and then complain about that.
    tester.setUseFetchMore(False)
    return tester


def open_all(model: TopicTreeModel, parent: QModelIndex = INVALID) -> None:
    if model.canFetchMore(parent):
        model.fetchMore(parent)
    for row in range(model.rowCount(parent)):
        open_all(model, model.index(row, 0, parent))


def names(model: TopicTreeModel, parent: QModelIndex = INVALID) -> list[str]:
    return [model.index(row, 0, parent).data() for row in range(model.rowCount(parent))]


def find(model: TopicTreeModel, *levels: str) -> QModelIndex:
    index = INVALID
    for level in levels:
        if model.canFetchMore(index):
            model.fetchMore(index)
        index = model.index(names(model, index).index(level), 0, index)
    return index


def test_that_levels_are_ordered_as_people_count() -> None:
    bridge = FakeBridge()
    tell(
        bridge, [b"$SYS", b"line10", b"line2", b"Line1", b"", b"a", b"line02", b"\xff", b"10", b"9"]
    )
    model = model_of(bridge)
    grow(model)

    assert names(model) == [
        "(empty)",
        "9",
        "10",
        "a",
        "Line1",
        "line02",
        "line2",
        "line10",
        "\\xff",
        "$SYS",
    ]


def test_that_any_two_levels_can_be_compared_and_differ() -> None:
    random.seed(1)
    levels = {bytes(random.choices(b"$aA019\xff", k=random.randrange(6))) for _ in range(2000)}
    levels |= {b"9" * 5000, b"9" * 5001, "²3".encode(), b"1" * 300}
    keys = sorted(sort_key(level) for level in levels)

    assert len(set(keys)) == len(levels)


def test_that_a_tree_grows_under_the_eyes_of_the_model_tester() -> None:
    bridge = FakeBridge()
    model = model_of(bridge)
    tester = watched(model)
    random.seed(2)

    for burst in range(8):
        tell(
            bridge,
            [b"s%d/d%d/t%d" % tuple(random.choices(range(burst + 3), k=3)) for _ in range(8)],
        )
        model.grow()
        open_all(model)
    tell(bridge, [b"/x", b"//", b"a/\xff\xfe/b", b"<img src=x>/y", "\u202e/z".encode()])
    grow(model)
    open_all(model)

    assert len(model.shown) == model.topics.node_count - 1
    del tester


def test_that_twenty_thousand_topics_in_bursts_are_shown_in_pages() -> None:
    bridge = FakeBridge()
    model = model_of(bridge)
    random.seed(3)
    numbers = random.sample(range(20_000), 20_000)
    model.fetchMore(INVALID)
    for begin in range(0, 20_000, 2000):
        tell(bridge, [b"big/%d" % number for number in numbers[begin : begin + 2000]])
        grow(model)
        big = find(model, "big")
        model.fetchMore(big)
        assert model.rowCount(big) <= PAGE + 1

    assert model.rowCount(big) == PAGE + 1
    assert names(model, big)[-1] == "… 19,000 more"
    assert model.node(model.index(PAGE, 0, big)) & MORE
    shown = names(model, big)[:-1]
    assert shown == sorted(shown, key=int)

    model.show_more(model.node(big))
    assert model.rowCount(big) == 2 * PAGE + 1
    shown = names(model, big)[:-1]
    assert shown == sorted(shown, key=int)
    assert names(model, big)[-1] == "… 18,000 more"


def test_that_the_last_page_has_no_row_for_more() -> None:
    bridge = FakeBridge()
    tell(bridge, [b"big/%d" % number for number in range(PAGE + 5)])
    model = model_of(bridge)
    tester = watched(model)
    grow(model)
    big = find(model, "big")
    model.fetchMore(big)
    assert names(model, big)[-1] == "… 5 more"

    model.show_more(model.node(big))

    assert names(model, big) == [str(number) for number in range(PAGE + 5)]
    tell(bridge, [b"big/next"])
    grow(model)
    assert names(model, big)[-1] == "next"
    del tester


def test_that_the_first_node_below_a_topic_is_announced() -> None:
    bridge = FakeBridge()
    tell(bridge, [b"a"])
    model = model_of(bridge)
    tester = watched(model)
    grow(model)
    assert not model.hasChildren(find(model, "a"))
    inserted: list[str] = []
    model.rowsInserted.connect(lambda parent, _first, _last: inserted.append(parent.data() or ""))

    tell(bridge, [b"a/b", b"a/c"])
    grow(model)

    assert inserted == ["a"]
    assert model.hasChildren(find(model, "a"))
    assert names(model, find(model, "a")) == ["b", "c"]
    del tester


def test_that_nodes_below_a_branch_nobody_opened_cost_no_row() -> None:
    bridge = FakeBridge()
    tell(bridge, [b"a/%d" % number for number in range(100)])
    model = model_of(bridge)
    grow(model)

    assert len(model.shown) == 1
    assert model.hasChildren(model.index(0, 0))
    assert model.canFetchMore(model.index(0, 0))


def test_that_a_persistent_index_behind_a_proxy_stays_with_its_topic() -> None:
    bridge = FakeBridge()
    tell(bridge, [b"m/x", b"m/z"])
    model = model_of(bridge)
    proxy = QSortFilterProxyModel()
    proxy.setSourceModel(model)
    mode = QAbstractItemModelTester.FailureReportingMode.Warning
    tester = QAbstractItemModelTester(proxy, mode)
    tester.setUseFetchMore(False)
    grow(model)
    kept = QPersistentModelIndex(proxy.mapFromSource(find(model, "m", "z")))

    for number in range(50):
        tell(bridge, [b"a%d" % number, b"m/%d" % number, b"m/y%d" % number])
        grow(model)

    assert kept.data() == "z"
    assert kept.parent().data() == "m"
    assert proxy.mapToSource(QModelIndex(kept)).row() == 101
    del tester


def test_that_the_deepest_topic_is_shown_without_recursion() -> None:
    bridge = FakeBridge()
    deep = b"/".join([b"l"] * 1000)
    tell(bridge, [deep])
    model = model_of(bridge)
    grow(model)
    index = INVALID
    depth = 0
    while model.hasChildren(index):
        model.fetchMore(index)
        index = model.index(0, 0, index)
        depth += 1

    assert depth > 100
    assert model.topics.path(model.node(index)) == deep
    while index.isValid():
        index, depth = index.parent(), depth - 1
    assert depth == 0


@pytest.mark.parametrize(
    ("topic", "shown"),
    [
        (b"<img src=x>", "<img src=x>"),
        (b"\xff\xfe", "\\xff\\xfe"),
        ("\u202eabc".encode(), "\\u202eabc"),
        (b"", "(empty)"),
    ],
)
def test_that_levels_are_shown_as_text_and_kept_as_bytes(topic: bytes, shown: str) -> None:
    bridge = FakeBridge()
    tell(bridge, [b"top/" + topic, b"top/zz"])
    model = model_of(bridge)
    grow(model)
    index = find(model, "top", shown)

    assert model.topics.path(index.data(NODE_ROLE)) == b"top/" + topic
    tooltip = index.data(Qt.ItemDataRole.ToolTipRole)
    assert "<img" not in tooltip
    assert tooltip.startswith("<qt>")


def test_that_levels_alike_to_the_eye_stay_apart() -> None:
    bridge = FakeBridge()
    tell(bridge, ["é".encode(), "e\u0301".encode(), b"/a", b"a", b"a/", b"a//b"])
    model = model_of(bridge)
    grow(model)

    assert len(names(model)) == 4
    assert names(model, find(model, "a")) == []
    model.fetchMore(find(model, "a"))
    assert names(model, find(model, "a")) == ["(empty)"]


def test_that_a_search_leaves_what_leads_to_topics_found() -> None:
    bridge = FakeBridge()
    tell(bridge, [b"plant/line1/temp", b"plant/line2/temp", b"home/Temp", b"home/door"])
    model = model_of(bridge)
    tester = watched(model)
    grow(model)

    model.set_search("line1")
    grow(model)
    assert names(model) == ["plant"]
    assert names(model, find(model, "plant", "line1")) == []
    model.fetchMore(find(model, "plant", "line1"))
    assert names(model, find(model, "plant")) == ["line1"]
    assert model.search is not None
    assert model.search.found == 1

    tell(bridge, [b"plant/line1/more", b"other/line2", b"deep/er/line1"])
    grow(model)
    assert names(model, find(model, "plant", "line1")) == ["more", "temp"]
    assert names(model) == ["deep", "plant"]

    model.set_search("temp")
    grow(model)
    assert names(model) == ["home", "plant"]
    model.set_search("Temp")
    grow(model)
    assert names(model) == ["home"]
    model.set_search("")
    grow(model)
    assert names(model) == ["deep", "home", "other", "plant"]
    del tester


def test_that_another_capture_begins_the_tree_anew() -> None:
    bridge = FakeBridge()
    tell(bridge, [b"a/b", b"c"])
    model = model_of(bridge)
    tester = watched(model)
    grow(model)
    other = FakeBridge()
    tell(other, [b"z"])

    model.set_log(other.log)
    grow(model)

    assert names(model) == ["z"]
    del tester


def test_that_a_topic_shows_its_last_value_and_counts() -> None:
    bridge = FakeBridge()
    tell(bridge, [b"a/t"] * 1200, b'{"value": 81.20, "unit": "degC"}')
    bridge.feed([publish(b"a/s", b"on", retain=True), publish(b"a/s", b"", retain=True)])
    bridge.feed([publish(b"a/e", b"")])
    model = model_of(bridge)
    grow(model)
    index = find(model, "a", "t")

    assert index.siblingAtColumn(LAST_VALUE).data() == "81.20 °C"
    assert index.siblingAtColumn(MESSAGES).data() == "1.2 k"
    assert find(model, "a").siblingAtColumn(LAST_VALUE).data() == ""
    assert find(model, "a").siblingAtColumn(MESSAGES).data() == "1.2 k"
    assert find(model, "a", "s").siblingAtColumn(LAST_VALUE).data() == "cleared"
    assert find(model, "a", "e").siblingAtColumn(LAST_VALUE).data() == "cleared"
    assert model.texts.value(model.node(find(model, "a", "s"))).retained


def test_that_the_last_value_of_a_quiet_topic_survives_eviction() -> None:
    bridge = FakeBridge(memory_budget=10 << 20)
    tell(bridge, [b"quiet"], b"still here")
    for number in range(30):
        tell(bridge, [b"big"], b"%d" % number + b"x" * (1 << 20))
    model = model_of(bridge)
    grow(model)

    assert bridge.log.first_row > 1
    assert find(model, "quiet").siblingAtColumn(LAST_VALUE).data() == "still here"
    assert find(model, "big").siblingAtColumn(LAST_VALUE).data().startswith("29xxx")


@pytest.mark.parametrize(
    ("payload", "shown"),
    [
        (b'{"value": 12345678901234567890.10, "unit": "bar"}', "12345678901234567890.10 bar"),
        (b'{"value": true}', "true"),
        (b'{"state": "ON", "linkquality": 3}', "ON"),
        (b'{"value": [1, 2]}', '{"value": [1, 2]}'),
        (b'{"value": ', '{"value": '),
        (b"[1]", "[1]"),
        ('{"value": "\u202ex"}'.encode(), "\\u202ex"),
        (b'{"a":' * 200, None),
    ],
)
def test_that_the_value_of_a_json_object_is_shown_as_written(
    payload: bytes, shown: str | None
) -> None:
    text = short_value(payload)

    assert text == shown if shown is not None else text.startswith('{"a"')


def test_that_rates_rise_and_fall_to_zero_within_two_seconds() -> None:
    def totals(count: int) -> np.ndarray:
        return np.array([count, count // 2], np.int64)

    rates = NodeRates(100.0, totals(0))
    assert rates.settled
    rates.sample(110.0, totals(10))
    assert rates.rate(0) == pytest.approx(10)
    for step in range(1, 16):
        rates.sample(110.0 + step * 0.2, totals(10 + step * 20))
    assert rates.rate(0) == pytest.approx(100, rel=0.1)
    assert rates.rate(1) == pytest.approx(50, rel=0.1)
    assert rates.rate(7) == 0
    ticks = 0
    while not rates.settled:
        ticks += 1
        rates.sample(113.0 + ticks * 0.25, totals(310))
    assert ticks <= 10
    assert rates.rate(0) == 0


def test_that_a_node_made_since_the_last_count_has_a_rate() -> None:
    rates = NodeRates(0.0, np.array([0], np.int64))
    rates.sample(1.0, np.array([5, 5], np.int64))

    assert rates.rate(1) == pytest.approx(5)


def test_that_headings_say_what_they_mean() -> None:
    model = model_of(FakeBridge())
    horizontal = Qt.Orientation.Horizontal

    assert [model.headerData(n, horizontal) for n in (TOPIC, LAST_VALUE, MESSAGES, RATE)] == [
        "Topic ↑",
        "Last value",
        "Msgs",
        "Msg/s",
    ]
    assert model.headerData(0, Qt.Orientation.Vertical) is None
    assert "two seconds" in model.headerData(RATE, horizontal, Qt.ItemDataRole.ToolTipRole)
