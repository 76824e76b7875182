"""The tree of subscriptions against the plain definition of matching, and who gets what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from topicscope.demo.subscriptions import Delivery, Grant, SubscriptionTree
from topicscope.mqtt.topics import topic_filter_problem, topic_matches

if TYPE_CHECKING:
    from topicscope.demo.message import Message


class Reader:
    def __init__(self, name: str, *, is_online: bool = True) -> None:
        self.client_identifier = name
        self.is_online = is_online

    def deliver(self, message: Message, delivery: Delivery) -> None:
        raise AssertionError("nothing is delivered here")


level = st.sampled_from(["", "a", "b", "$SYS", "$x"])
topics = st.lists(level, min_size=1, max_size=4).map("/".join).filter(bool)
filter_level = st.sampled_from(["", "a", "b", "$SYS", "$x", "+", "#"])
filters = (
    st.lists(filter_level, min_size=1, max_size=4)
    .map("/".join)
    .filter(lambda text: topic_filter_problem(text) is None)
)


@given(st.lists(filters, max_size=12), topics)
def test_that_the_tree_finds_exactly_the_matching_filters(chosen: list[str], topic: str) -> None:
    tree = SubscriptionTree()
    readers = {Reader(text): text for text in chosen}
    for reader, text in readers.items():
        tree.add(Grant(reader, text))
    found = sorted(r.subscriber.client_identifier for r in tree.match(topic).recipients)
    assert found == sorted(text for text in chosen if topic_matches(text, topic))


@given(st.lists(filters, max_size=12), topics)
def test_that_nothing_is_left_when_all_have_unsubscribed(chosen: list[str], topic: str) -> None:
    tree = SubscriptionTree()
    readers = [(Reader(text), text) for text in chosen]
    for reader, text in readers:
        tree.add(Grant(reader, text))
    tree.match(topic)
    for reader, text in readers:
        assert tree.remove(reader, text)
        assert not tree.remove(reader, text)
    assert tree.count == 0
    assert tree.match(topic).recipients == []


def test_that_overlapping_subscriptions_make_one_delivery_with_the_highest_qos() -> None:
    tree = SubscriptionTree()
    reader = Reader("r")
    tree.add(Grant(reader, "a/#", 0, identifier=7))
    tree.add(Grant(reader, "a/+", 2, identifier=9))
    (recipient,) = tree.match("a/b").recipients
    assert recipient.delivery.qos == 2
    assert sorted(recipient.delivery.identifiers) == [7, 9]


def test_that_no_local_takes_only_its_own_subscription_from_the_publisher() -> None:
    tree = SubscriptionTree()
    reader = Reader("r")
    tree.add(Grant(reader, "a/#", 1, no_local=True, identifier=1))
    (recipient,) = tree.match("a/b").recipients
    assert recipient.own is None
    tree.add(Grant(reader, "a/b", 0, identifier=2))
    (recipient,) = tree.match("a/b").recipients
    assert recipient.own == Delivery(0, (2,))
    assert recipient.delivery.qos == 1


def test_that_members_of_a_share_take_turns() -> None:
    tree = SubscriptionTree()
    for name in "abc":
        tree.add(Grant(Reader(name), "$share/team/x/+"))
    (group,) = tree.match("x/1").groups
    turns = [group.next() for _ in range(6)]
    names = [grant.subscriber.client_identifier for grant in turns if grant]
    assert sorted(names) == list("aabbcc")
    assert names[:3] == names[3:]


def test_that_a_share_prefers_members_who_are_online() -> None:
    tree = SubscriptionTree()
    tree.add(Grant(Reader("away", is_online=False), "$share/team/x"))
    tree.add(Grant(Reader("here"), "$share/team/x"))
    (group,) = tree.match("x").groups
    turns = [group.next() for _ in range(4)]
    assert {grant.subscriber.client_identifier for grant in turns if grant} == {"here"}


def test_that_shares_of_other_names_each_get_the_message() -> None:
    tree = SubscriptionTree()
    reader = Reader("r")
    tree.add(Grant(reader, "$share/one/x"))
    tree.add(Grant(reader, "$share/two/x"))
    tree.add(Grant(reader, "x"))
    match = tree.match("x")
    assert len(match.groups) == 2
    assert len(match.recipients) == 1
    assert (tree.count, tree.shared_count) == (3, 2)


def test_that_subscribing_again_replaces_the_options() -> None:
    tree = SubscriptionTree()
    reader = Reader("r")
    assert tree.add(Grant(reader, "x", 0))
    assert tree.match("x").recipients[0].delivery.qos == 0
    assert not tree.add(Grant(reader, "x", 2))
    assert tree.match("x").recipients[0].delivery.qos == 2
    assert tree.count == 1
