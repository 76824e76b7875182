from __future__ import annotations

import base64
import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers.packets import START_NS, connect, publish
from topicscope.capture.recording import Recorder
from topicscope.capture.tap import Tap
from topicscope.cli.exit_codes import DONE, FAILED, USAGE
from topicscope.cli.main import run
from topicscope.mqtt.control_packets import Direction, ProtocolVersion
from topicscope.mqtt.encode import encode_publish

if TYPE_CHECKING:
    from pathlib import Path

CONNACK = bytes((0x20, 3, 0, 0, 0))
V5 = ProtocolVersion.MQTT_5
HOSTILE = '=cmd()\x1b[2J\u202e,"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.pcapng"
    recorder = Recorder(path, "mqtt://broker")
    tap = Tap(recorder.write)
    tap.open_connection("Opened mqtt://broker.", START_NS)
    tap.feed(Direction.OUT, connect(5), START_NS)
    tap.feed(Direction.IN, CONNACK, START_NS)
    messages = [
        encode_publish("a/b", "é text".encode(), qos=1, packet_identifier=7, version=V5),
        encode_publish(b"bin\xff", b"\x00\xff", retain=True, dup=True, qos=1, packet_identifier=8, version=V5),
        encode_publish("props", b"", properties=[(38, ("k", "v")), (38, ("k", "w")), (3, "text")], version=V5),
        encode_publish(HOSTILE, HOSTILE.encode(), version=V5),
        encode_publish("aliased", b"1", properties=[(35, 4)], version=V5),
        encode_publish("", b"-5.5", properties=[(35, 4)], version=V5),
    ]  # fmt: skip
    for index, message in enumerate(messages):
        tap.feed(Direction.IN, message, START_NS + 123_456_789 + index)
    tap.feed(Direction.OUT, encode_publish("mine", b"x", version=V5), START_NS + 10**9)
    tap.note("The connection was lost.", START_NS + 2 * 10**9)
    recorder.close()
    return path


def output(capfd: pytest.CaptureFixture[str], *arguments: str, code: int = DONE) -> str:
    assert run(["read", *arguments]) == code
    return capfd.readouterr().out


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.split("\n") if line]


def test_that_a_message_is_one_json_object_a_line(
    file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    first, second, third, *_, mine = objects(output(capfd, str(file), "--format", "json"))
    assert first == {
        "number": 1,
        "time": "2026-11-21T10:00:00.123456Z",
        "direction": "in",
        "type": "PUBLISH",
        "topic": "a/b",
        "qos": 1,
        "retain": False,
        "dup": False,
        "packet_identifier": 7,
        "size": 7,
        "payload": "é text",
        "properties": {},
    }
    assert second["topic"] == "bin\\xff"
    assert base64.b64decode(second["topic_base64"]) == b"bin\xff"
    assert base64.b64decode(second["payload_base64"]) == b"\x00\xff"
    assert "payload" not in second
    assert (second["retain"], second["dup"]) == (True, True)
    assert third["properties"] == {
        "user_property": [["k", "v"], ["k", "w"]],
        "content_type": "text",
    }
    assert third["packet_identifier"] is None
    assert (mine["direction"], mine["number"]) == ("out", 7)


def test_that_json_keeps_hostile_text_exactly_and_resolves_aliases(
    file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    read = objects(output(capfd, str(file), "--json"))
    assert (read[3]["topic"], read[3]["payload"]) == (HOSTILE, HOSTILE)
    assert read[5]["topic"] == "aliased"


def test_that_packets_have_their_fields_in_the_words_of_the_standard(
    file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    read = objects(output(capfd, str(file), "--packets", "--format", "json"))
    assert [packet["type"] for packet in read] == ["CONNECT", "CONNACK", *["PUBLISH"] * 7]
    assert read[0]["client_identifier"] == "me"
    assert read[0]["protocol_version"] == 5
    assert base64.b64decode(read[1]["packet_base64"]) == CONNACK
    assert read[2]["topic_name"] == "a/b"
    assert (read[7]["topic_name"], read[7]["topic_of_alias"]) == ("", "aliased")
    assert [packet["number"] for packet in read] == list(range(1, 10))


@pytest.mark.parametrize("packets", [True, False])
def test_that_text_is_one_harmless_line_for_each(
    file: Path, capfd: pytest.CaptureFixture[str], packets: bool
) -> None:
    text = output(capfd, str(file), *["--packets"] * packets)
    lines = text.splitlines()
    assert len(lines) == (9 if packets else 7)
    assert not any(hostile in text for hostile in "\x1b\u202e\x00")
    assert lines[-1].startswith("2026-11-21T10:00:01.000000Z  out  ")
    assert "mine" in lines[-1]


def test_that_notes_are_words_and_no_rows(file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run(["read", str(file)])
    captured = capfd.readouterr()
    assert "The connection was lost." in captured.err
    assert "lost" not in captured.out


def test_that_csv_marks_what_a_spreadsheet_would_run(
    file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rows = list(csv.DictReader(io.StringIO(output(capfd, str(file), "--format", "csv"))))
    assert len(rows) == 7
    assert rows[3]["topic"] == "'" + HOSTILE
    assert rows[5]["payload"] == "-5.5"
    assert json.loads(rows[2]["properties"])["content_type"] == "text"
    assert rows[1]["retain"] == "true"


def test_that_fields_are_chosen_and_ordered(file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert output(capfd, str(file), "--fields", "topic,size", "qos").splitlines()[0] == "a/b\t7\t1"
    first, *_ = objects(output(capfd, str(file), "--json", "--fields", "size", "topic"))
    assert list(first.items()) == [("size", 7), ("topic", "a/b")]
    text = output(capfd, str(file), "--format", "csv", "--fields", "topic", "payload")
    assert text.splitlines()[:2] == ["topic,payload", "a/b,é text"]
    packets = output(capfd, "--packets", str(file), "--fields", "type", "reason_code")
    assert packets.splitlines()[0] == "CONNECT\t"
    assert run(["read", str(file), "--fields", "colour"]) == USAGE
    assert "there is no field colour" in capfd.readouterr().err


def test_that_a_damaged_file_is_read_as_far_as_it_goes(
    file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file.write_bytes(file.read_bytes()[:-7])
    assert run(["read", str(file)]) == FAILED
    captured = capfd.readouterr()
    assert len(captured.out.splitlines()) == 7
    assert "is damaged" in captured.err


def test_that_bad_input_is_told_in_words(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a").write_text("hello")
    assert run(["read", str(tmp_path / "a")]) == USAGE
    assert "not a capture file" in capfd.readouterr().err
    assert run(["read", str(tmp_path / "b")]) == USAGE
    assert run(["read"]) == USAGE


def test_that_a_packet_of_mqtt_3_1_1_is_read_as_such(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.pcapng"
    recorder = Recorder(path)
    tap = Tap(recorder.write)
    tap.open_connection("", START_NS)
    tap.feed(Direction.OUT, connect(4), START_NS)
    tap.feed(Direction.IN, publish(b"a", b"\x00payload"), START_NS)
    recorder.close()
    (message,) = objects(output(capfd, str(path), "--json"))
    assert message["payload"] == "\x00payload"
