"""Each dialect, from its recorded tree to the right tiles."""

from __future__ import annotations

from typing import Any

import pytest

from tests.helpers.status_trees import reader_of, tree
from topicscope.broker_status import StatusReader
from topicscope.broker_status.dialects import DIALECTS
from topicscope.broker_status.metrics import METRICS, Kind

EXPECTED: dict[str, dict[str, Any]] = {
    "mosquitto": {
        "version": "mosquitto version 2.0.18", "uptime_s": 3620, "clients_connected": 12,
        "clients_disconnected": 3, "clients_expired": 1, "clients_maximum": 16, "clients_total": 15,
        "messages_received": 36400, "publish_received": 18100, "publish_dropped": 30,
        "bytes_received": 2_004_000, "publish_bytes_sent": 5_400_000, "messages_stored": 204,
        "stored_bytes": 81_600, "retained": 200, "subscriptions": 42, "shared_subscriptions": 2,
        "heap": 1_048_576, "heap_maximum": 2_097_152,
    },
    "mosquitto-2.1": {"version": "mosquitto version 2.1.2", "queued": 7, "queued_bytes": 900},
    "demo": {"version": "topicscope demo broker 0.3.0", "clients_connected": 12},
    "emqx5": {
        "version": "5.8.6", "uptime_s": 3660, "clients_connected": 300, "clients_maximum": 420,
        "clients_total": 390, "publish_received": 16_800, "publish_sent": 27_000,
        "publish_dropped": 66, "slow_dropped": 24, "bytes_received": 3_000_000, "retained": 25,
        "subscriptions": 900, "shared_subscriptions": 12, "topics": 50,
    },
    "emqx4": {"version": "4.4.19", "uptime_s": 93_784, "clients_connected": 130, "publish_dropped": 27},
    "vernemq": {
        "uptime_s": 7_200, "clients_connected": 180, "clients_total": 190, "publish_received": 8_800,
        "publish_dropped": 16, "retained": 33, "subscriptions": 210, "heap": 146_800_640, "cpu": 12,
    },
    "hivemq": {
        "version": "HiveMQ 4.28.0", "uptime_s": 3_600, "clients_connected": 40, "clients_total": 45,
        "publish_received": 8_600, "publish_dropped": 3, "bytes_received": 506_000, "retained": 77,
        "subscriptions": 88,
    },
    "flashmq": {
        "clients_connected": 31, "clients_total": 35, "publish_received": 70_260, "sockets": 500,
        "connections": 450, "retained": 64, "subscriptions": 39,
    },
    "aedes": {
        "uptime_s": 3, "clients_connected": 2, "clients_maximum": 2, "publish_sent": 4,
        "heap": 12_946_960, "heap_maximum": 30_478_336, "cpu": 3,
    },
    "amqtt": {
        "version": "aMQTT version 0.12.1", "uptime_s": 4, "clients_connected": 1, "messages_sent": 26,
        "publish_sent": 24, "bytes_sent": 873, "messages_stored": 1, "inflight": 0, "retained": 1,
        "subscriptions": 1, "heap": pytest.approx(29.602 * 1_048_576), "cpu": 1.0,
    },
    "mochi": {
        "version": "2.7.9", "uptime_s": 3_600, "clients_connected": 9, "messages_received": 700,
        "publish_received": 500, "publish_dropped": 2, "inflight": 5, "retained": 17,
        "subscriptions": 21, "heap": 5_242_880,
    },
    "common": {
        "version": "CoolBroker 9", "uptime_s": 262_923, "clients_connected": 1.234,
        "publish_received": 12_345_678,
    },
}  # fmt: skip
RATES = {
    "mosquitto": {"publish_received": 5.0, "messages_received": 20.0, "publish_dropped": 2.0},
    "emqx5": {"publish_received": 30.0, "publish_dropped": 0.2, "slow_dropped": 0.2},
    "vernemq": {"publish_received": 40.0, "publish_dropped": 0.2},
    "hivemq": {"publish_received": 10.0, "bytes_received": 100.0},
    "flashmq": {"publish_received": 13.0, "publish_sent": 0.0},
    "aedes": {"publish_sent": 4.0},
    "amqtt": {"publish_sent": 23.0, "bytes_sent": 821.0},
    "mochi": {"publish_received": 50.0, "bytes_received": 500.0},
}
KEYS = {"mosquitto-2.1": "mosquitto"}


@pytest.mark.parametrize("name", EXPECTED)
def test_that_each_tree_gives_the_right_values(name: str) -> None:
    status = reader_of(name).snapshot()
    found = {key: status.readings[key].value for key in EXPECTED[name] if key in status.readings}
    assert found == EXPECTED[name]


@pytest.mark.parametrize("name", RATES)
def test_that_totals_become_rates(name: str) -> None:
    rates = reader_of(name).snapshot().rates
    assert {key: rates.get(key) for key in RATES[name]} == pytest.approx(RATES[name])


