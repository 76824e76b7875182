"""The first page and its three doors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt

from topicscope.gui.widgets.connection.welcome import WelcomePage

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def page(qtbot: QtBot) -> WelcomePage:
    made = WelcomePage()
    qtbot.addWidget(made)
    made.resize(1000, 640)
    made.show()
    return made


def test_that_the_first_door_starts_the_demo(page: WelcomePage, qtbot: QtBot) -> None:
    with qtbot.waitSignal(page.demo_requested):
        qtbot.mouseClick(page.demo_button, Qt.MouseButton.LeftButton)


def test_that_the_second_door_connects_to_a_pasted_url(page: WelcomePage, qtbot: QtBot) -> None:
    qtbot.keyClicks(page.url_field.edit, "ws://anna:pw@broker.local:8080/mqtt")
    with qtbot.waitSignal(page.connect_requested) as told:
        qtbot.mouseClick(page.connect_button, Qt.MouseButton.LeftButton)
    profile, password = told.args
    assert (profile.transport, profile.port, password) == ("websocket", 8080, "pw")


def test_that_the_second_door_explains_a_wrong_url(page: WelcomePage, qtbot: QtBot) -> None:
    qtbot.keyClicks(page.url_field.edit, "mqtt://broker.local:port")
    with qtbot.assertNotEmitted(page.connect_requested):
        qtbot.mouseClick(page.connect_button, Qt.MouseButton.LeftButton)
    assert page.url_field.problem()


def test_that_the_second_door_leads_to_the_form(page: WelcomePage, qtbot: QtBot) -> None:
    with qtbot.waitSignal(page.form_requested):
        qtbot.mouseClick(page.form_button, Qt.MouseButton.LeftButton)


def test_that_the_third_door_opens_a_capture(page: WelcomePage, qtbot: QtBot) -> None:
    with qtbot.waitSignal(page.open_requested):
        qtbot.mouseClick(page.open_button, Qt.MouseButton.LeftButton)


def test_that_connections_of_another_tool_are_one_click_away(
    page: WelcomePage, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(page.import_requested):
        qtbot.mouseClick(page.import_button, Qt.MouseButton.LeftButton)
