"""Hands for schedules, responders and requests in a window."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QApplication, QDialog

from topicscope.automation.schedules.schedule import Schedule
from topicscope.automation.templates.template import MessageTemplate
from topicscope.profiles.profile import Profile

if TYPE_CHECKING:
    from tests.helpers.window import Desk
    from topicscope.automation.responders.responder import Responder


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


def connect(desk: Desk, port: int, *topic_filters: str, version: int = 5) -> None:
    """Connect to a broker of this machine, and subscribe."""
    profile = Profile(
        name="Lab",
        host="127.0.0.1",
        port=port,
        protocol_version=version,
        subscriptions=(),  # type: ignore[arg-type]
    )
    desk.window.connect_to(profile)
    desk.wait_for_state("Connected")
    for topic_filter in topic_filters:
        desk.subscribe(topic_filter)
        desk.wait(partial(_is_granted, desk, topic_filter), f"the subscription to {topic_filter}")


def _is_granted(desk: Desk, topic_filter: str) -> bool:
    filters = desk.window.messages.sources.subscriptions().values()
    return topic_filter in filters


def load_library(desk: Desk) -> None:
    """Read what is kept."""
    library = desk.services.automation
    library.load()
    desk.wait(lambda: library.is_loaded, "the library")


def keep(desk: Desk, *things: Schedule | Responder) -> None:
    """Keep schedules and responders without their forms."""
    load_library(desk)
    for one in things:
        if isinstance(one, Schedule):
            desk.services.automation.save_schedule(one)
        else:
            desk.services.automation.save_responder(one)


def message(topic: str, payload: str = "x", qos: int = 0) -> MessageTemplate:
    """Return a message of a schedule or responder."""
    return MessageTemplate(topic=topic, payload=payload, qos=qos)  # type: ignore[arg-type]
