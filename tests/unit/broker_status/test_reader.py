"""Rates, averages, intervals and histories, from messages as they arrive; and that nothing hostile raises."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topicscope.broker_status import Load, StatusReader
from topicscope.broker_status import tree as tree_module
from topicscope.broker_status.alarms import alarms
from topicscope.broker_status.dialects import DIALECTS
from topicscope.broker_status.dropped import DroppedTotal
from topicscope.broker_status.report import report_data, report_markdown
from topicscope.broker_status.tiles import suggested_tile, tile_value
from topicscope.payload.text import escape

SECOND = 1_000_000_000
BROKER = b"$SYS/broker/"
RECEIVED = BROKER + b"publish/messages/received"
UPTIME = BROKER + b"uptime"


def test_that_nothing_told_is_none() -> None:
    status = StatusReader().snapshot()
    assert status.version is None
    assert status.uptime_s is None
    assert status.value("clients_connected") is None
    assert status.last_update_ns is None
    assert not status.rates


def test_that_version_and_uptime_are_read_from_words() -> None:
    reader = StatusReader()
    assert reader.update(BROKER + b"version", b"mosquitto version 2.0.11", 1)
    assert reader.update(UPTIME, b"123 seconds", 2)
    status = reader.snapshot()
    assert status.version == "mosquitto version 2.0.11"
    assert status.uptime_s == 123
    assert status.last_update_ns == 2


def test_that_loads_come_as_three_averages_per_minute() -> None:
    reader = StatusReader()
    for minutes, value in ((b"1min", b"12.50"), (b"5min", b"8.25"), (b"15min", b"4.00")):
        reader.update(BROKER + b"load/publish/received/" + minutes, value, 1)
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
    assert reader.snapshot().value("publish_received") == 600
    assert not reader.snapshot().rates


def test_that_the_uptime_tells_since_when_retained_totals_hold() -> None:
    reader = StatusReader()
    reader.update(UPTIME, b"100 seconds", 8 * SECOND, retained=True)
    reader.update(RECEIVED, b"100", 8 * SECOND, retained=True)
    reader.update(UPTIME, b"110 seconds", 14 * SECOND)
    reader.update(RECEIVED, b"600", 14 * SECOND)
    assert reader.snapshot().rates == {"publish_received": 50.0}


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
    assert [p.value for p in reader.rate_history.points("publish_received")] == [10.0, 0.0]


def test_that_growth_after_a_pause_belongs_to_the_last_round_only() -> None:
    reader = StatusReader()
    for second in (10, 20, 30, 40, 50):
        reader.update(UPTIME, b"%d seconds" % second, second * SECOND)
        if second in (10, 20, 50):
            reader.update(RECEIVED, b"%d" % (second * 10), second * SECOND)
    assert reader.snapshot().rates["publish_received"] == 30.0


def test_that_averages_follow_the_formula_of_mosquitto() -> None:
    reader = StatusReader()
    total, average, heard = 0, 0.0, 0.0
    reader.update(RECEIVED, b"0", SECOND)
    for round_, rate in enumerate((100, 0, 40, 70, 300, 10), start=1):
        total += rate * 10
        average += (rate - average) * (1 - math.exp(-10 / 60))
        heard += 10
        reader.update(RECEIVED, b"%d" % total, (1 + 10 * round_) * SECOND)
    found = reader.snapshot().readings["publish_received"].averages
    assert found.one == pytest.approx(average / (1 - math.exp(-heard / 60)))


def test_that_averages_of_a_steady_rate_are_that_rate_from_the_first_round_on() -> None:
    reader = StatusReader()
    for second in range(0, 50, 10):
        reader.update(RECEIVED, b"%d" % (second * 7), second * SECOND)
    assert reader.snapshot().readings["publish_received"].averages == pytest.approx((7, 7, 7))


def test_that_the_interval_is_measured() -> None:
    reader = StatusReader()
    reader.update(UPTIME, b"0 seconds", 5 * SECOND, retained=True)
    for second in (6, 16, 26):
        reader.update(UPTIME, b"%d seconds" % second, second * SECOND)
        if second != 16:
            reader.update(RECEIVED, b"%d" % second, second * SECOND)
    assert reader.snapshot().interval_s == 10


def test_that_histories_are_bounded_and_in_order() -> None:
    reader = StatusReader()
    for second in range(3_000):
        reader.update(RECEIVED, b"%d" % (second * 2), second * SECOND)
    points = reader.history.points("publish_received")
    assert len(points) == 2_000
    assert points[-1] == (2_999 * SECOND, 5_998)
    assert len(reader.history.points("publish_received", last=5)) == 5
    assert {p.value for p in reader.rate_history.points("publish_received")} == {2.0}


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        (b"plant/line1", b"1"),
        (b"$SYS/broker/clients/total", b"many"),
        (b"$SYS/broker/load/publish/received/2min", b"1"),
        (b"$SYS/broker/version", b""),
        (b"$SYS/", b"1"),
        (b"$SYS", b"1"),
    ],
)
def test_that_what_is_not_understood_changes_no_value(topic: bytes, payload: bytes) -> None:
    reader = StatusReader()
    assert not reader.update(topic, payload, 1)
    assert reader.snapshot().last_update_ns is None
    assert not reader.snapshot().readings


def test_that_topics_nodes_and_payloads_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree_module, "MAX_TOPICS", 500)
    reader = StatusReader()
    for number in range(1_000):
        topic = b"$SYS/brokers/node%d/stats/connections/count" % number
        reader.update(topic, b"1", number)
    reader.update(b"$SYS/" + b"x" * 60_000, b"1", 1)
    assert len(reader.tree.entries) == 500
    assert reader.tree.left_out == 501
    assert len(reader.snapshot().nodes) == 256
    reader.update(b"$SYS/brokers/node1/stats/connections/count", b"9" * 100_000, 1)
    entry = reader.tree.entries[b"$SYS/brokers/node1/stats/connections/count"]
    assert (len(entry.payload), entry.size, entry.number) == (4_096, 100_000, None)


def test_that_a_version_with_markup_is_plain_text() -> None:
    reader = StatusReader()
    reader.update(BROKER + b"version", "mosquitto version <b>\u202e|x".encode(), 1)
    assert reader.snapshot().version == "mosquitto version <b>\\u202e|x"
    assert "\\<b\\>" in report_markdown(reader, SECOND)
    assert "\\|x" in report_markdown(reader, SECOND)


KNOWN = [
    dialect.topic(b"n@h", told.topic)
    for dialect in DIALECTS
    for told in (*dialect.figures, *dialect.loads, *dialect.events)
]
TOPICS = st.one_of(
    st.sampled_from(KNOWN),
    st.binary(max_size=40).map(lambda rest: b"$SYS/" + rest),
    st.binary(max_size=40),
)
PAYLOADS = st.one_of(
    st.binary(max_size=80),
    st.integers().map(lambda n: b"%d" % n),
    st.floats().map(lambda n: str(n).encode()),
    st.text(max_size=40).map(lambda text: text.encode(errors="replace")),
    st.sampled_from(
        (b'{"name":"\\ud800"}', b"[" * 4_000, b'{"a":' * 800, b"9" * 5_000, b'{"name":[1e999]}')
    ),
    st.dictionaries(
        st.sampled_from(("name", "status", "clientId", "reason", "message")),
        st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists, max_leaves=5),
    ).map(lambda value: json.dumps(value).encode()),
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(TOPICS, PAYLOADS, st.integers(-(2**70), 2**70), st.booleans()), max_size=25)
)
def test_that_no_topic_and_no_payload_raises(
    messages: list[tuple[bytes, bytes, int, bool]],
) -> None:
    reader, dropped = StatusReader(), DroppedTotal()
    for topic, payload, time_ns, retained in messages:
        reader.update(topic, payload, time_ns, retained=retained)
        dropped.take(topic, payload)
    now_ns = max((time_ns for _, _, time_ns, _ in messages), default=0)
    reader.snapshot()
    for alarm in alarms(reader, now_ns):
        assert escape(alarm.text) == alarm.text
    for event in reader.events.events():
        assert escape(event.text) == event.text
        event.text.encode()
    for topic in reader.tree.entries:
        tile_value(reader, suggested_tile(reader, topic))
    json.dumps(report_data(reader, now_ns, broker="x"))
    report_markdown(reader, now_ns).encode()
