"""Alarms, tiles, the ledger's column, advice and the report."""

from __future__ import annotations

import pytest

from tests.helpers.packets import START_NS
from tests.helpers.status_trees import reader_of
from topicscope.broker_status import StatusReader
from topicscope.broker_status.advice import advice, broker_hint
from topicscope.broker_status.alarms import alarms
from topicscope.broker_status.dropped import DroppedTotal, tells_dropped
from topicscope.broker_status.report import report_data, report_markdown
from topicscope.broker_status.tiles import TileValue, UserTile, suggested_tile, tile_value
from topicscope.broker_status.words import duration

SECOND = 1_000_000_000


def told(*values: tuple[int, str, object]) -> StatusReader:
    reader = StatusReader()
    reader.update(b"$SYS/broker/version", b"mosquitto version 2.0.11", 0)
    for second, name, value in values:
        reader.update(b"$SYS/broker/" + name.encode(), str(value).encode(), second * SECOND)
    return reader


def said(reader: StatusReader, second: int) -> list[str]:
    return [alarm.text for alarm in alarms(reader, second * SECOND)]


def test_that_a_quiet_broker_gives_no_alarm() -> None:
    reader = told((10, "clients/connected", 20), (20, "publish/messages/dropped", 5))
    assert said(reader, 21) == []


def test_that_growing_drops_are_said_and_forgotten_when_they_stop() -> None:
    dropped = "publish/messages/dropped"
    reader = told((10, dropped, 5), (20, dropped, 5), (30, dropped, 25))
    assert said(reader, 31) == ["The broker dropped 20 messages in 20 s."]
    for second in (340, 350, 360):
        reader.update(b"$SYS/broker/" + dropped.encode(), b"25", second * SECOND)
    assert said(reader, 361) == []


def test_that_drops_for_slow_subscribers_are_told_from_others() -> None:
    reader = reader_of("emqx5")
    assert "for subscribers that are too slow" in alarms(reader, START_NS + 61 * SECOND)[0].text


def test_that_clients_that_go_at_once_are_said() -> None:
    clients = "clients/connected"
    reader = told((10, clients, 40), (20, clients, 12))
    assert said(reader, 21) == ["28 of 40 clients have gone within the last 5 minutes."]
    assert said(told((10, clients, 4), (20, clients, 1)), 21) == []


def growing_heap(uptime_s: int, *seconds: int) -> list[str]:
    values: list[tuple[int, str, object]] = []
    for second in seconds:
        heap = 1_000_000 + second * 5_000
        values += [(second, "heap/current", heap), (second, "heap/maximum", heap)]
        values.append((second, "uptime", f"{uptime_s + second} seconds"))
    return said(told(*values), seconds[-1] + 1)


def test_that_a_heap_that_grows_at_its_maximum_is_said() -> None:
    assert growing_heap(86_400, 10, 60, 110, 160) == [
        "The heap is at its maximum, 1.8 MB; it has grown by 71% in 2 min 30 s."
    ]


def test_that_a_heap_that_grows_after_a_start_or_for_a_moment_is_no_alarm() -> None:
    assert growing_heap(0, 10, 60, 110, 160) == []
    assert growing_heap(86_400, 10, 20, 30, 40) == []


def test_that_only_what_counts_something_has_a_rate_of_its_own() -> None:
    names = ("heap/current", "load/bytes/sent/1min", "bytes/sent", "something/new", "a/share")
    values = [(s, name, s * (1.5 if name == "a/share" else 10)) for name in names for s in range(4)]
    reader = told(*values)
    grows = [name for name in names if reader.is_total(b"$SYS/broker/" + name.encode())]
    assert grows == ["bytes/sent", "something/new"]


def test_that_silence_is_measured_in_rounds() -> None:
    reader = told((10, "uptime", "10 seconds"), (20, "uptime", "20 seconds"))
    assert said(reader, 49) == []
    assert said(reader, 51)[0].startswith(
        "Nothing has come on $SYS for 31 s, though it came every 10 s"
    )


def test_that_a_new_start_is_said() -> None:
    reader = told((10, "uptime", "7200 seconds"), (20, "uptime", "3 seconds"))
    assert said(reader, 21) == ["The broker has started again; it had run for 2 h."]


