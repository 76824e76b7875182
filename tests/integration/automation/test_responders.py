from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

import pytest

from tests.helpers.publishing import wait_until
from tests.helpers.watch import Watched
from topicscope.automation.exchanges.exchange import Exchanges
from topicscope.automation.exchanges.pairings import ByCorrelation, ByTopics
from topicscope.automation.responders.engine import ResponderEngine
from topicscope.automation.responders.responder import Responder
from topicscope.automation.templates.rendering import Renderer
from topicscope.automation.templates.template import MessageTemplate
from topicscope.capture.log import CaptureLog
from topicscope.demo import BrokerThread
from topicscope.profiles.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.helpers.mosquitto import Mosquitto
    from topicscope.capture.batch import Batch

DEVICE = Responder(
    name="device",
    when='topic ~ "plant/dev/+/get"',
    levels="plant/dev/<device>/get",
    to="response_topic",
    message=MessageTemplate(
        topic="plant/dev/{{device}}/answer", payload='{"device": "{{device}}", "id": {{json.id}}}'
    ),
)


class Engaged(Watched):
    """A connection whose batches also go to responders."""

    def __init__(self) -> None:
        self.stopped: list[str] = []
        self.engine: ResponderEngine | None = None
        super().__init__()
        self.engine = ResponderEngine(
            self.connection, Renderer(), {}.__getitem__, on_stopped=self._on_stopped
        )

    def _on_stopped(self, rule: str, text: str) -> None:
        del rule
        self.stopped.append(text)

    def _take(self, batch: Batch) -> None:
        super()._take(batch)
        if self.engine is not None:
            self.engine.feed(batch)


@pytest.fixture(params=["mosquitto", "demo"])
def port(request: pytest.FixtureRequest, mosquitto: Mosquitto) -> Iterator[int]:
    """Real Mosquitto, and the broker of the demo."""
    if request.param == "mosquitto":
        yield mosquitto.port
        return
    with BrokerThread() as broker:
        yield broker.port


@contextlib.contextmanager
def playing(
    port: int, version: int, rules: Sequence[Responder], *topic_filters: str
) -> Iterator[Engaged]:
    player = Engaged()
    assert player.engine is not None
    try:
        with player:
            player.connect(Profile(host="127.0.0.1", port=port, protocol_version=version))  # type: ignore[arg-type]
            player.subscribe(*topic_filters)
            player.engine.set_responders(rules)
            yield player
    finally:
        player.engine.close()


def log_of(watched: Watched) -> CaptureLog:
    log = CaptureLog()
    for batch in list(watched.batches):
        log.append(batch)
    return log


def test_that_a_responder_plays_the_missing_device_for_mqtt_5(port: int) -> None:
    with playing(port, 5, [DEVICE], "plant/dev/+/get"), Watched() as asker:
        asker.connect(Profile(host="127.0.0.1", port=port, protocol_version=5))
        asker.subscribe("replies/me")
        for number in range(20):
            properties = [(8, "replies/me"), (9, b"\xff%d" % number)]
            asker.connection.publish(
                f"plant/dev/{number}/get", b'{"id": %d}' % number, 0, False, list(properties)
            )
        asker.wait_for_messages(20)
        log = log_of(asker)
    exchanges = Exchanges(log, ByCorrelation(log))
    exchanges.update(5.0)
    summary = exchanges.summary()
    assert (summary.requests, summary.answered, summary.orphans) == (20, 20, 0)
    for index in range(20):
        row = exchanges[index].response_row
        assert row is not None
        assert log.record(row).payload == b'{"device": "%d", "id": %d}' % (index, index)
        assert (9, b"\xff%d" % index) in log.record(row).properties


def test_that_a_responder_plays_the_missing_device_for_mqtt_3(port: int) -> None:
    with playing(port, 4, [DEVICE], "plant/dev/+/get"), Watched() as asker:
        asker.connect(Profile(host="127.0.0.1", port=port, protocol_version=4))
        asker.subscribe("plant/dev/+/answer")
        asker.connection.publish("plant/dev/7/get", b'{"id": 1}')
        asker.wait_for_messages(1)
        log = log_of(asker)
    exchanges = Exchanges(log, ByTopics(log, "plant/dev/<dev>/get", "plant/dev/<dev>/answer"))
    exchanges.update(5.0)
    assert exchanges.summary().answered == 1
    row = exchanges[0].response_row
    assert row is not None
    assert log.record(row).payload == b'{"device": "7", "id": 1}'


def test_that_a_loop_between_two_responders_is_stopped_and_explained(port: int) -> None:
    rules = [
        Responder(
            name="Thermostat",
            when='topic == "heater/state"',
            message=MessageTemplate(topic="room/temperature", payload="{{gauss 20 2}}"),
        ),
        Responder(
            name="Heater",
            when='topic == "room/temperature"',
            message=MessageTemplate(topic="heater/state", payload="{{uuid}}"),
        ),
    ]
    with playing(port, 5, rules, "heater/#", "room/#") as player:
        player.connection.publish("heater/state", b"on")
        wait_until(lambda: player.stopped)
        time.sleep(0.2)
        count = len(player.received())
        time.sleep(0.2)
        assert len(player.received()) == count < 60
        text = player.stopped[0]
        assert "“Thermostat”" in text
        assert "“Heater”" in text
        assert "answer each other" in text
        assert "room/temperature" in text
        assert "heater/state" in text
