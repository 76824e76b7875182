"""Marks, columns, places and subscriptions of messages in the whole window, with a broker behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu

from topicscope.demo.server import BrokerThread
from topicscope.gui.dialogs.line_dialog import LineDialog

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.helpers.window import Desk


@pytest.fixture
def at_broker(desk: Desk) -> Iterator[Desk]:
    """A window on a quiet broker, with a few messages of its own."""
    with BrokerThread() as broker:
        desk.connect_to(f"mqtt://127.0.0.1:{broker.port}")
        for number in range(4):
            desk.publish("a/b", f"payload {number}")
        desk.wait(lambda: len(desk.rows()) >= 8)
        yield desk
        desk.close_windows()


def cells(desk: Desk, heading: str) -> list[str]:
    return desk.column(heading)


def test_that_a_message_lists_the_subscriptions_it_matched(at_broker: Desk) -> None:
    desk = at_broker
    desk.subscribe("a/+")
    desk.wait(lambda: desk.says("a/+") or len(desk.rows("Subscriptions")) == 2)
    desk.publish("a/b", "after")
    desk.wait(lambda: "after" in desk.column("Payload")[-1] and desk.column("⇄")[-1] == "←")
    shown = desk.column("Subscriptions")
    first = desk.column("⇄").index("←")
    assert shown[first] == "#"
    assert set(shown[-1].split(", ")) <= {"#", "a/+"}
    assert "a/+" in ", ".join(shown[-3:])


def test_that_marks_are_set_and_gone_through_by_key(at_broker: Desk) -> None:
    desk = at_broker
    view = desk.window.messages.messages.view
    desk.click_row("Messages", 2)
    desk.keys("Ctrl+B")
    desk.click_row("Messages", 5)
    desk.keys("M")
    desk.keys("Shift+F2")
    assert view.current_row() == view.log_view.row_at(2)
    desk.keys("F2")
    assert view.current_row() == view.log_view.row_at(5)
    assert len(desk.window.on_messages.marks) == 2


def test_that_a_number_is_gone_to_by_key(at_broker: Desk) -> None:
    desk = at_broker
    desk.keys("Ctrl+G")
    dialog = desk.modal()
    assert isinstance(dialog, LineDialog)
    desk.type("A time, or the number of a row", "#3")
    desk.keys("Return", desk.find(QLineEdit, "A time, or the number of a row"))
    view = desk.window.messages.messages.view
    desk.wait(lambda: view.current_row() >= 0)
    assert desk.rows()[view.currentIndex().row()][0] == "3"


def test_that_columns_come_back_after_a_restart(at_broker: Desk) -> None:
    desk = at_broker
    desk.click("Columns")
    menu = desk.popup()
    assert isinstance(menu, QMenu)
    next(action for action in menu.actions() if action.text() == "Properties").trigger()
    menu.close()
    assert "properties" in desk.window.messages.messages.view.columns.shown
    desk.restart()
    assert "properties" in desk.window.messages.messages.view.columns.shown
    assert "properties" not in desk.window.messages.packets.view.columns.shown


def test_that_the_commands_are_found_by_name(at_broker: Desk) -> None:
    desk = at_broker
    desk.keys("Ctrl+K")
    desk.type("Command", "mark")
    names = desk.popup().names()  # type: ignore[attr-defined]
    assert [name.split("    ")[0] for name in names] == [
        "Mark the message, or remove its mark",
        "Mark with words",
        "Next mark",
        "Previous mark",
        "Remove all marks",
    ]
    popup = QApplication.activePopupWidget()
    assert popup is not None
    QTest.qWait(1)
    popup.close()
