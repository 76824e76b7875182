from __future__ import annotations

import contextlib
import os
import stat
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.packets import SECOND, START_NS, connect, filled_log, packet, publish
from topicscope.capture.log import CaptureLog
from topicscope.capture.segment import Place, Segment
from topicscope.capture.spill import (
    PAGE,
    SpillError,
    SpillFile,
    map_segment,
    read_block,
    read_heads,
    write_segment,
)
from topicscope.mqtt.control_packets import Direction

ROOT = Path(__file__).parents[3]


def varied_log() -> CaptureLog:
    """A log of one segment with every sort of row."""
    log, tap = filled_log(
        packet(0x20, b"\x00\x00"), publish(b"a/b", b"1"), publish(b"\xff\x00", bytes(70_000))
    )
    tap.feed(Direction.OUT, publish(b"c", b"2", qos=1) + packet(0xC0), START_NS + 5 * SECOND)
    tap.note("connection lost", START_NS + 6 * SECOND)
    tap.open_connection("again", START_NS + 7 * SECOND)
    tap.feed(Direction.OUT, connect(5), START_NS + 7 * SECOND)
    for number in range(300):
        payload = b"%d" % number
        tap.feed(
            Direction.IN,
            publish(b"d/%d" % (number % 7), payload, properties=b"\x00") * 3,
            START_NS + 8 * SECOND + number,
        )
    return log


def facts(segment: Segment, begin: int = 0, end: int | None = None) -> list[tuple[object, ...]]:
    """Return all that a segment says of each of its rows."""
    return [
        (
            segment.packet(local),
            segment.time_of(local),
            segment.direction_of(local),
            segment.connection_of(local),
            segment.length_of(local),
            segment.messages_before + segment.messages_below(local),
            int(segment.topic[local]),
            int(segment.payload_offset[local]),
            int(segment.packet_identifier[local]),
            int(segment.first_byte[local]),
        )
        for local in range(begin, segment.count if end is None else end)
    ]


def test_that_a_segment_comes_back_from_its_file_as_it_was(tmp_path: Path) -> None:
    log = varied_log()
    (segment,) = log.segments
    before = facts(segment)
    path = tmp_path / "segment.tsg"
    size = write_segment(path, segment, log.topics.names, log.versions)
    assert path.stat().st_size == size
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]
    block = read_block(path, PAGE)
    assert facts(block.segment()) == before
    assert block.names == dict(enumerate(log.topics.names))
    assert block.versions == log.versions
    assert block.head.messages == log.ledger.stored
    assert block.head.time_ns == segment.time_of(0)
    rows = slice(0, segment.count)
    times, directions = segment.times(0, segment.count), segment.directions(0, segment.count)
    others = segment.others.copy()
    segment.take_over(map_segment(path))
    assert facts(segment) == before
    assert np.array_equal(segment.times(rows.start, rows.stop), times)
    assert np.array_equal(segment.directions(rows.start, rows.stop), directions)
    assert np.array_equal(segment.others, others)
    assert not segment.raw.flags.writeable
    assert not segment.has_room(log_batch(log))


def log_batch(log: CaptureLog) -> object:
    from topicscope.capture.saving import CaptureSnapshot

    return next(CaptureSnapshot(log).batches())


@given(st.lists(st.integers(1, 911), unique=True, max_size=6))
def test_that_a_segment_written_in_parts_says_the_same_of_each_row(cuts: list[int]) -> None:
    import tempfile

    log = varied_log()
    (segment,) = log.segments
    ends = [*sorted(cut for cut in cuts if cut < segment.count), segment.count]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.tsg"
        file = SpillFile(path)
        begin = 0
        for end in ends:
            file.write(segment, begin, end, log.topics.names, log.versions)
            begin = end
        file.close()
        assert path.stat().st_size == file.size
        problems: list[SpillError] = []
        places = list(read_heads(path, problems))
        assert not problems
        assert [head.end_row for _, head in places] == ends
        seen = [row for at, _ in places for row in facts(read_block(path, at).segment())]
    assert seen == facts(segment)


