"""What the pictures show, done as a person would do it: `python -m tests.screenshots` runs these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.benchmarks.measure import ROOT
from tests.helpers.automation import choose_row, count_of, keep, message, show_responders
from topicscope.automation.responders.responder import Responder
from topicscope.automation.schedules.schedule import Interval, Schedule
from topicscope.gui.dialogs.charts.field_history import FieldHistoryDialog
from topicscope.gui.theme import apply_theme

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication, QWidget
    from pytestqt.qtbot import QtBot

    from tests.helpers.window import Desk

TARGET: Final = ROOT / "build" / "screenshots"
SIZES: Final = ((1280, 800), (1440, 900), (1920, 1080))


class Camera:
    """Takes pictures of a desk in one theme."""

    def __init__(self, desk: Desk, qtbot: QtBot, theme: str) -> None:
        self._desk = desk
        self._qtbot = qtbot
        self._theme = theme

    def take(self, name: str, widget: QWidget | None = None) -> None:
        """Keep what a window shows; the main window in every size."""
        for size in SIZES if widget is None else ((0, 0),):
            picture = widget or self._desk.window
            if widget is None:
                picture.resize(*size)
            self._qtbot.wait(400)
            file = f"{name}-{self._theme}" + (f"-{size[0]}x{size[1]}" if size[0] else "")
            assert picture.grab().save(str(TARGET / f"{file}.png"))


@pytest.fixture(params=["light", "dark"])
def camera(request: pytest.FixtureRequest, desk: Desk, qapp: QApplication, qtbot: QtBot) -> Camera:
    """Put the desk into one of the themes."""
    TARGET.mkdir(parents=True, exist_ok=True)
    apply_theme(qapp, request.param)
    desk.window.resize(*SIZES[1])
    return Camera(desk, qtbot, request.param)


@pytest.fixture
def plant(desk: Desk, qtbot: QtBot) -> Desk:
    """Watch the demo plant for some seconds."""
    desk.click("Try the demo")
    desk.wait_for_state("Connected")
    desk.wait(lambda: desk.ledger("received") > 500, "messages of the plant", 20_000)
    return desk


def test_the_first_page(camera: Camera) -> None:
    camera.take("welcome")


def test_looking_for_one_message(camera: Camera, plant: Desk) -> None:
    plant.click_topic("plant", "line1", "temperature")
    plant.type("Display filter", 'topic ~ "plant/+/temperature" and json.value > 20', "Return")
    plant.publish("plant/line1/setpoint", '{"target": 21.5, "by": "operator-3"}', 1)
    plant.wait_for_words("cknowledged")
    plant.wait(lambda: len(plant.rows()) > 30, "filtered messages", 20_000)
    plant.click_row("Messages", len(plant.rows()) - 8, 4)
    camera.take("window")


def test_reading_what_the_broker_tells(camera: Camera, plant: Desk, qtbot: QtBot) -> None:
    plant.show_tab("Broker")
    plant.click("Watch the broker")
    qtbot.wait(12_000)
    camera.take("broker")


def test_charting_a_value(camera: Camera, plant: Desk) -> None:
    plant.click_topic("plant", "line1", "temperature")
    inspector = plant.window.inspector
    inspector.chart(("value",))
    (dialog,) = inspector.findChildren(FieldHistoryDialog)
    plant.wait(lambda: dialog.chart.is_drawn and len(dialog.history.values) > 20, "values", 30_000)
    camera.take("chart", dialog)
    dialog.close()


def test_finding_who_talks_most(camera: Camera, plant: Desk) -> None:
    plant.show_tab("Talkers")
    camera.take("talkers")


def test_playing_what_is_missing(camera: Camera, plant: Desk, qtbot: QtBot) -> None:
    keep(
        plant,
        Schedule(
            name="Setpoint of line 1",
            message=message("plant/line1/setpoint", '{"target": {{gauss 21.5 0.4}}}', 1),
            pace=Interval(200),
        ),
        Schedule(
            name="Heartbeat of the gateway",
            message=message("plant/gateway/alive", '{"at": "{{now}}", "number": {{counter}}}'),
            pace=Interval(1000),
        ),
        Responder(
            name="Operator confirms a setpoint",
            when='topic == "plant/line1/setpoint" and json.target > 21',
            message=message("plant/line1/setpoint/confirmed", '{"by": "operator-3"}'),
        ),
    )
    plant.show_tab("Automation")
    plant.window.commands["start_schedules"].trigger()
    plant.window.commands["start_responders"].trigger()
    plant.wait(lambda: count_of(plant, "Setpoint of line 1") > 25, "its messages", 20_000)
    choose_row(plant, "Setpoint of line 1")
    camera.take("automation")
    show_responders(plant)
    plant.wait(lambda: count_of(plant, "Operator confirms a setpoint", "Responders") > 0, "answers")
    camera.take("responders")


def test_filling_in_a_connection(camera: Camera, desk: Desk) -> None:
    desk.click("Fill in the form…")
    desk.begin_form("mqtts://broker.local:8883", "Plant 2")
    camera.take("connections", desk.modal())
    desk.keys("Escape", desk.modal())