def test_that_a_topic_of_an_unknown_broker_can_be_made_a_tile() -> None:
    reader = reader_of("unknown")
    tile = suggested_tile(reader, b"$SYS/Coreflux/Total")
    assert tile == UserTile("$SYS/Coreflux/Total", "Coreflux total", "", as_rate=True)
    assert tile_value(reader, tile) == TileValue("10/s", "400", 10.0)
    assert tile_value(reader, suggested_tile(reader, b"$SYS/Coreflux/Cpu")).value == "12"
    assert tile_value(reader, UserTile("$SYS/Coreflux/State", "State")).value == "running"
    assert tile_value(reader, UserTile("$SYS/none", "None")) == TileValue("–", "", None)
    assert suggested_tile(reader, b"$SYS/x/memory").unit == "bytes"


def test_that_drops_are_counted_from_the_first_value_on() -> None:
    total, topic = DroppedTotal(), b"$SYS/broker/publish/messages/dropped"
    assert total.count is None
    for payload, count in ((b"100", 0), (b"130", 30), (b"x", 30), (b"5", 35), (b"7", 37)):
        total.take(topic, payload)
        assert total.count == count


def test_that_drops_of_nodes_are_added() -> None:
    total = DroppedTotal()
    for node in (b"a@h", b"b@h"):
        for payload in (b"1", b"4"):
            total.take(b"$SYS/" + node + b"/queue/message/drop", payload)
    assert total.count == 6


@pytest.mark.parametrize(
    ("topic", "tells"),
    [
        (b"$SYS/broker/publish/messages/dropped", True),
        (b"$SYS/broker/messages/publish/dropped", True),
        (b"$SYS/broker/messages/dropped", True),
        (b"$SYS/brokers/emqx@h/metrics/delivery/dropped/queue_full", True),
        (b"$SYS/brokers/emqx@h/metrics/messages/dropped", False),
        (b"$SYS/VerneMQ@h/queue/message/drop", True),
        (b"plant/dropped", False),
    ],
)
def test_that_each_brokers_counter_of_drops_is_known(topic: bytes, tells: bool) -> None:
    assert tells_dropped(topic) is tells


@pytest.mark.parametrize(
    ("host", "identifier", "words", "broker"),
    [
        ("abc-ats.iot.eu-central-1.amazonaws.com", "", [], "aws"),
        ("hub.azure-devices.net", "", [], "azure"),
        ("x.s1.eu.hivemq.cloud", "", [], "hivemq"),
        ("broker.emqx.io", "", [], "emqx"),
        ("10.0.0.1", "auto-D089928A-D063-EDC6-60F8-A9C6A3A3ABBD", [], "mosquitto"),
        ("10.0.0.1", "hmq_abc", [], "hivemq"),
        ("10.0.0.1", "", ["RabbitMQ 4.0"], "rabbitmq"),
        ("10.0.0.1", "", [], ""),
        ("notemqx.io.example", "", [], ""),
    ],
)
def test_that_the_broker_is_guessed_from_what_connack_says(
    host: str, identifier: str, words: list[str], broker: str
) -> None:
    assert broker_hint(host, identifier, words) == broker


def test_that_advice_says_what_to_do_on_that_broker() -> None:
    assert "subscribe, [" in advice("emqx5", refused=0x87)
    assert advice("emqx5", refused=0x87).startswith("The broker does not allow")
    assert "management API" in advice("rabbitmq", silent_s=70)
    assert "publishes no $SYS topics" in advice("aws", silent_s=70)
    assert "sys_interval" in advice("mosquitto", silent_s=12)
    assert "topic read $SYS/#" in advice("mosquitto", silent_s=12)
    assert advice("mosquitto", refused=0x80) != advice("mosquitto", silent_s=70)
    assert "need a minute" in advice(silent_s=12)
    assert "need a minute" not in advice(silent_s=71)
    assert advice() == ""
    assert advice(refused=0) == ""


def test_that_the_report_holds_values_events_and_topics() -> None:
    reader = reader_of("emqx5")
    data = report_data(reader, START_NS + 64 * SECOND, broker="mqtt://lab")
    assert data["dialect"] == "emqx5"
    assert data["metrics"]["publish_received"]["rate"] == 30.0
    assert data["metrics"]["publish_received"]["nodes"]["emqx@10.0.0.2"] == 11_200
    assert data["events"][2]["kind"] == "alarm"
    assert data["topics"]["$SYS/brokers"] == "emqx@10.0.0.1,emqx@10.0.0.2"
    text = report_markdown(reader, START_NS + 64 * SECOND, broker="mqtt://lab")
    assert "| Publish received | 16,800 | 30/s |" in text
    assert "## Nodes" in text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.5, "0.5 s"), (12, "12 s"), (185, "3 min 5 s"), (7_380, "2 h 3 min"), (180_000, "2 d 2 h")],
)
def test_that_spans_of_time_are_written_for_people(seconds: float, text: str) -> None:
    assert duration(seconds) == text
