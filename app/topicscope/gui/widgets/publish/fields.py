"""What a message is written in: topic, QoS, Retain, properties, payload; shown or filled as one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QWidget

from topicscope.automation.templates.shorthand import has_code
from topicscope.automation.templates.template import MessageTemplate
from topicscope.gui.models.publish.message import CHECKED_CHARACTERS, Draft, written_topic_problem
from topicscope.gui.text import plain_tooltip
from topicscope.gui.theme import GRID
from topicscope.gui.widgets.buttons import name_button, push_button
from topicscope.gui.widgets.fields.topic_filter_edit import TopicFilterEdit
from topicscope.gui.widgets.payload.editor import FILE, PayloadEditor
from topicscope.gui.widgets.publish.properties import (
    PublishProperties,
    properties_button,
    show_count,
)
from topicscope.gui.widgets.style import set_validity
from topicscope.mqtt.control_packets import ProtocolVersion
from topicscope.mqtt.properties import properties_to_json
from topicscope.mqtt.topics import topic_name_problem

if TYPE_CHECKING:
    from topicscope.gui.models.publish.message import Message

_TOPIC_WIDTH: Final = 110


class PublishFields(QWidget):
    """The upper row of the fields; whoever uses it places `editor` and `fills_button`.

    Attributes:
        editor: the payload.
        fills_button: whether variables are filled in; only to be seen where something looks like one.

    """

    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.topic_edit = TopicFilterEdit(written_topic_problem, self)
        self.qos_choice = QComboBox(self)
        self.retain_box = QCheckBox("Retain", self)
        self.properties = PublishProperties(self)
        self.properties_button = properties_button(self)
        self.editor = PayloadEditor(parent)
        self.fills_button = push_button("{{ }}", parent=parent)
        self._set_up_fields()
        self._lay_out()
        self._connect()

    # Properties

    @property
    def is_long(self) -> bool:
        """Whether the payload is too long to be judged at each key."""
        return self.editor.length() > CHECKED_CHARACTERS

    @property
    def is_empty(self) -> bool:
        """Whether there is no payload."""
        return self.editor.kind != FILE and not self.editor.length()

    # Methods

    def draft(self, *, with_payload: bool = True) -> Draft:
        """Return what is in the fields."""
        template = MessageTemplate(
            topic=self.topic_edit.text(),
            format=self.editor.kind,  # type: ignore[arg-type]
            qos=self.qos_choice.currentIndex(),  # type: ignore[arg-type]
            retain=self.retain_box.isChecked(),
            properties=self.properties.document(),
            payload=self.editor.text() if with_payload else "",
        )
        return Draft(template, self.fills_button.isChecked())

    def fill(self, topic: str, payload: bytes | None = None) -> None:
        """Put topic and payload into the fields; without a payload the one that is there stays."""
        if payload is not None:
            self.editor.fill(payload)
        self.topic_edit.setText(topic)
        self.fills_button.setChecked(not has_code(topic) and self._payload_may_fill(payload))
        self.editor.focus_field()

    def fill_message(self, message: Message) -> None:
        """Put all of a message into the fields; braces in it mean themselves."""
        document = properties_to_json(message.properties)
        self.qos_choice.setCurrentIndex(message.qos)
        self.retain_box.setChecked(message.retain)
        document.pop("subscription_identifier", None)
        self.properties.set_document(document)
        self.editor.fill(message.payload, str(document.get("content_type", "")))
        self.topic_edit.setText(message.topic)
        self.fills_button.setChecked(not self.has_code())
        self.editor.focus_field()

    def fill_template(self, template: MessageTemplate) -> None:
        """Put a template into the fields."""
        self.qos_choice.setCurrentIndex(template.qos)
        self.retain_box.setChecked(template.retain)
        self.properties.set_document(template.properties)
        self.editor.set_text(template.payload, template.format)
        self.topic_edit.setText(template.topic)
        self.fills_button.setChecked(True)
        self.editor.focus_field()

    def has_code(self) -> bool:
        """Tell whether anything looks like a variable."""
        texts = (self.topic_edit.text(), "" if self.is_long else self.editor.text())
        values = self.properties.document().values()
        return any(map(has_code, (*texts, *map(str, values))))

    def problem(self, template: MessageTemplate, *, fills_in: bool) -> str:
        """Return what is wrong with the fields, before a message is made of them, or an empty text."""
        topic = template.topic
        if not topic:
            return "Type the topic to publish to."
        is_open = fills_in and has_code(topic)
        problem = None if is_open else topic_name_problem(topic)
        if template.format == FILE and not template.payload:
            problem = problem or "Choose the file to send."
        return problem or self.properties.problem()

    def set_version(self, version: ProtocolVersion | None) -> None:
        """Heed what a version of MQTT cannot carry; None before a connection."""
        is_old = version is not None and version != ProtocolVersion.MQTT_5
        label = version.label if version is not None else ""
        reason = f"Properties need MQTT 5; this connection speaks {label}." if is_old else ""
        self.properties.set_off(reason)
        show_count(self.properties_button, self.properties.count(), reason)

    def mark_topic(self) -> None:
        """Frame the topic red where it is wrong; a valid one is the rule here, and gets no frame."""
        set_validity(self.topic_edit, False if self.topic_edit.problem else None)

    # Slots

    @Slot()
    def _on_properties(self) -> None:
        self.properties.open_above(self.properties_button)

    # Private

    def _payload_may_fill(self, payload: bytes | None) -> bool:
        return (
            self.fills_button.isChecked() if payload is None else not has_code(self.editor.text())
        )

    def _set_up_fields(self) -> None:
        edit = self.topic_edit
        edit.setPlaceholderText("Topic, e.g. plant/line1/setpoint")
        edit.setAccessibleName("Topic to publish to")
        edit.setMinimumWidth(_TOPIC_WIDTH)
        self.qos_choice.addItems(["QoS 0", "QoS 1", "QoS 2"])
        name_button(self.qos_choice, "Quality of Service of the message")
        self.retain_box.setToolTip(
            plain_tooltip("Ask the broker to keep the message for later subscribers")
        )
        self.fills_button.setCheckable(True)
        self.fills_button.setChecked(True)
        name_button(
            self.fills_button,
            "Fill in variables such as {{now}}; else braces are sent as they are",
        )

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        row.addWidget(self.topic_edit, 1)
        for widget in (self.qos_choice, self.retain_box, self.properties_button):
            row.addWidget(widget, 0, Qt.AlignmentFlag.AlignTop)
        # A check box is lower than the fields beside it; its words belong on their line.
        self.retain_box.setFixedHeight(self.properties_button.sizeHint().height())

    def _connect(self) -> None:
        self.topic_edit.textChanged.connect(self.changed)
        self.topic_edit.submitted.connect(self.editor.focus_field)
        self.editor.changed.connect(self.changed)
        self.properties.changed.connect(self.changed)
        self.properties_button.clicked.connect(self._on_properties)
        self.qos_choice.currentIndexChanged.connect(self.changed)
        self.retain_box.toggled.connect(self.changed)
        self.fills_button.toggled.connect(self.changed)
