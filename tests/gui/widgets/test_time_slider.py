"""The slider over time under keys and the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QSignalSpy, QTest

from tests.helpers.packets import SECOND, START_NS
from topicscope.gui import theme
from topicscope.gui.widgets.time.slider import SIDE, TimeSlider

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

SPAN = 100 * SECOND


@pytest.fixture
def slider(qapp: QApplication, qtbot: QtBot) -> Iterator[TimeSlider]:
    theme.apply_theme(qapp, "light")
    made = TimeSlider()
    qtbot.addWidget(made)
    made.resize(400 + 2 * SIDE, 24)
    made.show()
    qtbot.waitExposed(made)
    bars = np.zeros(made.groove, np.int64)
    bars[10] = 100
    bars[300] = 1
    made.set_range(
        START_NS, START_NS + SPAN, bars, [(START_NS + SPAN // 2, START_NS + SPAN * 3 // 4)]
    )
    yield made
    qapp.setStyleSheet("")


def pixels(slider: TimeSlider, x: int) -> list[int]:
    image = slider.grab().toImage()
    return [image.pixel(x, y) for y in range(image.height())]


def test_that_a_click_chooses_the_time_below_it(slider: TimeSlider) -> None:
    spy = QSignalSpy(slider.time_chosen)
    QTest.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(SIDE + 100, 10))
    assert spy.at(0)[0] == pytest.approx(START_NS + SPAN // 4, abs=SPAN // 400)


def test_that_dragging_goes_along_and_the_right_end_is_now(slider: TimeSlider) -> None:
    chosen, live = QSignalSpy(slider.time_chosen), QSignalSpy(slider.live_requested)
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=QPoint(SIDE + 10, 10))
    QTest.mouseMove(slider, QPoint(SIDE + 200, 10))
    assert chosen.count() == 2
    QTest.mouseMove(slider, QPoint(SIDE + 400, 10))
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(SIDE + 400, 10))
    assert live.count() == 1


def test_that_keys_step_page_and_go_to_the_ends(slider: TimeSlider) -> None:
    steps, times = QSignalSpy(slider.stepped), QSignalSpy(slider.time_chosen)
    live, first = QSignalSpy(slider.live_requested), QSignalSpy(slider.first_requested)
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End):
        QTest.keyClick(slider, key)
    assert [steps.at(0)[0], steps.at(1)[0]] == [-1, 1]
    assert (first.count(), live.count()) == (1, 1)
    QTest.keyClick(slider, Qt.Key.Key_PageUp)
    assert times.at(0)[0] == START_NS + SPAN * 99 // 100
    slider.set_time(START_NS)
    QTest.keyClick(slider, Qt.Key.Key_PageDown)
    QTest.keyClick(slider, Qt.Key.Key_PageUp)
    assert [times.at(1)[0], times.at(2)[0]] == [START_NS + SPAN // 100, START_NS]
    slider.set_time(START_NS + SPAN)
    QTest.keyClick(slider, Qt.Key.Key_PageDown)
    assert live.count() == 2


def test_that_bursts_gaps_and_the_past_are_to_be_seen(slider: TimeSlider) -> None:
    warning, ground = theme.colour("warning").rgb(), theme.colour("ground").rgb()
    assert ground in pixels(slider, SIDE + 50)
    burst, lone = pixels(slider, SIDE + 10), pixels(slider, SIDE + 300)
    assert burst.count(ground) < lone.count(ground)
    assert warning in pixels(slider, SIDE + 250)
    assert warning not in pixels(slider, SIDE + 100)
    slider.set_time(START_NS + SPAN // 4)
    assert warning in pixels(slider, SIDE + 100)


def test_that_bursts_stay_at_their_time_when_the_slider_grows(slider: TimeSlider) -> None:
    ground = theme.colour("ground").rgb()
    slider.resize(800 + 2 * SIDE, 24)
    assert pixels(slider, SIDE + 21).count(ground) < pixels(slider, SIDE + 10).count(ground)


def test_that_painting_leaves_the_colours_of_the_theme_alone(slider: TimeSlider) -> None:
    slider.grab()
    assert theme.colour("accent").alphaF() == 1.0


def test_that_the_place_under_the_pointer_is_told(slider: TimeSlider) -> None:
    slider.set_flags({"A": START_NS + SPAN // 40})
    assert "100 messages" in slider._words_at(SIDE + 10)
    assert "A was kept here" in slider._words_at(SIDE + 10)
    assert "connection was lost" in slider._words_at(SIDE + 250)


def test_that_a_capture_of_one_moment_divides_nothing_by_nothing(slider: TimeSlider) -> None:
    slider.set_range(START_NS, START_NS, np.zeros(1, np.int64), [])
    assert slider.x_of(START_NS) == SIDE
    slider.grab()