def test_that_a_block_bears_only_the_names_that_it_needs(tmp_path: Path) -> None:
    log, tap = filled_log(publish(b"first", b"1"))
    begin = log.end_row
    tap.feed(Direction.IN, publish(b"second", b"2"), START_NS)
    file = SpillFile(tmp_path / "one.tsg")
    file.write(log.segments[0], begin, log.end_row, log.topics.names, log.versions)
    file.close()
    assert read_block(file.path, PAGE).names == {1: b"second"}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    log = varied_log()
    path = tmp_path_factory.mktemp("spill") / "whole.tsg"
    file = SpillFile(path)
    for begin, end in ((0, 400), (400, log.end_row)):
        file.write(log.segments[0], begin, end, log.topics.names, log.versions)
    file.close()
    return path


def read_all(path: Path) -> tuple[int, list[SpillError]]:
    """Read as much as can be read; nothing but `SpillError` may come of it."""
    problems: list[SpillError] = []
    rows = 0
    for at, _ in read_heads(path, problems):
        try:
            rows += read_block(path, at).head.rows
        except SpillError as error:
            problems.append(error)
    return rows, problems


@given(
    st.lists(st.tuples(st.integers(0, 1 << 18), st.integers(1, 255)), min_size=1, max_size=5),
    st.none() | st.integers(0, 1 << 18),
)
def test_that_a_damaged_file_gives_what_is_whole_and_says_where_it_is_not(
    written: Path, damage: list[tuple[int, int]], cut: int | None
) -> None:
    data = bytearray(written.read_bytes())
    whole = bytes(data)
    for place, change in damage:
        # The first pages are the most delicate, so they are hit as often as all others together.
        data[place % (len(data) if place & 1 else 2 * PAGE)] ^= change
    if cut is not None:
        del data[cut % len(data) :]
    path = written.with_name("damaged.tsg")
    path.write_bytes(data)
    rows, problems = read_all(path)
    assert rows <= 912
    for problem in problems:
        assert 0 <= problem.offset <= len(whole)
        assert problem.reason
    if not problems and cut is None and len(data) == len(whole):
        assert rows == read_all(written)[0]


@given(st.binary(max_size=3 * PAGE), st.booleans())
def test_that_garbage_is_refused(written: Path, garbage: bytes, has_file_head: bool) -> None:
    path = written.with_name("garbage.tsg")
    path.write_bytes((written.read_bytes()[:PAGE] if has_file_head else b"") + garbage)
    rows, problems = read_all(path)
    assert rows == 0
    assert problems or (has_file_head and not garbage)


@pytest.mark.parametrize(
    ("name", "row", "value"),
    [
        ("offset", 3, 1 << 31),
        ("payload_offset", 5, 1 << 30),
        ("topic", 5, -3),
        ("_run_row", 5, 3),
        ("_run_direction", 2, 7),
    ],
)
def test_that_columns_that_contradict_each_other_are_refused_though_the_checksum_is_right(
    tmp_path: Path, name: str, row: int, value: int
) -> None:
    log = varied_log()
    (segment,) = log.segments
    column = getattr(segment, name)
    if value > np.iinfo(column.dtype).max:
        column = column.astype(np.uint32)
        setattr(segment, name, column)
    column[row] = value
    path = tmp_path / "wrong.tsg"
    write_segment(path, segment, log.topics.names, log.versions)
    with pytest.raises(SpillError, match="contradict"):
        read_block(path, PAGE)


def test_that_a_file_of_a_later_version_is_told_from_a_damaged_one(written: Path) -> None:
    data = bytearray(written.read_bytes())
    data[16] = 2
    path = written.with_name("later.tsg")
    path.write_bytes(data)
    with pytest.raises(SpillError, match="version 2"):
        read_block(path, PAGE)


