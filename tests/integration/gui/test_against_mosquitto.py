"""The window against a real Mosquitto, walked once for each transport and version of MQTT."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.helpers.mosquitto import Mosquitto
from topicscope.mqtt.control_packets import ProtocolVersion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.helpers.window import Desk

SCHEMES = ("mqtt", "mqtts", "ws", "wss")
VERSIONS = (ProtocolVersion.MQTT_3_1_1, ProtocolVersion.MQTT_5)


@pytest.fixture(scope="module")
def mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    folder = tmp_path_factory.mktemp("broker")
    with Mosquitto(folder, tls=True, websocket=True, extra="sys_interval 1") as broker:
        yield broker


def retain(mosquitto: Mosquitto, topic: str, payload: str) -> None:
    """Publish as somebody else."""
    command = ("mosquitto_pub", "-p", str(mosquitto.port), "-r", "-q", "1", "-t", topic)
    subprocess.run([*command, "-m", payload], check=True, timeout=5)


def fill_in_form(desk: Desk, mosquitto: Mosquitto, scheme: str, version: ProtocolVersion) -> None:
    """Make a connection through the form, as a person does who has a private authority."""
    port = {
        "mqtt": mosquitto.port,
        "mqtts": mosquitto.tls_port,
        "ws": mosquitto.websocket_port,
        "wss": mosquitto.secure_websocket_port,
    }[scheme]
    desk.click("Fill in the form…")
    desk.begin_form(f"{scheme}://localhost:{port}", "Lab")
    if scheme in {"mqtts", "wss"}:
        desk.show_tab("TLS")
        desk.choose("Verify the broker by", "An authority of your own, from a CA file")
        desk.type("CA file", mosquitto.ca_file)
    desk.show_tab("MQTT")
    desk.choose("Version", version.label)
    desk.click("Save & Connect")


def cells(desk: Desk, topic: str, heading: str) -> list[str]:
    topics = desk.column("Topic")
    return [cell for cell, t in zip(desk.column(heading), topics, strict=True) if t == topic]


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.label)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_that_a_session_can_be_worked_with(
    desk: Desk, mosquitto: Mosquitto, scheme: str, version: ProtocolVersion
) -> None:
    kept = f"plant/{scheme}{int(version)}/temperature"
    retain(mosquitto, kept, "21.5")
    fill_in_form(desk, mosquitto, scheme, version)
    desk.wait_for_state("Connected")
    desk.wait_for_words(f"{version.label} · {'TLS' if scheme[-2:] in ('ts', 'ss') else 'not'}")

    # The profile's own subscription to # brings what the broker keeps.
    desk.subscribe("plant/+/temperature")
    desk.wait(lambda: "R" in cells(desk, kept, "R"), "the retained message")
    desk.wait(lambda: len(desk.rows("Subscriptions")) == 2)
    assert "21.5" in cells(desk, kept, "Payload")

    for qos in range(3):
        topic = f"echo/{scheme}{int(version)}/{qos}"
        desk.publish(topic, f"hello {qos}", qos=qos)
        desk.wait_for_words("Acknowledged" if qos else "Sent")
        desk.wait(lambda topic=topic: set(cells(desk, topic, "⇄")) == {"→", "←"}, topic)
        assert set(cells(desk, topic, "Payload")) == {f"hello {qos}"}
        assert not any(cells(desk, topic, "R"))

    desk.show_tab("Broker")
    desk.click("Watch the broker")
    desk.wait_for_words("Mosquitto 2.0.", "Live", "Clients connected")
    desk.show_tab("Messages")

    mosquitto.kill()
    desk.wait_for_words("Retrying")
    mosquitto.start()
    desk.wait_for_state("Connected")
    # A note says that something may be missing between the rows above and below.
    notes = [" ".join(row) for row in desk.rows()]
    assert any("connection lost" in note.casefold() or "closed" in note for note in notes), notes
    again = f"plant/again{scheme}{int(version)}/temperature"
    retain(mosquitto, again, "22")
    desk.wait(lambda: cells(desk, again, "Payload"), "a message after the reconnect")
    desk.click("Disconnect")
    desk.wait_for_state("Not connected")
