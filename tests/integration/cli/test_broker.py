"""The demo broker from the command line, spoken to by Mosquitto's own tools."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.mosquitto import free_port, require_mosquitto

APP = Path(__file__).parents[3] / "app"
TIMEOUT_S = 30


def test_that_a_broker_in_the_background_ends_with_its_script() -> None:
    """A shell lets a program in the background ignore SIGINT."""
    with subprocess.Popen(
        ["sh", "-c", f"trap '' INT; exec '{sys.executable}' '{APP}' broker --port 0 --json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert json.loads(process.stdout.readline())["port"]
            process.send_signal(signal.SIGTERM)
            _out, err = process.communicate(timeout=TIMEOUT_S)
        finally:
            process.kill()
    assert process.returncode == 0
    assert "Traceback" not in err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_that_the_demo_broker_serves_the_plant_until_it_is_ended(number: signal.Signals) -> None:
    require_mosquitto()
    with subprocess.Popen(
        [sys.executable, str(APP), "broker", "--port", "0", "--websocket-port", "0", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            ports = json.loads(process.stdout.readline())
            assert ports["websocket_port"]
            done = subprocess.run(
                ["mosquitto_sub", "-p", str(ports["port"]), "-t", "#", "-C", "5", "-W", "10", "-v"],
                capture_output=True,
                text=True,
                check=True,
                timeout=TIMEOUT_S,
            )
            assert len(done.stdout.splitlines()) >= 5
            process.send_signal(number)
            out, err = process.communicate(timeout=TIMEOUT_S)
        finally:
            process.kill()
    assert process.returncode == 0
    assert out == ""
    assert err.startswith(f"The demo broker listens on mqtt://localhost:{ports['port']} and ws://")
    assert "Traceback" not in err


def test_that_a_port_in_use_is_told() -> None:
    with socket.create_server(("127.0.0.1", free_port())) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, str(APP), "broker", "--port", str(port), "--no-plant"],
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_S,
        )
    assert done.returncode == 1
    assert str(port) in done.stderr
    assert "Traceback" not in done.stderr
