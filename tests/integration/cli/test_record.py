"""Recording a real Mosquitto, read again by Topicscope and by tshark."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers.mosquitto import Mosquitto, free_port, require_program
from tests.helpers.packets import START_NS
from topicscope.capture.recording import Recorder
from topicscope.capture.tap import Tap
from topicscope.demo import Broker, BrokerThread
from topicscope.mqtt.control_packets import ControlPacketType, Direction, ProtocolVersion
from topicscope.mqtt.encode import (
    encode_ack,
    encode_connack,
    encode_connect,
    encode_publish,
    encode_suback,
    encode_subscribe,
)
from topicscope.mqtt.packets import Subscription

if TYPE_CHECKING:
    from collections.abc import Iterator

APP = Path(__file__).parents[3] / "app"
TIMEOUT_S = 30


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path) as server:
        yield server


@pytest.fixture
def tshark() -> str:
    return require_program("tshark")


def topicscope(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(APP), *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
    )


@contextlib.contextmanager
def recording(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run `topicscope record` until the block ends; it has connected when the block begins."""
    with subprocess.Popen(
        [sys.executable, str(APP), "record", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stderr is not None
            assert process.stderr.readline().startswith("Recording ")
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def publish(broker: Mosquitto, topic: str, payload: bytes, *arguments: str) -> None:
    subprocess.run(
        ["mosquitto_pub", "-p", str(broker.port), "-t", topic, "-s", *arguments],
        input=payload,
        check=True,
        timeout=TIMEOUT_S,
    )


def publish_until_ended(broker: Mosquitto, process: subprocess.Popen[str]) -> None:
    while process.poll() is None:
        publish(broker, "tick", b"x")


def read(path: Path, *arguments: str) -> list[dict[str, Any]]:
    done = topicscope("read", str(path), "--json", *arguments)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.split("\n") if line]


def by_tshark(tshark: str, path: Path) -> list[tuple[int, str, str]]:
    """Return type, topic and direction flag of every MQTT packet that tshark finds."""
    fields = ["mqtt.msgtype", "mqtt.topic", "frame.packet_flags_direction"]
    done = subprocess.run(
        [tshark, "-r", str(path), "-Y", "mqtt", "-T", "json", *[a for f in fields for a in ("-e", f)],
         "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"],
        capture_output=True,
        text=True,
        check=True,
        timeout=TIMEOUT_S,
    )  # fmt: skip
    found = []
    for frame in json.loads(done.stdout):
        layers = frame["_source"]["layers"]
        topics = iter(layers.get("mqtt.topic", []))
        for kind in layers["mqtt.msgtype"]:
            topic = next(topics, "") if int(kind) in {3, 8, 10} else ""
            found.append((int(kind), topic, layers["frame.packet_flags_direction"][0]))
    return found


def by_us(path: Path) -> list[tuple[int, str, str]]:
    found = []
    for packet in read(path, "--packets"):
        topic = packet.get("topic_name", "")
        if packet["type"] == "SUBSCRIBE":
            topic = packet["subscriptions"][0]["topic_filter"]
        direction = "0x00000001" if packet["direction"] == "in" else "0x00000002"
        found.append((int(ControlPacketType[packet["type"]]), topic, direction))
    return found


def complaints(tshark: str, path: Path) -> list[str]:
    """Return what tshark finds wrong: malformed packets, bad sums, warnings on MQTT."""
    wrong = (
        "_ws.malformed or tcp.checksum.status == 0 or ip.checksum.status == 0"
        " or tcp.analysis.lost_segment or tcp.analysis.retransmission or tcp.analysis.out_of_order"
    )
    done = subprocess.run(
        [tshark, "-r", str(path), "-Y", wrong, "-o", "tcp.check_checksum:TRUE",
         "-o", "ip.check_checksum:TRUE"],
        capture_output=True,
        text=True,
        check=True,
        timeout=TIMEOUT_S,
    )  # fmt: skip
    return done.stdout.splitlines()


@pytest.mark.parametrize("protocol", ["3.1", "3.1.1", "5"])
def test_that_tshark_reads_packet_for_packet_what_topicscope_reads(
    broker: Mosquitto, tmp_path: Path, tshark: str, protocol: str
) -> None:
    path = tmp_path / "a.pcapng"
    url = f"mqtt://localhost:{broker.port}"
    publish(broker, "kept", b"retained", "-r")
    arguments = ["-t", "#", "-o", str(path), "--qos", "2", "--protocol", protocol, "--count", "9"]
    with recording(url, *arguments, "--json") as process:
        for qos in ("0", "1", "2"):
            publish(broker, f"qos/{qos}", b"x", "-q", qos)
        publish(broker, "big", bytes(range(256)) * 1200, "-q", "1")
        user = ["-D", "publish", "user-property", "k", "v"] if protocol == "5" else []
        publish(broker, "props", b"{}", "-V", "5" if user else "311", *user)
        for index in range(3):
            publish(broker, f"plant/{index}/température", b"%d" % index, "-q", str(index))
        out, _ = process.communicate(timeout=TIMEOUT_S)
    ledger = json.loads(out)["ledger"]
    assert (ledger["received"], ledger["stored"]) == (9, 9)
    packets = by_us(path)
    assert by_tshark(tshark, path) == packets
    assert complaints(tshark, path) == []
    assert [kind for kind, _, _ in packets[:2]] == [1, 2]
    topics = [topic for kind, topic, _ in packets if kind == 3]
    assert topics == ["kept", "qos/0", "qos/1", "qos/2", "big", "props"] + [
        f"plant/{index}/température" for index in range(3)
    ]
    messages = read(path)
    assert messages[0]["retain"] is True
    assert messages[4]["size"] == 307_200
    if protocol == "5":
        assert messages[5]["properties"] == {"user_property": [["k", "v"]]}


@pytest.mark.parametrize("version", [ProtocolVersion.MQTT_3_1_1, ProtocolVersion.MQTT_5])
def test_that_tshark_reads_dense_segments_both_ways(
    tmp_path: Path, tshark: str, version: ProtocolVersion
) -> None:
    path = tmp_path / "a.pcapng"
    recorder = Recorder(path, "mqtts://broker.example:8883")
    tap = Tap(recorder.write)
    for number in range(2):
        tap.open_connection(f"Connection {number}", START_NS)
        tap.feed(Direction.OUT, encode_connect("me", version=version), START_NS)
        subscribe = encode_subscribe(1, [Subscription("#", 1)], version=version)
        tap.feed(Direction.OUT, subscribe, START_NS)
        suback = encode_suback(1, [1], version=version)
        tap.feed(Direction.IN, encode_connack(version=version) + suback, START_NS)
        for chunk in range(4):
            messages = [
                encode_publish(f"t/{i}", b"x" * i, qos=1, packet_identifier=i + 1, version=version)
                for i in range(400)
            ]
            tap.feed(Direction.IN, b"".join(messages), START_NS + chunk)
            acks = [
                encode_ack(ControlPacketType.PUBACK, i + 1, version=version) for i in range(400)
            ]
            tap.feed(Direction.OUT, b"".join(acks), START_NS + chunk)
        tap.note("The connection was lost.", START_NS + 9)
    recorder.close()
    packets = by_us(path)
    assert len(packets) == 2 * (4 + 4 * 800)
    # tshark tells a packet when its last segment comes, as we do, but puts what one frame
    # completes into one row.
    assert by_tshark(tshark, path) == packets
    assert complaints(tshark, path) == []
    done = subprocess.run(
        [tshark, "-r", str(path), "-T", "fields", "-e", "frame.comment", "-Y", "frame.comment"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "mqtts://broker.example:8883" in done.stdout
    assert "The connection was lost." in done.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_that_ctrl_c_ends_with_the_file_complete(
    broker: Mosquitto, tmp_path: Path, number: signal.Signals
) -> None:
    path = tmp_path / "a.pcapng"
    with recording(f"localhost:{broker.port}", "-t", "a/#", "-o", str(path), "--json") as process:
        publish(broker, "a/b", b"x")
        deadline = time.monotonic() + TIMEOUT_S
        part = path.with_name("a.pcapng.part")
        while b"a/b" not in part.read_bytes():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(number)
        out, err = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 0, err
    assert json.loads(out)["ledger"]["stored"] == 1
    assert "1 message in " in err
    assert [message["topic"] for message in read(path)] == ["a/b"]
    assert not part.exists()


def test_that_a_killed_recording_is_readable(broker: Mosquitto, tmp_path: Path) -> None:
    path = tmp_path / "a.pcapng"
    part = tmp_path / "a.pcapng.part"
    with recording(f"localhost:{broker.port}", "-t", "#", "-o", str(path)) as process:
        publish(broker, "a/b", b"x")
        deadline = time.monotonic() + TIMEOUT_S
        while b"a/b" not in part.read_bytes():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.kill()
        process.wait(TIMEOUT_S)
    assert [message["topic"] for message in read(part)] == ["a/b"]


def test_that_the_duration_ends_a_recording(broker: Mosquitto, tmp_path: Path) -> None:
    path = tmp_path / "a.pcapng"
    done = topicscope(
        *("record", f"localhost:{broker.port}", "-t", "quiet", "-o", str(path), "--duration", "0.5")
    )
    assert done.returncode == 0
    assert "0 messages in" in done.stderr
    assert path.exists()


def test_that_the_count_is_exact_in_a_flood(broker: Mosquitto, tmp_path: Path) -> None:
    path = tmp_path / "a.pcapng"
    flood = b"".join(b"%d\n" % index for index in range(5000))
    with recording(
        f"localhost:{broker.port}", "-t", "#", "-o", str(path), "--count", "1234"
    ) as run:
        subprocess.run(
            ["mosquitto_pub", "-p", str(broker.port), "-t", "n", "-l"],
            input=flood, check=True, timeout=TIMEOUT_S,
        )  # fmt: skip
        run.communicate(timeout=TIMEOUT_S)
    assert [message["payload"] for message in read(path)] == [str(index) for index in range(1234)]


def test_that_a_wrong_password_is_told_and_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "a.pcapng"
    with Mosquitto(tmp_path, users={"anna": "right"}) as broker:
        url = f"mqtt://anna@localhost:{broker.port}"
        command = ["record", url, "-t", "#", "-o", str(path), "--password-stdin"]
        done = topicscope(*command, stdin="canary\n")
        assert done.returncode == 3
        assert "anna" in done.stderr or "password" in done.stderr
        assert "canary" not in done.stderr
        assert not list(tmp_path.glob("a.pcapng*"))
        assert broker.log.count("as anna") <= 1
        done = topicscope(*command, "--duration", "0.3", stdin="right\n")
        assert done.returncode == 0, done.stderr
    assert b"right" not in path.read_bytes()


def test_that_a_closed_port_is_told_at_once(tmp_path: Path) -> None:
    begin = time.monotonic()
    url = f"mqtt://127.0.0.1:{free_port()}"
    done = topicscope("record", url, "-t", "#", "-o", str(tmp_path / "a.pcapng"))
    assert done.returncode == 3
    assert "Nothing listens" in done.stderr
    assert time.monotonic() - begin < 10
    assert list(tmp_path.iterdir()) == []


def wait_for_bytes(folder: Path, content: bytes) -> None:
    """Wait until a recording that goes on holds these bytes."""
    deadline = time.monotonic() + TIMEOUT_S
    while not any(content in path.read_bytes() for path in folder.glob("*.part")):
        assert time.monotonic() < deadline, f"{content!r} was not recorded"
        time.sleep(0.02)


def test_that_a_broker_which_restarts_leaves_a_note_and_is_recorded_on(
    broker: Mosquitto, tmp_path: Path
) -> None:
    path = tmp_path / "a.pcapng"
    with recording(f"localhost:{broker.port}", "-t", "#", "-o", str(path), "--count", "2") as run:
        publish(broker, "before", b"x")
        wait_for_bytes(tmp_path, b"before")
        broker.restart()
        while run.poll() is None:
            with contextlib.suppress(subprocess.CalledProcessError):
                publish(broker, "after", b"x")
        _, err = run.communicate(timeout=TIMEOUT_S)
    assert run.returncode == 0, err
    assert [message["topic"] for message in read(path)] == ["before", "after"]
    packets = read(path, "--packets")
    assert [packet["connection"] for packet in packets if packet["type"] == "CONNACK"] == [1, 2]


def test_that_filters_the_broker_refuses_are_told_and_end_the_recording(tmp_path: Path) -> None:
    refusing = Broker(refuse_subscriptions=lambda topic_filter: topic_filter.startswith("secret"))
    with BrokerThread(refusing) as broker:
        url = f"mqtt://localhost:{broker.port}"
        command = ["record", url, "-o", str(tmp_path / "a.pcapng"), "--duration", "0.5", "-t"]
        one_of_two = topicscope(*command, "open", "secret/x")
        all_of_them = topicscope(*command, "secret/x", "secret/y")
    assert one_of_two.returncode == 0
    assert "secret/x: " in one_of_two.stderr
    assert all_of_them.returncode == 1
    assert "refused every Topic Filter" in all_of_them.stderr


def test_that_a_recording_over_tls_and_websocket_reads_as_plain_mqtt(
    tmp_path: Path, tshark: str
) -> None:
    with Mosquitto(tmp_path, tls=True, websocket=True) as broker:
        for url in (
            f"mqtts://localhost:{broker.tls_port}",
            f"wss://localhost:{broker.secure_websocket_port}/mqtt",
        ):
            path = tmp_path / "a.pcapng"
            with recording(
                url, "-t", "#", "-o", str(path), "--count", "1", "--ca", broker.ca_file
            ) as process:
                publish_until_ended(broker, process)
            assert by_tshark(tshark, path) == by_us(path)
            assert read(path)[0]["topic"] == "tick"
