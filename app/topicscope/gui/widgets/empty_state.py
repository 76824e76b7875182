"""What a pane says while it has nothing to show."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from topicscope.gui.icons import icon
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.labels import label

ICON_PIXELS = 28


class EmptyState(QWidget):
    """An icon, one sentence, and at most one thing to do about it."""

    action_triggered = Signal()

    def __init__(
        self,
        icon_name: str,
        sentence: str,
        action: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._icon_name = icon_name
        self._picture = QLabel(self)
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._sentence = label(sentence, "dim", self)
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._sentence.setWordWrap(True)
        self.button = push_button(action, parent=self)
        self.button.setVisible(bool(action))
        self.button.clicked.connect(self.action_triggered)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(8)
        column.addStretch(2)
        column.addWidget(self._picture)
        column.addWidget(self._sentence)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        self._show_picture()

    def set_sentence(self, sentence: str) -> None:
        """Say something else."""
        self._sentence.setText(sentence)

    def sentence(self) -> str:
        """Return what is said."""
        return self._sentence.text()

    def changeEvent(self, event: QEvent) -> None:
        """Tint the icon anew when the theme changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._show_picture()

    def _show_picture(self) -> None:
        picture = icon(self._icon_name, "faint").pixmap(ICON_PIXELS, ICON_PIXELS)
        self._picture.setPixmap(picture)
