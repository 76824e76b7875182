from __future__ import annotations

from typing import TYPE_CHECKING

from tests.helpers.packets import START_NS, connect, filled_log, packet, publish
from topicscope.capture.loading import load_recording
from topicscope.capture.log import CaptureLog
from topicscope.capture.saving import CaptureSnapshot, save_capture
from topicscope.mqtt.control_packets import Direction

if TYPE_CHECKING:
    from pathlib import Path


def rows_of(log: CaptureLog) -> list[tuple[object, ...]]:
    records = [log.record(row) for row in range(log.first_row, log.end_row)]
    return [
        (one.time_ns, one.direction, one.packet, one.topic) for one in records if not one.is_note
    ]


def test_that_a_saved_capture_is_read_back_row_for_row(tmp_path: Path) -> None:
    log, tap = filled_log(
        packet(0x20, b"\x00\x00"), publish(b"a/b", b"1"), publish(b"\xff", bytes(200_000))
    )
    tap.feed(Direction.OUT, publish(b"c", b"2", qos=1) + packet(0xC0), START_NS + 5)
    tap.note("connection lost", START_NS + 6)
    tap.open_connection("", START_NS + 7)
    tap.feed(Direction.OUT, connect(5), START_NS + 7)
    tap.feed(Direction.IN, publish(b"d", b"3", properties=b"\x00") * 3, START_NS + 8)
    path = tmp_path / "saved.pcapng"
    assert save_capture(path, CaptureSnapshot(log).batches()) == 6
    again = CaptureLog()
    load_recording(path, again.append)
    assert rows_of(again) == rows_of(log)


def test_that_a_snapshot_leaves_out_what_comes_after_it() -> None:
    log, tap = filled_log(publish(b"a", b"1"))
    snapshot = CaptureSnapshot(log)
    tap.feed(Direction.IN, publish(b"a", b"2"), START_NS)
    assert sum(len(batch) for batch in snapshot.batches()) == 2
