"""Columns of a table: chosen, ordered and sized by hand, and remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from tests.helpers.fake_bridge import FakeBridge
from tests.helpers.packets import publish
from topicscope.capture.view import LogView, messages
from topicscope.gui import theme
from topicscope.gui.models.messages.cell import TimeMode
from topicscope.gui.models.messages.table import MessageTableModel
from topicscope.gui.settings import saved_table
from topicscope.gui.widgets.messages.view import MessageView
from topicscope.paths import config_dir

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytestqt.qtbot import QtBot

FIRST_SHOWN = ["number", "time", "delta", "direction", "topic", "qos", "retain", "size", "payload"]


@pytest.fixture
def bridge() -> FakeBridge:
    bridge = FakeBridge()
    bridge.feed([publish(b"plant/%d/temperature" % n, b"%d" % n) for n in range(40)])
    return bridge


@pytest.fixture
def make(
    qapp: QApplication, qtbot: QtBot, bridge: FakeBridge
) -> Iterator[Callable[[], MessageView]]:
    theme.apply_theme(qapp, "light")

    def view() -> MessageView:
        model = MessageTableModel(LogView(bridge.log, messages))
        made = MessageView(model)
        model.setParent(made)
        qtbot.addWidget(made)
        made.resize(800, 300)
        made.show()
        qtbot.waitExposed(made)
        made.columns.remember_as("messages")
        return made

    yield view
    qapp.setStyleSheet("")


def entry(menu: QMenu, text: str) -> None:
    """Choose in a menu, and in its sub-menus."""
    menus = [menu, *(action.menu() for action in menu.actions() if action.menu())]
    actions = [action for one in menus for action in one.actions()]
    next(action for action in actions if action.text() == text).trigger()
    menu.close()


def header_menu(view: MessageView, key: str) -> QMenu:
    """Right-click a heading and return the menu that opens."""
    header = view.horizontalHeader()
    section = [column.key for column in view._model.columns].index(key)
    place = QPoint(header.sectionViewportPosition(section) + 5, 10)
    header.customContextMenuRequested.emit(place)
    popup = QApplication.activePopupWidget()
    assert isinstance(popup, QMenu)
    return popup


def drag(view: MessageView, begin: QPoint, end: QPoint) -> None:
    target = view.horizontalHeader().viewport()
    QTest.mousePress(target, Qt.MouseButton.LeftButton, pos=begin)
    for step in range(1, 6):
        QTest.mouseMove(target, begin + (end - begin) * step / 5)
    QTest.mouseRelease(target, Qt.MouseButton.LeftButton, pos=end)


def left_of(view: MessageView, number: int) -> int:
    return view.horizontalHeader().sectionViewportPosition(number)


def test_that_columns_are_chosen_in_the_menu_of_the_header(
    make: Callable[[], MessageView],
) -> None:
    view = make()
    assert view.columns.shown == FIRST_SHOWN
    entry(header_menu(view, "topic"), "Δ topic: time since the message before on the topic")
    entry(header_menu(view, "topic"), "D: DUP flag")
    entry(header_menu(view, "qos"), "Hide this column")
    assert view.columns.shown == [
        "number", "time", "delta", "topic_delta", "direction", "topic", "retain", "dup", "size",
        "payload",
    ]  # fmt: skip
    assert view.horizontalHeader().length() == view.viewport().width()
    entry(header_menu(view, "topic"), "Columns as at first")
    assert view.columns.shown == FIRST_SHOWN


def test_that_the_last_column_stays(make: Callable[[], MessageView]) -> None:
    view = make()
    for key in FIRST_SHOWN:
        view.columns.show_column(key, False)
    assert view.columns.shown == ["payload"]
    menu = header_menu(view, "payload")
    assert not next(a for a in menu.actions() if a.text() == "Payload").isEnabled()
    menu.close()


def test_that_the_way_of_writing_times_is_chosen_on_their_heading(
    make: Callable[[], MessageView],
) -> None:
    view = make()
    before = view.columnWidth(1)
    entry(header_menu(view, "time"), "Local date and time")
    assert view._model.time_mode is TimeMode.DATE
    assert view.columnWidth(1) > before + 50
    assert view._model.index(0, 1).data().startswith("2026-11-2")
    entry(header_menu(view, "topic"), "Since the first row")
    assert view._model.index(0, 1).data() == "0.000"
    assert view.columnWidth(1) == before


def test_that_columns_are_moved_and_sized_by_dragging_and_remembered(
    make: Callable[[], MessageView],
) -> None:
    view = make()
    drag(view, QPoint(left_of(view, 7) + 10, 10), QPoint(left_of(view, 1) + 2, 10))
    assert view.columns.shown[:3] == ["number", "size", "time"]
    border = left_of(view, 4) + view.columnWidth(4)
    drag(view, QPoint(border - 1, 10), QPoint(border + 39, 10))
    width = view.columnWidth(4)
    assert left_of(view, 4) + width == pytest.approx(border + 40, abs=2)
    assert view.horizontalHeader().length() == view.viewport().width()
    view.columns.show_column("dup", True)
    view.columns.set_time_mode(TimeMode.UTC)
    view.columns.save_now()

    again = make()
    assert again.columns.shown == view.columns.shown
    assert again.columnWidth(4) == width
    assert again._model.time_mode is TimeMode.UTC
    again.resize(1000, 300)
    assert again.columnWidth(4) == width
    assert again.horizontalHeader().length() == again.viewport().width()


def test_that_changes_are_remembered_without_closing(
    make: Callable[[], MessageView], qtbot: QtBot
) -> None:
    view = make()
    view.columns.show_column("properties", True)
    qtbot.waitUntil(lambda: (saved_table("messages") or saved_table("x")) is not None)
    layout = saved_table("messages")
    assert layout is not None
    assert layout.shown[-1] == "properties"


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        "nonsense",
        "[]",
        '{"version": 99, "shown": ["topic"]}',
        '{"version": 1, "widths": {"topic": "wide"}}',
        '{"version": 1, "order": 7}',
        '{"version": 1, "shown": ["gone"], "order": ["gone"], "widths": {"gone": 7}, "time": "x"}',
        '{"version": 1}',
        b"\xff\xfe",
    ],
)
def test_that_garbage_in_the_settings_leaves_the_columns_as_at_first(
    make: Callable[[], MessageView], garbage: object
) -> None:
    settings = QSettings(str(config_dir() / "window.ini"), QSettings.Format.IniFormat)
    settings.setValue("tables/messages", garbage)
    settings.sync()
    view = make()
    assert view.columns.shown == FIRST_SHOWN
    assert view.horizontalHeader().length() == view.viewport().width()


def test_that_what_a_newer_program_wrote_is_taken_as_far_as_it_is_known(
    make: Callable[[], MessageView],
) -> None:
    settings = QSettings(str(config_dir() / "window.ini"), QSettings.Format.IniFormat)
    text = (
        '{"version": 1, "order": ["topic", "new", "topic", "number"], "new": true,'
        ' "shown": ["new", "number", "topic", "dup"], "widths": {"topic": -5, "number": 99999999}}'
    )
    settings.setValue("tables/messages", text)
    settings.sync()
    view = make()
    assert view.columns.shown == ["topic", "dup", "number"]
    assert 20 < view.columnWidth(4) < 40
    assert view.columnWidth(0) == 4000


def test_that_a_double_click_on_a_border_fits_the_texts_in_sight(
    make: Callable[[], MessageView],
) -> None:
    view = make()
    header = view.horizontalHeader()
    place = QPoint(left_of(view, 4) + view.columnWidth(4) - 1, 10)
    QTest.mouseDClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    texts = view._painter.width("plant/39/temperature")
    assert texts < view.columnWidth(4) < texts + 20


def test_that_a_note_keeps_to_the_columns_that_are_shown(
    make: Callable[[], MessageView], bridge: FakeBridge
) -> None:
    view = make()
    bridge.note("connection lost")
    view._model.update()
    for order in ([], ["time"], ["number", "topic", "delta"]):
        for key in order:
            view.columns.show_column(key, False)
        view.viewport().grab()
    entry(header_menu(view, "payload"), "Time")
    header = view.horizontalHeader()
    header.moveSection(header.visualIndex(1), header.count() - 1)
    picture = view.viewport().grab().toImage()
    assert theme.colour("warning_ground").name() in {
        picture.pixelColor(x, y).name() for x in (2, 400) for y in range(picture.height())
    }
