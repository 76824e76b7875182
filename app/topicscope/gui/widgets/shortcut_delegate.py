"""Rows of a list of commands: the name at the left, its keys dim at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from topicscope.gui.theme import GRID, colour

if TYPE_CHECKING:
    from PySide6.QtCore import QModelIndex, QPersistentModelIndex
    from PySide6.QtGui import QPainter

    Index = QModelIndex | QPersistentModelIndex

GAP: Final = "    "
"""Stands between name and keys in the text of a row, which screen readers read as a whole."""
COMMAND_HEIGHT: Final = 28


class ShortcutDelegate(QStyledItemDelegate):
    """Paints ``Open a capture    Ctrl+O`` in two columns."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the height of all rows."""
        return QSize(super().sizeHint(option, index).width(), COMMAND_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint ground, name and keys."""
        shown = QStyleOptionViewItem(option)
        self.initStyleOption(shown, index)
        name, _, keys = shown.text.partition(GAP)
        shown.text = ""
        style = shown.widget.style() if shown.widget else QApplication.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, shown, painter, shown.widget)
        area = shown.rect.adjusted(GRID, 0, -GRID, 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(colour("text"))
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | middle, name)
        is_selected = bool(shown.state & QStyle.StateFlag.State_Selected)
        painter.setPen(colour("text" if is_selected else "dim"))
        painter.drawText(area, Qt.AlignmentFlag.AlignRight | middle, keys)
