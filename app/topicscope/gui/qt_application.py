"""The application as Qt sees it, which hears what the desktop hands over while it runs."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication


class QtApplication(QApplication):
    """A `QApplication` that is told on macOS which file was double-clicked, or which address was followed."""

    handed_over = Signal(str)
    """The path of a file, or an address."""

    def event(self, event: QEvent) -> bool:
        """Take what is handed over; everything else is Qt's."""
        if not isinstance(event, QFileOpenEvent):
            return super().event(event)
        self.handed_over.emit(event.file() or event.url().toString())
        return True
