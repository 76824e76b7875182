"""Which topics are known to be retained."""

from __future__ import annotations

from tests.helpers.fake_bridge import FakeBridge
from tests.helpers.packets import publish
from topicscope.mqtt.control_packets import Direction


def retained(bridge: FakeBridge, path: bytes) -> list[bytes]:
    topics = bridge.log.topics
    return [topics.names[one] for one in topics.retained.below(path, topics.names)]


def test_that_a_topic_seen_retained_stays_so_through_live_messages() -> None:
    bridge = FakeBridge()
    bridge.feed([publish(b"a/b", b"1", retain=True), publish(b"a/c", b"1"), publish(b"ab", b"1")])
    bridge.feed([publish(b"a/b", b"2"), publish(b"ab", b"2", retain=True)])

    assert retained(bridge, b"a") == [b"a/b"]
    assert retained(bridge, b"a/b") == [b"a/b"]
    assert retained(bridge, b"a/c") == []


def test_that_an_empty_message_clears_whether_or_not_the_broker_keeps_its_flag() -> None:
    bridge = FakeBridge()
    bridge.feed([publish(b"a/%d" % n, b"1", retain=True) for n in range(4)])
    bridge.feed([publish(b"a/0", b"", retain=True), publish(b"a/1", b"")])
    bridge.feed([publish(b"a/2", b"", retain=True), publish(b"a/2", b"again", retain=True)])

    assert retained(bridge, b"a") == [b"a/2", b"a/3"]


def test_that_what_is_published_from_here_counts_too() -> None:
    bridge = FakeBridge()
    bridge.feed([publish(b"a", b"1", retain=True), publish(b"b", b"1", retain=True)], Direction.OUT)
    bridge.feed([publish(b"a", b"", retain=True), publish(b"b", b"")], Direction.OUT)

    assert retained(bridge, b"a") == []
    assert retained(bridge, b"b") == [b"b"]


def test_that_flags_stay_as_more_topics_come() -> None:
    bridge = FakeBridge()
    bridge.feed([publish(b"x/first", b"1", retain=True)])
    bridge.feed([publish(b"x/%d" % n, b"1") for n in range(3000)])

    assert retained(bridge, b"x") == [b"x/first"]
    assert len(bridge.log.topics.retained.flags(3001)) == 3001
