"""What becomes of schedules and responders when a connection is lost, a window closed, the program killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from PySide6.QtTest import QTest

from tests.helpers.automation import (
    choose_row,
    connect,
    count_of,
    keep,
    message,
    show_responders,
    state_of,
)
from tests.helpers.mosquitto import Mosquitto
from tests.helpers.watch import Watched
from topicscope.automation.responders.responder import Responder
from topicscope.automation.running_store import running_store
from topicscope.automation.schedules.schedule import Interval, Schedule
from topicscope.automation.templates.files import TemplateStore
from topicscope.demo.server import BrokerThread
from topicscope.paths import config_dir, state_dir
from topicscope.profiles.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.helpers.window import Desk


@pytest.fixture
def mosquitto_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with Mosquitto(tmp_path_factory.mktemp("broker")) as mosquitto:
        yield mosquitto.port


def test_that_a_lost_connection_pauses_all_and_the_next_one_goes_on_without_a_burst(
    desk: Desk, tmp_path: Path
) -> None:
    with Mosquitto(tmp_path) as mosquitto:
        connect(desk, mosquitto.port, "lost/ask")
        keep(
            desk,
            Schedule(name="Beat", message=message("lost/beat"), pace=Interval(50)),
            Responder(name="Echo", when='topic == "lost/ask"', message=message("lost/answer")),
        )
        desk.show_tab("Automation")
        desk.window.commands["start_schedules"].trigger()
        desk.window.commands["start_responders"].trigger()
        automating = desk.window.automation.automating
        desk.wait(lambda: len(automating.running) == 2, "both")
        desk.wait(lambda: count_of(desk, "Beat") > 2, "some messages")
        mosquitto.kill()
        desk.wait_for_words("1 schedule and 1 responder are paused until the connection is back.")
        desk.wait(lambda: state_of(desk, "Beat") == "Paused", "its state")
        choose_row(desk, "Beat")
        desk.wait_for_words("Paused until the connection is back; then it goes on")
        kinds = desk.window.automation.pane.kinds
        assert [kinds.tabText(n) for n in range(2)] == [
            "Schedules · 1 paused",
            "Responders · 1 paused",
        ]
        QTest.qWait(1_500)
        mosquitto.start()
        desk.wait_for_state("Connected")
        with Watched() as other:
            other.connect(Profile(host="127.0.0.1", port=mosquitto.port))
            other.subscribe("lost/#")
            desk.wait(lambda: state_of(desk, "Beat") == "Running", "that it goes on")
            (beat,) = desk.services.automation.schedules
            status = automating.schedule_status(beat.id)
            assert status is not None
            assert status.drift.missed == 0
            desk.wait(lambda: len(other.received()) > 3, "its messages")
            show_responders(desk)
            other.connection.publish("lost/ask", b"?", 1)
            desk.wait(lambda: count_of(desk, "Echo", "Responders") == 1, "the answer")
        mosquitto.kill()
        desk.wait(lambda: state_of(desk, "Echo", "Responders") == "Paused", "its state")
        desk.wait_for_words("Paused until the connection is back; then it answers again.")
        desk.window.bridge.disconnect_from()
        desk.wait_for_words("were stopped, because the connection ended.")
        assert automating.running == []


def test_that_stopping_what_is_paused_takes_back_that_it_goes_on(
    desk: Desk, tmp_path: Path
) -> None:
    desk.window.resize(1280, 800)
    with Mosquitto(tmp_path) as mosquitto:
        connect(desk, mosquitto.port)
        keep(desk, Schedule(name="Beat", message=message("lost/beat"), pace=Interval(50)))
        desk.show_tab("Automation")
        for stop in ("Stop", "Stop all"):
            choose_row(desk, "Beat")
            desk.click("Start")
            desk.wait(lambda: state_of(desk, "Beat") == "Running", "that it runs")
            mosquitto.kill()
            desk.wait_for_words("1 schedule is paused until the connection is back.")
            desk.wait(lambda: state_of(desk, "Beat") == "Paused", "its state")
            assert desk.window.height() == 800
            choose_row(desk, "Beat")
            desk.click(stop)
            desk.wait_for_words("All is stopped: nothing goes on when the connection is back.")
            assert not desk.says("is paused until")
            mosquitto.start()
            desk.wait_for_state("Connected")
            assert state_of(desk, "Beat") == "Stopped"


def test_that_another_broker_gets_nothing_of_what_was_paused(desk: Desk, tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as mosquitto, BrokerThread() as another:
        connect(desk, mosquitto.port)
        keep(desk, Schedule(name="Beat", message=message("lost/beat"), pace=Interval(50)))
        desk.show_tab("Automation")
        desk.window.commands["start_schedules"].trigger()
        desk.wait(lambda: state_of(desk, "Beat") == "Running", "the schedule")
        mosquitto.kill()
        desk.wait(lambda: state_of(desk, "Beat") == "Paused", "its state")
        connect(desk, another.port)
        desk.wait(lambda: state_of(desk, "Beat") == "Stopped", "its end")
        desk.wait(lambda: desk.window.automation.automating.running == [])


KILLED = """
import sys
import time
from pathlib import Path

