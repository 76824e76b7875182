"""Tests of the colours that rules give to rows: who finds them out, and when."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from tests.helpers.fake_bridge import FakeBridge
from tests.helpers.packets import publish
from topicscope.gui import tasks
from topicscope.gui.controllers.messages.row_colours import RowColours
from topicscope.gui.filter_sources import FilterSources
from topicscope.gui.library.filters import FilterLibrary
from topicscope.gui.theme import apply_theme, series_colour
from topicscope.profiles.filters import COLOURS, ColourRule
from topicscope.query import Filter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from topicscope.capture.segment import Segment


@pytest.fixture
def loop(qapp: QApplication) -> Iterator[None]:
    apply_theme(qapp, "light")
    with tasks.event_loop(qapp):
        yield
    qapp.setStyleSheet("")


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> set[threading.Thread]:
    """Who has asked a filter about a row."""
    asked: set[threading.Thread] = set()
    real = Filter.sees

    def sees(self: Filter, segment: Segment, local: int, segments: Sequence[Segment]) -> bool:
        asked.add(threading.current_thread())
        return real(self, segment, local, segments)

    monkeypatch.setattr(Filter, "sees", sees)
    return asked


def colours(folder: Path, text: str) -> RowColours:
    bridge = FakeBridge()
    bridge.feed([publish(b"a", b"1")])
    bridge.feed([publish(b"a", b"1")], seconds=9)
    bridge.feed([publish(b"a", b"2")], seconds=1)
    library = FilterLibrary(folder)
    library.set_rules([ColourRule(filter=text, colour=COLOURS[0])])
    made = RowColours(bridge, FilterSources(), library)  # type: ignore[arg-type]
    bridge.setParent(made)
    library.setParent(made)
    return made


@pytest.mark.parametrize(("text", "row"), [("gap > 5s", 1), ("changed", 2), ("value == 2", 2)])
def test_that_a_dear_rule_is_asked_by_a_worker_and_the_row_has_no_colour_until_then(
    loop: None, qtbot: QtBot, tmp_path: Path, threads: set[threading.Thread], text: str, row: int
) -> None:
    del loop
    made = colours(tmp_path, text)
    with qtbot.waitSignal(made.changed):
        assert [made.colour_of_row(number) for number in range(1, 3)] == [None, None]
    found = {number for number in range(1, 3) if made.colour_of_row(number) == series_colour(0)}
    assert found == {row}
    assert threading.main_thread() not in threads
    assert threads


def test_that_a_cheap_rule_gives_its_colour_at_the_first_paint(
    loop: None, tmp_path: Path, threads: set[threading.Thread]
) -> None:
    del loop
    made = colours(tmp_path, "size > 0")
    assert made.colour_of_row(0) == series_colour(0)
    assert threads == {threading.main_thread()}