def test_that_a_disk_that_is_full_leaves_whole_blocks_only(tmp_path: Path) -> None:
    """The real limit of a process stands in for a full disk: both end a write in the middle."""
    program = textwrap.dedent(
        """
        import resource, signal, sys
        from pathlib import Path
        from tests.unit.capture.test_spill import varied_log
        from topicscope.capture.spill import SpillError, SpillFile, write_segment

        log = varied_log()
        (segment,) = log.segments
        folder = Path(sys.argv[1])
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))
        file = SpillFile(folder / "journal.tsg")
        file.write(segment, 0, 400, log.topics.names, log.versions)
        for _ in range(9):
            try:
                file.write(segment, 0, segment.count, log.topics.names, log.versions)
            except SpillError as error:
                print(error.is_full, error.reason)
                break
        print(file.size)
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
        try:
            write_segment(folder / "segment.tsg", segment, log.topics.names, log.versions)
        except SpillError as error:
            print(error.is_full)
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT / 'app'}:{ROOT}"},
    )
    assert done.returncode == 0, done.stderr
    reason, size, is_full = done.stdout.splitlines()
    assert reason.startswith("True ")
    assert is_full == "True"
    assert [path.name for path in tmp_path.iterdir()] == ["journal.tsg"]
    assert (tmp_path / "journal.tsg").stat().st_size == int(size)
    rows, problems = read_all(tmp_path / "journal.tsg")
    assert rows >= 400
    assert not problems


# The log


def spill_one(log: CaptureLog, folder: Path) -> bool:
    """Do what `gui.spiller` does, at once."""
    segment = log.next_to_spill()
    for row in log.take_evicted():
        (folder / str(row)).unlink()
    if segment is None:
        return False
    path = folder / str(segment.first_row)
    size = write_segment(path, segment, log.topics.names, log.versions)
    assert log.spilled(segment, map_segment(path), size)
    return True


def spilling_log(memory: int, disk: int, slack: int = 100_000) -> CaptureLog:
    log = CaptureLog(memory, segment_bytes=50_000)
    log.slack, log.disk_budget = slack, disk
    return log


def feed_block(log: CaptureLog, tap: object, number: int) -> None:
    block = b"".join(
        publish(b"t/%d" % (n % 11), b"%06d" % (number * 50 + n) * 30, qos=n % 2) for n in range(50)
    )
    tap.feed(Direction.IN, block, START_NS + number * SECOND)  # type: ignore[attr-defined]


def tapped(log: CaptureLog) -> object:
    from topicscope.capture.tap import Tap

    tap = Tap(log.append)
    tap.open_connection("", START_NS)
    tap.feed(Direction.OUT, connect(4), START_NS)
    return tap


def test_that_every_row_is_the_same_before_and_behind_the_way_to_disk(tmp_path: Path) -> None:
    plain, log = CaptureLog(), spilling_log(100_000, 1 << 30)
    taps = tapped(plain), tapped(log)
    for number in range(100):
        for one, tap in zip((plain, log), taps, strict=True):
            feed_block(one, tap, number)
        while spill_one(log, tmp_path):
            pass
        assert log.memory <= 150_000
    assert log.ledger == plain.ledger
    assert log.ledger.evicted == 0
    assert [log.record(row) for row in range(log.end_row)] == [
        plain.record(row) for row in range(plain.end_row)
    ]
    assert log.on_disk == log.disk_used == sum(p.stat().st_size for p in tmp_path.iterdir())
    assert log.on_disk > 500_000
    places = [segment.place for segment in log.segments]
    assert places == sorted(places, key=[Place.DISK, Place.MEMORY].index)


def test_that_views_and_filters_read_rows_on_disk(tmp_path: Path) -> None:
    from topicscope.capture.view import LogView, OnTopics, messages

    log = spilling_log(100_000, 1 << 30)
    tap = tapped(log)
    early = LogView(log, OnTopics(log.topics, lambda name: name == b"t/3"))
    for number in range(60):
        feed_block(log, tap, number)
        early.refresh()
        while spill_one(log, tmp_path):
            pass
    late = LogView(log, OnTopics(log.topics, lambda name: name == b"t/3"))
    every = LogView(log, messages)
    for view in (early, late, every):
        view.refresh()
    rows = [early.row_at(index) for index in range(len(early))]
    assert rows == [late.row_at(index) for index in range(len(late))]
    assert {log.record(row).topic for row in rows} == {b"t/3"}
    assert len(every) == log.ledger.stored == 3000
    log.count_topics()
    assert int(log.topics.messages.sum()) == 3000


def test_that_the_oldest_go_first_when_the_disk_budget_is_used_up(tmp_path: Path) -> None:
    log = spilling_log(100_000, 300_000)
    tap = tapped(log)
    tap.feed(Direction.IN, publish(b"quiet", b"once", retain=True), START_NS)  # type: ignore[attr-defined]
    first_rows = [0]
    for number in range(150):
        feed_block(log, tap, number)
        while spill_one(log, tmp_path):
            pass
        if first_rows[-1] != log.first_row:
            first_rows.append(log.first_row)
        ledger = log.ledger
        assert log.disk_used <= 300_000
        assert ledger.received == ledger.stored + ledger.evicted == 50 * (number + 1) + 1
    assert len(first_rows) > 10
    assert first_rows == sorted(first_rows)
    held = {str(segment.first_row) for segment in log.segments if segment.place is Place.DISK}
    assert {path.name for path in tmp_path.iterdir()} == held
    assert log.record(log.first_row).number == log.ledger.evicted + 1
    quiet = log.last_record(log.topics.names.index(b"quiet"))
    assert quiet is not None
    assert quiet.payload == b"once"


def test_that_a_disk_that_is_too_slow_costs_messages_only_beyond_the_slack() -> None:
    log = spilling_log(100_000, 1 << 30, slack=200_000)
    tap = tapped(log)
    leaving = None
    for number in range(100):
        feed_block(log, tap, number)
        leaving = leaving or log.next_to_spill()
        assert log.memory <= 300_000
        if not log.ledger.evicted and leaving:
            assert leaving.place is Place.LEAVING
    assert leaving is not None
    assert leaving.place is Place.EVICTED
    assert log.ledger.evicted > 0
    assert not log.spilled(leaving, leaving.part(0, leaving.count), 1)
    assert log.on_disk == log.disk_used == 0


def test_that_a_log_without_a_disk_evicts_as_ever(tmp_path: Path) -> None:
    log = spilling_log(100_000, 1 << 30)
    tap = tapped(log)
    for number in range(40):
        feed_block(log, tap, number)
        spill_one(log, tmp_path)
    assert log.ledger.evicted == 0
    log.stop_spilling()
    assert log.memory <= 100_000
    for number in range(40, 120):
        feed_block(log, tap, number)
        assert log.memory <= 100_000
        assert log.next_to_spill() is None
    assert log.on_disk == 0
    assert log.ledger.evicted > 0


def test_that_a_segment_that_does_not_fit_on_disk_at_all_is_evicted() -> None:
    log = spilling_log(100_000, 1000)
    tap = tapped(log)
    for number in range(40):
        feed_block(log, tap, number)
        assert log.next_to_spill() is None
    assert log.memory <= 150_000
    assert log.ledger.evicted > 0


def test_that_a_snapshot_keeps_what_is_deleted_from_disk_meanwhile(tmp_path: Path) -> None:
    from topicscope.capture.saving import CaptureSnapshot

    log = spilling_log(100_000, 300_000)
    tap = tapped(log)
    for number in range(40):
        feed_block(log, tap, number)
        while spill_one(log, tmp_path):
            pass
    snapshot = CaptureSnapshot(log)
    expected = log.ledger.stored
    for number in range(40, 120):
        feed_block(log, tap, number)
        while spill_one(log, tmp_path):
            pass
    with contextlib.suppress(FileNotFoundError):
        (tmp_path / "0").unlink()
    batches = [replace(batch) for batch in snapshot.batches()]
    assert sum(int((batch.first_byte >> 4 == 3).sum()) for batch in batches) == expected
