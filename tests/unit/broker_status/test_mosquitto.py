"""The $SYS dialect of Mosquitto."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topicscope.broker_status import Load, StatusReader
from topicscope.broker_status.mosquitto import COUNTS

SECOND = 1_000_000_000
RECEIVED = b"$SYS/broker/publish/messages/received"
UPTIME = b"$SYS/broker/uptime"


def test_that_nothing_told_is_none() -> None:
    status = StatusReader().snapshot()
    assert status.version is None
    assert status.clients_connected is None
    assert status.last_update_ns is None
    assert not status.rates


def test_that_version_and_uptime_are_read_from_words() -> None:
    reader = StatusReader()
    assert reader.update(b"$SYS/broker/version", b"mosquitto version 2.0.11", 1)
    assert reader.update(UPTIME, b"123 seconds", 2)
    status = reader.snapshot()
    assert status.version == "mosquitto version 2.0.11"
    assert status.uptime_s == 123
    assert status.last_update_ns == 2


@pytest.mark.parametrize(("name", "field"), COUNTS.items())
def test_that_each_count_reaches_its_field(name: bytes, field: str) -> None:
    reader = StatusReader()
    assert reader.update(b"$SYS/broker/" + name, b"123456789012345678", 1)
    assert getattr(reader.snapshot(), field) == 123_456_789_012_345_678


def test_that_loads_come_as_three_averages_per_minute() -> None:
    reader = StatusReader()
    for minutes, value in ((b"1min", b"12.50"), (b"5min", b"8.25"), (b"15min", b"4.00")):
        reader.update(b"$SYS/broker/load/publish/received/" + minutes, value, 1)
    assert reader.snapshot().loads == {"publish received": Load(12.5, 8.25, 4.0)}


def test_that_a_rate_comes_from_two_totals_and_their_times() -> None:
    reader = StatusReader()
    reader.update(RECEIVED, b"100", 10 * SECOND)
    assert not reader.snapshot().rates
    reader.update(RECEIVED, b"600", 20 * SECOND)
    assert reader.snapshot().rates == {"publish_received": 50.0}


def test_that_a_retained_total_is_no_base_for_a_rate() -> None:
    reader = StatusReader()
    reader.update(RECEIVED, b"100", 10 * SECOND, retained=True)
    reader.update(RECEIVED, b"600", 11 * SECOND)
    assert reader.snapshot().publish_received == 600
    assert not reader.snapshot().rates


def test_that_news_with_the_retain_flag_as_published_give_a_rate() -> None:
    reader = StatusReader()
    for second, total in ((9, b"100"), (10, b"600"), (20, b"1100")):
        reader.update(RECEIVED, total, second * SECOND, retained=True)
    assert reader.snapshot().rates == {"publish_received": 50.0}


def test_that_a_restarted_broker_gives_no_negative_rate() -> None:
    reader = StatusReader()
    reader.update(RECEIVED, b"600", 10 * SECOND)
    reader.update(RECEIVED, b"3", 20 * SECOND)
    assert not reader.snapshot().rates


def test_that_a_total_left_out_of_a_round_has_stood_still() -> None:
    reader = StatusReader()
    for second, total in ((10, b"100"), (20, b"200")):
        reader.update(UPTIME, b"1 seconds", second * SECOND)
        reader.update(RECEIVED, total, second * SECOND)
    assert reader.snapshot().rates == {"publish_received": 10.0}
    reader.update(UPTIME, b"2 seconds", 30 * SECOND)
    assert reader.snapshot().rates == {"publish_received": 10.0}
    reader.update(UPTIME, b"3 seconds", 40 * SECOND)
    assert reader.snapshot().rates == {"publish_received": 0.0}


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        (b"plant/line1", b"1"),
        (b"$SYS/broker/log/N", b"1"),
        (b"$SYS/broker/clients/total", b"many"),
        (b"$SYS/broker/load/publish/received/2min", b"1"),
        (b"$SYS/broker/version", b""),
    ],
)
def test_that_what_is_not_understood_changes_nothing(topic: bytes, payload: bytes) -> None:
    reader = StatusReader()
    assert not reader.update(topic, payload, 1)
    assert reader.snapshot().last_update_ns is None


@given(
    st.sampled_from([b"version", b"uptime", *COUNTS, b"load/bytes/sent/1min"]),
    st.binary(max_size=80),
)
def test_that_no_payload_stops_the_reader(name: bytes, payload: bytes) -> None:
    reader = StatusReader()
    reader.update(b"$SYS/broker/" + name, payload, 1)
    reader.snapshot()
