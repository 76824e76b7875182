"""What the window does with a capture: subscribe, look, filter, freeze, publish, record, save, open, clear."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QFileDialog, QPlainTextEdit

from topicscope.demo.server import BrokerThread

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.helpers.window import Desk


@pytest.fixture
def broker() -> Iterator[BrokerThread]:
    with BrokerThread() as running:
        yield running


@pytest.fixture
def connected(desk: Desk, broker: BrokerThread) -> Desk:
    """A window that is connected to a quiet broker and has subscribed to #."""
    desk.connect_to(f"mqtt://127.0.0.1:{broker.port}")
    desk.wait(lambda: desk.rows("Subscriptions"))
    return desk


def say(desk: Desk, topic: str, payload: str) -> None:
    """Publish and wait until the message came back."""
    before = desk.column("Topic").count(topic)
    desk.publish(topic, payload)
    desk.wait(lambda: desk.column("Topic").count(topic) >= before + 2, f"{topic} twice")


def test_that_a_filter_is_subscribed_to_paused_resumed_and_removed(connected: Desk) -> None:
    desk = connected
    desk.click_row("Subscriptions", 0)
    desk.keys("Delete")
    desk.wait_for_words("No subscriptions")
    desk.subscribe("plant/+/temperature")
    desk.wait(lambda: desk.rows("Subscriptions"))
    say(desk, "plant/line1/temperature", "21")
    desk.publish("plant/line1/pressure", "7")
    desk.click_row("Subscriptions", 0)
    desk.keys("Space")
    desk.wait(lambda: "paused" in str(desk.rows("Subscriptions")[0]).lower(), "paused")
    received = desk.ledger("received")
    desk.publish("plant/line1/temperature", "22", qos=1)
    desk.wait_for_words("Acknowledged")
    assert desk.ledger("received") == received
    desk.keys("Space", desk.find(QAbstractItemView, "Subscriptions"))
    say(desk, "plant/line1/temperature", "23")
    desk.keys("Delete", desk.find(QAbstractItemView, "Subscriptions"))
    desk.wait_for_words("No subscriptions")
    assert "plant/line1/pressure" in desk.column("Topic")


def test_that_a_filter_that_is_not_valid_is_refused_with_the_reason(connected: Desk) -> None:
    connected.subscribe("plant/#/temperature")
    pane = connected.window.subscriptions
    assert any("#" in text and len(text) > 20 for text in connected.words(within=pane))
    assert [row[0] for row in connected.rows("Subscriptions")] == ["#"]


def test_that_a_row_is_read_in_the_inspector(connected: Desk) -> None:
    desk = connected
    say(desk, "lab/scale", '{"kg": 1.5}')
    desk.click_row("Messages", desk.column("Topic").index("lab/scale"))
    inspector = desk.window.inspector
    desk.wait(lambda: desk.says('"kg": 1.5', within=inspector))
    assert desk.says("lab/scale", within=inspector)
    desk.show_tab("Hex")
    desk.wait(inspector.hex_page.isVisible)
    desk.show_tab("Packet")
    desk.wait(inspector.packet_page.isVisible)


def test_that_a_topic_of_the_tree_is_read_in_the_inspector(connected: Desk) -> None:
    desk = connected
    say(desk, "lab/scale", "12")
    say(desk, "lab/clock", "13")
    desk.click_topic("lab", "scale")
    inspector = desk.window.inspector
    desk.wait(lambda: desk.says("lab/scale", within=inspector))
    assert desk.find(QPlainTextEdit, "Topic", within=inspector).toPlainText() == "lab/scale"


def test_that_hidden_messages_are_counted_and_come_back(connected: Desk) -> None:
    desk = connected
    say(desk, "lab/scale", "12")
    say(desk, "lab/clock", "13")
    desk.keys("Ctrl+F")
    desk.type("Display filter", "+/clock", "Return")
    desk.wait(lambda: set(desk.column("Topic")) <= {"lab/clock", ""})
    desk.wait(lambda: desk.ledger("hidden") == 2)
    assert desk.ledger("shown") == 2
    assert desk.ledger("stored") == 4
    assert desk.says("2 of 4")
    desk.keys("Ctrl+Shift+F")
    desk.wait(lambda: desk.ledger("hidden") == 0)
    assert "lab/scale" in desk.column("Topic")


