from __future__ import annotations

import gc
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.helpers.mosquitto import Mosquitto
from tests.helpers.watch import Watched
from topicscope.automation.schedules.schedule import Interval, Schedule, Waveform
from topicscope.automation.schedules.scheduler import Scheduler
from topicscope.automation.templates.rendering import Renderer
from topicscope.automation.templates.template import MessageTemplate
from topicscope.connection.state import PublishProgress
from topicscope.profiles.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from topicscope.automation.schedules.runs import RunStatus


@pytest.fixture(autouse=True)
def shared_fairly() -> Iterator[None]:
    """Share the interpreter as the window does while it is connected, where no cycle is sought on other threads."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)
    gc.disable()
    yield
    gc.enable()
    sys.setswitchinterval(before)


PATIENCE_S = 30.0


@pytest.fixture(scope="module")
def mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    """A broker that keeps what a receiver cannot take at once."""
    with Mosquitto(tmp_path_factory.mktemp("broker"), extra="max_queued_messages 0\n") as broker:
        yield broker


class Arrivals:
    """Counts what arrives on the topics of schedules."""

    def __init__(self, watched: Watched) -> None:
        self._watched = watched

    def count(self) -> int:
        return sum(
            int((batch.first_byte >> 4 == 3).sum())
            for batch in list(self._watched.batches)
            if not batch.direction
        )


def run(mosquitto: Mosquitto, schedule: Schedule) -> tuple[RunStatus, int]:
    """Run a schedule to its end and return how it stands, and how many messages came."""
    with Watched() as sender, Watched() as receiver:
        profile = Profile(host="127.0.0.1", port=mosquitto.port)
        sender.connect(profile)
        receiver.connect(profile)
        receiver.subscribe("schedule/#")
        scheduler = Scheduler(sender.connection, Renderer(), {}.__getitem__)
        scheduler.start(schedule)
        deadline = time.monotonic() + schedule.duration_s + PATIENCE_S
        while (status := scheduler.status(schedule.id)) and status.is_active:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        arrivals = Arrivals(receiver)
        assert status is not None
        wanted = status.sent
        deadline = time.monotonic() + PATIENCE_S
        while arrivals.count() < wanted and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(0.2)
        scheduler.close()
        return status, arrivals.count()


def test_that_a_thousand_a_second_for_ten_seconds_are_ten_thousand(mosquitto: Mosquitto) -> None:
    schedule = Schedule(
        message=MessageTemplate(topic="schedule/wave", payload='{"v": {{value}}, "t": {{now_ms}}}'),
        pace=Interval(1),
        wave=Waveform(),
        duration_s=10,
    )
    status, arrived = run(mosquitto, schedule)
    assert status.state == "ended"
    assert abs(status.sent - 10_000) <= 1
    assert abs(arrived - 10_000) <= 1
    assert status.drift.lateness.count == status.sent
    assert sum(one.number for one in status.drift.lateness.bins()) == status.sent


def test_that_ten_thousand_a_second_are_possible(mosquitto: Mosquitto) -> None:
    schedule = Schedule(
        message=MessageTemplate(topic="schedule/fast", payload="{{index}}"),
        pace=Interval(0.1),
        duration_s=3,
    )
    status, arrived = run(mosquitto, schedule)
    # What a busy machine cannot do is left out and counted, never forgotten.
    assert status.sent + status.drift.missed == 30_000
    assert arrived == status.sent


def test_that_a_schedule_stops_at_once_and_offline_is_told_as_refused(mosquitto: Mosquitto) -> None:
    with Watched() as watched:
        watched.connect(Profile(host="127.0.0.1", port=mosquitto.port))
        scheduler = Scheduler(watched.connection, Renderer(), {}.__getitem__, follows_progress=True)
        schedule = Schedule(message=MessageTemplate(topic="schedule/x"), pace=Interval(0.2))
        scheduler.start(schedule)
        time.sleep(0.5)
        scheduler.stop(schedule.id)
        status = scheduler.status(schedule.id)
        assert status is not None
        time.sleep(0.2)
        later = scheduler.status(schedule.id)
        assert later is not None
        # The one message that was being handed over may still go.
        assert later.sent - status.sent <= 1
        assert later.refused == 0

        watched.connection.disconnect()
        time.sleep(0.2)
        offline = Schedule(message=MessageTemplate(topic="schedule/x"), pace=Interval(1), count=5)
        scheduler.start(offline)
        deadline = time.monotonic() + 5
        seen = 0
        while True:
            for event in watched.events[seen:]:
                seen += 1
                if isinstance(event, PublishProgress):
                    scheduler.progressed(event)
            told = scheduler.status(offline.id)
            if told is not None and told.refused == 5:
                break
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert told.sent == 0
        assert told.problem.startswith("Not connected")
        scheduler.close()
