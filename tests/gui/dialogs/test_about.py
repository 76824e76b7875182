"""The versions that a bug report needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, qVersion
from PySide6.QtGui import QGuiApplication

import topicscope
from topicscope.gui.dialogs.about import AboutDialog

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def test_that_the_versions_can_be_copied(qtbot: QtBot) -> None:
    dialog = AboutDialog()
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.mouseClick(dialog.copy_button, Qt.MouseButton.LeftButton)
    copied = QGuiApplication.clipboard().text()
    assert f"Topicscope: {topicscope.__version__}" in copied
    assert f"Qt: {qVersion()}" in copied
    assert "paho-mqtt: " in copied


def test_that_it_closes(qtbot: QtBot) -> None:
    dialog = AboutDialog()
    qtbot.addWidget(dialog)
    dialog.show()
    with qtbot.waitSignal(dialog.accepted):
        qtbot.mouseClick(dialog.close_button, Qt.MouseButton.LeftButton)
