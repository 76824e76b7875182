"""The pacer: at once after a pause, then at most every so many milliseconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from topicscope.gui.widgets.pacer import Pacer

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

pytestmark = pytest.mark.usefixtures("qapp")


def counting(pacer: Pacer) -> list[None]:
    told: list[None] = []
    pacer.due.connect(lambda: told.append(None))
    return told


def test_that_the_first_wake_is_answered_at_once() -> None:
    pacer = Pacer(60_000, "test pacer")
    told = counting(pacer)

    pacer.wake()

    assert len(told) == 1
    assert not pacer.waiting


def test_that_a_flood_of_wakes_is_answered_once_an_interval(qtbot: QtBot) -> None:
    pacer = Pacer(40, "test pacer")
    told = counting(pacer)
    for _ in range(1000):
        pacer.wake()
    assert len(told) == 1
    assert pacer.waiting

    qtbot.waitUntil(lambda: len(told) == 2)
    qtbot.wait(60)

    assert len(told) == 2
    assert not pacer.waiting


def test_that_a_wake_is_not_held_up_by_a_later_appointment() -> None:
    pacer = Pacer(0, "test pacer")
    told = counting(pacer)
    pacer.wake_after(60_000)

    pacer.wake()

    assert len(told) == 1
    assert not pacer.waiting
