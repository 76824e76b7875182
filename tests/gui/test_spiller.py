"""The thread that takes segments to disk, with a small log and a disk that is full, broken or slow."""

from __future__ import annotations

import shutil
import threading
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.helpers.packets import SECOND, START_NS, connect, publish
from topicscope.capture.log import CaptureLog
from topicscope.capture.spill_folder import SpillFolder
from topicscope.capture.tap import Tap
from topicscope.gui.connection import spiller as module
from topicscope.gui.connection.spiller import Spiller
from topicscope.mqtt.control_packets import Direction

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

MEMORY = 100_000
SLACK = 200_000


class Rig:
    """A log under the care of a spiller, and a tap to fill it."""

    def __init__(self, qtbot: QtBot, root: Path, disk_budget: int) -> None:
        self._qtbot = qtbot
        self.root = root
        self.told: list[str] = []
        self.spiller = Spiller(root, disk_budget, slack=SLACK)
        self.spiller.told.connect(self.told.append)
        self.begin()

    def begin(self, *, is_file: bool = True) -> None:
        """Begin another capture."""
        self.log = CaptureLog(MEMORY, segment_bytes=50_000)
        self.spiller.watch(self.log, is_file=is_file)
        self.tap = Tap(self.log.append)
        self.tap.open_connection("", START_NS)
        self.tap.feed(Direction.OUT, connect(4), START_NS)
        self.fed = 0

    def feed(self, blocks: int, *, patient: bool = True) -> None:
        """Let blocks of 50 messages and about 9 kB come, each when the disk has kept up with the last."""
        for _ in range(blocks):
            block = b"".join(publish(b"t", b"%06d" % n * 30) for n in range(50))
            self.tap.feed(Direction.IN, block, START_NS + self.fed * SECOND)
            self.fed += 1
            self.spiller.look()
            if patient:
                self.wait(self.is_calm)
                ledger = self.log.ledger
                assert ledger.stored + ledger.evicted == 50 * self.fed

    def is_calm(self) -> bool:
        return self.spiller._job is None

    def wait(self, done: object) -> None:
        self._qtbot.waitUntil(done, timeout=5000)  # type: ignore[arg-type]

    def on_disk(self) -> int:
        return sum(path.stat().st_size for path in self.root.glob("*/*.tsg"))

    def check_rows(self) -> None:
        """Each row that is said to be there can be read."""
        numbers = [
            self.log.record(row).number for row in range(self.log.first_row, self.log.end_row)
        ]
        found = [number for number in numbers if number]
        assert found == list(range(self.log.ledger.evicted + 1, 50 * self.fed + 1))


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture
def rig(qtbot: QtBot, tmp_path: Path) -> Iterator[Rig]:
    made = Rig(qtbot, tmp_path / "captures", 1 << 30)
    yield made
    made.spiller.close()
    assert list(made.root.glob("*")) == []


def test_that_all_stays_and_memory_stays_within_its_budget(rig: Rig) -> None:
    rig.feed(100)
    assert rig.log.ledger.evicted == 0
    assert rig.log.memory <= MEMORY + 60_000
    assert rig.log.on_disk > 500_000
    assert rig.told == []
    rig.check_rows()


def test_that_no_more_than_half_of_what_is_free_is_taken(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(0, 0, 800_000 - rig.on_disk()))
    rig.feed(150)
    assert rig.on_disk() <= 400_000
    assert rig.log.on_disk > 200_000
    assert rig.log.ledger.evicted > 0
    rig.check_rows()