def test_that_the_filter_of_a_tree_node_is_written_into_the_filter_field(connected: Desk) -> None:
    desk = connected
    say(desk, "lab/scale", "12")
    say(desk, "hall/lamp", "on")
    desk.click_topic("lab")
    desk.keys("Return", desk.find(QAbstractItemView, "Topics"))
    desk.wait(lambda: desk.ledger("hidden") == 2)
    assert 'topic ~ "lab/#"' in desk.words()


def test_that_a_report_counts_what_has_arrived_this_moment(connected: Desk) -> None:
    say(connected, "lab/scale", "12")
    ledger = connected.window.accounts.facts()["ledger"]
    assert ledger["stored"] == ledger["shown"] + ledger["hidden"]
    assert ledger["hidden"] == 0


def test_that_frozen_tables_stand_still_and_say_how_much_waits(connected: Desk) -> None:
    desk = connected
    say(desk, "lab/scale", "1")
    desk.click("Let the tables stand still; the capture goes on")
    rows = len(desk.rows())
    desk.publish("lab/scale", "2")
    desk.wait_for_words("2 waiting")
    assert len(desk.rows()) == rows
    assert desk.ledger("stored") == 4
    assert desk.ledger("hidden") == 0
    assert desk.window.commands["freeze"].isChecked()
    desk.keys("Ctrl+Space")
    desk.wait(lambda: len(desk.rows()) == rows + 2)
    assert not desk.says("waiting")


def test_that_a_published_message_comes_back_and_is_both_arrow_ways(connected: Desk) -> None:
    desk = connected
    for qos, words in ((0, "Sent"), (1, "Acknowledged"), (2, "Acknowledged")):
        desk.publish("echo", f"number {qos}", qos=qos)
        desk.wait_for_words(words)
        desk.wait(lambda qos=qos: desk.column("Payload").count(f"number {qos}") == 2)
    assert set(desk.column("⇄")) >= {"←", "→"}
    assert desk.ledger("sent") == 3
    assert desk.ledger("received") == 3


def test_that_a_topic_with_a_wildcard_cannot_be_published_to(connected: Desk) -> None:
    connected.publish("lab/+", "1")
    assert any("+" in text and len(text) > 8 for text in connected.words(connected.window.publish))
    assert connected.ledger("sent") == 0


