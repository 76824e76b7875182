"""The list of what was published last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topicscope.connection.state import PublishProgress
from topicscope.gui.models.publish.message import Message
from topicscope.gui.models.publish.results import (
    MOST_RESULTS,
    PublishResult,
    PublishResultsModel,
    ResultColumn,
)

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot


def make(model: PublishResultsModel, token: int, stage: str = "", qos: int = 1) -> PublishResult:
    result = PublishResult(token, Message(f"a/{token}", b"", qos, False, []), token)
    model.add(result)
    if stage:
        result.take(PublishProgress(token, stage, 0, "Success"))  # type: ignore[arg-type]
        model.renew(result)
    return result


def test_that_what_waits_outlives_what_is_done(qtbot: QtBot, qapp: QApplication) -> None:
    model = PublishResultsModel(qapp)
    waiting = make(model, 0, "queued")
    for token in range(1, MOST_RESULTS + 50):
        make(model, token, "acknowledged")
    assert len(model.results) == MOST_RESULTS
    assert model.results[-1] is waiting
    model.clear_finished()
    assert model.results == [waiting]


def test_that_what_comes_late_changes_nothing(qapp: QApplication) -> None:
    model = PublishResultsModel(qapp)
    result = make(model, 1, "acknowledged")
    result.take(PublishProgress(1, "dropped", text="Too late."))
    assert result.outcome.sentence == "Acknowledged · Success (0x00)"
    result.take_echo(0.002)
    assert model.index(0, ResultColumn.STATE).data() == "acknowledged ↩ 2.0 ms"


def test_that_topics_are_shown_as_plain_text(qapp: QApplication) -> None:
    model = PublishResultsModel(qapp)
    model.add(PublishResult(1, Message("<b>\u202e", b"", 0, False, []), 1))
    assert "\u202e" not in model.index(0, ResultColumn.TOPIC).data()


def test_that_what_the_connection_ended_over_again_and_again_is_told_apart_from_what_only_waits(
    qapp: QApplication,
) -> None:
    model = PublishResultsModel(qapp)
    result = make(model, 1, "queued")
    assert result.outcome.sentence == "Queued. Success"
    for _ in range(3):
        result.take(PublishProgress(1, "sent"))
        result.take(PublishProgress(1, "queued", text="Waits for the connection (1 queued)."))
    assert result.outcome.sentence == (
        "The connection ended 3 times over it: drop it, if it is the cause."
    )
    assert result.outcome.explanation == "Waits for the connection (1 queued)."
    assert result.is_queued
