"""Clearing retained topics from the tree: asked for, answered, counted, undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QApplication, QWidget

from tests.helpers.fake_bridge import FakeBridge
from tests.helpers.packets import publish
from topicscope.automation.retained.files import SnapshotStore
from topicscope.connection.state import ConnectionState, Phase, PublishProgress
from topicscope.gui import tasks
from topicscope.gui.controllers.retained.clearing import RetainedClearing
from topicscope.gui.controllers.retained.work import RetainedWork
from topicscope.gui.dialogs.question import Question
from topicscope.gui.widgets.notice import NoticeBar
from topicscope.profiles.files import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from topicscope.automation.retained.seen import Snapshot


class Scene:
    """A clearing with its notice, and a broker that answers."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self._qtbot = qtbot
        self.bridge = FakeBridge()
        self.bridge.set_state(ConnectionState(Phase.CONNECTED, "Connected"))
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.notice = NoticeBar(self.window)
        self.store = SnapshotStore(folder / "retained")
        self.work = RetainedWork(self.bridge, self.store, None, self.window)  # type: ignore[arg-type]
        self.clearing = RetainedClearing(self.bridge, self.work, self.notice, self.window)  # type: ignore[arg-type]
        self.answered = 0

    def wait_for(self, count: int) -> None:
        """Wait until so many messages were published."""
        self._qtbot.waitUntil(lambda: len(self.bridge.published) >= count)

    def wait_for_words(self, words: str) -> None:
        """Wait until the notice says this."""
        self._qtbot.waitUntil(lambda: words in self.notice.sentence())

    def answer(self, stage: str = "acknowledged", text: str = "") -> None:
        """Answer all that was published, and what is published because of that."""
        while self.answered < len(self.bridge.published):
            self.answered += 1
            progress = PublishProgress(self.answered, stage, 0, text, 0.1)  # type: ignore[arg-type]
            self.bridge.publish_progressed.emit(progress)

    def cleared(self) -> list[str]:
        """Return the topics that got an empty retained message."""
        return [
            topic
            for topic, payload, _, retain, _ in self.bridge.published
            if retain and not payload
        ]

    def question(self) -> Question:
        """Return the question that is open."""
        return next(one for one in self.window.findChildren(Question) if one.isVisible())


@pytest.fixture
def scene(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Scene]:
    with tasks.event_loop(qapp):
        made = Scene(qtbot, tmp_path)
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
        made.work.close()
        made.window.close()


def test_that_a_single_topic_is_cleared_at_once_and_can_be_brought_back(scene: Scene) -> None:
    scene.clearing.clear(b"a/b")
    scene.wait_for(1)
    assert scene.cleared() == ["a/b"]
    assert scene.store.list()[0][1].messages == 1, "the snapshot comes first"
    scene.answer()
    assert scene.notice.sentence() == "Cleared the retained message of a/b."
    assert scene.notice.button.text() == "Undo"

    scene.notice.button.click()
    scene.wait_for(2)
    assert scene.bridge.published[-1][:4] == ("a/b", b"old", 0, True)
    scene.answer("sent")
    assert scene.notice.sentence() == "Published again, retained: a/b"
    scene.notice.action_triggered.emit()
    assert len(scene.bridge.published) == 2


def test_that_a_branch_is_cleared_only_after_a_yes_to_its_number_and_undone(scene: Scene) -> None:
    scene.clearing.clear(b"a")
    question = scene.question()
    assert question.windowTitle() == "Clear 2 retained topics?"
    question.no_button.click()
    assert scene.bridge.published == []

    scene.clearing.clear(b"a")
    scene.question().yes_button.click()
    scene.wait_for(2)
    assert sorted(scene.cleared()) == ["a/b", "a/c"]
    scene.answer()
    assert scene.notice.sentence() == "2 retained messages cleared."

    scene.notice.button.click()
    scene.wait_for(4)
    assert sorted(one[:2] for one in scene.bridge.published[2:]) == [("a/b", b"old"), ("a/c", b"1")]
    scene.answer("sent")
    assert scene.notice.sentence() == "2 retained messages brought back."


def test_that_a_single_topic_below_a_branch_is_asked_about(scene: Scene) -> None:
    scene.bridge.feed([publish(b"x/y", b"1", retain=True)])
    scene.clearing.clear(b"x")
    assert scene.question().windowTitle() == "Clear 1 retained topic?"
    assert scene.bridge.published == []


def test_that_refusals_are_told(scene: Scene) -> None:
    scene.clearing.clear(b"a/b")
    scene.wait_for(1)
    scene.answer("refused", "Not authorized")
    assert scene.notice.sentence() == "0 retained messages cleared, 1 not."
    assert scene.notice.remedy() == "a/b: Not authorized"


def test_that_nothing_is_cleared_without_a_connection_or_without_need(scene: Scene) -> None:
    scene.clearing.clear(b"a/d")
    assert "No topic here" in scene.notice.sentence()
    scene.bridge.set_state(ConnectionState(Phase.OFFLINE, ""))
    scene.clearing.clear(b"a/b")
    assert "Not connected" in scene.notice.sentence()
    assert scene.bridge.published == []


def test_that_many_are_on_their_way_a_few_at_a_time_and_can_be_cancelled(scene: Scene) -> None:
    scene.bridge.feed([publish(b"m/%d" % n, b"1", retain=True) for n in range(500)])
    scene.clearing.clear(b"m")
    scene.question().yes_button.click()
    scene.wait_for(50)
    assert len(scene.bridge.published) == 50
    assert scene.notice.button.text() == "Cancel"
    scene.notice.button.click()
    assert "drop 1" in scene.bridge.calls
    scene.answer()
    assert (
        scene.notice.sentence() == "50 retained messages cleared; cancelled, 450 left as they are."
    )
    assert scene.notice.button.text() == "Undo"


def test_that_a_publish_that_is_refused_at_once_is_told_and_nothing_is_left_waiting(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object) -> int:
        raise ValueError("This connection is read-only: nothing is published over it.")

    monkeypatch.setattr(scene.bridge, "publish", refuse)
    scene.clearing.clear(b"a/b")
    scene.wait_for_words("0 retained messages cleared, 1 not.")
    scene.clearing.clear(b"a")
    scene.question().accept()
    scene.wait_for_words("0 retained messages cleared, 2 not.")
    assert scene.work.errand is None


def test_that_nothing_is_cleared_when_the_snapshot_cannot_be_written(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_snapshot: Snapshot, _note: str = "") -> Path:
        raise StoreError("The snapshot could not be written: No space left on device.")

    monkeypatch.setattr(scene.store, "keep", fail)
    scene.clearing.clear(b"a/b")
    scene.wait_for_words("Nothing was cleared. The snapshot could not be written")
    assert scene.bridge.published == []


def test_that_a_second_errand_waits_its_turn(scene: Scene) -> None:
    scene.clearing.clear(b"a/b")
    assert "wait for it" in scene.work.clear([b"a/c"]).problem
    scene.wait_for(1)
    scene.answer()
    assert scene.work.errand is None
