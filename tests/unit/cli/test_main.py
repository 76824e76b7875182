from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.packets import START_NS, connect, publish
from topicscope import __version__
from topicscope.capture.recording import Recorder
from topicscope.capture.tap import Tap
from topicscope.cli.connecting import Target
from topicscope.cli.main import run
from topicscope.cli.words import counted, in_bytes, say
from topicscope.mqtt.control_packets import Direction
from topicscope.profiles.profile import Profile

APP = Path(__file__).parents[3] / "app"


def topicscope(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(APP), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
        stdin=subprocess.DEVNULL,
    )


def test_that_the_version_names_what_a_bug_report_needs() -> None:
    done = topicscope("--version")
    assert done.returncode == 0
    assert done.stdout.startswith(f"Topicscope {__version__}\n")
    for name in ("Python", "PySide6", "paho-mqtt", "numpy", "OpenSSL", "Platform"):
        assert f"\n{name} " in done.stdout
    assert "not installed" not in done.stdout
    assert json.loads(topicscope("--version", "--json").stdout)["Topicscope"] == __version__


def test_that_commands_run_without_qt() -> None:
    script = (
        "import sys; from topicscope.cli import broker, main, read, record, window\n"
        "bad = [m for m in sys.modules if m.partition('.')[0] in {'PySide6', 'qasync', 'rich'}]\n"
        "sys.exit(' '.join(bad) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": str(APP)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode == 0


@pytest.mark.parametrize("command", [[], ["record"], ["read"], ["broker"]])
def test_that_every_command_has_help(command: list[str]) -> None:
    done = topicscope(*command, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith("usage: topicscope")
    assert done.stderr == ""


def test_that_a_reader_who_has_seen_enough_hears_no_complaint(tmp_path: Path) -> None:
    path = tmp_path / "a.pcapng"
    recorder = Recorder(path)
    tap = Tap(recorder.write)
    tap.open_connection("", START_NS)
    tap.feed(Direction.OUT, connect(), START_NS)
    tap.feed(Direction.IN, publish(b"topic", b"x" * 100) * 20_000, START_NS)
    recorder.close()
    with subprocess.Popen(
        [sys.executable, str(APP), "read", str(path), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert b"topic" in process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(20) == 0


def test_that_words_for_a_terminal_are_harmless(capsys: pytest.CaptureFixture[str]) -> None:
    say("one\x1b[2J\ntwo\u202e")
    told = capsys.readouterr().err
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert told.count("\n") == 2


def test_that_numbers_are_written_for_people() -> None:
    assert counted(1, "message") == "1 message"
    assert counted(1204, "message") == "1,204 messages"
    assert [in_bytes(n) for n in (0, 999, 1000, 3_140_000, 5 * 10**12)] == [
        "0 bytes",
        "999 bytes",
        "1.0 kB",
        "3.1 MB",
        "5000.0 GB",
    ]


def test_that_a_target_shows_no_password() -> None:
    assert "canary" not in repr(Target(Profile(), {"secret": "canary"}))


@pytest.mark.parametrize(
    "arguments",
    [
        ["record", "mqtt://localhost", "-t", "#"],
        ["record", "mqtt://localhost", "-o", "a"],
        ["record", "mqtt://localhost", "-t", "#", "-o", "a", "--count", "0"],
        ["record", "mqtt://localhost", "-t", "#", "-o", "a", "--duration", "0"],
        ["record", "mqtt://localhost", "-t", "#", "-o", "a", "--qos", "3"],
        ["record", "mqtt://localhost:x", "-t", "#", "-o", "a"],
        ["record", "mqtt://localhost", "-t", "a#", "-o", "a"],
        ["record", "mqtt://localhost", "-t", "#", "-o", "/nowhere/a"],
        ["broker", "--port", "65536"],
        ["broker", "--port", "x"],
        ["--nonsense"],
    ],
)
def test_that_wrong_usage_ends_with_two_and_a_word(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    assert capsys.readouterr().err
