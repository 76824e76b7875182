"""One line that says how something went: an icon and words in the colour of a tone."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from topicscope.gui.icons import icon
from topicscope.gui.widgets.labels import ElidedLabel
from topicscope.gui.widgets.style import set_tone

_ICONS: Final = {
    "good": "check",
    "error": "circle-alert",
    "warning": "triangle-alert",
    "dim": "info",
}
_PIXELS: Final = 14


class ToneLine(QWidget):
    """Words with the icon of their tone: ``good``, ``error``, ``warning``, ``dim``; cut to fit."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tone = ""
        self._picture = QLabel(self)
        self._words = ElidedLabel(mode=Qt.TextElideMode.ElideRight, parent=self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self._picture)
        row.addWidget(self._words, 1)
        self.say("", "")

    def say(self, tone: str, words: str, explanation: str = "") -> None:
        """Show words; the explanation stands in the tooltip."""
        self._tone = tone if words else ""
        self._words.setText(words)
        self._words.set_explanation(explanation)
        set_tone(self._words, self._tone)
        self.setAccessibleName(words)
        self._show_picture()

    def text(self) -> str:
        """Return the words."""
        return self._words.text()

    def tone(self) -> str:
        """Return the tone."""
        return self._tone

    def changeEvent(self, event: QEvent) -> None:
        """Tint the icon again when the theme changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._show_picture()

    def _show_picture(self) -> None:
        name = _ICONS.get(self._tone)
        self._picture.setVisible(name is not None)
        if name is not None:
            self._picture.setPixmap(icon(name, self._tone).pixmap(_PIXELS, _PIXELS))
