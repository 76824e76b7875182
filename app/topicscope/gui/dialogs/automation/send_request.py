"""The form that sends a request and shows what came back, and how soon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import uuid4

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
)

from topicscope.automation.histogram import duration_text
from topicscope.automation.templates.template import MessageTemplate
from topicscope.gui.connection.request_sender import Answered, Request, RequestSender
from topicscope.gui.models.publish.message import Draft, written_topic_problem
from topicscope.gui.tasks import in_worker_for, spawn
from topicscope.gui.theme import mono_font
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.fields.decimal_field import DecimalField
from topicscope.gui.widgets.fields.form_row import FormRow, field_row
from topicscope.gui.widgets.fields.topic_filter_edit import TopicFilterEdit
from topicscope.gui.widgets.labels import label
from topicscope.gui.widgets.payload.editor import PayloadEditor
from topicscope.gui.widgets.tone_line import ToneLine
from topicscope.mqtt.topics import topic_name_problem
from topicscope.payload.compose import FORMATS, editing_format, format_json, payload_text
from topicscope.payload.text import safe_topic

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from topicscope.connection.state import ConnectionState
    from topicscope.gui.models.publish.message import Message

LONGEST_S: Final = 3600.0
SHOWN: Final = 20_000
"""Characters of a response that are shown; all of it stands in the capture."""
_NEEDS_5: Final = "Before MQTT 5 the device must know it: write the topic on which it answers."
_GENERATED: Final = "Made up for this request; subscribed to until the response comes."


class SendRequestDialog(QDialog):
    """Stays open beside the window, so that another request can follow."""

    row_requested = Signal(int)
    """A row of the capture that somebody wants to see."""

    def __init__(
        self,
        sender: RequestSender,
        make: Callable[[Draft], Message],
        state: ConnectionState,
        parent: QWidget | None = None,
    ) -> None:
        """Take who sends, and what makes messages of drafts on a worker's thread."""
        super().__init__(parent)
        self._make = make
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("send-request")
        self.setWindowTitle("Send a request — Topicscope")
        self.resize(620, 660)
        sender.setParent(self)
        self._sender = sender
        self._answered: Answered | None = None
        self._generated = uuid4().hex[:12]
        self.topic_edit = TopicFilterEdit(written_topic_problem, self)
        self.editor = PayloadEditor(self, "Payload · Ctrl+Enter sends")
        self.qos_box = QComboBox(self)
        self.response_edit = TopicFilterEdit(topic_name_problem, self)
        self.correlation_edit = QLineEdit(self)
        self.timeout = DecimalField("Time-out in seconds", 5.0, "5", self)
        self.send_button = push_button("Send", "send", kind="primary", parent=self)
        self.close_button = push_button("Close", parent=self)
        self.show_button = push_button("Show in Messages", parent=self)
        self.line = ToneLine(self)
        self.response_view = QPlainTextEdit(self)
        self._set_up(state)
        self._lay_out()
        self.topic_edit.setFocus()
        self._connect()

    def result_text(self) -> str:
        """Return what is said of the request."""
        return self.line.text()

    # Slots

    @Slot()
    def send(self) -> None:
        """Send what is in the fields, or say what is wrong with them."""
        if not self.send_button.isEnabled():
            return
        self.response_view.hide()
        self.show_button.hide()
        timeout = self._timeout()
        if timeout is None:
            self.line.say("error", "Not sent: look at what is red.")
            return
        self.send_button.setEnabled(False)
        spawn(self._send(self._draft(), timeout), "send request")

    async def _send(self, draft: Draft, patience_s: float) -> None:
        try:
            message = await in_worker_for(self, self._make, draft)
        except ValueError as error:
            self._on_failed(f"Not sent. {error}")
            return
        correlation_data = self.correlation_edit.text().encode()
        self._sender.send(
            Request(
                message.topic,
                message.payload,
                message.qos,
                self.response_edit.text(),
                correlation_data if self._sender.speaks_mqtt_5 else b"",
                patience_s,
            )
        )

    @Slot(str)
    def _on_progressed(self, sentence: str) -> None:
        self.line.say("dim", sentence)

    @Slot(object)
    def _on_answered(self, answered: Answered) -> None:
        self._answered = answered
        text, kind = readable(answered.payload)
        words = f"Answered after {duration_text(answered.latency_s)} · {kind}"
        self.line.say("good", words, f"On {safe_topic(answered.topic)}")
        self.response_view.setPlainText(text)
        self.response_view.show()
        self.show_button.show()
        self._renew()

    @Slot(str)
    def _on_failed(self, sentence: str) -> None:
        self.line.say("error", sentence)
        self._renew()

    @Slot(str)
    def _on_said(self, sentence: str) -> None:
        self.line.say("warning", sentence)

    @Slot()
    def _on_show(self) -> None:
        if self._answered is not None:
            self.row_requested.emit(self._answered.response_row)

    @Slot()
    def _on_finished(self) -> None:
        self._sender.cancel()

    # Private

    def _renew(self) -> None:
        """Be ready for the next one: what was generated is generated anew."""
        self.send_button.setEnabled(True)
        if self._sender.speaks_mqtt_5 and self.correlation_edit.text() == self._generated:
            self._generated = uuid4().hex[:12]
            self.correlation_edit.setText(self._generated)

    def _draft(self) -> Draft:
        return Draft(
            MessageTemplate(
                topic=self.topic_edit.text(),
                format=self.editor.kind,  # type: ignore[arg-type]
                qos=self.qos_box.currentIndex(),  # type: ignore[arg-type]
                payload=self.editor.text(),
            )
        )

    def _timeout(self) -> float | None:
        """Return the time-out in seconds; None where a field is wrong, which is said there."""
        problem = ""
        for row, edit in (
            (self.topic_row, self.topic_edit),
            (self.response_row, self.response_edit),
        ):
            said = edit.problem or ("" if edit.text() else "It needs a Topic Name.")
            row.set_problem(said)
            problem = problem or said
        self.timeout_row.set_problem("")
        timeout = 0.0
        try:
            timeout = self.timeout.value_up_to(LONGEST_S)
        except ValueError as error:
            problem = str(error)
            self.timeout_row.set_problem(problem)
        return None if problem else timeout

    def _set_up(self, state: ConnectionState) -> None:
        is_5 = self._sender.speaks_mqtt_5
        client = state.client_identifier or "topicscope"
        if is_5:
            usable = topic_name_problem(client) is None and "/" not in client
            self.response_edit.setText(f"responses/{client if usable else 'topicscope'}")
            self.correlation_edit.setText(self._generated)
        self.correlation_edit.setFont(mono_font())
        self.response_view.setFont(mono_font())
        self.response_view.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.response_view.setTabChangesFocus(True)
        self.editor.setFixedHeight(96)
        self.editor.edit.setAccessibleName("Payload of the request")
        self.topic_edit.setPlaceholderText("devices/valve-3/request")
        self.response_view.setReadOnly(True)
        self.response_view.setAccessibleName("Response")
        self.response_view.hide()
        self.show_button.hide()
        self.qos_box.addItems(["QoS 0", "QoS 1", "QoS 2"])
        self.qos_box.setCurrentIndex(1)
        self.qos_box.setAccessibleName("Quality of Service of the request")

    def _connect(self) -> None:
        self.send_button.clicked.connect(self.send)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self, self.send)
        self.editor.said.connect(self._on_said)
        self.close_button.clicked.connect(self.close)
        self.show_button.clicked.connect(self._on_show)
        self.finished.connect(self._on_finished)
        self._sender.progressed.connect(self._on_progressed)
        self._sender.answered.connect(self._on_answered)
        self._sender.failed.connect(self._on_failed)

    def _lay_out(self) -> None:
        is_5 = self._sender.speaks_mqtt_5
        self.topic_row = FormRow("&Topic", self.topic_edit)
        self.response_row = FormRow(
            "&Response Topic", self.response_edit, _GENERATED if is_5 else _NEEDS_5
        )
        correlation_row = FormRow("&Correlation Data", self.correlation_edit)
        correlation_row.set_off("" if is_5 else "Needs MQTT 5.")
        options = field_row(
            self.editor.format_choice, self.qos_box, self.editor.format_button, stretch=(0, 0, 0)
        )
        timeout = field_row(self.timeout, label("s", "dim"), stretch=(0,))
        self.timeout_row = FormRow("Time-o&ut", timeout, buddy=self.timeout)
        result = QHBoxLayout()
        result.addWidget(self.line, 1)
        result.addWidget(self.show_button)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        buttons.addWidget(self.send_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(10)
        for row in (
            self.topic_row,
            FormRow("&Payload", self.editor),
            FormRow("Format, QoS", options, buddy=self.editor.format_choice),
            self.response_row,
            correlation_row,
            self.timeout_row,
        ):
            column.addWidget(row)
        column.addLayout(result)
        column.addWidget(self.response_view, 10)
        column.addStretch(1)
        column.addLayout(buttons)


def readable(payload: bytes) -> tuple[str, str]:
    """Return a response as people read it, and the name of its format; what is very long is cut."""
    kind = "text" if len(payload) > SHOWN else editing_format(payload)
    if kind == "text":
        text = payload.decode(errors="replace")
    else:
        text = payload_text(payload, kind)
        text = format_json(text) if kind == "json" else text
    return text[:SHOWN] + ("…" if len(text) > SHOWN else ""), FORMATS[kind]
