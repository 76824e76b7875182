from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.helpers.packets import START_NS, connect, packet, publish
from topicscope.capture.loading import load_recording
from topicscope.capture.log import CaptureLog
from topicscope.capture.pcapng import read_frames
from topicscope.capture.recording import Recorder, RecordingError
from topicscope.capture.tap import Tap
from topicscope.capture.tcp import find_segment
from topicscope.mqtt.control_packets import ControlPacketType, Direction, ProtocolVersion

if TYPE_CHECKING:
    from topicscope.capture.record import Record

APP = Path(__file__).parents[3] / "app"
CONNACK = bytes((0x20, 2, 0, 0))
MS = 1_000_000


def loaded(path: Path) -> list[Record]:
    log = CaptureLog()
    load_recording(path, log.append)
    return [log.record(row) for row in range(log.end_row)]


def rows(records: list[Record]) -> list[tuple[object, ...]]:
    return [
        (r.time_ns, r.connection, r.direction, r.version, r.topic, r.packet, r.is_note)
        for r in records
    ]


def words(records: list[Record]) -> list[str]:
    return [record.text for record in records if record.is_note]


def test_that_a_recording_gives_back_what_the_capture_held(tmp_path: Path) -> None:
    log, path = CaptureLog(), tmp_path / "a.pcapng"
    recorder = Recorder(path, "mqtt://broker")
    tap = Tap(lambda batch: (log.append(batch), recorder.write(batch)))
    for number in range(3):
        now = START_NS + number * 1000 * MS
        tap.open_connection(f"Connecting, number {number}", now)
        tap.feed(Direction.OUT, connect(4 + number % 2), now + MS)
        tap.feed(Direction.IN, CONNACK + publish(b"\xff\x00", b"", retain=True), now + 2 * MS)
        tap.feed(Direction.IN, publish(b"big", bytes(300_000)) + publish(b"a"), now + 3 * MS)
        for index in range(50):
            tap.feed(Direction.IN, publish(b"t/%d" % (index % 7)), now + (4 + index) * MS)
        tap.feed(Direction.OUT, publish(b"mine", b"x", qos=1), now + 90 * MS)
        tap.note("Connection lost: 日本", now + 99 * MS)
    recorder.close()
    expected = rows([log.record(row) for row in range(log.end_row)])
    assert rows(loaded(path)) == expected
    assert recorder.messages == 3 * 54
    assert recorder.size == path.stat().st_size
    assert [file.name for file in tmp_path.iterdir()] == ["a.pcapng"]


def test_that_sums_and_sequence_numbers_are_right(tmp_path: Path) -> None:
    path = tmp_path / "a.pcapng"
    recorder = Recorder(path)
    tap = Tap(recorder.write)
    tap.open_connection("", START_NS)
    tap.feed(Direction.OUT, connect(), START_NS)
    tap.feed(Direction.IN, CONNACK + publish(b"odd", b"x" * 200_001), START_NS)
    recorder.close()
    following: dict[object, int] = {}
    with path.open("rb") as file:
        for frame in read_frames(file):
            data = frame.data
            assert len(data) <= 60_000
            assert ones_complement_sum(data[:20]) == 0xFFFF
            pseudo = data[12:20] + bytes((0, 6)) + (len(data) - 20).to_bytes(2)
            assert ones_complement_sum(pseudo + data[20:]) == 0xFFFF
            segment = find_segment(101, data, 0)
            assert segment is not None
            expected = following.get(segment.source, segment.sequence)
            assert segment.sequence == expected
            following[segment.source] = expected + len(segment.payload) + bool(segment.flags & 2)


