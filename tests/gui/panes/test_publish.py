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
from topicscope.connection.state import ConnectionState, Phase
from topicscope.gui.panes.publish import HEX, JSON, TEXT, PublishPane
from topicscope.gui.theme import apply_theme

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from topicscope.gui.bridge import ConnectionBridge

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
        self.pane.editor.clear()
        self.qtbot.keyClicks(self.pane.editor, payload)


@pytest.fixture
def offline(qtbot: QtBot, qapp: QApplication) -> Iterator[Desk]:
    apply_theme(qapp, "light")
    bridge, connection = scripted_bridge()
    pane = PublishPane(bridge)
    qtbot.addWidget(pane)
    pane.resize(700, 200)
    with qtbot.waitExposed(pane):
        pane.show()
    yield Desk(pane, bridge, connection, qtbot)
    qapp.setStyleSheet("")


@pytest.fixture
def desk(offline: Desk) -> Desk:
    offline.tell(CONNECTED)
    return offline


def test_that_the_button_publishes_what_was_typed_and_the_payload_stays(desk: Desk) -> None:
    desk.type_message("plant/line1/setpoint", "78.5")
    desk.pane.qos_choice.setCurrentIndex(1)
    desk.qtbot.mouseClick(desk.pane.retain_box, LEFT)
    desk.qtbot.mouseClick(desk.pane.button, LEFT)
    assert desk.connection.published == [("plant/line1/setpoint", b"78.5", 1, True)]
    assert desk.pane.editor.toPlainText() == "78.5"


def test_that_ctrl_enter_publishes_from_the_payload_and_from_the_topic(desk: Desk) -> None:
    desk.type_message("a", "1")
    desk.pane.editor.setFocus()
    desk.qtbot.keyClick(desk.pane.editor, Qt.Key.Key_Return, CTRL)
    desk.pane.topic_edit.setFocus()
    desk.qtbot.keyClick(desk.pane.topic_edit, Qt.Key.Key_Return, CTRL)
    assert desk.connection.published == [("a", b"1", 0, False)] * 2
    assert desk.pane.editor.toPlainText() == "1"


def test_that_it_cannot_be_published_without_a_connection_and_why(offline: Desk) -> None:
    offline.type_message("a", "1")
    assert not offline.pane.button.isEnabled()
    assert offline.pane.result_text == "Not connected: connect to a broker to publish."
    offline.qtbot.keyClick(offline.pane.editor, Qt.Key.Key_Return, CTRL)
    assert offline.connection.published == []


def test_that_only_qos_1_and_2_wait_for_a_connection_that_was_lost(desk: Desk) -> None:
    desk.type_message("a", "1")
    desk.tell(ConnectionState(Phase.WAITING, "Lost."))
    assert not desk.pane.button.isEnabled()
    assert "QoS 0" in desk.pane.result_text
    desk.pane.qos_choice.setCurrentIndex(1)
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
    assert desk.pane.button.isEnabled()
    desk.pane.format_choice.setCurrentIndex(JSON)
    assert desk.pane.result_text == (
        "Not JSON: expected a value but found '}', at line 1 column 12"
    )
    assert not desk.pane.button.isEnabled()
    desk.pane.editor.setPlainText('{"target": 78.0}')
    desk.qtbot.mouseClick(desk.pane.button, LEFT)
    assert desk.connection.published == [("a", b'{"target": 78.0}', 0, False)]


def test_that_hex_is_published_as_bytes(desk: Desk) -> None:
    desk.pane.format_choice.setCurrentIndex(HEX)
    desk.type_message("a", "00 ff,0x12:ab")
    desk.qtbot.mouseClick(desk.pane.button, LEFT)
    assert desk.connection.published == [("a", b"\x00\xff\x12\xab", 0, False)]
    desk.pane.editor.setPlainText("0g")
    assert desk.pane.result_text == "Not hex: 'g' at character 2"


def test_that_an_empty_payload_may_be_published_in_every_format(desk: Desk) -> None:
    desk.type_message("a", "")
    for shown in (TEXT, JSON, HEX):
        desk.pane.format_choice.setCurrentIndex(shown)
        desk.qtbot.mouseClick(desk.pane.button, LEFT)
    assert [payload for _, payload, _, _ in desk.connection.published] == [b"", b"", b""]


def test_that_clearing_a_retained_message_is_announced(desk: Desk) -> None:
    desk.type_message("a", "")
    desk.pane.retain_box.setChecked(True)
    assert "clears what the broker keeps" in desk.pane.result_text


def test_that_what_became_of_the_message_is_told_in_words(desk: Desk) -> None:
    desk.type_message("a", "1")
    desk.pane.publish()
    assert desk.progress(1, "queued", text="Waits for the connection (1 queued).") == (
        "Queued. Waits for the connection (1 queued)."
    )
    assert desk.progress(1, "sent", elapsed_s=0.002) == "Sent in 2.0 ms"
    assert desk.progress(1, "acknowledged", reason_code=0, elapsed_s=0.0123) == (
        "Acknowledged in 12 ms"
    )
    assert desk.progress(1, "acknowledged", reason_code=16, text="No matching subscribers") == (
        "Acknowledged · No matching subscribers"
    )
    assert desk.progress(1, "refused", reason_code=0x87, text="Not authorized (0x87)") == (
        "Refused by the broker: Not authorized (0x87)"
    )
    assert desk.progress(1, "refused", text="The broker takes QoS 1 only.") == (
        "The broker takes QoS 1 only."
    )
    assert desk.progress(1, "dropped", text="Disconnected.") == "Dropped. Disconnected."


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
    assert desk.pane._suggestions.stringList() == [
        "plant/line1/temperature",
        "plant/line2/temperature",
    ]
    desk.pane.topic_edit.clear()
    desk.qtbot.keyClicks(desk.pane.topic_edit, "line2")
    assert desk.pane._suggestions.stringList() == ["plant/line2/temperature"]


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
    assert desk.pane.format_choice.currentIndex() == shown
    assert desk.pane.payload() == payload
    assert desk.pane.topic_edit.text() == "<img src=x>"


def test_that_filling_in_a_topic_alone_keeps_the_payload(desk: Desk) -> None:
    desk.type_message("a", "typed")
    desk.pane.fill("b")
    assert desk.pane.payload() == b"typed"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(payload=st.binary(max_size=60) | st.text(max_size=40).map(str.encode))
def test_that_no_payload_is_changed_by_filling_it_in(desk: Desk, payload: bytes) -> None:
    desk.pane.fill("a", payload)
    filled = desk.pane.payload()
    assert filled in {payload, payload.replace(b"\r\n", b"\n")}
