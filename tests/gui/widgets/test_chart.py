"""Charts: what they draw and read out, by mouse and by keys, in both themes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from topicscope.gui import tasks
from topicscope.gui.theme import apply_theme, colour
from topicscope.gui.widgets.charts.chart import Chart
from topicscope.gui.widgets.charts.series import Series

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtGui import QColor
    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

BEGIN = 1_795_255_200.0


def line(count: int, name: str = "value", offset: float = 0.0) -> Series:
    times = BEGIN + np.arange(count) * 10.0
    return Series(name, times, np.arange(count) + offset)


@pytest.fixture
def chart(qtbot: QtBot, qapp: QApplication) -> Iterator[Chart]:
    apply_theme(qapp, "light")
    with tasks.event_loop(qapp):
        chart = Chart("Clients connected")
        qtbot.addWidget(chart)
        chart.resize(600, 300)
        chart.set_series([line(100)])
        with qtbot.waitExposed(chart):
            chart.show()
        qtbot.waitUntil(lambda: chart.is_drawn)
        yield chart
    qapp.setStyleSheet("")


def span(chart: Chart) -> tuple[float, float]:
    assert chart._plot is not None
    begin, end = chart._plot._range()
    return begin - BEGIN, end - BEGIN


def press(chart: Chart, key: Qt.Key, held: Qt.KeyboardModifier | None = None) -> None:
    QTest.keyClick(chart._plot, key, held or Qt.KeyboardModifier.NoModifier)  # type: ignore[call-overload]


def test_that_a_glance_is_read_out(chart: Chart) -> None:
    at = time.strftime("%H:%M:%S", time.localtime(BEGIN))
    words = f"last 99 · least 0 · most 99 · 100 values since {at}"
    assert chart.readout == words
    assert chart.accessibleName() == "Clients connected"
    assert chart.accessibleDescription() == words


def test_that_arrows_go_from_value_to_value(chart: Chart) -> None:
    press(chart, Qt.Key.Key_Left)
    assert chart.readout.endswith("   99")
    press(chart, Qt.Key.Key_Left)
    press(chart, Qt.Key.Key_Left)
    assert chart.readout.endswith("   97")
    press(chart, Qt.Key.Key_Right)
    assert chart.readout.endswith("   98")
    assert chart.accessibleDescription() == chart.readout


def test_that_keys_zoom_move_and_show_everything_again(chart: Chart) -> None:
    whole = span(chart)
    press(chart, Qt.Key.Key_Plus)
    near = span(chart)
    assert near[1] - near[0] < whole[1] - whole[0]
    press(chart, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert span(chart)[0] > near[0]
    chart.set_series([line(200)])
    assert span(chart)[1] < 1_500, "a view that was chosen stays"
    press(chart, Qt.Key.Key_Home)
    assert span(chart)[1] > 1_980


def test_that_a_span_follows_the_newest_values(chart: Chart) -> None:
    chart.set_span(300)
    chart.set_series([line(200)])
    begin, end = span(chart)
    assert 1_600 < begin < 1_700
    assert end > 1_990


def test_that_it_is_drawn_in_the_colours_of_the_theme(chart: Chart, qapp: QApplication) -> None:
    def ground() -> QColor:
        image = chart.grab().toImage()
        return image.pixelColor(image.width() - 3, image.height() - 3)

    assert ground().name() == colour("panel").name()
    light = ground().name()
    apply_theme(qapp, "dark")
    qapp.processEvents()
    assert ground().name() == colour("panel").name() != light


def test_that_several_lines_are_told_apart_by_name(chart: Chart) -> None:
    chart.set_series([line(5, "in"), line(5, "out", 100)])
    assert chart.readout.startswith("in: last 4 ·")
    press(chart, Qt.Key.Key_Left)
    assert chart.readout.endswith("in 4   out 104")
    chart.set_series([line(5, "in")])
    assert chart.readout.endswith("4") or "last 4" in chart.readout


def test_that_gaps_single_values_and_nothing_can_be_shown(chart: Chart) -> None:
    values = np.array([1.0, np.nan, 3.0])
    chart.set_series([Series("gap", BEGIN + np.arange(3.0), values)])
    assert "2 values" in chart.readout
    chart.set_series([line(1)])
    assert "last 0 · least 0 · most 0 · 1 value " in chart.readout
    chart.grab()
    chart.set_series([Series("none", np.empty(0), np.empty(0))])
    assert chart.readout == "no values yet"
    chart.grab()
    chart.set_series([])
    press(chart, Qt.Key.Key_Left)
    chart.grab()


def test_that_what_is_told_only_when_it_changes_holds_until_now(chart: Chart) -> None:
    told = Series("clients", BEGIN + np.array([0.0, 10.0]), np.array([1.0, 6.0]), until=BEGIN + 60)
    chart.set_series([told])
    begin, end = span(chart)
    assert begin < 0 < 60 < end
    assert "2 values" in chart.readout
    chart.grab()
    press(chart, Qt.Key.Key_Left)
    assert chart.readout.endswith("6")
    chart.set_series([told._replace(until=BEGIN + 600)])
    assert span(chart)[1] > 600


def test_that_a_view_far_away_does_no_harm(chart: Chart) -> None:
    for _ in range(120):
        press(chart, Qt.Key.Key_Minus)
    chart.grab()
    for _ in range(300):
        press(chart, Qt.Key.Key_Plus)
    chart.grab()


def test_that_many_values_are_drawn_and_read_out(chart: Chart) -> None:
    chart.set_series([line(100_000)])
    image = chart.grab().toImage()
    seen = {image.pixelColor(300, y).name() for y in range(image.height())}
    assert len(seen) > 1
    assert chart.readout.startswith("last 99,999 ·")