import msgspec
from PySide6.QtWidgets import QApplication

from topicscope.application import Application
from topicscope.automation.responders.responder import Responder
from topicscope.automation.schedules.schedule import Interval, Schedule
from topicscope.automation.templates.files import TemplateStore
from topicscope.automation.templates.template import MessageTemplate
from topicscope.gui import tasks
from topicscope.gui.main_window import MainWindow
from topicscope.profiles.launch import WindowOptions
from topicscope.profiles.profile import Profile

app = QApplication([])
profile = Profile(name="Lab", host="127.0.0.1", port=int(sys.argv[1]), subscriptions=())


def wait(done):
    while not done():
        app.processEvents()
        time.sleep(0.001)


def beat(payload):
    return MessageTemplate(name="beat", topic="kill/beat", payload=payload)


with tasks.event_loop(app):
    application = Application(app, WindowOptions(profile=profile, after=3600.0))
    application.begin()
    (window,) = [one for one in app.topLevelWidgets() if isinstance(one, MainWindow)]
    automating = window.automation.automating
    wait(lambda: not automating.problem())
    library, templates = automating.library, window.publishing.library
    templates.acquire()
    library.load()
    wait(lambda: library.is_loaded)
    schedule = Schedule(name="Beat", template="beat", pace=Interval(50))
    responder = Responder(name="Echo", when='topic == "ask"', message=beat("first"))
    templates.add([beat("first")])
    library.save_schedule(schedule)
    library.save_responder(responder)
    wait(lambda: templates.templates)
    automating.start_schedules([schedule])
    wait(lambda: automating.running)
    templates.save(beat("edited"), templates.templates[0])
    library.save_schedule(msgspec.structs.replace(schedule, pace=Interval(40)))
    library.save_responder(msgspec.structs.replace(responder, message=beat("edited")))
    library.save_schedule(Schedule(name="Resting", message=beat("x")))
    wait(lambda: templates.templates[0].payload == "edited" and not library.is_writing)
    print("edited", flush=True)
    wait(lambda: False)
"""


def test_that_a_killed_program_loses_nothing_and_starts_nothing(
    desk: Desk, mosquitto_port: int
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(mosquitto_port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"PYTHONPATH": "app"},
    ) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    assert said == "edited\n"
    desk.restart()
    connect(desk, mosquitto_port)
    desk.show_tab("Automation")
    desk.wait(lambda: state_of(desk, "Beat") == "Stopped at the last exit", "the words")
    assert state_of(desk, "Resting") == "Ready"
    assert desk.window.automation.automating.running == []
    (beat, _resting), (echo,) = (
        desk.services.automation.schedules,
        desk.services.automation.responders,
    )
    assert beat.pace == Interval(40)
    assert echo.message.payload == "edited"
    templates = TemplateStore(config_dir() / "templates").list()
    assert [(one.name, one.payload) for one in templates.templates] == [("beat", "edited")]
    assert templates.problems == []


def test_that_what_ran_in_a_window_that_was_closed_is_forgotten(
    desk: Desk, mosquitto_port: int
) -> None:
    """Another window goes on: what it shows and what a kill would leave behind say nothing of the closed one."""
    keep(desk, Schedule(name="Beat", message=message("beat"), pace=Interval(50)))
    first = desk.window
    desk.window = desk.open_window()
    connect(desk, mosquitto_port)
    desk.show_tab("Automation")
    choose_row(desk, "Beat")
    desk.click("Start")
    desk.wait(lambda: state_of(desk, "Beat") == "Running", "the schedule")
    left = running_store(state_dir())
    desk.wait(lambda: left.load().value.identifiers, "what runs, on disk")
    desk.window.close()
    desk.window = first
    desk.wait(lambda: not left.load().value.identifiers, "nothing that runs, on disk")
    connect(desk, mosquitto_port)
    desk.show_tab("Automation")
    desk.wait(lambda: state_of(desk, "Beat") == "Ready", "its state")
    choose_row(desk, "Beat")
    desk.click("Start")
    desk.wait(lambda: state_of(desk, "Beat") == "Running", "the schedule, here")
