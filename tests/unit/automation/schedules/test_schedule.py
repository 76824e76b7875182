from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.helpers.packets import filled_log, publish
from topicscope.automation.responders.responder import Responder
from topicscope.automation.responders.store import Responders, responder_store
from topicscope.automation.schedules.schedule import (
    AnyPace,
    Burst,
    CsvRows,
    FolderFiles,
    Interval,
    Ramp,
    Recorded,
    Schedule,
    Waveform,
    recorded_from,
)
from topicscope.automation.schedules.store import Schedules, schedule_store
from topicscope.automation.templates.template import MessageTemplate
from topicscope.mqtt.properties import write_properties

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MESSAGE = MessageTemplate(topic="a/b", payload="{{value}}")
SCHEDULES = (
    Schedule(id="1", message=MESSAGE, pace=Burst(5, 100), wave=Waveform("noise")),
    Schedule(id="2", message=MESSAGE, source=CsvRows("rows.csv", again=True), count=7),
    Schedule(id="3", template="plant/start", source=FolderFiles("samples", "*.bin")),
    Schedule(id="4", source=Recorded("a.pcapng", speed=2, prefix="test/"), duration_s=5),
)


def test_that_schedules_and_responders_come_back_as_they_were_stored(tmp_path: Path) -> None:
    store = schedule_store(tmp_path)
    store.save(Schedules(schedules=SCHEDULES))
    assert schedule_store(tmp_path).load().value.schedules == SCHEDULES
    rules = (Responder(when="retain", message=MESSAGE, delay_ms=5, to="response_topic"),)
    responder_store(tmp_path).save(Responders(responders=rules))
    assert responder_store(tmp_path).load().value.responders == rules


def test_that_one_schedule_is_changed_added_and_taken_away() -> None:
    all_of_them = Schedules(schedules=SCHEDULES)
    changed = msgspec.structs.replace(SCHEDULES[1], count=9)
    assert all_of_them.with_schedule(changed).schedules[1].count == 9
    assert len(all_of_them.with_schedule(Schedule()).schedules) == 5
    assert all_of_them.without("1").schedules == SCHEDULES[1:]


def test_that_recorded_messages_survive_in_a_schedule_with_all_their_bytes(tmp_path: Path) -> None:
    properties = write_properties([(9, b"\xff\x00"), (38, ("k", "v")), (35, 1)])
    log, _ = filled_log(
        publish(b"a", b"\x00\xfe", qos=1, properties=properties),
        publish(b"b", b"x", properties=b"\0"),
        version=5,
    )
    source = recorded_from([log.record(2), log.record(1)])
    assert [message.at_ms for message in source.messages] == [0.0, 1000.0]
    store = schedule_store(tmp_path)
    store.save(Schedules(schedules=(Schedule(source=source),)))
    kept = store.load().value.schedules[0].source
    assert kept == source
    assert isinstance(kept, Recorded)
    assert kept.messages[0].payload == b"\x00\xfe"
    assert kept.messages[0].binary_properties == ((9, b"\xff\x00"),)
    assert kept.messages[0].properties == ((38, ("k", "v")),)


def test_that_too_many_messages_belong_into_a_recording() -> None:
    log, _ = filled_log(publish(b"a", bytes(300_000)))
    with pytest.raises(ValueError, match="save a recording"):
        recorded_from([log.record(1)])


@pytest.mark.parametrize(
    ("pace", "problem"),
    [
        (Interval(0), "more than 0 ms"),
        (Interval(0.05), "10,000 messages a second"),
        (Interval(float("nan")), "more than 0 ms"),
        (Interval(1e12), "a year at most"),
        (Burst(0), "at least one"),
        (Burst(10_000, 500), "10,000 messages a second"),
        (Ramp(0, 0), "never sends"),
        (Ramp(1, 20_000), "between 0 and 10,000"),
        (Ramp(over_s=0), "more than 0 seconds"),
    ],
)
def test_that_a_pace_that_cannot_be_kept_is_refused_in_words(pace: AnyPace, problem: str) -> None:
    assert problem in (Schedule(message=MESSAGE, pace=pace).problem() or "")


def test_that_one_an_hour_and_ten_thousand_a_second_are_both_possible() -> None:
    assert Schedule(message=MESSAGE, pace=Interval(3_600_000)).problem() is None
    assert Schedule(message=MESSAGE, pace=Interval(0.1)).problem() is None
    assert Schedule(message=MESSAGE, pace=Burst(10_000, 1000)).problem() is None


@pytest.mark.parametrize(
    "schedule",
    [
        Schedule(),
        Schedule(message=MESSAGE, count=-1),
        Schedule(message=MESSAGE, source=CsvRows()),
        Schedule(message=MESSAGE, source=FolderFiles("x", "../*")),
        Schedule(source=Recorded()),
        Schedule(source=Recorded("x", speed=0)),
        Schedule(source=Recorded("x", prefix="a/#")),
        Schedule(message=MESSAGE, wave=Waveform(period_s=0)),
        Schedule(message=MESSAGE, wave=Waveform(amplitude=float("inf"))),
    ],
)
def test_that_an_incomplete_schedule_says_what_it_lacks(schedule: Schedule) -> None:
    assert (schedule.problem() or "").endswith(".")


WRITERS = {
    "schedules": (
        "from topicscope.automation.schedules.store import schedule_store as store_in",
        "from topicscope.automation.schedules.schedule import Schedule as Kept",
        "with_schedule",
    ),
    "responders": (
        "from topicscope.automation.responders.store import responder_store as store_in",
        "from topicscope.automation.responders.responder import Responder as Kept",
        "with_responder",
    ),
}
EDIT_FOR_EVER = """
import sys
from operator import methodcaller
from pathlib import Path
{}
{}
from topicscope.automation.templates.template import MessageTemplate

store = store_in(Path(sys.argv[1]))
number = 0
while True:
    message = MessageTemplate(topic="a", payload="x" * 2000)
    kept = Kept(id=str(number % 20), name=str(number), message=message)
    store.change(methodcaller("{}", kept))
    number += 1
    print(number, flush=True)
"""


@pytest.mark.parametrize("kind", list(WRITERS))
def test_that_nothing_is_lost_by_a_kill_while_it_is_written(tmp_path: Path, kind: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", EDIT_FOR_EVER.format(*WRITERS[kind]), str(tmp_path)],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": "app"},
    )
    assert process.stdout is not None
    for _ in range(30):
        process.stdout.readline()
    time.sleep(0.003)
    process.send_signal(signal.SIGKILL)
    said = process.stdout.read().split()
    process.wait(5)
    process.stdout.close()
    written = int(said[-1]) if said else 30
    kept: Sequence[Schedule | Responder]
    if kind == "schedules":
        schedules = schedule_store(tmp_path).load()
        state, kept = schedules.state, schedules.value.schedules
    else:
        responders = responder_store(tmp_path).load()
        state, kept = responders.state, responders.value.responders
    assert state == "read"
    assert len(kept) == 20
    assert max(int(one.name) for one in kept) >= written - 1
