from __future__ import annotations

import csv
import json
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.packets import SECOND, START_NS, filled_log, packet, publish
from topicscope.capture.export import Exported, ExportError, ExportFormat, export, payload_name
from topicscope.capture.log import CaptureLog
from topicscope.capture.rows import csv_cell, csv_line
from topicscope.capture.saving import CaptureSnapshot, save_capture
from topicscope.capture.tap import Tap
from topicscope.capture.view import LogView, OnTopics, messages, packets
from topicscope.cli.main import run
from topicscope.mqtt.control_packets import Direction

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = '=cmd()\x1b[2J\u202e,"\n'.encode()
FORMATS = [ExportFormat.NDJSON, ExportFormat.CSV]


@pytest.fixture
def log() -> CaptureLog:
    log, tap = filled_log(
        packet(0x20, b"\x00\x00\x00"),
        publish(b"a/b", "é text".encode(), properties=b"\x00", qos=1),
        publish(b"bin\xff", b"\x00\xff", retain=True, properties=b"\x00"),
        publish(b"props", b"", properties=b"\x07\x26\x00\x01k\x00\x01v"),
        publish(HOSTILE, HOSTILE, properties=b"\x00"),
        publish(b"json", b'{"value": 1}', properties=b"\x00"),
        packet(0xD0),
        publish(b"a/b", b"+49 30", properties=b"\x00"),
        publish(b"a/b", b"-5.5", properties=b"\x00"),
        publish(b"a/b", b"@SUM(A1)\rx", properties=b"\x00"),
        version=5,
    )
    tap.feed(Direction.OUT, publish(b"mine", b"x", properties=b"\x00"), START_NS + 20 * SECOND)
    tap.note("The connection was lost.", START_NS + 21 * SECOND)
    return log


