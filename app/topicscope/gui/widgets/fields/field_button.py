"""A button that looks like a field and opens a menu; its text is cut, not grown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QIcon, QPainter
from PySide6.QtWidgets import QPushButton, QStyle, QStyleOptionButton, QWidget

from topicscope.gui.text import plain_tooltip
from topicscope.gui.widgets.buttons import ICON_SIZE
from topicscope.gui.widgets.style import set_kind

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

MARGIN = 9
TEXT_LEFT = MARGIN + 16 + 7
ARROW_ROOM = 28


class FieldButton(QPushButton):
    """Shows what is chosen; the menu has the choices, the tooltip the whole text."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._full_text = self._brief = ""
        self.setAutoDefault(False)
        set_kind(self, "field")

    def set_full_text(self, text: str, explanation: str = "", brief: str = "") -> None:
        """Show a text, or a brief one, cut in the middle to fit; the tooltip has all of it and the explanation."""
        self._full_text, self._brief = text, brief or text
        self.setAccessibleName(text)
        self.setToolTip(plain_tooltip("\n".join(line for line in (text, explanation) if line)))
        self.update()

    def full_text(self) -> str:
        """Return the whole text."""
        return self._full_text

    def shown_text(self) -> str:
        """Return what there is room for."""
        metrics, room = self.fontMetrics(), self._text_rect().width()
        fits = metrics.horizontalAdvance(self._full_text) <= room
        text = self._full_text if fits else self._brief
        return metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, room)

    def minimumSizeHint(self) -> QSize:
        """Let the button become narrow; its text is cut then."""
        return QSize(120, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint frame and arrow by the style, icon and cut text by ourselves."""
        painter = QPainter(self)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.icon = QIcon()
        option.text = ""
        self.style().drawControl(QStyle.ControlElement.CE_PushButton, option, painter, self)
        picture = QRect(QPoint(MARGIN, (self.height() - ICON_SIZE.height()) // 2), ICON_SIZE)
        self.icon().paint(painter, picture)
        painter.setPen(self.palette().buttonText().color())
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(self._text_rect(), left, self.shown_text())

    def _text_rect(self) -> QRect:
        return self.rect().adjusted(TEXT_LEFT, 0, -ARROW_ROOM, 0)
