"""aedes from npm and amqtt from PyPI, run for real where they are installed, and the demo broker.

aedes is looked for where Node looks (``NODE_PATH``), amqtt as a program on the ``PATH``.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.helpers.mosquitto import free_port
from tests.integration.broker_status.running import status
from topicscope.demo import BrokerThread

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AEDES = """
const {Aedes} = require('aedes'); const net = require('net');
(async () => {
  const broker = await Aedes.createBroker({heartbeatInterval: 1000});
  net.createServer(broker.handle).listen(Number(process.argv[2]), '127.0.0.1');
})();
"""
AMQTT = """
listeners:
  default:
    type: tcp
    bind: 127.0.0.1:{port}
plugins:
  amqtt.plugins.authentication.AnonymousAuthPlugin:
    allow_anonymous: true
  amqtt.plugins.sys.broker.BrokerSysPlugin:
    sys_interval: 1
"""


@contextmanager
def running(port: int, *command: str, folder: Path) -> Iterator[None]:
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 15
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 0.5).close()
                break
            except OSError:
                assert process.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < deadline, "it does not listen"
                time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(10)


def test_that_a_real_aedes_is_recognised_and_its_clients_are_told(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    found = subprocess.run(
        [node, "-e", "require('aedes').Aedes.createBroker"], capture_output=True, check=False
    )
    if found.returncode:
        pytest.skip("aedes 1 is not installed where node looks (NODE_PATH)")
    script, port = tmp_path / "broker.js", free_port()
    script.write_text(AEDES)
    with running(port, node, str(script), str(port), folder=tmp_path):
        done = status(f"mqtt://127.0.0.1:{port}", "--protocol", "3.1.1", "--json", "--wait", "4")
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    assert (data["dialect"], data["sure"]) == ("aedes", "certain")


def test_that_a_real_amqtt_tells_its_values(tmp_path: Path) -> None:
    program = shutil.which("amqtt")
    if program is None:
        pytest.skip("amqtt is not installed (pip install amqtt)")
    port = free_port()
    (tmp_path / "amqtt.yaml").write_text(AMQTT.format(port=port))
    with running(port, program, "-c", str(tmp_path / "amqtt.yaml"), folder=tmp_path):
        done = status(f"mqtt://127.0.0.1:{port}", "--protocol", "3.1.1", "--json", "--wait", "6")
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    assert (data["dialect"], data["sure"]) == ("amqtt", "certain")
    assert data["metrics"]["clients_connected"]["value"] == 1
    assert data["metrics"]["heap"]["value"] > 5_000_000
    assert data["metrics"]["version"]["value"].startswith("aMQTT")


def test_that_the_demo_broker_is_recognised() -> None:
    with BrokerThread() as demo:
        done = status(f"mqtt://127.0.0.1:{demo.port}", "--json")
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    assert (data["dialect"], data["sure"]) == ("demo", "certain")
    assert data["metrics"]["clients_connected"]["value"] >= 1
