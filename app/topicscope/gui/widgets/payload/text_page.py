"""A page of text from the network: what is wrong with it above, how much is left out below.

Long texts come in pieces, one a turn of the event loop, so that the window answers meanwhile; a
line without an end is broken for display, because Qt lays a whole line out at once.
"""

from __future__ import annotations

import re
from typing import Final

from PySide6.QtCore import QEvent, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from topicscope.gui.icons import icon
from topicscope.gui.theme import GRID
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.labels import ElidedLabel, label
from topicscope.gui.widgets.mono_view import MonoView
from topicscope.gui.widgets.payload.json_highlighter import LONGEST_HIGHLIGHTED, JsonHighlighter
from topicscope.gui.widgets.style import set_tone

PIECE: Final = 48_000
"""Characters that are put into the document in one turn; about 5 ms."""
LONGEST_LINE: Final = 8192
_MARGIN: Final = 12
_ENDLESS_LINE = re.compile(rf"[^\n]{{{LONGEST_LINE}}}(?=[^\n])")


class TextPage(QWidget):
    """Plain text to read, with a warning above and an offer to show more below."""

    more_asked = Signal()
    """The person wants to see more of a text that was cut."""
    bytes_asked = Signal()
    """The person wants to see the bytes instead."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = MonoView(self)
        self.view.set_wrapped(wrapped=True)
        self.view.document().setDocumentMargin(_MARGIN)
        self.highlighter = JsonHighlighter(self.view.document())
        self.warning = label(tone="warning", parent=self)
        self.warning.setWordWrap(True)
        self.rest = ElidedLabel(mode=Qt.TextElideMode.ElideRight, parent=self)
        self.more_button = push_button("Show more", kind="link", parent=self)
        self.bytes_button = push_button("Hex", kind="link", parent=self)
        self._picture = QLabel(self)
        self._warning_row = QWidget(self)
        self._rest_row = QWidget(self)
        self._waiting = ""
        self._shown = 0
        self._timer = QTimer(self)
        self._timer.setObjectName("text-page-fill")
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._put_piece)
        self.more_button.clicked.connect(self.more_asked)
        self.bytes_button.clicked.connect(self.bytes_asked)
        self._lay_out()

    # Methods

    def show_text(
        self,
        text: str,
        *,
        problem: str = "",
        rest: str = "",
        more: bool = False,
        coloured: bool = False,
    ) -> None:
        """Show `text`, `problem` above it and `rest` below it, which says what is left out."""
        text = _ENDLESS_LINE.sub(r"\g<0>\n", text)
        self.highlighter.set_enabled(enabled=coloured and len(text) <= LONGEST_HIGHLIGHTED)
        self._say(problem, rest, more=more)
        self.view.setPlainText(text[:PIECE])
        self._waiting = text
        self._shown = min(PIECE, len(text))
        self._go_on()

    def is_filling(self) -> bool:
        """Say whether pieces of the text are still to come."""
        return self._timer.isActive()

    @Slot()
    def _put_piece(self) -> None:
        cursor = QTextCursor(self.view.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(self._waiting[self._shown : self._shown + PIECE])
        self._shown += PIECE
        self._go_on()

    def changeEvent(self, event: QEvent) -> None:
        """Tint the icon again when the theme changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._show_picture()

    def _go_on(self) -> None:
        if self._shown < len(self._waiting):
            self._timer.start(0)
        else:
            self._timer.stop()
            self._waiting = ""

    def _say(self, problem: str, rest: str, *, more: bool) -> None:
        self.warning.setText(problem)
        self._warning_row.setVisible(bool(problem))
        self.rest.setText(rest)
        self._rest_row.setVisible(bool(rest))
        self.more_button.setVisible(more)

    def _show_picture(self) -> None:
        self._picture.setPixmap(icon("triangle-alert", "warning").pixmap(14, 14))

    def _lay_out(self) -> None:
        set_tone(self.rest, "dim")
        above = QHBoxLayout(self._warning_row)
        above.setContentsMargins(12, 4, 12, 0)
        above.setSpacing(6)
        above.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        above.addWidget(self.warning, 1)
        below = QHBoxLayout(self._rest_row)
        below.setContentsMargins(12, 2, GRID, 2)
        below.setSpacing(4)
        below.addWidget(self.rest, 1)
        below.addWidget(self.more_button)
        below.addWidget(self.bytes_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._warning_row)
        column.addWidget(self.view, 1)
        column.addWidget(self._rest_row)
        self._say("", "", more=False)
        self._show_picture()
