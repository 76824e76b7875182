"""A strip that says what happened and what to do next, in full."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from topicscope.gui.icons import icon
from topicscope.gui.theme import ui_font
from topicscope.gui.widgets.buttons import icon_button, push_button
from topicscope.gui.widgets.labels import WrappedLabel
from topicscope.gui.widgets.style import set_tone

LINE_HEIGHT: Final = 26

_ICONS: Final = {
    "error": ("circle-alert", "error"),
    "warning": ("triangle-alert", "warning"),
    "good": ("circle-check", "good"),
    "info": ("info", "accent"),
}


class NoticeBar(QFrame):
    """Icon, sentence, remedy, up to two buttons, and a cross to close it; hidden until it is told."""

    action_triggered = Signal()
    second_triggered = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "notice")
        self._tone = "info"
        self._picture = QLabel(self)
        self._picture.setFixedHeight(LINE_HEIGHT)
        self._sentence = WrappedLabel(LINE_HEIGHT, self)
        self._sentence.setFont(ui_font(QFont.Weight.DemiBold))
        self._remedy = WrappedLabel(0, self)
        self.button = push_button("", parent=self)
        self.second_button = push_button("", parent=self)
        self._cross = icon_button("x", "Close this notice", parent=self)
        self._cross.setFixedSize(LINE_HEIGHT, LINE_HEIGHT)
        self.button.clicked.connect(self.action_triggered)
        self.second_button.clicked.connect(self.second_triggered)
        self._cross.clicked.connect(self._on_cross_clicked)
        self._lay_out()
        self.hide()

    def tell(
        self, tone: str, sentence: str, remedy: str = "", action: str = "", second: str = ""
    ) -> None:
        """Show a notice; the tone is ``error``, ``warning``, ``good`` or ``info``."""
        self._tone = tone
        set_tone(self, tone)
        self._show_picture()
        self._take_width()
        self._sentence.setText(sentence)
        self._remedy.setText(remedy)
        self._remedy.setVisible(bool(remedy))
        for button, text in ((self.button, action), (self.second_button, second)):
            button.setText(text.replace("&", "&&"))
            button.setVisible(bool(text))
        self.setAccessibleName(f"{sentence} {remedy}".strip())
        self.show()

    def clear(self) -> None:
        """Hide the notice."""
        self.hide()

    def sentence(self) -> str:
        """Return what happened."""
        return self._sentence.text()

    def remedy(self) -> str:
        """Return what to do next."""
        return self._remedy.text()

    @Slot()
    def _on_cross_clicked(self) -> None:
        self.hide()
        self.closed.emit()

    def changeEvent(self, event: QEvent) -> None:
        """Tint the icon anew when the theme changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._show_picture()

    def _take_width(self) -> None:
        """Be as wide as the window already: words broken in a narrow column would make the window grow for ever."""
        holder, layout = self.parentWidget(), self.layout()
        if self.isHidden() and holder is not None and layout is not None:
            self.resize(holder.width(), self.height())
            layout.activate()

    def _show_picture(self) -> None:
        name, role = _ICONS[self._tone]
        self._picture.setPixmap(icon(name, role).pixmap(16, 16))

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._sentence)
        words.addWidget(self._remedy)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 6, 8, 6)
        row.setSpacing(10)
        top = Qt.AlignmentFlag.AlignTop
        row.addWidget(self._picture, 0, top)
        row.addLayout(words, 1)
        row.addWidget(self.button, 0, top)
        row.addWidget(self.second_button, 0, top)
        row.addWidget(self._cross, 0, top)
