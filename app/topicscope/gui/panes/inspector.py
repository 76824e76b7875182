"""One message in full: topic, payload as text and bytes, properties, and the packet's fields.

Only the page in sight is made. What is large is decoded by a worker, and an answer that comes after
another message was chosen is thrown away.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont, QTextOption
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from topicscope.gui.models.messages.dissection_properties import PropertiesModel
from topicscope.gui.tasks import in_worker_for, spawn
from topicscope.gui.text import format_bytes, format_count, format_time
from topicscope.gui.theme import GRID, ROW_HEIGHT, mono_font
from topicscope.gui.widgets.buttons import icon_button
from topicscope.gui.widgets.card import PaneHeader
from topicscope.gui.widgets.charts.field_menu import FieldMenu, NumbersMenu, numbers_in
from topicscope.gui.widgets.empty_state import EmptyState
from topicscope.gui.widgets.filter.gestures import PropertyFilterMenu
from topicscope.gui.widgets.labels import label
from topicscope.gui.widgets.mono_view import MonoView
from topicscope.gui.widgets.payload.export import PayloadExport
from topicscope.gui.widgets.payload.hex_view import HexView
from topicscope.gui.widgets.payload.packet_page import PacketPage
from topicscope.gui.widgets.payload.text_page import TextPage
from topicscope.gui.widgets.tabs import SegmentedTabs
from topicscope.gui.widgets.tone_line import ToneLine
from topicscope.mqtt.control_packets import ControlPacketType, Direction, ProtocolVersion
from topicscope.mqtt.dissect import dissect
from topicscope.payload import detect, safe_topic
from topicscope.payload.detect import label as kind_label
from topicscope.payload.json import Pretty
from topicscope.payload.pretty import Readable, readable
from topicscope.payload.text import text_view

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QResizeEvent

    from topicscope.capture.record import Record
    from topicscope.gui.connection.bridge import ConnectionBridge
    from topicscope.mqtt.dissect import Field
    from topicscope.payload.json_path import Path

TABS: Final = ("Pretty", "Text", "Hex", "Props", "Packet")
PRETTY, TEXT, HEX, PROPERTIES, PACKET = range(5)
FIRST_BYTES: Final = 1 << 20
MOST_BYTES: Final = 1 << 24
"""More of a payload is not shown as text; the hex view shows all of any."""
INLINE_BYTES: Final = 1 << 15
"""What is larger is decoded by a worker; 32 KiB of JSON take about 8 ms."""
CONTENT_TYPE: Final = 3
TOPIC_LINES: Final = 4
_LEAST_WIDTH: Final = 304
_LONGEST_SENTENCE: Final = 2_000
"""Qt takes very long to break a line between words that has none; longer ones are broken anywhere."""


class InspectorPane(QWidget):
    """Shows one record of the capture; `header`, with the tabs, is for the dock's title bar."""

    narrowed = Signal(str, str)
    """How to join a filter with the one in force (and, and not, or empty for instead), and the filter."""

    def __init__(self, bridge: ConnectionBridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("inspector-pane")
        self.setMinimumWidth(_LEAST_WIDTH)
        self._bridge = bridge
        self._record: Record | None = None
        self._payload = b""
        self._budget = FIRST_BYTES
        self._chosen = PRETTY
        self._version = 0
        self._fresh: set[int] = set()
        self.header = PaneHeader()
        self.tabs = SegmentedTabs(TABS)
        self.topic_line = _TopicLine(self)
        self._chart_button = icon_button("chart-line", "Chart a value of this topic", parent=self)
        self._copy_button = icon_button("copy", "Copy payload or topic", parent=self)
        self._save_button = icon_button("save", "Save the payload to a file", parent=self)
        self._buttons = (self._chart_button, self._copy_button, self._save_button)
        self.facts = label(tone="dim", parent=self)
        self.message = ToneLine(self)
        self.export = PayloadExport(self)
        self.empty = EmptyState("message-square", "", "", self)
        self.pretty_page = TextPage(self)
        self.text_page = TextPage(self)
        self.filter_menu = FieldMenu(self.pretty_page.view)
        self.hex_page = HexView(self)
        self.properties_view = QTableView(self)
        self.packet_page = PacketPage(self)
        self._properties = PropertiesModel(self)
        self.property_menu = PropertyFilterMenu(self.properties_view, self._properties)
        self._stack = QStackedWidget(self)
        self._pages = (
            self.pretty_page,
            self.text_page,
            self.hex_page,
            self.properties_view,
            self.packet_page,
        )
        self._set_up_header()
        self._set_up_properties()
        self._lay_out()
        self._connect_all(bridge)
        self.set_record(None)

    # Properties

    @property
    def record(self) -> Record | None:
        """The record that is shown."""
        return self._record

    # Methods

    def set_record(self, record: Record | None) -> None:
        """Show another row of the capture, or none."""
        self._version += 1
        self._record = record
        self._payload = b"" if record is None or record.is_note else record.payload
        self._budget = FIRST_BYTES
        self._fresh.clear()
        self.export.set_record(record, self._payload)
        self._on_told("", "")
        for part in (self.topic_line, self.facts, *self._buttons):
            part.setVisible(record is not None)
        for button in (self._chart_button, self._save_button):
            button.setEnabled(bool(self._payload))
        if record is not None:
            self.topic_line.set_text(_title(record), is_sentence=record.is_note)
            self.facts.setText(facts_text(record))
        self._show_page()

    def numbers_menu(self) -> NumbersMenu:
        """Return the menu of all numbers of the payload; it deletes itself when closed."""
        decoded = readable(self._payload, _content_type(self._record), INLINE_BYTES)
        places = numbers_in(decoded.pretty.text, structured=decoded.structured)
        menu = NumbersMenu(places, self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.chart_asked.connect(self.chart)
        return menu

    # Slots

    @Slot()
    def _on_copy_asked(self) -> None:
        below = self._copy_button.rect().bottomLeft()
        self.export.menu().popup(self._copy_button.mapToGlobal(below))

    @Slot()
    def ask_what_to_chart(self) -> None:
        """Offer all numbers of the payload for a chart of their past."""
        if not self._payload:
            self._on_told("warning", "Choose a message with a payload to chart a value of it.")
            return
        self.numbers_menu().popup(
            self._chart_button.mapToGlobal(self._chart_button.rect().bottomLeft())
        )

    @Slot(object)
    def chart(self, path: Path) -> None:
        """Open the history of the value at a path in messages like this one, or bring it to the front."""
        record = self._record
        if record is None:
            return
        from topicscope.gui.dialogs.charts.field_history import FieldHistoryDialog

        for dialog in self.findChildren(FieldHistoryDialog):
            if dialog.shows(record, path) and dialog.isVisible():
                dialog.raise_()
                dialog.activateWindow()
                return
        FieldHistoryDialog(self._bridge, record, path, self).show()

    @Slot(int)
    def _on_tab_changed(self, index: int) -> None:
        self._chosen = index
        self._show_page()

    @Slot()
    def _on_more_asked(self) -> None:
        self._budget = min(self._budget * 4, MOST_BYTES)
        self._fresh.clear()
        self._show_page()

    @Slot(str, str)
    def _on_told(self, tone: str, words: str) -> None:
        self.message.say(tone, words)
        self.message.setVisible(bool(words))

    @Slot(object)
    def _on_log_replaced(self, _log: object) -> None:
        self.set_record(None)

    # Private

    def _page(self) -> int:
        """Return the page to show: a packet without payload has nothing but its fields."""
        chosen, record = self._chosen, self._record
        if record is None or record.is_note or _is_message(record) or chosen == HEX:
            return chosen
        return PACKET

    def _show_page(self) -> None:
        page = self._page()
        with QSignalBlocker(self.tabs):
            self.tabs.setCurrentIndex(page)
        sentence = _nothing_to_show(self._record, page)
        if sentence:
            self.empty.set_sentence(sentence)
            self._stack.setCurrentWidget(self.empty)
            return
        if page not in self._fresh:
            self._fresh.add(page)
            self._fill(page)
        self._stack.setCurrentWidget(self._pages[page])

    def _fill(self, page: int) -> None:
        record = self._record
        if record is None:
            return
        if page == HEX:
            self.hex_page.set_bytes(self._payload if _is_message(record) else record.packet)
        elif page == PROPERTIES:
            self._properties.set_properties(record.properties)
        elif len(record.packet) <= INLINE_BYTES:
            self._show_decoded(page, self._decoder(page)())
        else:
            self._show_waiting(page)
            spawn(self._decode(page, self._version, self._budget), "decode-payload")

    def _decoder(self, page: int) -> Callable[[], Readable | Field]:
        record = self._record
        if page == PACKET and record is not None:
            return partial(dissect, record.packet, record.version, record.direction)
        if page == PRETTY:
            return partial(readable, self._payload, _content_type(self._record), self._budget)
        return partial(_raw_text, self._payload, self._budget)

    async def _decode(self, page: int, version: int, budget: int) -> None:
        decoded = await in_worker_for(self, self._decoder(page))
        if (version, budget) == (self._version, self._budget):
            self._show_decoded(page, decoded)

    def _show_waiting(self, page: int) -> None:
        if page == PACKET:
            self.packet_page.set_packet(b"", None)
        else:
            text_page = self.pretty_page if page == PRETTY else self.text_page
            text_page.show_text("", rest="Decoding …")

    def _show_decoded(self, page: int, decoded: Readable | Field) -> None:
        if not isinstance(decoded, Readable):
            packet = b"" if self._record is None else self._record.packet
            self.packet_page.set_packet(packet, decoded)
            return
        text_page = self.pretty_page if page == PRETTY else self.text_page
        pretty, size = decoded.pretty, len(self._payload)
        if page == PRETTY:
            self.filter_menu.enabled = decoded.structured
        rest, more = "", False
        if pretty.cut:
            shown, more = min(self._budget, size), self._budget < min(size, MOST_BYTES)
            rest = f"The first {format_bytes(shown)} of {format_bytes(size)}"
        elif decoded.kind not in {"json", "text", "cbor"}:
            rest = f"{kind_label(decoded.kind)}, {format_bytes(size)}"
        text_page.show_text(
            pretty.text,
            problem=pretty.problem or "",
            rest=rest,
            more=more,
            coloured=decoded.structured,
        )

    def _set_up_header(self) -> None:
        self.tabs.setAccessibleName("How to show the message")
        self.header.add_left_widget(self.tabs)

    def _set_up_properties(self) -> None:
        view = self.properties_view
        view.setModel(self._properties)
        view.setAccessibleName("Properties")
        view.setFrameShape(QFrame.Shape.NoFrame)
        view.setShowGrid(False)
        view.setWordWrap(False)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.verticalHeader().hide()
        view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        view.verticalHeader().setMinimumSectionSize(ROW_HEIGHT)
        view.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        view.horizontalHeader().resizeSection(PropertiesModel.NAME, 176)
        view.horizontalHeader().setStretchLastSection(True)

    def _lay_out(self) -> None:
        self.facts.setWordWrap(True)
        self.facts.setContentsMargins(12, 0, 12, 4)
        self.message.setContentsMargins(12, 0, 12, 4)
        for page in (self.empty, *self._pages):
            self._stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, GRID // 2, 0, 0)
        column.setSpacing(0)
        title = QHBoxLayout()
        title.setContentsMargins(0, 0, GRID // 2, 0)
        title.setSpacing(0)
        title.addWidget(self.topic_line, 1)
        for button in self._buttons:
            title.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(title)
        column.addWidget(self.facts)
        column.addWidget(self._stack, 1)
        column.addWidget(self.message)

    def _connect_all(self, bridge: ConnectionBridge) -> None:
        self.tabs.currentChanged.connect(self._on_tab_changed)
        self._copy_button.clicked.connect(self._on_copy_asked)
        self._chart_button.clicked.connect(self.ask_what_to_chart)
        self.filter_menu.chart_asked.connect(self.chart)
        self._save_button.clicked.connect(self.export.ask_where_to_save)
        self.export.told.connect(self._on_told)
        for page in (self.pretty_page, self.text_page):
            page.more_asked.connect(self._on_more_asked)
            page.bytes_asked.connect(partial(self.tabs.setCurrentIndex, HEX))
        bridge.log_replaced.connect(self._on_log_replaced)
        for menu in (self.filter_menu, self.property_menu):
            menu.narrowed.connect(self.narrowed)


class _TopicLine(MonoView):
    """A Topic Name in full, broken at any character, or a sentence; scrolls beyond a few lines."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFont(mono_font(QFont.Weight.Medium))
        self.setAccessibleName("Topic")
        self.set_wrapped(wrapped=True)
        self.document().setDocumentMargin(0)
        self.setViewportMargins(12, 2, 8, 2)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def set_text(self, text: str, *, is_sentence: bool) -> None:
        """Show another Topic Name, or a sentence, which is broken between words."""
        breaks = QTextOption.WrapMode
        between_words = is_sentence and len(text) <= _LONGEST_SENTENCE
        self.setWordWrapMode(
            breaks.WrapAtWordBoundaryOrAnywhere if between_words else breaks.WrapAnywhere
        )
        self.setPlainText(text)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take as many lines as the topic needs, a few at most."""
        super().resizeEvent(event)
        self._fit()

    def minimumSizeHint(self) -> QSize:
        """Ask for one line."""
        return QSize(60, self.fontMetrics().lineSpacing() + 4)

    def _fit(self) -> None:
        # The height of a plain text document is its number of lines.
        needed = min(TOPIC_LINES, max(1, round(self.document().size().height())))
        self.setFixedHeight(needed * self.fontMetrics().lineSpacing() + 6)
        always = Qt.ScrollBarPolicy.ScrollBarAsNeeded
        never = Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setVerticalScrollBarPolicy(always if needed == TOPIC_LINES else never)


def facts_text(record: Record) -> str:
    """Return the line below the topic: number, time, QoS, flags, size, kind."""
    time = format_time(record.time_ns)
    if record.is_note:
        return time
    way = "sent" if record.direction is Direction.OUT else "received"
    if not _is_message(record):
        identifier = record.packet_identifier
        named = [f"Packet Identifier {identifier}"] if identifier else []
        return " · ".join([time, way, *named, format_bytes(len(record.packet))])
    payload = record.payload
    parts = [
        f"#{format_count(record.number or 0)}",
        time,
        *(["sent"] if record.direction is Direction.OUT else []),
        f"QoS {record.qos}",
        *(["retained"] if record.retain else []),
        *(["duplicate"] if record.dup else []),
        format_bytes(len(payload)),
        kind_label(detect(payload, _content_type(record))),
    ]
    return " · ".join(parts)


def _title(record: Record) -> str:
    if record.is_note:
        return record.text
    return safe_topic(record.topic) or record.packet_type.name


def _is_message(record: Record) -> bool:
    return record.packet_type is ControlPacketType.PUBLISH


def _raw_text(payload: bytes, budget: int) -> Readable:
    view = text_view(payload, budget)
    return Readable("text", Pretty(view.text, view.problem, cut=view.cut), structured=False)


def _content_type(record: Record | None) -> str:
    if record is None:
        return ""
    found = dict(record.properties).get(CONTENT_TYPE, "")
    return found if isinstance(found, str) else ""


def _nothing_to_show(record: Record | None, page: int) -> str:
    sentence = ""
    if record is None:
        sentence = "Choose a message to see what it says."
    elif record.is_note:
        sentence = "A note by Topicscope between the packets, not a packet."
    elif page == PROPERTIES and not record.properties:
        has_them = record.version is ProtocolVersion.MQTT_5
        label = record.version.label
        sentence = "No properties." if has_them else f"{label} has no properties; MQTT 5 has."
    elif page in {PRETTY, TEXT, HEX} and _is_message(record) and not record.payload:
        cleared = "Empty payload, retained: the topic was cleared."
        sentence = cleared if record.retain else "Empty payload."
    return sentence
