"""A payload as people write it, in one of several formats; another format shows the same bytes where it can."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QTextCursor, QTextOption
from PySide6.QtWidgets import QComboBox, QPlainTextEdit, QStackedWidget, QVBoxLayout, QWidget

from topicscope.automation.templates.shorthand import has_code
from topicscope.gui.theme import mono_font
from topicscope.gui.widgets.buttons import name_button, push_button
from topicscope.gui.widgets.fields.file_field import FileField
from topicscope.gui.widgets.labels import label
from topicscope.gui.widgets.payload.json_highlighter import LONGEST_HIGHLIGHTED, JsonHighlighter
from topicscope.payload.compose import (
    FORMATS,
    ComposeError,
    editing_format,
    encode_payload,
    format_json,
    payload_text,
)

FILE: Final = "file"
AS_BYTES: Final = frozenset({"hex", "base64"})
AS_JSON: Final = frozenset({"json", "cbor", "messagepack"})
KINDS: Final = (
    *(kind for kind in FORMATS if kind not in AS_BYTES),
    *sorted(AS_BYTES, reverse=True),
    FILE,
)
"""The formats in the order of the choice: arrow keys pass from one that is written as JSON to the next of them."""
_HINTS: Final = {
    "json": '{"value": 21.5}',
    "hex": "00 ff 12 ab",
    "base64": "AP8Sqw==",
    "cbor": '{"value": 21.5}   written as JSON, sent as CBOR',
    "messagepack": '{"value": 21.5}   written as JSON, sent as MessagePack',
}
_LINE_ENDS: Final = dict.fromkeys((0x2028, 0x2029, 0xFDD0, 0xFDD1), "\n")
"""What Qt's documents keep for the ends of lines."""


