"""Filters that are asked off the window's thread: newest first, cancelled by the next, the same in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helpers.fake_bridge import FakeBridge
from tests.helpers.packets import packet, publish
from topicscope.capture.view import LogView, messages
from topicscope.gui import tasks
from topicscope.gui.filter_sources import FilterSources
from topicscope.gui.models.messages import filtered_rows
from topicscope.gui.models.messages.filtered_rows import FilteredRows
from topicscope.gui.models.messages.table import MessageTableModel
from topicscope.gui.theme import apply_theme
from topicscope.gui.widgets.messages.page import MessagesPage
from topicscope.query import FilterError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

COUNT = 60_000
DEAR = "json.value > 80"


@pytest.fixture
def loop(qapp: QApplication) -> Iterator[None]:
    apply_theme(qapp, "light")
    with tasks.event_loop(qapp):
        yield
    qapp.setStyleSheet("")


@pytest.fixture
def bridge() -> FakeBridge:
    bridge = FakeBridge()
    bridge.feed(publish(b"a/%d" % (n % 5), b'{"value": %d}' % (n % 100)) for n in range(COUNT))
    bridge.note("a note")
    bridge.feed([packet(0xD0)])
    return bridge


@pytest.fixture
def model(bridge: FakeBridge) -> MessageTableModel:
    return MessageTableModel(LogView(bridge.log, messages))


def rows_in(model: MessageTableModel) -> list[int]:
    return [model.row_at(position) for position in range(model.rowCount())]


def expected(bridge: FakeBridge, least: int = 80) -> list[int]:
    """What a plain loop finds."""
    log = bridge.log
    records = map(log.record, range(log.first_row, log.end_row))
    return [
        one.row
        for one in records
        if one.is_note or (one.topic and int(one.payload.split(b" ")[1][:-1]) > least)
    ]


@pytest.mark.usefixtures("loop")
def test_that_all_is_found_in_order_though_it_is_looked_for_backwards(
    model: MessageTableModel, bridge: FakeBridge, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filtered_rows, "STEP_S", 0.0)
    rows = FilteredRows(model, FilterSources(), packets=False)
    found: list[tuple[int, int]] = []
    rows.progressed.connect(lambda: found.append((model.rowCount(), (rows_in(model) or [0])[0])))
    rows.apply(DEAR)
    assert rows.is_searching
    bridge.feed([publish(b"a/1", b'{"value": 99}'), publish(b"a/1", b'{"value": 1}')])
    qtbot.waitUntil(lambda: not rows.is_searching)
    rows.update()
    assert rows_in(model) == expected(bridge)
    assert rows.share == 1.0
    counts = [count for count, _ in found]
    assert counts == sorted(counts)
    assert len(set(counts)) > 2
    assert found[1][1] > found[-1][1]
    assert model.view.notes == 1


@pytest.mark.usefixtures("loop")
def test_that_a_new_filter_cancels_the_old_one(
    model: MessageTableModel, bridge: FakeBridge, qtbot: QtBot
) -> None:
    rows = FilteredRows(model, FilterSources(), packets=False)
    rows.apply("json.value > 10")
    qtbot.waitUntil(lambda: rows.share > 0)
    rows.apply(DEAR)
    qtbot.waitUntil(lambda: not rows.is_searching)
    rows.update()
    assert rows_in(model) == expected(bridge)


@pytest.mark.usefixtures("loop")
def test_that_looking_can_be_stopped_and_what_was_found_stays(
    model: MessageTableModel, bridge: FakeBridge, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filtered_rows, "STEP_S", 0.0)
    rows = FilteredRows(model, FilterSources(), packets=False)
    rows.apply(DEAR)
    qtbot.waitUntil(lambda: model.rowCount() > 0)
    rows.stop()
    stopped, seen = rows.share, rows_in(model)
    assert not rows.is_searching
    assert 0 < stopped < 1
    qtbot.wait(100)
    assert rows_in(model) == seen == expected(bridge)[-len(seen) :]
    bridge.feed([publish(b"a/1", b'{"value": 99}')])
    assert rows.update() == 1


@pytest.mark.usefixtures("loop")
def test_that_a_filter_that_makes_no_sense_changes_nothing(model: MessageTableModel) -> None:
    rows = FilteredRows(model, FilterSources(), packets=False)
    rows.apply("qos == 0")
    with pytest.raises(FilterError):
        rows.apply("qos ==")
    assert rows.text == "qos == 0"
    assert model.rowCount() == COUNT + 1


@pytest.mark.usefixtures("loop")
def test_that_another_capture_is_looked_at_through_the_same_filter(
    model: MessageTableModel, bridge: FakeBridge, qtbot: QtBot
) -> None:
    rows = FilteredRows(model, FilterSources(), packets=False)
    rows.apply(DEAR)
    bridge.replace_log()
    rows.set_log(bridge.log)
    bridge.feed([publish(b"a/1", b'{"value": 99}'), publish(b"a/1", b'{"value": 1}')])
    rows.update()
    assert rows_in(model) == [0]
    qtbot.wait(50)
    assert rows_in(model) == [0]


@pytest.mark.usefixtures("loop")
def test_that_the_message_looked_at_stays_chosen_when_it_is_found_again(
    bridge: FakeBridge, qtbot: QtBot
) -> None:
    page = MessagesPage(bridge.log, FilterSources())
    qtbot.addWidget(page)
    page.show()
    page.refresh()
    chosen = expected(bridge)[10]
    assert page.view.select_row(chosen)
    page.set_filter(DEAR)
    qtbot.waitUntil(lambda: not page.rows.is_searching)
    assert page.view.current_row() == chosen
    assert page.result().words().startswith(f"{len(expected(bridge)) - 1:,} of {COUNT:,} · ")


@pytest.mark.usefixtures("loop")
def test_that_the_newest_row_is_followed_while_older_ones_are_put_in_front(
    bridge: FakeBridge, qtbot: QtBot
) -> None:
    page = MessagesPage(bridge.log, FilterSources())
    qtbot.addWidget(page)
    page.resize(800, 400)
    page.show()
    page.refresh()
    page.set_filter(DEAR)
    qtbot.waitUntil(lambda: not page.rows.is_searching)
    bar = page.view.verticalScrollBar()
    assert page.view.following
    assert bar.value() == bar.maximum() > 0
