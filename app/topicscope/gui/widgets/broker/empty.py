"""What stands in place of a broker's figures while there are none: why, and what to do; all of it can be copied."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from topicscope.gui.icons import icon
from topicscope.gui.theme import ui_font
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.labels import WrappedLabel, label
from topicscope.gui.widgets.style import set_tone

ICON_PIXELS = 28
WIDTH = 520


class StatusEmpty(QWidget):
    """A picture, a title, some sentences and at most one thing to do."""

    action_triggered = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture_of = ("server", "faint")
        self._picture = QLabel(self)
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._title = label("", "", self)
        self._title.setFont(ui_font(QFont.Weight.DemiBold, 15))
        self._title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._body = QWidget(self)
        self._body.setMaximumWidth(WIDTH)
        self._words = WrappedLabel(0, self._body)
        self._words.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        set_tone(self._words, "dim")
        self.button = push_button("", parent=self)
        self.button.clicked.connect(self.action_triggered)
        self._lay_out()

    def say(
        self,
        title: str,
        words: str,
        action: str = "",
        picture: tuple[str, str] = ("server", "faint"),
    ) -> None:
        """Say something else; `picture` is an icon and the role of its colour."""
        self._title.setText(title)
        if words != self._words.text():
            self._words.setText(words)
        self.button.setText(action)
        self.button.setVisible(bool(action))
        if picture != self._picture_of:
            self._picture_of = picture
            self._show_picture()

    def title(self) -> str:
        """Return the title."""
        return self._title.text()

    def sentence(self) -> str:
        """Return what is said below it."""
        return self._words.text()

    def changeEvent(self, event: QEvent) -> None:
        """Tint the icon anew when the theme changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._show_picture()

    def _show_picture(self) -> None:
        self._picture.setPixmap(icon(*self._picture_of).pixmap(ICON_PIXELS, ICON_PIXELS))

    def _lay_out(self) -> None:
        inner = QVBoxLayout(self._body)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.addWidget(self._words)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(self._body, 1000)
        middle.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(8)
        column.addStretch(2)
        column.addWidget(self._picture)
        column.addWidget(self._title)
        column.addLayout(middle)
        column.addSpacing(4)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        self._show_picture()
