"""Clearing retained topics: asked for, answered, counted, undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QWidget

from tests.helpers.fake_bridge import FakeBridge
from tests.helpers.packets import publish
from topicscope.connection.state import ConnectionState, Phase, PublishProgress
from topicscope.gui.dialogs.question import Question
from topicscope.gui.retained_clearing import RetainedClearing
from topicscope.gui.widgets.notice import NoticeBar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot


class Scene:
    """A clearing with its notice, and a broker that answers."""

    def __init__(self, qtbot: QtBot) -> None:
        self.bridge = FakeBridge()
        self.bridge.set_state(ConnectionState(Phase.CONNECTED, "Connected"))
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.notice = NoticeBar(self.window)
        self.clearing = RetainedClearing(self.bridge, self.notice, self.window)  # type: ignore[arg-type]
        self.answered = 0

    def answer(self, stage: str = "acknowledged", text: str = "") -> None:
        """Answer all that was published and not answered."""
        for token in range(self.answered + 1, len(self.bridge.published) + 1):
            progress = PublishProgress(token, stage, 0, text, 0.1)  # type: ignore[arg-type]
            self.bridge.publish_progressed.emit(progress)
        self.answered = len(self.bridge.published)

    def cleared(self) -> list[str]:
        """Return the topics that got an empty retained message."""
        return [
            topic
            for topic, payload, _, retain, _ in self.bridge.published
            if retain and not payload
        ]


@pytest.fixture
def scene(qtbot: QtBot) -> Iterator[Scene]:
    made = Scene(qtbot)
    made.bridge.feed(
        [
            publish(b"a/b", b"old", retain=True, qos=0),
            publish(b"a/c", b"1", retain=True),
            publish(b"a/d", b"1"),
            publish(b"a/\xff", b"1", retain=True),
            publish(b"ab", b"1", retain=True),
        ]
    )
    yield made
    made.window.close()


def question_of(scene: Scene) -> Question:
    return next(one for one in scene.window.findChildren(Question) if one.isVisible())


def test_that_a_single_topic_is_cleared_at_once_and_can_be_brought_back(scene: Scene) -> None:
    scene.clearing.clear(b"a/b")
    assert scene.cleared() == ["a/b"]
    scene.answer()
    assert scene.notice.sentence() == "Cleared the retained message of a/b."
    assert scene.notice.button.text() == "Undo"

    scene.notice.button.click()

    assert scene.bridge.published[-1][:4] == ("a/b", b"old", 0, True)
    assert scene.notice.sentence() == "Published again, retained: a/b"
    scene.notice.action_triggered.emit()
    assert len(scene.bridge.published) == 2


def test_that_a_branch_is_cleared_only_after_a_yes_to_its_number(scene: Scene) -> None:
    scene.clearing.clear(b"a")
    question = question_of(scene)
    assert question.windowTitle() == "Clear 2 retained topics?"
    question.no_button.click()
    assert scene.bridge.published == []

    scene.clearing.clear(b"a")
    question_of(scene).yes_button.click()
    assert sorted(scene.cleared()) == ["a/b", "a/c"]
    assert not scene.notice.isVisibleTo(scene.window)
    scene.answer()
    assert scene.notice.sentence() == "2 retained topics cleared."


def test_that_a_single_topic_below_a_branch_is_asked_about(scene: Scene) -> None:
    scene.bridge.feed([publish(b"x/y", b"1", retain=True)])
    scene.clearing.clear(b"x")

    assert question_of(scene).windowTitle() == "Clear 1 retained topic?"
    assert scene.bridge.published == []


def test_that_refusals_are_told(scene: Scene) -> None:
    scene.clearing.clear(b"a/b")
    scene.answer("refused", "Not authorized")

    assert scene.notice.sentence() == "0 retained topics cleared, 1 topic not."
    assert scene.notice.remedy() == "Not authorized"


def test_that_nothing_is_cleared_without_a_connection_or_without_need(scene: Scene) -> None:
    scene.clearing.clear(b"a/d")
    assert "No topic here" in scene.notice.sentence()
    scene.bridge.set_state(ConnectionState(Phase.OFFLINE, ""))
    scene.clearing.clear(b"a/b")
    assert "Not connected" in scene.notice.sentence()
    assert scene.bridge.published == []


def test_that_many_are_handed_over_in_portions(scene: Scene, qtbot: QtBot) -> None:
    scene.bridge.feed([publish(b"m/%d" % n, b"1", retain=True) for n in range(500)])
    scene.clearing.clear(b"m")
    question_of(scene).yes_button.click()

    assert len(scene.bridge.published) == 200
    scene.answer()
    qtbot.waitUntil(lambda: len(scene.bridge.published) == 500)
    scene.answer()
    assert scene.notice.sentence() == "500 retained topics cleared."
