"""The Inspector pane: every kind of payload, shown safely and in full."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import cbor2
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QLabel

from tests.helpers.packets import filled_log, publish
from tests.helpers.scripted_connection import scripted_bridge
from topicscope.capture.log import CaptureLog
from topicscope.gui import tasks
from topicscope.gui.panes.inspector import HEX, PACKET, PRETTY, PROPERTIES, TEXT, InspectorPane
from topicscope.gui.theme import apply_theme
from topicscope.mqtt.control_packets import Direction

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from topicscope.gui.connection.bridge import ConnectionBridge

JSON = b'{"value": 1.10, "big": 1180591620717411303424, "unit": "degC"}'
PROPERTY_BYTES = b"\x01\x01\x03\x00\x10application/json\x26\x00\x04from\x00\x05plant"
WITH_PROPERTIES = bytes([len(PROPERTY_BYTES)]) + PROPERTY_BYTES


class Desk(NamedTuple):
    pane: InspectorPane
    bridge: ConnectionBridge
    qtbot: QtBot

    def show(self, packet: bytes, version: int = 4, direction: Direction = Direction.IN) -> None:
        log, tap = filled_log(version=version)
        tap.feed(direction, packet, 1_795_255_201_905_000_000)
        self.pane.set_record(log.record(log.end_row - 1))

    def choose(self, tab: int) -> None:
        place = self.pane.tabs.tabRect(tab).center()
        self.qtbot.mouseClick(self.pane.tabs, Qt.MouseButton.LeftButton, pos=place)

    def shown(self) -> str:
        page = self.pane.text_page if self.pane._chosen == TEXT else self.pane.pretty_page
        assert page.isVisible()
        return page.view.toPlainText()

    def sentence(self) -> str:
        assert self.pane.empty.isVisible()
        return self.pane.empty.sentence()


@pytest.fixture
def desk(qtbot: QtBot, qapp: QApplication) -> Iterator[Desk]:
    apply_theme(qapp, "light")
    bridge, _connection = scripted_bridge()
    pane = InspectorPane(bridge)
    qtbot.addWidget(pane)
    qtbot.addWidget(pane.header)
    pane.resize(372, 500)
    pane.header.resize(372, 36)
    pane.header.show()
    with tasks.event_loop(qapp):
        with qtbot.waitExposed(pane):
            pane.show()
        yield Desk(pane, bridge, qtbot)
        bridge.close()
    qapp.setStyleSheet("")


def test_that_nothing_chosen_says_what_to_do(desk: Desk) -> None:
    assert desk.sentence() == "Choose a message to see what it says."
    assert not desk.pane.topic_line.isVisible()


def test_that_a_message_is_shown_with_its_topic_facts_and_indented_json(desk: Desk) -> None:
    desk.show(publish(b"plant/line1/temperature", JSON, retain=True))
    assert desk.pane.topic_line.toPlainText() == "plant/line1/temperature"
    facts = desk.pane.facts.text()
    assert facts.startswith("#1 · ")
    assert facts.endswith(f":01.905 · QoS 0 · retained · {len(JSON)} B · JSON")
    assert desk.shown() == (
        '{\n  "value": 1.10,\n  "big": 1180591620717411303424,\n  "unit": "degC"\n}'
    )


def test_that_a_message_of_ours_says_that_it_was_sent(desk: Desk) -> None:
    desk.show(publish(b"a", b"1", qos=1), direction=Direction.OUT)
    assert " · sent · QoS 1 · 1 B · text" in desk.pane.facts.text()


def test_that_keys_strings_and_numbers_have_their_colours(desk: Desk) -> None:
    desk.show(publish(b"a", b'{"k": "s", "n": 1}'))
    view = desk.pane.pretty_page.view
    formats = view.document().findBlockByNumber(1).layout().formats()
    assert len({f.format.foreground().color().name() for f in formats}) >= 3


def test_that_broken_json_is_shown_as_text_with_the_place(desk: Desk) -> None:
    desk.show(publish(b"a", b'{"value": }'))
    assert desk.shown() == '{"value": }'
    assert desk.pane.pretty_page.warning.text() == (
        "not JSON: expected a value but found '}', at line 1 column 11"
    )
    desk.show(publish(b"a", b"21.5"))
    assert not desk.pane.pretty_page.warning.isVisible()


def test_that_cbor_is_decoded(desk: Desk) -> None:
    desk.show(publish(b"a", cbor2.dumps({"v": 1.5, "raw": b"\x01"})))
    assert desk.shown() == '{\n  "v": 1.5,\n  "raw": h\'01\'\n}'
    assert desk.pane.facts.text().endswith("CBOR")


def test_that_the_text_page_shows_the_payload_as_it_was_sent(desk: Desk) -> None:
    desk.show(publish(b"a", JSON))
    desk.choose(TEXT)
    assert desk.shown() == JSON.decode()


def test_that_the_hex_page_shows_bytes_and_copies_what_is_marked(desk: Desk) -> None:
    desk.show(publish(b"a", bytes(range(64))))
    desk.choose(HEX)
    assert desk.pane.hex_page.shown_text().startswith("00000000  00 01 02 03 04 05 06 07  ")
    desk.pane.hex_page.set_mark(10, 13)
    desk.pane.hex_page.setFocus()
    desk.qtbot.keyClick(desk.pane.hex_page, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "0a 0b 0c"


def test_that_properties_are_a_table_or_a_sentence(desk: Desk) -> None:
    desk.choose(PROPERTIES)
    desk.show(publish(b"a", JSON, properties=WITH_PROPERTIES), version=5)
    model = desk.pane.properties_view.model()
    rows = [[model.index(r, c).data() for c in (0, 1)] for r in range(model.rowCount())]
    assert rows == [
        ["Payload Format Indicator", "1"],
        ["Content Type", "application/json"],
        ["User Property", "from = plant"],
    ]
    desk.show(publish(b"a", JSON, properties=b"\0"), version=5)
    assert desk.sentence() == "No properties."
    desk.show(publish(b"a", JSON), version=4)
    assert desk.sentence() == "MQTT 3.1.1 has no properties; MQTT 5 has."


def test_that_choosing_a_field_of_the_packet_marks_its_bytes(desk: Desk) -> None:
    desk.show(publish(b"plant", JSON, qos=1))
    desk.choose(PACKET)
    tree, model = desk.pane.packet_page.tree, desk.pane.packet_page.model
    found = model.match(
        model.index(0, 0), Qt.ItemDataRole.DisplayRole, "Topic Name", 1,
        Qt.MatchFlag.MatchRecursive | Qt.MatchFlag.MatchExactly,
    )  # fmt: skip
    tree.setFocus()
    tree.setCurrentIndex(found[0])
    assert desk.pane.packet_page.bytes_view.mark == (2, 9)
    assert "plant" in desk.pane.packet_page.details.text()


def test_that_a_malformed_packet_tells_its_problem(desk: Desk) -> None:
    desk.choose(PACKET)
    desk.show(b"\x36\x05\x00\x09abc")
    assert desk.pane.topic_line.toPlainText() == "PUBLISH"
    assert "QoS 3" in desk.pane.packet_page.details.text()
    assert desk.pane.packet_page.details.property("tone") == "warning"


def test_that_a_packet_without_payload_shows_its_fields_and_then_the_tab_from_before(
    desk: Desk,
) -> None:
    desk.choose(TEXT)
    desk.show(b"\x40\x02\x00\x07")
    assert desk.pane.topic_line.toPlainText() == "PUBACK"
    assert desk.pane.facts.text().endswith("received · Packet Identifier 7 · 4 B")
    assert desk.pane.packet_page.isVisible()
    assert desk.pane.tabs.currentIndex() == PACKET
    desk.show(publish(b"a", b"again"))
    assert desk.shown() == "again"
    assert desk.pane.tabs.currentIndex() == TEXT


def test_that_a_note_is_shown_as_one(desk: Desk) -> None:
    log, tap = filled_log()
    tap.note("connection lost <b>here</b>", 1)
    desk.pane.set_record(log.record(log.end_row - 1))
    assert desk.pane.topic_line.toPlainText() == "connection lost <b>here</b>"
    assert "note" in desk.sentence()


def test_that_the_words_of_a_note_are_not_broken_and_topics_are_shown_whole(desk: Desk) -> None:
    log, tap = filled_log()
    tap.note("Connected to 127.0.0.1:1883 as topicscope-495e5cd8, session not present.", 1)
    desk.pane.set_record(log.record(log.end_row - 1))
    line = desk.pane.topic_line.document().firstBlock().layout()
    ends = [
        line.lineAt(n).textStart() + line.lineAt(n).textLength() for n in range(line.lineCount())
    ]
    words = desk.pane.topic_line.toPlainText()
    assert len(ends) > 1
    assert all(words[end - 1] == " " for end in ends[:-1])
    desk.show(publish(b"x" * 120, b"1"))
    assert desk.pane.topic_line.is_wrapped()


@pytest.mark.parametrize(
    ("retain", "sentence"),
    [(False, "Empty payload."), (True, "Empty payload, retained: the topic was cleared.")],
)
def test_that_an_empty_payload_is_said(desk: Desk, retain: bool, sentence: str) -> None:
    desk.show(publish(b"a", b"", retain=retain))
    for tab in (PRETTY, TEXT, HEX):
        desk.choose(tab)
        assert desk.sentence() == sentence


def test_that_markup_direction_marks_and_bad_bytes_are_plain_text(desk: Desk) -> None:
    desk.show(publish("<img src=x>/\u202e".encode() + b"\xff", b"<b>\x00\xe2\x80\xae\xff</b>"))
    assert desk.pane.topic_line.toPlainText() == "<img src=x>/\\u202e\\xff"
    assert desk.shown() == "<b>\\x00\\u202e\\xff</b>"
    assert desk.pane.pretty_page.warning.text() == "not UTF-8: byte 0xff at offset 7"
    formats = {label.textFormat() for label in desk.pane.findChildren(QLabel) if label.text()}
    assert formats <= {Qt.TextFormat.PlainText}


def test_that_a_topic_of_65535_bytes_takes_a_few_lines_and_is_whole(desk: Desk) -> None:
    topic = b"level/" * 10_922 + b"end"
    desk.show(publish(topic, b"1"))
    assert desk.pane.topic_line.toPlainText().encode() == topic
    assert desk.pane.topic_line.height() < 100
    assert desk.pane.pretty_page.isVisible()


def test_that_a_large_payload_comes_from_a_worker_in_parts(desk: Desk) -> None:
    payload = json.dumps([{"id": n, "value": n * 1.5} for n in range(60_000)]).encode()
    assert len(payload) > 3 << 19
    desk.show(publish(b"a", payload))
    page = desk.pane.pretty_page
    assert page.rest.text() == "Decoding …"
    desk.qtbot.waitUntil(lambda: page.rest.text().startswith("The first 1 MB of"), timeout=10_000)
    desk.qtbot.waitUntil(lambda: not page.is_filling(), timeout=10_000)
    assert page.view.document().characterCount() > 1 << 20
    desk.qtbot.mouseClick(page.more_button, Qt.MouseButton.LeftButton)
    desk.qtbot.waitUntil(lambda: page.rest.text() == "", timeout=20_000)
    desk.qtbot.waitUntil(lambda: not page.is_filling(), timeout=20_000)
    assert page.view.toPlainText().endswith("}\n]")


def test_that_an_answer_for_a_message_no_longer_shown_is_thrown_away(desk: Desk) -> None:
    desk.show(publish(b"a", b'{"a": "' + b"x" * 900_000 + b'"}'))
    desk.show(publish(b"b", b"small"))
    desk.qtbot.waitUntil(lambda: not tasks._runtime.tasks, timeout=10_000)
    assert desk.shown() == "small"


def test_that_a_line_of_a_megabyte_is_broken_for_display_only(desk: Desk) -> None:
    desk.choose(TEXT)
    desk.show(publish(b"a", b"x" * 1_000_000))
    page = desk.pane.text_page
    desk.qtbot.waitUntil(lambda: page.rest.text() == "" and not page.is_filling(), timeout=10_000)
    lines = page.view.toPlainText().split("\n")
    assert max(map(len, lines)) <= 8192
    assert sum(map(len, lines)) == 1_000_000
    desk.pane.export.copy_payload()
    assert QGuiApplication.clipboard().text() == "x" * 1_000_000


def test_that_the_hex_button_of_a_binary_payload_opens_the_bytes(desk: Desk) -> None:
    desk.show(publish(b"a", b"\x00\x01\x02"))
    page = desk.pane.pretty_page
    assert page.rest.text() == "binary, 3 B"
    desk.qtbot.mouseClick(page.bytes_button, Qt.MouseButton.LeftButton)
    assert desk.pane.hex_page.isVisible()
    assert desk.pane.tabs.currentIndex() == HEX


def test_that_copying_keeps_text_exactly_and_marks_what_is_not_text(desk: Desk) -> None:
    clipboard = QGuiApplication.clipboard()
    desk.show(publish("a/\u202e".encode(), "\u202etext\r\n".encode()))
    desk.pane.export.copy_topic()
    assert clipboard.text() == "a/\u202e"
    desk.pane.export.copy_payload()
    assert clipboard.text() == "\u202etext\r\n"
    desk.show(publish(b"a/\xff", b"\x00\xff"))
    desk.pane.export.copy_payload()
    assert clipboard.text() == "AP8="
    assert desk.pane.message.text() == "The payload is not text: copied as base64."
    desk.pane.export.copy_topic()
    assert clipboard.text() == "a/\\xff"
    assert desk.pane.message.tone() == "warning"


def test_that_the_copy_menu_offers_only_what_there_is(desk: Desk) -> None:
    desk.show(b"\x40\x02\x00\x07")
    menu = desk.pane.export.menu()
    assert [action.isEnabled() for action in menu.actions()] == [False, False, False]
    menu.close()


def test_that_a_payload_is_saved_whole(desk: Desk, tmp_path: Path) -> None:
    desk.show(publish(b"plant/line1/state", JSON))
    assert desk.pane.export.file_name() == "plant-line1-state.json"
    desk.qtbot.mouseClick(desk.pane._save_button, Qt.MouseButton.LeftButton)
    dialog = desk.pane.findChild(QFileDialog)
    assert dialog is not None
    dialog.close()
    target = tmp_path / "out.json"
    with desk.qtbot.waitSignal(desk.pane.export.told):
        desk.pane.export.save_to(str(target))
    assert target.read_bytes() == JSON
    assert desk.pane.message.text() == f"Saved {len(JSON)} B to out.json."


def test_that_a_payload_that_cannot_be_saved_says_why(desk: Desk, tmp_path: Path) -> None:
    desk.show(publish(b"a", JSON))
    with desk.qtbot.waitSignal(desk.pane.export.told):
        desk.pane.export.save_to(str(tmp_path / "missing" / "out.json"))
    assert desk.pane.message.text().startswith("out.json was not written: ")
    assert desk.pane.message.tone() == "error"


def test_that_another_capture_empties_the_inspector(desk: Desk) -> None:
    desk.show(publish(b"a", JSON))
    desk.bridge.log_replaced.emit(CaptureLog())
    assert desk.pane.record is None
    assert desk.sentence() == "Choose a message to see what it says."


def test_that_a_change_of_theme_leaves_the_text_as_it_is(desk: Desk, qapp: QApplication) -> None:
    desk.show(publish(b"a", JSON))
    before = desk.shown()
    apply_theme(qapp, "dark")
    assert desk.shown() == before


def test_that_all_tabs_have_room_where_it_is_narrow(desk: Desk) -> None:
    width = desk.pane.minimumWidth()
    desk.pane.header.resize(width, 36)
    desk.pane.resize(width - 2, 400)
    tabs = desk.pane.tabs
    desk.qtbot.waitUntil(lambda: tabs.width() < width)
    needed = sum(tabs.tabSizeHint(index).width() for index in range(tabs.count()))
    assert tabs.width() >= needed
