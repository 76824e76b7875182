"""Whatever stands in topics and payloads is shown as text, harms nobody, and is kept exactly."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QFileDialog, QLabel, QPlainTextEdit

from tests.helpers.servers import FakeServer, accept_connect, read_packet, silent
from topicscope.capture.loading import load_recording
from topicscope.capture.log import CaptureLog
from topicscope.mqtt.control_packets import ControlPacketType, ProtocolVersion
from topicscope.mqtt.encode import encode_publish, encode_suback
from topicscope.payload import safe_topic

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

    from tests.helpers.window import Desk

V5 = ProtocolVersion.MQTT_5
LONGEST = 65_535
HTML = b"<img src=x onerror=alert(1)><b>bold</b>&amp;"
HOSTILE = {
    "invalid-utf-8": b"a\xff\xfe\xc3/b\x80",
    "nul": b"a\x00b/\x00",
    "html": HTML,
    "right-to-left": "\u202egpj.exe\u202c/\u2066x\u2069\u200f".encode(),
    "terminal": b"\x1b]0;owned\x07\x1b[31mred\r\n\x08",
    "empty levels": b"/",
    "wildcards": b"a/+/#",
    "longest": b"t" * LONGEST,
    "deepest": b"x/" * (LONGEST // 2) + b"x",
    "surrogates": b"\xed\xa0\x80/\xf4\x90\x80\x80",
}
MESSAGES = [
    *((topic, b"1") for topic in HOSTILE.values()),
    *((b"payload/%d" % n, payload) for n, payload in enumerate(HOSTILE.values())),
    (b"payload/long line", b"A" * 3_000_000),
    (b"payload/deep", b"[" * 100_000),
]


def send_all(sock: socket.socket) -> None:
    accept_connect(sock, V5)
    while True:
        packet = read_packet(sock)
        if packet[0] >> 4 == ControlPacketType.SUBSCRIBE:
            break
    sock.sendall(encode_suback(int.from_bytes(packet[2:4]), [0], version=V5))
    for topic, payload in MESSAGES:
        sock.sendall(encode_publish(topic, payload, version=V5))
    silent(sock)


@pytest.fixture
def attacked(desk: Desk) -> Iterator[Desk]:
    with FakeServer(send_all) as server:
        desk.connect_to(f"mqtt://127.0.0.1:{server.port}")
        desk.wait(lambda: desk.ledger("received") == len(MESSAGES))
        desk.wait(lambda: len([t for t in desk.column("Topic") if t]) == len(MESSAGES))
        desk.show_tab("Messages")
        yield desk
        desk.close_windows()


def is_harmless(text: str) -> bool:
    """Say whether nothing in a text hides, turns the writing direction or controls a terminal."""
    return not any(
        unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Cn"} and sign not in "\n\t"
        for sign in text
    )


def select_each(desk: Desk, look: Callable[[bytes, bytes], None]) -> None:
    """Click each message of the table in turn and look."""
    for row, topic in enumerate(desk.column("Topic")):
        if topic:
            desk.click_row("Messages", row)
            record = desk.window.inspector.record
            assert record is not None
            look(record.topic, record.payload)


def test_that_table_cells_and_tooltips_are_harmless_text(attacked: Desk) -> None:
    view = attacked.find(QAbstractItemView, "Messages")
    topics = attacked.column("Topic")
    assert [t for t in topics if t] == [safe_topic(topic) for topic, _ in MESSAGES]
    assert "<img src=x onerror=alert(1)><b>bold</b>&amp;" in topics
    for row in range(len(topics)):
        for column in range(view.model().columnCount()):
            assert is_harmless(view.model().index(row, column).data())
            tooltip = attacked.tooltip(view, row, column)
            assert "<img" not in tooltip
            assert "<b>" not in tooltip
            assert len(tooltip) < 20_000


def test_that_the_tree_keeps_all_topics_apart_as_harmless_text(attacked: Desk) -> None:
    attacked.wait(lambda: len(attacked.rows("Topics")) >= len(HOSTILE) - 1)
    model = attacked.find(QAbstractItemView, "Topics").model()

    def look(parent: QModelIndex, depth: int) -> None:
        if model.canFetchMore(parent):
            model.fetchMore(parent)
        for row in range(model.rowCount(parent)):
            index = model.index(row, 0, parent)
            assert is_harmless(index.data())
            assert "<img" not in (index.data(Qt.ItemDataRole.ToolTipRole) or "")
            if depth < 40:
                look(index, depth + 1)

    look(QModelIndex(), 0)
    attacked.window.grab()


def test_that_the_inspector_shows_every_page_as_harmless_text(attacked: Desk) -> None:
    desk = attacked
    inspector = desk.window.inspector

    def look(topic: bytes, _payload: bytes) -> None:
        shown = desk.find(QPlainTextEdit, "Topic", within=inspector).toPlainText()
        assert shown == safe_topic(topic)
        for page in ("Pretty", "Text", "Hex", "Packet"):
            desk.show_tab(page)
            desk.settle()
            assert all(is_harmless(text) for text in desk.words(within=inspector))
        assert "<img" not in inspector.toolTip()

    select_each(desk, look)
    desk.window.grab()


def test_that_no_label_of_the_window_reads_text_as_html(attacked: Desk) -> None:
    select_each(attacked, lambda _topic, _payload: None)
    rich = [
        label.text()
        for label in attacked.window.findChildren(QLabel)
        if label.textFormat() != Qt.TextFormat.PlainText and label.text()
    ]
    assert not rich


def test_that_a_saved_capture_keeps_every_byte(
    attacked: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = attacked.folder / "exact.pcapng"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    attacked.keys("Ctrl+S")
    attacked.wait_for_words("messages saved in")
    log = CaptureLog()
    load_recording(path, log.append)
    records = [log.record(row) for row in range(log.first_row, log.end_row)]
    kept = [
        (record.topic, record.payload)
        for record in records
        if record.packet_type is ControlPacketType.PUBLISH and not record.is_note
    ]
    assert kept == MESSAGES


def test_that_a_topic_that_cannot_be_published_to_is_not_put_into_the_field(
    attacked: Desk,
) -> None:
    attacked.click_row("Messages", attacked.column("Topic").index(safe_topic(HOSTILE["nul"])))
    menu = attacked.window.messages.messages.view.actions_of_row.menu()
    entries = {action.text(): action.isEnabled() for action in menu.actions()}
    menu.close()
    assert entries["Publish to this topic"] is False
    assert entries["Show only this topic"] is False
    assert entries["Copy topic"] is True


def test_that_the_window_title_and_notices_take_no_markup(desk: Desk) -> None:
    desk.type("Address of the broker as a URL", "mqtt://%3Cb%3Ehost", "Return")
    assert desk.says("not a host name")
