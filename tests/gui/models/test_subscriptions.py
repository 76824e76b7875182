"""The subscriptions as rows: counts, rates, colours."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from tests.helpers.packets import SECOND, START_NS, filled_log, publish
from topicscope.gui.models.subscriptions.subscription import (
    SubscriptionState,
    describe,
    takes_everything,
)
from topicscope.gui.models.subscriptions.table import SubscriptionsModel
from topicscope.gui.text import format_time
from topicscope.gui.theme import series_colour
from topicscope.mqtt.control_packets import Direction

Role = Qt.ItemDataRole
LINE_1 = publish(b"plant/line1/temperature", b"1")
LINE_2 = publish(b"plant/line2/temperature", b"1")
SYS = publish(b"$SYS/broker/uptime", b"1")


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def texts(model: SubscriptionsModel, row: int) -> list[str]:
    return [model.index(row, column).data() for column in range(4)]


def test_that_the_model_keeps_the_rules_of_qt_while_it_changes(qtbot: object) -> None:
    log, tap = filled_log(LINE_1)
    model = SubscriptionsModel(log)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning)
    for text in ("plant/#", "a/b", "c"):
        model.add(text, 0)
    model.refresh()
    tap.feed(Direction.IN, LINE_2, 1)
    model.refresh()
    model.remove(1)
    model.set_state(0, SubscriptionState.REFUSED, "Not authorized")
    model.set_log(filled_log()[0])
    model.remove(0)
    model.remove(0)
    assert tester.model() is model
    assert model.rowCount() == 0


def test_that_each_filter_counts_the_messages_of_the_topics_it_matches(qapp: object) -> None:
    log, tap = filled_log(LINE_1, LINE_1, LINE_2, SYS)
    model = SubscriptionsModel(log)
    for text in ("#", "plant/line1/#", "$SYS/#", "$share/group/plant/+/temperature", "other"):
        model.add(text, 1)
    assert model.refresh() is False
    assert [row.messages for row in model.subscriptions] == [3, 2, 1, 3, 0]
    tap.feed(Direction.IN, LINE_1 + publish(b"plant/line1/new", b"1"), 1)
    model.refresh()
    assert [row.messages for row in model.subscriptions] == [5, 4, 1, 4, 0]


def test_that_messages_we_sent_are_not_counted(qapp: object) -> None:
    log, tap = filled_log(LINE_1)
    tap.feed(Direction.OUT, LINE_1, 1)
    model = SubscriptionsModel(log)
    model.add("plant/#", 0)
    model.refresh()
    assert model.subscriptions[0].messages == 1


def test_that_a_rate_rises_with_messages_and_falls_without(qapp: object, clock: Clock) -> None:
    log, tap = filled_log(LINE_1)
    model = SubscriptionsModel(log, clock=clock)
    model.add("plant/#", 0)
    model.refresh()
    assert texts(model, 0) == ["plant/#", "q0", "–", "1"]
    tap.feed(Direction.IN, LINE_1 * 360, 1)
    clock.now += 2
    model.refresh()
    assert texts(model, 0) == ["plant/#", "q0", "180 /s", "361"]
    assert model.moving
    for _ in range(8):
        clock.now += 0.5
        model.refresh()
    assert texts(model, 0)[2] == "–"
    assert not model.moving


def test_that_many_new_topics_are_matched_within_a_budget_and_then_on(qapp: object) -> None:
    log, tap = filled_log()
    names = [publish(b"t/%d" % n, b"1") for n in range(20_000)]
    tap.feed(Direction.IN, b"".join(names), 1)
    model = SubscriptionsModel(log)
    for text in ("t/#", "t/+", "#", "+/1"):
        model.add(text, 0)
    log.count_topics()
    left = model.refresh(budget_s=0.001)
    assert left
    for _ in range(2000):
        if not model.refresh(budget_s=0.005):
            break
    assert [row.messages for row in model.subscriptions] == [20_000, 20_000, 20_000, 1]


def test_that_the_most_specific_filter_gives_a_topic_its_colour(qapp: object) -> None:
    log, _tap = filled_log(LINE_1, LINE_2, SYS, publish(b"home/door", b"1"))
    model = SubscriptionsModel(log)
    for text in ("#", "plant/line1/#", "plant/+/temperature", "home/door"):
        model.add(text, 0)
    found = [model.colour_for_topic(topic_id) for topic_id in range(4)]
    assert found == [series_colour(2), series_colour(2), None, series_colour(3)]
    assert model.colour_for_topic(99) is None


def test_that_removing_or_colouring_a_filter_changes_the_colour_of_its_topics(
    qapp: object,
) -> None:
    log, _tap = filled_log(LINE_1)
    model = SubscriptionsModel(log)
    model.add("#", 0)
    model.add("plant/#", 0)
    assert model.colour_for_topic(0) == series_colour(1)
    model.set_series(1, 5)
    assert model.colour_for_topic(0) == series_colour(5)
    model.remove(1)
    assert model.colour_for_topic(0) == series_colour(0)


def test_that_adding_a_filter_again_asks_again_in_its_row(qapp: object) -> None:
    model = SubscriptionsModel(filled_log()[0])
    model.add("a", 0)
    model.set_state(0, SubscriptionState.REFUSED, "Not authorized")
    model.add("a", 2)
    assert model.rowCount() == 1
    assert texts(model, 0)[1] == "q2"
    assert model.subscriptions[0].state is SubscriptionState.ASKED


def test_that_an_invalid_filter_is_refused_with_the_reason(qapp: object) -> None:
    model = SubscriptionsModel(filled_log()[0])
    with pytest.raises(ValueError, match="The wildcard # must be the last level"):
        model.add("a/#/b", 0)
    assert model.rowCount() == 0


def test_that_what_the_broker_answered_stands_in_words(qapp: object) -> None:
    model = SubscriptionsModel(filled_log()[0])
    model.add("a", 2)
    row = model.subscriptions[0]
    assert "Not answered" in describe(row)
    model.set_state(0, SubscriptionState.GRANTED, "Granted QoS 1", 1)
    assert texts(model, 0)[1] == "q2→1"
    assert "Granted QoS 1" in describe(row)
    model.set_state(0, SubscriptionState.REFUSED, "Not authorized (0x87)")
    assert texts(model, 0)[2] == "refused"
    assert "Refused by the broker: Not authorized (0x87)" in describe(row)
    model.set_state(0, SubscriptionState.PAUSED)
    assert texts(model, 0)[2] == "paused"


def test_that_a_filter_with_markup_and_direction_marks_is_shown_as_text(qapp: object) -> None:
    model = SubscriptionsModel(filled_log()[0])
    model.add("<img src=x>/\u202etxt", 0)
    index = model.index(0, 0)
    assert index.data() == "<img src=x>/\\u202etxt"
    assert "&lt;img src=x&gt;" in index.data(Role.ToolTipRole)


def test_that_counts_bytes_and_the_last_time_are_told_in_words(qapp: object) -> None:
    log, _tap = filled_log(LINE_1, LINE_2)
    model = SubscriptionsModel(log)
    model.add("plant/#", 1)
    model.refresh()
    row = model.subscriptions[0]
    assert (row.messages, row.bytes) == (2, int(log.topics.message_bytes.sum()))
    assert row.last_time_ns == START_NS + SECOND
    assert "2 messages captured" in describe(row)
    assert f"last {format_time(row.last_time_ns)}" in describe(row)


def test_that_a_filter_can_be_subscribed_and_excluded_at_once(qapp: object) -> None:
    model = SubscriptionsModel(filled_log()[0])
    model.add("a/#")
    model.exclude("a/#")
    model.exclude("a/#")
    assert [row.is_exclusion for row in model.subscriptions] == [False, True]
    assert model.position_of("a/#") == 0
    assert model.position_of("a/#", is_exclusion=True) == 1
    assert texts(model, 1)[:2] == ["− a/#", ""]
    assert "Excluded from the tables" in describe(model.subscriptions[1])


def test_that_everything_is_told_from_something() -> None:
    everything = [
        text for text in ("#", "+/#", "$share/g/#", "a/#", "+", "$SYS/#") if takes_everything(text)
    ]
    assert everything == ["#", "+/#", "$share/g/#"]