def export_all(log: CaptureLog, path: Path, form: ExportFormat, **more: bool) -> Exported:
    snapshot = CaptureSnapshot(log)
    exported = export(snapshot, snapshot.rows, path, form, **more)
    assert exported is not None
    return exported


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("every_packet", [False, True])
def test_that_an_export_is_to_the_byte_what_read_prints_of_the_saved_capture(
    log: CaptureLog,
    form: ExportFormat,
    every_packet: bool,
    tmp_path: Path,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    saved = tmp_path / "saved.pcapng"
    save_capture(saved, CaptureSnapshot(log).batches())
    option = {ExportFormat.NDJSON: "json", ExportFormat.CSV: "csv"}[form]
    run(["read", str(saved), "--format", option, *(["--packets"] if every_packet else [])])
    exported = export_all(log, tmp_path / "out", form, packets=every_packet)
    assert (tmp_path / "out").read_bytes() == capfdbinary.readouterr().out
    assert exported.written == (12 if every_packet else 9)
    assert exported.left_out == (1 if every_packet else 4)
    assert exported.missing == 0


def test_that_csv_keeps_formulas_from_being_run_and_numbers_as_they_are(
    log: CaptureLog, tmp_path: Path
) -> None:
    export_all(log, tmp_path / "a.csv", ExportFormat.CSV)
    with (tmp_path / "a.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    by_topic = [(row["topic"], row["payload"]) for row in rows]
    assert ("'" + HOSTILE.decode(), "'" + HOSTILE.decode()) in by_topic
    assert [payload for topic, payload in by_topic if topic == "a/b"][1:] == [
        "'+49 30",
        "-5.5",
        "'@SUM(A1)\rx",
    ]
    assert rows[1]["payload_base64"] == "AP8="
    assert rows[1]["payload"] == ""


@given(st.lists(st.text(st.characters(exclude_categories=("Cs",))), min_size=1))
def test_that_a_line_of_csv_is_read_back_as_it_was(cells: list[str]) -> None:
    assert list(csv.reader([csv_line(cells).decode()], strict=True)) == [cells]


@given(st.text(st.characters(exclude_categories=("Cs",))))
def test_that_no_text_begins_a_formula_unless_it_is_a_number(text: str) -> None:
    cell = csv_cell(text)
    assert cell.removeprefix("'") == text.removeprefix("'")
    if cell[:1] in tuple("=+-@\t\r"):
        float(cell)


def test_that_payloads_are_exact_and_their_names_safe_and_apart(
    log: CaptureLog, tmp_path: Path
) -> None:
    folder = tmp_path / "payloads"
    folder.mkdir()
    exported = export_all(log, folder, ExportFormat.PAYLOADS, packets=True)
    found = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert exported.written == len(found) == 9
    assert found["01-a-b.txt"] == "é text".encode()
    assert found["02-bin-xff.bin"] == b"\x00\xff"
    assert found["04-cmd-2J.txt"] == HOSTILE
    assert found["05-json.json"] == b'{"value": 1}'
    assert list(tmp_path.iterdir()) == [folder]


@given(st.binary(max_size=300), st.binary(max_size=20))
def test_that_a_payload_has_a_name_that_every_system_takes(topic: bytes, payload: bytes) -> None:
    log, _ = filled_log(publish(topic, payload))
    name = payload_name(log.record(1), 6)
    assert name.isascii()
    assert len(name) < 100
    assert not set(name) & set('/\\:*?"<>|\0 ')
    assert name.startswith("000001")
    assert not name.endswith(".")


def test_that_a_folder_that_holds_something_is_left_alone(log: CaptureLog, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious", encoding="utf-8")
    with pytest.raises(ExportError, match="not an empty folder"):
        export_all(log, tmp_path, ExportFormat.PAYLOADS)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("form", ExportFormat)
def test_that_an_export_that_is_called_off_leaves_nothing_and_spoils_nothing(
    log: CaptureLog, form: ExportFormat, tmp_path: Path
) -> None:
    old = tmp_path / "out"
    if form is not ExportFormat.PAYLOADS:
        old.write_text("old", encoding="utf-8")
    asked: list[int] = []

    def twice(done: int) -> bool:
        asked.append(done)
        return len(asked) < 2

    snapshot = CaptureSnapshot(log)
    rows = list(snapshot.rows) * 100
    assert export(snapshot, rows, old, form, go_on=twice) is None
    assert asked == [0, 256]
    left = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    assert left == ({} if form is ExportFormat.PAYLOADS else {"out": "old"})


@pytest.mark.parametrize("form", ExportFormat)
def test_that_progress_ends_with_all_rows(
    log: CaptureLog, form: ExportFormat, tmp_path: Path
) -> None:
    told: list[int] = []
    snapshot = CaptureSnapshot(log)

    def note(done: int) -> bool:
        told.append(done)
        return True

    rows = [row for row in snapshot.rows for _ in range(1 if form is form.PAYLOADS else 50)]
    assert export(snapshot, rows, tmp_path / "out", form, go_on=note) is not None
    assert told == [*range(0, len(rows), 256), len(rows)]


@pytest.mark.parametrize("form", ExportFormat)
def test_that_a_place_that_cannot_be_written_is_said_in_words(
    log: CaptureLog, form: ExportFormat, tmp_path: Path
) -> None:
    with pytest.raises(ExportError, match=r"none.* cannot be written: No such file"):
        export_all(log, tmp_path / "none" / "out", form)


@pytest.mark.parametrize("form", ExportFormat)
def test_that_a_failure_on_the_way_leaves_nothing(
    log: CaptureLog, form: ExportFormat, tmp_path: Path
) -> None:
    snapshot = CaptureSnapshot(log)

    def fail(done: int) -> bool:
        raise OSError(28, "No space left on device")

    with pytest.raises(ExportError, match="No space left"):
        export(snapshot, snapshot.rows, tmp_path / "out", form, go_on=fail)
    assert not list(tmp_path.iterdir())


def test_that_rows_given_up_before_are_counted_as_missing(tmp_path: Path) -> None:
    log = CaptureLog(20_000, segment_bytes=5_000)
    tap = Tap(log.append)
    tap.open_connection("", START_NS)
    view = LogView(log, messages)
    tap.feed(Direction.IN, publish(b"a", bytes(500)) * 5, START_NS)
    view.refresh()
    rows = view.selection()
    for _ in range(100):
        tap.feed(Direction.IN, publish(b"a", bytes(500)), START_NS)
    exported = export(CaptureSnapshot(log), rows, tmp_path / "out", ExportFormat.NDJSON)
    assert exported is not None
    assert (exported.written, exported.missing) == (0, 5)


@pytest.mark.parametrize("predicate", ["packets", "messages", "topic"])
def test_that_a_selection_stays_as_it_was_while_the_view_goes_on(predicate: str) -> None:
    log = CaptureLog(60_000, segment_bytes=5_000)
    tap = Tap(log.append)
    tap.open_connection("", START_NS)
    view = LogView(
        log,
        {
            "packets": packets,
            "messages": messages,
            "topic": OnTopics(log.topics, lambda name: name == b"b"),
        }[predicate],
    )
    selections = []
    for number in range(200):
        data = publish(b"ab"[number % 2 :][:1], bytes(400)) + packet(0xD0) * (number % 3)
        tap.feed(Direction.IN, data, START_NS)
        view.refresh()
        rows = [view.row_at(index) for index in range(len(view))]
        selections.append((rows, view.selection()))
    assert log.first_row > 0
    for rows, selection in selections:
        assert list(selection) == rows
        assert len(selection) == len(rows)


def test_that_an_export_on_another_thread_is_whole_while_the_log_grows_and_forgets(
    tmp_path: Path,
) -> None:
    log = CaptureLog(3_000_000, segment_bytes=200_000)
    tap = Tap(log.append)
    tap.open_connection("", START_NS)
    sent = 0

    def feed(times: int) -> None:
        nonlocal sent
        for _ in range(times):
            names = (sent + n for n in range(20))
            data = b"".join(publish(b"t/%d" % (n % 50), b"%d" % n * 10) for n in names)
            tap.feed(Direction.IN, data, START_NS + sent)
            sent += 20

    feed(200)
    view = LogView(log, messages)
    view.refresh()
    snapshot, rows, expected = CaptureSnapshot(log), view.selection(), sent
    results: list[Exported | None] = []
    path = tmp_path / "out"

    def work() -> None:
        results.append(export(snapshot, rows, path, ExportFormat.NDJSON))

    worker = threading.Thread(target=work)
    worker.start()
    while worker.is_alive():
        feed(20)
        log.count_topics()
    worker.join()
    (exported,) = results
    assert exported == Exported(path, expected, 0, 0)
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert [line["payload"] for line in lines] == [f"{n}" * 10 for n in range(expected)]
