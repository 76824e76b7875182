from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.helpers.packets import SECOND, START_NS, connect, publish
from topicscope.capture.leftover import find_left
from topicscope.capture.log import CaptureLog
from topicscope.capture.spill import PAGE, SpillError
from topicscope.capture.spill_folder import SpillFolder
from topicscope.capture.tap import Tap
from topicscope.mqtt.control_packets import Direction

if TYPE_CHECKING:
    from topicscope.capture.batch import Batch

ROOT = Path(__file__).parents[3]

CRASHING = textwrap.dedent(
    """
    import os, sys, time
    from pathlib import Path
    from tests.unit.capture.test_leftover import write_capture
    folder = write_capture(Path(sys.argv[1]), sys.argv[2])
    print("written", flush=True)
    time.sleep(60)
    """
)


def fill(log: CaptureLog) -> None:
    """Put four connections with every sort of row into a log of several segments."""
    tap = Tap(log.append)
    for number in range(4):
        now = START_NS + number * 100 * SECOND
        tap.open_connection("", now)
        tap.feed(Direction.OUT, connect(5 if number % 2 else 4), now)
        properties = b"\x00" if number % 2 else None
        for turn in range(30):
            block = b"".join(
                publish(b"t/%d" % (number + n % 5), b"%d" % n * 40, properties=properties)
                for n in range(20)
            )
            tap.feed(Direction.IN, block, now + turn * SECOND)
            if turn % 10 == 0:
                tap.feed(Direction.OUT, publish(b"out", b"x", qos=1, properties=properties), now)
                tap.note(f"turn {turn}", now)


def write_capture(root: Path, kind: str) -> SpillFolder:
    """Write a log as the window does: sealed segments as files, the open one as a journal of three parts."""
    log = CaptureLog(segment_bytes=20_000)
    fill(log)
    folder = SpillFolder(root, kind)  # type: ignore[arg-type]
    *sealed, still_open = log.segments
    folder.note(log, sealed[-1], 0, sealed[-1].count // 2)
    for segment in sealed:
        folder.write(log, segment)
    third = still_open.count // 3
    for begin, end in ((0, third), (third, 2 * third), (2 * third, still_open.count)):
        folder.note(log, still_open, begin, end)
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "captures"


def crash(root: Path, kind: str = "capture") -> None:
    """Let another process write a capture and kill it."""
    process = subprocess.Popen(
        [sys.executable, "-c", CRASHING, str(root), kind],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT / 'app'}:{ROOT}"},
    )
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == "written\n"
        assert find_left(root) == []
        process.send_signal(signal.SIGKILL)
        process.wait()


def rows_of(log: CaptureLog) -> list[tuple[object, ...]]:
    records = [log.record(row) for row in range(log.first_row, log.end_row)]
    return [
        (r.time_ns, r.direction, r.connection, r.packet, r.topic, r.number, r.version, r.text)
        for r in records
    ]


def test_that_a_capture_of_a_killed_process_comes_back_row_for_row(root: Path) -> None:
    crash(root)
    (left,) = find_left(root)
    expected = CaptureLog()
    fill(expected)
    assert left.messages == expected.ledger.stored
    assert left.begun_ns == START_NS
    log = CaptureLog()
    loaded = left.load(left.path, log.append)
    assert loaded.problems == []
    assert loaded.connections == 4
    assert rows_of(log) == rows_of(expected)
    assert log.topics.names == expected.topics.names
    assert left.is_loaded
    left.discard()
    assert list(root.iterdir()) == []


def test_that_a_capture_belongs_to_one_who_looks_at_a_time(root: Path) -> None:
    crash(root)
    (left,) = find_left(root)
    assert find_left(root) == []
    left.release()
    (again,) = find_left(root)
    again.discard()


def test_that_what_was_read_from_a_file_is_not_offered(root: Path) -> None:
    crash(root, "file")
    assert find_left(root) == []
    assert list(root.iterdir()) == []


def test_that_an_empty_folder_is_cleared_away(root: Path) -> None:
    (root / "capture-1-1").mkdir(parents=True)
    assert find_left(root) == []
    assert list(root.iterdir()) == []
    assert find_left(root / "not there") == []


def test_that_damaged_blocks_are_skipped_with_a_sentence_and_a_note(root: Path) -> None:
    crash(root)
    (folder,) = root.glob("capture-*-*/")
    segments = sorted(folder.glob("segment-*.tsg"))
    (journal,) = folder.glob("journal-*.tsg")
    data = bytearray(segments[1].read_bytes())
    data[-PAGE] ^= 1
    segments[1].write_bytes(data)
    os.truncate(journal, journal.stat().st_size - PAGE)
    (left,) = find_left(root)
    log = CaptureLog()
    loaded = left.load(left.path, log.append)
    assert len(loaded.problems) == 2
    assert any(p.startswith(segments[1].name) and "at byte" in p for p in loaded.problems)
    assert any(p.startswith(journal.name) for p in loaded.problems)
    expected = CaptureLog(segment_bytes=20_000)
    fill(expected)
    gap = expected.segments[1].count
    assert f"{gap} rows are missing here." in [row[-1] for row in rows_of(log)]
    lost = expected.ledger.stored - log.ledger.stored
    assert gap - 10 <= lost <= gap + expected.segments[-1].count
    left.discard()


def test_that_folder_and_files_are_for_their_owner_only(root: Path) -> None:
    folder = write_capture(root, "capture")
    (path,) = root.glob("capture-*-*/")
    assert path.name == f"capture-{os.getpid()}-1"
    for place, mode in ((root, 0o700), (path, 0o700), *((file, 0o600) for file in path.iterdir())):
        assert stat.S_IMODE(place.stat().st_mode) == mode
    folder.delete()
    assert list(root.iterdir()) == []


def test_that_two_captures_of_a_process_have_folders_of_their_own(root: Path) -> None:
    one, two = write_capture(root, "capture"), write_capture(root, "capture")
    assert len(list(root.glob("capture-*-*/"))) == 2
    one.delete()
    assert len(list(root.glob("capture-*-*/"))) == 1
    two.delete()


def test_that_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "captures").write_text("in the way")
    log = CaptureLog(segment_bytes=20_000)
    fill(log)
    with pytest.raises(SpillError, match=r"exists"):
        SpillFolder(tmp_path / "captures", "capture").write(log, log.segments[0])


def test_that_forgotten_segments_leave_the_disk(root: Path) -> None:
    log = CaptureLog(segment_bytes=20_000)
    fill(log)
    folder = SpillFolder(root, "capture")
    first, second = log.segments[0], log.segments[1]
    sizes = [folder.write(log, segment) for segment in (first, second)]
    arrays = folder.map(first)
    assert folder.size == sum(sizes)
    folder.forget(first.first_row)
    assert folder.size == sizes[1]
    assert len(list(root.glob("*/segment-*"))) == 1
    assert arrays.raw.tobytes() == first.part(0, first.count).raw.tobytes()
    folder.forget(second.first_row)
    folder.delete()


def test_that_batches_of_a_left_capture_keep_notes_apart(root: Path) -> None:
    crash(root)
    (left,) = find_left(root)
    batches: list[Batch] = []
    left.load(left.path, batches.append)
    for batch in batches:
        assert len(batch) == 1 or (batch.first_byte >> 4).all()
    assert len(batches) < 200
    left.discard()
