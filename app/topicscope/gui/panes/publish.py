"""Publishing one Application Message, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QStringListModel, Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut, QTextOption
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QCompleter,
    QHBoxLayout,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from topicscope.connection.state import Phase
from topicscope.gui.text import format_elapsed, plain_tooltip
from topicscope.gui.theme import GRID, mono_font
from topicscope.gui.widgets.buttons import name_button, push_button
from topicscope.gui.widgets.card import PaneHeader
from topicscope.gui.widgets.labels import label
from topicscope.gui.widgets.style import set_validity
from topicscope.gui.widgets.tone_line import ToneLine
from topicscope.gui.widgets.topic_filter_edit import TopicFilterEdit
from topicscope.mqtt.topics import topic_name_problem
from topicscope.payload import detect
from topicscope.payload.detect import is_text
from topicscope.payload.hex import hex_from_text
from topicscope.payload.json import json_problem

if TYPE_CHECKING:
    from topicscope.connection.state import ConnectionState, PublishProgress
    from topicscope.gui.bridge import ConnectionBridge

TEXT, JSON, HEX = range(3)
FORMATS: Final = ("Text", "JSON", "Hex")
SUGGESTIONS: Final = 12
NAMES_LOOKED_AT: Final = 20_000
"""Topic Names that are searched for suggestions at each key."""
CHECKED_CHARACTERS: Final = 1 << 18
"""A longer payload is judged when it is published, not at each key."""
_TOPIC_WIDTH: Final = 160
_LINE_ENDS: Final = dict.fromkeys((0x2028, 0x2029, 0xFDD0, 0xFDD1), "\n")
"""What Qt's documents keep for the ends of lines."""


