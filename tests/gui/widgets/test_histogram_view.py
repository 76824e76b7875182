"""The histogram is painted by ourselves: it must be heard as well as seen, in both themes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QColor

from topicscope.automation.histogram import Histogram
from topicscope.gui.theme import apply_theme, colour
from topicscope.gui.widgets.automation.histogram_view import HEIGHT, LEAST_HEIGHT, HistogramView

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

DURATIONS = [
    [0.0],
    [0.0001] * 1000 + [0.05],
    [1e-9, 1e6],
    [1.0, 10.0, 100.0],
]


def view_of(qtbot: QtBot, durations: list[float]) -> HistogramView:
    view = HistogramView("Latency", "Nothing yet.")
    qtbot.addWidget(view)
    view.resize(400, view.height())
    view.show_histogram(Histogram(durations))
    return view


def test_that_an_empty_histogram_says_what_will_be_there(qtbot: QtBot) -> None:
    view = view_of(qtbot, [])
    assert view.words() == "Nothing yet."
    assert view.accessibleName() == "Latency"


def test_that_the_figures_are_read_out(qtbot: QtBot) -> None:
    view = view_of(qtbot, DURATIONS[1])
    assert view.words().startswith("1,001 measured: p50 ")
    assert "longest 50 ms" in view.words()
    view.show_histogram(None)
    assert view.words() == "Nothing yet."


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("durations", DURATIONS)
def test_that_every_span_of_durations_can_be_painted(
    qtbot: QtBot, qapp: QApplication, durations: list[float], theme: str
) -> None:
    apply_theme(qapp, theme)  # type: ignore[arg-type]
    view = view_of(qtbot, durations)
    image = view.grab().toImage()
    seen = {
        QColor(image.pixel(x, y)).name()
        for x in range(image.width())
        for y in range(0, image.height(), 2)
    }
    assert colour("accent").name() in seen


def test_that_it_gives_way_where_there_is_no_room(qtbot: QtBot) -> None:
    view = view_of(qtbot, [0.001] * 10)
    assert view.minimumHeight() == 0
    ground = view.palette().window().color()
    for height, drawn in (
        (HEIGHT, True),
        (LEAST_HEIGHT, True),
        (LEAST_HEIGHT - 1, False),
        (1, False),
    ):
        view.resize(400, height)
        picture = view.grab().toImage()
        places = ((x, y) for x in range(0, 400, 2) for y in range(height))
        assert any(picture.pixelColor(x, y) != ground for x, y in places) == drawn
