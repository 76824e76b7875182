"""The properties of a PUBLISH (MQTT 5.0 section 3.3.2.3), folded away behind a button that counts them."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QFrame, QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout

from topicscope.automation.templates.publish_properties import properties_from_json
from topicscope.automation.templates.shorthand import has_code
from topicscope.gui.text import plain_tooltip
from topicscope.gui.theme import mono_font
from topicscope.gui.widgets.buttons import name_button, push_button
from topicscope.gui.widgets.fields.number_field import OptionalNumber
from topicscope.gui.widgets.fields.pair_table import PairTable
from topicscope.gui.widgets.labels import label
from topicscope.gui.widgets.style import set_kind
from topicscope.gui.widgets.tone_line import ToneLine
from topicscope.mqtt.topics import topic_name_problem
from topicscope.payload.hex import hex_from_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtWidgets import QPushButton, QWidget

WIDTH: Final = 600
_INDICATORS: Final = ("not said", "0: bytes", "1: UTF-8 text")
_AS_TEXT, _AS_HEX = range(2)
_GAP = 4
_NONE_YET = "They travel with the message; a field left empty is not sent."


class PublishProperties(QFrame):
    """All properties that a client may send; shown over the window until somebody clicks elsewhere."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("publish-properties")
        set_kind(self, "popup")
        self.setFixedWidth(WIDTH)
        self._reason = ""
        self._filling = False
        self.indicator = QComboBox(self)
        self.indicator.addItems(_INDICATORS)
        self.expiry = OptionalNumber("never", self)
        self.content_type = _line("application/json", self)
        self.response_topic = _line("plant/line1/answers", self)
        self.correlation = _line("a text that comes back with the answer", self)
        self.correlation_kind = QComboBox(self)
        self.correlation_kind.addItems(["Text", "Hex"])
        self.alias = OptionalNumber("none", self)
        self.pairs = PairTable(("User Property", "Value"), ("name", "value"), parent=self)
        self.clear_button = push_button("Remove all", "trash-2", parent=self)
        self._line = ToneLine(self)
        self._name_fields()
        self._lay_out()
        self._connect()
        self._judge()

    # Methods

    def document(self) -> dict[str, Any]:
        """Return the properties with names in snake_case, as templates keep them."""
        pairs = self.pairs.pairs()
        found: dict[str, Any] = {
            "payload_format_indicator": self.indicator.currentIndex() - 1,
            "message_expiry_interval": self.expiry.value(),
            "topic_alias": self.alias.value(),
            "response_topic": self.response_topic.text() or None,
            "correlation_data": self._correlation(),
            "content_type": self.content_type.text() or None,
            "user_property": [list(pair) for pair in pairs] if pairs else None,
        }
        if self.indicator.currentIndex() == 0:
            del found["payload_format_indicator"]
        return {key: value for key, value in found.items() if value is not None}

    def set_document(self, document: Mapping[str, Any]) -> None:
        """Show properties."""
        self._filling = True
        self.indicator.setCurrentIndex(int(document.get("payload_format_indicator", -1)) + 1)
        self.expiry.set_value(document.get("message_expiry_interval"))
        self.alias.set_value(document.get("topic_alias"))
        self.response_topic.setText(document.get("response_topic", ""))
        self.content_type.setText(document.get("content_type", ""))
        self._show_correlation(document.get("correlation_data", ""))
        pairs = document.get("user_property", [])
        self.pairs.set_pairs([(str(pair[0]), str(pair[1])) for pair in pairs])
        self._filling = False
        self._on_changed()

    def count(self) -> int:
        """Return how many properties are set, each User Property counted."""
        document = self.document()
        return len(document) + max(0, len(document.get("user_property", [])) - 1)

    def problem(self) -> str:
        """Return what is wrong with them, or an empty text."""
        if self._correlation_problem():
            return self._correlation_problem()
        document = self.document()
        answers = self.response_topic.text()
        if answers and not has_code(answers) and (wrong := topic_name_problem(answers)):
            return f"Response Topic: {wrong}."
        fixed = {key: value for key, value in document.items() if not _has_code(value)}
        try:
            properties_from_json(fixed)
        except ValueError as error:
            return f"{error}."
        return ""

    def set_off(self, reason: str) -> None:
        """Switch the fields off and say why; with an empty reason, on."""
        if reason != self._reason:
            self._reason = reason
            for field in self._fields():
                field.setEnabled(not reason)
            self._judge()

    def open_above(self, anchor: QWidget) -> None:
        """Show the fields above a widget, or below it where there is no room, within its screen."""
        self.adjustSize()
        room = anchor.screen().availableGeometry()
        corner = anchor.mapToGlobal(QPoint(anchor.width() - self.width(), 0))
        top = corner.y() - self.height() - _GAP
        if top < room.top():
            top = min(corner.y() + anchor.height() + _GAP, room.bottom() - self.height())
        left = min(max(corner.x(), room.left()), room.right() - self.width())
        self.move(left, max(top, room.top()))
        self.show()
        self.content_type.setFocus(Qt.FocusReason.PopupFocusReason)

    # Slots

    @Slot()
    def clear(self) -> None:
        """Set no property."""
        self.set_document({})

    @Slot()
    def _on_changed(self) -> None:
        if not self._filling:
            self._judge()
            self.changed.emit()

    # Private

    def _judge(self) -> None:
        problem = self.problem()
        if self._reason:
            self._line.say("warning", self._reason)
        elif problem:
            self._line.say("error", problem)
        else:
            self._line.say("dim", _NONE_YET)
        self.clear_button.setEnabled(self.count() > 0)

    def _correlation(self) -> str | None:
        """Return the Correlation Data as it is kept: Base64, or a text with variables as it is."""
        text = self.correlation.text()
        if not text:
            return None
        if has_code(text):
            return text
        if self.correlation_kind.currentIndex() == _AS_HEX:
            if self._correlation_problem():
                return None
            return base64.b64encode(hex_from_text(text)).decode()
        return base64.b64encode(text.encode(errors="replace")).decode()

    def _correlation_problem(self) -> str:
        text = self.correlation.text()
        if self.correlation_kind.currentIndex() != _AS_HEX or has_code(text):
            return ""
        try:
            hex_from_text(text)
        except ValueError as error:
            return f"Correlation Data: {error}."
        return ""

    def _show_correlation(self, stored: str) -> None:
        if has_code(stored):
            self.correlation.setText(stored)
            self.correlation_kind.setCurrentIndex(_AS_TEXT)
            return
        try:
            data = base64.b64decode(stored, validate=True)
        except binascii.Error:
            data = stored.encode(errors="replace")
        text = data.decode(errors="replace")
        is_text = text.isprintable() and text.encode() == data and not has_code(text)
        self.correlation_kind.setCurrentIndex(_AS_TEXT if is_text else _AS_HEX)
        self.correlation.setText(text if is_text else data.hex(" "))

    def _fields(self) -> tuple[QWidget, ...]:
        lines = (self.content_type, self.response_topic, self.correlation)
        numbers = (self.expiry, self.alias)
        return (self.indicator, *numbers, *lines, self.correlation_kind, self.pairs)

    def _name_fields(self) -> None:
        for field, name in (
            (self.indicator, "Payload Format Indicator"),
            (self.expiry, "Message Expiry Interval in seconds"),
            (self.content_type, "Content Type"),
            (self.response_topic, "Response Topic"),
            (self.correlation, "Correlation Data"),
            (self.correlation_kind, "How the Correlation Data is written"),
            (self.alias, "Topic Alias"),
        ):
            field.setAccessibleName(name)

    def _connect(self) -> None:
        for field in (self.content_type, self.response_topic, self.correlation):
            field.textChanged.connect(self._on_changed)
        for number in (self.expiry, self.alias):
            number.textChanged.connect(self._on_changed)
        self.indicator.currentIndexChanged.connect(self._on_changed)
        self.correlation_kind.currentIndexChanged.connect(self._on_changed)
        self.pairs.changed.connect(self._on_changed)
        self.clear_button.clicked.connect(self.clear)

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        correlation = QHBoxLayout()
        correlation.setSpacing(8)
        correlation.addWidget(self.correlation, 1)
        correlation.addWidget(self.correlation_kind)
        expiry = QHBoxLayout()
        expiry.setSpacing(8)
        expiry.addWidget(self.expiry)
        expiry.addWidget(label("s", "dim"))
        expiry.addStretch(1)
        places = (
            ("Content Type", self.content_type, 0, 0),
            ("Payload Format", self.indicator, 0, 2),
            ("Response Topic", self.response_topic, 1, 0),
            ("Message Expiry", expiry, 1, 2),
            ("Correlation Data", correlation, 2, 0),
            ("Topic Alias", self.alias, 2, 2),
        )
        for name, field, row, at in places:
            grid.addWidget(label(name, "dim"), row, at)
            if isinstance(field, QHBoxLayout):
                grid.addLayout(field, row, at + 1)
            else:
                grid.addWidget(field, row, at + 1)
        foot = QHBoxLayout()
        foot.addWidget(self._line, 1)
        foot.addWidget(self.clear_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 12)
        column.setSpacing(12)
        column.addLayout(grid)
        column.addWidget(self.pairs)
        column.addLayout(foot)


def properties_button(parent: QWidget) -> QPushButton:
    """Return the button that opens the properties."""
    button = push_button("Properties", parent=parent)
    name_button(button, "Properties of MQTT 5 that travel with the message")
    return button


def show_count(button: QPushButton, count: int, reason: str) -> None:
    """Show how many properties are set; the button is off for a reason only while there are none to remove."""
    button.setText(f"Properties ({count})" if count else "Properties")
    button.setEnabled(not reason or count > 0)
    button.setToolTip(plain_tooltip(reason or "Properties of MQTT 5 that travel with the message"))


def _line(example: str, parent: QWidget) -> QLineEdit:
    made = QLineEdit(parent)
    made.setFont(mono_font())
    made.setPlaceholderText(example)
    return made


def _has_code(value: object) -> bool:
    if isinstance(value, str):
        return has_code(value)
    return isinstance(value, list | tuple) and any(map(_has_code, value))