class PublishPane(QWidget):
    """Topic, payload, QoS and Retain of a message; the payload stays after publishing.

    `header` is for the dock's title bar.
    """

    published = Signal(str)
    """A message was handed over for this Topic Name."""

    def __init__(self, bridge: ConnectionBridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("publish-pane")
        self._bridge = bridge
        self._token: int | None = None
        self.header = PaneHeader("Publish")
        self.topic_edit = TopicFilterEdit(topic_name_problem, self)
        self.qos_choice = QComboBox(self)
        self.retain_box = QCheckBox("Retain", self)
        self.format_choice = QComboBox(self)
        self.button = push_button("Publish", "send", kind="primary", parent=self)
        self.editor = _PayloadEdit(self)
        self._result = ToneLine(self)
        self._suggestions = QStringListModel(self)
        self._set_up_fields()
        self._lay_out()
        self._connect_all()
        self._judge()

    # Properties

    @property
    def result_text(self) -> str:
        """What the line below the payload says."""
        return self._result.text()

    # Methods

    def fill(self, topic: str, payload: bytes | None = None) -> None:
        """Put topic and payload into the fields, in the format that shows the payload exactly.

        Without a payload the one that is there stays.
        """
        self.topic_edit.setText(topic)
        if payload is not None:
            self._fill_payload(payload)
        self.editor.setFocus()

    def payload(self) -> bytes:
        """Return the bytes to publish; raises `ValueError` with a sentence when there are none."""
        text = self.editor.exact_text()
        if text and self.format_choice.currentIndex() == HEX:
            return hex_from_text(text)
        if text and self.format_choice.currentIndex() == JSON:
            problem = json_problem(text)
            if problem is not None:
                raise ValueError(f"Not JSON: {problem}")
        return text.encode("utf-8", "surrogatepass")

    # Slots

    @Slot()
    def publish(self) -> None:
        """Publish what is in the fields, or say why that cannot be."""
        reason = self._reason_against(checking_all=True)
        if reason:
            self._result.say("error", reason)
            return
        topic = self.topic_edit.text()
        try:
            self._token = self._bridge.publish(
                topic,
                self.payload(),
                qos=self.qos_choice.currentIndex(),
                retain=self.retain_box.isChecked(),
            )
        except ValueError as error:
            self._result.say("error", str(error))
            return
        self._result.say("dim", "Handed over …")
        self.published.emit(topic)

    @Slot(object)
    def _on_publish_progressed(self, progress: PublishProgress) -> None:
        if progress.token == self._token:
            self._result.say(*result_words(progress))

    @Slot(object)
    def _on_state_changed(self, _state: ConnectionState) -> None:
        self._judge()

    @Slot()
    def _judge(self) -> None:
        """Say at once what stands against publishing, and what publishing would do."""
        reason = self._reason_against()
        # A valid topic is the rule here: only a wrong one gets a frame of its own.
        set_validity(self.topic_edit, False if self.topic_edit.problem else None)
        self.button.setEnabled(not reason)
        self.button.setToolTip(plain_tooltip(reason or "Publish (Ctrl+Enter)"))
        if reason:
            typed = bool(self.topic_edit.text()) and self._is_connected()
            self._result.say("error" if typed else "dim", reason)
        elif not self._is_connected():
            self._result.say(
                "warning", "Not connected now: the message will wait for the connection."
            )
        elif self.retain_box.isChecked() and self.editor.document().isEmpty():
            self._result.say(
                "warning", "Empty and retained: clears what the broker keeps for this topic."
            )
        elif self.retain_box.isChecked():
            self._result.say("dim", "The broker will keep this message for the topic.")
        else:
            self._result.say("", "")

    @Slot(str)
    def _on_topic_typed(self, text: str) -> None:
        self._suggestions.setStringList(self._similar_topics(text))

    # Private

    def _is_connected(self) -> bool:
        return self._bridge.state.phase is Phase.CONNECTED

    def _reason_against(self, *, checking_all: bool = False) -> str:
        if self._bridge.state.phase is Phase.OFFLINE:
            return "Not connected: connect to a broker to publish."
        if not self._is_connected() and not self.qos_choice.currentIndex():
            return "Not connected now, and nothing keeps a message with QoS 0."
        edit = self.topic_edit
        if not edit.is_valid():
            return edit.problem or "Type the topic to publish to."
        if checking_all or self.editor.document().characterCount() <= CHECKED_CHARACTERS:
            return self._payload_problem()
        return ""

    def _payload_problem(self) -> str:
        try:
            self.payload()
        except ValueError as error:
            return str(error)
        return ""

    def _fill_payload(self, payload: bytes) -> None:
        is_json = detect(payload) == "json"
        if not payload or is_json or is_text(payload):
            self.format_choice.setCurrentIndex(JSON if is_json else TEXT)
            self.editor.setPlainText(payload.decode(errors="replace"))
            typed = self.editor.exact_text().encode("utf-8", "surrogatepass")
            if typed == (payload.replace(b"\r\n", b"\n") if is_json else payload):
                return
        # Whatever an editor cannot hold, such as a lone carriage return, is kept as hex.
        self.format_choice.setCurrentIndex(HEX)
        self.editor.setPlainText(payload.hex(" "))

    def _similar_topics(self, typed: str) -> list[str]:
        wanted = typed.encode(errors="replace")
        names = self._bridge.log.topics.names[:NAMES_LOOKED_AT]
        found = [name for name in names if name.startswith(wanted)][:SUGGESTIONS]
        if len(found) < SUGGESTIONS and len(wanted) > 1:
            found += [name for name in names if wanted in name and name not in found]
        texts = (name.decode(errors="replace") for name in found[:SUGGESTIONS])
        return [text for text in texts if text.isprintable() and text != typed]

    def _set_up_fields(self) -> None:
        edit = self.topic_edit
        edit.setPlaceholderText("Topic, e.g. plant/line1/setpoint")
        edit.setAccessibleName("Topic to publish to")
        edit.setMinimumWidth(_TOPIC_WIDTH)
        completer = QCompleter(self._suggestions, self)
        completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        popup = completer.popup()
        if popup is not None:
            popup.setFont(mono_font())
        edit.setCompleter(completer)
        self.qos_choice.addItems(["QoS 0", "QoS 1", "QoS 2"])
        name_button(self.qos_choice, "Quality of Service of the message")
        self.format_choice.addItems(list(FORMATS))
        name_button(self.format_choice, "How the payload is written here")
        self.retain_box.setToolTip(
            plain_tooltip("Ask the broker to keep the message for later subscribers")
        )
        self.editor.setAccessibleName("Payload")
        self.editor.setPlaceholderText("Payload")

    def _lay_out(self) -> None:
        top = Qt.AlignmentFlag.AlignTop
        fields = QHBoxLayout()
        fields.setSpacing(GRID)
        fields.addWidget(self.topic_edit, 1)
        for widget in (self.qos_choice, self.retain_box, self.format_choice, self.button):
            fields.addWidget(widget, 0, top)
        # A check box is lower than the fields beside it; its words belong on their line.
        self.retain_box.setFixedHeight(self.button.sizeHint().height())
        result = QHBoxLayout()
        result.setSpacing(6)
        result.addWidget(self._result, 1)
        result.addWidget(label("Ctrl+Enter", "faint", self))
        column = QVBoxLayout(self)
        column.setContentsMargins(12, GRID, 12, 4)
        column.setSpacing(6)
        column.addLayout(fields)
        column.addWidget(self.editor, 1)
        column.addLayout(result)

    def _connect_all(self) -> None:
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self.publish)
        edit = self.topic_edit
        edit.textChanged.connect(self._judge)
        edit.textEdited.connect(self._on_topic_typed)
        edit.submitted.connect(self.editor.setFocus)
        self.editor.textChanged.connect(self._judge)
        self.format_choice.currentIndexChanged.connect(self._judge)
        self.qos_choice.currentIndexChanged.connect(self._judge)
        self.retain_box.toggled.connect(self._judge)
        self.button.clicked.connect(self.publish)
        self._bridge.state_changed.connect(self._on_state_changed)
        self._bridge.publish_progressed.connect(self._on_publish_progressed)


class _PayloadEdit(QPlainTextEdit):
    """Plain text in the monospace font; Tab moves on, as in the fields around it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFont(mono_font())
        self.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        self.setTabChangesFocus(True)
        self.document().setDocumentMargin(6)
        self.setMinimumHeight(2 * self.fontMetrics().lineSpacing() + 16)

    def exact_text(self) -> str:
        """Return what was typed; `toPlainText` would turn each no-break space into a blank."""
        return self.document().toRawText().translate(_LINE_ENDS)


def result_words(progress: PublishProgress) -> tuple[str, str]:
    """Return tone and sentence for how far a publish has come."""
    took = "" if progress.elapsed_s is None else f" in {format_elapsed(progress.elapsed_s)}"
    match progress.stage:
        case "queued":
            return "warning", f"Queued. {progress.text}".strip()
        case "sent":
            return "good", f"Sent{took}"
        case "acknowledged":
            # A code that is no error and not nought says more, such as No matching subscribers.
            more = f" · {progress.text}" if progress.reason_code else ""
            return "good", f"Acknowledged{took}{more}"
        case "refused" if progress.reason_code is None:
            return "error", progress.text
        case "refused":
            return "error", f"Refused by the broker: {progress.text}"
    return "error", f"Dropped. {progress.text}".strip()
