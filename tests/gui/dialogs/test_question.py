"""A question before something that others would feel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from topicscope.gui.dialogs.question import Question

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def ask(qtbot: QtBot) -> Question:
    question = Question("Do it?", "It <b>hurts</b>.", "Do it", "Leave it")
    question.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(question)
    question.open()
    return question


def test_that_enter_and_escape_choose_the_careful_answer(qtbot: QtBot) -> None:
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Escape):
        question = ask(qtbot)
        with qtbot.waitSignal(question.rejected):
            qtbot.keyClick(question, key)


def test_that_a_click_says_yes(qtbot: QtBot) -> None:
    question = ask(qtbot)
    with qtbot.waitSignal(question.accepted):
        qtbot.mouseClick(question.yes_button, Qt.MouseButton.LeftButton)
