"""The simulated plant, stepped through minutes without waiting."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import cbor2
import pytest

from topicscope.demo.exchange import Exchange
from topicscope.demo.plant.device import CORRELATION_DATA, RESPONSE_TOPIC
from topicscope.demo.plant.plant import Plant, all_devices
from topicscope.mqtt.properties import BY_KEY
from topicscope.mqtt.topics import topic_matches, topic_name_problem

if TYPE_CHECKING:
    from topicscope.demo.message import Message

START = 1_800_000_000.0


class Observed:
    """A plant, what it has said since the last look, and a client to speak to it."""

    def __init__(self, seed: object = 1) -> None:
        exchange = Exchange(self.clock)
        self.now = START
        self.heard: list[Message] = []
        self.client = exchange.attach("observer", self.heard.append)
        self.client.subscribe("#", 2)
        self.exchange = exchange
        self.plant = Plant(exchange, seed)
        self.plant.start(self.now)

    def clock(self) -> float:
        return self.now

    def run(self, seconds: float) -> list[Message]:
        self.heard.clear()
        for _ in range(int(seconds * 10)):
            self.now += 0.1
            self.plant.step(self.now)
        return list(self.heard)

    def ask(self, topic: str, payload: bytes, **options: object) -> dict[str, Message]:
        self.heard.clear()
        self.client.publish(topic, payload, **options)  # type: ignore[arg-type]
        return {message.topic: message for message in self.heard}


@pytest.fixture
def observed() -> Observed:
    return Observed()


@pytest.fixture(scope="module")
def minutes() -> list[Message]:
    observed = Observed()
    return list(observed.heard) + observed.run(300)


def under(messages: list[Message], topic_filter: str) -> list[Message]:
    return [message for message in messages if topic_matches(topic_filter, message.topic)]


def test_that_there_are_about_two_hundred_topics_and_a_hundred_messages_a_second(
    minutes: list[Message],
) -> None:
    topics = {message.topic for message in minutes}
    assert 190 <= len(topics) <= 260
    assert 50 <= len(minutes) / 300 <= 150
    assert all(topic_name_problem(topic) is None for topic in topics)


def test_that_the_same_seed_gives_the_same_messages() -> None:
    def told(seed: object) -> list[tuple[str, bytes]]:
        return [(message.topic, message.payload) for message in Observed(seed).run(30)]

    assert told(7) == told(7)
    assert told(7) != told(8)


def test_that_messages_of_every_qos_and_retained_ones_occur(minutes: list[Message]) -> None:
    assert {message.qos for message in minutes} == {0, 1, 2}
    assert {message.retain for message in minutes} == {False, True}
    used = {identifier for message in minutes for identifier, _ in message.properties}
    keys = ("content_type", "user_property", "response_topic", "correlation_data")
    assert {BY_KEY[key].identifier for key in keys} <= used


def test_that_a_sensor_of_the_line_drifts_and_sometimes_fails(minutes: list[Message]) -> None:
    readings = under(minutes, "plant/+/+/+") + under(minutes, "plant/+/temperature")
    good = [json.loads(m.payload) for m in readings if b'"quality":"good"' in m.payload]
    assert all(isinstance(reading["value"], float) for reading in good)
    bad = [m for m in readings if b'"quality":"bad"' in m.payload]
    assert bad
    assert all(json.loads(message.payload)["value"] is None for message in bad)
    alarms = [json.loads(message.payload) for message in under(minutes, "plant/+/alarms")]
    assert {alarm["active"] for alarm in alarms} == {True, False}


def test_that_every_state_of_the_building_has_names_for_its_ids(minutes: list[Message]) -> None:
    states = under(minutes, "placeos/+/state/#")
    names = {m.topic.rsplit("/", 1)[1] for m in under(minutes, "placeos/+/metadata/+")}
    for message in states:
        _, organisation, _, building, level, area, system, driver, *rest = message.topic.split("/")
        assert {organisation, building, level, area, system, driver} <= names
        assert len(rest) == 3
        document = json.loads(message.payload)
        assert set(document) == {"time", "value"}
        assert abs(document["time"] / 1000 - START) < 400


def test_that_home_assistant_discovery_points_at_topics_that_exist(minutes: list[Message]) -> None:
    topics = {message.topic for message in minutes}
    configs = under(minutes, "homeassistant/+/+/+/config")
    assert len(configs) == 16
    for message in configs:
        config = json.loads(message.payload)
        assert message.retain
        assert config["~"] in topics
        assert config["avty_t"].replace("~", config["~"]) in topics


def test_that_a_request_is_answered_on_its_response_topic(observed: Observed) -> None:
    answers = observed.ask(
        "devices/valve-3/request",
        b'{"method":"set","position":70}',
        properties=[(RESPONSE_TOPIC, "my/answers"), (CORRELATION_DATA, b"\x00\x2a")],
    )
    answer = answers["my/answers"]
    assert json.loads(answer.payload) == {"position": 70}
    assert (CORRELATION_DATA, b"\x00\x2a") in answer.properties
    assert json.loads(answers["devices/valve-3/state"].payload)["position"] == 70


@pytest.mark.parametrize(
    "payload", [b"", b"{", b"\xff", b"[1]", b'{"method":"set","position":900}']
)
def test_that_a_bad_request_is_answered_with_an_error(observed: Observed, payload: bytes) -> None:
    answers = observed.ask("devices/valve-3/request", payload)
    assert "error" in json.loads(answers["devices/valve-3/response"].payload)


def test_that_the_tasmota_plug_obeys(observed: Observed) -> None:
    answers = observed.ask("cmnd/washer_plug/POWER", b"OFF")
    assert answers["stat/washer_plug/POWER"].payload == b"OFF"
    assert answers["stat/washer_plug/RESULT"].payload == b'{"POWER":"OFF"}'
    assert (
        observed.ask("cmnd/washer_plug/power", b"toggle")["stat/washer_plug/POWER"].payload == b"ON"
    )


def test_that_a_light_can_be_switched(observed: Observed) -> None:
    answers = observed.ask("zigbee2mqtt/kitchen_light/set", b'{"state":"OFF","brightness":3}')
    state = json.loads(answers["zigbee2mqtt/kitchen_light"].payload)
    assert (state["state"], state["brightness"]) == ("OFF", 3)


def test_that_a_line_can_be_stopped(observed: Observed) -> None:
    answers = observed.ask("plant/line1/command", b'{"command":"stop"}')
    assert json.loads(answers["plant/line1/oven/state"].payload)["state"] == "stopped"


def test_that_the_truck_speaks_cbor(minutes: list[Message]) -> None:
    document = cbor2.loads(under(minutes, "fleet/truck-7/position")[0].payload)
    assert set(document) == {"t", "pos", "kmh", "fix"}


def test_that_the_weather_station_dies_with_its_will_and_comes_back(observed: Observed) -> None:
    status = [m.payload for m in under(observed.run(120), "weather/station-2/status")]
    assert status[:2] == [b"offline", b"online"]
    assert len(status) >= 3


def test_that_nothing_more_is_heard_of_the_dead_station(observed: Observed) -> None:
    said = observed.run(60)
    topics = [m.topic for m in under(said, "weather/station-2/+")]
    died = topics.index("weather/station-2/status")
    assert topics[died : died + 2] == ["weather/station-2/status"] * 2


def test_that_every_device_is_a_client_and_gone_after_stop(observed: Observed) -> None:
    assert observed.exchange.connected == len(all_devices(1)) + 1
    observed.plant.stop()
    assert observed.exchange.connected == 1
    assert observed.run(1) == []


def test_that_time_asleep_is_skipped_and_not_made_up_for(observed: Observed) -> None:
    observed.run(1)
    observed.now += 3_600
    observed.plant.skip_to(observed.now)
    assert 20 < len(observed.run(1)) < 300