class PayloadEditor(QStackedWidget):
    """An editor, or the name of a file; the choice of the format is placed by whoever uses it.

    Attributes:
        edit: the text.
        file_field: the name of the file.
        format_choice: the format.
        format_button: puts JSON on lines; only to be seen where the format is written as JSON.

    """

    changed = Signal()
    """Text, file or format."""
    said = Signal(str)
    """Why the format stayed as it was, in a sentence."""

    def __init__(
        self, parent: QWidget | None = None, hint: str = "Payload · Ctrl+Enter publishes"
    ) -> None:
        """Take what an empty field of text says."""
        super().__init__(parent)
        self._hints = {"text": hint, **_HINTS}
        self.edit = PayloadEdit(self)
        self.file_field = FileField("file to send", "All files (*)", self)
        self.format_choice = QComboBox(parent)
        self.format_button = push_button("Format", parent=parent)
        self._kind = "text"
        self._highlighter = JsonHighlighter(self.edit.document())
        self._set_up()
        self._show_kind()
        self.edit.textChanged.connect(self.changed)
        self.file_field.text_changed.connect(self.changed)
        self.format_choice.currentIndexChanged.connect(self._on_chosen)
        self.format_button.clicked.connect(self.put_on_lines)

    # Properties

    @property
    def kind(self) -> str:
        """The format: one of `KINDS`."""
        return self._kind

    # Methods

    def text(self) -> str:
        """Return what was written, or the name of the file."""
        return self.file_field.text() if self._kind == FILE else self.edit.exact_text()

    def length(self) -> int:
        """Return the number of characters; quicker than to ask for the text."""
        return 0 if self._kind == FILE else self.edit.document().characterCount() - 1

    def set_text(self, text: str, kind: str) -> None:
        """Show a text in a format as it is."""
        self._set_kind(kind)
        if kind == FILE:
            self.file_field.set_text(text)
        else:
            self.edit.setPlainText(text)

    def fill(self, payload: bytes, content_type: str = "") -> None:
        """Show bytes in the format that holds each of them."""
        kind = editing_format(payload, content_type)
        self.set_text(payload_text(payload, kind), kind)
        try:
            same = not payload or encode_payload(self.edit.exact_text(), kind) == payload
        except ComposeError:
            same = False
        if not same:
            # Whatever an editor cannot hold, such as a lone carriage return, is kept as hex.
            self.set_text(payload_text(payload, "hex"), "hex")

    def focus_field(self) -> None:
        """Put the cursor where the payload is written."""
        (self.file_field.edit if self._kind == FILE else self.edit).setFocus()

    # Slots

    @Slot()
    def put_on_lines(self) -> None:
        """Write JSON with line breaks; what is not JSON stays, and `said` says why."""
        try:
            text = format_json(self.edit.exact_text())
        except ComposeError as error:
            self.said.emit(str(error))
            return
        cursor = self.edit.textCursor()
        cursor.select(QTextCursor.SelectionType.Document)
        # By the cursor, so that it can be undone.
        cursor.insertText(text)
        cursor.movePosition(QTextCursor.MoveOperation.Start)
        self.edit.setTextCursor(cursor)

    @Slot(int)
    def _on_chosen(self, index: int) -> None:
        kind = KINDS[index]
        if kind == self._kind:
            return
        try:
            text = self._converted(kind)
        except ComposeError as error:
            self._set_kind(self._kind)
            self.said.emit(f"The format stays {FORMATS[self._kind]}. {error}.")
            return
        self._set_kind(kind)
        if text is not None and text != self.edit.exact_text():
            self.edit.setPlainText(text)
        self.changed.emit()

    # Private

    def _converted(self, kind: str) -> str | None:
        """Return the text in another format, None where it stays; raises ComposeError for bytes it cannot hold."""
        text = self.edit.exact_text()
        if FILE in (kind, self._kind) or not text or has_code(text):
            return None
        if kind not in AS_BYTES and self._kind not in AS_BYTES:
            # The value stays, and becomes other bytes.
            return None
        try:
            payload = encode_payload(text, self._kind)
        except ComposeError:
            if self._kind in AS_BYTES:
                return None
            # It is no such thing yet: its words are all there is.
            payload = encode_payload(text, "text")
        try:
            return payload_text(payload, kind)
        except ComposeError:
            if kind != "json":
                raise
            return payload_text(payload, "text")

    def _set_kind(self, kind: str) -> None:
        self._kind = kind
        self.format_choice.blockSignals(True)
        self.format_choice.setCurrentIndex(KINDS.index(kind))
        self.format_choice.blockSignals(False)
        self._show_kind()

    def _show_kind(self) -> None:
        is_file = self._kind == FILE
        self.setCurrentIndex(1 if is_file else 0)
        self.format_button.setVisible(self._kind in AS_JSON)
        self.edit.setPlaceholderText(self._hints.get(self._kind, ""))
        colours = self._kind in AS_JSON and self.length() < LONGEST_HIGHLIGHTED
        self._highlighter.set_enabled(enabled=colours)
        self._highlighter.rehighlight()

    def _set_up(self) -> None:
        self.edit.setAccessibleName("Payload")
        self.format_choice.addItems([FORMATS.get(kind, "File") for kind in KINDS])
        name_button(self.format_choice, "How the payload is written here")
        name_button(self.format_button, "Put JSON on lines")
        self.format_button.setText("Format")
        page = QWidget(self)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.file_field)
        column.addWidget(label("Its bytes are read each time it is published.", "dim"))
        column.addStretch(1)
        self.addWidget(self.edit)
        self.addWidget(page)


class PayloadEdit(QPlainTextEdit):
    """Plain text in the monospace font; Tab moves on, as in the fields around it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFont(mono_font())
        self.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        self.setTabChangesFocus(True)
        self.document().setDocumentMargin(6)
        self.setMinimumHeight(2 * self.fontMetrics().lineSpacing() + 16)

    def exact_text(self) -> str:
        """Return what was typed; `toPlainText` would turn each no-break space into a blank."""
        return self.document().toRawText().translate(_LINE_ENDS)
