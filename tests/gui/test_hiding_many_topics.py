"""Mute and exclude where very many topics match: nothing is asked twice, and nothing all at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.helpers.packets import filled_log, publish
from topicscope.capture.view import OnTopics
from topicscope.connection.state import SubscriptionRequest
from topicscope.gui.models.subscriptions.hidden_topics import HiddenTopics
from topicscope.gui.models.subscriptions.subscription import Subscription
from topicscope.gui.models.subscriptions.table import SubscriptionsModel
from topicscope.gui.panes.subscriptions import ASKED_AT_ONCE
from topicscope.mqtt.control_packets import Direction
from topicscope.mqtt.topics import TopicFilter

if TYPE_CHECKING:
    from tests.helpers.window import Desk

TOPICS = 20_000


def many(number: int = TOPICS) -> bytes:
    return b"".join(publish(b"plant/%d/%d" % (n % 7, n), b"1") for n in range(number))


def asked(model: SubscriptionsModel) -> SubscriptionsModel:
    while model.refresh():
        pass
    return model


@pytest.mark.parametrize("state", range(16))
def test_that_what_was_counted_says_the_same_as_asking_by_name(qapp: object, state: int) -> None:
    log, tap = filled_log(many(300), publish(b"home/door", b"1"))
    model = SubscriptionsModel(log)
    for text in ("#", "plant/+/3", "plant/2/#", "home/#"):
        model.add(text)
    model.exclude("plant/5/#")
    model.set_muted(0, bool(state & 1))
    model.set_muted(2, bool(state & 2))
    model.set_solo(1, bool(state & 4))
    model.set_solo(3, bool(state & 8))
    hidden = asked(model).hidden_topics
    answers = hidden.answers(log.topics)
    assert answers.tolist() == [hidden(name) for name in log.topics.names]
    # Topics that come later are asked by name.
    tap.feed(Direction.IN, publish(b"plant/5/new", b"1") + publish(b"plant/4/new", b"1"), 1)
    seen = OnTopics(log.topics, lambda name: not hidden(name), ~answers)
    segment = log.segments[-1]
    rows = seen(segment, 0, segment.count)
    ids = segment.topic[: segment.count]
    names = [log.topics.names[n] for n in ids[ids >= 0]]
    assert rows[ids >= 0].tolist() == [not hidden(name) for name in names]


def test_that_answers_hold_for_their_capture_only(qapp: object) -> None:
    log, _ = filled_log(many(3))
    model = SubscriptionsModel(log)
    model.exclude("plant/#")
    hidden = asked(model).hidden_topics
    assert hidden.answers(log.topics).tolist() == [True] * 3
    assert not len(hidden.answers(filled_log(many(3))[0].topics))
    assert not len(HiddenTopics([Subscription(SubscriptionRequest("a"))]).answers(log.topics))


def test_that_very_many_topics_are_hidden_without_asking_them_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = desk.window
    window._stack.setCurrentWidget(window.docking)
    window.bridge._tap.feed(Direction.IN, many(), 1)
    desk.wait(lambda: desk.ledger("shown") == TOPICS)
    desk.type("Topic Filter to subscribe to", "plant/3/#")
    asked_between: list[int] = []
    refresh = window.subscriptions.model.refresh

    def counted() -> bool:
        row = window.subscriptions.model.subscriptions[0]
        before = row.checked
        left = refresh()
        asked_between.append(row.checked - before)
        return left

    monkeypatch.setattr(window.subscriptions.model, "refresh", counted)
    names: list[bytes] = []
    ask = HiddenTopics.__call__

    def noted(self: HiddenTopics, topic: bytes) -> bool:
        names.append(topic)
        return ask(self, topic)

    monkeypatch.setattr(HiddenTopics, "__call__", noted)
    desk.click("Exclude: hide what matches, but go on receiving and counting it")
    wanted = sum(map(TopicFilter("plant/3/#").matches, window.bridge.log.topics.names))
    desk.wait(lambda: desk.ledger("hidden") == wanted, "the exclusion")
    # A few may be left when the tables hide, and are asked by name.
    assert len(names) == len(set(names)) <= ASKED_AT_ONCE
    desk.wait(lambda: sum(asked_between) >= TOPICS, "all topics to be counted")
    assert sum(asked_between) == TOPICS
    assert window.subscriptions.model.subscriptions[0].messages == wanted
    names.clear()
    # What comes behind it is asked by name, once.
    window.bridge._tap.feed(Direction.IN, publish(b"plant/3/x", b"1") * 5, 2)
    desk.wait(lambda: desk.ledger("hidden") == wanted + 5, "what came later")
    assert names == [b"plant/3/x"]
    assert ASKED_AT_ONCE < TOPICS
    assert np.count_nonzero(
        window.subscriptions.model.hidden_topics.answers(window.bridge.log.topics)
    )


def test_that_another_capture_of_very_many_topics_is_not_asked_all_at_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = desk.window
    window._stack.setCurrentWidget(window.docking)
    window.bridge._tap.feed(Direction.IN, many(10), 1)
    desk.wait(lambda: desk.ledger("shown") == 10)
    desk.type("Topic Filter to subscribe to", "plant/3/#")
    desk.click("Exclude: hide what matches, but go on receiving and counting it")
    desk.wait(lambda: desk.ledger("hidden") > 0, "the exclusion")
    names: list[bytes] = []
    ask = HiddenTopics.__call__

    def noted(self: HiddenTopics, topic: bytes) -> bool:
        names.append(topic)
        return ask(self, topic)

    monkeypatch.setattr(HiddenTopics, "__call__", noted)
    log, _ = filled_log(many())
    window.bridge._replace_log(log)
    wanted = sum(map(TopicFilter("plant/3/#").matches, log.topics.names))
    desk.wait(lambda: desk.ledger("hidden") == wanted, "the exclusion in the other capture")
    assert desk.ledger("shown") == TOPICS - wanted
    assert len(names) == len(set(names)) <= ASKED_AT_ONCE
    # One with few topics is hidden from its first moment.
    window.bridge._replace_log(filled_log(many(10))[0])
    assert desk.window.messages.messages.rows.hides_topics