def test_that_a_recording_opens_again_in_another_window(
    connected: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = connected
    monkeypatch.setattr(
        "topicscope.gui.controllers.messages.capture_files.recordings_dir",
        lambda: desk.folder / "docs",
    )
    say(desk, "before", "not in it")
    desk.click("Record what comes and goes to a file")
    assert desk.says("Recording")
    say(desk, "while/recording", "in it")
    desk.keys("Ctrl+R")
    desk.wait_for_words("2 messages recorded in")
    assert not desk.says("Recording")
    (path,) = (desk.folder / "docs").glob("*.pcapng")
    open_through_dialog(desk, path, monkeypatch)
    desk.window = desk.windows[1]
    desk.wait(lambda: len(desk.rows()) >= 2)
    assert [t for t in desk.column("Topic") if t] == ["while/recording"] * 2
    assert path.name in desk.window.windowTitle()


def test_that_a_recording_is_complete_when_the_window_closes(
    connected: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = connected
    path = desk.folder / "closed.pcapng"
    desk.window.files.record(True, path)
    say(desk, "while/recording", "in it")
    desk.close_windows()
    assert not list(desk.folder.glob("*.part"))
    desk.window = desk.open_window()
    open_through_dialog(desk, path, monkeypatch)
    desk.wait(lambda: desk.ledger("stored") == 2)


def test_that_a_saved_capture_opens_again_with_all_its_messages(
    connected: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = connected
    say(desk, "lab/scale", "12")
    path = desk.folder / "kept"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    desk.keys("Ctrl+S")
    desk.wait_for_words("2 messages saved in")
    desk.restart()
    open_through_dialog(desk, path.with_suffix(".pcapng"), monkeypatch)
    desk.wait(lambda: [t for t in desk.column("Topic") if t] == ["lab/scale"] * 2)
    desk.wait(lambda: desk.ledger("stored") == 2)
    desk.wait(lambda: [row[0] for row in desk.rows("Topics")] == ["lab"])


def open_through_dialog(desk: Desk, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    desk.keys("Ctrl+O")


def test_that_a_capture_is_saved_whole_though_the_window_closes_at_once(
    connected: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = connected
    say(desk, "lab/scale", "12")
    path = desk.folder / "kept.pcapng"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    desk.keys("Ctrl+S")
    desk.close_windows()
    desk.window = desk.open_window()
    desk.wait(path.exists)
    open_through_dialog(desk, path, monkeypatch)
    desk.wait(lambda: desk.ledger("stored") == 2)


def test_that_good_news_goes_away_by_itself_and_bad_news_does_not(
    desk: Desk,
) -> None:
    files, notice = desk.window.files, desk.window.notice
    desk.window.findChild(QTimer, "good-news").setInterval(50)
    files.told.emit("good", "It is done.")
    assert notice.isVisible()
    desk.wait(lambda: not notice.isVisible())
    files.told.emit("good", "It is done.")
    files.told.emit("error", "It is not.")
    QTest.qWait(120)
    assert notice.isVisible()


def test_that_a_file_that_is_no_capture_is_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = desk.folder / "holiday.pcapng"
    path.write_bytes(b"<html>not a capture</html>")
    open_through_dialog(desk, path, monkeypatch)
    desk.wait_for_words("holiday.pcapng")


def test_that_a_recording_that_cannot_be_written_is_told(
    connected: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    (connected.folder / "docs").write_text("in the way")
    monkeypatch.setattr(
        "topicscope.gui.controllers.messages.capture_files.recordings_dir",
        lambda: connected.folder / "docs" / "x",
    )
    connected.keys("Ctrl+R")
    connected.wait(connected.window.notice.isVisible)
    assert not connected.says("Recording")
    assert not connected.window.commands["record"].isChecked()


def test_that_clearing_empties_all_views_and_goes_on(connected: Desk) -> None:
    desk = connected
    say(desk, "lab/scale", "1")
    desk.click_row("Messages", 0)
    desk.keys("Ctrl+L")
    desk.wait(lambda: desk.ledger("stored") == 0)
    desk.wait_for_words("Choose a message", "No topics yet")
    desk.publish("lab/scale", "2")
    desk.wait(lambda: desk.ledger("stored") == 2)
    assert desk.says("Connected")


def test_that_a_window_can_be_closed_while_a_large_file_is_read(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = desk.folder / "large.pcapng"
    path.write_bytes(large_recording(desk.folder))
    open_through_dialog(desk, path, monkeypatch)
    desk.wait(lambda: desk.window.bridge.log.end_row > 0)
    desk.window.close()


def test_that_one_can_connect_while_a_large_file_is_read(
    desk: Desk, broker: BrokerThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = desk.folder / "large.pcapng"
    path.write_bytes(large_recording(desk.folder))
    open_through_dialog(desk, path, monkeypatch)
    desk.wait(lambda: desk.window.bridge.log.end_row > 0)
    desk.keys("Ctrl+Shift+N")
    desk.begin_form(f"mqtt://127.0.0.1:{broker.port}")
    desk.click("Save & Connect")
    desk.wait_for_state("Connected")
    say(desk, "lab/scale", "1")
    assert set(desk.column("Topic")) <= {"lab/scale", ""}


def large_recording(folder: Path) -> bytes:
    """Return a recording of many batches."""
    from tests.helpers.packets import SECOND, START_NS, connect, publish
    from topicscope.capture.recording import Recorder
    from topicscope.capture.tap import Tap
    from topicscope.mqtt.control_packets import Direction

    path = folder / "made.pcapng"
    recorder = Recorder(path, "made")
    tap = Tap(recorder.write)
    tap.open_connection("made", START_NS)
    tap.feed(Direction.OUT, connect(4), START_NS)
    block = b"".join(publish(b"made/%d" % (n % 50), b"x" * 64) for n in range(800))
    for number in range(1500):
        tap.feed(Direction.IN, block, START_NS + number * SECOND)
    recorder.close()
    return path.read_bytes()
