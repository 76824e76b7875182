"""The broker and the plant with other people's clients: Mosquitto's and paho's, over TCP and WebSocket."""

from __future__ import annotations

import asyncio
import os
import queue
import shutil
import socket
import subprocess
from typing import TYPE_CHECKING

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from topicscope.demo import Broker, BrokerThread, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSIONS = ["mqttv31", "mqttv311", "mqttv5"]


@pytest.fixture
def mosquitto() -> None:
    """Skip without Mosquitto's clients, or fail where they have to be."""
    if shutil.which("mosquitto_sub") is None or shutil.which("mosquitto_pub") is None:
        message = (
            "mosquitto_sub and mosquitto_pub are not installed (apt-get install mosquitto-clients)"
        )
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)


def publish(broker: BrokerThread, version: str, *arguments: str) -> None:
    command = ["mosquitto_pub", "-p", str(broker.port), "-V", version, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def subscribe(broker: BrokerThread, version: str, *arguments: str) -> list[str]:
    command = ["mosquitto_sub", "-p", str(broker.port), "-V", version, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert done.stderr in {"", "Timed out\n"}
    return done.stdout.splitlines()


@pytest.mark.usefixtures("mosquitto")
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("qos", ["0", "1", "2"])
def test_that_mosquittos_clients_exchange_a_retained_message(
    broker: BrokerThread, version: str, qos: str
) -> None:
    publish(broker, version, "-t", "a/b", "-m", "hello", "-q", qos, "-r")
    lines = subscribe(
        broker, version, "-t", "a/#", "-q", "2", "-C", "1", "-W", "5", "-F", "%t %q %r %p"
    )
    assert lines == [f"a/b {qos} 1 hello"]


@pytest.mark.usefixtures("mosquitto")
def test_that_mqtt_5_properties_pass_through(broker: BrokerThread) -> None:
    options = ["content-type text/plain", "response-topic r/t", "user-property colour blue"]
    flags = [word for option in options for word in ("-D", "publish", *option.split())]
    publish(broker, "mqttv5", "-t", "a", "-m", "x", "-r", *flags)
    lines = subscribe(broker, "mqttv5", "-t", "a", "-C", "1", "-W", "5", "-F", "%C|%R|%P|%p")
    assert lines == ["text/plain|r/t|colour:blue|x"]


@pytest.mark.usefixtures("mosquitto")
def test_that_a_request_response_client_gets_its_answer_from_the_valve() -> None:
    if shutil.which("mosquitto_rr") is None:
        pytest.skip("mosquitto_rr is not installed")
    with BrokerThread(plant=True) as broker:
        command = ["mosquitto_rr", "-p", str(broker.port), "-V", "mqttv5", "-W", "5", "-q", "1"]
        command += ["-t", "devices/valve-3/request", "-e", "my/answer", "-m", '{"method":"get"}']
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
        assert (done.stdout, done.stderr) == ('{"position":40}\n', "")


@pytest.mark.usefixtures("mosquitto")
def test_that_the_plant_and_the_servers_topics_are_there_at_once() -> None:
    with BrokerThread(plant=True) as broker:
        lines = subscribe(broker, "mqttv5", "-t", "#", "-t", "$SYS/#", "-W", "2", "-F", "%r %t")
        topics = {line[2:] for line in lines}
        retained = {line[2:] for line in lines if line.startswith("1 ")}
        assert len(topics) > 150
        assert "plant/line1/temperature" in topics
        assert "homeassistant/light/0x00158d0001a2b3c4/state/config" in retained
        assert "$SYS/broker/uptime" in topics


@pytest.fixture
def connected(broker: BrokerThread, request: pytest.FixtureRequest) -> Iterator[paho.Client]:
    """A paho client over WebSocket, driven by its own thread."""
    client = paho.Client(
        CallbackAPIVersion.VERSION2, transport="websockets", protocol=request.param
    )
    client.ws_set_options(path="/any/path")
    client.connect("127.0.0.1", broker.websocket_port or 0)
    client.loop_start()
    yield client
    client.disconnect()
    client.loop_stop()


@pytest.mark.parametrize("connected", [paho.MQTTv31, paho.MQTTv311, paho.MQTTv5], indirect=True)
def test_that_paho_over_websocket_gets_back_what_it_sends(connected: paho.Client) -> None:
    inbox: queue.Queue[paho.MQTTMessage] = queue.Queue()
    subscribed: queue.Queue[object] = queue.Queue()

    def on_message(_client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        inbox.put(message)

    def on_subscribe(*answer: object) -> None:
        subscribed.put(answer)

    connected.on_message = on_message
    connected.on_subscribe = on_subscribe
    connected.subscribe("w/#", 2)
    subscribed.get(timeout=5)
    sizes = [0, 1, 126, 65_536, 300_000]
    for qos in range(3):
        for size in sizes:
            connected.publish(f"w/{qos}", b"x" * size, qos).wait_for_publish(5)
            message = inbox.get(timeout=5)
            assert (message.topic, message.qos, len(message.payload)) == (f"w/{qos}", qos, size)


def test_that_a_browser_on_the_websocket_port_is_told_what_this_is(broker: BrokerThread) -> None:
    address = ("127.0.0.1", broker.websocket_port or 0)
    with socket.create_connection(address, timeout=5) as raw:
        raw.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = b""
        while chunk := raw.recv(4096):
            answer += chunk
    assert answer.startswith(b"HTTP/1.1 426 Upgrade Required\r\n")
    assert b"MQTT broker" in answer


def test_that_serve_runs_until_it_is_cancelled() -> None:
    ports: list[int] = []

    async def run() -> None:
        ready = asyncio.Event()

        def on_ready(broker: Broker) -> None:
            ports.append(broker.port)
            ready.set()

        async with asyncio.TaskGroup() as group:
            task = group.create_task(serve(0, 0, plant=True, on_ready=on_ready))
            await asyncio.wait_for(ready.wait(), 5)
            _, writer = await asyncio.open_connection("127.0.0.1", ports[0])
            writer.close()
            await writer.wait_closed()
            task.cancel()

    asyncio.run(run())
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", ports[0]), timeout=1)
