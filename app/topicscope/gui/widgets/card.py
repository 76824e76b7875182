"""Cards: the framed areas of the window, each with a header."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from topicscope.gui.widgets.buttons import icon_button
from topicscope.gui.widgets.labels import ElidedLabel, strong_label
from topicscope.gui.widgets.style import set_kind, set_tone

HEADER_HEIGHT = 36


class PaneHeader(QFrame):
    """A line with a title on the left and a dim extra text and icon buttons on the right."""

    def __init__(self, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_kind(self, "header")
        self.setFixedHeight(HEADER_HEIGHT)
        self._title = strong_label(title, "dim")
        self._title.setVisible(bool(title))
        self._extra = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        self._extra.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        set_tone(self._extra, "dim")
        self._left = QHBoxLayout()
        self._left.setSpacing(8)
        self._right = QHBoxLayout()
        self._right.setSpacing(2)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 6, 0)
        row.setSpacing(8)
        row.addWidget(self._title)
        row.addLayout(self._left)
        row.addStretch(1)
        row.addWidget(self._extra)
        row.addLayout(self._right)

    def sizeHint(self) -> QSize:
        """Return the fixed height: a dock asks for it and heeds nothing else."""
        return QSize(super().sizeHint().width(), HEADER_HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """Return the fixed height and the least width."""
        return QSize(super().minimumSizeHint().width(), HEADER_HEIGHT)

    def set_title(self, title: str) -> None:
        """Show another title."""
        self._title.setText(title)
        self._title.setVisible(bool(title))

    def title(self) -> str:
        """Return the title."""
        return self._title.text()

    def set_extra(self, text: str) -> None:
        """Show a short dim text before the buttons, such as a count."""
        self._extra.setText(text)

    def extra(self) -> str:
        """Return the dim text before the buttons."""
        return self._extra.text()

    def add_button(self, name: str, tooltip: str, *, checkable: bool = False) -> QToolButton:
        """Add an icon button at the right end and return it."""
        button = icon_button(name, tooltip, checkable=checkable, parent=self)
        self._right.addWidget(button)
        return button

    def add_widget(self, widget: QWidget) -> None:
        """Add a widget at the right end."""
        self._right.addWidget(widget)

    def add_left_widget(self, widget: QWidget) -> None:
        """Add a widget after the title."""
        self._left.addWidget(widget)


class CardFrame(QFrame):
    """A framed area with rounded corners, with a header when it has a title."""

    def __init__(self, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_kind(self, "card")
        self.header = PaneHeader(title, self)
        self.header.setVisible(bool(title))
        self._column = QVBoxLayout(self)
        # Square content would paint over the rounded corners at the bottom.
        self._column.setContentsMargins(1, 1, 1, 4)
        self._column.setSpacing(0)
        self._column.addWidget(self.header)

    def add(self, widget: QWidget, stretch: int = 0) -> None:
        """Add a widget below what is there."""
        self._column.addWidget(widget, stretch)


def line(parent: QWidget | None = None, *, vertical: bool = False) -> QFrame:
    """Return a line of one pixel between two things."""
    made = QFrame(parent)
    set_kind(made, "line")
    if vertical:
        made.setFixedWidth(1)
    else:
        made.setFixedHeight(1)
    return made
