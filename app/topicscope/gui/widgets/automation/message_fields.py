"""The fields of a message with variables: a template of the library, or topic, payload, QoS and Retain written here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import msgspec
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QVBoxLayout, QWidget

from topicscope.automation.templates.template import FORMATS, MessageTemplate, template_problem
from topicscope.gui.models.publish.message import written_topic_problem
from topicscope.gui.widgets.fields.form_row import FormRow, field_row
from topicscope.gui.widgets.fields.topic_filter_edit import TopicFilterEdit
from topicscope.gui.widgets.payload.editor import PayloadEdit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from topicscope.automation.templates.template import TemplateFormat

FORMAT_NAMES: Final = {
    "text": "Text",
    "json": "JSON",
    "hex": "Hex",
    "base64": "Base64",
    "cbor": "CBOR, written as JSON",
    "messagepack": "MessagePack, written as JSON",
    "file": "A file: its name",
}
_PAYLOAD_HEIGHT: Final = 92
_WRITTEN_HERE: Final = "Written here"


class MessageFields(QWidget):
    """Rows of a form; `template_row` is hidden where the library is empty."""

    changed = Signal()

    def __init__(self, paths: Sequence[str], variables: str, parent: QWidget | None = None) -> None:
        """Take the paths of the templates, and the sentence that names the variables."""
        super().__init__(parent)
        self._message = MessageTemplate()
        self.template_box = QComboBox(self)
        self.topic_edit = TopicFilterEdit(written_topic_problem, self)
        self.format_box = QComboBox(self)
        self.payload_edit = PayloadEdit(self)
        self.qos_box = QComboBox(self)
        self.retain_box = QCheckBox("Retain", self)
        self.template_row = FormRow("&Message", self.template_box)
        self.topic_row = FormRow("&Topic", self.topic_edit)
        self.payload_row = FormRow("&Payload", self.payload_edit, variables)
        options = field_row(self.format_box, self.qos_box, self.retain_box, stretch=(0, 0, 0))
        self.options_row = FormRow("Format, QoS", options, buddy=self.format_box)
        self.format_box.setAccessibleName("Format")
        self.qos_box.setAccessibleName("Quality of Service")
        self._payload_is_fixed = False
        self._fill(paths)
        self._lay_out()
        self._connect()

    # Methods

    def show_message(self, template: str, message: MessageTemplate) -> None:
        """Show a message, or the template at a path, also one that is not there any more."""
        if template and self.template_box.findData(template) < 0:
            self.template_box.addItem(f"{template} (not in the library)", template)
        self._message = message
        self.template_box.setCurrentIndex(max(0, self.template_box.findData(template)))
        self.topic_edit.setText(message.topic)
        self.payload_edit.setPlainText(message.payload)
        self.format_box.setCurrentIndex(self.format_box.findData(message.format))
        self.qos_box.setCurrentIndex(message.qos)
        self.retain_box.setChecked(message.retain)
        self._show_rows()

    def template(self) -> str:
        """Return the path of the chosen template, empty when the message is written here."""
        return str(self.template_box.currentData() or "")

    def message(self) -> MessageTemplate:
        """Return the message written here; what has no field stays as it was."""
        return msgspec.structs.replace(
            self._message,
            topic=self.topic_edit.text().strip(),
            payload=self.payload_edit.exact_text(),
            format=cast("TemplateFormat", self.format_box.currentData()),
            qos=self.qos_box.currentIndex(),
            retain=self.retain_box.isChecked(),
        )

    def set_payload_fixed(self, fixed: bool) -> None:
        """Say that the payload comes from elsewhere: its field is of no use then."""
        self._payload_is_fixed = fixed
        self._show_rows()

    def set_variables(self, variables: str) -> None:
        """Say which variables there are."""
        self.payload_row.set_hint(variables)

    def show_problems(self, *, needs_topic: bool = True) -> bool:
        """Say at the fields what is wrong; tell whether anything is."""
        self.topic_row.set_problem("")
        self.payload_row.set_problem("")
        if self.template():
            return False
        message = self.message()
        if not message.topic and needs_topic:
            self.topic_row.set_problem("A message needs a Topic Name.")
            return True
        if self._payload_is_fixed:
            message = msgspec.structs.replace(message, payload="", format="text")
        checked = msgspec.structs.replace(message, name="message", topic=message.topic or "any")
        problem = template_problem(checked)
        if problem is None:
            return False
        row = self.topic_row if problem.startswith("Topic") else self.payload_row
        row.set_problem(problem.removeprefix("Topic: ").removeprefix("Payload: "))
        return True

    # Slots

    @Slot()
    def _on_changed(self) -> None:
        self._show_rows()
        self.changed.emit()

    # Private

    def _show_rows(self) -> None:
        is_own = not self.template()
        self.topic_row.setVisible(is_own)
        self.payload_row.setVisible(is_own and not self._payload_is_fixed)
        self.format_box.setVisible(not self._payload_is_fixed)
        self.options_row.setVisible(is_own)
        self.options_row.set_name("QoS" if self._payload_is_fixed else "Format, QoS")

    def _fill(self, paths: Sequence[str]) -> None:
        self.template_box.addItem(_WRITTEN_HERE, "")
        for path in paths:
            self.template_box.addItem(f"Template “{path}”", path)
        self.template_row.setVisible(bool(paths))
        for name in FORMATS:
            self.format_box.addItem(FORMAT_NAMES[name], name)
        for qos in range(3):
            self.qos_box.addItem(f"QoS {qos}")
        self.topic_edit.setPlaceholderText("plant/line1/temperature")
        self.payload_edit.setFixedHeight(_PAYLOAD_HEIGHT)
        self.payload_edit.setAccessibleName("Payload")

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for row in (self.template_row, self.topic_row, self.payload_row, self.options_row):
            column.addWidget(row)

    def _connect(self) -> None:
        self.template_box.currentIndexChanged.connect(self._on_changed)
        self.format_box.currentIndexChanged.connect(self._on_changed)
        self.topic_edit.textChanged.connect(self.changed)
        self.payload_edit.textChanged.connect(self.changed)
