"""Listeners on the connection's thread learn every Topic Name, also those met before they came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.helpers.packets import publish
from topicscope.capture.log import CaptureLog
from topicscope.capture.tap import Tap
from topicscope.connection.state import PublishProgress
from topicscope.gui.connection.feed import ConnectionFeed
from topicscope.mqtt.control_packets import Direction

if TYPE_CHECKING:
    from topicscope.capture.batch import Batch


def test_that_a_late_listener_knows_the_names_of_before() -> None:
    feed = ConnectionFeed()
    tap = Tap(feed.put_batch)
    tap.open_connection("", 0)
    tap.feed(Direction.IN, publish(b"early/a", b"1"), 1)
    taken: list[Batch] = []
    feed.attach(taken.append)
    tap.feed(Direction.IN, publish(b"late/b", b"2") + publish(b"early/a", b"3"), 2)
    log = CaptureLog()
    for batch in taken:
        log.append(batch)
    topics = [log.record(row).topic for row in range(log.end_row)]
    assert topics[-2:] == [b"late/b", b"early/a"]
    feed.detach()
    tap.feed(Direction.IN, publish(b"later/c", b"4"), 3)
    assert len(taken) == 2


def test_that_names_begin_anew_when_the_capture_was_cleared() -> None:
    feed = ConnectionFeed()
    tap = Tap(feed.put_batch)
    tap.open_connection("", 0)
    tap.feed(Direction.IN, publish(b"old", b"1"), 1)
    tap.begin_epoch(1)
    tap.feed(Direction.IN, publish(b"new", b"2"), 2)
    taken: list[Batch] = []
    feed.attach(taken.append)
    assert taken[0].epoch == 1
    assert taken[0].new_topics == [b"new"]


def test_that_progress_is_told_without_the_window() -> None:
    feed = ConnectionFeed()
    told: list[PublishProgress] = []
    feed.put_event(PublishProgress(1, "sent"))
    feed.follow(told.append)
    feed.put_event(PublishProgress(2, "sent"))
    feed.follow(None)
    feed.put_event(PublishProgress(3, "sent"))
    assert [one.token for one in told] == [2]
