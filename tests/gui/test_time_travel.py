"""Time travel in the window: a moment is chosen, tree, table and inspector show it, two moments are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QTableView

from tests.helpers.packets import SECOND, START_NS, connect, publish
from topicscope.capture.recording import Recorder
from topicscope.capture.tap import Tap
from topicscope.demo.server import BrokerThread
from topicscope.gui.dialogs.comparing.moments import CompareDialog
from topicscope.gui.widgets.time.slider import TimeSlider
from topicscope.mqtt.control_packets import Direction

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.helpers.window import Desk
    from topicscope.gui.widgets.time.travel import TimeTravelBar

SLIDER = "Moment of the capture"
MESSAGES = [
    ("lab/scale", "10"),
    ("lab/lamp", "on"),
    ("lab/door", "open"),
    ("lab/scale", "20"),
    ("lab/lamp", ""),
    ("lab/fan", "fast"),
    ("lab/scale", "30"),
]


@pytest.fixture
def filed(desk: Desk) -> Desk:
    """A window that shows a file with a message a second."""
    path = desk.folder / "lab.pcapng"
    record(path)
    desk.window.open_file(path)
    desk.wait(lambda: len(shown_topics(desk)) == len(MESSAGES), "the messages")
    desk.wait(lambda: bar_of(desk).isVisible() and any(slider_of(desk).bars), "the slider")
    return desk


def record(path: Path) -> None:
    recorder = Recorder(path, "lab")
    tap = Tap(recorder.write)
    tap.open_connection("", START_NS)
    tap.feed(Direction.OUT, connect(), START_NS)
    for second, (topic, payload) in enumerate(MESSAGES, 1):
        packet = publish(topic.encode(), payload.encode())
        tap.feed(Direction.IN, packet, START_NS + second * SECOND)
    recorder.close()


def bar_of(desk: Desk) -> TimeTravelBar:
    return desk.window.time_travel.bar


def row_of(desk: Desk) -> int | None:
    """Return the row of the moment shown."""
    return desk.window.time_travel.row


def slider_of(desk: Desk) -> TimeSlider:
    return desk.find(TimeSlider, SLIDER)


def shown_topics(desk: Desk) -> list[str]:
    return [topic for topic in desk.column("Topic") if topic]


def payload(desk: Desk) -> str:
    """Return the payload in the inspector."""
    record = desk.window.inspector.record
    return "" if record is None else record.payload.decode()


def step(desk: Desk, key: str, times: int = 1) -> None:
    for _ in range(times):
        desk.keys(key, slider_of(desk))


def go_to_second(desk: Desk, second: float) -> None:
    """Click on the slider where this second of the file is."""
    slider = slider_of(desk)
    x = round(slider.x_of(START_NS + round(second * SECOND)))
    QTest.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(x, 12))


def last_value(desk: Desk, topic: str) -> str:
    """Return the last value that the tree tells of a topic."""
    model = desk.window.topics.model
    node = model.topics.find(topic.encode())
    value = model.texts.value(node) if node >= 0 else None
    return "" if value is None else value.text


def keep(desk: Desk, name: str) -> None:
    desk.click(f"Keep this moment as {name}")
    desk.wait(bar_of(desk).keep_buttons[name].isChecked, name)


def compare(desk: Desk) -> CompareDialog:
    QTest.mouseClick(bar_of(desk).compare_button, Qt.MouseButton.LeftButton)
    desk.wait(lambda: dialogs(desk) and dialogs(desk)[0].isVisible(), "the comparison")
    dialog = dialogs(desk)[0]
    desk.wait(lambda: any(c.isdigit() for c in dialog.tabs.tabText(0)), "the lists")
    return dialog


def dialogs(desk: Desk) -> list[CompareDialog]:
    return desk.window.findChildren(CompareDialog)


def cells(dialog: CompareDialog) -> list[list[str]]:
    model = dialog.view.model()
    return [[model.index(row, c).data() for c in range(3)] for row in range(model.rowCount())]


def test_that_there_is_no_slider_before_anything_was_captured(desk: Desk) -> None:
    assert not bar_of(desk).isVisible()


def test_that_a_click_on_the_slider_shows_the_state_of_then_and_says_so(filed: Desk) -> None:
    desk = filed
    desk.click_topic("lab", "scale")
    assert payload(desk) == "30"
    go_to_second(desk, 2.5)
    desk.wait(lambda: payload(desk) == "10", "the value of then")
    desk.wait_for_words("State at ", "− ")
    label = next(w for w in bar_of(desk).findChildren(QLabel) if w.text().startswith("State at"))
    assert label.property("tone") == "warning"
    table = desk.window.messages.messages.view
    assert table.current_row() == row_of(desk)
    assert last_value(desk, "lab/scale") == "10"
    desk.click("Live")
    desk.wait(lambda: payload(desk) == "30", "the value of now")
    assert not desk.says("State at ")
    assert last_value(desk, "lab/scale") == "30"
    assert table.following


def test_that_without_a_chosen_topic_the_inspector_shows_the_message_of_the_moment(
    filed: Desk,
) -> None:
    go_to_second(filed, 3.5)
    filed.wait(lambda: payload(filed) == "open")
    filed.click_row("Messages", 0)
    assert payload(filed) in {"", "10"}
    step(filed, "Left")
    filed.wait(lambda: payload(filed) == "on")


def test_that_the_arrows_step_one_message_and_the_end_is_now(filed: Desk) -> None:
    desk = filed
    step(desk, "Left", 3)
    desk.wait(lambda: payload(desk) == "", "the cleared lamp")
    step(desk, "Right")
    assert payload(desk) == "fast"
    step(desk, "Right", 2)
    assert row_of(desk) is None
    assert desk.says("Newest state")
    step(desk, "Home")
    assert row_of(desk) == 0
    assert desk.window.inspector.record is None
    step(desk, "PageDown")
    assert row_of(desk) is not None
    step(desk, "End")
    assert row_of(desk) is None
    step(desk, "PageUp")
    desk.wait(lambda: payload(desk) == "fast", "a hundredth back")


def test_that_steps_go_by_what_the_filter_shows(filed: Desk) -> None:
    desk = filed
    desk.window.messages.set_topic_filter("lab/scale")
    desk.wait(lambda: len(shown_topics(desk)) == 3)
    step(desk, "Left", 2)
    desk.wait(lambda: payload(desk) == "20")
    desk.window.messages.filter.clear()
    desk.wait(lambda: len(shown_topics(desk)) == len(MESSAGES))
    table = desk.window.messages.messages.view
    desk.wait(lambda: table.current_row() == row_of(desk), "the row of the moment")
    assert not table.following
    desk.window.messages.set_topic_filter("nothing/here")
    desk.wait(lambda: not shown_topics(desk))
    row = row_of(desk)
    step(desk, "Left")
    assert row_of(desk) == row


def test_that_two_moments_are_compared_in_three_lists(filed: Desk) -> None:
    desk = filed
    go_to_second(desk, 3.5)
    keep(desk, "A")
    step(desk, "End")
    keep(desk, "B")
    dialog = compare(desk)
    assert [dialog.tabs.tabText(n) for n in range(3)] == ["Added 1", "Gone 1", "Changed 1"]
    assert "From A, " in " ".join(desk.words(dialog))
    assert cells(dialog) == [["lab/fan", "—", "fast"]]
    dialog.tabs.setCurrentIndex(1)
    assert cells(dialog) == [["lab/lamp", "on", "cleared"]]
    dialog.tabs.setCurrentIndex(2)
    assert cells(dialog) == [["lab/scale", "10", "30"]]
    desk.click("Copy as CSV", dialog)
    clipboard = QGuiApplication.clipboard()
    desk.wait(lambda: clipboard.text() == "Topic,Before,After\nlab/scale,10,30\n", "the copy")
    desk.click("Copy as text", dialog)
    desk.wait(lambda: clipboard.text() == "Topic\tBefore\tAfter\nlab/scale\t10\t30\n", "the copy")
    QTest.keyClicks(dialog.edit, "FAN")
    desk.wait(lambda: cells(dialog) == [])
    assert desk.says("No such topic", dialog)
    dialog.tabs.setCurrentIndex(0)
    assert cells(dialog) == [["lab/fan", "—", "fast"]]
    place = dialog.view.visualRect(dialog.model.index(0, 0)).center()
    QTest.mouseClick(dialog.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    desk.wait(lambda: shown_topics(desk) == ["lab/fan"], "only that topic")
    desk.click("Close", dialog)
    desk.wait(lambda: not dialogs(desk))


def test_that_one_kept_moment_is_compared_with_the_one_shown(filed: Desk) -> None:
    desk = filed
    assert not bar_of(desk).compare_button.isEnabled()
    keep(desk, "B")
    go_to_second(desk, 1.5)
    dialog = compare(desk)
    assert dialog.windowTitle() == "Compare the moment shown with B"
    assert dialog.tabs.tabText(0) == "Added 2"
    topics = [row[0] for row in cells(dialog)]
    assert topics == sorted(topics)
    view = dialog.findChild(QTableView)
    assert view is not None
    desk.focus(view)
    QTest.keyClick(view, Qt.Key.Key_Down)
    QTest.keyClick(view, Qt.Key.Key_Return)
    desk.wait(lambda: len(set(shown_topics(desk))) == 1, "only one topic")
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    desk.wait(lambda: not dialogs(desk))


def test_that_a_kept_moment_is_gone_to_kept_anew_and_forgotten(filed: Desk) -> None:
    desk = filed
    go_to_second(desk, 2.5)
    keep(desk, "A")
    row = row_of(desk)
    step(desk, "End")
    choose_of_kept(desk, "A", "Go to A")
    assert row_of(desk) == row
    choose_of_kept(desk, "A", "Forget A")
    assert not bar_of(desk).keep_buttons["A"].isChecked()
    assert not bar_of(desk).compare_button.isEnabled()


def choose_of_kept(desk: Desk, name: str, words: str) -> None:
    button = bar_of(desk).keep_buttons[name]
    button.customContextMenuRequested.emit(button.rect().center())
    menu = QApplication.activePopupWidget()
    assert menu is not None
    next(action for action in menu.actions() if action.text() == words).trigger()
    menu.close()


def test_that_the_row_is_hidden_by_its_command_and_stays_so(filed: Desk) -> None:
    desk = filed
    go_to_second(desk, 2.5)
    assert row_of(desk) is not None
    desk.keys("Ctrl+Shift+H")
    assert not bar_of(desk).isVisible()
    assert row_of(desk) is None
    path = desk.folder / "lab.pcapng"
    desk.restart()
    desk.window.open_file(path)
    desk.wait(lambda: len(shown_topics(desk)) == len(MESSAGES))
    assert not bar_of(desk).isVisible()
    desk.window.commands["time_travel"].trigger()
    assert bar_of(desk).isVisible()
    desk.wait(lambda: any(slider_of(desk).bars), "the slider")


def test_that_clearing_the_capture_forgets_every_moment(filed: Desk) -> None:
    desk = filed
    go_to_second(desk, 2.5)
    keep(desk, "A")
    compare(desk)
    desk.window.commands["clear"].trigger()
    desk.wait(lambda: not bar_of(desk).isVisible())
    desk.wait(lambda: not dialogs(desk))
    assert row_of(desk) is None
    assert not bar_of(desk).keep_buttons["A"].isChecked()


@pytest.fixture
def broker() -> Iterator[BrokerThread]:
    with BrokerThread() as running:
        yield running


def test_that_the_capture_goes_on_while_one_looks_at_the_past(
    desk: Desk, broker: BrokerThread
) -> None:
    desk.connect_to(f"mqtt://127.0.0.1:{broker.port}")
    desk.wait(lambda: desk.rows("Subscriptions"))
    desk.publish("lab/scale", "1")
    desk.wait(lambda: shown_topics(desk).count("lab/scale") == 2)
    desk.click_topic("lab", "scale")
    step(desk, "Left")
    desk.wait_for_words("State at ", " ago")
    row = row_of(desk)
    desk.publish("lab/scale", "2")
    desk.wait(lambda: shown_topics(desk).count("lab/scale") == 4)
    assert row_of(desk) == row
    desk.wait(lambda: last_value(desk, "lab/scale") == "1", "the state of then")
    desk.wait(lambda: payload(desk) == "1")
    assert not desk.window.messages.messages.view.following
    step(desk, "End")
    desk.wait(lambda: last_value(desk, "lab/scale") == "2")
    assert payload(desk) == "2"


def test_that_the_window_may_close_while_a_moment_is_looked_for(filed: Desk) -> None:
    go_to_second(filed, 2.5)
    filed.click("Keep this moment as A")
    filed.window.close()
