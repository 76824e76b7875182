"""Bytes in rows, marked and copied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication

from topicscope.gui.widgets.payload.hex_view import PADDING, HexView
from topicscope.payload.hex import ascii_column, byte_column

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

LEFT = Qt.MouseButton.LeftButton
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def view(qtbot: QtBot) -> HexView:
    made = HexView()
    qtbot.addWidget(made)
    made.resize(700, 200)
    with qtbot.waitExposed(made):
        made.show()
    made.set_bytes(bytes(range(256)))
    return made


def place(view: HexView, column: int, row: int = 0) -> QPoint:
    return QPoint(
        round(PADDING + (column - view._hidden() + 0.5) * view._advance),
        round(PADDING / 2 + (row + 0.5) * view._row_height),
    )


def test_that_sixteen_bytes_stand_in_a_row_and_eight_where_it_is_narrow(
    view: HexView, qtbot: QtBot
) -> None:
    assert view.bytes_per_row == 16
    view.resize(360, 200)
    qtbot.waitUntil(lambda: view.bytes_per_row == 8)
    assert view.shown_text().split("\n")[1].startswith("00000008  08 09")


@pytest.mark.parametrize("first", [byte_column(3), ascii_column(16) + 3])
def test_that_dragging_marks_bytes_and_copying_takes_them(
    view: HexView, qtbot: QtBot, first: int
) -> None:
    qtbot.mousePress(view.viewport(), LEFT, pos=place(view, first))
    qtbot.mouseMove(view.viewport(), place(view, byte_column(1), row=1))
    qtbot.mouseRelease(view.viewport(), LEFT, pos=place(view, byte_column(1), row=1))
    assert view.mark == (3, 18)
    qtbot.keyClick(view, Qt.Key.Key_C, CTRL)
    assert QGuiApplication.clipboard().text() == bytes(range(3, 18)).hex(" ")


def test_that_marking_brings_the_bytes_into_sight(view: HexView) -> None:
    view.set_mark(240, 250)
    assert "000000f0" in view.shown_text()


def test_that_end_and_home_go_there(view: HexView, qtbot: QtBot) -> None:
    qtbot.keyClick(view, Qt.Key.Key_End)
    assert "000000f0" in view.shown_text()
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert view.shown_text().startswith("00000000")


def test_that_of_ten_megabytes_only_what_is_seen_becomes_text(view: HexView, qtbot: QtBot) -> None:
    view.set_bytes(bytes(10_000_000))
    view.grab()
    assert len(view.shown_text()) < 20_000
    qtbot.keyClick(view, Qt.Key.Key_End)
    assert "00989670" in view.shown_text()


def test_that_no_bytes_are_no_trouble(view: HexView, qtbot: QtBot) -> None:
    view.set_bytes(b"")
    qtbot.mouseClick(view.viewport(), LEFT, pos=QPoint(100, 100))
    view.grab()
    assert view.mark == (0, 0)
    assert view.shown_text() == ""


def test_that_eight_bytes_have_room_in_a_narrow_inspector(view: HexView, qtbot: QtBot) -> None:
    view.resize(302, 80)
    assert view.verticalScrollBar().maximum() > 0
    assert view.horizontalScrollBar().maximum() == 0
    view.set_bytes(bytes((1 << 16) + 1))
    assert view.horizontalScrollBar().maximum() > 0
    view.grab()
