"""A real Mosquitto: its values, its rates, and its two ways of telling nothing."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.helpers.mosquitto import Mosquitto, require_program
from tests.helpers.refusing_sys import refusing_sys
from tests.helpers.servers import read_packet
from tests.integration.broker_status.running import APP, status
from topicscope.broker_status.numbers import read_duration, read_number
from topicscope.mqtt.control_packets import ProtocolVersion
from topicscope.mqtt.encode import encode_connect, encode_publish

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path_factory.mktemp("broker"), extra="sys_interval 1") as server:
        yield server


class Traffic:
    """Publishes with QoS 0 at a steady rate until the block ends."""

    def __init__(self, port: int, rate: int) -> None:
        self._sock = socket.create_connection(("127.0.0.1", port), 5)
        self._sock.sendall(encode_connect("traffic", version=ProtocolVersion.MQTT_3_1_1))
        read_packet(self._sock)
        self._packet = encode_publish("plant/line1", b"x" * 90, version=ProtocolVersion.MQTT_3_1_1)
        self.packet_size = len(self._packet)
        self._rate = rate
        self._running = True
        self._thread = threading.Thread(target=self._work, name="traffic")

    def __enter__(self) -> Traffic:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._running = False
        self._thread.join(5)
        self._sock.close()

    def _work(self) -> None:
        begin, sent = time.monotonic(), 0
        while self._running:
            due = int((time.monotonic() - begin) * self._rate)
            self._sock.sendall(self._packet * (due - sent))
            sent = due
            time.sleep(0.01)


def test_that_every_value_equals_what_mosquitto_sub_prints(broker: Mosquitto) -> None:
    program = require_program("mosquitto_sub")
    url = f"mqtt://127.0.0.1:{broker.port}"
    with subprocess.Popen(
        [program, "-p", str(broker.port), "-t", "$SYS/#", "-F", "%t\t%p"],
        stdout=subprocess.PIPE,
        text=True,
    ) as listener:
        time.sleep(0.5)
        done = status(url, "--json")
        time.sleep(2.5)
        listener.terminate()
        heard, _ = listener.communicate(timeout=5)
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    printed: dict[str, set[str]] = {}
    for line in heard.splitlines():
        topic, _, payload = line.partition("\t")
        printed.setdefault(topic, set()).add(payload)
    assert len(data["topics"]) > 45
    for topic, text in data["topics"].items():
        assert text in printed[topic], topic
    with_topic = {k: m for k, m in data["metrics"].items() if m["topic"]}
    assert len(with_topic) >= 22
    for name, metric in with_topic.items():
        text = data["topics"][metric["topic"]].encode()
        read = read_duration if name == "uptime_s" else read_number
        assert metric["value"] == (text.decode() if name == "version" else read(text)), name
    assert data["dialect"] == "mosquitto"
    assert data["sure"] == "certain"


def test_that_rates_agree_with_the_traffic(broker: Mosquitto) -> None:
    url = f"mqtt://127.0.0.1:{broker.port}"
    with Traffic(broker.port, 400) as traffic:
        time.sleep(2.5)
        with subprocess.Popen(
            [sys.executable, str(APP), "status", url, "--watch", "--json"],
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            time.sleep(10)
            process.send_signal(signal.SIGINT)
            printed, _ = process.communicate(timeout=10)
        assert process.returncode == 0
    rounds = [json.loads(line)["metrics"] for line in printed.splitlines()]
    assert len(rounds) >= 3
    last = rounds[-1]
    assert last["publish_received"]["rate"] == pytest.approx(400, rel=0.05)
    assert last["publish_received"]["averages"] == pytest.approx([400] * 3, rel=0.05)
    assert last["bytes_received"]["averages"][0] == pytest.approx(
        400 * traffic.packet_size, rel=0.05
    )
    assert json.loads(printed.splitlines()[-1])["interval_s"] == pytest.approx(2, abs=1.2)


def test_that_a_table_is_printed_for_people(broker: Mosquitto) -> None:
    done = status(f"mqtt://127.0.0.1:{broker.port}")
    assert done.returncode == 0
    assert done.stdout.startswith("mosquitto version 2.")
    assert "\nClients connected " in done.stdout
    assert "\x1b" not in done.stdout
    report = status(f"mqtt://127.0.0.1:{broker.port}", "--markdown")
    assert report.stdout.startswith("# Broker status\n")


def test_that_a_refusal_is_said_in_words(tmp_path: Path) -> None:
    with Mosquitto(tmp_path, extra=f"sys_interval 1\n{refusing_sys(tmp_path)}") as broker:
        done = status(f"mqtt://127.0.0.1:{broker.port}", "--client-id", "tester", "--wait", "3")
        assert done.returncode == 1
        assert done.stdout == ""
        assert "does not allow this client to subscribe $SYS/#" in done.stderr
        assert "0x87" in done.stderr


def test_that_an_interval_of_nought_and_an_acl_are_silence_that_names_both(tmp_path: Path) -> None:
    acl = tmp_path / "acl"
    acl.write_text("topic readwrite plant/#\n")
    acl.chmod(0o700)
    for extra in ("sys_interval 0", f"sys_interval 1\nacl_file {acl}"):
        with Mosquitto(tmp_path, extra=extra) as broker:
            done = status(f"mqtt://127.0.0.1:{broker.port}", "--wait", "3")
        assert done.returncode == 1
        assert "granted $SYS/#, but has sent nothing on it for 3 s" in done.stderr
        assert "sys_interval" in done.stderr
        assert "topic read $SYS/#" in done.stderr


def test_that_no_connection_is_exit_code_3() -> None:
    done = status("mqtt://127.0.0.1:1", "--wait", "3")
    assert done.returncode == 3
    assert status("mqtt://127.0.0.1:1", "--wait", "never").returncode == 2
