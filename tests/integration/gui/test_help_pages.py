"""Every help page can be reached by a command, and fits into its window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPlainTextEdit, QWidget

from topicscope.paths import resource_dir

if TYPE_CHECKING:
    from tests.helpers.window import Desk

COMMANDS = {
    "first-steps": "help",
    "display-filter": "filter_help",
    "connecting": "connecting_help",
    "connection-doctor": "doctor_help",
    "schedules": "schedules_help",
    "responders": "responders_help",
    "publishing": "publish_help",
    "broker-status": "broker_help",
    "retained-and-session-lab": "retained_help",
}


def test_that_every_page_is_opened_by_its_command_and_fits(desk: Desk) -> None:
    assert {page.stem for page in (resource_dir() / "help").glob("*.txt")} == set(COMMANDS)
    for page, command in COMMANDS.items():
        desk.window.commands[command].trigger()
        (shown,) = desk.window.findChildren(QWidget, "help")
        text = shown.findChild(QPlainTextEdit)
        assert text is not None
        assert text.toPlainText() == (resource_dir() / "help" / f"{page}.txt").read_text("utf-8")
        assert text.horizontalScrollBar().maximum() == 0, page
        shown.close()
        desk.settle()