def test_that_a_disk_filled_by_others_costs_the_oldest_and_one_sentence(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.feed(100)
    assert rig.log.ledger.evicted == 0
    before = rig.log.on_disk
    monkeypatch.setattr(
        shutil, "disk_usage", lambda _: Usage(0, 0, 0 if rig.on_disk() > 9e5 else 9e5)
    )
    rig.feed(200)
    assert rig.log.ledger.evicted > 0
    assert 100_000 < rig.log.on_disk <= before
    rig.check_rows()
    assert len(rig.told) <= 1


def test_that_a_disk_without_any_room_leaves_the_capture_in_memory(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(0, 0, 10_000))
    rig.feed(60)
    assert rig.log.on_disk == 0
    assert rig.log.memory <= MEMORY
    assert len(rig.told) == 1
    assert "no room" in rig.told[0]
    rig.check_rows()
    monkeypatch.undo()
    rig.begin()
    rig.feed(60)
    assert rig.log.ledger.evicted == 0


def test_that_a_folder_that_vanishes_costs_one_sentence_and_nothing_that_was_said_to_be_there(
    rig: Rig,
) -> None:
    rig.feed(60)
    for folder in rig.root.glob("*/"):
        shutil.rmtree(folder)
    rig.check_rows()
    rig.feed(60)
    assert len(rig.told) == 1
    assert str(rig.root) in rig.told[0]
    assert rig.log.ledger.evicted > 0
    rig.check_rows()


def test_that_a_disk_that_stalls_is_waited_for_and_then_done_without(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.feed(30)
    goes_on = threading.Event()
    write = SpillFolder.write

    def stalled(folder: SpillFolder, *arguments: object) -> int:
        assert goes_on.wait(10)
        return write(folder, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(SpillFolder, "write", stalled)
    while not rig.spiller.is_behind:
        rig.feed(1, patient=False)
    assert rig.log.ledger.evicted == 0
    assert rig.log.memory <= MEMORY + SLACK
    monkeypatch.setattr(module, "STALLED_S", 0.0)
    rig.feed(1, patient=False)
    assert not rig.spiller.is_behind
    assert rig.log.memory <= MEMORY
    assert "does not answer" in rig.told[0]
    goes_on.set()
    rig.wait(rig.is_calm)
    monkeypatch.setattr(module, "STALLED_S", 10.0)
    rig.feed(50)
    assert len(rig.told) == 1
    rig.check_rows()


def test_that_a_slow_disk_that_catches_up_costs_nothing(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = SpillFolder.write

    def slow(folder: SpillFolder, *arguments: object) -> int:
        threading.Event().wait(0.05)
        return write(folder, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(SpillFolder, "write", slow)
    for _ in range(120):
        rig.wait(lambda: not rig.spiller.is_behind)
        rig.feed(1, patient=False)
    rig.wait(rig.is_calm)
    assert rig.log.ledger.evicted == 0
    assert rig.told == []
    rig.check_rows()


def test_that_sealed_segments_and_new_rows_are_copied_after_some_time(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.spiller._timer.setInterval(20)
    rig.begin(is_file=False)
    rig.feed(9)
    names = partial(_names, rig.root)
    rig.wait(lambda: rig.spiller._copied_row == rig.log.end_row)
    assert rig.log.on_disk == 0
    assert rig.log.memory > 0
    assert (
        len([name for name in names() if name.startswith("segment")]) == len(rig.log.segments) - 1
    )
    rig.feed(100)
    rig.wait(lambda: rig.spiller._copied_row == rig.log.end_row)
    assert rig.log.ledger.evicted == 0
    assert len([name for name in names() if name.startswith("journal")]) <= 2
    assert rig.log.disk_used == sum(
        path.stat().st_size for path in rig.root.glob("*/segment-*.tsg")
    )
    rig.check_rows()


def test_that_copies_leave_at_least_as_many_messages_as_memory_alone(
    qtbot: QtBot, tmp_path: Path
) -> None:
    rig = Rig(qtbot, tmp_path, 150_000)
    rig.spiller._timer.setInterval(10)
    rig.begin(is_file=False)
    rig.feed(10)
    qtbot.wait(50)
    rig.wait(rig.is_calm)
    assert rig.log.ledger.evicted == 0
    rig.feed(100)
    qtbot.wait(50)
    rig.wait(rig.is_calm)
    assert sum(segment.memory for segment in rig.log.segments) >= MEMORY
    assert rig.log.disk_used <= 150_000
    assert rig.told == []
    rig.check_rows()
    rig.spiller.close()


def _names(root: Path) -> list[str]:
    return [path.name for path in root.glob("*/*.tsg")]
