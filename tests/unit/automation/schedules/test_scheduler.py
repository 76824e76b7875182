from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.helpers.publishing import Outlet, wait_until
from topicscope.automation.schedules.runs import Run
from topicscope.automation.schedules.schedule import (
    Burst,
    CsvRows,
    Interval,
    Schedule,
    Waveform,
)
from topicscope.automation.schedules.scheduler import Scheduler
from topicscope.automation.schedules.sources import open_source
from topicscope.automation.templates.rendering import Renderer
from topicscope.automation.templates.template import MessageTemplate
from topicscope.connection.state import PublishProgress

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from topicscope.automation.schedules.runs import RunStatus

LIBRARY = {
    "plant/hello": MessageTemplate(name="hello", folder="plant", topic="hi", payload="{{index}}")
}


@pytest.fixture
def outlet() -> Outlet:
    return Outlet()


@pytest.fixture
def scheduler(outlet: Outlet) -> Iterator[Scheduler]:
    scheduler = Scheduler(outlet, Renderer(), LIBRARY.__getitem__, follows_progress=True)
    yield scheduler
    scheduler.close()


def status_of(scheduler: Scheduler, schedule: Schedule) -> RunStatus:
    status = scheduler.status(schedule.id)
    assert status is not None
    return status


def finished(scheduler: Scheduler, schedule: Schedule) -> RunStatus:
    wait_until(lambda: not status_of(scheduler, schedule).is_active)
    return status_of(scheduler, schedule)


def test_that_a_schedule_sends_as_many_as_it_says_at_its_times(
    scheduler: Scheduler, outlet: Outlet
) -> None:
    schedule = Schedule(template="plant/hello", pace=Interval(20), count=5)
    begun = time.monotonic()
    scheduler.start(schedule)
    status = finished(scheduler, schedule)
    assert 0.08 <= time.monotonic() - begun < 1.0
    assert [message.payload for message in outlet.sent] == [b"0", b"1", b"2", b"3", b"4"]
    assert (status.state, status.sent, status.refused) == ("ended", 5, 0)
    assert status.drift.lateness.count == 5
    assert status.next_due is None


def test_that_a_thousand_a_second_for_a_second_are_a_thousand(
    scheduler: Scheduler, outlet: Outlet
) -> None:
    schedule = Schedule(template="plant/hello", pace=Interval(1), duration_s=1)
    scheduler.start(schedule)
    wait_until(lambda: len(outlet.sent) > 500)
    assert 500 < status_of(scheduler, schedule).rate < 1500
    assert finished(scheduler, schedule).sent == 1000


def test_that_bursts_go_at_once_and_a_waveform_is_a_variable(
    scheduler: Scheduler, outlet: Outlet
) -> None:
    schedule = Schedule(
        message=MessageTemplate(topic="w", payload="{{value}}"),
        pace=Burst(3, 30),
        wave=Waveform("square", 5, 20, period_s=0.12),
        count=9,
    )
    scheduler.start(schedule)
    finished(scheduler, schedule)
    assert [float(message.payload) for message in outlet.sent] == [25] * 6 + [15] * 3


def test_that_many_schedules_run_at_once(scheduler: Scheduler, outlet: Outlet) -> None:
    schedules = [
        Schedule(message=MessageTemplate(topic=f"t/{number}"), pace=Interval(5 + number), count=20)
        for number in range(20)
    ]
    assert scheduler.start_all(schedules) == []
    for schedule in schedules:
        assert finished(scheduler, schedule).sent == 20
    assert len(outlet.sent) == 400


def test_that_stopping_is_immediate(scheduler: Scheduler, outlet: Outlet) -> None:
    schedule = Schedule(template="plant/hello", pace=Interval(0.1))
    scheduler.start(schedule)
    outlet.wait_for(100)
    scheduler.stop(schedule.id)
    count = len(outlet.sent)
    time.sleep(0.1)
    assert len(outlet.sent) <= count + 1
    assert status_of(scheduler, schedule).state == "stopped"


def test_that_what_still_waits_is_dropped_when_a_schedule_is_stopped(
    scheduler: Scheduler, outlet: Outlet
) -> None:
    message = MessageTemplate(topic="a", qos=1)
    schedule = Schedule(message=message, pace=Burst(4, 60_000))
    scheduler.start(schedule)
    outlet.wait_for(4)
    wait_until(lambda: status_of(scheduler, schedule).sent == 4)
    scheduler.progressed(PublishProgress(1, "acknowledged", 0))
    scheduler.progressed(PublishProgress(2, "sent"))
    scheduler.stop_all()
    assert outlet.dropped == [2, 3, 4]
    scheduler.progressed(PublishProgress(3, "dropped", text="Dropped as asked."))
    status = status_of(scheduler, schedule)
    assert (status.sent, status.refused, status.problem) == (3, 1, "")


def test_that_a_schedule_started_again_begins_anew(scheduler: Scheduler, outlet: Outlet) -> None:
    schedule = Schedule(template="plant/hello", pace=Interval(3_600_000))
    scheduler.start(schedule)
    outlet.wait_for(1)
    next_due = status_of(scheduler, schedule).next_due
    assert next_due is not None
    assert next_due - time.time() == pytest.approx(3600, abs=5)
    scheduler.start(schedule)
    assert [message.payload for message in outlet.wait_for(2)] == [b"0", b"0"]
    scheduler.forget(schedule.id)
    assert scheduler.status(schedule.id) is None
    assert scheduler.statuses() == {}


