"""What the window does with a capture that is larger than its memory, and with one that a crash has left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QFileDialog

from tests.helpers.packets import SECOND, START_NS, connect, publish
from topicscope.capture.recording import Recorder
from topicscope.capture.tap import Tap
from topicscope.demo.server import BrokerThread
from topicscope.gui.connection import spiller
from topicscope.gui.models.messages.table import _why_evicted
from topicscope.mqtt.control_packets import Direction
from topicscope.paths import spill_dir

if TYPE_CHECKING:
    from tests.helpers.window import Desk

ROOT = Path(__file__).parents[2]
MEGABYTE = 1 << 20


def record(path: Path, megabytes: int) -> None:
    """Write a recording of messages of about half a megabyte, each with its number at its begin."""
    recorder = Recorder(path, "made")
    tap = Tap(recorder.write)
    tap.open_connection("made", START_NS)
    tap.feed(Direction.OUT, connect(4), START_NS)
    for number in range(2 * megabytes):
        payload = (b"%08d" % number).ljust(MEGABYTE // 2, b"\xff")
        tap.feed(Direction.IN, publish(b"t/%d" % (number % 3), payload), START_NS + number * SECOND)
    recorder.close()


def open_large(desk: Desk, monkeypatch: pytest.MonkeyPatch, megabytes: int, disk: int) -> None:
    """Open a recording in a window whose capture may take 20 MB of memory."""
    desk.services = replace(desk.services, memory_budget=20 * MEGABYTE, disk_budget=disk)
    desk.restart()
    path = desk.folder / "large.pcapng"
    record(path, megabytes)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    desk.keys("Ctrl+O")
    count = 2 * megabytes
    desk.wait(lambda: desk.window.bridge.log.ledger.received == count, f"{count} messages", 20_000)


def files() -> list[Path]:
    return list(spill_dir().glob("*/segment-*"))


def test_that_a_capture_beyond_the_memory_budget_keeps_all_its_rows(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_large(desk, monkeypatch, 100, 1 << 30)
    desk.wait(lambda: desk.window.bridge.log.memory <= 28 * MEGABYTE)
    desk.wait(lambda: desk.ledger("stored") == 200)
    assert desk.ledger("evicted") == 0
    assert desk.ledger("shown") == 200
    log = desk.window.bridge.log
    heads = [log.record(row).payload[:8] for row in range(log.end_row) if log.record(row).number]
    assert heads == [b"%08d" % number for number in range(200)]
    desk.wait_for_words(" on disk of 1 GB", "Capture ")
    (folder,) = spill_dir().glob("file-*/")
    assert len(files()) >= 8
    desk.type("Display filter", 'topic == "t/1"', "Return")
    desk.wait(lambda: desk.ledger("shown") == 67)
    desk.click_row("Messages", 1)
    desk.wait(lambda: desk.says("t/1", within=desk.window.inspector))
    desk.close_windows()
    assert not folder.exists()
    assert list(spill_dir().iterdir()) == []


def test_that_what_is_beyond_the_disk_budget_too_is_evicted_and_said_so(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_large(desk, monkeypatch, 100, 40 * MEGABYTE)
    desk.wait(lambda: desk.window.bridge.log.memory <= 28 * MEGABYTE)
    desk.wait(lambda: desk.ledger("evicted") > 60)
    assert _why_evicted(desk.window.bridge.log) == "evicted to stay within the budget on disk"
    desk.wait(lambda: desk.ledger("stored") + desk.ledger("evicted") == 200)
    assert desk.ledger("stored") > 80
    desk.wait(lambda: sum(path.stat().st_size for path in files()) <= 48 * MEGABYTE)
    desk.wait_for_words(" on disk of 40 MB")
    assert not desk.window.notice.isVisible()


def test_that_a_disk_that_cannot_be_written_costs_a_sentence_and_the_oldest(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    spill_dir().parent.mkdir(parents=True, exist_ok=True)
    spill_dir().write_text("in the way")
    open_large(desk, monkeypatch, 60, 1 << 30)
    desk.wait_for_words("The capture cannot go on in ", "oldest first")
    assert desk.window.bridge.log.memory <= 28 * MEGABYTE
    desk.wait(lambda: desk.ledger("evicted") > 60)
    desk.wait(lambda: desk.ledger("stored") + desk.ledger("evicted") == 120)


def test_that_clearing_deletes_what_is_on_disk(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    open_large(desk, monkeypatch, 60, 1 << 30)
    desk.wait(files)
    desk.keys("Ctrl+L")
    desk.wait(lambda: not files())
    assert desk.window.bridge.log.on_disk == 0


CRASHING = """
import sys
from topicscope.gui.connection import spiller
spiller.COPY_MS = 100
from topicscope.application import run
from topicscope.profiles.launch import WindowOptions
from topicscope.profiles.url import parse_url
run(WindowOptions(profile=parse_url(sys.argv[1])[0]))
"""


def crash(port: int, messages: int) -> None:
    """Let the program capture so many messages, and kill it when they are safe."""
    from topicscope.capture.spill import read_heads

    program = [sys.executable, "-c", CRASHING, f"mqtt://127.0.0.1:{port}"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "app")}
    process = subprocess.Popen(program, cwd=ROOT, env=environment)
    try:
        for _ in range(200):
            journals = list(spill_dir().glob("*/journal-*"))
            rows = sum(head.messages for path in journals for _, head in read_heads(path, []))
            if rows >= messages:
                break
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.1)
        else:
            pytest.fail("nothing was written")
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


@pytest.fixture
def crashed(desk: Desk) -> Desk:
    """A window that opens after the program was killed."""
    with BrokerThread(plant=True) as broker:
        crash(broker.port, 50)
    desk.window.recovery.look()
    desk.wait_for_words("was left by a crash.", "Recover", "Discard")
    return desk


def test_that_a_capture_left_by_a_crash_is_shown_as_a_file_and_gone_when_seen(
    crashed: Desk,
) -> None:
    desk = crashed
    desk.click("Recover")
    desk.wait(lambda: desk.ledger("stored") >= 50)
    assert not desk.says("left by a crash")
    assert any(topic for topic in desk.column("Topic"))
    assert desk.window.windowTitle().startswith("Recovered capture of 20")
    capture = desk.window.recovery._recovered[0]
    desk.wait(lambda: capture.is_loaded)
    assert capture.path.exists()
    desk.restart()
    assert not capture.path.exists()
    assert list(spill_dir().iterdir()) == []


def test_that_a_capture_left_by_a_crash_waits_while_nobody_decides(crashed: Desk) -> None:
    desk = crashed
    desk.click("Close this notice")
    desk.restart()
    desk.window.recovery.look()
    desk.wait_for_words("was left by a crash.")
    desk.click("Discard")
    desk.wait(lambda: list(spill_dir().iterdir()) == [])
    assert not desk.says("left by a crash")


def test_that_a_window_that_closes_while_it_looks_leaves_the_capture_to_the_next(
    desk: Desk,
) -> None:
    with BrokerThread(plant=True) as broker:
        crash(broker.port, 50)
    desk.window.recovery.look()
    desk.restart()
    desk.window.recovery.look()
    desk.wait_for_words("was left by a crash.")
    desk.click("Discard")
    desk.close_windows()
    desk.window = desk.open_window()
    desk.wait(lambda: list(spill_dir().iterdir()) == [])


def test_that_new_rows_are_safe_after_some_seconds_without_more_to_do_then(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spiller, "COPY_MS", 50)
    desk.restart()
    with BrokerThread() as broker:
        desk.connect_to(f"mqtt://127.0.0.1:{broker.port}")
        desk.publish("lab/scale", "12")
        desk.wait(lambda: list(spill_dir().glob("capture-*/journal-*")))
        care = desk.window.bridge._spiller
        desk.wait(lambda: not care._timer.isActive() and care._job is None)
        assert care._copied_row == desk.window.bridge.log.end_row
    desk.close_windows()
    assert list(spill_dir().iterdir()) == []
