"""The line under a token: what it claims, and how long it is good."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QVBoxLayout, QWidget

from tests.unit.profiles.test_jwt import make
from topicscope.gui.widgets.connection.token_line import ClaimsPopup, TokenLine
from topicscope.gui.widgets.mono_view import MonoView

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1795255200.0

    def __call__(self) -> float:
        return self.now

    def token(self, left: float, **claims: Any) -> str:
        """Return a token that expires in this many seconds."""
        return make({"exp": self.now + left, **claims})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def line(qtbot: QtBot, clock: Clock) -> Iterator[TokenLine]:
    window = QWidget()
    qtbot.addWidget(window)
    line = TokenLine(window, clock)
    QVBoxLayout(window).addWidget(line)
    window.resize(700, 80)
    window.show()
    yield line
    window.close()


def test_that_a_text_that_is_no_token_shows_nothing(line: TokenLine) -> None:
    for text in ("", "ada", "a.b.c"):
        line.set_text(text)
        assert not line.isVisible()
        assert not line.is_counting


def test_that_expiry_issuer_and_subject_are_told(line: TokenLine, clock: Clock) -> None:
    line.set_text(clock.token(42 * 60, iss="https://sermas.example", sub="user-1"))
    assert line.isVisible()
    assert line.tone() == "dim"
    assert line.text().startswith("Token expires in 42 min (")
    assert line.text().endswith(" · from sermas.example · for user-1")
    line.set_text("")
    assert not line.isVisible()


def test_that_the_tone_follows_the_time_that_is_left(line: TokenLine, clock: Clock) -> None:
    for left, tone in ((300, "dim"), (299, "warning"), (0, "error"), (-10800, "error")):
        line.set_text(clock.token(left))
        assert line.tone() == tone, left
    assert line.text().startswith("Token expired 3 h ago (")


def test_that_the_line_counts_down_by_itself(qtbot: QtBot, line: TokenLine, clock: Clock) -> None:
    line.set_text(clock.token(301))
    assert line.tone() == "dim"
    clock.now += 200
    qtbot.waitUntil(lambda: "expires in 101 s" in line.text(), timeout=3000)
    assert line.tone() == "warning"


def test_that_it_counts_only_while_it_is_seen_and_there_is_an_end(
    line: TokenLine, clock: Clock
) -> None:
    line.set_text(clock.token(3600))
    assert line.is_counting
    line.window().hide()
    assert not line.is_counting
    clock.now += 600
    line.window().show()
    assert line.is_counting
    assert "50 min" in line.text()
    line.set_text(make({"sub": "for ever"}))
    assert not line.is_counting
    assert line.text() == "Token that does not expire · for for ever"
    line.set_text("no token")
    assert not line.is_counting


def test_that_a_click_shows_all_claims_as_plain_text(
    qtbot: QtBot, line: TokenLine, clock: Clock
) -> None:
    line.set_text(clock.token(60, sub="<b>bold</b>", u={"n": "Ärger\u202e\n"}))
    assert all(
        words.textFormat() == Qt.TextFormat.PlainText
        for words in line.findChildren(QLabel)
        if words.text()
    )
    button = line.findChild(QPushButton)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    popup = QApplication.activePopupWidget()
    assert isinstance(popup, ClaimsPopup)
    text = popup.view.toPlainText()
    assert f"Expires     {time.strftime('%H:%M', time.localtime(clock.now + 60))}" in text
    assert '"sub": "<b>bold</b>"' in text
    assert "Ärger" in text
    assert "\u202e" not in text
    popup.close()
    line.set_text("")
    line.show_claims()
    assert QApplication.activePopupWidget() is None


def test_that_a_click_anywhere_on_the_line_opens_the_claims(
    qtbot: QtBot, line: TokenLine, clock: Clock
) -> None:
    line.set_text(clock.token(60))
    qtbot.mouseClick(line, Qt.MouseButton.LeftButton)
    popup = QApplication.activePopupWidget()
    assert isinstance(popup, ClaimsPopup)
    view = popup.findChild(MonoView)
    assert isinstance(view, MonoView)
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert QApplication.activePopupWidget() is None
