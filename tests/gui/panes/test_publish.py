"""The Publish pane, used as a person would."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt

from tests.helpers.packets import publish
from tests.helpers.scripted_connection import (
    CONNECTED,
    ScriptedConnection,
    scripted_bridge,
    settle,
)
from topicscope.connection.server_told import ServerTold
from topicscope.connection.state import ConnectionState, Phase
from topicscope.gui import tasks
from topicscope.gui.connection.publishing import Publishing
from topicscope.gui.library.publishing import PublishLibrary
from topicscope.gui.models.publish.message import Message
from topicscope.gui.panes.publish import PublishPane
from topicscope.gui.theme import apply_theme
from topicscope.gui.widgets.payload.editor import KINDS
from topicscope.mqtt.control_packets import ProtocolVersion

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from topicscope.gui.connection.bridge import ConnectionBridge

TEXT, JSON, HEX = map(KINDS.index, ("text", "json", "hex"))
CTRL = Qt.KeyboardModifier.ControlModifier
LEFT = Qt.MouseButton.LeftButton


class Desk(NamedTuple):
    pane: PublishPane
    bridge: ConnectionBridge
    connection: ScriptedConnection
    qtbot: QtBot

    def tell(self, state: ConnectionState) -> None:
        self.connection.tell(state)
        settle(self.qtbot, self.bridge)

    def progress(self, token: int, stage: str, **facts: object) -> str:
        self.connection.progress(token, stage, **facts)
        settle(self.qtbot, self.bridge)
        return self.pane.result_text

    def type_message(self, topic: str, payload: str) -> None:
        self.pane.topic_edit.clear()
        self.qtbot.keyClicks(self.pane.topic_edit, topic)
        self.pane.editor.edit.clear()
        self.qtbot.keyClicks(self.pane.editor.edit, payload)


@pytest.fixture
def offline(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Desk]:
    apply_theme(qapp, "light")
    with tasks.event_loop(qapp):
        bridge, connection = scripted_bridge()
        library = PublishLibrary(tmp_path / "config", tmp_path / "state")
        library.acquire()
        pane = PublishPane(Publishing(library, bridge))
        qtbot.addWidget(pane)
        qtbot.addWidget(pane.header)
        pane.resize(700, 200)
        with qtbot.waitExposed(pane):
            pane.show()
        yield Desk(pane, bridge, connection, qtbot)
        bridge.close()
        library.release()
        pane.hide()
    qapp.setStyleSheet("")


@pytest.fixture
def desk(offline: Desk) -> Desk:
    offline.tell(CONNECTED)
    return offline


def test_that_the_button_publishes_what_was_typed_and_the_payload_stays(desk: Desk) -> None:
    desk.type_message("plant/line1/setpoint", "78.5")
    desk.pane.fields.qos_choice.setCurrentIndex(1)
    desk.qtbot.mouseClick(desk.pane.fields.retain_box, LEFT)
    desk.qtbot.mouseClick(desk.pane.button, LEFT)
    assert desk.connection.published == [("plant/line1/setpoint", b"78.5", 1, True)]
    assert desk.pane.editor.edit.toPlainText() == "78.5"


def test_that_ctrl_enter_publishes_from_the_payload_and_from_the_topic(desk: Desk) -> None:
    desk.type_message("a", "1")
    desk.pane.editor.focus_field()
    desk.qtbot.keyClick(desk.pane.editor.edit, Qt.Key.Key_Return, CTRL)
    desk.pane.topic_edit.setFocus()
    desk.qtbot.keyClick(desk.pane.topic_edit, Qt.Key.Key_Return, CTRL)
    assert desk.connection.published == [("a", b"1", 0, False)] * 2
    assert desk.pane.editor.edit.toPlainText() == "1"


def test_that_it_cannot_be_published_without_a_connection_and_why(offline: Desk) -> None:
    offline.type_message("a", "1")
    assert not offline.pane.button.isEnabled()
    assert offline.pane.result_text == "Not connected: connect to a broker to publish."
    offline.qtbot.keyClick(offline.pane.editor.edit, Qt.Key.Key_Return, CTRL)
    assert offline.connection.published == []


def test_that_only_qos_1_and_2_wait_for_a_connection_that_was_lost(desk: Desk) -> None:
    desk.type_message("a", "1")
    desk.tell(ConnectionState(Phase.WAITING, "Lost."))
    assert not desk.pane.button.isEnabled()
    assert "QoS 0" in desk.pane.result_text
    desk.pane.fields.qos_choice.setCurrentIndex(1)
    assert desk.pane.button.isEnabled()
    assert desk.pane.result_text == "Not connected now: the message will wait for the connection."


@pytest.mark.parametrize(
    ("topic", "reason"),
    [
        ("", "Type the topic to publish to."),
        ("a/#", "A Topic Name must not contain the wildcard #"),
        ("a/+/b", "A Topic Name must not contain the wildcard +"),
    ],
)
def test_that_the_topic_is_judged_while_it_is_typed(desk: Desk, topic: str, reason: str) -> None:
    desk.type_message(topic, "1")
    assert desk.pane.result_text == reason
    assert not desk.pane.button.isEnabled()


def test_that_json_is_checked_with_line_and_column(desk: Desk) -> None:
    desk.type_message("a", '{"target": }')
    problem = "expected a value but found '}', at line 1 column 12"
    assert desk.pane.result_text == f"Not JSON: {problem}"
    assert desk.pane.button.isEnabled(), "a text may be anything"
    desk.pane.editor.format_choice.setCurrentIndex(JSON)
    assert desk.pane.result_text == f"Not JSON: {problem}"
    assert not desk.pane.button.isEnabled()
    desk.pane.editor.edit.setPlainText('{"target": 78.0}')
    desk.qtbot.mouseClick(desk.pane.button, LEFT)
    assert desk.connection.published == [("a", b'{"target": 78.0}', 0, False)]


def test_that_hex_is_published_as_bytes(desk: Desk) -> None:
    desk.pane.editor.format_choice.setCurrentIndex(HEX)
    desk.type_message("a", "00 ff,0x12:ab")
    desk.qtbot.mouseClick(desk.pane.button, LEFT)
    assert desk.connection.published == [("a", b"\x00\xff\x12\xab", 0, False)]
    desk.pane.editor.edit.setPlainText("0g")
    assert desk.pane.result_text == "Not hex: 'g', at line 1 column 2"


def test_that_an_empty_payload_may_be_published_in_every_format(desk: Desk) -> None:
    desk.type_message("a", "")
    for shown in (TEXT, JSON, HEX):
        desk.pane.editor.format_choice.setCurrentIndex(shown)
        desk.qtbot.mouseClick(desk.pane.button, LEFT)
    assert [payload for _, payload, _, _ in desk.connection.published] == [b"", b"", b""]


def test_that_clearing_a_retained_message_is_announced(desk: Desk) -> None:
    desk.type_message("a", "")
    desk.pane.fields.retain_box.setChecked(True)
    assert "clears what the broker keeps" in desk.pane.result_text


def test_that_what_became_of_the_message_is_told_in_words(desk: Desk) -> None:
    def told(stage: str, **facts: object) -> str:
        desk.pane.publish()
        return desk.progress(len(desk.connection.published), stage, **facts)

    desk.type_message("a", "1")
    assert told("queued", text="Waits for the connection (1 queued).") == (
        "Queued. Waits for the connection (1 queued)."
    )
    assert told("sent", elapsed_s=0.002) == "Sent in 2.0 ms"
    desk.pane.fields.qos_choice.setCurrentIndex(1)
    assert told("sent", elapsed_s=0.002) == "Sent in 2.0 ms, waits for PUBACK"
    assert told(
        "acknowledged", reason_code=0, text="Success", elapsed_s=9.0, round_trip_s=0.0123
    ) == ("Acknowledged in 12 ms · Success (0x00)")
    assert told("acknowledged", text="PUBACK came.", round_trip_s=0.0123) == (
        "Acknowledged in 12 ms · no Reason Code before MQTT 5"
    )
    assert told(
        "acknowledged", reason_code=16, text="No matching subscribers (0x10)", round_trip_s=0.001
    ) == ("Acknowledged in 1.0 ms · No matching subscribers (0x10): nobody gets it")
    assert told("refused", reason_code=0x87, text="Not authorized (0x87)") == (
        "Refused by the broker: Not authorized (0x87)"
    )
    assert told("refused", text="The broker takes QoS 1 only.") == ("The broker takes QoS 1 only.")
    assert told("dropped", text="Disconnected.") == "Dropped. Disconnected."


def test_that_only_the_newest_publish_is_told(desk: Desk) -> None:
    desk.type_message("a", "1")
    desk.pane.publish()
    desk.pane.publish()
    before = desk.pane.result_text
    assert desk.progress(1, "sent", elapsed_s=1.0) == before
    assert desk.progress(2, "sent", elapsed_s=1.0) == "Sent in 1.0 s"


def test_that_a_publish_the_standard_forbids_is_told(desk: Desk) -> None:
    def refuse(*_arguments: object) -> int:
        raise ValueError("The payload is too long for one packet.")

    desk.connection.publish = refuse  # type: ignore[method-assign]
    desk.type_message("a", "1")
    desk.pane.publish()
    assert desk.pane.result_text == "The payload is too long for one packet."


def test_that_topics_seen_before_are_offered(desk: Desk) -> None:
    desk.connection.receive(
        publish(b"plant/line1/temperature", b"1"),
        publish(b"plant/line2/temperature", b"1"),
        publish(b"home/\xff", b"1"),
    )
    settle(desk.qtbot, desk.bridge)
    desk.qtbot.keyClicks(desk.pane.topic_edit, "plant/")
    assert desk.pane.completer.proposals() == [
        "plant/line1/temperature",
        "plant/line2/temperature",
    ]
    desk.pane.topic_edit.clear()
    desk.qtbot.keyClicks(desk.pane.topic_edit, "line2")
    assert desk.pane.completer.proposals() == ["plant/line2/temperature"]


@pytest.mark.parametrize(
    ("payload", "shown"),
    [
        (b'{"a": 1}', JSON),
        (b"21.5", TEXT),
        ("grün\u00a0°C\n".encode(), TEXT),
        (b"", TEXT),
        (b"a\rb", HEX),
        (b"\x00\xff", HEX),
    ],
)
def test_that_filling_in_chooses_a_format_that_keeps_every_byte(
    desk: Desk, payload: bytes, shown: int
) -> None:
    desk.pane.fill("<img src=x>", payload)
    assert desk.pane.editor.format_choice.currentIndex() == shown
    assert desk.pane.fields.draft().message().payload == payload
    assert desk.pane.topic_edit.text() == "<img src=x>"


def test_that_filling_in_a_topic_alone_keeps_the_payload(desk: Desk) -> None:
    desk.type_message("a", "typed")
    desk.pane.fill("b")
    assert desk.pane.fields.draft().message().payload == b"typed"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(payload=st.binary(max_size=60) | st.text(max_size=40).map(str.encode))
def test_that_no_payload_is_changed_by_filling_it_in(desk: Desk, payload: bytes) -> None:
    desk.pane.fill("a", payload)
    filled = desk.pane.fields.draft().message().payload
    assert filled in {payload, payload.replace(b"\r\n", b"\n")}


# Limits, properties, variables, what was published last


LIMITED = ConnectionState(
    Phase.CONNECTED,
    "Connected.",
    endpoint="broker.local:1883",
    protocol_version=ProtocolVersion.MQTT_5,
    server=ServerTold(maximum_packet_size=100, maximum_qos=1),
)


def test_that_what_the_broker_would_not_take_is_said_before_it_is_sent(desk: Desk) -> None:
    desk.tell(LIMITED)
    desk.type_message("a", "x" * 120)
    assert desk.pane.result_text == ("The broker takes packets up to 100 bytes; this one has 126.")
    assert not desk.pane.button.isEnabled()
    assert desk.pane._size.text() == "126 of 100 B"
    desk.type_message("a", "x")
    assert desk.pane.button.isEnabled()
    desk.pane.fields.qos_choice.setCurrentIndex(2)
    assert desk.pane.result_text == "The broker takes messages up to QoS 1 only."


def test_that_properties_are_off_before_mqtt_5_and_can_still_be_removed(desk: Desk) -> None:
    fields = desk.pane.fields
    assert fields.properties_button.isEnabled()
    old = ConnectionState(
        Phase.CONNECTED, "Connected.", protocol_version=ProtocolVersion.MQTT_3_1_1
    )
    desk.tell(old)
    assert not fields.properties_button.isEnabled()
    assert "this connection speaks MQTT 3.1.1" in fields.properties_button.toolTip()
    desk.type_message("a", "1")
    fields.properties.set_document({"content_type": "text/plain"})
    assert fields.properties_button.text() == "Properties (1)"
    assert fields.properties_button.isEnabled()
    assert desk.pane.result_text == (
        "Content Type needs MQTT 5; this connection speaks MQTT 3.1.1."
    )
    fields.properties.clear()
    assert desk.pane.button.isEnabled()


def test_that_properties_travel_with_the_message(desk: Desk) -> None:
    desk.type_message("a", "1")
    desk.pane.fields.properties.set_document(
        {"response_topic": "b/c", "user_property": [["x", "1"], ["x", "2"]]}
    )
    assert desk.pane.fields.properties_button.text() == "Properties (3)"
    desk.pane.publish()
    assert desk.connection.properties == [[(8, "b/c"), (38, ("x", "1")), (38, ("x", "2"))]]


def test_that_variables_are_filled_in_and_shown_before(desk: Desk) -> None:
    desk.type_message("a/{{ 1 + 1 }}", "n={{counter}}")
    desk.qtbot.waitUntil(lambda: desk.pane.preview_text == "a/2  n=1")
    assert desk.pane.button.isEnabled()
    desk.pane.publish()
    desk.qtbot.waitUntil(lambda: len(desk.connection.published) == 1)
    assert desk.connection.published == [("a/2", b"n=1", 0, False)]
    desk.qtbot.waitUntil(lambda: desk.pane.preview_text == "a/2  n=2")


def test_that_what_is_wrong_with_a_variable_is_told_with_its_place(desk: Desk) -> None:
    desk.type_message("a", "{{ nothing_of_this_name }}")
    desk.qtbot.waitUntil(lambda: "Payload, line 1 column 1" in desk.pane.result_text)
    assert not desk.pane.button.isEnabled()
    assert desk.pane.preview_text == "–"


def test_that_braces_that_mean_themselves_are_sent_as_they_are(desk: Desk) -> None:
    desk.pane.fill("a", b'{"x": "{{now}}"}')
    assert not desk.pane.fields.fills_button.isChecked()
    assert desk.pane.preview_text == ""
    desk.pane.publish()
    assert desk.connection.published == [("a", b'{"x": "{{now}}"}', 0, False)]
    desk.qtbot.mouseClick(desk.pane.fields.fills_button, LEFT)
    assert not desk.pane._preview.isHidden()


def test_that_messages_leave_in_the_order_in_which_they_were_asked_for(desk: Desk) -> None:
    desk.type_message("a", "{{counter}}")
    desk.pane.publish()
    desk.pane.fields.fills_button.setChecked(False)
    desk.type_message("b", "plain")
    desk.pane.publish()
    desk.qtbot.waitUntil(lambda: len(desk.connection.published) == 2)
    assert [topic for topic, *_ in desk.connection.published] == ["a", "b"]


def test_that_the_bytes_of_a_file_are_sent(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "picture.bin"
    path.write_bytes(bytes(range(256)))
    desk.type_message("a", "")
    desk.pane.editor.format_choice.setCurrentIndex(KINDS.index("file"))
    assert desk.pane.result_text == "Choose the file to send."
    desk.qtbot.keyClicks(desk.pane.editor.file_field.edit, str(path))
    desk.qtbot.waitUntil(lambda: desk.pane._size.text() == "256 B")
    desk.pane.publish()
    desk.qtbot.waitUntil(lambda: len(desk.connection.published) == 1)
    assert desk.connection.published[0][1] == bytes(range(256))
    path.unlink()
    desk.pane.publish()
    desk.qtbot.waitUntil(lambda: "there is no file" in desk.pane.result_text)


def test_that_a_large_payload_is_judged_without_holding_the_window_up(desk: Desk) -> None:
    desk.pane.fill("a", b'"' + b"x" * 300_000 + b'"')
    desk.qtbot.waitUntil(lambda: desk.pane._size.text() == "293 kB")
    desk.pane.publish()
    desk.qtbot.waitUntil(lambda: len(desk.connection.published) == 1)
    assert len(desk.connection.published[0][1]) == 300_002


def test_that_what_waits_is_listed_and_can_be_dropped(desk: Desk) -> None:
    view = desk.pane.results_view
    desk.type_message("a/b", "1")
    desk.pane.fields.qos_choice.setCurrentIndex(1)
    desk.pane.publish()
    desk.progress(1, "queued", text="Waits.")
    desk.pane.publish()
    desk.progress(2, "acknowledged", reason_code=0, text="Success", round_trip_s=0.002)
    dropped = []
    view.drop_requested.connect(dropped.append)
    model = view.model()
    words = [[model.index(row, column).data() for column in (0, 1)] for row in (0, 1)]
    assert words == [["a/b", "2.0 ms"], ["a/b", "queued"]]
    for row in (0, 1):
        cross = view.visualRect(model.index(row, 2)).center()
        desk.qtbot.mouseClick(view.viewport(), LEFT, pos=cross)
    assert [result.token for result in dropped] == [1]
    desk.pane._publishing.drop(dropped[0])
    assert desk.connection.dropped == [1]


def test_that_the_echo_of_a_message_is_timed(desk: Desk) -> None:
    desk.type_message("a/b", "1")
    desk.pane.publish()
    desk.connection.send(publish(b"a/b", b"1"))
    desk.connection.progress(1, "sent", elapsed_s=0.001)
    desk.connection.receive(publish(b"a/b", b"2"), publish(b"a", b"1"))
    settle(desk.qtbot, desk.bridge)
    assert "echo" not in desk.pane.result_text
    desk.connection.receive(publish(b"a/b", b"1"))
    settle(desk.qtbot, desk.bridge)
    assert desk.pane.result_text.startswith("Sent in 1.0 ms · echo after")


def test_that_what_came_before_is_no_echo(desk: Desk) -> None:
    desk.connection.receive(publish(b"a/b", b"1"))
    settle(desk.qtbot, desk.bridge)
    desk.type_message("a/b", "1")
    desk.pane.publish()
    desk.connection.receive(publish(b"a/b", b"1"))
    settle(desk.qtbot, desk.bridge)
    assert desk.pane._publishing.echoes.awaited == 1


def test_that_topics_published_to_before_are_proposed_first(desk: Desk) -> None:
    desk.connection.receive(publish(b"plant/a", b"1"), publish(b"plant/b", b"1"))
    settle(desk.qtbot, desk.bridge)
    desk.type_message("plant/z", "1")
    desk.pane.publish()
    desk.type_message("plant/", "")
    assert desk.pane.completer.proposals() == ["plant/z", "plant/a", "plant/b"]


def test_that_a_whole_message_can_be_put_into_the_fields(desk: Desk) -> None:
    message = Message(
        "a/b", b"\xa1aa\x01", 2, True, [(3, "application/cbor"), (9, b"\0\1"), (38, ("k", "v"))]
    )
    desk.pane.fields.fill_message(message)
    assert desk.pane.editor.kind == "cbor"
    sent = desk.pane.fields.draft().message()
    assert sent._replace(properties=sorted(sent.properties)) == message


def test_that_nothing_is_published_over_a_read_only_connection(desk: Desk) -> None:
    desk.tell(ConnectionState(Phase.CONNECTED, "Connected.", read_only=True))
    desk.type_message("a", "1")
    assert "read-only" in desk.pane.result_text
    assert not desk.pane.button.isEnabled()


def test_that_a_topic_that_brokers_cut_the_connection_at_is_warned_of(desk: Desk) -> None:
    desk.pane.topic_edit.setText("plant/\x01x")
    assert "a control character (U+0001)" in desk.pane.result_text
    desk.pane.topic_edit.setText("plant/\u202ex")
    assert "an invisible character (U+202E)" in desk.pane.result_text
    assert desk.pane.button.isEnabled()
    desk.pane.topic_edit.setText("plant/x")
    assert desk.pane.result_text == ""
