from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helpers.packets import SECOND, START_NS, connect, publish
from topicscope.automation.schedules.schedule import (
    CsvRows,
    FolderFiles,
    Recorded,
    RecordedMessage,
    Schedule,
    csv_columns,
)
from topicscope.automation.schedules.sources import SourceAbandonedError, is_constant, open_source
from topicscope.automation.templates.rendering import Renderer
from topicscope.automation.templates.template import MessageTemplate
from topicscope.capture.recording import Recorder
from topicscope.capture.tap import Tap
from topicscope.mqtt.control_packets import Direction

if TYPE_CHECKING:
    from pathlib import Path

    from topicscope.automation.schedules.schedule import AnySource
    from topicscope.automation.schedules.sources import Message, Source

ROW = MessageTemplate(topic="dev/{{id}}", payload="{{value}};{{index}}")


def opened(source: AnySource, template: MessageTemplate = ROW) -> Source:
    return open_source(Schedule(source=source), template, Renderer(), lambda: True)


def messages(source: Source, count: int) -> list[Message]:
    found = [source.message(index, {"index": index}) for index in range(count)]
    source.close()
    return [message for message in found if message is not None]


def test_that_a_csv_file_gives_a_message_a_row(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes('\ufeffid,value\n1,20\n\n2,"a\nb"\n3\n'.encode())
    assert csv_columns(path) == ["id", "value"]
    found = messages(opened(CsvRows(str(path))), 5)
    assert [(one.topic, one.payload) for one in found] == [
        ("dev/1", b"20;0"),
        ("dev/2", b"a\nb;1"),
        ("dev/3", b";2"),
    ]
    again = messages(opened(CsvRows(str(path), again=True)), 7)
    assert [one.topic for one in again] == ["dev/1", "dev/2", "dev/3"] * 2 + ["dev/1"]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "no names of columns"),
        (b"id,value\n", "no row behind"),
        (b",\n1,2\n", "no names of columns"),
        (b"id,id\n1,2\n", "two columns “id”"),
        (b"id\n\xff\xfe\n", "no CSV file in UTF-8"),
        (b'id\n"1"2\n', "no CSV file in UTF-8"),
    ],
)
def test_that_a_broken_csv_file_is_explained(tmp_path: Path, data: bytes, problem: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=problem):
        opened(CsvRows(str(path)))


def test_that_a_folder_gives_its_files_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "b.bin").write_bytes(b"\x00{{x}}")
    (tmp_path / "a.bin").write_bytes(b"first")
    (tmp_path / "c.txt").write_bytes(b"no")
    template = MessageTemplate(topic="file/{{stem}}", payload="not this", format="hex", qos=1)
    found = messages(opened(FolderFiles(str(tmp_path), "*.bin"), template), 4)
    assert [(one.topic, one.payload, one.qos) for one in found] == [
        ("file/a", b"first", 1),
        ("file/b", b"\x00{{x}}", 1),
    ]
    with pytest.raises(ValueError, match=r"is called \*\.pdf"):
        opened(FolderFiles(str(tmp_path), "*.pdf"))
    with pytest.raises(ValueError, match="no folder"):
        opened(FolderFiles(str(tmp_path / "gone")))


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "a.pcapng"
    file = Recorder(path, "test")
    tap = Tap(file.write)
    tap.open_connection("", START_NS)
    tap.feed(Direction.OUT, connect(4), START_NS)
    for number in range(4):
        packet = publish(b"plant/%d" % number, b"\xff%d" % number, qos=1, retain=number == 2)
        tap.feed(Direction.IN, packet, START_NS + number * SECOND)
    tap.feed(Direction.OUT, publish(b"mine", b""), START_NS + 9 * SECOND)
    file.close()
    return path


def test_that_a_recording_keeps_its_times_faster_and_under_a_prefix(recording: Path) -> None:
    source = opened(Recorded(str(recording), speed=2, prefix="test/"))
    assert source.pace is not None
    assert [source.pace.due(index) for index in range(4)] == [0.0, 0.5, 1.0, 1.5]
    found = messages(source, 4)
    assert [(one.topic, one.payload, one.qos, one.retain) for one in found] == [
        (f"test/plant/{number}", b"\xff%d" % number, 1, number == 2) for number in range(4)
    ]


def test_that_a_display_filter_chooses_what_of_a_recording_is_sent(recording: Path) -> None:
    source = opened(Recorded(str(recording), where='topic in {"plant/1", "plant/3"}', again=True))
    assert source.pace is not None
    assert [source.pace.due(index) for index in range(3)] == [0.0, 2.0, 4.0]
    assert [one.topic for one in messages(source, 3)] == ["plant/1", "plant/3", "plant/1"]
    with pytest.raises(ValueError, match="no message"):
        opened(Recorded(str(recording), where='topic == "nothing"'))
    with pytest.raises(ValueError, match="filter of the schedule"):
        opened(Recorded(str(recording), where="topic =="))


def test_that_opening_a_recording_ends_when_nobody_wants_it(recording: Path) -> None:
    schedule = Schedule(source=Recorded(str(recording)))
    with pytest.raises(SourceAbandonedError):
        open_source(schedule, ROW, Renderer(), lambda: False)


def test_that_kept_messages_are_sent_with_their_properties() -> None:
    message = RecordedMessage(250.0, "a", b"x", 2, True, ((38, ("k", "v")),), ((9, b"\xff"),))
    source = opened(Recorded(messages=(message,), again=True))
    assert source.pace is not None
    assert source.pace.due(1) == pytest.approx(1.5)
    assert messages(source, 2) == [("a", b"x", 2, True, [(38, ("k", "v")), (9, b"\xff")])] * 2


def test_that_only_a_template_without_variables_is_constant() -> None:
    assert is_constant(MessageTemplate(topic="a", payload="{}", properties={"content_type": "x"}))
    assert not is_constant(MessageTemplate(topic="a", payload="{{now}}"))
    assert not is_constant(MessageTemplate(topic="a", properties={"content_type": "{{x}}"}))
    assert not is_constant(MessageTemplate(topic="a", format="file", payload="x.bin"))
