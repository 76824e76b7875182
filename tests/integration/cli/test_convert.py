"""Converting files of other tools from the command line."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

from tests.helpers.packets import START_NS
from topicscope.capture.recording import Recorder
from topicscope.capture.tap import Tap
from topicscope.mqtt.control_packets import Direction, ProtocolVersion
from topicscope.mqtt.encode import encode_connack, encode_connect, encode_publish

APP = Path(__file__).parents[3] / "app"
SAMPLES = Path(__file__).parents[2] / "data" / "importers"


def convert(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(APP), "convert", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def test_that_connections_of_mqtt_explorer_become_a_file_without_secrets(tmp_path: Path) -> None:
    out, files = tmp_path / "out.json", tmp_path / "certificates"
    done = convert(SAMPLES / "mqtt-explorer/settings-v0.json", out, "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["tool"] == "MQTT Explorer"
    assert [one["secrets_left_out"] for one in report["profiles"]] == [["secret"], []]
    assert "canary" not in done.stdout + done.stderr + out.read_text(encoding="utf-8")
    again = convert(out, tmp_path / "again.json")
    assert again.returncode == 0
    assert out.read_bytes() == (tmp_path / "again.json").read_bytes()
    done = convert(SAMPLES / "mqtt-explorer/settings-v1.json", out, "--files", files, "--force")
    assert done.returncode == 0, done.stderr
    assert "What MQTT Explorer ships was left out" in done.stderr
    assert json.loads(out.read_bytes())["profiles"][0]["ca_file"] == str(files / "ca.pem")
    assert stat.S_IMODE((files / "k.pem").stat().st_mode) == 0o600


def test_that_nothing_is_written_over_and_a_bad_file_is_told(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    out.write_text("mine", encoding="utf-8")
    done = convert(SAMPLES / "mqttx/export.json", out)
    assert done.returncode == 2
    assert "is there already" in done.stderr
    assert out.read_text(encoding="utf-8") == "mine"
    done = convert(SAMPLES / "damaged/billion-laughs.xml", tmp_path / "new.json")
    assert done.returncode == 2
    assert "line 2: it declares a document type" in done.stderr
    assert not (tmp_path / "new.json").exists()
    assert convert(out, out, "--force").returncode == 2


def test_that_a_capture_becomes_a_recording(tmp_path: Path) -> None:
    source, out = tmp_path / "a.pcapng", tmp_path / "b.pcapng"
    recorder = Recorder(source, "mqtt://host")
    tap = Tap(recorder.write)
    version = ProtocolVersion.MQTT_5
    tap.open_connection("broker", START_NS)
    tap.feed(Direction.OUT, encode_connect("me", version=version), START_NS)
    tap.feed(Direction.IN, encode_connack(version=version), START_NS)
    tap.feed(Direction.IN, encode_publish("a/b", b"1", version=version), START_NS)
    recorder.close()
    done = convert(source, out, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["messages"] == 1
    assert out.exists()
