from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
from PySide6.QtTest import QSignalSpy

from tests.helpers.packets import START_NS, connect, filled_log, publish
from tests.helpers.scripted_connection import scripted_bridge, settle
from topicscope.capture.loading import load_recording
from topicscope.capture.log import CaptureLog
from topicscope.capture.saving import CaptureSnapshot, save_capture
from topicscope.gui import tasks
from topicscope.mqtt.control_packets import Direction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from tests.helpers.scripted_connection import ScriptedConnection
    from topicscope.gui.connection.bridge import ConnectionBridge


@pytest.fixture
def bridged(
    qtbot: QtBot, qapp: QApplication
) -> Iterator[tuple[ConnectionBridge, ScriptedConnection]]:
    with tasks.event_loop(qapp):
        bridge, connection = scripted_bridge()
        yield bridge, connection
        bridge.close()
        bridge.deleteLater()


def on_another_thread(work: Callable[[], None]) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def test_that_many_batches_of_another_thread_wake_the_window_once(
    qtbot: QtBot, bridged: tuple[ConnectionBridge, ScriptedConnection]
) -> None:
    bridge, connection = bridged
    appended = QSignalSpy(bridge.appended)

    def flood() -> None:
        for number in range(500):
            connection.receive(publish(b"t/%d" % (number % 7), b"x"))

    on_another_thread(flood)
    settle(qtbot, bridge)
    assert bridge.log.ledger.received == 500
    assert appended.count() < 20
    assert int(bridge.log.topics.messages.sum()) == 500


def test_that_clearing_in_the_middle_of_a_flood_keeps_names_and_counts_right(
    qtbot: QtBot, bridged: tuple[ConnectionBridge, ScriptedConnection]
) -> None:
    bridge, connection = bridged
    stop = threading.Event()
    sent = [0]

    def flood() -> None:
        while not stop.is_set():
            name = b"t/%d" % (sent[0] % 50)
            connection.receive(publish(name, name))
            sent[0] += 1
            time.sleep(0.0002)

    thread = threading.Thread(target=flood)
    thread.start()
    for _ in range(5):
        qtbot.waitUntil(lambda: bridge.log.ledger.received > 20)
        bridge.clear()
    stop.set()
    thread.join()
    settle(qtbot, bridge)
    log = bridge.log
    records = [log.record(row) for row in range(log.end_row)]
    assert all(record.topic == record.payload for record in records)
    assert log.ledger.received == len(records) <= sent[0]


def saved(folder: Path, count: int) -> Path:
    packets = [publish(b"file/%d" % number, b"x") for number in range(count)]
    log, _ = filled_log(*packets)
    path = folder / f"{count}.pcapng"
    save_capture(path, CaptureSnapshot(log).batches())
    return path


def test_that_opening_a_second_file_gives_the_first_up(
    qtbot: QtBot, bridged: tuple[ConnectionBridge, ScriptedConnection], tmp_path: Path
) -> None:
    bridge, _ = bridged
    large, small = saved(tmp_path, 3000), saved(tmp_path, 3)
    bridge.open_file(large)
    bridge.open_file(small)
    qtbot.waitUntil(lambda: bridge.log.ledger.received == 3)
    settle(qtbot, bridge)
    assert set(bridge.log.topics.names) == {b"file/0", b"file/1", b"file/2"}


def test_that_closing_while_a_file_is_read_ends_the_reading(
    qapp: QApplication, tmp_path: Path
) -> None:
    path = saved(tmp_path, 3000)
    with tasks.event_loop(qapp):
        bridge, _ = scripted_bridge()
        bridge.open_file(path)
        bridge.close()
        bridge.deleteLater()


def test_that_a_file_that_is_no_capture_is_told_and_leaves_an_empty_capture(
    qtbot: QtBot, bridged: tuple[ConnectionBridge, ScriptedConnection], tmp_path: Path
) -> None:
    bridge, _ = bridged
    path = tmp_path / "holiday.pcapng"
    path.write_bytes(b"\xff\xd8\xff\xe0 not a capture")
    with qtbot.waitSignal(bridge.file_loaded) as told:
        bridge.open_file(path)
    words, complete = told.args
    assert "holiday.pcapng" in words
    assert not complete


def test_that_a_recording_that_begins_in_the_middle_has_the_connect_and_all_that_follows(
    qtbot: QtBot, bridged: tuple[ConnectionBridge, ScriptedConnection], tmp_path: Path
) -> None:
    bridge, connection = bridged
    connection.tap.open_connection("", START_NS)
    connection.tap.feed(Direction.OUT, connect(5), START_NS)
    connection.receive(publish(b"before", b"1", properties=b"\x00"))
    settle(qtbot, bridge)
    path = tmp_path / "middle.pcapng"
    bridge.start_recording(path)
    on_another_thread(lambda: connection.receive(publish(b"after", b"2", properties=b"\x00")))
    with qtbot.waitSignal(bridge.recording_ended) as ended:
        bridge.stop_recording()
    assert ended.args == [f"1 message recorded in {path}.", True]
    log = CaptureLog()
    load_recording(path, log.append)
    packets = [log.record(row) for row in range(log.end_row) if not log.record(row).is_note]
    assert [packet.packet for packet in packets] == [
        connect(5),
        publish(b"after", b"2", properties=b"\x00"),
    ]
    assert packets[1].payload == b"2"