@pytest.mark.parametrize("name", [*sorted(set(EXPECTED) - {"common"}), "nanomq"])
def test_that_each_dialect_is_recognised(name: str) -> None:
    detection = reader_of(name).detection
    assert detection.key == KEYS.get(name, name)
    assert detection.sure in ("certain", "likely")


@pytest.mark.parametrize("name", [*sorted(set(EXPECTED) - {"common"}), "nanomq"])
def test_that_the_order_of_topics_does_not_matter(name: str) -> None:
    reader = StatusReader()
    begin = [told for told in tree(name) if told.time_ns == next(tree(name)).time_ns]
    for told in reversed(begin):
        reader.update(told.topic, told.payload, told.time_ns, retained=told.retained)
    straight = StatusReader()
    for told in begin:
        straight.update(told.topic, told.payload, told.time_ns, retained=told.retained)
    values = {key: reading.value for key, reading in reader.snapshot().readings.items()}
    assert values == {key: r.value for key, r in straight.snapshot().readings.items()}


def test_that_the_mind_is_changed_when_there_is_more_evidence() -> None:
    reader = StatusReader()
    reader.update(b"$SYS/broker/clients/connected", b"5", 1)
    assert reader.detection.key == "common"
    assert reader.detection.sure == "guessed"
    assert reader.snapshot().value("clients_connected") == 5
    reader.update(b"$SYS/broker/heap/size", b"2", 2)
    assert reader.detection.key == "amqtt"
    assert reader.snapshot().value("heap") == 2 * 1_048_576
    reader.update(b"$SYS/broker/version", b"mosquitto version 2.0.11", 3)
    assert reader.detection == ("mosquitto", "Mosquitto", "certain", 100)
    assert reader.snapshot().value("clients_connected") == 5
    assert reader.snapshot().value("heap") is None


def test_that_a_tree_of_its_own_is_kept_as_it_is() -> None:
    reader = reader_of("unknown")
    assert reader.detection.sure == "unknown"
    assert not reader.snapshot().readings
    assert reader.snapshot().last_heard_ns is not None
    assert reader.tree.entries[b"$SYS/Coreflux/State"].text == "running"


def test_that_nodes_are_told_beside_their_sum() -> None:
    status = reader_of("emqx5").snapshot()
    assert status.nodes == ("emqx@10.0.0.1", "emqx@10.0.0.2")
    reading = status.readings["clients_connected"]
    assert reading.nodes == {"emqx@10.0.0.1": 100, "emqx@10.0.0.2": 200}
    assert reading.value == 300


def test_that_what_brokers_tell_of_rates_is_made_per_second() -> None:
    assert reader_of("mosquitto").snapshot().readings["publish_received"].told == pytest.approx(
        (5.0, 4.0, 3.0)
    )
    assert reader_of("flashmq").snapshot().readings["publish_received"].told_rate == 12.5
    told = reader_of("mosquitto").snapshot().readings["sockets"]
    assert told.value is None
    assert told.told.one == pytest.approx(0.025)


def test_that_loads_are_per_minute_as_told() -> None:
    assert reader_of("mosquitto").snapshot().loads["publish received"] == (300.0, 240.0, 180.0)


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        (
            "emqx5",
            [
                (
                    "Client sensor-1 connected (username: foo, ipaddress: 10.0.0.7, proto_ver: 5, "
                    "keepalive: 60, clean_start: true)"
                ),
                "Client sensor-1 disconnected (reason: keepalive_timeout, username: foo, ipaddress: 10.0.0.7)",
                "Alarm high_system_memory_usage: System memory usage is higher than 70%",
            ],
        ),
        (
            "nanomq",
            [
                "Client nanomq-1 connected (proto_ver: 4, keepalive: 60, username: undefined)",
                "Client sensor-2 is online (reason_code: 0, IPv4: 10.0.0.9)",
                "Client nanomq-1 disconnected (reason_code: 8d, username: undefined)",
            ],
        ),
        (
            "aedes",
            [
                "Client aedes_13b53f28 subscribed (subs: $SYS/#)",
                "Client dev1 connected",
                "Client dev1 disconnected",
                "Client dev1 unsubscribed (subs: a/b)",
            ],
        ),
        (
            "mosquitto",
            [
                "1795260658: New client connected from 127.0.0.1:59694 as sensor-1 (p2, c1, k60).",
                "Bridge cloud is not connected",
            ],
        ),
    ],
)
def test_that_event_topics_become_a_log(name: str, texts: list[str]) -> None:
    assert [event.text for event in reader_of(name).events.events()] == texts


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.key)
def test_that_the_tables_name_only_metrics_that_there_are(dialect: Any) -> None:
    for told in (*dialect.figures, *dialect.loads):
        assert told.metric in METRICS
    for load in dialect.loads:
        assert METRICS[load.metric].kind is Kind.TOTAL
        assert load.minutes in (0, 1, 5, 15)
    if dialect.round_topic:
        assert dialect.round_topic in {figure.topic for figure in dialect.figures}
