"""From a time or a number to a row of the capture."""

from __future__ import annotations

import time

import pytest

from tests.helpers.fake_bridge import FakeBridge
from tests.helpers.packets import packet, publish
from topicscope.capture.log import CaptureLog
from topicscope.capture.tap import Tap
from topicscope.gui.models.messages.places import PlaceError, place_of

pytestmark = pytest.mark.usefixtures("qapp")

SECOND = 1_000_000_000


@pytest.fixture
def bridge() -> FakeBridge:
    """Ten rows one second apart from 10:00:01 UTC on; rows 0, 3, 6 and 9 are PINGRESP."""
    bridge = FakeBridge()
    for number in range(10):
        one = publish(b"a", b"%d" % number) if number % 3 else packet(0xD0)
        bridge.feed([one], seconds=1)
    return bridge


@pytest.mark.parametrize(
    ("text", "row"),
    [("1", 1), ("#2", 2), ("3", 4), ("4", 5), ("# 5", 7), ("6", 8)],
)
def test_that_a_number_means_a_message(bridge: FakeBridge, text: str, row: int) -> None:
    assert place_of(text, bridge.log).row == row
    assert bridge.log.record(row).number == int(text.strip("# "))


def test_that_numbers_with_separators_are_read_in_every_segment() -> None:
    bridge = FakeBridge()
    for _ in range(9):
        bridge.feed([publish(b"a", b"x" * (1 << 20)), packet(0xD0)])
    bridge.feed([publish(b"a", b"")] * 1200)
    assert len(bridge.log.segments) > 1
    for text, number in (("1,204", 1204), ("9", 9), ("5", 5), ("1", 1)):
        assert bridge.log.record(place_of(text, bridge.log).row).number == number


def test_that_in_the_table_of_packets_a_number_means_a_packet(bridge: FakeBridge) -> None:
    assert place_of("1", bridge.log, packets=True).row == 0
    assert place_of("10", bridge.log, packets=True).row == 9
    with pytest.raises(PlaceError, match=r"packets #1 to #10\."):
        place_of("11", bridge.log, packets=True)


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("2026-11-21T10:00:05Z", 4),
        ("2026-11-21T10:00:05.999Z", 4),
        ("2026-11-22", 9),
        ("+0s", 0),
        ("+3500ms", 3),
        ("+ 1h", 9),
    ],
)
def test_that_a_time_means_the_last_row_at_or_before_it(
    bridge: FakeBridge, text: str, row: int
) -> None:
    assert place_of(text, bridge.log).row == row


def test_that_a_relative_time_counts_back_from_now() -> None:
    log = CaptureLog()
    tap = Tap(log.append)
    now = time.time_ns()
    tap.open_connection("", now)
    from topicscope.mqtt.control_packets import Direction

    for ago in (600, 400, 200, 1):
        tap.feed(Direction.IN, publish(b"a", b""), now - ago * SECOND)
    assert place_of("-5m", log).row == 1
    assert place_of("now", log).row == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Type a time or a number"),
        ("soon", "Not a time or a number"),
        ("0", r"messages #1 to #6\."),
        ("7", r"messages #1 to #6\."),
        ("2020-01-01", "The capture begins later"),
        ("-10000d", "The capture begins later"),
        ("25:00", "Not a time"),
        ("+10:41", r"Behind \+ stands a duration"),
        ("9" * 50, "The capture holds messages"),
        ("9" * 100, "Type a time or a number"),
    ],
)
def test_that_what_cannot_be_found_is_said(bridge: FakeBridge, text: str, words: str) -> None:
    with pytest.raises(PlaceError, match=words):
        place_of(text, bridge.log)


def test_that_an_empty_capture_has_no_places() -> None:
    with pytest.raises(PlaceError, match="Nothing was captured"):
        place_of("1", CaptureLog())
    bridge = FakeBridge()
    bridge.feed([packet(0xD0)])
    with pytest.raises(PlaceError, match="No message was captured"):
        place_of("1", bridge.log)