def test_that_a_refusal_is_counted_and_said_and_the_schedule_goes_on() -> None:
    outlet = Outlet(
        lambda message: "The profile is read-only." if message.payload == b"1" else None
    )
    scheduler = Scheduler(outlet, Renderer(), LIBRARY.__getitem__)
    schedule = Schedule(template="plant/hello", pace=Interval(1), count=3)
    scheduler.start(schedule)
    status = finished(scheduler, schedule)
    scheduler.close()
    assert (status.sent, status.refused) == (2, 1)
    assert status.problem == "The profile is read-only."


def test_that_what_the_broker_refuses_later_is_counted_even_when_it_is_quick() -> None:
    outlet = Outlet()
    scheduler = Scheduler(outlet, Renderer(), LIBRARY.__getitem__, follows_progress=True)
    text = "Not authorized (0x87)"
    outlet.echo = lambda _: scheduler.progressed(
        PublishProgress(len(outlet.sent), "refused", 0x87, text)
    )
    schedule = Schedule(template="plant/hello", pace=Interval(1), count=3)
    scheduler.start(schedule)
    finished(scheduler, schedule)
    wait_until(lambda: status_of(scheduler, schedule).refused == 3)
    status = status_of(scheduler, schedule)
    scheduler.close()
    assert (status.sent, status.problem) == (0, text)


def test_that_a_template_that_cannot_be_filled_in_ends_the_schedule_with_a_sentence(
    scheduler: Scheduler,
) -> None:
    schedule = Schedule(message=MessageTemplate(topic="a", payload="{{1 / 0}}"))
    scheduler.start(schedule)
    status = finished(scheduler, schedule)
    assert status.state == "failed"
    assert "divides by zero" in status.problem


def test_that_what_cannot_start_says_why(scheduler: Scheduler) -> None:
    with pytest.raises(ValueError, match="no template “gone”"):
        scheduler.start(Schedule(template="gone"))
    with pytest.raises(ValueError, match="more than 0 ms"):
        scheduler.start(Schedule(template="plant/hello", pace=Interval(0)))
    problems = scheduler.start_all(
        [Schedule(name="x", template="gone"), Schedule(template="gone", enabled=False)]
    )
    assert problems == ["x: There is no template “gone”."]


def test_that_a_file_that_is_not_there_is_named(scheduler: Scheduler, tmp_path: Path) -> None:
    path = str(tmp_path / "rows.csv")
    schedule = Schedule(template="plant/hello", source=CsvRows(path))
    scheduler.start(schedule)
    assert path in finished(scheduler, schedule).problem


def test_that_nothing_floods_the_broker_after_a_suspend() -> None:
    schedule = Schedule(template="plant/hello", pace=Interval(10))
    run = Run(schedule)
    source = open_source(schedule, LIBRARY["plant/hello"], Renderer(), lambda: True)
    run.begin(source, time.monotonic() - 3600)
    run.skip_to(run.begun + 3600.005)
    assert run.index == 360_000
    assert run.due == pytest.approx(run.begun + 3600)
    assert run.status().drift.missed == 360_000


def test_that_an_idle_scheduler_has_no_thread_and_a_closed_one_starts_nothing() -> None:
    before = threading.active_count()
    scheduler = Scheduler(Outlet(), Renderer(), LIBRARY.__getitem__)
    assert threading.active_count() == before
    scheduler.close()
    scheduler.start(Schedule(template="plant/hello"))
    assert threading.active_count() == before


def test_that_a_pause_is_not_caught_up_and_takes_nothing_from_the_duration(
    scheduler: Scheduler, outlet: Outlet
) -> None:
    schedule = Schedule(template="plant/hello", pace=Interval(20), duration_s=0.4)
    scheduler.start(schedule)
    outlet.wait_for(5)
    scheduler.pause()
    assert status_of(scheduler, schedule).state == "paused"
    assert status_of(scheduler, schedule).is_active
    time.sleep(0.05)
    count = len(outlet.sent)
    time.sleep(1.3)
    # The one message that was being handed over may still have gone.
    assert len(outlet.sent) <= count + 1
    scheduler.resume()
    status = finished(scheduler, schedule)
    assert (status.sent, status.drift.missed) == (20, 0)


def test_that_schedules_started_in_a_pause_wait_and_paused_ones_can_be_stopped(
    scheduler: Scheduler, outlet: Outlet
) -> None:
    scheduler.pause()
    first, second = (Schedule(template="plant/hello", pace=Interval(1)) for _ in range(2))
    for one in (first, second):
        scheduler.start(one)
        wait_until(lambda one=one: status_of(scheduler, one).state == "paused")
    scheduler.stop(first.id)
    assert status_of(scheduler, first).state == "stopped"
    for _ in range(20):
        scheduler.resume()
        scheduler.pause()
    scheduler.resume()
    outlet.wait_for(20)
    assert status_of(scheduler, first).sent == 0
    scheduler.stop(second.id)
    assert [int(one.payload) for one in outlet.sent] == list(range(len(outlet.sent)))


def test_that_what_is_left_out_ends_with_the_schedule() -> None:
    schedule = Schedule(template="plant/hello", pace=Interval(10), duration_s=1)
    run = Run(schedule)
    source = open_source(schedule, LIBRARY["plant/hello"], Renderer(), lambda: True)
    run.begin(source, time.monotonic() - 10)
    run.skip_to(time.monotonic())
    assert run.due == float("inf")
    assert run.status().drift.missed == 100
