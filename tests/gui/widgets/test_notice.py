"""Notices: what happened and what to do, never cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QMainWindow, QToolButton, QVBoxLayout, QWidget

from topicscope.gui.widgets.notice import NoticeBar

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

LONG = "The certificate of broker.local is signed by an authority that is not known here. " * 4


def test_that_a_notice_is_hidden_until_it_is_told_and_after_its_cross(qtbot: QtBot) -> None:
    notice = NoticeBar()
    qtbot.addWidget(notice)
    assert not notice.isVisible()
    notice.tell("error", "Nothing listens.", "Start the broker.", "Edit…")
    assert notice.isVisible()
    assert (notice.sentence(), notice.remedy()) == ("Nothing listens.", "Start the broker.")
    with qtbot.waitSignal(notice.action_triggered):
        qtbot.mouseClick(notice.button, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(notice.closed):
        qtbot.mouseClick(notice.findChild(QToolButton), Qt.MouseButton.LeftButton)
    assert not notice.isVisible()


def test_that_a_long_sentence_is_wrapped_and_shown_in_full(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    column = QVBoxLayout(window)
    notice = NoticeBar()
    column.addWidget(notice)
    column.addStretch(1)
    window.resize(600, 400)
    window.show()
    notice.tell("error", LONG, LONG)
    qtbot.waitUntil(lambda: notice.height() > 80)
    for words in notice.findChildren(QLabel):
        if words.text():
            assert words.height() >= words.heightForWidth(words.width())
    assert window.width() == 600


def test_that_a_notice_shows_markup_from_the_network_literally(qtbot: QtBot) -> None:
    notice = NoticeBar()
    qtbot.addWidget(notice)
    notice.tell("warning", "<b>bold</b>")
    labels = [words for words in notice.findChildren(QLabel) if words.text()]
    assert [words.text() for words in labels] == ["<b>bold</b>"]
    assert all(words.textFormat() == Qt.TextFormat.PlainText for words in labels)


def test_that_each_tone_has_a_picture_of_its_own(qtbot: QtBot) -> None:
    notice = NoticeBar()
    qtbot.addWidget(notice)
    pictures = []
    for tone in ("error", "warning", "good", "info"):
        notice.tell(tone, "x")
        pictures.append(notice.findChildren(QLabel)[0].pixmap().toImage())
    assert all(one != other for i, one in enumerate(pictures) for other in pictures[i + 1 :])


def test_that_a_notice_is_no_higher_than_its_words(qtbot: QtBot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    notice = NoticeBar()
    window.setMenuWidget(notice)
    window.resize(1200, 300)
    window.show()
    notice.tell("warning", "Nothing listens.", "Start the broker.", "Edit…")
    qtbot.waitUntil(lambda: 40 < notice.height() < 60)
    notice.tell("good", "Saved.")
    qtbot.waitUntil(lambda: notice.height() <= 42)
