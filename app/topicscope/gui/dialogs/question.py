"""A question that must be answered before something is done that others would feel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QVBoxLayout

from topicscope.gui.icons import icon
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.labels import WrappedLabel, strong_label

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

WIDTH = 460
_BESIDE_WORDS = 64
"""The margins, the picture and the gap behind it."""


class Question(QDialog):
    """A sentence, what follows from it, and two answers; Enter and Escape choose the careful one.

    Open it with `open()`; `accepted` tells that somebody wants it done.
    """

    def __init__(
        self,
        title: str,
        consequence: str,
        yes: str,
        no: str,
        parent: QWidget | None = None,
        *,
        width: int = WIDTH,
        facts: QWidget | None = None,
    ) -> None:
        """Ask; `facts` are what the answer depends on, below the sentences."""
        super().__init__(parent)
        self.setObjectName("question")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        picture = QLabel(self)
        picture.setPixmap(icon("triangle-alert", "warning").pixmap(20, 20))
        words = WrappedLabel(0, self)
        words.setFixedWidth(width - _BESIDE_WORDS)
        words.setText(consequence)
        self.yes_button = push_button(yes, parent=self)
        self.no_button = push_button(no, kind="primary", parent=self)
        self.yes_button.clicked.connect(self.accept)
        self.no_button.clicked.connect(self.reject)
        self.no_button.setDefault(True)
        self.no_button.setFocus()
        self._lay_out(title, picture, words, facts)

    def _lay_out(self, title: str, picture: QLabel, words: QLabel, facts: QWidget | None) -> None:
        sentences = QVBoxLayout()
        sentences.setSpacing(8)
        sentences.addWidget(strong_label(title))
        sentences.addWidget(words)
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(sentences, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        buttons.addWidget(self.yes_button)
        buttons.addWidget(self.no_button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(16, 16, 16, 16)
        whole.setSpacing(16)
        whole.addLayout(top)
        if facts is not None:
            whole.addWidget(facts)
        whole.addLayout(buttons)
        whole.setSizeConstraint(QVBoxLayout.SizeConstraint.SetFixedSize)
