"""Commands by key and by name, themes, sizes, and that all of it can be reached without a mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QDockWidget,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QWidget,
)

from topicscope.capture.log import Ledger
from topicscope.demo.server import BrokerThread
from topicscope.gui.settings import saved_theme
from topicscope.gui.theme import colour, notifier

if TYPE_CHECKING:
    from tests.helpers.window import Desk


@pytest.fixture
def at_plant(desk: Desk) -> Desk:
    """A window on the simulated plant."""
    desk.click("Try the demo")
    desk.wait(lambda: desk.ledger("received") > 150)
    return desk


def palette_names(desk: Desk) -> list[str]:
    popup = desk.popup()
    return popup.names()  # type: ignore[attr-defined,no-any-return]


def test_that_the_palette_lists_commands_and_narrows_them(desk: Desk) -> None:
    desk.keys("Ctrl+K")
    assert any(name.startswith("Freeze the tables") for name in palette_names(desk))
    assert not any(name.startswith("Command palette") for name in palette_names(desk))
    desk.type("Command", "theme da")
    assert [name.split("    ")[0] for name in palette_names(desk)] == ["Theme: dark"]
    desk.keys("Escape")
    desk.wait(lambda: QApplication.activePopupWidget() is None)


def test_that_a_command_is_run_by_its_name(desk: Desk) -> None:
    desk.keys("Ctrl+K")
    desk.type("Command", "dark", "Return")
    desk.wait(lambda: saved_theme() == "dark")
    assert notifier().choice == "dark"
    assert desk.window.palette().window().color() == colour("ground")
    assert colour("ground").name() == "#1b1d21"


def test_that_arrow_keys_choose_in_the_palette(desk: Desk) -> None:
    desk.keys("Ctrl+K")
    desk.type("Command", "theme", "Down")
    desk.keys("Return", desk.find(QLineEdit, "Command"))
    desk.wait(lambda: saved_theme() == "dark")


def test_that_the_theme_is_switched_in_the_menu_while_data_flow(at_plant: Desk) -> None:
    desk = at_plant
    desk.choose_in_menu("Theme and settings", "Theme", "Dark")
    assert desk.window.grab().toImage().pixelColor(3, desk.window.height() // 2).lightness() < 60
    desk.choose_in_menu("Theme and settings", "Theme", "Light")
    assert desk.window.grab().toImage().pixelColor(3, desk.window.height() // 2).lightness() > 200


def test_that_help_and_about_open_and_close(desk: Desk) -> None:
    desk.keys("F1")
    help_page = next(w for w in desk.window.findChildren(QWidget, "help"))
    assert len(help_page.findChild(QPlainTextEdit).toPlainText()) > 200
    help_page.close()
    desk.settle()
    desk.keys("Ctrl+K")
    desk.type("Command", "about", "Return")
    assert desk.says("Topicscope", within=desk.modal())
    desk.keys("Escape", desk.modal())
    desk.wait(lambda: QApplication.activeModalWidget() is None)


@pytest.mark.parametrize(
    ("keys", "name"),
    [
        ("Ctrl+F", "Display filter"),
        ("Ctrl+T", "Topic Filter to subscribe to"),
        ("Ctrl+Shift+T", "Find in topics"),
        ("Ctrl+P", "Topic to publish to"),
    ],
)
def test_that_each_field_has_keys(desk: Desk, keys: str, name: str) -> None:
    with BrokerThread() as broker:
        desk.connect_to(f"mqtt://127.0.0.1:{broker.port}")
        desk.keys(keys)
        focus = QApplication.focusWidget()
        assert focus is not None
        assert focus.accessibleName() == name


def test_that_keys_for_a_closed_pane_open_it_again(at_plant: Desk) -> None:
    desk = at_plant
    for dock in desk.window.findChildren(QDockWidget):
        dock.close()
    desk.keys("Ctrl+P")
    desk.keys("Ctrl+T")
    desk.keys("Ctrl+Shift+T")
    desk.settle()
    shown = {
        dock.objectName() for dock in desk.window.findChildren(QDockWidget) if dock.isVisible()
    }
    assert shown == {"dock-publish", "dock-subscriptions", "dock-topics"}


def test_that_tab_goes_round_and_every_stop_has_a_name(at_plant: Desk) -> None:
    desk = at_plant
    desk.keys("Ctrl+T")
    begin, nameless, seen = QApplication.focusWidget(), [], []
    for _ in range(80):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        stop = QApplication.focusWidget()
        if stop is begin:
            break
        seen.append(stop)
        text = stop.text() if isinstance(stop, QAbstractButton) else ""
        if not (stop.accessibleName() or text):
            nameless.append(f"{stop.metaObject().className()} {stop.objectName()}")
    assert QApplication.focusWidget() is begin, "Tab is caught somewhere"
    assert not nameless
    assert len(seen) > 12


@pytest.mark.parametrize("size", [(1160, 720), (1280, 800), (1920, 1080)])
def test_that_nothing_is_cut_off_at_usual_sizes(at_plant: Desk, size: tuple[int, int]) -> None:
    desk = at_plant
    desk.window.resize(*size)
    desk.settle()
    assert (desk.window.width(), desk.window.height()) == size
    for view in ("Messages", "Topics", "Subscriptions"):
        seen = desk.find(QAbstractItemView, view)
        assert seen.width() > 150
        assert seen.height() > 40
    for button in desk.window.findChildren(QPushButton):
        if button.isVisible():
            icon = 0 if button.icon().isNull() else button.iconSize().width()
            words = button.fontMetrics().horizontalAdvance(button.text())
            assert words + icon <= button.width(), button.text()


def test_that_the_pages_of_the_inspector_have_room_for_their_names(at_plant: Desk) -> None:
    tabs = at_plant.window.inspector.tabs
    for width in (1280, 1440, 1920):
        at_plant.window.resize(width, 800)
        at_plant.settle()
        words = [tabs.fontMetrics().horizontalAdvance(tabs.tabText(n)) for n in range(tabs.count())]
        assert all(tabs.tabRect(n).width() >= words[n] + 8 for n in range(tabs.count())), width


def test_that_large_numbers_do_not_widen_the_window(at_plant: Desk) -> None:
    desk = at_plant
    desk.window.resize(1280, 800)
    for count in (10**6, 10**9, 10**15):
        desk.window.ledger.set_ledger(Ledger(count, count, count, count), count, count, count)
        desk.window.bar.set_traffic(1e6, count, count)
        desk.settle()
        assert desk.window.width() == 1280
        desk.window.resize(1280, 800)
    assert "1000 T" in desk.find(QLabel, "received").text()
    assert f"{10**15:,}" in desk.find(QLabel, "received").toolTip()


def test_that_a_closed_pane_is_opened_again_by_its_name(at_plant: Desk) -> None:
    desk = at_plant
    dock = desk.window.docking.findChild(QDockWidget, "dock-inspector")
    dock.close()
    desk.keys("Ctrl+K")
    desk.type("Command", "inspector", "Return")
    desk.wait(dock.isVisible)


def test_that_the_window_comes_back_as_it_was_left(at_plant: Desk) -> None:
    desk = at_plant
    desk.window.docking.findChild(QDockWidget, "dock-publish").close()
    desk.restart()
    desk.click("Try the demo")
    desk.wait(desk.rows)
    assert not desk.window.docking.findChild(QDockWidget, "dock-publish").isVisible()
