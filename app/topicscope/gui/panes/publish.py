"""Publishing an Application Message: topic, payload, properties, what will be sent, and what became of it."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from topicscope.connection.state import Phase
from topicscope.gui.text import format_bytes, plain_tooltip
from topicscope.gui.theme import GRID
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.card import PaneHeader
from topicscope.gui.widgets.fields.topic_completer import TopicCompleter
from topicscope.gui.widgets.labels import mono_label
from topicscope.gui.widgets.messages.preview import PreviewLine
from topicscope.gui.widgets.publish.fields import PublishFields
from topicscope.gui.widgets.publish.results_view import PublishResultsView
from topicscope.gui.widgets.publish.template_bar import TemplateBar
from topicscope.gui.widgets.style import set_kind
from topicscope.gui.widgets.tone_line import ToneLine
from topicscope.mqtt.topics import topic_name_warning
from topicscope.payload.json import json_problem
from topicscope.payload.text import safe_topic

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QResizeEvent

    from topicscope.gui.connection.publishing import Publishing
    from topicscope.gui.dialogs.caution import Caution
    from topicscope.gui.models.publish.message import Draft, Message
    from topicscope.gui.models.publish.results import PublishResult

PREVIEW_MS: Final = 200
NARROW: Final = 560
"""Pixels below which the list of the last publishes makes room for the editor."""
_JSON_BEGIN: Final = re.compile(r"""\s*(\{(?!\{)|\[\s*[\[{"\d-])""")
_LONGEST_DOUBTED: Final = 16_384
"""Bytes of a text that are looked at, at each key, for a slip in JSON."""


class PublishPane(QWidget):
    """Topic, payload, QoS, Retain and properties of a message; all of it stays after publishing.

    `header` is for the dock's title bar; it holds the buttons of templates.
    """

    published = Signal(str)
    """A message was handed over for this Topic Name."""

    def __init__(self, publishing: Publishing, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("publish-pane")
        self._publishing = publishing
        self._bridge = publishing.bridge
        self._caution: Caution | None = None
        self._shows_result = False
        self._asked: Draft | None = None
        self._message: Message | None = None
        self.header = PaneHeader("Publish")
        self.bar = TemplateBar(self.header)
        self.header.add_left_widget(self.bar)
        self.fields = PublishFields(self)
        self.topic_edit = self.fields.topic_edit
        self.editor = self.fields.editor
        self.completer = TopicCompleter(
            self.topic_edit, self._captured_topics, publishing.library.published.topics
        )
        self.button = push_button("Publish", "send", kind="primary", parent=self)
        self.results_view = PublishResultsView(publishing.results, self)
        self._preview = PreviewLine(self)
        self._result = ToneLine(self)
        self._size = mono_label("", "dim", self)
        self._timer = QTimer(self)
        self._timer.setObjectName("publish preview")
        self._timer.setSingleShot(True)
        self._timer.setInterval(PREVIEW_MS)
        self._lay_out()
        self._connect_all()
        self._judge()

    # Properties

    @property
    def result_text(self) -> str:
        """What the line below the payload says."""
        return self._result.text()

    @property
    def preview_text(self) -> str:
        """What is said about the message as it would be sent; empty where there is nothing to fill in."""
        return self._preview.text() if not self._preview.isHidden() else ""

    # Methods

    def set_caution(self, caution: Caution) -> None:
        """Ask this before something is cleared that others rely on."""
        self._caution = caution

    def fill(self, topic: str, payload: bytes | None = None) -> None:
        """Put topic and payload into the fields; without a payload the one that is there stays."""
        self.fields.fill(topic, payload)

    def guard_clearing(self, topic: str, then: Callable[[], object]) -> None:
        """Ask before a retained message is cleared that others rely on, then go on."""
        if self._caution is None:
            then()
            return
        self._caution.guard(
            f"Clear the retained message of {safe_topic(topic.encode(errors='replace'))}?",
            f"This is a {self._caution.kind} broker: whoever subscribes later will not get the value that it keeps.",
            "Clear it",
            "Keep it",
            then,
        )

    # Slots

    @Slot()
    def publish(self) -> None:
        """Publish what is in the fields, or say why that cannot be."""
        draft = self.fields.draft()
        reason = self._reason_against(draft)
        if reason:
            self._say("error", reason)
            return
        template = draft.template
        go_on = partial(self._hand_over, draft)
        if template.retain and not template.payload:
            self.guard_clearing(template.topic, go_on)
        else:
            go_on()

    def _hand_over(self, draft: Draft) -> None:
        self._shows_result = False
        self._publishing.publish(draft)

    @Slot(object)
    def _on_progressed(self, result: PublishResult) -> None:
        newest = self._publishing.results.results[0]
        if result is not newest:
            return
        outcome = result.outcome
        self._shows_result = True
        self._result.say(outcome.tone, outcome.sentence, outcome.explanation)
        if result.progress is None:
            self.published.emit(result.message.topic)
            if not self._preview.isHidden():
                # Counters and chance have gone on.
                self._timer.start()

    @Slot(str)
    def _on_failed(self, sentence: str) -> None:
        self._shows_result = True
        self._result.say("error", sentence)

    @Slot()
    def _on_edited(self) -> None:
        self._shows_result = False
        self._judge()

    @Slot()
    def _judge(self) -> None:
        """Say at once what stands against publishing, and what publishing would do."""
        fields = self.fields
        fields.set_version(self._bridge.state.protocol_version)
        fields.fills_button.setVisible(fields.has_code())
        is_long = fields.is_long
        draft = fields.draft(with_payload=not is_long)
        self._message = None
        self._preview.setVisible(draft.has_variables)
        reason = self._reason_against(draft)
        if is_long or draft.needs_a_worker:
            self._timer.start()
        else:
            self._timer.stop()
            self._asked = None
            self._show_size()
        self._show_judgement(reason)

    @Slot()
    def _on_preview_due(self) -> None:
        self._asked = self.fields.draft()
        self._publishing.preview(self._asked)

    @Slot(object, object, str)
    def _on_previewed(self, draft: Draft, message: Message | None, problem: str) -> None:
        if draft is not self._asked:
            return
        self._message = message
        self._preview.show_message(message, problem)
        if message is not None:
            problem = self._publishing.problem_with(message)
        self._show_size()
        self._show_judgement(self._reason_against(draft, judges_message=False) or problem)

    @Slot()
    def _on_templates_changed(self) -> None:
        self.bar.set_templates(self._publishing.library.bar)

    # Qt overrides

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the last publishes where there is room."""
        super().resizeEvent(event)
        self._show_results()

    # Private

    def _captured_topics(self) -> list[bytes]:
        return self._bridge.log.topics.names

    def _reason_against(self, draft: Draft, *, judges_message: bool = True) -> str:
        template = draft.template
        reason = self._publishing.reason_against(template.qos)
        reason = reason or self.fields.problem(template, fills_in=draft.fills_in)
        if reason or not judges_message or draft.needs_a_worker:
            return reason
        try:
            self._message = draft.message()
        except ValueError as error:
            return str(error)
        return self._publishing.problem_with(self._message)

    def _show_judgement(self, reason: str) -> None:
        self.fields.mark_topic()
        self.button.setEnabled(not reason)
        self.button.setToolTip(plain_tooltip(reason or "Publish (Ctrl+Enter)"))
        state = self._bridge.state
        self.bar.set_off(self._publishing.reason_against(1))
        is_connected = state.phase is Phase.CONNECTED
        if reason:
            typed = bool(self.topic_edit.text()) and is_connected and not state.read_only
            if typed or not self._shows_result:
                self._say("error" if typed else "dim", reason)
        elif not self._shows_result:
            self._say(*self._consequence(is_connected=is_connected))

    def _consequence(self, *, is_connected: bool) -> tuple[str, str]:
        topic = self._message.topic if self._message is not None else self.topic_edit.text()
        if doubt := topic_name_warning(topic):
            return "warning", f"{doubt}. Some brokers cut the connection."
        if not is_connected:
            return "warning", "Not connected now: the message will wait for the connection."
        if doubt := _doubt_of_text(self.editor.kind, self._message):
            return "warning", doubt
        if self.fields.retain_box.isChecked() and self.fields.is_empty:
            return "warning", "Empty and retained: clears what the broker keeps for this topic."
        if self.fields.retain_box.isChecked():
            return "dim", "The broker will keep this message for the topic."
        return "", ""

    def _say(self, tone: str, words: str) -> None:
        self._shows_result = False
        self._result.say(tone, words)

    def _show_size(self) -> None:
        message, state = self._message, self._bridge.state
        if message is None:
            self._size.setText("")
            return
        size = self._publishing.packet_size(message)
        most = state.server.maximum_packet_size if state.server is not None else None
        words = format_bytes(len(message.payload))
        lines = [f"Payload {len(message.payload):,} bytes, the whole packet {size:,}."]
        if most is not None:
            lines.append(f"The broker takes packets up to {most:,} bytes.")
            if size * 2 > most:
                words = f"{size:,} of {most:,} B"
        self._size.setText(words)
        self._size.setToolTip(plain_tooltip("\n".join(lines)))

    def _show_results(self) -> None:
        some = bool(self._publishing.results.results)
        self._results_card.setVisible(some and self.width() >= NARROW)

    def _lay_out(self) -> None:
        fields = QHBoxLayout()
        fields.setSpacing(GRID)
        fields.addWidget(self.fields, 1)
        fields.addWidget(self.button, 0, Qt.AlignmentFlag.AlignTop)
        self._results_card = QFrame(self)
        set_kind(self._results_card, "card")
        inner = QVBoxLayout(self._results_card)
        inner.setContentsMargins(1, 3, 1, 3)
        inner.addWidget(self.results_view)
        self._split = QSplitter(Qt.Orientation.Horizontal, self)
        self._split.setHandleWidth(GRID)
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(self.editor)
        self._split.addWidget(self._results_card)
        self._split.setStretchFactor(0, 3)
        self._split.setStretchFactor(1, 2)
        self._split.setSizes([390, 260])
        foot = QHBoxLayout()
        foot.setSpacing(GRID)
        for widget in (
            self.editor.format_choice,
            self.editor.format_button,
            self.fields.fills_button,
        ):
            foot.addWidget(widget)
        foot.addWidget(self._result, 1)
        foot.addWidget(self._size)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, GRID, 12, 4)
        column.setSpacing(6)
        column.addLayout(fields)
        column.addWidget(self._split, 1)
        column.addWidget(self._preview)
        column.addLayout(foot)

    def _connect_all(self) -> None:
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self.publish)
        publishing = self._publishing
        self.fields.changed.connect(self._on_edited)
        self.editor.said.connect(self._on_failed)
        self.button.clicked.connect(self.publish)
        self._timer.timeout.connect(self._on_preview_due)
        self._bridge.state_changed.connect(self._judge)
        publishing.progressed.connect(self._on_progressed)
        publishing.failed.connect(self._on_failed)
        publishing.previewed.connect(self._on_previewed)
        publishing.results.rowsInserted.connect(self._show_results)
        publishing.results.modelReset.connect(self._show_results)
        publishing.library.templates_changed.connect(self._on_templates_changed)
        publishing.library.settings_changed.connect(self._on_templates_changed)
        publishing.library.settings_changed.connect(self._judge)
        self._show_results()
        self._on_templates_changed()


def _doubt_of_text(kind: str, message: Message | None) -> str:
    """Say why a text that seems to be meant as JSON is none; it can be sent all the same."""
    if kind != "text" or message is None or len(message.payload) > _LONGEST_DOUBTED:
        return ""
    text = message.payload.decode(errors="replace")
    problem = json_problem(text) if _JSON_BEGIN.match(text) else None
    return f"Not JSON: {problem}" if problem else ""
