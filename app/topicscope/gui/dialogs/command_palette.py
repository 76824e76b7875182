"""Every command by its name: type a few letters, press Enter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from topicscope.gui.widgets.shortcut_delegate import GAP, ShortcutDelegate

if TYPE_CHECKING:
    from collections.abc import Iterable

MOVES = {Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown}


class CommandPalette(QDialog):
    """A list of actions narrowed by what is typed: each word must be in the name."""

    def __init__(self, actions: Iterable[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("command-palette")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(480, 360)
        self._actions = [action for action in actions if action.isEnabled() and action.isVisible()]
        self._edit = QLineEdit(self)
        self._edit.setPlaceholderText("Type the name of a command")
        self._edit.setAccessibleName("Command")
        self._list = QListWidget(self)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setItemDelegate(ShortcutDelegate(self._list))
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self._edit)
        column.addWidget(self._list)
        self._edit.textChanged.connect(self._on_text_changed)
        self._edit.returnPressed.connect(self._on_chosen)
        self._list.itemClicked.connect(self._on_chosen)
        self._edit.installEventFilter(self)
        self._on_text_changed("")
        self._edit.setFocus()

    def names(self) -> list[str]:
        """Return the commands that are listed now."""
        return [self._list.item(row).text() for row in range(self._list.count())]

    @Slot(str)
    def _on_text_changed(self, text: str) -> None:
        words = text.casefold().split()
        self._list.clear()
        for action in self._actions:
            name = action.text().replace("&", "").removesuffix("…")
            if all(word in name.casefold() for word in words):
                keys = action.shortcut().toString(action.shortcut().SequenceFormat.NativeText)
                item = QListWidgetItem(f"{name}{GAP}{keys}" if keys else name, self._list)
                item.setData(Qt.ItemDataRole.UserRole, action)
        self._list.setCurrentRow(0)

    @Slot()
    def _on_chosen(self) -> None:
        row = self._list.currentRow()
        if row < 0:
            return
        action: QAction = self._list.item(row).data(Qt.ItemDataRole.UserRole)
        self.close()
        action.trigger()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrow keys of the field move in the list."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() in MOVES
        ):
            self._list.event(event)
            return True
        return super().eventFilter(watched, event)
