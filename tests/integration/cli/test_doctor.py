"""``topicscope doctor`` as people and scripts run it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.helpers.mosquitto import Mosquitto, free_port
from tests.helpers.servers import FakeServer, silent

if TYPE_CHECKING:
    from collections.abc import Iterator

APP = Path(__file__).parents[3] / "app"
TIMEOUT_S = 30


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    folder = tmp_path_factory.mktemp("broker")
    with Mosquitto(folder, tls=True, users={"ada": "right"}) as server:
        yield server


def doctor(
    *arguments: str, stdin: str = "", encoding: str = "utf-8"
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(APP), "doctor", *arguments],
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONIOENCODING": encoding, "COLUMNS": "200"},
        check=False,
        timeout=TIMEOUT_S,
    )


def test_that_a_good_broker_gives_0_and_a_table(broker: Mosquitto) -> None:
    done = doctor(
        f"mqtts://ada@localhost:{broker.tls_port}",
        *("--ca", broker.ca_file, "--password-stdin"),
        stdin="right\n",
    )
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == f"Topicscope doctor: mqtts://localhost:{broker.tls_port}"
    assert any(line.startswith("✓ CONNECT") for line in lines)
    assert any(line.startswith("! Certificate") for line in lines)
    assert "It works, with 1 warning." in done.stdout
    assert max(map(len, lines)) <= 100
    assert "right" not in done.stdout


def test_that_a_wrong_password_gives_1_with_the_remedy(broker: Mosquitto) -> None:
    done = doctor(f"mqtt://ada:wrong@localhost:{broker.port}")
    assert done.returncode == 1
    assert "✗ CONNECT" in done.stdout
    assert "→ Check user name and password." in done.stdout
    assert "– Limits" in done.stdout
    assert done.stdout.endswith("\nNot reached: CONNECT failed.\n")


def test_that_the_json_document_is_all_of_standard_output(broker: Mosquitto) -> None:
    url = f"mqtt://ada:right@localhost:{broker.port}"
    done = doctor(url, "--json", "--probe")
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    assert document["ok"] is True
    assert document["url"] == f"mqtt://localhost:{broker.port}"
    keys = [step["key"] for step in document["steps"]]
    assert keys[:5] == ["name", "tcp", "tls", "connect", "limits"]
    assert {"probe-all", "probe-publish"} <= set(keys)
    for step in document["steps"]:
        assert step.keys() >= {"key", "title", "status", "text", "remedy", "elapsed_ms", "details"}
        assert step["status"] in {"ok", "warning", "failed", "skipped"}
    assert "right" not in done.stdout


def test_that_the_address_to_try_is_printed(broker: Mosquitto) -> None:
    done = doctor(f"mqtt://localhost:{broker.tls_port}")
    assert done.returncode == 1
    assert f"To try it: mqtts://localhost:{broker.tls_port}" in done.stdout


def test_that_a_refused_port_gives_1_in_json_too() -> None:
    done = doctor(f"mqtt://localhost:{free_port()}", "--json")
    assert done.returncode == 1
    document = json.loads(done.stdout)
    assert document["ok"] is False
    assert [step["status"] for step in document["steps"]] == ["ok", "failed"] + ["skipped"] * 3


@pytest.mark.parametrize(
    "arguments", [(), ("nonsense://h",), ("mqtt://h", "--ca", "f"), ("mqtt://h", "--nonsense")]
)
def test_that_wrong_usage_gives_2(arguments: tuple[str, ...]) -> None:
    done = doctor(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr


def test_that_a_terminal_without_utf_8_gets_ascii() -> None:
    done = doctor(f"mqtt://localhost:{free_port()}", encoding="ascii")
    assert done.returncode == 1
    assert done.stdout.isascii()
    assert "x TCP" in done.stdout
    assert "-> None of" in done.stdout or "-> On this host" in done.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_that_ctrl_c_ends_it_without_a_traceback(number: signal.Signals) -> None:
    with FakeServer(silent) as server:
        url = f"mqtt://localhost:{server.port}"
        process = subprocess.Popen(
            [sys.executable, str(APP), "doctor", url],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        deadline = time.monotonic() + TIMEOUT_S
        while not server.accepted and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.2)
        process.send_signal(number)
        output, errors = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 130
    assert errors == ""
    assert "TCP" in output


def test_that_the_doctor_runs_without_qt_and_without_paho() -> None:
    script = (
        "import sys; from topicscope.cli import doctor; import topicscope.connection.doctor\n"
        "bad = [m for m in sys.modules if m.partition('.')[0] in {'PySide6', 'qasync', 'paho'}]\n"
        "sys.exit(' '.join(bad) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": str(APP)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
