"""What a pane says while it has nothing to show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from topicscope.gui.icons import icon
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.labels import label

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

ICON_PIXELS = 28
_SIDE = 24
_END = 16
_GAP = 8


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
        column.setContentsMargins(_SIDE, _END, _SIDE, _END)
        column.setSpacing(_GAP)
        column.addStretch(2)
        column.addWidget(self._picture)
        column.addWidget(self._sentence)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        self._show_picture()

    def set_sentence(self, sentence: str) -> None:
        """Say something else."""
        self._sentence.setText(sentence)
        self._make_room()

    def sentence(self) -> str:
        """Return what is said."""
        return self._sentence.text()

    def changeEvent(self, event: QEvent) -> None:
        """Tint the icon anew when the theme changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._show_picture()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the icon out where the sentence needs its room."""
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        words = self._sentence.heightForWidth(self.width() - 2 * _SIDE)
        button = self.button.sizeHint().height() + _GAP if self.button.isVisibleTo(self) else 0
        self._picture.setVisible(self.height() >= ICON_PIXELS + _GAP + words + button + 2 * _END)

    def _show_picture(self) -> None:
        picture = icon(self._icon_name, "faint").pixmap(ICON_PIXELS, ICON_PIXELS)
        self._picture.setPixmap(picture)
