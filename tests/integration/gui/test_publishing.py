"""The Publish pane against a real Mosquitto: what is refused, limited, queued, dropped, kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView

from tests.helpers.mosquitto import Mosquitto
from topicscope.mqtt.control_packets import ProtocolVersion

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.helpers.window import Desk

VERSIONS = (ProtocolVersion.MQTT_3_1_1, ProtocolVersion.MQTT_5)
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    rules = tmp_path / "acl"
    rules.write_text("topic readwrite open/#\ntopic write $open/#\ntopic read #\n")
    rules.chmod(0o600)
    with Mosquitto(tmp_path, extra=f"acl_file {rules}\nmax_packet_size 2000") as broker:
        yield broker


def connect(
    desk: Desk, mosquitto: Mosquitto, version: ProtocolVersion = ProtocolVersion.MQTT_5
) -> None:
    desk.click("Fill in the form…")
    desk.begin_form(f"mqtt://127.0.0.1:{mosquitto.port}", "Lab")
    desk.show_tab("MQTT")
    desk.choose("Version", version.label)
    desk.click("Save & Connect")
    desk.wait_for_state("Connected")


def last(desk: Desk) -> list[str]:
    """Return topic and state of the newest publish in the list of the pane."""
    rows = desk.rows("Published last")
    return rows[0][:2] if rows else ["", ""]


def result(desk: Desk) -> str:
    return desk.window.publish.result_text


def test_that_a_refusal_by_the_acl_is_told_for_each_qos_with_mqtt_5(
    desk: Desk, mosquitto: Mosquitto
) -> None:
    connect(desk, mosquitto)
    desk.publish("closed/a", "1", qos=0)
    desk.wait(lambda: result(desk).startswith("Sent in"))
    line = desk.window.publish._result._words
    assert "not even a refusal" in line.toolTip()
    for qos in (1, 2):
        desk.publish("closed/a", "1", qos=qos)
        desk.wait(lambda: result(desk).startswith("Refused by the broker"), f"QoS {qos}")
        assert result(desk).endswith("Not authorized (0x87)")
        assert last(desk) == ["closed/a", "refused 0x87"]
    desk.publish("open/a", "1", qos=2)
    desk.wait(lambda: result(desk).startswith("Acknowledged in"))
    desk.wait(lambda: "echo after" in result(desk))
    assert "Success (0x00)" in result(desk)


def test_that_mqtt_3_1_1_cannot_tell_a_refusal_and_says_so(
    desk: Desk, mosquitto: Mosquitto
) -> None:
    connect(desk, mosquitto, ProtocolVersion.MQTT_3_1_1)
    for qos in (1, 2):
        desk.publish("closed/a", "1", qos=qos)
        desk.wait(lambda: result(desk).startswith("Acknowledged in"), f"QoS {qos}")
        assert result(desk).endswith("no Reason Code before MQTT 5")
        assert "a broker that refuses" in desk.window.publish._result._words.toolTip()
    properties = desk.find(QAbstractButton, "Properties of MQTT 5 that travel with the message")
    assert not properties.isEnabled()


def test_that_a_packet_above_the_limit_is_not_sent_and_the_limit_is_named(
    desk: Desk, mosquitto: Mosquitto
) -> None:
    connect(desk, mosquitto)
    desk.type("Topic to publish to", "open/a")
    desk.window.publish.editor.set_text("x" * 2000, "text")
    desk.wait_for_words("The broker takes packets up to 2,000 bytes; this one has 2,012.")
    sent = desk.ledger("sent")
    desk.keys("Ctrl+Return", desk.window.publish.editor.edit)
    assert desk.rows("Published last") == []
    assert desk.ledger("sent") == sent
    desk.window.publish.editor.set_text("x" * 1988, "text")
    desk.wait_for_words("2,000 of 2,000 B")
    desk.keys("Ctrl+Return", desk.window.publish.editor.edit)
    desk.wait(lambda: result(desk).startswith("Sent"))
    desk.wait_for_state("Connected")


def test_that_no_matching_subscribers_is_said(desk: Desk, mosquitto: Mosquitto) -> None:
    connect(desk, mosquitto)
    # A filter that begins with a wildcard matches no topic that begins with $ (section 4.7.2).
    desk.publish("$open/a", "1", qos=1)
    desk.wait_for_words("No matching subscribers (0x10): nobody gets it")
    assert last(desk) == ["$open/a", "no subscribers"]


def test_that_what_is_published_offline_is_queued_and_can_be_dropped(
    desk: Desk, mosquitto: Mosquitto
) -> None:
    connect(desk, mosquitto)
    mosquitto.kill()
    desk.wait_for_words("Retrying")
    desk.publish("open/dropped", "1", qos=1)
    desk.wait(lambda: last(desk) == ["open/dropped", "queued"])
    desk.publish("open/kept", "1", qos=1)
    desk.wait(lambda: last(desk) == ["open/kept", "queued"])
    view = desk.find(QAbstractItemView, "Published last")
    QTest.mouseClick(view.viewport(), LEFT, pos=view.visualRect(view.model().index(1, 2)).center())
    desk.wait(lambda: desk.rows("Published last")[1][:2] == ["open/dropped", "dropped"])
    mosquitto.start()
    desk.wait_for_state("Connected")
    desk.wait(lambda: last(desk)[1] not in {"queued", "sent"}, "the acknowledgement")
    desk.wait(lambda: "open/kept" in desk.column("Topic"))
    assert "open/dropped" not in desk.column("Topic")


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.label)
def test_that_a_template_in_a_binary_format_arrives_as_its_bytes(
    desk: Desk, mosquitto: Mosquitto, version: ProtocolVersion
) -> None:
    connect(desk, mosquitto, version)
    pane = desk.window.publish
    desk.choose("How the payload is written here", "CBOR")
    desk.publish("open/{{choice cbor}}", '{"a": {{ 1 + 1 }}}', qos=1)
    desk.wait(lambda: last(desk)[0] == "open/cbor")
    desk.wait(lambda: "open/cbor" in desk.column("Topic"))
    assert pane._publishing.results.results[0].message.payload == b"\xa1aa\x02"
    if version is ProtocolVersion.MQTT_5:
        pane.fields.properties.set_document({"user_property": [["id", "{{counter}}"]]})
        desk.keys("Ctrl+Return", pane.editor.edit)
        desk.wait(lambda: len(pane._publishing.results.results) == 2)
        assert pane._publishing.results.results[0].message.properties == [(38, ("id", "1"))]


@pytest.mark.parametrize("version", [ProtocolVersion.MQTT_3_1_1, ProtocolVersion.MQTT_5])
def test_that_a_message_that_the_broker_cuts_the_connection_at_is_named_and_dropped(
    desk: Desk, mosquitto: Mosquitto, version: ProtocolVersion
) -> None:
    connect(desk, mosquitto, version)
    pane = desk.window.publish
    pane.fields.qos_choice.setCurrentIndex(1)
    pane.topic_edit.setText("open/\x01")
    assert "a control character (U+0001)" in result(desk)
    pane.publish()
    desk.wait(lambda: "times over it: drop it" in result(desk), "what it does again and again")
    assert last(desk) == ["open/\\x01", "queued again"]
    desk.click_row("Published last", 0)
    desk.keys("Delete", pane.results_view)
    desk.wait(lambda: result(desk).startswith("Dropped as asked."), "that it is dropped")
    desk.wait_for_state("Connected")
