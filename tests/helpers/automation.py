"""Hands for schedules, responders and requests in a window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QApplication, QDialog

if TYPE_CHECKING:
    from tests.helpers.window import Desk


def open_form(desk: Desk, button: str) -> QDialog:
    """Click a button and return the form that opens."""
    desk.click(button)
    return wait_for_form(desk)


def wait_for_form(desk: Desk) -> QDialog:
    """Return the form, once it is there."""
    desk.wait(lambda: isinstance(QApplication.activeModalWidget(), QDialog), "the form")
    form = QApplication.activeModalWidget()
    assert isinstance(form, QDialog)
    return form


def state_of(desk: Desk, name: str, table: str = "Schedules") -> str:
    """Return the state that a table tells of a schedule or responder."""
    rows = [row for row in desk.rows(table) if row[0] == name]
    return rows[0][1] if rows else ""


def count_of(desk: Desk, name: str, table: str = "Schedules") -> int:
    """Return how many messages it has published."""
    rows = [row for row in desk.rows(table) if row[0] == name]
    return int(rows[0][2].replace(",", "") or 0) if rows else 0


def choose_row(desk: Desk, name: str, table: str = "Schedules") -> None:
    """Click the line of a schedule or responder."""
    names = [row[0] for row in desk.rows(table)]
    desk.click_row(table, names.index(name))


def choose_all(desk: Desk, table: str) -> None:
    """Choose all lines of a table by key."""
    view = desk.find(QAbstractItemView, table)
    desk.focus(view)
    QTest.keyClick(view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)


def show_responders(desk: Desk) -> None:
    """Go to the responders."""
    desk.show_tab("Automation")
    for tabs in desk.window.automation.pane.findChildren(type(desk.window.automation.pane.kinds)):
        if tabs.tabText(1).startswith("Responders"):
            QTest.mouseClick(tabs, Qt.MouseButton.LeftButton, pos=tabs.tabRect(1).center())
            return


def is_enabled(desk: Desk, button: str) -> bool:
    """Tell whether a button can be clicked."""
    return desk.find(QAbstractButton, button).isEnabled()