def ones_complement_sum(data: bytes) -> int:
    data += bytes(len(data) % 2)
    total = sum(int.from_bytes(data[i : i + 2]) for i in range(0, len(data), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def test_that_a_recording_begun_late_starts_with_the_connect_it_is_given(tmp_path: Path) -> None:
    path = tmp_path / "a.pcapng"
    recorder = Recorder(path)
    recorder.begin_connection(4, "mqtt://broker", connect(5), bytes((0x20, 3, 0, 0, 0)), START_NS)
    tap = Tap(recorder.write)
    for _ in range(4):
        tap.open_connection("", START_NS)
    tap.feed(Direction.IN, publish(b"a", b"x", properties=b"\x00"), START_NS)
    recorder.close()
    records = loaded(path)
    assert [record.packet_type for record in records[1:]] == [
        ControlPacketType.CONNECT,
        ControlPacketType.CONNACK,
        ControlPacketType.PUBLISH,
    ]
    assert "in the middle of the connection to mqtt://broker" in words(records)[0]
    assert records[-1].version is ProtocolVersion.MQTT_5


@pytest.mark.parametrize("version", [3, 4, 5])
def test_that_a_recording_begun_late_says_the_version_when_no_connect_is_known(
    tmp_path: Path, version: int
) -> None:
    path = tmp_path / "a.pcapng"
    recorder = Recorder(path)
    seen: list[object] = []
    tap = Tap(seen.append)
    tap.open_connection("", START_NS)
    tap.feed(Direction.OUT, connect(version), START_NS)
    late = Tap(recorder.write)
    late._version = tap._version
    late.feed(Direction.IN, publish(b"a", b"x"), START_NS)
    recorder.close()
    records = loaded(path)
    assert [record.packet_type.name for record in records] == ["RESERVED", "CONNECT", "PUBLISH"]
    assert records[-1].version == version
    assert "only says the protocol version" in words(records)[0]


def test_that_a_password_never_reaches_a_recording(tmp_path: Path) -> None:
    path = tmp_path / "a.pcapng"
    recorder = Recorder(path)
    tap = Tap(recorder.write)
    tap.open_connection("", START_NS)
    tap.feed(Direction.OUT, connect(tail=b"\x00\x01u\x00\x06canary", flags=0xC2), START_NS)
    recorder.close()
    assert b"canary" not in path.read_bytes()


def test_that_a_recording_after_a_crash_is_readable_to_its_last_whole_block(tmp_path: Path) -> None:
    path = tmp_path / "a.pcapng"
    recorder = Recorder(path)
    tap = Tap(recorder.write)
    tap.open_connection("", START_NS)
    tap.feed(Direction.OUT, connect(), START_NS)
    for index in range(100):
        tap.feed(Direction.IN, publish(b"t", b"x" * 1000), START_NS + index * 10 * MS)
    part = tmp_path / "a.pcapng.part"
    kept = part.read_bytes()
    assert len(loaded(part)) > 70
    part.write_bytes(kept[:-5])
    log = CaptureLog()
    result = load_recording(part, log.append)
    assert "damaged" in result.problems[0]
    assert log.end_row > 70
    recorder.discard()
    assert list(tmp_path.iterdir()) == []


def test_that_two_recordings_of_one_name_and_a_part_of_a_crash_are_kept_apart(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.pcapng"
    (tmp_path / "a.pcapng.part").write_text("from a crash")
    one, two = Recorder(path), Recorder(path)
    one.close()
    two.close()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.pcapng", "a.pcapng.part"]
    assert (tmp_path / "a.pcapng.part").read_text() == "from a crash"


def test_that_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="cannot be written: No such file"):
        Recorder(tmp_path / "nowhere" / "a.pcapng")


def test_that_nothing_is_written_after_the_end(tmp_path: Path) -> None:
    path = tmp_path / "a.pcapng"
    recorder = Recorder(path)
    tap = Tap(recorder.write)
    recorder.close()
    size = path.stat().st_size
    tap.note("late", START_NS)
    recorder.flush()
    recorder.close()
    assert path.stat().st_size == size
    assert not recorder.is_open


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from topicscope.capture.recording import Recorder, RecordingError
from topicscope.capture.tap import Tap
from topicscope.mqtt.control_packets import Direction
from topicscope.mqtt.encode import encode_connect, encode_publish
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
recorder = Recorder(Path(sys.argv[1]))
tap = Tap(recorder.write)
tap.open_connection("", 0)
tap.feed(Direction.OUT, encode_connect("me"), 0)
try:
    for index in range(1000):
        tap.feed(Direction.IN, encode_publish("t", bytes(1000)), index)
except RecordingError as error:
    print(index, error)
assert not recorder.is_open
"""


def test_that_a_full_disk_ends_the_recording_with_whole_blocks(tmp_path: Path) -> None:
    path = tmp_path / "a.pcapng"
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(path)],
        env={"PYTHONPATH": str(APP)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "there is no room left" in done.stdout
    assert "are kept in" in done.stdout
    assert [file.name for file in tmp_path.iterdir()] == ["a.pcapng"]
    log = CaptureLog()
    assert load_recording(path, log.append).problems == []
    assert 60 < log.end_row < 100


def test_that_another_failure_of_the_disk_is_told_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder(tmp_path / "a.pcapng")
    tap = Tap(recorder.write)
    tap.open_connection("", START_NS)

    def broken(_descriptor: int, _data: bytes) -> int:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "write", broken)
    with pytest.raises(RecordingError, match="Input/output error"):
        tap.feed(Direction.OUT, connect() + packet(0xC0), START_NS + 1000 * MS)
